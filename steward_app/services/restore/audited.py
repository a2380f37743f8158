"""What becomes of an audit log when a whole file is restored: it goes back with the rest, and says so itself."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from steward_app.db import WriteSession, open_write
from steward_app.db.attribution import has_clock
from steward_app.kernel.progress import Context
from steward_app.services.audit.engine import names
from steward_app.services.audit.engine.tables import append_event
from steward_app.services.audit.guard.going_on import RESTORED
from steward_app.services.audit.guard.remove import drop_everything, objects


def sentences(now: Collection[str], then: Collection[str] | None, *, erased: bool) -> tuple[str, ...]:
    """For the plan of a restore in place.

    Args:
        now, then: the tables of the file and of the point; None where the point does not tell.
        erased: rows were erased since the point was made.
    """
    is_audited, was_audited = names.CLOCK in now, then is not None and names.CLOCK in then
    if was_audited and erased:
        return (
            "The audit log of that point may hold what was erased since. It is not brought back: no table is under"
            " audit afterwards.",
        )
    if was_audited:
        return (
            "The audit goes back to what it was then, and its log with it. What was logged since is only in the restore"
            " point that is made first; a receipt of a later seal no longer fits.",
        )
    if is_audited:
        return (
            "The file is under audit now, and was not when the point was made: afterwards no table is. The log is only"
            " in the restore point that is made first.",
        )
    return ()


def drop_log(file: Path, context: Context) -> bool:
    """Take the audit out of a file that nobody has yet; whether there was one. The file is to be written anew after."""
    with open_write(file) as session:
        found = bool(objects(session))
        if found:
            with session.transaction(context):
                drop_everything(session)
    return found


def tell(session: WriteSession, point_id: str, operation_id: str) -> None:
    """Have the log of a restored file say that it was restored. Inside a transaction; nothing without an audit."""
    if has_clock(session):
        append_event(session, RESTORED, None, {"point": point_id, "operation": operation_id})
