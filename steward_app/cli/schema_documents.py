"""The documents of `steward schema` that no service has. Apart from the commands, since their types must be loaded."""

from __future__ import annotations

from dataclasses import dataclass

from steward_app.kernel.finding import Finding
from steward_app.services.schema.check import CheckedConstraint


@dataclass(frozen=True, slots=True)
class CheckDocument:
    """A check for scripts.

    Attributes:
        integrity: "ok", "damaged" or "not checked".
        complete: False when it was stopped before its end.
        items: the findings, worst first.
        constraints: every constraint with its state.
    """

    database: str
    integrity: str
    complete: bool
    started_at: str
    finished_at: str
    items: tuple[Finding, ...]
    constraints: tuple[CheckedConstraint, ...]
