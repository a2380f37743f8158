"""How long changes stay in the log, as the policy beside the file says. Nothing is pruned by itself."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from steward_app.catalog.policy import read_policy
from steward_app.db import Session
from steward_app.kernel import clock
from steward_app.services.audit.leaving.prune import Segment, segment_before
from steward_app.services.audit.past.moments import milliseconds


def keep_days(path: Path) -> int | None:
    """For how many days the log of a database is kept; None where nobody has decided.

    Raises `UsageError` where the policy cannot be understood.
    """
    audit = read_policy(path).policy.audit
    return audit.keep_days if audit else None


def set_keep_days(path: Path, days: int | None) -> None:
    """Decide it, in the policy beside the file; None takes the decision back.

    Raises as `PolicyDocument.put` and `save` do.
    """
    document = read_policy(path)
    if days is None and (document.policy.audit is None or document.policy.audit.keep_days is None):
        return
    document.put(("audit", "keep_days"), days)
    document.save()


def due(session: Session, older_than: timedelta) -> Segment | None:
    """The sealed changes that are older than that, in whole seals; None where there are none."""
    return segment_before(session, 1_000 * milliseconds(clock.now() - older_than))
