"""A migration works alone: it waits for other programs as long as it was told, and then says who is in the way."""

from __future__ import annotations

import time
from pathlib import Path

from steward_app.db.alone import Company, company
from steward_app.db.holders import Doing
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted

_LOOKS_EVERY_SECONDS = 0.2


def wait_until_alone(path: Path, wait_seconds: float, context: Context) -> None:
    """Return when no other program has the file in use.

    Raises `Failure` (LOCKED) with the program, where the system tells it, when the time is over.
    """
    until = time.monotonic() + wait_seconds
    while not (found := company(path)).alone:
        if time.monotonic() >= until:
            raise Failure(
                ErrorCode.LOCKED,
                f"{found.who} {_does(found)} {quoted(path.name)}.",
                hint="Nothing was changed. Close it there first, wait for it with --wait SECONDS, or go on beside it"
                " with --beside.",
            )
        context.report(0, note=f"Waiting for {found.who}")
        context.wait(_LOOKS_EVERY_SECONDS)


def findings(path: Path) -> tuple[Finding, ...]:
    """Who has the file open now, for a plan; it may be closed by the time the plan is carried out."""
    found = company(path, asking_sqlite=False)
    if found.alone:
        return ()
    return (
        Finding(
            "open_elsewhere",
            Severity.WARNING,
            f"{found.who} {_does(found)} {quoted(path.name)}",
            Subject("database", name=path.name),
            detail="It would meet another schema while it runs. Nothing is applied as long as it does.",
            remedies=("Close it there first.", "Wait for it: --wait SECONDS.", "Go on beside it: --beside."),
        ),
    )


def _does(found: Company) -> str:
    doing = {each.doing for each in found.processes}
    if Doing.WRITING in doing:
        return "is writing to"
    return "has open" if doing == {Doing.OPEN} else "is using"
