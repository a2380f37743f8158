"""Tables of any width: one mask or many, values beside the change or in a table of their own."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from builders import a_database
from builders.audited import HARD, check
from builders.under_audit import happened, put_under_audit, run, told
from builders.writers import Python
from steward_app.db import open_write, quote
from steward_app.kernel.errors import Refused
from steward_app.services.audit.engine import ddl
from steward_app.services.audit.engine.arm import disarm
from steward_app.services.audit.engine.layout import layout

WIDTHS = [
    (1, False),
    (2, True),
    (62, False),
    (63, True),
    (130, True),
    (130, False),
    (960, True),
    (1_001, False),
]
WIDTHS += [(1_999, True), (1_999, False)]


def a_wide_table(where: Path, width: int, *, keyed: bool) -> Path:
    """`width` columns beside the key, the second of them unique."""
    key = "k TEXT COLLATE NOCASE PRIMARY KEY" if keyed else "id INTEGER PRIMARY KEY"
    others = ", ".join(f"c{at}{' UNIQUE' if at == 1 else ''}" for at in range(width))
    first, second = "k" if keyed else "id", f"c{min(width - 1, 1)}"
    return (
        a_database(where)
        .with_sql(f"CREATE TABLE t ({key}, {others}){' WITHOUT ROWID' if keyed else ''}")
        .with_rows("t", [(n, n) for n in (1, 2, 3)], columns=(first, second))
        .build()
    )


@pytest.mark.parametrize(("width", "keyed"), WIDTHS)
def test_a_table_of_any_width(tmp_path: Path, width: int, keyed: bool) -> None:
    path = a_wide_table(tmp_path, width, keyed=keyed)
    case = put_under_audit(path, "t")
    assert layout(case.audited[0]).wide is (width > 970)
    rnd, last = random.Random(width), width - 1
    key = "k" if keyed else "id"
    statements = [
        f"UPDATE t SET c{last} = 'x' WHERE {key} = 1",
        f"INSERT OR REPLACE INTO t ({key}, c0, c{last}) VALUES (2, 'y', {HARD[-1]})",
        f"UPDATE OR REPLACE t SET {key} = 3 WHERE {key} = 2",
        f"DELETE FROM t WHERE {key} = 3",
        f"INSERT INTO t ({key}) VALUES ('8'), ('9')",
    ]
    for _ in range(3 if width > 900 else 12):
        column = f"c{rnd.randrange(width)}"
        policy = rnd.choice(["OR REPLACE", "OR IGNORE", ""])
        statements.append(
            f"UPDATE {policy} t SET {column} = {rnd.choice(HARD)} WHERE {key} = {rnd.randint(1, 9)}"
        )
        statements.append(
            f"INSERT {policy} INTO t ({key}, {column}) VALUES ({rnd.randint(1, 9)}, {rnd.choice(HARD)})"
        )
    python = Python()
    python.write(path, statements)
    python.close()
    with open_write(path) as session:
        case.note(session)
    run(path, *statements, recursive_triggers=1)
    assert happened(path, case.audited[0])[0] == ("update", "1" if keyed else 1)
    assert check(case) > 10


def test_a_tree_with_more_columns_than_a_log_can_have(tmp_path: Path) -> None:
    columns = ", ".join(f"c{at}" for at in range(1_500))
    rest = f"id INTEGER PRIMARY KEY, up REFERENCES t ON DELETE SET NULL, u UNIQUE, {columns}"
    path = a_database(tmp_path).with_table("t", rest).build()
    run(path, "INSERT INTO t (id, up, u, c1400) VALUES (1, 1, 'a', 'x'), (2, 1, 'b', 'y'), (3, 2, 'c', 'z')")
    case = put_under_audit(path, "t")
    for recursive in (0, 1):
        run(
            path,
            "REPLACE INTO t (id, up, u, c1499) VALUES (9, 2, 'a', 1), (1, 9, 'b', 2)",
            "UPDATE OR REPLACE t SET u = 'c', c3 = 4 WHERE id = 9",
            foreign_keys=1,
            recursive_triggers=recursive,
        )
    check(case)


def test_names_too_long_for_one_statement(tmp_path: Path) -> None:
    columns = ", ".join(f"c{at:04}{'x' * 120}" for at in range(1_900))
    path = a_database(tmp_path).with_table("t", columns).build()
    with pytest.raises(Refused, match="too many columns"):
        put_under_audit(path, "t")
    assert run(path, f"INSERT INTO t (c0000{'x' * 120}) VALUES (1)") == []


def test_a_table_of_nothing_but_its_key(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("t", "id INTEGER PRIMARY KEY", rows=[(1,)]).build()
    case = put_under_audit(path, "t")
    run(path, "REPLACE INTO t VALUES (1)", "UPDATE t SET id = 2", "DELETE FROM t")
    assert [what for what, _, _ in told(path, case.audited[0])] == ["displaced", "insert", "update", "delete"]
    check(case)


@pytest.mark.parametrize("width", [3, 1_200])
def test_nothing_is_left_of_a_log_that_is_dropped(tmp_path: Path, width: int) -> None:
    path = a_wide_table(tmp_path, width, keyed=False)
    case = put_under_audit(path, "t")
    with open_write(path) as session, session.transaction():
        disarm(session, case.audited[0], drop_log=True)
        left = "SELECT name FROM sqlite_schema WHERE name LIKE '\\_steward\\_audit\\_%\\_1%' ESCAPE '\\'"
        assert session.all(left) == []
        assert [
            name for (name,) in session.all("SELECT name FROM sqlite_schema WHERE name LIKE '%audit%'")
        ] == list(ddl.CORE)
    assert run(path, f"UPDATE t SET {quote('c0')} = 5") == []
