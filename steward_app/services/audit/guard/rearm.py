"""Arming an audit again that does not log as it should: its triggers are gone, older than others, or of another shape.

Whatever changed meanwhile is not in the log. Before the table is armed again it is compared with the log, and the rows
that differ are written down by their keys, as a gap. So are rows of a table that is armed as it should be and was
changed while it was not, and those of a table that is gone, which leaves the audit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, cast

from steward_app.catalog import Catalog
from steward_app.db import ReadSession, Session, WriteSession, fold, open_read
from steward_app.kernel import clock, ids
from steward_app.kernel.errors import ErrorCode, Refused
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.plan import Check, Plan, Reversal
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.audit.engine import arm, ddl, tables
from steward_app.services.audit.engine.layout import layout
from steward_app.services.audit.engine.model import Shape
from steward_app.services.audit.engine.shape import shape_of
from steward_app.services.audit.guard import versions
from steward_app.services.audit.guard.armed import Armed, State, status
from steward_app.services.audit.guard.choice import table_names
from steward_app.services.audit.guard.unlogged import unlogged, words
from steward_app.services.audit.seals import endings, oddities
from steward_app.services.audit.seals.lost import lost_with
from steward_app.services.audit.seals.reconcile import reconcile
from steward_app.services.audit.seals.renumbered import Renumbering, renumbering
from steward_app.services.audit.seals.seal import record_gap, seal
from steward_app.services.audit.seals.seal_tables import audited
from steward_app.services.audit.seals.unwind import Difference, How
from steward_app.services.operation import Outcome, TransactionOperation, fingerprint, obstacles
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema
from steward_app.storage.secrets import Secrets, open_secrets

_UNCHANGED = "Nothing was changed."
_LOGGED = (State.STALE, State.ORDER)
"""How a table stands whose triggers tell every change of the columns that they know."""


@dataclass(frozen=True, slots=True)
class RearmRequest:
    """Arm tables again.

    Attributes:
        tables: which, by their name now; they are armed again whether it is needed or not. Empty for all that are not
            armed as they should, or whose rows are not what the log says.
    """

    path: Path
    database_id: str
    tables: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rearm(TransactionOperation[Any]):
    """Arms tables again, and writes down what was missed.

    Attributes:
        known: by version of a table whose triggers told every change since, what comparing it with its log found
            before its columns were changed.
    """

    catalog: Catalog
    known: Mapping[int, Sequence[Difference] | None] = field(default_factory=dict)

    name: ClassVar[str] = "audit.rearm"

    def plan(self, request: RearmRequest, context: Context) -> Plan:
        """Raises `UsageError` for a table that is not there, `Refused` where nothing needs it."""
        with (
            open_read(request.path, context) as session,
            session.snapshot(),
            session.under(context),
        ):
            schema = read_schema(session, context)
            chosen = _chosen(session, schema, request, context)
            steps = [_Step(each, schema, again=bool(request.tables)) for each in chosen]
            told = [sentence for step in steps for sentence in step.sentences(session, context)]
            rests_on = fingerprint.take(session)
            findings = _findings(session, steps)
        title, button = _titles(request, steps)
        return Plan(
            id=ids.new_id("pl"),
            operation=self.name,
            title=title,
            path=str(request.path.absolute()),
            database_id=request.database_id,
            made_at=clock.to_text(clock.now()),
            request={"tids": [each.audited.tid for each in chosen], "again": bool(request.tables)},
            sentences=(*told, "What was missed is written into the log as a gap: keys of rows, no values."),
            findings=findings,
            reversal=Reversal.NOT_NEEDED,
            reversal_text="No row of yours is changed.",
            fingerprint=rests_on,
            button=button,
        )

    def apply(self, plan: Plan, session: WriteSession, context: Context) -> Outcome:
        secrets = open_secrets(self.catalog.directory)
        schema = read_schema(session, context)
        found = {each.audited.tid: each for each in status(session, schema)}
        wanted = cast("Sequence[int]", plan.request["tids"])
        if not found.keys() >= set(wanted):
            raise fingerprint.stale(plan, "the audit was changed")
        again = bool(plan.request.get("again"))
        steps = [_Step(found[tid], schema, again=again, known=self.known.get(tid)) for tid in wanted]
        oddities.mend(session, [each.audited for each in found.values()])
        missed = sum(step.carry_out(session, secrets, context) for step in steps)
        oddities.count_anew(session)
        armed, gone = sum(step.goes_on for step in steps), sum(step.is_gone for step in steps)
        seal(session, secrets, context)
        told = (
            [f"{plural(armed, 'table')} of {quoted(Path(plan.path).name)} armed"] if armed or not gone else []
        )
        told += (
            [f"{plural(gone, 'table')} of {quoted(Path(plan.path).name)} gone, and out of the audit"]
            if gone
            else []
        )
        where = "; “steward audit history” names them" if missed else ""
        unknown = "".join(f"; {words(step.unlogged)}" for step in steps if step.unlogged)
        return Outcome(
            f"{'; '.join(told)}; {plural(missed, 'row')} had changed behind the log{where}{unknown}",
            result={"tables": armed, **({"gone": gone} if gone else {}), "missed": missed},
        )

    def verify(
        self, plan: Plan, outcome: Outcome, session: WriteSession, context: Context
    ) -> tuple[Check, ...]:
        """What was under audit and can be is armed; what is gone is under audit no more."""
        schema = read_schema(session)
        found = status(session, schema)
        since = {tid: each for each in found for tid in (each.audited.earlier, each.audited.tid)}
        wrong = [
            each.table or each.audited.name
            for tid in cast("Sequence[int]", plan.request["tids"])
            if (each := since.get(tid)) is not None
            and each.state is not State.ARMED
            and not _is_refused(each)
        ]
        left = [tid for tid in cast("Sequence[int]", plan.request["tids"]) if tid not in since]
        names_left = [each.name for each in tables.tables(session) if each.tid in left]
        still = [name for name in names_left if schema.table(name) is not None]
        armed = Check("Every table is armed", not wrong, ", ".join(map(quoted, wrong)))
        gone = Check("What is gone is out of the audit", not still, ", ".join(map(quoted, still)))
        return (*([armed] if since.keys() & set(plan.request["tids"]) else []), *([gone] if left else []))  # type: ignore[arg-type]


class _Step:
    """One table to be armed again."""

    def __init__(
        self, found: Armed, schema: Schema, *, again: bool, known: Sequence[Difference] | None = None
    ) -> None:
        self.found = found
        self._known = known
        self._schema = schema
        table = schema.table(found.table) if found.table else None
        self.shape: Shape | None = shape_of(table, schema) if table is not None else None
        self._is_whole = not found.altered and all(
            schema.table(name) is not None for name in (*ddl.CORE, *ddl.table_names(layout(found.audited)))
        )
        drifts = found.state is not State.ARMED
        self._renews = found.renewable and self._is_whole and (drifts or not again)
        self.is_armed = not drifts and not again
        self.unlogged: tuple[str, ...] = ()

    @property
    def is_gone(self) -> bool:
        """Whether there is no such table any more, so that it leaves the audit."""
        return self.shape is None

    @property
    def goes_on(self) -> bool:
        """Whether the table is under audit afterwards."""
        return self.shape is not None and not self.shape.refused

    def sentences(self, session: Session, context: Context) -> tuple[str, ...]:
        """What will happen to it, and why."""
        name = quoted(self.found.table or self.found.audited.name)
        why = tuple(f"{drift.why[:1].upper()}{drift.why[1:]}." for drift in self.found.drifts)
        if self.shape is None:
            rows = plural(len(lost_with(session, self.found.audited)), "row")
            return (
                *why,
                f"With it went {rows}, as the log tells. It leaves the audit; what was logged of it stays.",
            )
        if not self.goes_on:
            return (*why, f"{name} is left as it is.")
        compared = self._differences(session, context)
        count = "cannot be compared with the log" if compared is None else _counted(compared)
        how = (
            "stays armed"
            if self.is_armed
            else "gets its triggers anew"
            if self._renews
            else "goes on as a new version, with all columns it has now"
        )
        unlogged = words(self._came(session))
        return (*why, f"{name} {how}. It {count}{f'; {unlogged}' if unlogged else ''}.")

    def carry_out(self, session: WriteSession, secrets: Secrets, context: Context) -> int:
        """Arm it again; how many rows were missed."""
        version = self.found.audited
        why = [drift.why for drift in self.found.drifts]
        if self.shape is None:
            return self._leave(session, why, secrets)
        if not self.goes_on:
            return 0
        moved, self.unlogged = self._moved(session), self._came(session)
        differences = self._differences(session, context)
        missed = len(differences or ())
        detail: dict[str, object] = {
            "was": self.found.state.value,
            "why": why,
            **({"renumbered": True} if moved is not None else {}),
            **({"unlogged": list(self.unlogged)} if self.unlogged else {}),
        }
        if self._renews:
            record_gap(session, differences or (), secrets, context)
            if self.is_armed:
                return missed
            renewed = arm.renew(session, version, self.shape)
            event = {
                "table": self.shape.table,
                **detail,
                "compared": differences is not None,
                "differences": missed,
                "shape": renewed.shape_hash,
            }
            tables.append_event(session, versions.REARMED, version.tid, event)
            return missed
        numbers = moved.rows.numbers if moved is not None and moved.rows is not None else None
        modes = versions.modes_now(version, self.shape)
        versions.go_on(session, version, self.shape, modes, differences, detail, numbers=numbers)
        return missed

    def _leave(self, session: WriteSession, why: Sequence[str], secrets: Secrets) -> int:
        """Take a table that is gone out of the audit; how many rows went with it."""
        version = self.found.audited
        lost = lost_with(session, version)
        detail = {"why": why, **versions.tell_missed(session, lost)}
        endings.take_out(session, version, detail, secrets)
        return len(lost)

    def _differences(self, session: Session, context: Context) -> Sequence[Difference] | None:
        """The rows that are not what the log says; None where the two cannot be compared."""
        if not self._is_whole:
            return None
        if self._known is not None and all(drift.state in _LOGGED for drift in self.found.drifts):
            return self._known
        found = versions.differences_of(session, self.found.audited, self.found.table, context)
        if found is None:
            return None
        left = [each for each in found if each.how is not How.RENUMBERED]
        if len(left) < len(found):
            moved = self._moved(session)
            return left if moved is not None and moved.rows is not None else None
        return left

    def _came(self, session: Session) -> tuple[str, ...]:
        """Columns that were filled and that the log does not know."""
        table = self._schema.table(self.found.table)
        if self._renews or self.shape is None or table is None:
            return ()
        return unlogged(session, self.found.audited, self.shape, table)

    def _moved(self, session: Session) -> Renumbering | None:
        """Whether its rows have other numbers than in the log. Where that is all, the log is whole."""
        if all(drift.state is not State.RENUMBERED for drift in self.found.drifts):
            return None
        return renumbering(session, self.found.audited, name=self.found.table)


def _counted(differences: Sequence[Difference]) -> str:
    if not differences:
        return "holds what the log says"
    first = differences[0].how.value
    same = all(each.how.value == first for each in differences)
    return f"has {plural(len(differences), 'row')} {first if same else 'changed, added or removed'} behind the log"


def _titles(request: RearmRequest, steps: Sequence[_Step]) -> tuple[str, str]:
    """What the plan does, and what its button says."""
    name = quoted(request.path.name)
    arming = [step for step in steps if not step.is_gone and not step.is_armed]
    if arming:
        count = plural(len(arming), "table")
        return f"Arm the audit of {count} of {name} again", f"Arm {count} again"
    gone = plural(sum(step.is_gone for step in steps), "table")
    if all(step.is_gone for step in steps):
        return f"Take {gone} of {name} out of the audit, gone without the log", f"Take {gone} out"
    return f"Write down what the log of {name} missed", "Write it down"


def _chosen(session: Session, schema: Schema, request: RearmRequest, context: Context) -> tuple[Armed, ...]:
    found = status(session, schema) if audited(session) else ()
    if request.tables:
        wanted = {fold(name) for name in table_names(schema, request.tables)}
        named = tuple(each for each in found if fold(each.table) in wanted)
        missing = wanted - {fold(each.table) for each in named}
        if missing:
            told = ", ".join(quoted(name) for name in request.tables if fold(name) in missing)
            raise Refused(
                ErrorCode.NOT_ALLOWED,
                f"{told} is not under audit.",
                hint=f"{_UNCHANGED} “steward audit install” puts it there.",
            )
        return named
    drifting = tuple(
        each
        for each in found
        if each.state is not State.ARMED
        or next(reconcile(session, context, only=each.audited, name=each.table), None) is not None
    )
    if not drifting:
        nothing = (
            "every table under audit is armed, and what the log says" if found else "no table is under audit"
        )
        raise Refused(
            ErrorCode.NOT_ALLOWED,
            f"Nothing of {quoted(request.path.name)} needs to be armed again: {nothing}.",
            hint=_UNCHANGED,
        )
    return drifting


def _is_refused(found: Armed) -> bool:
    return bool(found.table) and any("cannot be logged faithfully" in drift.why for drift in found.drifts)


def _findings(session: ReadSession, steps: Sequence[_Step]) -> tuple[Finding, ...]:
    found = [*obstacles.cannot_be_written(session)]
    for step in steps:
        if step.is_gone:
            found.append(_gone(step.found.audited.name))
        if step.shape is not None:
            found += [replace(each, blocks=False) for each in step.shape.findings]
    return tuple(found)


def _gone(table: str) -> Finding:
    return Finding(
        "audit_table_gone",
        Severity.WARNING,
        f"{quoted(table)} is gone, and no change of the log says so",
        Subject("table", table=table),
        detail="The log holds the values of rows that changed since the audit began, and of the others none.",
        remedies=("A restore point may hold the table. Bring it back first if you want it.",),
    )
