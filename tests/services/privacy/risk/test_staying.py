"""k, l and t asked together: what stays reaches all of them, the search misses nothing, and Mondrian cuts by them."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import a_database
from steward_app.db import open_read
from steward_app.kernel.progress import Context
from steward_app.services.privacy.hierarchies import Ranges
from steward_app.services.privacy.reach import source
from steward_app.services.privacy.risk import Asked, Question, divide, frontier, search
from steward_app.services.privacy.risk.lattice import node_of
from steward_app.services.privacy.risk.read import Tuples, read_tuples
from steward_app.services.privacy.risk.space import space
from steward_app.services.privacy.risk.walk import groups_of
from steward_app.services.privacy.rules import Limits
from steward_app.services.schema import read_schema

HIERARCHIES = (Ranges((2, 4)), Ranges((3,)))
Record = tuple[int, int, str | None, int]
RECORDS: st.SearchStrategy[list[Record]] = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 5), st.sampled_from([*"xyz", None]), st.integers(0, 4)),
    min_size=1,
    max_size=40,
)
ASKED = st.builds(
    Asked, st.integers(1, 5), st.integers(1, 3), st.sampled_from([0.1, 0.25, 0.4, 0.6, 0.8, 1.0])
)


def distance(group: list[Record], whole: list[Record], at: int) -> Fraction:
    """t as the definition has it: numbers apart by their rank, other values equally."""
    values = sorted({record[at] for record in whole}, key=repr)
    p, q = (Counter(record[at] for record in records) for records in (whole, group))
    gaps = [Fraction(q[each], len(group)) - Fraction(p[each], len(whole)) for each in values]
    if at == 3:
        sums = itertools.accumulate(gaps)
        return sum(map(abs, sums), Fraction()) / (len(values) - 1) if len(values) > 1 else Fraction()
    return sum(map(abs, gaps), Fraction()) / 2


def groups_in(records: list[Record], steps: tuple[tuple[object, ...], ...]) -> list[list[Record]]:
    found: dict[tuple[object, ...], list[Record]] = defaultdict(list)
    for record in records:
        found[steps[0][record[0]], steps[1][record[1]]].append(record)
    return list(found.values())


def reaches(group: list[Record], whole: list[Record], asked: Asked) -> bool:
    return len(group) >= asked.k and all(
        (asked.diversity <= 1 or len({record[at] for record in group} - {None}) >= asked.diversity)
        and (asked.closeness >= 1 or distance(group, whole, at) <= asked.closeness + 1e-9)
        for at in (2, 3)
    )


def left(records: list[Record], steps: tuple[tuple[object, ...], ...], asked: Asked) -> list[Record]:
    """What stays, judged again until all of it reaches what is asked."""
    while True:
        stay = [r for group in groups_in(records, steps) if reaches(group, records, asked) for r in group]
        if len(stay) == len(records):
            return stay
        records = stay


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("staying")


def table_of(folder: Path, records: list[Record]) -> Path:
    path = folder / "t.db"
    path.unlink(missing_ok=True)
    return a_database(path).with_table("t", "a, b, word, n", rows=records).build()


def tuples_of(path: Path) -> Tuples:
    with open_read(path) as session:
        schema = read_schema(session)
        return read_tuples(session, source(schema, "t", ("a", "b", "word", "n")), Context())


@settings(max_examples=40, deadline=None)
@given(records=RECORDS, asked=ASKED, share=st.sampled_from([0.0, 0.1, 0.3]))
def test_the_search_and_the_frontier_miss_nothing(
    folder: Path, records: list[Record], asked: Asked, share: float
) -> None:
    path = table_of(folder, records)
    ways = space(("a", "b"), HIERARCHIES, tuples_of(path))
    best = search(ways, asked, share, Context())
    allowed = []
    for places in itertools.product(*(range(len(steps)) for steps in ways.steps)):
        node = node_of(ways, groups_of(ways, places), asked)
        steps = tuple(
            tuple(HIERARCHIES[at].at(range(10), ways.steps[at][place].level))
            for at, place in enumerate(places)
        )
        stays = left(records, steps, asked)
        assert node.left_out == len(records) - len(stays), places
        if stays:
            groups = groups_in(stays, steps)
            assert node.k == min(map(len, groups))
            assert node.diversity == min(
                len({r[at] for r in group} - {None}) for group in groups for at in (2, 3)
            )
            assert node.closeness == pytest.approx(
                float(max(distance(group, stays, at) for group in groups for at in (2, 3))), abs=1e-9
            )
        if node.left_out <= share * len(records):
            allowed.append(node.kept)
    assert (best is None) == (not allowed)
    if best is not None:
        assert best.kept == pytest.approx(max(allowed))
    known = dict(zip("ab", HIERARCHIES, strict=True))
    found = frontier(path, Question("t", ("a", "b"), ("word", "n")), Context(), known, asked=asked)
    every = found.best(1 / asked.k, share)
    assert (every is None) == (best is None)
    if every is not None and best is not None:
        assert every.kept == pytest.approx(best.kept)


@settings(max_examples=40, deadline=None)
@given(records=RECORDS, asked=ASKED, relaxed=st.booleans())
def test_mondrian_divides_so_that_every_group_reaches_all(
    folder: Path, records: list[Record], asked: Asked, relaxed: bool
) -> None:
    tuples = tuples_of(table_of(folder, records))
    found = divide(tuples, asked, Context(), sensitive=2, relaxed=relaxed)
    assert (found is None) == (not reaches(records, records, asked))
    if found is None or relaxed:
        assert found is None or (found.sizes.sum() == len(records) and found.k >= asked.k)
        return
    told: list[Record] = [
        tuple(values[code] for values, code in zip(tuples.values, codes, strict=True))  # type: ignore[misc]
        for codes in tuples.codes.tolist()
    ]
    seen: Counter[int] = Counter()
    for entries, size in zip(found.entries, found.sizes.tolist(), strict=True):
        seen.update(entries.tolist())
        group = [told[at] for at in entries for _ in range(int(tuples.weights[at]))]
        assert len(group) == size
        assert reaches(group, records, asked)
    assert seen == Counter(range(len(told))), "every combination stands in one group"


def test_a_risk_asks_for_a_size() -> None:
    assert Asked.of(Limits(risk=0.05)) == Asked(20)
    assert Asked.of(Limits(k=30, risk=0.05, l_diversity=2)) == Asked(30, 2)
    assert Asked.of(Limits(risk=0.1)).k == 10, "and rounding makes it no eleven"
    assert not Asked.of(Limits(k=1, t_closeness=1, l_diversity=1, risk=1)).anything
