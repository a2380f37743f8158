"""How a contract check words its findings."""

from __future__ import annotations

from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.text import quoted, visible
from steward_app.services.privacy.model import place_id
from steward_app.services.privacy.rules import Rule


def against(
    rule: Rule,
    code: str,
    what: str,
    *,
    detail: str = "",
    remedies: tuple[str, ...] = (),
    severity: Severity = Severity.ERROR,
    count: int | None = None,
    name: str = "",
) -> Finding:
    """A finding about a rule; an error blocks. `what` goes on after “mask” of “patient.email”."""
    said = visible(what, 400)
    return Finding(
        code,
        severity,
        f"“{rule.technique}” of {quoted(place_id(rule.place))} {said}",
        Subject("column", rule.place.table, name or rule.place.path, (rule.place.column,)),
        detail=detail,
        remedies=remedies,
        count=count,
        blocks=severity is Severity.ERROR,
        alike=(f"“{rule.technique}” of", f"columns {said}"),
    )
