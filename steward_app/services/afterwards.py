"""What follows every operation that changed a database, once it is committed, journalled and its lease given back.

It cannot undo the operation or make it fail: what goes wrong is told with the receipt. Who follows stands on floors
above the pipeline, and is named in `steward_app/services/__init__.py`, and nowhere else.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Protocol

from steward_app.kernel.errors import Cancelled, StewardError
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.storage.log import without_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from steward_app.catalog import Catalog
    from steward_app.kernel.progress import Context
    from steward_app.kernel.receipt import Receipt

_log = logging.getLogger(__name__)


class Participant(Protocol):
    """Does something after an operation, and gives what a steward should know of it."""

    def __call__(self, catalog: Catalog, done: Receipt, context: Context) -> tuple[Finding, ...]: ...


_OUR_FAULT = Finding(
    "fault_afterwards",
    Severity.WARNING,
    "What follows an operation was not done because of a fault in Data Steward",
    Subject("database"),
    detail="The operation itself was carried out. The details are in the log.",
)
PARTICIPANTS: Sequence[Participant] = ()
"""In their order."""


def follow(catalog: Catalog, done: Receipt, context: Context) -> tuple[Finding, ...]:
    """Let each do its part; what they found. Nothing is raised: the operation is done, whatever becomes of the rest."""
    found: list[Finding] = []
    for participant in PARTICIPANTS:
        try:
            found += participant(catalog, done, context)
        except Cancelled:  # asked to stop when the operation was done already: the next time does it
            _log.info("what follows operation %s waits for the next time", done.operation_id)
        except StewardError as error:
            _log.warning("what follows operation %s was not done: %s", done.operation_id, error.code)
        except Exception as error:  # noqa: BLE001  a fault of ours, too, is no reason to call the operation failed
            _log.error("what follows operation %s failed with %s", done.operation_id, without_values(error))
            found.append(_OUR_FAULT)
    return tuple(found)
