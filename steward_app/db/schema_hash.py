"""A hash of what a file's schema says, for fingerprints of plans and for comparing files."""

from __future__ import annotations

from blake3 import blake3

from steward_app.db.session import Session
from steward_app.kernel.values import Row, SqlValue


def schema_hash(session: Session) -> str:
    """BLAKE3, in hex, over the stored (type, name, tbl_name, sql) of every object, in order of name.

    SQLite's own objects (`sqlite_sequence`, statistics, automatic indexes) are left out: they follow from the
    others or hold no decision of anybody's, and ANALYZE must not make a plan stale. Names are ordered by bytes;
    each field is written as its length in bytes (8 bytes, little-endian) and its UTF-8 text, NULL as length
    2**64 - 1. Cheap: one read of the schema table.
    """
    rows = session.all(
        "SELECT type, name, tbl_name, sql FROM main.sqlite_schema"
        " WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name COLLATE BINARY, type, tbl_name, sql"
    )
    return hash_of_rows(rows)


def hash_of_rows(rows: list[Row]) -> str:
    """The same over rows that were read already, in order."""
    digest = blake3()
    for row in rows:
        for value in row:
            digest.update(_field(value))
    return digest.hexdigest()


def _field(value: SqlValue) -> bytes:
    if value is None:
        return (2**64 - 1).to_bytes(8, "little")
    text = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")
    return len(text).to_bytes(8, "little") + text
