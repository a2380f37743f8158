"""Virtual tables that cannot be read: of a full-text index whose content table is gone, nothing tells but a query."""

from __future__ import annotations

from steward_app.db import Session, qualified
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.services.schema.model import Schema, TableKind


def unreadable(session: Session, schema: Schema) -> dict[str, str]:
    """Virtual tables of which no row can be asked for, and what SQLite says against it.

    An index with `content=` reads its texts from a table by name, which renames do not follow.
    https://www.sqlite.org/fts5.html#external_content_tables
    """
    found: dict[str, str] = {}
    for table in schema.tables:
        if table.kind is TableKind.VIRTUAL:
            try:
                with in_sqlites_words():
                    session.one(f"SELECT * FROM {qualified(table.name)} LIMIT 1")
            except SqliteSays as said:
                found[table.name] = str(said)
            except UnicodeDecodeError:
                pass  # it was read: a text in it is not valid UTF-8
    return found
