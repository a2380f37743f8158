"""What a copy must reach is measured on the copy itself; one that does not reach it gets no name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from builders import a_database
from steward_app.kernel.errors import Failure
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize.making import Made, make
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import Limits, ReleaseRules, Rule

RULES = ReleaseRules(
    "r",
    (Rule(Place("person", "name"), Technique.REMOVE),),
    quasi_identifiers={"person": ("sex", "town")},
    sensitive={"person": ("ill",)},
)


def copied(folder: Path, limits: Limits) -> Made:
    people = [
        (n, f"Zyx Quellmann{n}", "mw"[n % 2], ("Ulm", "Bern")[n % 3 == 0], "abc"[n % 3]) for n in range(60)
    ]
    path = (
        a_database(folder, "people.db")
        .with_table("person", "id INTEGER PRIMARY KEY, name TEXT, sex TEXT, town TEXT, ill TEXT", rows=people)
        .build()
    )
    new = folder / "copy.db"
    new.touch()
    return make(path, new, replace(RULES, limits=limits), b"k" * 32, Context())


def test_limits_that_are_reached_are_told_with_what_was_measured(tmp_path: Path) -> None:
    made = copied(tmp_path, Limits(k=10, risk=0.1, l_diversity=1, t_closeness=0.9))
    told = {check.title: check.detail for check in made.checks}
    assert told["At least 10 records of “person” look alike"] == "k = 10"
    assert all(check.passed for check in made.checks)


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        (Limits(risk=0.05), "the highest chance is 0.1"),
        (Limits(l_diversity=2), "l = 1"),
        (Limits(t_closeness=0.1), "t = 0.67"),
    ],
)
def test_a_copy_that_does_not_reach_a_limit_is_not_made(tmp_path: Path, limits: Limits, told: str) -> None:
    with pytest.raises(Failure, match=told):
        copied(tmp_path, limits)
