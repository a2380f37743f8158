"""The documents of what leaves the log. Apart from the commands, since their types must be loaded."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Retention:
    """How long changes stay in the audit log.

    Attributes:
        keep_days: days; null where nobody has decided.
    """

    path: str
    keep_days: int | None
