"""SQLite itself. The only floor that imports apsw; nothing else ever opens a user's file."""

from steward_app.db.accesses import Access, ColumnMetadata
from steward_app.db.damage import FirstLook, TableReach, first_look, first_notices, survey
from steward_app.db.header import Header
from steward_app.db.holders import Doing, Process, holders
from steward_app.db.names import all_of, any_of, fold, literal, qualified, quote
from steward_app.db.open import create, open_read, open_write
from steward_app.db.place import FileId, Place, locate
from steward_app.db.safe_mode import SchemaRow, judged_rows, schema_rows
from steward_app.db.schema_hash import schema_hash
from steward_app.db.session import ReadSession, Session, WriteSession
from steward_app.db.sql_check import check_sql
from steward_app.db.state import OpenMode, OpenState

__all__ = [
    "Access",
    "ColumnMetadata",
    "Doing",
    "FileId",
    "FirstLook",
    "Header",
    "OpenMode",
    "OpenState",
    "Place",
    "Process",
    "ReadSession",
    "SchemaRow",
    "Session",
    "TableReach",
    "WriteSession",
    "all_of",
    "any_of",
    "check_sql",
    "create",
    "first_look",
    "first_notices",
    "fold",
    "holders",
    "judged_rows",
    "literal",
    "locate",
    "open_read",
    "open_write",
    "qualified",
    "quote",
    "schema_hash",
    "schema_rows",
    "survey",
]
