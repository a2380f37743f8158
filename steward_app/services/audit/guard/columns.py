"""Choosing anew what is logged of the columns of tables that are under audit already.

The table goes on under a new version of its history. What its log holds until then stays as it is, and before the new
version begins the table is compared with it, so that nothing that was changed behind the log is taken for granted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, cast

from steward_app.catalog import Catalog
from steward_app.catalog.journal import Record
from steward_app.db import ReadSession, Session, WriteSession, fold, open_read
from steward_app.kernel import clock, ids
from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.plan import Check, Json, Plan, Reversal
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.audit.engine.model import Mode, Shape
from steward_app.services.audit.engine.shape import shape_of
from steward_app.services.audit.guard.armed import Armed, State, status
from steward_app.services.audit.guard.choice import told_modes
from steward_app.services.audit.guard.versions import differences_of, go_on, modes_now
from steward_app.services.audit.seals.seal import seal
from steward_app.services.audit.seals.seal_tables import audited
from steward_app.services.operation import Outcome, TransactionOperation, Undo, fingerprint, obstacles
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema
from steward_app.storage.secrets import open_secrets

_UNCHANGED = "Nothing was changed."
_WORDS = {
    Mode.FULL: "with its values",
    Mode.FLAG: "only as changed, without its values",
    Mode.NONE: "not at all",
}


@dataclass(frozen=True, slots=True)
class ColumnsRequest:
    """Choose what is logged of columns, by "table.column". Columns that are not named stay as they are."""

    path: Path
    database_id: str
    columns: Mapping[str, Mode]


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A table that goes on with other modes: `before` and `after` name the columns that are not logged in full."""

    found: Armed
    shape: Shape
    before: Mapping[str, Mode]
    after: Mapping[str, Mode]

    @property
    def changed(self) -> tuple[tuple[str, Mode, Mode], ...]:
        """Columns of which something else is logged: name, until now, from now on."""
        pairs = (
            (each.name, self.before.get(each.name, Mode.FULL), self.after.get(each.name, Mode.FULL))
            for each in self.shape.columns
        )
        return tuple(each for each in pairs if each[1] is not each[2])


@dataclass(frozen=True)
class ChangeColumns(TransactionOperation[Any]):
    """Logs more or less of columns from now on. Undone by choosing what was chosen before."""

    catalog: Catalog

    name: ClassVar[str] = "audit.columns"

    def plan(self, request: ColumnsRequest, context: Context) -> Plan:
        """Raises `UsageError` for a column that is not there or names the rows, `Refused` where nothing changes."""
        with (
            open_read(request.path, context) as session,
            session.snapshot(),
            session.under(context),
        ):
            chosen = tuple(_choose(session, read_schema(session, context), request))
            rests_on = fingerprint.take(session)
            findings = _findings(session, chosen)
        count = plural(sum(len(each.changed) for each in chosen), "column")
        return Plan(
            id=ids.new_id("pl"),
            operation=self.name,
            title=f"Choose anew what is logged of {count} of {quoted(request.path.name)}",
            path=str(request.path.absolute()),
            database_id=request.database_id,
            made_at=clock.to_text(clock.now()),
            request={
                "tables": {each.found.table: _values(each.after) for each in chosen},
                "before": {each.found.table: _values(each.before) for each in chosen},
            },
            sentences=tuple(sentence for each in chosen for sentence in _sentences(each)),
            findings=findings,
            reversal=Reversal.INVERSE,
            reversal_text="Undone by choosing what was chosen before. What is not logged meanwhile stays unknown.",
            fingerprint=rests_on,
            button=f"Change {count}",
        )

    def apply(self, plan: Plan, session: WriteSession, context: Context) -> Outcome:
        secrets = open_secrets(self.catalog.directory)
        seal(session, secrets, context)
        schema = read_schema(session, context)
        standing = {fold(each.table): each for each in status(session, schema)}
        changed = 0
        for name, modes in cast("Mapping[str, Mapping[str, str]]", plan.request["tables"]).items():
            found, table = standing.get(fold(name)), schema.table(name)
            if found is None or table is None or found.state is not State.ARMED:
                raise fingerprint.stale(plan, "the audit was changed")
            after = {column: Mode(mode) for column, mode in modes.items()}
            shape = shape_of(table, schema)
            chosen = _Chosen(found, shape, modes_now(found.audited, shape), after)
            _choose_anew(session, chosen, context)
            changed += len(chosen.changed)
        seal(session, secrets, context)
        return Outcome(
            f"{plural(changed, 'column')} of {quoted(Path(plan.path).name)} logged otherwise from now on",
            result={"columns": changed},
        )

    def verify(
        self, plan: Plan, outcome: Outcome, session: WriteSession, context: Context
    ) -> tuple[Check, ...]:
        """Every table is armed, and logs of each column what was planned."""
        schema = read_schema(session)
        wanted = {
            fold(name): {fold(column): mode for column, mode in modes.items()}
            for name, modes in cast("Mapping[str, Mapping[str, str]]", plan.request["tables"]).items()
        }
        right = {
            fold(each.table)
            for each in status(session, schema)
            if each.state is State.ARMED and _logged(each) == wanted.get(fold(each.table))
        }
        wrong = sorted(wanted.keys() - right)
        return (Check("Every table logs what was chosen", not wrong, ", ".join(map(quoted, wrong))),)

    def inverse(self, done: Record) -> Undo | None:
        """Chooses what was chosen before."""
        details = done.started.data
        asked = cast("Mapping[str, Any]", details["request"])
        columns = {
            f"{table}.{column}": Mode(asked["before"][table].get(column, Mode.FULL.value))
            for table, modes in asked["tables"].items()
            for column in {**asked["before"][table], **modes}
        }
        request = ColumnsRequest(Path(str(details["path"])), done.started.database_id, columns)
        return Undo(self, lambda context: self.plan(request, context))


def _choose(session: Session, schema: Schema, request: ColumnsRequest) -> Iterator[_Chosen]:
    standing = {fold(each.table): each for each in status(session, schema)} if audited(session) else {}
    shapes = {
        fold(table.name): shape_of(table, schema) for table in schema.tables if fold(table.name) in standing
    }
    told = told_modes(schema, tuple(shapes.values()), request.columns)
    found = []
    for name, modes in told.items():
        shape, armed = shapes[fold(name)], standing[fold(name)]
        before = dict(modes_now(armed.audited, shape))
        after = {column: mode for column, mode in {**before, **modes}.items() if mode is not Mode.FULL}
        chosen = _Chosen(armed, shape, before, after)
        if chosen.changed:
            found.append(chosen)
    if not found:
        raise UsageError(
            ErrorCode.BAD_REQUEST, "Every column that was named is logged like that already.", hint=_UNCHANGED
        )
    for chosen in found:
        if chosen.found.state is not State.ARMED:
            raise Refused(
                ErrorCode.NOT_ALLOWED,
                f"The audit of {quoted(chosen.found.table)} is not armed: {chosen.found.drifts[0].why}.",
                hint=f"{_UNCHANGED} “steward audit rearm” arms it again, and logs what was missed.",
            )
    yield from found


def _choose_anew(session: WriteSession, chosen: _Chosen, context: Context) -> None:
    version = chosen.found.audited
    differences = differences_of(session, version, chosen.found.table, context)
    detail = {"was": State.ARMED.value, "why": ["what is logged of its columns was chosen anew"]}
    go_on(session, version, chosen.shape, chosen.after, differences, detail)


def _sentences(chosen: _Chosen) -> Iterator[str]:
    table = quoted(chosen.found.table)
    for name, before, after in chosen.changed:
        yield f"{quoted(name)} of {table} is logged {_WORDS[after]}; until now {_WORDS[before]}."
    yield f"{table} goes on as a new version of its history. What its log holds stays as it is."


def _findings(session: ReadSession, chosen: Sequence[_Chosen]) -> tuple[Finding, ...]:
    found = [*obstacles.cannot_be_written(session)]
    less = [(each, name) for each in chosen for name, before, after in each.changed if after is not Mode.FULL]
    for each, name in less:
        found.append(
            Finding(
                "audit_values_not_kept",
                Severity.WARNING,
                f"Old values of {quoted(name)} of {quoted(each.found.table)} can no longer be seen or undone",
                Subject("column", each.found.table, name),
                detail="That holds for changes from now on. Values that are in the log already stay there.",
                remedies=("“steward audit erase” removes values that are in the log already.",),
            )
        )
    return tuple(found)


def _values(modes: Mapping[str, Mode]) -> dict[str, Json]:
    return {name: mode.value for name, mode in modes.items()}


def _logged(found: Armed) -> dict[str, str]:
    return {fold(each.name): each.mode.value for each in found.audited.columns if each.mode is not Mode.FULL}
