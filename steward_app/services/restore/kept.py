"""What an operation replaced, kept in the user's own file so that it can be undone exactly.

    _steward_undo         row_id, plan_id, at, what, table_name, after    a line for each row that was changed
    _steward_undo_cells   row_id, part, column_name, value               its key, and its values before

`what` is "inserted", "updated" or "deleted"; "created" for a table that was made again; "sequence" for the number that
AUTOINCREMENT goes on from; "adopted" for a row that was left as it is and had pointed to nothing before. `after` is a
hash of the row as the operation left it: a row that was changed since is not undone over. The lines are written in the
transaction of the change itself. They hold values of rows, so they lie where those lie: neither in a plan nor in the
journal. They go when the operation is undone, or after 30 days.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from blake3 import blake3

from steward_app.db import Session, WriteSession, literal, quote
from steward_app.db.content import ValueReader
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, Refused
from steward_app.kernel.text import quoted

KEPT_DAYS = 30
LINES, CELLS = "_steward_undo", "_steward_undo_cells"
ADOPTED = "adopted"
_MADE = {
    LINES: "(row_id INTEGER PRIMARY KEY, plan_id TEXT NOT NULL, at TEXT NOT NULL, what TEXT NOT NULL,"
    " table_name TEXT NOT NULL, after BLOB)",
    CELLS: "(row_id INTEGER NOT NULL, part TEXT NOT NULL, column_name TEXT NOT NULL, value,"
    " PRIMARY KEY (row_id, part, column_name)) WITHOUT ROWID",
}


def make(session: WriteSession) -> None:
    """Make the two tables where they are not there yet, and let go what is too old.

    Raises `Refused` when the file has something of that name that is not ours.
    """
    for name, columns_sql in _MADE.items():
        found = session.value("SELECT sql FROM main.sqlite_schema WHERE name = ? COLLATE NOCASE", (name,))
        if found is None:
            session.run(f"CREATE TABLE main.{quote(name)} {columns_sql}")
        elif columns_sql not in str(found):
            raise Refused(
                ErrorCode.BLOCKED,
                f"{quoted(session.path.name)} has an object “{name}” that this program did not make.",
                hint="Nothing was changed. Rename that object, then try again.",
            )
    oldest = clock.to_text(clock.now() - timedelta(days=KEPT_DAYS))
    _delete(session, "at < ?", oldest)


def forget(session: WriteSession, plan_id: str) -> None:
    """Let go what was kept of one plan."""
    _delete(session, "plan_id = ?", plan_id)


def is_kept(session: Session, plan_id: str) -> bool:
    """Whether it is still known what the plan replaced."""
    return present(session) and bool(
        session.value(f"SELECT 1 FROM main.{LINES} WHERE plan_id = ? LIMIT 1", (plan_id,))
    )


def present(session: Session) -> bool:
    """Whether the file has these tables."""
    names = f"('{LINES}', '{CELLS}')"
    return (
        session.count(f"SELECT count(*) FROM main.sqlite_schema WHERE type = 'table' AND name IN {names}")
        == 2
    )


def lines(session: Session, plan_id: str) -> Iterator[tuple[str, str, int]]:
    """(table, what, how many rows) of what a plan replaced."""
    for name, what, count in session.all(
        f"SELECT table_name, what, count(*) FROM main.{LINES} WHERE plan_id = ? GROUP BY table_name, what"
        " ORDER BY min(row_id)",
        (plan_id,),
    ):
        yield str(name), str(what), int(str(count))


def next_id(session: Session) -> int:
    """The number of the next line."""
    return session.count(f"SELECT coalesce(max(row_id), 0) + 1 FROM main.{LINES}")


def add(session: WriteSession, plan_id: str, rows_sql: str, what: str, of: str) -> None:
    """Add lines for rows.

    Args:
        rows_sql: a query of (row_id,).
        of: the name of their table.
    """
    session.run(
        f"INSERT INTO main.{LINES} (row_id, plan_id, at, what, table_name) SELECT row_id, ?, ?, ?, ? FROM ({rows_sql})",
        (plan_id, clock.to_text(clock.now()), what, of),
    )


def add_cells(session: WriteSession, part: str, name: str, cells_sql: str) -> None:
    """Keep a value of each row.

    Args:
        part: "key" or "old"; "new" for where AUTOINCREMENT goes on from now.
        name: of the column.
        cells_sql: a query of (row_id, value).
    """
    session.run(
        f"INSERT INTO main.{CELLS} (row_id, part, column_name, value) SELECT row_id, ?, ?, value FROM ({cells_sql})",
        (part, name),
    )


def cell(part: str, name: str, line: str = "u") -> str:
    """A kept value of the line `u`, in SQL."""
    return (
        f"(SELECT x.value FROM main.{CELLS} AS x WHERE x.row_id = {line}.row_id AND x.part = '{part}'"
        f" AND x.column_name = {literal(name)})"
    )


def hashes(
    session: Session, row_id_sql: str, rows_sql: str, values_sql: Sequence[str]
) -> Iterator[tuple[int, bytes]]:
    """(row_id, hash of the values) for each row of a table.

    Args:
        rows_sql: FROM and WHERE.
        values_sql: the row's values.
    """
    reader = ValueReader(session)
    for row_id, *values in session.execute(f"SELECT {row_id_sql}, {reader.terms(values_sql)} {rows_sql}"):
        yield int(str(row_id)), blake3(b"".join(reader.read(values))).digest()


def note_hashes(session: WriteSession, found: Iterator[tuple[int, bytes]]) -> None:
    """Keep how rows were left."""
    session.run_many(
        f"UPDATE main.{LINES} SET after = ? WHERE row_id = ?", [(digest, row_id) for row_id, digest in found]
    )


def _delete(session: WriteSession, condition_sql: str, value: str) -> None:
    session.run(
        f"DELETE FROM main.{CELLS} WHERE row_id IN (SELECT row_id FROM main.{LINES} WHERE {condition_sql})",
        (value,),
    )
    session.run(f"DELETE FROM main.{LINES} WHERE {condition_sql}", (value,))
