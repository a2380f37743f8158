"""Putting tables under audit: tables and triggers of our own in the user's file, in one transaction, and a first seal.

The first seal holds a hash of every row as it is now, so that a change that no trigger saw is found from the beginning.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, cast

from steward_app.catalog import Catalog, points
from steward_app.catalog.journal import Record
from steward_app.db import ReadSession, WriteSession, fold, open_read
from steward_app.kernel import clock, ids
from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.plan import Check, Plan, Reversal
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.audit.engine import tables
from steward_app.services.audit.engine.arm import arm
from steward_app.services.audit.engine.model import Mode
from steward_app.services.audit.engine.shape import shape_of
from steward_app.services.audit.guard import install_words as words
from steward_app.services.audit.guard import trial
from steward_app.services.audit.guard.armed import State, status
from steward_app.services.audit.guard.choice import Choice, choose
from steward_app.services.audit.guard.forecast import Forecast, forecast
from steward_app.services.audit.guard.rate import growth
from steward_app.services.audit.guard.remove import Remove, RemoveRequest
from steward_app.services.audit.seals.seal import seal
from steward_app.services.operation import Outcome, TransactionOperation, Undo, fingerprint, obstacles
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema
from steward_app.storage.secrets import open_secrets

INSTALLED = "installed"
"""The kind of event that tells of it."""
_UNCHANGED = "Nothing was changed."
_PAGES_A_TABLE = 6  # of its own: log, pen, baseline, secrets, changes by row, and room in the schema
_PAGES = 10
_BASELINE_BYTES = 12  # of a row


@dataclass(frozen=True, slots=True)
class InstallRequest:
    """Put tables under audit.

    Attributes:
        tables: which; empty for all that are not under audit yet.
        columns: what is logged of a column, by "table.column"; those that are not named are logged in full.
        measured: forecast the cost, which writes to a copy of the schema in memory.
    """

    path: Path
    database_id: str
    tables: tuple[str, ...] = ()
    columns: Mapping[str, Mode] = field(default_factory=dict)
    measured: bool = True


@dataclass(frozen=True)
class Install(TransactionOperation[Any]):
    """Puts tables under audit. Undone by taking them out again."""

    catalog: Catalog

    name: ClassVar[str] = "audit.install"

    def plan(self, request: InstallRequest, context: Context) -> Plan:
        """Raises `UsageError` for a table or column that is not there, `Refused` where there is nothing to do."""
        with (
            open_read(request.path, context) as session,
            session.snapshot(),
            session.under(context),
        ):
            schema = read_schema(session, context)
            choice = choose(session, schema, request.tables, request.columns)
            tried = trial.try_out(session, choice.chosen)
            forecasts = self._forecasts(session, schema, request, tried.chosen, context)
            found = (*_obstacles(session, request), *_told(choice, tried, named=bool(request.tables)))
            _require_something(request, choice, tried, found)
            size_bytes = _size(session, forecasts, len(tried.chosen))
            rests_on = fingerprint.take(session)
            makes_sequence = not session.value(
                "SELECT 1 FROM main.sqlite_schema WHERE name = 'sqlite_sequence'"
            )
        count = plural(len(tried.chosen) or len(request.tables), "table")
        return Plan(
            id=ids.new_id("pl"),
            operation=self.name,
            title=f"Put {count} of {quoted(request.path.name)} under audit",
            path=str(request.path.absolute()),
            database_id=request.database_id,
            made_at=clock.to_text(clock.now()),
            request={
                "tables": [each.shape.table for each in tried.chosen],
                "modes": {
                    each.shape.table: {name: mode.value for name, mode in each.modes.items()}
                    for each in tried.chosen
                    if each.modes
                },
            },
            sentences=words.sentences(tried.chosen, forecasts, choice, makes_sequence=makes_sequence),
            sql=tried.sql,
            findings=found,
            reversal=Reversal.INVERSE,
            reversal_text="Undone by taking the tables out of the audit. As long as nothing was logged, nothing of it"
            " stays; a log that holds changes is kept until you drop it.",
            fingerprint=rests_on,
            button=f"Audit {count}",
            disk_bytes=size_bytes,
            disk_path=str(request.path.absolute().parent),
        )

    def apply(self, plan: Plan, session: WriteSession, context: Context) -> Outcome:
        schema = read_schema(session, context)
        modes = cast("Mapping[str, Mapping[str, str]]", plan.request.get("modes") or {})
        made = []
        for name in cast("Sequence[str]", plan.request["tables"]):
            table = schema.table(name)
            if table is None:
                raise fingerprint.stale(plan, "a table is gone")
            of_columns = {column: Mode(mode) for column, mode in modes.get(name, {}).items()}
            made.append(arm(session, shape_of(table, schema), of_columns))
            context.checkpoint()
        for each in made:
            tables.append_event(session, INSTALLED, each.tid, {"table": each.name, "shape": each.shape_hash})
        seals = seal(session, open_secrets(self.catalog.directory), context)
        return Outcome(
            f"{plural(len(made), 'table')} of {quoted(Path(plan.path).name)} under audit",
            result={"tables": len(made), "seal": seals[-1].n if seals else 0},
        )

    def verify(
        self, plan: Plan, outcome: Outcome, session: WriteSession, context: Context
    ) -> tuple[Check, ...]:
        """Every table that was planned is armed."""
        armed = {each.table for each in status(session, read_schema(session)) if each.state is State.ARMED}
        missing = [name for name in cast("Sequence[str]", plan.request["tables"]) if name not in armed]
        return (Check("Every table is armed", not missing, ", ".join(map(quoted, missing))),)

    def inverse(self, done: Record) -> Undo | None:
        """Takes the same tables out; their log goes too where it is empty and nothing else is under audit."""
        details = done.started.data
        asked = cast("Mapping[str, Any]", details["request"])
        request = RemoveRequest(
            Path(str(details["path"])), done.started.database_id, tuple(asked["tables"]), drop_empty=True
        )
        remove = Remove(self.catalog)
        return Undo(remove, lambda context: remove.plan(request, context))

    def forecasts(self, request: InstallRequest, context: Context) -> tuple[Forecast, ...]:
        """What the audit of each table will cost, as numbers: for a page that shows them beside the tables."""
        with (
            open_read(request.path, context) as session,
            session.snapshot(),
            session.under(context),
        ):
            schema = read_schema(session, context)
            choice = choose(session, schema, request.tables, request.columns)
            return self._forecasts(session, schema, request, choice.chosen, context)

    def _forecasts(
        self,
        session: ReadSession,
        schema: Schema,
        request: InstallRequest,
        chosen: Sequence[trial.Chosen],
        context: Context,
    ) -> tuple[Forecast, ...]:
        if not request.measured or trial.names_taken(session):
            return ()
        with self.catalog.reading() as reading:
            grown = growth(points.of_database(reading, request.database_id))
        made = []
        for number, each in enumerate(chosen):
            context.report(number, len(chosen), unit="tables", note=f"Measuring {each.shape.table}")
            table = schema.table(each.shape.table)
            assert table is not None
            made.append(forecast(session, table, each, context, grown))
        return tuple(made)


def _obstacles(session: ReadSession, request: InstallRequest) -> tuple[Finding, ...]:
    name, found = quoted(request.path.name), [*obstacles.cannot_be_written(session)]
    subject = Subject("database", name=request.path.name)
    others = sorted(trial.names_taken(session))
    if others:
        found.append(
            Finding(
                "audit_names_taken",
                Severity.ERROR,
                f"{name} has {plural(len(others), 'object')} with names of the audit that it does not know:"
                f" {', '.join(map(quoted, others[:5]))}{' and others' if len(others) > 5 else ''}",
                subject,
                detail="They are of another program, or left over from an audit that was damaged.",
                remedies=(
                    "Rename what is of another program.",
                    "“steward audit remove --drop-log” removes what was left over.",
                ),
                blocks=True,
            )
        )
    return tuple(found)


def _told(choice: Choice, tried: trial.Tried, *, named: bool) -> tuple[Finding, ...]:
    """What to know first. A table that cannot be audited stops the plan only where it was asked for by name."""
    left_out = [replace(finding, blocks=named) for finding in (*choice.left_out, *tried.refused)]
    kept = {fold(each.shape.table) for each in tried.chosen}
    hazards = [finding for finding in choice.hazards if fold(finding.subject.table) in kept]
    return (*left_out, *hazards)


def _require_something(
    request: InstallRequest, choice: Choice, tried: trial.Tried, found: Sequence[Finding]
) -> None:
    if tried.chosen or any(finding.blocks for finding in found):
        return
    if found:
        raise Refused(
            ErrorCode.BLOCKED,
            f"No {'other ' if choice.already else ''}table of {quoted(request.path.name)} can be put under audit:"
            f" {found[0].title}.",
            hint=f"{_UNCHANGED} {found[0].detail}".strip(),
        )
    raise UsageError(
        ErrorCode.BAD_REQUEST,
        f"Every table of {quoted(request.path.name)} is under audit already, or it has none.",
        hint=_UNCHANGED,
    )


def _size(session: ReadSession, forecasts: Sequence[Forecast], count: int) -> int:
    """Bytes that installing takes, once in the file and once in its journal."""
    if not count:
        return 0
    page = session.count("PRAGMA page_size")
    rows = sum(each.rows for each in forecasts)
    return 2 * (page * (_PAGES + _PAGES_A_TABLE * count) + _BASELINE_BYTES * rows)
