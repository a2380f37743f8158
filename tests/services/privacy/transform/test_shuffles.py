"""Shuffling: who gets whose value, in tables of any size and with keys of any kind."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import a_database
from builders.transforms import KEY, blocking, checked, released, rule, rules
from steward_app.db import open_read, qualified
from steward_app.kernel.progress import Context
from steward_app.services.privacy.transform.model import ROW
from steward_app.services.privacy.transform.prepare import prepare
from steward_app.services.schema import read_schema

TABLES = (
    "CREATE TABLE t (id INTEGER PRIMARY KEY, v)",
    "CREATE TABLE t (id TEXT, v)",
    "CREATE TABLE t (id REAL PRIMARY KEY, v) WITHOUT ROWID",
    "CREATE TABLE t (id TEXT COLLATE NOCASE PRIMARY KEY, v) WITHOUT ROWID",
    "CREATE TABLE t (id NUMERIC, w, v, PRIMARY KEY (id, w)) WITHOUT ROWID",
)


@pytest.mark.parametrize("sql", TABLES)
def test_what_was_dealt_to_a_row_is_looked_up_by_key(sql: str, tmp_path: Path) -> None:
    rows = [(n, n, f"v{n}") if ", w," in sql else (n, f"v{n}") for n in range(60)]
    path = a_database(tmp_path).with_sql(sql).with_rows("t", rows).build()
    with open_read(path) as session, session.snapshot():
        schema = read_schema(session)
        with prepare(session, schema, rules(rule("t", "v", "shuffle")), KEY, Context()) as transforms:
            table = transforms.table("t")
            assert table is not None
            read = f"SELECT {', '.join(table.reads)} FROM {qualified('t')} AS {ROW}"
            plan = [str(row[3]) for row in session.all(f"EXPLAIN QUERY PLAN {read}")]
            found = session.all(read)
    assert [step for step in plan if step.startswith("SCAN")] == [f"SCAN {ROW}"]
    assert sorted(str(row[-1]) for row in found) == sorted(f"v{n}" for n in range(60))
    assert not any(row[-1] == row[len(table.columns) - 1] for row in found)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([None, 1, 1.0, "a", "A", b"a"]), st.booleans()), max_size=25))
def test_a_group_keeps_its_values_and_only_who_is_alone_keeps_theirs(
    tmp_path_factory: pytest.TempPathFactory, said: list[tuple[object, bool]]
) -> None:
    rows = [(n * 3 - 20, group, n if there else None) for n, (group, there) in enumerate(said)]
    path = (
        a_database(tmp_path_factory.mktemp("shuffle"))
        .with_table("t", "id INTEGER PRIMARY KEY, g, v", rows=rows)
        .build()
    )
    new = released(path, rules(rule("t", "v", "shuffle", group="g")))[0]["t"]
    assert [row[:2] for row in new] == [row[:2] for row in rows]
    for group in {row[1] for row in rows}:
        before = [row[2] for row in rows if row[1] == group and row[2] is not None]
        after = [row[2] for row in new if row[1] == group and row[2] is not None]
        assert sorted(after) == sorted(before)  # type: ignore[type-var]
        assert len(before) < 2 or not any(one == two for one, two in zip(before, after, strict=True))


def _stay(values: list[object]) -> int:
    """How many keep their value, if as few as possible do."""
    return max(0, 2 * max(map(values.count, values), default=0) - len(values))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([None, 1, "a"]), st.sampled_from("xxxyyz")), max_size=40),
    st.binary(min_size=16, max_size=16),
)
def test_nobody_gets_a_value_like_their_own_where_that_is_possible(
    tmp_path_factory: pytest.TempPathFactory, said: list[tuple[object, str]], key: bytes
) -> None:
    rows = [(n, group, value) for n, (group, value) in enumerate(said)]
    path = (
        a_database(tmp_path_factory.mktemp("alike"))
        .with_table("t", "id INTEGER PRIMARY KEY, g, v", rows=rows)
        .build()
    )
    dealt = rules(rule("t", "v", "shuffle", group="g"))
    new = released(path, dealt, key)[0]["t"]
    assert new == released(path, dealt, key)[0]["t"]
    expected = 0
    for group in {row[1] for row in rows}:
        before = [row[2] for row in rows if row[1] == group]
        after = [row[2] for row in new if row[1] == group]
        assert sorted(after) == sorted(before)  # type: ignore[type-var]
        stay = sum(one == two for one, two in zip(before, after, strict=True))
        assert stay == _stay(list(before))
        expected += stay
    if {"shuffled_alone"}.isdisjoint(each.code for each in checked(path, dealt)):
        told = [each.count for each in checked(path, dealt) if each.code == "shuffled_the_same"]
        assert told == ([expected] if expected else [])


def test_a_table_of_frequent_and_of_rare_values_is_dealt_whole(tmp_path: Path) -> None:
    towns = [f"town {min(n % 97, n % 13, n % 7)}" for n in range(5_000)]
    path = a_database(tmp_path).with_table("t", "v", rows=[(town,) for town in towns]).build()
    said = rules(rule("t", "v", "shuffle"))
    after = [row[0] for row in released(path, said)[0]["t"]]
    assert sorted(map(str, after)) == sorted(towns)
    assert not any(one == two for one, two in zip(towns, after, strict=True))
    pairs = {(one, two) for one, two in zip(towns, after, strict=True)}
    assert len(pairs) > 4 * len(set(towns)), "one value does not stand for one other"
    assert not checked(path, said)


def test_the_plan_says_how_many_values_stay_and_where_two_tell_all(tmp_path: Path) -> None:
    rows = [(n, n % 2, "m" if n % 10 else "f") for n in range(100)]
    path = a_database(tmp_path).with_table("t", "id INTEGER PRIMARY KEY, g, v", rows=rows).build()
    found = {each.code: each for each in checked(path, rules(rule("t", "v", "shuffle")))}
    assert set(found) == {"shuffled_the_same", "shuffled_two"}
    assert found["shuffled_the_same"].title == "“shuffle” of “t.v” leaves 80 values of 100 where they were"
    assert found["shuffled_two"].count == 100
    assert not blocking(path, rules(rule("t", "v", "shuffle")))
    assert blocking(path, rules(rule("t", "g", "shuffle", group="g"))) == {"shuffled_the_same"}


def test_the_temporary_tables_are_gone_afterwards(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("t", "v", rows=[(1,), (2,), (3,)]).build()
    with open_read(path) as session, session.snapshot():
        made = prepare(session, read_schema(session), rules(rule("t", "v", "shuffle")), KEY, Context())
        assert session.count("SELECT count(*) FROM temp.sqlite_schema") == 1
        made.close()
        assert session.count("SELECT count(*) FROM temp.sqlite_schema") == 0
