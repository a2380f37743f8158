"""Shuffling: who gets whose value, in tables of any size and with keys of any kind."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import a_database
from builders.transforms import KEY, released, rule, rules
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


def test_the_temporary_tables_are_gone_afterwards(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("t", "v", rows=[(1,), (2,), (3,)]).build()
    with open_read(path) as session, session.snapshot():
        made = prepare(session, read_schema(session), rules(rule("t", "v", "shuffle")), KEY, Context())
        assert session.count("SELECT count(*) FROM temp.sqlite_schema") == 1
        made.close()
        assert session.count("SELECT count(*) FROM temp.sqlite_schema") == 0
