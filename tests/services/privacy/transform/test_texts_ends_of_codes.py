"""Free texts that name a person by the end of a code."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from builders.transforms import released, rule, rules

TEAMS = ["HUE", "KLA", "MOR"]


@pytest.mark.parametrize(
    ("note", "left"),
    [
        ("Akte HUE-0003 abgelegt", "Akte [removed] abgelegt"),
        ("see hue 0003, KLA/0004.", "see [removed], [removed]."),
        ("see SB-2021-HUE-0003 and 2021-HUE-0003", "see [removed] and 2021-[removed]"),
        ("HUE-9999, room 0003, bed 21-05", "HUE-9999, room 0003, bed 21-05"),
    ],
)
def test_the_end_that_a_code_has_for_its_own_goes(tmp_path: Path, note: str, left: str) -> None:
    codes = [f"SB-{2018 + n % 5}-{TEAMS[n % 3]}-{n:04d}" for n in range(300)]
    path = (
        a_database(tmp_path)
        .with_table("client", "code TEXT PRIMARY KEY", rows=[(code,) for code in codes])
        .with_table("note", "id INTEGER PRIMARY KEY, words TEXT", rows=[(1, note)])
        .build()
    )
    said = rules(rule("client", "code", "permute", kind="person_number"), rule("note", "words", "redact"))
    assert released(path, said)[0]["note"] == [(1, left)]
