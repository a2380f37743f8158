"""What follows every operation that changed a database, once it is committed, journalled and its lease given back.

It cannot undo the operation or make it fail: what goes wrong is told with the receipt. Who follows stands on floors
above the pipeline, and is named in `steward_app/services/__init__.py`, and nowhere else.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Protocol

from steward_app.kernel.errors import StewardError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from steward_app.catalog import Catalog
    from steward_app.kernel.finding import Finding
    from steward_app.kernel.progress import Context
    from steward_app.kernel.receipt import Receipt

_log = logging.getLogger(__name__)


class Participant(Protocol):
    """Does something after an operation, and gives what a steward should know of it."""

    def __call__(self, catalog: Catalog, done: Receipt, context: Context) -> tuple[Finding, ...]: ...


PARTICIPANTS: Sequence[Participant] = ()
"""In their order."""


def follow(catalog: Catalog, done: Receipt, context: Context) -> tuple[Finding, ...]:
    """Let each do its part; what they found."""
    found: list[Finding] = []
    for participant in PARTICIPANTS:
        try:
            found += participant(catalog, done, context)
        except StewardError as error:
            _log.warning("what follows operation %s was not done: %s", done.operation_id, error.code)
    return tuple(found)
