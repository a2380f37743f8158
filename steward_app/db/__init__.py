"""SQLite itself. The only floor that imports apsw; nothing else ever opens a user's file."""

from steward_app.db.names import fold, literal, qualified, quote
from steward_app.db.open import create, open_read, open_write
from steward_app.db.schema_hash import schema_hash
from steward_app.db.session import Access, ColumnMetadata, ReadSession, Session, WriteSession

__all__ = [
    "Access",
    "ColumnMetadata",
    "ReadSession",
    "Session",
    "WriteSession",
    "create",
    "fold",
    "literal",
    "open_read",
    "open_write",
    "qualified",
    "quote",
    "schema_hash",
]
