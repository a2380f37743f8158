"""What became of the audit: whether every change of a table still reaches its log."""

from __future__ import annotations

from collections.abc import Sequence

from steward_app.services.audit.guard.armed import Armed, State
from steward_app.services.migrate.rehearsal.model import AuditDifference
from steward_app.services.migrate.rehearsal.renames import Names

_LOGS = (State.ARMED, State.ORDER)


def audit(before: Sequence[Armed], after: Sequence[Armed], names: Names) -> tuple[AuditDifference, ...]:
    """Every table that was or is under audit, those that left it last."""
    was = {names.table(each.table): each for each in before if each.table}
    found = [
        AuditDifference(
            table=each.table or each.audited.name,
            armed_before=_logs(was.get(each.table)),
            armed_after=_logs(each),
            why=tuple(drift.why for drift in each.drifts),
        )
        for each in after
    ]
    there = {each.table for each in found}
    left = [
        AuditDifference(name, _logs(each), False, ("it is not under audit any more",))
        for name, each in was.items()
        if name not in there
    ]
    return (*found, *left)


def _logs(armed: Armed | None) -> bool:
    return armed is not None and bool(armed.table) and armed.state in _LOGS
