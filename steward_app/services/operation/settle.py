"""What a crash left open is settled: the file itself says whether the operation happened."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from steward_app.catalog import Catalog, journal, lease
from steward_app.catalog.journal import Event, Phase
from steward_app.kernel import ids
from steward_app.kernel.errors import Refused
from steward_app.services.operation.model import FileOperation, Operation, Scope, Settlement


def settle(
    catalog: Catalog, database_id: str, path: Path, operations: Iterable[Operation[Any]] = ()
) -> tuple[Event, ...]:
    """Journal how the operations of a database ended that have no end yet. Call it when a file is opened.

    Does nothing while an operation on the database runs, in this process or another. What belongs to an operation that
    is not among `operations` and made files stays open.

    Args:
        operations: those that made files and may have been interrupted; their `settle` is asked.

    Returns the *settled* events, oldest first. Raises `Failure` when the file cannot be read.
    """
    with catalog.reading() as session:
        if not journal.open_operations(session, database_id) and not lease.is_left(session, database_id):
            return ()
    held = _take(catalog, database_id)
    if held is None:
        return ()
    try:
        with lease.renewing(catalog, held):
            return _settle_all(catalog, path, held, {operation.name: operation for operation in operations})
    finally:
        lease.over(held)
        with catalog.unit() as unit:
            lease.release(unit, held)
            unit.commit()


def settled_sentence(catalog: Catalog, settled: Event) -> str:
    """What a steward is told about a *settled* event: which operation it was, and what became of it."""
    with catalog.reading() as session:
        record = journal.record(session, settled.operation_id)
    title = record.started.data.get("title") if record else None
    return f"This was interrupted: {title or settled.operation}. {settled.data['note']}"


def _take(catalog: Catalog, database_id: str) -> lease.Lease | None:
    try:
        with catalog.unit() as unit:
            held = lease.take(unit, database_id, ids.new_id("op"), "journal.settle")
            unit.commit()
            return held
    except Refused:
        return None


def _settle_all(
    catalog: Catalog, path: Path, held: lease.Lease, operations: dict[str, Operation[Any]]
) -> tuple[Event, ...]:
    with catalog.reading() as session:  # again, now that nobody else works on it
        opened = journal.open_operations(session, held.database_id)
    settled = []
    for started in opened:
        scope = Scope(catalog, started.operation_id, started.operation, started.database_id, path, held)
        settlement = _ask(started, scope, operations.get(started.operation))
        if settlement is None:
            continue
        with catalog.unit() as unit:
            settled.append(
                journal.append(
                    unit,
                    Phase.SETTLED,
                    started.operation,
                    operation_id=started.operation_id,
                    database_id=started.database_id,
                    plan_id=started.plan_id,
                    details={"happened": settlement.happened, "note": settlement.note},
                )
            )
            unit.commit()
    return tuple(settled)


def _ask(started: Event, scope: Scope, operation: Operation[Any] | None) -> Settlement | None:
    if isinstance(operation, FileOperation):
        return operation.settle(started, scope)
    if not started.data.get("transaction"):
        return None
    happened = scope.has_happened()
    note = "The file holds the change." if happened else "The file is as it was before."
    return Settlement(happened, note)
