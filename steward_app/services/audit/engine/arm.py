"""Put a table under audit, and take it out again. Both inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from steward_app.db import WriteSession, fold, qualified, quote
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.text import quoted
from steward_app.services.audit.engine import ddl, names, tables, triggers
from steward_app.services.audit.engine.layout import Layout, layout, layout_of
from steward_app.services.audit.engine.model import AuditedTable, Column, Mode, Shape
from steward_app.services.audit.engine.shape import hash_of

MOST_TEXT = 900_000
"""Bytes that a trigger may have; SQLite reads statements of a million."""
_UNCHANGED = "Nothing was changed."
_NOT_OURS = ("foreign key mismatch", "no such collation sequence")  # what was wrong before us


def arm(
    session: WriteSession,
    shape: Shape,
    modes: Mapping[str, Mode] | None = None,
    *,
    earlier: AuditedTable | None = None,
) -> AuditedTable:
    """Put a table under audit: its log and its triggers, which are from now on the newest of the table.

    Args:
        shape: from `shape_of`, read in this transaction.
        modes: what is logged of each column; everything of those that are not named.
        earlier: the version before, which is ended; its log stays.

    Raises:
        UsageError: a mode names a column that is not there, or does not fit it.
        Refused: the table cannot be audited, or is already.
    """
    _require(session, shape)
    columns = _columns(shape, modes or {})
    make_core(session)
    before = earlier or tables.current(session, shape.table)
    if before is not None and before.to_seq is None:
        if earlier is None:
            raise _refused(f"{quoted(shape.table)} is under audit already.")
        disarm(session, before, drop_log=False)
    tid = session.count(f"SELECT coalesce(max(tid), 0) + 1 FROM main.{names.TABLE}")
    key = tuple(part.column for part in shape.key)
    places = layout_of(tid, columns, shape.alias, key)
    for statement in ddl.tables(places):
        session.run(statement)
    make_triggers(session, shape, places)
    audited = AuditedTable(
        tid=tid,
        name=shape.table,
        earlier=earlier.tid if earlier else None,
        primary_key=key,
        rowid=shape.rowid,
        alias=shape.alias,
        columns=columns,
        ddl=shape.ddl,
        shape_hash=hash_of(shape),
        from_seq=tables.last_seq(session),
    )
    tables.record(session, audited, without_rowid=shape.without_rowid)
    return audited


def disarm(session: WriteSession, audited: AuditedTable, *, drop_log: bool = False) -> None:
    """Take a table out of the audit: its triggers go. Its log stays unless that is to go too.

    The last trace goes with the last log, in `remove_core`.
    """
    drop_triggers(session, audited.tid)
    session.run(f"DROP TABLE IF EXISTS main.{names.pen_table(audited.tid)}")
    values = names.values_table(audited.tid)
    if session.value("SELECT 1 FROM main.sqlite_schema WHERE name = ?", (values,)) is not None:
        session.run(f"DELETE FROM main.{values} WHERE k < 0")  # those of the pen
    if drop_log:
        for each in ddl.table_names(layout(audited)):
            session.run(f"DROP TABLE IF EXISTS {qualified(each)}")
        session.run(f"DELETE FROM main.{names.TABLE} WHERE tid = ?", (audited.tid,))
    else:
        tables.end(session, audited.tid)


def renew(session: WriteSession, audited: AuditedTable, shape: Shape) -> AuditedTable:
    """Make the triggers of a table again, as the newest, for the same version of it. Its columns are as they were."""
    _require(session, shape)
    drop_triggers(session, audited.tid)
    make_triggers(session, shape, layout(audited))
    renewed = replace(audited, ddl=shape.ddl, shape_hash=hash_of(shape))
    session.run(
        f"UPDATE main.{names.TABLE} SET ddl = ?, shape_hash = ? WHERE tid = ?",
        (renewed.ddl, renewed.shape_hash, audited.tid),
    )
    return renewed


def make_core(session: WriteSession) -> None:
    """Make the tables that every audited file has, where they are not there yet.

    Raises `Refused` when the file has something of that name that is not ours.
    """
    for name, columns_sql in ddl.CORE.items():
        found = session.value("SELECT sql FROM main.sqlite_schema WHERE name = ? COLLATE NOCASE", (name,))
        if found is None:
            session.run(f"CREATE TABLE main.{quote(name)} {columns_sql}")
        elif columns_sql not in str(found):
            raise _refused(
                f"{quoted(session.path.name)} has an object “{name}” that this program did not make.",
                "Rename that object, then try again.",
            )
    if not session.count(f"SELECT count(*) FROM main.{names.CLOCK}"):
        session.run(ddl.START_CLOCK)


def remove_core(session: WriteSession) -> None:
    """Remove the tables that every audited file has. The guard's parent goes last."""
    for each in reversed(ddl.CORE):
        session.run(f"DROP TABLE IF EXISTS {qualified(each)}")


def make_triggers(session: WriteSession, shape: Shape, places: Layout) -> None:
    """Make the triggers of a table, and have SQLite compile them.

    Raises `Refused` where it cannot: writes of the user's must never fail because of us. What fails without our
    triggers, too (the parent of a foreign key is not there), is not held against them.
    """
    failed_before = {each for each in _firing(shape) if _problem(session, each)}
    made = triggers.triggers(shape, places)
    if any(len(each.sql.encode()) > MOST_TEXT for each in made):
        raise _refused(
            f"{quoted(shape.table)} has too many columns with names too long to be audited.",
            "Choose fewer of its columns.",
        )
    for each in made:
        session.run(each.sql)
    for statement in _firing(shape):
        problem = _problem(session, statement)
        if problem and statement not in failed_before and not problem.startswith(_NOT_OURS):
            raise _refused(f"{quoted(shape.table)} cannot be audited: {problem}.")


def drop_triggers(session: WriteSession, tid: int) -> None:
    """Remove the triggers of a table, wherever a rename has taken them."""
    start = names.trigger(tid, "")
    found = session.all(
        "SELECT name FROM main.sqlite_schema WHERE type = 'trigger' AND substr(name, 1, ?) = ?",
        (len(start), start),
    )
    for (name,) in found:
        session.run(f"DROP TRIGGER {qualified(str(name))}")


def _firing(shape: Shape) -> Sequence[str]:
    """Statements that make SQLite compile every trigger of the table."""
    table = qualified(shape.table)
    sets = ", ".join(f"{quote(each.name)} = NULL" for each in shape.columns)
    return f"INSERT INTO {table} DEFAULT VALUES", f"UPDATE {table} SET {sets}", f"DELETE FROM {table}"


def _problem(session: WriteSession, statement_sql: str) -> str:
    """What SQLite has against a statement, which is compiled and not run."""
    try:
        with in_sqlites_words():
            session.accesses(statement_sql)
    except SqliteSays as said:
        return str(said)
    return ""


def _require(session: WriteSession, shape: Shape) -> None:
    if not session.in_transaction:
        raise RuntimeError("arm works inside the caller's transaction")
    blocking = next((finding for finding in shape.findings if finding.blocks), None)
    if blocking is not None:
        raise _refused(f"{quoted(shape.table)} cannot be audited: {blocking.title}.", blocking.detail)


def _columns(shape: Shape, modes: Mapping[str, Mode]) -> tuple[Column, ...]:
    asked = {fold(name): mode for name, mode in modes.items()}
    unknown = asked.keys() - {fold(column.name) for column in shape.columns}
    if unknown:
        told = ", ".join(quoted(name) for name in modes if fold(name) in unknown)
        raise UsageError(
            ErrorCode.UNKNOWN_OBJECT,
            f"{quoted(shape.table)} has no stored column {told}.",
            hint=_UNCHANGED,
        )
    columns = tuple(Column(each.name, asked.get(fold(each.name), Mode.FULL)) for each in shape.columns)
    named = {fold(shape.alias)} if shape.rowid else {fold(part.column) for part in shape.key}
    for column in columns:
        if column.mode is not Mode.FULL and fold(column.name) in named:
            raise UsageError(
                ErrorCode.BAD_REQUEST,
                f"{quoted(column.name)} names the rows of {quoted(shape.table)} and is always logged in full.",
                hint=_UNCHANGED,
            )
    return columns


def _refused(message: str, hint: str = "") -> Refused:
    return Refused(ErrorCode.BLOCKED, message, hint=f"{_UNCHANGED} {hint}".strip())
