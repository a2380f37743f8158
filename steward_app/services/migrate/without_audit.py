"""The schema without the triggers of this program's audit, which the runner takes away and arms again."""

from __future__ import annotations

from steward_app.db import Session, WriteSession, fold
from steward_app.db.skeleton import skeleton


def without_audit(session: Session) -> WriteSession:
    """An empty copy of a file without them; the caller closes it."""
    found = session.all("SELECT name FROM main.sqlite_schema WHERE type = 'trigger'")
    return skeleton(session, triggers={str(name) for (name,) in found if not is_of_audit(str(name))})


def is_of_audit(trigger: str) -> bool:
    """Whether a trigger is one of them, by its name."""
    return fold(trigger).startswith("_steward_audit_")
