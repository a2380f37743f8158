"""Risk on tables small enough to count by hand, and against a plain count on generated ones."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import astuple, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders import a_database
from steward_app.kernel.errors import Cancelled, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.risk import Population, Question, Risk, measure, read, smallest_rows

PEOPLE = [
    (1, "W", 30, "SE1", "flu"),
    (2, "W", 30, "SE1", "flu"),
    (3, "W", 30, "SE1", "cold"),
    (4, "M", 40, "SE1", "flu"),
    (5, "M", 40, "SE1", "flu"),
    (6, "M", 41, "SE2", "cold"),
]


@pytest.fixture
def people(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path / "people.db")
        .with_table("person", "id INTEGER PRIMARY KEY, sex, age, code, ill", rows=PEOPLE)
        .build()
    )


def test_chances_of_those_who_look(people: Path) -> None:
    risk = measure(people, Question("person", ("sex", "age", "code"), threshold=0.4), Context())
    assert (risk.records, risk.groups, risk.k, risk.uniques) == (6, 3, 1, 1)
    assert [(each.size, each.groups) for each in risk.sizes] == [(1, 1), (2, 1), (3, 1)]
    assert risk.prosecutor.highest == 1.0
    assert risk.prosecutor.average == risk.marketer == pytest.approx(0.5)
    assert risk.prosecutor.records_above == 3
    assert risk.prosecutor.above == 0.5


def test_what_a_group_gives_away(people: Path) -> None:
    found = measure(people, Question("person", ("sex",), ("ill",)), Context()).sensitive[0]
    # W and M both: flu twice, cold once; as in the whole table.
    assert (found.distinct, found.l_distinct, found.c_recursive) == (2, 2, 3)
    assert found.l_entropy == pytest.approx(math.exp(-(2 / 3 * math.log(2 / 3) + 1 / 3 * math.log(1 / 3))))
    assert found.t_equal == pytest.approx(0.0)
    assert found.t_ordered is None


def test_numbers_are_apart_by_their_rank(tmp_path: Path) -> None:
    rows = [("a", 3), ("a", 4), ("a", 5), ("b", 6), ("b", 11), ("b", 8), ("c", 7), ("c", 9), ("c", 10)]
    path = a_database(tmp_path / "t.db").with_table("t", "g, pay INTEGER", rows=rows).build()
    found = measure(path, Question("t", ("g",), ("pay",)), Context()).sensitive[0]
    # The example of the paper: salaries 3k to 11k; a group with 3k, 4k, 5k is 0.375 away, one with 6k, 8k, 11k 0.167.
    assert found.t_ordered == pytest.approx(0.375)
    assert found.t_equal == pytest.approx(2 / 3)


def test_the_column_that_pulls_k_down(people: Path) -> None:
    pulls = measure(people, Question("person", ("sex", "age", "code")), Context()).columns
    assert {pull.column: (pull.distinct, pull.k_without, pull.uniques_without) for pull in pulls} == {
        "sex": (2, 1, 1),
        "age": (3, 1, 1),
        "code": (2, 1, 1),
    }
    assert pulls[0].drop == pytest.approx(0.0)


def test_rows_of_the_smallest_groups_by_their_keys(people: Path) -> None:
    question = Question("person", ("sex", "age"))
    found = smallest_rows(people, question, Context())
    assert (found.key, found.rows, found.more) == (("id",), (((6,), 1),), False)
    below = smallest_rows(people, question, Context(), below=3, limit=2)
    assert (below.rows, below.more) == ((((6,), 1), ((4,), 2)), True)


def test_persons_are_counted_not_their_rows(tmp_path: Path) -> None:
    visits = [(1, 1, "SE1"), (2, 1, "SE1"), (3, 1, "SE1"), (4, 2, "SE2"), (5, 3, "SE2")]
    path = (
        a_database(tmp_path / "v.db")
        .with_table("visit", "id INTEGER PRIMARY KEY, patient, code", rows=visits)
        .build()
    )
    assert measure(path, Question("visit", ("code",)), Context()).k == 2
    by_person = measure(path, Question("visit", ("code",), person=("patient",)), Context())
    assert (by_person.k, by_person.records, by_person.uniques) == (1, 3, 1)
    assert smallest_rows(path, Question("visit", ("code",), person=("patient",)), Context()).rows == (
        ((1,), 1),
        ((2,), 1),
        ((3,), 1),
    )


def test_a_journalist_knows_the_population_alone(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path / "j.db")
        .with_table("study", "sex, age", rows=[("W", 30), ("W", 30), ("M", 40), ("M", 99)])
        .with_table("town", "s, a", rows=[("W", 30)] * 10 + [("M", 40)] * 4 + [("W", 50)])
        .build()
    )
    risk = measure(
        path, Question("study", ("sex", "age"), population=Population("town", None, ("s", "a"))), Context()
    )
    assert risk.journalist is not None
    assert risk.journalist.highest == 1.0
    assert risk.outside == 1, "nobody of the town is 99"
    assert risk.journalist.average == pytest.approx((2 / 10 + 1 / 4 + 1) / 4)
    assert risk.k_map == 1
    assert risk.prosecutor.average == pytest.approx(3 / 4)


def test_a_journalist_who_finds_several_rows_of_one_person_found_one(tmp_path: Path) -> None:
    rows = [("W", 30, 1)] * 3 + [("W", 30, 2), ("M", 40, 3), ("M", 40, 3)]
    path = (
        a_database(tmp_path / "j.db")
        .with_table("visit", "sex, age, patient", rows=rows)
        .with_table("town", "sex, age", rows=[("W", 30)] * 10 + [("M", 40)] * 4)
        .build()
    )
    question = Question("visit", ("sex", "age"), person=("patient",), population=Population("town"))
    risk = measure(path, question, Context())
    assert risk.journalist is not None
    assert risk.journalist.highest == 1 / 4
    assert risk.journalist.average == pytest.approx((2 / 10 + 1 / 4) / 3)


def test_columns_of_the_person_up_the_foreign_keys(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path / "fk.db")
        .with_table(
            "town",
            "name TEXT PRIMARY KEY COLLATE NOCASE, region",
            rows=[("York", "North"), ("Bath", "South")],
        )
        .with_table(
            "patient",
            "id INTEGER PRIMARY KEY, born, town REFERENCES town, work REFERENCES town",
            rows=[(1, 1980, "york", "Bath"), (2, 1980, "Bath", "Bath"), (3, 1990, None, "York")],
        )
        .with_table(
            "visit",
            "patient_id REFERENCES patient, day",
            rows=[(1, "a"), (2, "a"), (2, "b"), (3, "a"), (9, "a")],
        )
        .build()
    )
    risk = measure(path, Question("visit", ("patient.born",)), Context())
    assert [(each.size, each.groups) for each in risk.sizes] == [(1, 2), (3, 1)]
    learnt = measure(path, Question("visit", ("patient.born",), ("day",)), Context())
    assert [(each.size, each.groups) for each in learnt.sizes] == [(1, 1), (3, 1)]
    assert learnt.leading_nowhere == 1, "nobody learns anything of a patient who is not there"
    along = measure(path, Question("visit", ("patient_id>town>region",)), Context())
    assert [(each.size, each.groups) for each in along.sizes] == [(1, 1), (2, 2)], (
        "an orphan has none, as NULL has"
    )
    with pytest.raises(UsageError, match="Several foreign keys lead"):
        measure(path, Question("visit", ("town.region",)), Context())
    with pytest.raises(UsageError, match="No column"):
        measure(path, Question("visit", ("patient.nothing",)), Context())


def test_values_of_every_kind_are_told_apart(tmp_path: Path) -> None:
    values: list[SqlValue] = [
        1,
        1.0,
        "1",
        b"1",
        None,
        "",
        b"",
        "a\nb",
        '","',
        "[1]",
        b"\xff",
        1e400,
        2**62,
        "\ud7ff",
        "1\x00",
    ]
    path = a_database(tmp_path / "odd.db").with_table("t", "v", rows=[(value,) for value in values]).build()
    risk = measure(path, Question("t", ("v",)), Context())
    assert (risk.groups, risk.k) == (len(values) - 1, 1), "1 and 1.0 are equal, nothing else is"


def test_text_that_is_not_utf8_and_hostile_names(tmp_path: Path) -> None:
    name = 'a"b\n<img onerror>=cmd|'
    path = (
        a_database(tmp_path / "bad.db")
        .with_table(name, 'rowid, "x.y" TEXT, _rowid_, oid', rows=[(1, "a", 1, 1)])
        .with_sql(
            f"INSERT INTO \"{name.replace(chr(34), chr(34) * 2)}\" VALUES (2, CAST(x'FF41' AS TEXT), 1, 1)"
        )
        .build()
    )
    risk = measure(path, Question(name, ("x.y",), ("oid",)), Context())
    assert (risk.groups, risk.k) == (2, 1)


@pytest.mark.parametrize("encoding", ["UTF-16le", "UTF-16be"])
def test_a_file_in_utf16(tmp_path: Path, encoding: str) -> None:
    path = (
        a_database(tmp_path / "wide.db")
        .with_pragma(f"encoding = '{encoding}'")
        .with_table("t", "v", rows=[("é\n",), ("é\n",), ("💊",)])
        .build()
    )
    assert measure(path, Question("t", ("v",)), Context()).uniques == 1


def test_an_empty_table_and_views(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path / "e.db")
        .with_table("t", "v, s", rows=[])
        .with_table("w", "a PRIMARY KEY, b) WITHOUT ROWID --", rows=[(1, 2), (2, 2)])
        .with_sql("CREATE VIEW both AS SELECT b FROM w UNION ALL SELECT b FROM w")
        .build()
    )
    empty = measure(path, Question("t", ("v",), ("s",)), Context())
    assert (empty.records, empty.k, empty.prosecutor.highest, empty.sensitive) == (0, 0, 0.0, ())
    assert measure(path, Question("w", ("b",)), Context()).k == 2
    assert measure(path, Question("both", ("b",)), Context()).k == 4
    assert smallest_rows(path, Question("both", ("b",)), Context()).key == ()


@pytest.mark.parametrize(
    "question",
    [
        Question("person", ()),
        Question("person", ("sex", "sex")),
        Question("person", ("sex",), ("sex",)),
        Question("person", ("sex",), threshold=0.0),
        Question("nobody", ("sex",)),
        Question("person", ("height",)),
        Question("person", ("sex",), population=Population("person", None, ("sex", "age"))),
    ],
)
def test_questions_that_cannot_be_answered(people: Path, question: Question) -> None:
    with pytest.raises(UsageError):
        measure(people, question, Context())


def test_it_can_be_stopped(people: Path) -> None:
    context = Context()
    context.cancel()
    with pytest.raises(Cancelled):
        measure(people, Question("person", ("sex",)), context)


_TOLD = st.one_of(st.none(), st.integers(0, 4))
_CELL = st.one_of(st.none(), st.integers(0, 2), st.sampled_from(["a", "b", "A"]))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(_CELL, _CELL, _TOLD, st.integers(0, 3)), min_size=1, max_size=40))
def test_the_same_as_counting_by_hand_in_memory_and_on_disk(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    rows: list[tuple[SqlValue, ...]],
) -> None:
    path = (
        a_database(tmp_path_factory.mktemp("g") / "g.db").with_table("t", "a, b, s, who", rows=rows).build()
    )
    for person in ((), ("who",)):
        question = Question("t", ("a", "b"), ("s",), person)
        risk = measure(path, question, Context())
        entries = (
            rows if not person else list({(a, b, who): (a, b, None, who) for a, b, _, who in rows}.values())
        )
        sizes = Counter(row[:2] for row in entries)
        assert sorted(size for each in risk.sizes for size in [each.size] * each.groups) == sorted(
            sizes.values()
        )
        members: dict[tuple[SqlValue, ...], set[SqlValue]] = defaultdict(set)
        for row in rows:
            members[row[:2]].add(row[2])
        assert risk.sensitive[0].l_distinct == min(len(each - {None}) for each in members.values())
        assert risk.sensitive[0].distinct == len({row[2] for row in rows} - {None})
        with monkeypatch.context() as patch:
            patch.setattr(read, "MOST_VALUES", 0)
            _same(measure(path, question, Context()), risk)


def _same(one: Risk, other: Risk) -> None:
    assert replace(one, sensitive=(), columns=()) == replace(other, sensitive=(), columns=())
    assert sorted(one.columns, key=lambda pull: pull.column) == sorted(
        other.columns, key=lambda pull: pull.column
    )
    for here, there in zip(one.sensitive, other.sensitive, strict=True):
        assert astuple(here)[1:3] == astuple(there)[1:3]
        assert here.c_recursive == there.c_recursive
        assert (here.l_entropy, here.t_equal) == pytest.approx((there.l_entropy, there.t_equal))
        assert here.t_ordered == pytest.approx(there.t_ordered)
