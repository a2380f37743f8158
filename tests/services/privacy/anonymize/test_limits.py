"""What a copy must reach is measured on the copy itself; one that does not reach it gets no name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from builders import a_database
from steward_app.db import open_read
from steward_app.kernel.errors import Failure
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize.making import Made, make
from steward_app.services.privacy.anonymize.planning import look
from steward_app.services.privacy.anonymize.rules_json import rules_from_json, rules_to_json
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import Limits, ReleaseRules, Rule
from steward_app.services.privacy.transform.policy import release_rules, write_rules

RULES = ReleaseRules(
    "r",
    (Rule(Place("person", "name"), Technique.REMOVE),),
    quasi_identifiers={"person": ("sex", "town")},
    sensitive={"person": ("ill",)},
)


def copied(folder: Path, limits: Limits, rules: ReleaseRules = RULES) -> Made:
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
    return make(path, new, replace(rules, limits=limits), b"k" * 32, Context())


def test_limits_that_are_reached_are_told_with_what_was_measured(tmp_path: Path) -> None:
    made = copied(tmp_path, Limits(k=10, risk=0.1, l_diversity=1, t_closeness=0.9))
    told = {check.title: check.detail for check in made.checks}
    assert told["At least 10 records of “person” look alike"] == "k = 10"
    assert all(check.passed for check in made.checks)


@pytest.mark.parametrize(
    ("limits", "stay"),
    [
        (Limits(k=15), {"m": 20, "w": 20}),
        (Limits(risk=0.05), {"m": 20, "w": 20}),
        (Limits(l_diversity=2), {"m": 20, "w": 20}),
        (Limits(t_closeness=0.4), {"m": 20, "w": 20}),
        (Limits(k=15, l_diversity=2, t_closeness=1), {"m": 20, "w": 20}),
        (Limits(l_diversity=1, t_closeness=1, risk=1), {"m": 30, "w": 30}),
    ],
)
def test_rows_whose_group_does_not_reach_a_limit_are_left_out(
    tmp_path: Path, limits: Limits, stay: dict[str, int]
) -> None:
    """Everybody in Bern has the same illness, and fewer live there."""
    made = copied(tmp_path, limits)
    assert all(check.passed for check in made.checks)
    with open_read(tmp_path / "copy.db") as session:
        assert dict(session.all("SELECT sex, count(*) FROM person GROUP BY 1")) == stay


def test_what_a_rule_removes_is_no_longer_asked_to_differ(tmp_path: Path) -> None:
    gone = (*RULES.rules, Rule(Place("person", "ill"), Technique.REMOVE))
    made = copied(tmp_path, Limits(l_diversity=2), replace(RULES, rules=gone))
    assert made.rows == 60


@pytest.mark.parametrize(
    ("technique", "title"),
    [
        (Technique.TOKEN, "At least 2 persons in “visit” look alike"),
        (Technique.REMOVE, "At least 2 records of “visit” look alike"),
    ],
)
def test_a_copy_is_measured_by_persons_as_long_as_it_tells_whose_a_row_is(
    tmp_path: Path, technique: Technique, title: str
) -> None:
    visits = [(n, "Ulm" if n < 10 else "Bern", f"zyxwv{n % 5 if n < 10 else 9}") for n in range(20)]
    path = (
        a_database(tmp_path, "visits.db")
        .with_table("visit", "id INTEGER PRIMARY KEY, town, whose TEXT", rows=visits)
        .build()
    )
    rules = ReleaseRules(
        "r",
        (Rule(Place("visit", "whose"), technique),),
        quasi_identifiers={"visit": ("town",)},
        persons={"visit": ("whose",)},
        limits=Limits(k=2, left_out=0.5),
    )
    new = tmp_path / "copy.db"
    new.touch()
    made = make(path, new, rules, b"k" * 32, Context())
    assert title in {check.title for check in made.checks}
    with open_read(new) as session:
        assert session.all("SELECT town, count(*) FROM visit GROUP BY 1") == [("Ulm", 10)]
    assert rules_from_json(rules_to_json(rules)) == rules
    write_rules(path, rules)
    assert release_rules(path, "r") == replace(rules, rules=release_rules(path, "r").rules)


def test_a_limit_of_its_own_counts_before_that_for_all() -> None:
    rules = replace(RULES, limits=Limits(k=5, risk=0.2)).with_limits("person", Limits(k=1, t_closeness=0.3))
    assert rules.limits_of("person") == Limits(k=1, t_closeness=0.3, risk=0.2)
    assert rules.limits_of("visit") == Limits(k=5, risk=0.2)
    assert rules.with_limits("person", Limits()).table_limits == {}
    assert rules_from_json(rules_to_json(rules)) == rules
    assert "table_limits" not in rules_to_json(RULES), "the hash of rules without them is what it was"


def test_what_the_copy_alone_can_tell_is_said_in_the_plan_and_then_why(tmp_path: Path) -> None:
    """Dates that are moved person by person are alike no more: nobody knows before how many will be."""
    rows = [(n, "1990-01-01", "mw"[n % 2]) for n in range(40)]
    path = (
        a_database(tmp_path, "people.db")
        .with_table("person", "id INTEGER PRIMARY KEY, born TEXT, sex TEXT", rows=rows)
        .build()
    )
    rules = ReleaseRules(
        "r",
        (Rule(Place("person", "born"), Technique.SHIFT),),
        quasi_identifiers={"person": ("born", "sex")},
        limits=Limits(k=5),
    )
    with open_read(path) as session, session.snapshot():
        found = look(session, rules, None, None, Context()).findings
        (told,) = [each for each in found if each.code == "limits_not_foreseen"]
        assert (told.subject.columns, told.blocks) == (("born",), False)
        free = look(session, replace(rules, limits=Limits()), None, None, Context()).findings
        assert not any(each.code == "limits_not_foreseen" for each in free)
    new = tmp_path / "copy.db"
    new.touch()
    with pytest.raises(Failure) as raised:
        make(path, new, rules, b"k" * 32, Context())
    assert "ask for less" in (raised.value.hint or "")
    assert "; 40 of 40 are in smaller groups" in raised.value.message
