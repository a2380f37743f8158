"""Ways to coarsen where several rows are of one person: groups count persons, and blanks stay blank."""

from __future__ import annotations

import itertools
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import a_database
from steward_app.kernel.progress import Context
from steward_app.services.privacy.hierarchies import Prefix, Ranges
from steward_app.services.privacy.risk import Asked, Frontier, Question, frontier, search

HIERARCHIES = {"age": Ranges((5, 10)), "code": Prefix((1,))}
ROWS = st.lists(
    st.tuples(
        st.integers(20, 34), st.sampled_from(("A1", "A2", "B1")), st.integers(0, 5), st.sampled_from("xyz")
    ),
    min_size=1,
    max_size=24,
)


def visits(folder: Path, rows: list[tuple[int, str, int, str]]) -> Path:
    return (
        a_database(folder / "visits.db")
        .with_table(
            "visit",
            "id INTEGER PRIMARY KEY, age, code, patient, told",
            rows=[(n, *row) for n, row in enumerate(rows)],
        )
        .build()
    )


def by_hand(
    found: Frontier, rows: list[tuple[int, str, int, str]], asked: Asked, sensitive: bool
) -> dict[tuple[int, ...], tuple[float, int]]:
    """Of every way what it keeps and leaves out, counted as one would on paper."""
    told = {(age, code, *((what,) if sensitive else ()), whose) for age, code, whose, what in rows}
    result = {}
    for levels in itertools.product(*([step.level for step in steps] for steps in found.space.steps)):
        at = [
            next(step for step in steps if step.level == level)
            for steps, level in zip(found.space.steps, levels, strict=True)
        ]
        groups: dict[tuple[int, ...], list[tuple[float, int, object]]] = defaultdict(list)
        for record in told:
            values = [list(found.space.tuples.values[n]).index(record[n]) for n in range(2)]
            codes = tuple(int(step.codes[value]) for step, value in zip(at, values, strict=True))
            kept = sum(float(step.kept[code]) for step, code in zip(at, codes, strict=True)) / 2
            groups[codes].append((kept, int(record[-1]), record[2]))
        stay = [
            each
            for each in groups.values()
            if len({whose for _, whose, _ in each}) >= asked.k
            and len({what for _, _, what in each}) >= (asked.diversity if sensitive else 1)
        ]
        left = len(told) - sum(map(len, stay))
        result[levels] = (sum(kept for each in stay for kept, _, _ in each) / len(told), left)
    return result


@settings(max_examples=40, deadline=None)
@given(ROWS, st.integers(1, 4), st.integers(1, 2), st.sampled_from((0.0, 0.1, 0.5, 1.0)))
def test_the_best_way_is_the_best_when_persons_are_counted(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[int, str, int, str]],
    k: int,
    diversity: int,
    most: float,
) -> None:
    path = visits(tmp_path_factory.mktemp("f"), rows)
    told = ("told",) if diversity > 1 else ()
    asked = Asked(k, diversity)
    question = Question("visit", ("age", "code"), told, ("patient",))
    found = frontier(path, question, Context(), HIERARCHIES, asked=asked)
    ways = by_hand(found, rows, asked, bool(told))
    allowed = [kept for kept, left in ways.values() if left <= most * found.records + 1e-9]
    for node in (search(found.space, asked, most, Context()), found.best(1 / k, most)):
        assert (node is None) == (not allowed)
        if node is not None:
            assert node.left_out <= most * found.records + 1e-9
    best = search(found.space, asked, most, Context())
    if best is not None:
        assert best.kept == pytest.approx(max(allowed))
        assert ways[best.levels] == (pytest.approx(best.kept), best.left_out)


def test_five_visits_of_one_patient_are_a_group_of_one(tmp_path: Path) -> None:
    path = visits(tmp_path, [(30, "A1", 1, "x")] * 5 + [(31, "B1", n, "x") for n in range(2, 7)])
    by_rows, by_persons = (
        frontier(path, Question("visit", ("age", "code"), (), person), Context(), HIERARCHIES)
        for person in ((), ("patient",))
    )
    rows, persons = (search(each.space, Asked(5), 0.0, Context()) for each in (by_rows, by_persons))
    assert rows is not None
    assert rows.levels == (0, 0)
    assert persons is not None
    assert (persons.levels[1], persons.k) == (2, 6)  # all together


def test_a_blank_is_no_star(tmp_path: Path) -> None:
    """Who left the field empty stays a group of his own in the copy, however coarse the others become."""
    rows = [(n, f"{n % 9}{n % 7}") for n in range(40)] + [(40, ""), (41, None)]
    path = a_database(tmp_path / "b.db").with_table("p", "id INTEGER PRIMARY KEY, code", rows=rows).build()
    found = frontier(path, Question("p", ("code",)), Context(), {"code": Prefix((1,))})
    assert search(found.space, Asked(2), 0.0, Context()) is None
    coarsest = search(found.space, Asked(3), 0.05, Context())
    assert coarsest is not None
    assert coarsest.left_out == 2
