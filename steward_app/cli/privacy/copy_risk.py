"""How easily somebody is found in a copy, as it was measured when the copy was made, on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from steward_app.cli.output import Printer
    from steward_app.services.privacy.anonymize.model import CopyRisk


def print_risks(out: Printer, risks: Sequence[CopyRisk]) -> None:
    """A line for each table about persons."""
    out.heading("How easily somebody is found")
    for each in risks:
        out.line(each.sentence, indent=2)
    if not risks:
        out.line("Not measured: no table was known to be about persons when it was made.", indent=2)
