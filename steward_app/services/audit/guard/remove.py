"""Taking tables out of the audit: their triggers go. The log stays to be read, or everything of the audit goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, cast

from steward_app.catalog import Catalog
from steward_app.catalog.journal import Record
from steward_app.db import Session, WriteSession, fold, open_read, qualified, quote
from steward_app.kernel import clock, ids
from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.plan import Check, Plan, Reversal
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.audit.engine import ddl, names, own_tables
from steward_app.services.audit.engine.model import Mode
from steward_app.services.audit.guard.armed import Armed, status
from steward_app.services.audit.past.lineage import lineages
from steward_app.services.audit.seals import endings, seal_tables
from steward_app.services.audit.seals.seal import seal
from steward_app.services.operation import Outcome, TransactionOperation, Undo, fingerprint, obstacles
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema
from steward_app.storage.secrets import open_secrets

_UNCHANGED = "Nothing was changed."
_REVERSALS = {
    Reversal.RESTORE_POINT: "The log comes back only with the restore point that is made first.",
    Reversal.INVERSE: "Undone by putting the tables under audit again. What changes until then is not in the log.",
    Reversal.NOT_NEEDED: "Nothing of yours is changed, and the log holds nothing: there is nothing to bring back.",
}


@dataclass(frozen=True, slots=True)
class RemoveRequest:
    """Take tables out of the audit.

    Attributes:
        tables: which, by their name now; empty for all.
        drop_log: remove the log and its seals too, all of it: nothing of the audit stays.
        drop_empty: the same, but only where the log holds no change of a row; else it is kept.
    """

    path: Path
    database_id: str
    tables: tuple[str, ...] = ()
    drop_log: bool = False
    drop_empty: bool = False


@dataclass(frozen=True)
class Remove(TransactionOperation[Any]):
    """Takes tables out of the audit. Undone by installing it again; a log that was dropped, by the restore point."""

    catalog: Catalog

    name: ClassVar[str] = "audit.remove"

    def plan(self, request: RemoveRequest, context: Context) -> Plan:
        """Raises `UsageError` for a table that is not under audit, `Refused` where there is nothing to remove."""
        with (
            open_read(request.path, context) as session,
            session.snapshot(),
            session.under(context),
        ):
            schema = read_schema(session, context)
            armed = _armed(session, schema, request)
            chosen = _chosen(request, armed)
            changes = number_of_changes(session)
            drop = _drops(request, chosen, armed, changes)
            theirs = 0 if drop else _changes_of(session, chosen)
            found = objects(session)
            if not chosen and not (drop and found):
                raise Refused(
                    ErrorCode.NOT_ALLOWED,
                    f"No table of {quoted(request.path.name)} is under audit.",
                    hint=f"{_UNCHANGED} “--drop-log” removes a log that was kept." if found else _UNCHANGED,
                )
            gone = found if drop else _of_tables(session, chosen)
            rests_on = fingerprint.take(session)
            findings = obstacles.cannot_be_written(session)
        dropped, tables_out = drop and changes > 0, any(each.table for each in chosen)
        return Plan(
            id=ids.new_id("pl"),
            operation=self.name,
            title=_title(request, chosen, drop),
            path=str(request.path.absolute()),
            database_id=request.database_id,
            made_at=clock.to_text(clock.now()),
            request={
                "tids": [each.audited.tid for each in chosen],
                "tables": [each.table for each in chosen if each.table],
                "columns": {
                    f"{each.table}.{column.name}": column.mode.value
                    for each in chosen
                    for column in each.audited.columns
                    if each.table and column.mode is not Mode.FULL
                },
                "drop": drop,
            },
            sentences=_sentences(chosen, changes, theirs, drop),
            sql=tuple(f"DROP {kind.upper()} {quote(name)}" for name, kind in gone),
            findings=findings,
            reversal=_reversal(dropped, tables_out),
            reversal_text=_REVERSALS[_reversal(dropped, tables_out)],
            fingerprint=rests_on,
            button="Drop the log" if dropped else f"Take {plural(len(chosen), 'table')} out",
        )

    def apply(self, plan: Plan, session: WriteSession, context: Context) -> Outcome:
        tids, secrets = cast("Sequence[int]", plan.request["tids"]), open_secrets(self.catalog.directory)
        own_tables.drop_planted(session, seal_tables.audited(session, current=True, strict=False))
        if plan.request["drop"]:
            drop_everything(session)
            return Outcome(
                f"Removed the audit of {quoted(Path(plan.path).name)}, its log too",
                result={"tables": len(tids)},
            )
        seal(session, secrets, context)  # which logs what waits in a pen
        open_ones = {each.tid: each for each in endings.under_audit(session)}
        for tid in tids:
            if tid not in open_ones:
                raise fingerprint.stale(plan, "the audit was changed")
            endings.take_out(session, open_ones[tid], {}, secrets)
        seal(session, secrets, context)
        return Outcome(
            f"{plural(len(tids), 'table')} of {quoted(Path(plan.path).name)} no longer under audit; the log was kept",
            result={"tables": len(tids)},
        )

    def verify(
        self, plan: Plan, outcome: Outcome, session: WriteSession, context: Context
    ) -> tuple[Check, ...]:
        """Nothing of it is left that should be gone."""
        left = [name for name, kind in objects(session) if plan.request["drop"] or kind == "trigger"]
        starts = tuple(names.trigger(tid, "") for tid in cast("Sequence[int]", plan.request["tids"]))
        wrong = [name for name in left if plan.request["drop"] or name.startswith(starts)]
        return (Check("Nothing of it is left", not wrong, ", ".join(wrong[:5])),)

    def inverse(self, done: Record) -> Undo | None:
        """Puts the same tables under audit again, unless there are none."""
        from steward_app.services.audit.guard.install import Install, InstallRequest

        details = done.started.data
        asked = cast("dict[str, Any]", details["request"])
        if not asked["tables"] or details.get("reversal") != Reversal.INVERSE.value:
            return None
        columns = {name: Mode(mode) for name, mode in asked["columns"].items()}
        request = InstallRequest(
            Path(str(details["path"])), done.started.database_id, tuple(asked["tables"]), columns
        )
        install = Install(self.catalog)
        return Undo(install, lambda context: install.plan(request, context))


def objects(session: Session) -> tuple[tuple[str, str], ...]:
    """What the audit has made in the file: name and kind. What others have named alike is not among it."""
    rows = session.execute(
        "SELECT name, type FROM main.sqlite_schema WHERE type IN ('table', 'trigger') AND substr(name, 1, ?) = ?"
        " ORDER BY type DESC, rowid",
        (len(names.PREFIX), names.PREFIX),
    )
    return tuple((str(name), str(kind)) for name, kind in rows if own_tables.is_known(str(name), str(kind)))


def number_of_changes(session: Session) -> int:
    """Changes of rows that the log holds, of every table that is or was under audit."""
    logs = (
        name for name, kind in objects(session) if kind == "table" and name.startswith(f"{names.PREFIX}log_")
    )
    return sum(session.count(f"SELECT count(*) FROM main.{quote(log)}") for log in logs)


def drop_everything(session: WriteSession) -> None:
    """Remove all that the audit has made, inside the caller's transaction.

    Recipes that read who wrote from it are made again without.
    """
    from steward_app.services.audit.recipes.again import renew_without_audit

    renew_without_audit(session)
    found = objects(session)
    for name, kind in found:
        if kind == "trigger":
            session.run(f"DROP TRIGGER {qualified(name)}")
    there = {name for name, kind in found if kind == "table"}
    if names.CLOCK in there:  # what signs this transaction would keep it from its commit
        session.run(f"UPDATE main.{names.CLOCK} SET txn = NULL, guard = NULL")
    core = [name for name in reversed(ddl.CORE) if name in there]
    for name in (*sorted(there - set(core)), *core):
        session.run(f"DROP TABLE {qualified(name)}")


def _armed(session: Session, schema: Schema, request: RemoveRequest) -> tuple[Armed, ...]:
    """How it stands. A list of tables that was edited by hand keeps nobody from removing all of the audit."""
    if not seal_tables.audited(session, strict=not request.drop_log):
        return ()
    return status(session, schema)


def _chosen(request: RemoveRequest, armed: Sequence[Armed]) -> tuple[Armed, ...]:
    if not request.tables:
        return tuple(armed)
    by_name = {fold(each.audited.name): each for each in armed} | {
        fold(each.table): each for each in armed if each.table
    }
    for name in request.tables:
        if fold(name) not in by_name:
            told = ", ".join(quoted(each.table or each.audited.name) for each in armed)
            raise UsageError(
                ErrorCode.UNKNOWN_OBJECT,
                f"{quoted(name)} is not under audit.",
                hint=f"{_UNCHANGED} Under audit: {told}." if told else _UNCHANGED,
            )
    return tuple(by_name[key] for key in dict.fromkeys(fold(name) for name in request.tables))


def _drops(request: RemoveRequest, chosen: Sequence[Armed], armed: Sequence[Armed], changes: int) -> bool:
    if request.drop_log and len(chosen) < len(armed):
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            "The log of some of the tables cannot be dropped alone: its seals cover the changes of all.",
            hint=f"{_UNCHANGED} Take the tables out and keep their log, or remove the whole audit.",
        )
    return request.drop_log or (request.drop_empty and not changes and len(chosen) == len(armed))


def _of_tables(session: Session, chosen: Sequence[Armed]) -> tuple[tuple[str, str], ...]:
    """What goes where the log is kept: triggers and pens."""
    starts = tuple(names.trigger(each.audited.tid, "") for each in chosen)
    pens = {names.pen_table(each.audited.tid) for each in chosen}
    return tuple(
        (name, kind)
        for name, kind in objects(session)
        if (kind == "trigger" and name.startswith(starts)) or name in pens
    )


def _reversal(dropped: bool, tables_out: bool) -> Reversal:
    if dropped:
        return Reversal.RESTORE_POINT
    return Reversal.INVERSE if tables_out else Reversal.NOT_NEEDED


def _title(request: RemoveRequest, chosen: Sequence[Armed], drop: bool) -> str:
    if drop:
        return f"Remove the audit of {quoted(request.path.name)}, its log too"
    return f"Take {plural(len(chosen), 'table')} of {quoted(request.path.name)} out of the audit"


def _changes_of(session: Session, chosen: Sequence[Armed]) -> int:
    """Changes of rows that the log holds of these tables, in all their versions."""
    tids = {each.audited.tid for each in chosen}
    tids |= {tid for table in lineages(session) if tids & table.by_tid.keys() for tid in table.by_tid}
    logs = {names.log_table(tid) for tid in tids} & {name for name, _ in objects(session)}
    return sum(session.count(f"SELECT count(*) FROM main.{quote(log)}") for log in logs)


def _sentences(chosen: Sequence[Armed], changes: int, theirs: int, drop: bool) -> tuple[str, ...]:
    of = ", ".join(quoted(each.table or each.audited.name) for each in chosen)
    first = f"Changes of {of} are no longer logged." if chosen else "No table is under audit any more."
    if not drop:
        kept = f"with {plural(theirs, 'change')} of {'it' if len(chosen) == 1 else 'them'} "
        return (
            first,
            f"The log {kept if chosen else ''}stays in the file, is sealed, and can be read as before.",
        )
    return (
        first,
        f"The log with {plural(changes, 'change')}, its seals and all tables of the audit are removed from the file."
        if changes
        else "The log holds no change of a row. It is removed, with all tables of the audit.",
        "History, time travel and undo of those changes are gone with it. Receipts that you keep elsewhere can no"
        " longer be compared with anything."
        if changes
        else "No table of yours is touched.",
        "What stays: the record of this operation (_steward_operations), and the table sqlite_sequence, which SQLite"
        " never removes once it has it.",
    )
