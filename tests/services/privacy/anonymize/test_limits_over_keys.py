"""Limits reach over foreign keys: who is known in one table must not be given away by the rows of another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from builders import a_database
from steward_app.db import open_read
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize.making import Made, make
from steward_app.services.privacy.anonymize.planning import look, subset_sentences
from steward_app.services.privacy.attack.model import AttackKind, Knowledge
from steward_app.services.privacy.attack.run import run
from steward_app.services.privacy.demands import Demand, demands
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import Limits, ReleaseRules, Rule
from steward_app.services.schema import read_schema

KEY = b"k" * 32
RULES = ReleaseRules(
    "r",
    (Rule(Place("patient", "name"), Technique.REMOVE),),
    quasi_identifiers={"patient": ("born", "sex")},
    sensitive={"visit": ("diagnosis",)},
)
BORN = Place("patient", "born")


def clinic(folder: Path, diagnosis: Callable[[int], str | None]) -> Path:
    """40 patients in four groups of ten by year and sex, each with two visits."""
    patients = [(n, f"Zyx Quellmann{n}", 1950 + n % 2 * 10, "mw"[n // 2 % 2]) for n in range(40)]
    visits = [(n, n % 40, f"2026-01-{n % 28 + 1:02d}", diagnosis(n % 40)) for n in range(80)]
    return (
        a_database(folder)
        .with_table("patient", "id INTEGER PRIMARY KEY, name TEXT, born INTEGER, sex TEXT", rows=patients)
        .with_table(
            "visit",
            "id INTEGER PRIMARY KEY, patient_id INTEGER REFERENCES patient(id), day TEXT, diagnosis TEXT",
            rows=visits,
        )
        .build()
    )


def by_group(n: int) -> str:
    """Everybody of a group has the same illness, but in one of the four."""
    return "abc"[n // 4 % 3] if n % 4 == 0 else "wxyz"[n % 4]


def made(path: Path, limits: Limits, rules: ReleaseRules = RULES) -> Made:
    new = path.with_name("copy.db")
    new.touch()
    return make(path, new, replace(rules, limits=limits), KEY, Context())


def asked(path: Path, rules: ReleaseRules) -> tuple[Demand, ...]:
    with open_read(path) as session:
        return demands(read_schema(session), rules)


def codes(path: Path, rules: ReleaseRules) -> set[str]:
    with open_read(path) as session, session.snapshot():
        return {each.code for each in look(session, rules, None, KEY, Context()).findings if each.blocks}


def test_what_is_sensitive_in_a_child_is_asked_by_what_is_known_of_the_parent(tmp_path: Path) -> None:
    path = clinic(tmp_path, by_group)
    own, led = asked(path, replace(RULES, limits=Limits(k=4, l_diversity=2, t_closeness=0.3)))
    assert (own.table, own.by, own.told, own.limits.k) == ("patient", ("born", "sex"), (), 4)
    assert (led.table, led.by, led.told) == ("visit", ("patient_id>born", "patient_id>sex"), ("diagnosis",))
    assert led.limits == Limits(l_diversity=2, t_closeness=0.3)


def test_rows_that_give_somebody_away_are_left_out_and_the_limit_is_measured(tmp_path: Path) -> None:
    path = clinic(tmp_path, by_group)
    told = made(path, Limits(k=4, l_diversity=2))
    checks = {each.title: (each.passed, each.detail) for each in told.checks}
    assert checks["Every group of “visit” has 2 values of “diagnosis”"] == (True, "l = 3")
    with open_read(path.with_name("copy.db")) as session:
        assert session.value("SELECT count(*) FROM patient") == 40
        left = session.all("SELECT p.born, p.sex, count(DISTINCT diagnosis) FROM visit JOIN patient p"
                           " ON p.id = patient_id GROUP BY 1, 2")  # fmt: skip
    assert left == [(1950, "m", 3)]


def test_a_copy_that_is_diverse_enough_keeps_every_row(tmp_path: Path) -> None:
    told = made(clinic(tmp_path, lambda n: "abc"[n // 4 % 3]), Limits(l_diversity=2, t_closeness=0.3))
    assert told.rows == 120
    assert all(each.passed for each in told.checks)


def test_coarser_columns_of_the_parent_count_as_they_are_in_the_copy(tmp_path: Path) -> None:
    coarse = (
        *RULES.rules,
        Rule(BORN, Technique.REMOVE),
        Rule(Place("patient", "sex"), Technique.FIXED, {"value": "?"}),
    )
    told = made(clinic(tmp_path, by_group), Limits(l_diversity=2), replace(RULES, rules=coarse))
    assert told.rows == 120


def test_what_is_sensitive_in_the_parent_is_asked_by_what_is_known_of_the_child(tmp_path: Path) -> None:
    path = clinic(tmp_path, by_group)
    rules = replace(RULES, quasi_identifiers={"visit": ("day",)}, sensitive={"patient": ("sex",)})
    own, led = asked(path, replace(rules, limits=Limits(k=2, l_diversity=2)))
    assert (own.by, own.told, own.limits.k) == (("day",), (), 2)
    assert (led.by, led.told, led.limits) == (("day",), ("patient_id>sex",), Limits(l_diversity=2))


def test_a_table_of_its_own_limits_asks_for_nothing_where_somebody_said_so(tmp_path: Path) -> None:
    path = clinic(tmp_path, by_group)
    none = RULES.with_limits("visit", Limits(l_diversity=1, t_closeness=1.0))
    assert made(path, Limits(l_diversity=2), none).rows == 120


def test_a_limit_that_nothing_measures_stops_the_plan(tmp_path: Path) -> None:
    path = clinic(tmp_path, by_group)
    alone = replace(RULES, quasi_identifiers={}, limits=Limits(l_diversity=2))
    assert "limit_not_measured" in codes(path, alone)
    assert "limit_not_measured" not in codes(path, replace(RULES, limits=Limits(l_diversity=2)))
    assert "limit_not_measured" not in codes(path, replace(alone, limits=Limits(k=2)))


@pytest.mark.parametrize("limits", [Limits(l_diversity=4), Limits(t_closeness=0.001)])
def test_where_no_group_reaches_it_the_plan_stops(tmp_path: Path, limits: Limits) -> None:
    path = clinic(tmp_path, by_group)
    assert "table_left_out" in codes(path, replace(RULES, limits=limits))


@pytest.mark.parametrize("knowledge", [None, [Knowledge("patient", ("born", "sex"))]])
def test_an_attack_learns_of_the_child_what_is_known_of_the_parent(
    tmp_path: Path, knowledge: list[Knowledge] | None
) -> None:
    """Without a limit every row stays, and three of the four groups have one illness each."""
    path = clinic(tmp_path, by_group)
    made(path, Limits())
    rules = replace(RULES, limits=Limits(l_diversity=2), persons={"visit": ("patient_id",)})
    found = run(path, path.with_name("copy.db"), rules, Context(), knowledge)
    (attack,) = [each for each in found.attacks if each.kind is AttackKind.INFERENCE]
    assert attack.reidentified == 30
    assert attack.beats
    assert attack.title == "Who knows “born”, “sex” of “patient_id” guesses “visit.diagnosis”"


def test_the_way_out_of_an_emptied_child_names_what_is_asked_of_it(tmp_path: Path) -> None:
    path = clinic(tmp_path, by_group)
    with open_read(path) as session, session.snapshot():
        found = look(
            session, replace(RULES, limits=Limits(k=4, l_diversity=4)), None, KEY, Context()
        ).findings
    (told,) = [each for each in found if each.code == "table_left_out"]
    assert "(l = 4)" in told.detail
    assert "--l 1 --t 1" in told.remedies[0]


def test_a_limit_of_the_parent_alone_is_said_of_the_child_that_it_leaves_out(tmp_path: Path) -> None:
    """In the window l is asked of the table that is weighed: the patients, whose visits tell."""
    path = clinic(tmp_path, by_group)
    rules = RULES.with_limits("patient", Limits(k=4, l_diversity=2))
    with open_read(path) as session, session.snapshot():
        found = look(session, rules, None, KEY, Context())
    assert list(subset_sentences(found, rules)) == [
        "60 rows of “visit” are left out, with what points to them: l = 2 is asked of every group."
    ]
    assert "many_left_out" in {each.code for each in found.findings}
    more = RULES.with_limits("patient", Limits(l_diversity=4))
    with open_read(path) as session, session.snapshot():
        (told,) = [
            each
            for each in look(session, more, None, KEY, Context()).findings
            if each.code == "table_left_out"
        ]
    assert told.blocks
    assert told.detail.startswith("What is asked of a table beside it (l = 4)")
    assert "--l 1 --t 1" in told.remedies[0]
    spared = more.with_limits("visit", Limits(l_diversity=1, t_closeness=1.0))
    assert "table_left_out" not in codes(path, spared)


def test_one_value_asks_for_nothing_not_even_of_blanks(tmp_path: Path) -> None:
    path = clinic(tmp_path, lambda n: None if n % 4 else "flu")
    told = made(path, Limits(l_diversity=1, t_closeness=1.0))
    assert told.rows == 120
    assert all(each.passed for each in told.checks)


@pytest.mark.parametrize("limits", [Limits(l_diversity=9), Limits(t_closeness=0.2)])
def test_limits_that_are_asked_of_nothing_stop_the_plan(tmp_path: Path, limits: Limits) -> None:
    path = clinic(tmp_path, by_group)
    unsaid = replace(RULES, sensitive={})
    assert "limit_not_measured" in codes(path, replace(unsaid, limits=limits))
    assert "limit_not_measured" in codes(path, unsaid.with_limits("patient", limits))
    assert "limit_not_measured" not in codes(path, replace(RULES, limits=limits))
    assert "limit_not_measured" not in codes(path, RULES.with_limits("patient", limits))
    nothing = Limits(k=2, l_diversity=1, t_closeness=1.0)
    assert "limit_not_measured" not in codes(path, replace(unsaid, limits=nothing))


def test_rows_that_point_to_a_changed_key_are_told_as_changed(tmp_path: Path) -> None:
    path = clinic(tmp_path, by_group)
    rules = replace(RULES, rules=(Rule(Place("patient", "id"), Technique.PERMUTE),))
    with open_read(path) as session, session.snapshot():
        found = look(session, rules, None, KEY, Context())
    assert {each.table: each.updated for each in found.changes(rules)} == {"patient": 40, "visit": 80}
