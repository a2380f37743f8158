"""The shared service layer, what follows its operations that change a database, and what a crash leaves open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from steward_app.services import afterwards, unfinished

if TYPE_CHECKING:
    from steward_app.catalog import Catalog
    from steward_app.kernel.finding import Finding
    from steward_app.kernel.progress import Context
    from steward_app.kernel.receipt import Receipt
    from steward_app.services.operation import FileOperation


def _seal(catalog: Catalog, done: Receipt, context: Context) -> tuple[Finding, ...]:
    """Seal what an operation added to the audit log."""
    from steward_app.services.audit.guard import own_seals

    return own_seals.after_operation(catalog, done, context)


def _unfinished() -> tuple[FileOperation[Any], ...]:
    """Series of migrations, and what is done with the registry."""
    from steward_app.services.migrate import registering
    from steward_app.services.migrate.run import service

    return (*service.settled_by(), *registering.settled_by())


unfinished.more = _unfinished
afterwards.PARTICIPANTS = (_seal,)
