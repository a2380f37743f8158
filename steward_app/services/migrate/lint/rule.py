"""What a rule of lint says of every place that it finds."""

from __future__ import annotations

from dataclasses import dataclass

from steward_app.kernel.finding import Severity


@dataclass(frozen=True, slots=True)
class Rule:
    """What is said of every place a rule finds.

    Attributes:
        code: its stable name, for scripts and for `-- steward: allows <code>`.
        severity: how much it matters where a place says nothing else.
        why: what happens, in plain words.
        fix: what to do.
    """

    code: str
    severity: Severity
    why: str
    fix: str
