"""Ways to coarsen: the ones no other beats, the search, what taking one gives, suggestions."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import a_database
from steward_app.db import open_read
from steward_app.kernel.errors import Cancelled, Refused, UsageError
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize.making import make
from steward_app.services.privacy.hierarchies import Listed, Prefix, Ranges, from_options
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.reach import source
from steward_app.services.privacy.risk import (
    Asked,
    Question,
    divide,
    frontier,
    read,
    search,
    small_rows,
    suggest,
    taken,
)
from steward_app.services.privacy.risk.frontier import SIZES
from steward_app.services.privacy.risk.lattice import node_of
from steward_app.services.privacy.risk.read import Tuples, read_tuples
from steward_app.services.privacy.risk.space import Space, space
from steward_app.services.privacy.risk.take import rules_of
from steward_app.services.privacy.risk.walk import groups_of
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.schema import read_schema

HIERARCHIES = {"age": Ranges((5, 10, 20)), "code": Prefix((2, 1))}
ROWS = [(number, 20 + number * 7 % 41, f"{number % 5}{number % 7}{number % 3}", "x") for number in range(200)]


@pytest.fixture
def people(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path / "people.db")
        .with_table("person", "id INTEGER PRIMARY KEY, age INTEGER, code TEXT, note", rows=ROWS)
        .build()
    )


def test_no_point_is_beaten_by_another(people: Path) -> None:
    found = frontier(people, Question("person", ("age", "code")), Context(), HIERARCHIES)
    points = found.points(0.05)
    assert found.tried == 5 * 4
    assert len(points) > 3
    for safer, riskier in itertools.pairwise(points):
        assert safer.risk < riskier.risk
        assert safer.kept < riskier.kept
    for node in points:
        assert node.left_out <= 0.05 * 200
        places = [
            next(at for at, step in enumerate(steps) if step.level == level)
            for steps, level in zip(found.space.steps, node.levels, strict=True)
        ]
        again = node_of(found.space, groups_of(found.space, places), Asked(node.k))
        assert again.kept == pytest.approx(node.kept)
        assert again.left_out == node.left_out
        assert again.k >= node.k
    assert points[-1].levels == (0, 0)
    assert points[-1].kept == 1.0


def test_the_most_useful_within_a_limit_and_columns_held_fast(people: Path) -> None:
    found = frontier(people, Question("person", ("age", "code")), Context(), HIERARCHIES)
    best = found.best(0.2)
    assert best is not None
    assert best.k >= 5
    held = found.best(0.2, 0.02, {"code": 1})
    assert held is not None
    assert held.levels[1] == 1
    assert held.kept <= best.kept
    assert found.best(1 / 100_000) is None
    assert {level.column: level.lost for level in found.levels(found.points()[-1])} == {"age": 0, "code": 0}
    assert all(0 < risk <= 1 and 0 <= kept <= 1 for risk, kept in found.others(10))


def test_rules_of_a_way_say_what_its_columns_are(people: Path) -> None:
    known = {"age": "age", "note": "free_text"}
    found = frontier(people, Question("person", ("age", "code")), Context(), HIERARCHIES, known)
    top = replace(found.points()[0], levels=(1, 1))
    age, code = rules_of(found, top)
    assert age.options["kind"] == "age", "texts are read for what is coarsened, by its type"
    assert "kind" not in code.options


def test_taking_a_way_gives_rules_that_have_its_k(people: Path) -> None:
    found = frontier(people, Question("person", ("age", "code")), Context(), HIERARCHIES)
    node = found.best(0.2, 0.05)
    assert node is not None
    before = ReleaseRules(
        "r", (Rule(Place("person", "age"), Technique.NOISE), Rule(Place("person", "note"), Technique.REMOVE))
    )
    rules = taken(before, found, node)
    assert rules.limits_of("person").k == node.k
    assert rules.quasi_identifiers == {"person": ("age", "code")}
    assert rules.at(Place("person", "note")) == before.rules[1]
    coarse = [rules.at(Place("person", column)) for column in ("age", "code")]
    values = []
    for at, rule in enumerate(coarse, start=1):
        assert rule is not None
        raw = [row[at] for row in ROWS]
        if rule.technique is Technique.GENERALIZE:
            raw = from_options(rule.options).at(raw, int(str(rule.options["level"])))
        values.append(raw)
    sizes = Counter(zip(*values, strict=True))
    assert sum(size for size in sizes.values() if size < node.k) == node.left_out


def test_a_column_under_a_check_gets_values_and_no_labels(tmp_path: Path) -> None:
    """“*” is no sex that CHECK (sex IN ('f', 'm')) knows; nobody's sex is."""
    rows = [(n, "fm"[n % 2], 20 + n % 5, "ab"[n % 2]) for n in range(40)]
    path = (
        a_database(tmp_path / "c.db")
        .with_table("p", "id INTEGER PRIMARY KEY, sex TEXT CHECK (sex IN ('f', 'm')), age, town", rows=rows)
        .build()
    )
    found = frontier(path, Question("p", ("sex", "age", "town")), Context())
    coarsest = found.points(0.0)[0]
    before = ReleaseRules(
        "r", (Rule(Place("p", "town"), Technique.GENERALIZE, {"hierarchy": "any", "as": "label"}),)
    )
    rules = taken(before, found, coarsest)
    form = {rule.place.column: rule.options.get("as") for rule in rules.rules}
    assert form["sex"] == "value"
    assert form["age"] is None
    new = tmp_path / "copy.db"
    new.touch()
    make(path, new, rules, b"k" * 32, Context())
    with open_read(new) as session:
        assert session.all("SELECT DISTINCT sex FROM p") == [(None,)]


def test_what_a_check_refuses_is_not_tried(tmp_path: Path) -> None:
    """A column that must hold 'f' or 'm' cannot say nothing; one that must be of age can, and not below."""
    columns = (
        "id INTEGER PRIMARY KEY, sex TEXT NOT NULL CHECK (sex IN ('f', 'm')),"
        " age INTEGER CHECK (p.age >= 18), CHECK (age < 200 OR sex = 'f')"
    )
    rows = [(n, "fm"[n % 2], 18 + n % 30) for n in range(80)]
    path = a_database(tmp_path / "c.db").with_table("p", columns, rows=rows).build()
    found = frontier(path, Question("p", ("sex", "age")), Context(), {"age": Ranges((5, 10))})
    sex, age = ([step.level for step in steps] for steps in found.space.steps)
    assert sex == [0]
    assert age == [0, 3], "15-19 begins below 18, and 10-19 does"
    new = tmp_path / "copy.db"
    new.touch()
    make(path, new, taken(ReleaseRules("r", ()), found, found.points(0.0)[0]), b"k" * 32, Context())


def test_rows_that_a_copy_has_to_leave_out(people: Path) -> None:
    question = Question("person", ("age", "code"))
    with open_read(people) as session:
        keys = set(small_rows(session, question, 2))
    alone = Counter((age, code) for _, age, code, _ in ROWS)
    assert keys == {(number,) for number, age, code, _ in ROWS if alone[age, code] == 1}


def test_a_hierarchy_that_parts_what_it_joined_is_refused(people: Path) -> None:
    crossed = Listed({str(age): (str(age % 2), str(age // 10), "*") for age in range(20, 61)})
    with pytest.raises(UsageError, match="parts values at level 2"):
        frontier(people, Question("person", ("age",)), Context(), {"age": crossed})


def test_too_many_combinations_are_refused_and_a_search_stops(
    people: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = Context()
    context.cancel()
    with pytest.raises(Cancelled):
        frontier(people, Question("person", ("age",)), context)
    monkeypatch.setattr(read, "MOST_VALUES", 0)
    with pytest.raises(Refused, match="too many different combinations"):
        frontier(people, Question("person", ("age",)), Context())


def test_too_many_ways_leave_levels_out_and_keep_both_ends(people: Path) -> None:
    tuples = _tuples(people, ("age", "code"))
    ways = space(("age", "code"), tuple(HIERARCHIES.values()), tuples, most=8)
    assert ways.nodes <= 8
    assert ways.skipped > 0
    assert [(steps[0].level, steps[-1].level) for steps in ways.steps] == [(0, 4), (0, 3)]


def test_columns_are_suggested_by_their_kind_and_how_they_divide(people: Path) -> None:
    found = suggest(people, "person", Context(), {"code": "postcode"})
    assert [each.column for each in found] == ["code", "age"], "a key and a column of one value say nothing"
    assert found[0].sentence.startswith("Postcode")
    assert suggest(people, "person", Context(), {"code": "postcode", "age": "email"})[0].column == "code"


_ROWS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 6), st.integers(0, 3)), min_size=1, max_size=40)


@settings(max_examples=30, deadline=None)
@given(rows=_ROWS, k=st.integers(1, 6), share=st.sampled_from([0.0, 0.1, 0.3]))
def test_the_search_misses_nothing(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, int, int]], k: int, share: float
) -> None:
    path = a_database(tmp_path_factory.mktemp("s") / "s.db").with_table("t", "a, b, c", rows=rows).build()
    ways = space("abc", (Ranges((2, 4)), Ranges((3,)), Ranges((2,))), _tuples(path, ("a", "b", "c")))
    best = search(ways, Asked(k), share, Context())
    nodes = [
        node_of(ways, groups_of(ways, places), Asked(k))
        for places in itertools.product(*(range(len(steps)) for steps in ways.steps))
    ]
    allowed = [node.kept for node in nodes if node.left_out <= share * len(rows)]
    assert (best is None) == (not allowed)
    if best is not None:
        assert best.kept == pytest.approx(max(allowed))
        assert best.left_out <= share * len(rows)


@settings(max_examples=30, deadline=None)
@given(rows=_ROWS, k=st.integers(1, 6), relaxed=st.booleans())
def test_mondrian_divides_all_records_into_groups_of_k(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, int, int]], k: int, relaxed: bool
) -> None:
    path = a_database(tmp_path_factory.mktemp("m") / "m.db").with_table("t", "a, b, c", rows=rows).build()
    found = divide(_tuples(path, ("a", "b", "c")), Asked(k), Context(), relaxed=relaxed)
    assert (found is None) == (len(rows) < k)
    if found is not None:
        assert found.k >= k
        assert found.sizes.sum() == len(rows)
        assert 0 <= found.kept <= 1
        if relaxed:
            assert found.sizes.max() < 2 * k, "a group of 2 k can always be halved"


def test_points_answer_for_every_size_that_is_tried(people: Path) -> None:
    found = frontier(people, Question("person", ("age",)), Context(), HIERARCHIES)
    assert found.kept.shape == (found.tried, len(SIZES))
    assert (found.left_out[:, 0] == 0).all(), "a group of one needs nothing left out"
    assert isinstance(found.space, Space)


def _tuples(path: Path, columns: tuple[str, ...]) -> Tuples:
    with open_read(path) as session:
        table = read_schema(session).tables[0].name
        return read_tuples(session, source(read_schema(session), table, columns), Context())
