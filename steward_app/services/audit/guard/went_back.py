"""That a clock went back while changes were logged, as a finding. It is no fault of the log, and nobody's."""

from __future__ import annotations

from steward_app.db import Session
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.text import plural
from steward_app.services.audit.seals import backwards


def since(session: Session, seq: int) -> tuple[Finding, ...]:
    """What events after a number tell of it: one finding, or none."""
    found = backwards.events(session, after=seq)
    number = backwards.count(found)
    if not number:
        return ()
    return (
        Finding(
            "audit_clock_back",
            Severity.NOTE,
            f"The times of changes go back at {plural(number, 'place')} of the log",
            Subject("audit", name=session.path.name),
            detail=" ".join(backwards.sentences(session, after=seq)),
            count=number,
            remedies=("Look at the clock of the computers that write into the file.",),
        ),
    )
