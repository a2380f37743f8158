"""Going on with a table under audit as a new version of its history.

What the log holds until then stays as it is. The rows that are not what it says are named first, and an event says
which version the new one follows, and why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from steward_app.db import Session, WriteSession, fold
from steward_app.kernel.progress import Context
from steward_app.services.audit.engine import arm, tables
from steward_app.services.audit.engine.model import AuditedTable, Mode, Shape
from steward_app.services.audit.seals.moved import keep
from steward_app.services.audit.seals.reconcile import comparable, reconcile
from steward_app.services.audit.seals.seal import tell
from steward_app.services.audit.seals.unwind import Difference

REARMED = "rearmed"
"""The kind of event that tells of a table that was armed again."""
_MOST_NAMED = 10_000
"""Rows that are named where a version ends; of the others, how many there are."""


def differences_of(
    session: Session, version: AuditedTable, name: str, context: Context
) -> list[Difference] | None:
    """The rows that are not what the log says; None where the two cannot be compared.

    Args:
        name: of the table by now.
    """
    if not comparable(session, version, name=name):
        return None
    return list(reconcile(session, context, only=version, name=name))


def go_on(
    session: WriteSession,
    version: AuditedTable,
    shape: Shape,
    modes: Mapping[str, Mode],
    differences: Sequence[Difference] | None,
    detail: Mapping[str, object],
    *,
    numbers: Sequence[int] | None = None,
) -> None:
    """Begin the version that follows another one, inside the caller's transaction.

    Args:
        modes: of the columns that are not logged in full.
        differences: what `differences_of` found.
        detail: what the event says besides: how it stood ("was"), and sentences ("why").
        numbers: those that the rows had, where VACUUM gave them others: of row 1, 2 and so on.
    """
    told = tell_missed(session, differences or ())
    made = arm.arm(session, shape, modes, earlier=version)
    event = {
        "table": shape.table,
        **detail,
        "compared": differences is not None,
        **told,
        "earlier": version.tid,
        "shape": made.shape_hash,
    }
    if numbers is not None:
        event["numbers"] = keep(session, made.tid, numbers)
    tables.append_event(session, REARMED, made.tid, event)


def tell_missed(session: WriteSession, differences: Sequence[Difference]) -> dict[str, object]:
    """Name rows of a version that ends and are not what the log says; what an event says of how many there are."""
    tell(session, differences[:_MOST_NAMED])
    more = len(differences) - _MOST_NAMED
    return {"differences": len(differences), **({"not_named": more} if more > 0 else {})}


def modes_now(version: AuditedTable, shape: Shape) -> Mapping[str, Mode]:
    """What was logged of each column, for the columns as they are called now.

    A column that stands in the place of one that is gone, and was not there before, was renamed.
    """
    before = {fold(column.name): column.mode for column in version.columns}
    now = {fold(column.name) for column in shape.columns}
    found: dict[str, Mode] = {}
    for place, column in enumerate(shape.columns):
        mode = before.get(fold(column.name))
        if mode is None and place < len(version.columns):
            then = version.columns[place]
            mode = then.mode if fold(then.name) not in now else None
        named = {fold(shape.alias)} if shape.rowid else {fold(part.column) for part in shape.key}
        if mode is not None and mode is not Mode.FULL and fold(column.name) not in named:
            found[column.name] = mode
    return found
