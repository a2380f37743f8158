"""Virtual tables that cannot be read, and full-text indexes that do not hold the words of the table they read.

Of a full-text index whose content table is gone, nothing tells but a query; of one that missed a change of it, nothing
but its own check, which compares it with every row. https://www.sqlite.org/fts5.html#the_integrity_check_command
"""

from __future__ import annotations

from collections.abc import Iterator

from steward_app.db import Session, WriteSession, fold, qualified, quote
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.services.schema.fulltext import content_of, is_full_text
from steward_app.services.schema.model import Schema, Table, TableKind


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


def over_others(schema: Schema) -> Iterator[tuple[Table, frozenset[str]]]:
    """Full-text indexes that take their texts from elsewhere, each with the folded names of what it rests on.

    These are its own name, that of the table or view it reads, and of the tables that a view reads.
    """
    for table in schema.tables:
        content = content_of(table) if is_full_text(table) and table.module.lower() != "fts3" else None
        if content:
            source = schema.table(content)
            read = {fold(name) for name, _ in source.reads} if source else set()
            yield table, frozenset({fold(table.name), fold(content), *read})


def holds_its_texts(session: WriteSession, index: Table) -> bool:
    """Whether a full-text index over another table holds the words of that one, of each row, and no others.

    It reads all of them again. SQLite asks for it by an INSERT, which writes nothing.
    """
    name = quote(index.name)
    asked = (
        f"INSERT INTO main.{name} ({name}, rank) VALUES ('integrity-check', 1)"  # 1: with the other table
        if index.module.lower() == "fts5"
        else f"INSERT INTO main.{name} ({name}) VALUES ('integrity-check')"
    )
    try:
        with in_sqlites_words():
            session.run(asked)
    except SqliteSays:
        return False
    return True
