"""The one list of operations that can be undone. A capability that adds one gives it to its own `undoable`."""

from __future__ import annotations

from typing import Any

from steward_app.catalog import Catalog
from steward_app.services import restore
from steward_app.services.audit import recipes
from steward_app.services.audit import undo as changes
from steward_app.services.audit.guard import guarding
from steward_app.services.migrate.adopt.operation import Adopt
from steward_app.services.migrate.registering import Register
from steward_app.services.migrate.run.mend import Baseline, Repair
from steward_app.services.migrate.run.series import Apply
from steward_app.services.operation import Operation
from steward_app.services.privacy.classify import decide as classify


def undoable(catalog: Catalog) -> tuple[Operation[Any], ...]:
    """Every operation that has an inverse, of all capabilities."""
    return (
        *restore.undoable(catalog),
        *changes.undoable(catalog),
        *guarding.undoable(catalog),
        *recipes.undoable(catalog),
        *classify.undoable(),
        Apply(catalog),
        Baseline(),
        Repair(),
        Adopt(),
        Register(catalog),
    )
