"""Reads the schema of a file: SQLite's pragmas are the truth, the stored text tells what they leave out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

from steward_app.db.derived import DerivedColumns
from steward_app.db.names import fold
from steward_app.db.schema_hash import schema_hash
from steward_app.db.session import ReadSession, Session
from steward_app.kernel.progress import Context
from steward_app.services.schema import assemble, keys, lineage, names
from steward_app.services.schema.facts import SCHEMA_TABLE, Facts, Stored, gather, gather_table
from steward_app.services.schema.model import Schema, Settings, Table, TableKind
from steward_app.services.schema.refused import problems, refused_table

_BETWEEN_REPORTS = 50  # tables
_AUTO_VACUUM = {0: "none", 1: "full", 2: "incremental"}


def read_schema(session: Session, context: Context | None = None) -> Schema:
    """Everything the file's schema says, of one moment.

    Nothing is run that takes long: views and triggers are compiled, never executed, and no rows are counted.

    Args:
        session: an open file; inside its snapshot or transaction where it has one open already.
        context: progress in tables, and cancel.

    Raises:
        Cancelled: when the context was cancelled.
        Failure: when the file cannot be read (locked, damaged, a malformed schema).
    """
    context = context or Context()
    with session.under(context), _one_moment(session):
        facts = gather(session, context)
        tables = _tables(session, context, facts)
        resolved = keys.resolve(_with_hazards(_owned(tables)))
        tables = _with_sources(session, facts, lineage.with_lineage(session, context, resolved))
        return Schema(
            path=str(session.path),
            hash=schema_hash(session),
            settings=read_settings(session),
            tables=tuple(tables),
            safe_mode=any(row.refused for row in facts.stored),
            problems=problems(facts.stored, tables),
        )


def read_table(session: Session, name: str) -> Table | None:
    """One table or view of the file, by its name as SQLite compares names; None where there is none.

    What others make of it (foreign keys that point to it, lineage, problems of its triggers) is not looked at, so that
    it costs next to nothing in a file with thousands of tables.
    """
    facts = gather_table(session, name)
    row = next((each for each in facts.stored if each.type in ("table", "view")), None)
    return None if row is None else _table(session, facts, row)


def read_settings(session: Session) -> Settings:
    """What the file says of itself, by pragmas."""
    return Settings(
        page_size_bytes=session.count("PRAGMA main.page_size"),
        page_count=session.count("PRAGMA main.page_count"),
        free_pages=session.count("PRAGMA main.freelist_count"),
        encoding=str(session.value("PRAGMA main.encoding")),
        journal_mode=str(session.value("PRAGMA main.journal_mode")),
        auto_vacuum=_AUTO_VACUUM.get(session.count("PRAGMA main.auto_vacuum"), "unknown"),
        user_version=session.count("PRAGMA main.user_version"),
        application_id=session.count("PRAGMA main.application_id"),
        schema_version=session.count("PRAGMA main.schema_version"),
    )


def _one_moment(session: Session) -> AbstractContextManager[None]:
    return session.snapshot() if isinstance(session, ReadSession) else nullcontext()


def _tables(session: Session, context: Context, facts: Facts) -> list[Table]:
    stored = [row for row in (*facts.stored, SCHEMA_TABLE) if row.type in ("table", "view")]
    tables = []
    for done, row in enumerate(stored):
        context.checkpoint()
        if done and done % _BETWEEN_REPORTS == 0:  # a few are read before anybody could read their number
            context.report(done, len(stored), unit="tables and views")
        tables.append(_table(session, facts, row))
    return tables


def _table(session: Session, facts: Facts, row: Stored) -> Table:
    if row.refused:
        return refused_table(row)
    if row.type == "view":
        return assemble.view(facts, row)
    listed = facts.listed.get(row.name)
    if row.is_virtual or (listed is not None and listed.type == "virtual"):
        return assemble.virtual_table(facts, row)
    return assemble.table(session, facts, row)


def _owned(tables: list[Table]) -> list[Table]:
    """Shadow tables with the virtual table they belong to: its name and an underscore begin theirs."""
    virtual = sorted((t.name for t in tables if t.kind is TableKind.VIRTUAL), key=len, reverse=True)
    return [assemble.owned(t, _owner(t, virtual)) if t.kind is TableKind.SHADOW else t for t in tables]


def _owner(shadow: Table, virtual: list[str]) -> str:
    return next((name for name in virtual if fold(shadow.name).startswith(fold(name) + "_")), "")


def _with_sources(session: Session, facts: Facts, tables: Iterable[Table]) -> list[Table]:
    """The tables with what their columns are made of; of views all that they read where SQLite does not take the
    whole schema."""
    derived = None
    if not any(row.refused for row in facts.stored):
        derived = DerivedColumns(session, ((row.type, row.name, row.table, row.sql) for row in facts.stored))
    found = []
    for table in tables:
        read = frozenset(table.reads)
        places = [(table.name, column.name) for column in table.columns]
        sources = {place: derived.sources_of(place) if derived else read for place in places}
        made_of = {place: of for place, of in sources.items() if of}
        found.append(replace(table, made_of=made_of) if made_of else table)
    return found


def _with_hazards(tables: list[Table]) -> list[Table]:
    found: Mapping[str, tuple[str, ...]] = names.hazards(table.name for table in tables)
    return [assemble.hazardous(t, found[t.name]) if t.name in found else t for t in tables]
