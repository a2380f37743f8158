"""A column that gets one type after another in one list: its values pass through each of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from steward_app.db import open_read, open_write
from steward_app.db.runner import unenforced
from steward_app.services.migrate.edit.model import AddColumn, Edit, SetDefault, SetNotNull, SetType
from steward_app.services.migrate.edit.write import write

TABLE = "CREATE TABLE item (id INTEGER PRIMARY KEY, n INT, m INT)"


@pytest.mark.parametrize(
    ("edits", "rebuilds", "values"),
    [
        ([SetType("item", "n", "REAL"), SetType("item", "n", "TEXT")], 2, [("20.0", 5), ("7.0", 6)]),
        ([SetType("item", "n", "TEXT", "n || '0'"), SetType("item", "N", "INT")], 2, [(200, 5), (70, 6)]),
        ([SetType("item", "n", "REAL"), SetType("item", "m", "TEXT")], 1, [(20.0, "5"), (7.0, "6")]),
        ([SetType("item", "n", "REAL"), SetNotNull("item", "n", on=True)], 1, [(20.0, 5), (7.0, 6)]),
        ([SetNotNull("item", "m", on=True, fill="0"), AddColumn("item", "x"), SetType("item", "x", "INT"),
          SetType("item", "n", "TEXT")], 1, [("20", 5), ("7", 6)]),
    ],
)  # fmt: skip
def test_values_pass_through_every_type(
    tmp_path: Path, edits: list[Edit], rebuilds: int, values: list[tuple[object, object]]
) -> None:
    path = a_database(tmp_path).with_sql(TABLE, "INSERT INTO item VALUES (1, 20, 5), (2, 7, 6)").build()
    with open_read(path) as session:
        made = write(session, edits)
    assert sum(each.startswith("CREATE TABLE") for each in made.statements) == rebuilds
    with open_write(path) as session:
        with unenforced(session), session.transaction():
            for statement in made.statements:
                session.run(statement)
        assert session.all("SELECT n, m FROM item ORDER BY id") == values


def test_a_new_column_keeps_the_default_that_it_had_first(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_sql("CREATE TABLE t (a)", "INSERT INTO t VALUES (1)").build()
    edits: list[Edit] = [AddColumn("t", "n INT NOT NULL DEFAULT (2 + 3)"), SetDefault("t", "n", "7")]
    with open_read(path) as session:
        made = write(session, edits)
    with open_write(path) as session:
        with unenforced(session), session.transaction():
            for statement in made.statements:
                session.run(statement)
        assert session.all("SELECT a, n FROM t") == [(1, 5)]
