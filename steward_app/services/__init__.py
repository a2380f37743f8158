"""The shared service layer, and what follows every operation of it that changed a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from steward_app.services import afterwards

if TYPE_CHECKING:
    from steward_app.catalog import Catalog
    from steward_app.kernel.finding import Finding
    from steward_app.kernel.progress import Context
    from steward_app.kernel.receipt import Receipt


def _seal(catalog: Catalog, done: Receipt, context: Context) -> tuple[Finding, ...]:
    """Seal what an operation added to the audit log."""
    from steward_app.services.audit.guard import own_seals

    return own_seals.after_operation(catalog, done, context)


afterwards.PARTICIPANTS = (_seal,)
