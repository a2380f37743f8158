"""What else holds words of rows that are taken out: full-text indexes and SQLite's statistics.

The file's own triggers that keep virtual tables up to date run, and no others: an audit trigger would write the erased
row into its log anew. What an index forgets lies on in its segments until it is built anew.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from steward_app.db import WriteSession, fold, quote
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.kernel.errors import ErrorCode, Refused
from steward_app.kernel.text import quoted
from steward_app.services.schema import Schema, Table, TableKind
from steward_app.services.schema.fulltext import content_of, is_full_text
from steward_app.services.schema.model import Trigger

_SAMPLES = ("sqlite_stat4", "sqlite_stat3")


@contextmanager
def only_index_triggers(session: WriteSession, schema: Schema) -> Iterator[None]:
    """In the block, triggers that do more than keep a virtual table up to date do not exist."""
    others = [each for table in schema.tables for each in table.triggers if not _keeps_an_index(each, schema)]
    for trigger in others:
        session.run(f"DROP TRIGGER main.{quote(trigger.name)}")
    yield
    for trigger in others:
        session.run(trigger.sql)


def renew(session: WriteSession, schema: Schema, tables: Collection[str]) -> tuple[str, ...]:
    """Build the full-text indexes anew that hold words of these tables (folded names); which.

    Raises `Refused` where one cannot be: it needs a tokenizer of the database's own program.
    """
    renewed = []
    for table in schema.tables:
        if is_full_text(table) and _words_of(table, schema, tables):
            name = quote(table.name)
            how = "optimize" if content_of(table) == "" else "rebuild"
            try:
                with in_sqlites_words():
                    session.run(f"INSERT INTO main.{name} ({name}) VALUES (?)", (how,))
            except SqliteSays as objection:
                raise Refused(
                    ErrorCode.BLOCKED,
                    f"The full-text index {quoted(table.name)} holds words of erased rows and cannot be built anew "
                    f"here ({objection}).",
                    hint="Nothing was handed over.",
                ) from objection
            renewed.append(table.name)
    return tuple(renewed)


def drop_samples(session: WriteSession, tables: Collection[str]) -> None:
    """Remove the values that ANALYZE took from these tables (folded names) as samples."""
    there = {
        str(name)
        for (name,) in session.all("SELECT name FROM main.sqlite_schema WHERE name LIKE 'sqlite_stat_'")
    }
    for samples in there.intersection(_SAMPLES):
        named = [str(name) for (name,) in session.all(f"SELECT DISTINCT tbl FROM main.{quote(samples)}")]
        for name in named:
            if fold(name) in tables:
                session.run(f"DELETE FROM main.{quote(samples)} WHERE tbl = ?", (name,))


def left_alone(schema: Schema, tables: Collection[str], known: Collection[str]) -> tuple[str, ...]:
    """Full-text tables with text of their own that a trigger of these tables fills, and none takes out of again.

    Args:
        known: tables the ledger speaks of (folded); it says itself what is erased there.
    """
    alone = []
    for table in schema.tables:
        if is_full_text(table) and content_of(table) in (None, "") and fold(table.name) not in known:
            filling = [trigger for trigger in _filling(table, schema) if fold(trigger.table) in tables]
            deleting = {fold(trigger.table) for trigger in filling if trigger.event == "DELETE"}
            if any(fold(trigger.table) not in deleting for trigger in filling):
                alone.append(table.name)
    return tuple(alone)


def _keeps_an_index(trigger: Trigger, schema: Schema) -> bool:
    written = {fold(name) for name, _ in trigger.writes}
    virtual = {fold(table.name) for table in schema.tables if table.kind is TableKind.VIRTUAL}
    return bool(written) and written <= virtual and not trigger.problem


def _words_of(index: Table, schema: Schema, tables: Collection[str]) -> bool:
    content = content_of(index)
    source = schema.table(content) if content else None
    sources = {fold(name) for name, _ in source.reads} | {fold(source.name)} if source else {fold(index.name)}
    filled_by = {fold(trigger.table) for trigger in _filling(index, schema)}
    return not (sources | filled_by).isdisjoint(tables)


def _filling(index: Table, schema: Schema) -> list[Trigger]:
    return [
        trigger
        for table in schema.tables
        for trigger in table.triggers
        if fold(index.name) in {fold(name) for name, _ in trigger.writes}
    ]
