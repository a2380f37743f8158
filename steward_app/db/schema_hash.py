"""A hash of what a file's schema says, for fingerprints of plans and for comparing files."""

from __future__ import annotations

from blake3 import blake3

from steward_app.db.session import Session
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.values import Row, SqlValue


def schema_hash(session: Session, *, without_ours: bool = False) -> str:
    """BLAKE3, in hex, over the stored (type, name, tbl_name, sql) of every object, in order of name.

    SQLite's own objects (`sqlite_sequence`, statistics, automatic indexes) are left out, and our records of
    operations and of what they replaced: they follow from the others or hold no decision of anybody's, and neither
    ANALYZE nor the first operation on a file must make another plan stale. Rows are ordered by the bytes of
    (name, type, tbl_name, sql); each field is written as its length in bytes (8 bytes, little-endian) and its UTF-8
    text, NULL as length 2**64 - 1. Cheap: one read of the schema table.

    Args:
        without_ours: leave out everything that this program made in the file, its tables and triggers of an audit, too:
            what the steward's own schema is.
    """
    rows_of = _ROWS + _NOT_OURS if without_ours else _ROWS
    try:
        rows = _read(session, rows_of, *_COLUMNS)
    except UnicodeDecodeError:  # text that is not valid UTF-8, which SQLite keeps all the same
        rows = _read(session, rows_of, *(f"CAST({column} AS BLOB)" for column in _COLUMNS))
    digest = blake3()
    for name, type_, table, sql in sorted(tuple(map(_bytes, row)) for row in rows):
        for field in (type_, name, table, sql):
            digest.update(_length(field) + field)
    return digest.hexdigest()


def _read(session: Session, sql: str, *columns: str) -> list[Row]:
    rows: list[Row] = []
    try:
        rows.extend(session.execute(sql.format(*columns)))
    except Failure as error:
        if error.code is not ErrorCode.DAMAGED:
            raise
    return rows


_COLUMNS = ("name", "type", "tbl_name", "sql")
_NULL = b"\xff" * 8
"""Stands for NULL among the fields: no UTF-8 text holds this byte."""
_ROWS = (
    "SELECT {}, {}, {}, {} FROM main.sqlite_schema"
    " WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND tbl_name NOT IN"
    " ('_steward_operations', '_steward_undo', '_steward_undo_cells')"
)
_NOT_OURS = (
    " AND name NOT LIKE '\\_steward\\_%' ESCAPE '\\' AND tbl_name NOT LIKE '\\_steward\\_%' ESCAPE '\\'"
)


def _bytes(value: SqlValue) -> bytes:
    if value is None:
        return _NULL
    return value if isinstance(value, bytes) else str(value).encode()


def _length(field: bytes) -> bytes:
    return b"" if field is _NULL else len(field).to_bytes(8, "little")
