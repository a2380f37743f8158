"""How easily somebody is found in a copy, as it was measured when the copy was made, on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from steward_app.kernel.text import plural

if TYPE_CHECKING:
    from steward_app.cli.output import Printer
    from steward_app.services.privacy.anonymize.model import CopyRisk


def print_risks(out: Printer, risks: Sequence[CopyRisk]) -> None:
    """A line for each table about persons: what finds most people there."""
    out.heading("How easily somebody is found")
    for table in dict.fromkeys(each.table for each in risks):
        ways = sorted((each for each in risks if each.table == table), key=_worst_first)
        others = plural(len(ways) - 1, "other way was", "other ways were")
        more = f" {others} measured, and none tells more." if len(ways) > 1 else ""
        out.line(ways[0].sentence + more, indent=2)
    if not risks:
        out.line("Not measured: no table was known to be about persons when it was made.", indent=2)


def _worst_first(risk: CopyRisk) -> tuple[bool, bool, int, float]:
    """What was measured and tells something first; then the smallest group, and that most are alone by."""
    return (bool(risk.why_not), not risk.counts, risk.k, -risk.uniques / max(risk.records, 1))
