"""What stands in the way of an operation, whatever it is to do."""

from __future__ import annotations

from steward_app.db import ReadSession
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.text import quoted


def cannot_be_written(session: ReadSession) -> tuple[Finding, ...]:
    """Why the file cannot be written, which blocks the plan; nothing where it can be."""
    why, name = session.state.why_not_writable, session.path.name
    if not why:
        return ()
    title = f"{quoted(name)} cannot be written: {why}"
    return (Finding("cannot_be_written", Severity.ERROR, title, Subject("database", name=name), blocks=True),)
