"""Rows of small groups stay out of a copy, with what points to them, and nothing else does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from builders import a_database
from steward_app.db import open_read
from steward_app.kernel.errors import Refused
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize.left_out import without_small_groups
from steward_app.services.privacy.anonymize.planning import look, subset_sentences
from steward_app.services.privacy.anonymize.subset import choose
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import Limits, ReleaseRules, Rule, Subset
from steward_app.services.schema import read_schema

PATIENTS = [(n, 20 + n % 10, "W") for n in range(40)] + [(40, 77, "W"), (41, None, b"\x01")]
VISITS = [(number, number % 42) for number in range(84)]
RULES = ReleaseRules(
    "r",
    (
        Rule(
            Place("patient", "age"), Technique.GENERALIZE, {"hierarchy": "ranges", "steps": [10], "level": 1}
        ),
    ),
    quasi_identifiers={"patient": ("age", "sex")},
    limits=Limits(k=2),
)


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path / "clinic.db")
        .with_table("patient", "id INTEGER PRIMARY KEY, age INTEGER, sex", rows=PATIENTS)
        .with_table("visit", "id INTEGER PRIMARY KEY, patient_id REFERENCES patient", rows=VISITS)
        .with_table("test", "visit_id INTEGER REFERENCES visit, v, PRIMARY KEY (visit_id, v)) WITHOUT ROWID --",
                    rows=[(n, 1) for n in range(84)])
        .with_table("note", "t", rows=[("x",)])
        .build()
    )  # fmt: skip


def test_small_groups_go_with_their_children(clinic: Path) -> None:
    with open_read(clinic) as session, session.snapshot():
        schema = read_schema(session)
        chosen = without_small_groups(session, schema, RULES, None, Context())
        assert chosen is not None
        assert dict(chosen.left_out) == {"patient": 2, "visit": 4, "test": 4}
        assert dict(chosen.counts) == {"patient": 40, "visit": 80, "test": 80}
        kept = session.all(f"SELECT id FROM patient AS t WHERE {chosen.where_sql('patient', 't')} ORDER BY 1")
        assert kept == [(n,) for n in range(40)]
        assert chosen.where_sql("note", "t") == ""


def test_with_a_part_of_the_rows(clinic: Path) -> None:
    with open_read(clinic) as session, session.snapshot():
        schema = read_schema(session)
        part = choose(session, schema, Subset("patient", where="id >= 38 OR id = 8"), b"k" * 32, Context())
        chosen = without_small_groups(session, schema, RULES, part, Context())
        assert chosen is not None
        kept = session.all(f"SELECT id FROM patient AS t WHERE {chosen.where_sql('patient', 't')} ORDER BY 1")
        assert kept == [(8,), (38,), (39,)]
        assert dict(chosen.left_out) == {"patient": 2, "visit": 4, "test": 4}
        assert chosen.counts["patient"] == 3


def test_without_a_limit_or_small_groups_nothing_is_left_out(clinic: Path) -> None:
    with open_read(clinic) as session, session.snapshot():
        schema = read_schema(session)
        for rules in (replace(RULES, limits=Limits()), replace(RULES, quasi_identifiers={})):
            assert without_small_groups(session, schema, rules, None, Context()) is None
        alike = replace(RULES, rules=(), quasi_identifiers={"patient": ("sex",)})
        found = without_small_groups(session, schema, alike, None, Context())
        assert found is not None
        assert dict(found.left_out)["patient"] == 1


def test_a_table_whose_rows_nothing_names_is_refused(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path / "n.db").with_table("t", "rowid, _rowid_, oid, v", rows=[(1, 1, 1, 1)]).build()
    )
    rules = ReleaseRules("r", (), quasi_identifiers={"t": ("v",)}, limits=Limits(k=2))
    with open_read(path) as session, session.snapshot(), pytest.raises(Refused, match="cannot be left out"):
        without_small_groups(session, read_schema(session), rules, None, Context())


def test_a_table_of_which_nothing_would_stay_is_told_first(clinic: Path) -> None:
    """The groups of a small table cannot be as large as those asked for a large one."""
    wanted = replace(RULES, rules=(), limits=Limits(k=50))
    with open_read(clinic) as session, session.snapshot():
        found = look(session, wanted, None, None, Context())
        told = [each for each in found.findings if each.code.endswith("_left_out")]
        assert [each.title for each in told] == [
            "All 42 rows of “patient” would be left out",
            "All rows of 2 more tables would be left out",
        ]
        assert "50" in told[0].detail
        assert told[1].detail == "They point to rows that are left out: “visit”, “test”."
        some = look(session, RULES, None, None, Context())
        assert not any(each.code.endswith("_left_out") for each in some.findings)


def test_rows_that_only_follow_others_are_told_as_such(clinic: Path) -> None:
    """Tables of which nothing is asked, known to others or not: their rows go with those they point to."""
    known = {**RULES.quasi_identifiers, "visit": ("patient_id",)}
    wanted = replace(RULES, limits=Limits(), table_limits={"patient": Limits(k=2)}, quasi_identifiers=known)
    with open_read(clinic) as session, session.snapshot():
        said = list(subset_sentences(look(session, wanted, None, None, Context()), wanted))
        assert said == [
            "2 rows of “patient” are left out, with what points to them: k = 2 is asked of every group.",
            "8 rows of 2 tables are left out, since what they point to is: “visit” (4) and “test” (4).",
        ]
        none = replace(wanted, rules=(), table_limits={"patient": Limits(k=50)})
        told = [each.title for each in look(session, none, None, None, Context()).findings]
        assert "All rows of 2 more tables would be left out" in told


def test_a_limit_for_all_empties_no_table_before_somebody_says_so(clinic: Path) -> None:
    wanted = replace(RULES, rules=(), limits=Limits(k=50))
    with open_read(clinic) as session, session.snapshot():
        told = [
            each
            for each in look(session, wanted, None, None, Context()).findings
            if each.code == "table_left_out"
        ]
        assert [each.blocks for each in told] == [True]
        assert "limit for all tables (k = 50)" in told[0].detail
        assert "steward privacy limits" in told[0].remedies[0]
        kept = wanted.with_limits("patient", Limits(k=1))
        assert look(session, kept, None, None, Context()).orders.chosen is None
        own = wanted.with_limits("patient", Limits(k=40))
        decided = look(session, own, None, None, Context())
        assert not any(each.blocks and each.code == "table_left_out" for each in decided.findings)


def test_groups_that_say_too_little_or_too_much_are_left_out_together(tmp_path: Path) -> None:
    rows = [(n, "a", "flu" if n % 2 else "cold") for n in range(20)] + [
        (20 + n, "b", "flu") for n in range(20)
    ]
    path = (
        a_database(tmp_path / "l.db").with_table("p", "id INTEGER PRIMARY KEY, town, ill", rows=rows).build()
    )
    rules = ReleaseRules("r", (), quasi_identifiers={"p": ("town",)}, sensitive={"p": ("ill",)})
    for limits, out in ((Limits(k=5), 0), (Limits(l_diversity=2), 20), (Limits(t_closeness=0.2), 40)):
        with open_read(path) as session, session.snapshot():
            asked = replace(rules, limits=limits)
            chosen = without_small_groups(session, read_schema(session), asked, None, Context())
            assert (dict(chosen.left_out) if chosen else {}) == ({"p": out} if out else {})


def test_groups_of_rows_that_may_be_one_person_are_told(clinic: Path) -> None:
    """Every patient came twice: a group of two visits may be one patient."""
    of_visits = replace(RULES, quasi_identifiers={"patient": ("age", "sex"), "visit": ("patient_id",)})
    with open_read(clinic) as session, session.snapshot():
        (told,) = [  # without a word of whose rows they are
            each
            for each in look(session, of_visits, None, None, Context()).findings
            if each.code == "groups_count_rows"
        ]
        assert (told.subject.table, told.blocks) == ("visit", False)
        assert "--person “patient_id”" in told.remedies[0]
        free = of_visits.with_limits("visit", Limits(k=1))
        known = replace(of_visits, persons={"visit": ("patient_id",)})
        for rules in (free, known, RULES):
            codes = {each.code for each in look(session, rules, None, None, Context()).findings}
            assert "groups_count_rows" not in codes


def test_groups_count_persons_where_it_is_known_whose_rows_they_are(tmp_path: Path) -> None:
    """In Ulm ten patients came once each; in Bern one patient ten times; in Graz two patients five times each."""
    towns = [("Ulm", n) for n in range(10)] + [("Bern", 20)] * 10 + [("Graz", 30 + n % 2) for n in range(10)]
    visits = [(n, *each, "ill" if n % 2 else "well") for n, each in enumerate(towns)]
    path = (
        a_database(tmp_path / "v.db")
        .with_table("visit", "id INTEGER PRIMARY KEY, town, patient_id, told", rows=visits)
        .build()
    )
    rows = ReleaseRules("r", (), quasi_identifiers={"visit": ("town",)}, sensitive={"visit": ("told",)})
    persons = replace(rows, persons={"visit": ("patient_id",)})
    for limits, left in (
        (Limits(k=2), 10),
        (Limits(k=3), 20),
        (Limits(risk=0.5), 10),
        (Limits(k=2, l_diversity=2), 10),
        (Limits(k=2, t_closeness=0.4), 10),
    ):
        with open_read(path) as session, session.snapshot():
            schema = read_schema(session)
            assert (
                without_small_groups(session, schema, replace(rows, limits=limits), None, Context()) is None
            )
            found = without_small_groups(session, schema, replace(persons, limits=limits), None, Context())
            assert found is not None
            assert dict(found.left_out) == {"visit": left}


def test_more_rows_than_may_be_left_out_stop_a_copy(clinic: Path) -> None:
    wanted = replace(RULES, limits=Limits(k=2, left_out=0.04))
    with open_read(clinic) as session, session.snapshot():
        (told,) = [
            each
            for each in look(session, wanted, None, None, Context()).findings
            if each.code == "too_many_left_out"
        ]
        assert told.blocks
        assert told.title == "4.76 % of the rows of “patient” would be left out, and 4 % may be"
        few = look(session, replace(wanted, limits=Limits(k=2)), None, None, Context()).findings
        assert not any(each.code == "many_left_out" for each in few), (
            "4.76 % are noted in the plan's own words"
        )
        more = replace(wanted, limits=Limits(k=2, left_out=0.05))
        codes = {each.code for each in look(session, more, None, None, Context()).findings}
        assert "too_many_left_out" not in codes


def test_many_rows_that_go_without_a_word_are_told(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path / "p.db")
        .with_table("p", "id INTEGER PRIMARY KEY, age", rows=[(n, n if n < 30 else 50) for n in range(60)])
        .build()
    )
    rules = ReleaseRules("r", (), quasi_identifiers={"p": ("age",)}, limits=Limits(k=2))
    with open_read(path) as session, session.snapshot():
        (told,) = [
            each
            for each in look(session, rules, None, None, Context()).findings
            if each.code == "many_left_out"
        ]
    assert (told.title, told.count, told.blocks) == (
        "50 % of the rows of “p” would be left out",
        *(30, False),
    )


@pytest.mark.parametrize(
    ("technique", "options", "out"),
    [("mask", {"keep_first": 1}, 1), ("round", {"to": 100}, 1), ("keep", {}, 41), ("token", {}, 41)],
)
def test_groups_are_those_of_the_copy(
    tmp_path: Path, technique: str, options: dict[str, int], out: int
) -> None:
    """Codes of which only the first digit stays are alike, whatever they were; tokens differ as the codes did."""
    rows = [(n, 1000 + n, "W") for n in range(40)] + [(40, 7000, "W")]
    path = (
        a_database(tmp_path / "c.db").with_table("p", "id INTEGER PRIMARY KEY, code, sex", rows=rows).build()
    )
    rules = ReleaseRules(
        "r",
        (Rule(Place("p", "code"), Technique(technique), options),),
        quasi_identifiers={"p": ("code", "sex")},
        limits=Limits(k=2),
    )
    with open_read(path) as session, session.snapshot():
        chosen = without_small_groups(session, read_schema(session), rules, None, Context())
        assert chosen is not None
        assert dict(chosen.left_out) == {"p": out}


def test_a_blank_stays_one_when_its_column_is_coarsened_and_so_does_its_group(tmp_path: Path) -> None:
    rows = [(n, "AB1", "W") for n in range(40)] + [(40, "", "W"), (41, "  ", "W"), (42, "", "W")]
    path = (
        a_database(tmp_path / "c.db").with_table("p", "id INTEGER PRIMARY KEY, code, sex", rows=rows).build()
    )
    rules = ReleaseRules(
        "r",
        (Rule(Place("p", "code"), Technique.GENERALIZE, {"hierarchy": "prefix", "keep": [2], "level": 2}),),
        quasi_identifiers={"p": ("code", "sex")},
        limits=Limits(k=2),
    )
    with open_read(path) as session, session.snapshot():
        chosen = without_small_groups(session, read_schema(session), rules, None, Context())
        assert chosen is not None
        assert dict(chosen.left_out) == {"p": 1}, "“*” stands for no blank"
