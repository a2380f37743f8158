"""Who has which combination: the same in memory as sorted on disk, and what groups of persons are counted from."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders import a_database
from steward_app.db import open_read
from steward_app.kernel.errors import Refused
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.hierarchies import Prefix, Ranges
from steward_app.services.privacy.reach import source
from steward_app.services.privacy.risk import Asked, Question, divide, frontier, read, search, whose
from steward_app.services.privacy.risk.read import Tuples
from steward_app.services.privacy.risk.whose import Whose, read_whose
from steward_app.services.schema import read_schema

HIERARCHIES = {"age": Ranges((5, 10)), "code": Prefix((1,))}
_PERSON = st.one_of(
    st.none(), st.integers(0, 9), st.sampled_from((1.0, 2.5, "1", "a", "A", b"a", b"", "ä", "Zoë"))
)
ROWS = st.lists(
    st.tuples(st.integers(20, 26), st.sampled_from(("A1", "A2", b"B1", None)), _PERSON, st.integers(0, 1)),
    max_size=40,
)


def visits(folder: Path, rows: list[tuple[SqlValue, ...]], columns: str = "age, code, one, two") -> Path:
    return a_database(folder / "visits.db").with_table("visit", columns, rows=rows).build()


def read_from(path: Path, names: tuple[str, ...], many: int) -> tuple[Tuples, Whose]:
    with open_read(path) as session, session.snapshot():
        return read_whose(session, source(read_schema(session), "visit", names), many, Context())


def told(found: tuple[Tuples, Whose]) -> list[list[tuple[SqlValue, ...]]]:
    """What each person has, whatever the order."""
    tuples, each = found
    combinations = [
        tuple(values[code] for values, code in zip(tuples.values, row, strict=True)) for row in tuples.codes
    ]
    persons: list[list[tuple[SqlValue, ...]]] = []
    for entry, starts in zip(each.entry.tolist(), each.starts.tolist(), strict=True):
        if starts:
            persons.append([])
        persons[-1].append(combinations[entry])
    assert tuples.weights.tolist() == np.bincount(each.entry, minlength=len(combinations)).tolist()
    return sorted((sorted(person, key=repr) for person in persons), key=repr)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, at_once=st.integers(1, 7))
def test_sorted_on_disk_is_the_same_as_in_memory(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    rows: list[tuple[SqlValue, ...]],
    at_once: int,
) -> None:
    path = visits(tmp_path_factory.mktemp("w"), rows)
    names = ("age", "code", "one", "two")
    in_memory = read_from(path, names, 2)
    by_hand = defaultdict(set)
    for age, code, *person in rows:
        by_hand[tuple(person)].add((age, code))
    assert told(in_memory) == sorted((sorted(has, key=repr) for has in by_hand.values()), key=repr)
    with monkeypatch.context() as patch, open_read(path) as session, session.snapshot():
        patch.setattr(whose, "_ROWS_AT_ONCE", at_once)
        patch.setattr(whose, "_KEY_LIMIT", 8)
        wanted = source(read_schema(session), "visit", names[:2])
        person = source(read_schema(session), "visit", names[2:]).columns_sql
        on_disk = whose._sorted(session, wanted, person, Context())
        assert told(on_disk) == told(in_memory)
        patch.setattr(whose, "_PAIRS_AT_ONCE", at_once)
        tuples, each = on_disk
        label = np.arange(len(tuples.weights)) % 3
        groups = [
            {
                number
                for number, has in enumerate(np.cumsum(each.starts))
                if label[each.entry[number]] == group
            }
            for group in range(3)
        ]
        persons = np.cumsum(each.starts)
        assert each.counted(label, 3).tolist() == [len({persons[n] for n in group}) for group in groups]


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le"])
def test_more_persons_than_memory_is_given_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    """Ways to coarsen and the rows that a copy leaves out are the same as with all persons in memory."""
    path = (
        a_database(tmp_path / "visits.db")
        .with_sql(f"PRAGMA encoding = '{encoding}'")
        .with_table(
            "visit",
            "age, code, patient",
            rows=[(20 + n % 9, f"{'ABÄ'[n % 3]}{n % 4}", f"Person {n % 150}") for n in range(400)],
        )
        .build()
    )
    question = Question("visit", ("age", "code"), (), ("patient",))

    def chosen() -> tuple[object, ...]:
        found = frontier(path, question, Context(), HIERARCHIES)
        best = search(found.space, Asked(12), 0.1, Context())
        groups = divide(found.space.tuples, Asked(12), Context(), whose=found.space.whose)
        assert groups is not None
        return best, found.points(0.1), groups.kept, sorted(groups.sizes.tolist())

    before = chosen()
    assert before[0] is not None
    monkeypatch.setattr(read, "MOST_VALUES", 50)
    assert chosen() == before
    monkeypatch.setattr(whose, "MOST_PAIRS", 100)
    with pytest.raises(Refused, match="too many different combinations"):
        chosen()


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.integers(0, 12), st.integers(0, 6), st.integers(0, 3), st.integers(0, 9)),
        min_size=1,
        max_size=50,
    ),
    k=st.integers(1, 5),
    diversity=st.integers(1, 3),
)
def test_mondrian_divides_into_groups_of_k_persons(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[SqlValue, ...]],
    k: int,
    diversity: int,
) -> None:
    path = visits(tmp_path_factory.mktemp("m"), rows, "a, b, told, who")
    tuples, each = read_from(path, ("a", "b", "told", "who"), 3)
    found = divide(tuples, Asked(k, diversity), Context(), sensitive=1, whose=each)
    can_be = len({row[3] for row in rows}) >= k and len({row[2] for row in rows}) >= diversity
    assert (found is not None) == can_be
    if found is None:
        return
    persons = np.cumsum(each.starts)
    for size, entries in zip(found.sizes.tolist(), found.entries, strict=True):
        assert size == len(set(persons[np.isin(each.entry, entries)].tolist()))
        assert len(set(tuples.codes[entries, 2].tolist())) >= diversity
    assert found.k >= k
    assert sorted(np.concatenate(found.entries).tolist()) == list(range(len(tuples.weights)))
    assert 0 <= found.kept <= 1


def test_mondrian_of_persons_is_that_of_rows_where_each_has_one(tmp_path: Path) -> None:
    rows = [(n % 17, n % 5, n % 3, n) for n in range(120)]
    path = visits(tmp_path, rows, "a, b, told, who")
    tuples, each = read_from(path, ("a", "b", "who"), 2)
    by_persons, by_rows = (divide(tuples, Asked(4), Context(), whose=of) for of in (each, None))
    assert by_persons is not None
    assert by_rows is not None
    assert by_persons.kept == by_rows.kept
    assert by_persons.sizes.tolist() == by_rows.sizes.tolist()
    assert divide(tuples, Asked(4, closeness=0.5), Context(), whose=each) is None
