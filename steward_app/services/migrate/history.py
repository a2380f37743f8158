"""The history of migrations that travels in the file itself, in a table of ours.

A row is written in the transaction of the migration it tells of, so it is there exactly when the change is. The
migration itself cannot write it: see `db.migration_script.confined`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from steward_app.db import Session, WriteSession
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.text import quoted
from steward_app.kernel.values import SqlValue
from steward_app.services.migrate.model import Applied, Origin

TABLE = "_steward_migrations"
_COLUMNS = (
    "rank",
    "version",
    "name",
    "file",
    "checksum",
    "origin",
    "applied_at",
    "duration_ms",
    "applied_by",
    "schema_before",
    "schema_after",
    "restore_point",
    "operation_id",
    "complete",
    "renames",
)
_OF_OLD = _COLUMNS[:-1]
"""What a history had before it told of renames."""
_TEXTS = (
    "name",
    "file",
    "checksum",
    "applied_at",
    "applied_by",
    "schema_before",
    "schema_after",
    "restore_point",
    "operation_id",
)


def read(session: Session, *, forgotten: bool = False) -> tuple[Applied, ...]:
    """Every row, oldest first; () where the file has no history.

    Args:
        forgotten: also those that a steward took out of the history.

    Raises `Failure` (BAD_MIGRATION) where the table of that name is not ours.
    """
    columns = tuple(
        name for (name,) in session.all("SELECT name FROM pragma_table_info(?, 'main')", (TABLE,))
    )
    if not columns:
        return ()
    kind = session.value("SELECT type FROM main.sqlite_schema WHERE name = ? COLLATE NOCASE", (TABLE,))
    if kind != "table" or columns not in (_COLUMNS, _OF_OLD):
        raise Failure(
            ErrorCode.BAD_MIGRATION,
            f"The table “{TABLE}” in {quoted(session.path.name)} is not a history of this program.",
            hint="The file is unchanged. Rename that table if another program made it.",
        )
    rows = session.all(f"SELECT {', '.join(columns)} FROM main.{TABLE} ORDER BY rank")
    try:
        found = tuple(map(of_row, rows))
    except (ValueError, TypeError, LookupError) as error:
        raise Failure(
            ErrorCode.BAD_MIGRATION,
            f"The history of migrations in {quoted(session.path.name)} holds what this program did not write.",
            hint=f"The file is unchanged. Bring it back from a restore point; or drop the table “{TABLE}” with another"
            " program, and say where the history begins: “steward migrate baseline”.",
        ) from error
    return tuple(row for row in found if forgotten or row.origin is not Origin.FORGOTTEN)


def conditions(session: Session) -> list[str]:
    """What a plan that follows from the history rests on, as queries for its fingerprint."""
    return [f"SELECT coalesce(max(rank), 0) FROM {TABLE}"] if read(session, forgotten=True) else []


def record(session: WriteSession, applied: Applied) -> int:
    """Write a row down, in the transaction that is open, and give its rank. The table is made when it is missing.

    The rank of `applied` is left out of account.
    """
    _make(session)
    _, *values = as_row(applied)
    session.run(
        f"INSERT INTO main.{TABLE} ({', '.join(_COLUMNS[1:])}) VALUES ({', '.join('?' * len(values))})",
        tuple(values),
    )
    return session.count(f"SELECT max(rank) FROM main.{TABLE}")


def complete(session: WriteSession, rank: int, duration_ms: int, schema_after: str) -> None:
    """Say that a migration that ran without a transaction came to its end."""
    session.run(
        f"UPDATE main.{TABLE} SET complete = 1, duration_ms = ?, schema_after = ? WHERE rank = ?",
        (duration_ms, schema_after, rank),
    )


def take_out(session: WriteSession, rank: int) -> None:
    """Take a row out, as if it had never been written."""
    session.run(f"DELETE FROM main.{TABLE} WHERE rank = ?", (rank,))


def put_back(session: WriteSession, rows: Iterable[Applied]) -> None:
    """Write rows as they are given, each in its own place, whether one stands there or not."""
    _make(session)
    for values in map(as_row, rows):
        session.run(
            f"INSERT OR REPLACE INTO main.{TABLE} ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(values))})",
            values,
        )


def as_row(applied: Applied) -> tuple[int | str, ...]:
    """All that a row holds, in the order of the columns, as the table and the journal keep it."""
    kept = {name: getattr(applied, name) for name in _COLUMNS}
    kept |= {
        "origin": applied.origin.value,
        "complete": int(applied.complete),
        "renames": json.dumps(applied.renames),
    }
    return tuple(kept.values())


def of_row(row: Sequence[SqlValue]) -> Applied:
    """The row of such values. Raises `ValueError`, `TypeError` or `LookupError` where they are none."""
    said = dict(zip(_COLUMNS, row, strict=False))
    texts = {name: str(said[name]) for name in _TEXTS}
    rank, version, duration_ms = (int(str(said[name])) for name in ("rank", "version", "duration_ms"))
    origin, whole = Origin(str(said["origin"])), bool(said["complete"])
    renames = tuple(tuple(map(str, each)) for each in json.loads(str(said.get("renames", "[]"))))
    return Applied(
        rank, version, origin=origin, duration_ms=duration_ms, complete=whole, renames=renames, **texts
    )


def _make(session: WriteSession) -> None:
    """Make the table where it is missing, and the column that a history of old has not."""
    session.run(
        f"CREATE TABLE IF NOT EXISTS main.{TABLE} ("
        "rank INTEGER PRIMARY KEY, version INTEGER NOT NULL, name TEXT NOT NULL, file TEXT NOT NULL,"
        " checksum TEXT NOT NULL, origin TEXT NOT NULL, applied_at TEXT NOT NULL, duration_ms INTEGER NOT NULL,"
        " applied_by TEXT NOT NULL, schema_before TEXT NOT NULL, schema_after TEXT NOT NULL,"
        " restore_point TEXT NOT NULL, operation_id TEXT NOT NULL, complete INTEGER NOT NULL,"
        " renames TEXT NOT NULL DEFAULT '[]')"
    )
    if session.value("SELECT 1 FROM pragma_table_info(?, 'main') WHERE name = 'renames'", (TABLE,)) is None:
        session.run(f"ALTER TABLE main.{TABLE} ADD COLUMN renames TEXT NOT NULL DEFAULT '[]'")
