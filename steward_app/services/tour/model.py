"""What the tour did, as values."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from steward_app.kernel.finding import Severity
from steward_app.kernel.plan import Check


@dataclass(frozen=True, slots=True)
class Station:
    """One thing the tour did.

    Attributes:
        title: what was done: "Make a restore point".
        outcome: what came of it, a sentence with the numbers.
        seconds: how long it took.
    """

    title: str
    outcome: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of one page of the window.

    Attributes:
        page: id of the page, as in the window.
        dark: whether the page is in the dark palette.
    """

    path: Path
    page: str
    dark: bool


@dataclass(frozen=True, slots=True)
class FindingCount:
    """How many findings of one severity the check gave."""

    severity: Severity
    count: int


@dataclass(frozen=True, slots=True)
class TourSummary:
    """What the tour made, and where.

    Attributes:
        report: the page to open in a browser.
        sample: the sample database.
        diagram: its tables and links, drawn.
        restored: the file that was restored from the restore point.
        store: the encrypted backup store that was made.
        drilled: whether the point in the store was brought back from it and found to be right.
        home: the folder with the tour's own catalog, restore point included.
        point: id of the restore point.
        point_state: how far the restore point was looked into.
        compared: whether the restored file holds what the sample holds.
        findings: what the check found, by severity.
        broken_rows: rows that break a rule of the sample, a row counted once for each rule it breaks.
        journal_events: events in the journal, when its chain was recomputed.
        journal_holds: whether the chain holds.
        pictures: pictures of the window; none where it could not be shown.
        no_pictures: why pictures are missing, or "".
        stations: everything that was done, in order.
    """

    report: Path
    sample: Path
    diagram: Path
    restored: Path
    store: Path
    drilled: bool
    home: Path
    point: str
    point_state: str
    compared: Check
    findings: tuple[FindingCount, ...]
    broken_rows: int
    journal_events: int
    journal_holds: bool
    pictures: tuple[Picture, ...]
    no_pictures: str
    stations: tuple[Station, ...]
