"""The ends of codes, looked for where the codes themselves do not stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from steward_app.kernel.progress import Context
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.residue.model import Permitted, ResidueReport, Searched, Where
from steward_app.services.privacy.residue.search import search

TEAMS = ["HUE", "KLA", "MOR", "WUX"]
CODE = Place("client", "code")


def look(tmp_path: Path, codes: list[str], note: str) -> ResidueReport:
    """The search of a copy that has other codes, for the ends of these."""
    source = (
        a_database(tmp_path, "a.db")
        .with_table("client", "code TEXT", rows=[(each,) for each in codes])
        .build()
    )
    copy = (
        a_database(tmp_path, "b.db")
        .with_table("client", "code TEXT", rows=[("QX-1999-HUE-0052",)])
        .with_table("note", "words TEXT", rows=[("nothing",), (note,)])
        .build()
    )
    permitted = (Permitted(CODE, "ends of other codes, by chance"),)
    return search(copy, source, (Searched(CODE, permitted, leads=True, ends=True),), Context())


SPARSE = [f"SB-{2018 + n % 5}-{TEAMS[n % 4]}-{n * 13:04d}" for n in range(300)]


@pytest.mark.parametrize("note", ["Akte HUE-0052 abgelegt", "HUE-0052", '{"ref": "SB HUE-0052"}'])
def test_an_end_that_stands_elsewhere_is_found(tmp_path: Path, note: str) -> None:
    report = look(tmp_path, SPARSE, note)
    assert [(each.where, each.name, each.of) for each in report.found] == [(Where.CELL, "note", (CODE,))]


@pytest.mark.parametrize("note", ["HUE-9999", "XHUE-0052", "HUE-00521", "0052", "HUE"])
def test_what_only_looks_like_one_is_none(tmp_path: Path, note: str) -> None:
    assert not look(tmp_path, SPARSE, note).found


def test_ends_that_any_code_has_are_not_looked_for(tmp_path: Path) -> None:
    dense = [f"SB-{n % 7}-X{n:04d}" for n in range(1000, 10_000)]
    assert not look(tmp_path, dense, "X4711").found
