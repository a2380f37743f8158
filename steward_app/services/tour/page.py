"""The report of the tour: one HTML page beside the files it speaks of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from steward_app.catalog.chain import Verification
from steward_app.catalog.journal import Event
from steward_app.kernel.receipt import Receipt
from steward_app.services import report as reports
from steward_app.services.backup import Point, Verdict
from steward_app.services.backup.drills import Drill
from steward_app.services.schema.check import CheckReport, ConstraintState
from steward_app.services.schema.model import Schema
from steward_app.services.tour.model import Picture, TourSummary
from steward_app.services.tour.place import Place
from steward_app.storage import write_whole


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything the report tells."""

    summary: TourSummary
    schema: Schema
    check: CheckReport
    point: Point
    verdict: Verdict
    restored: Receipt
    drill: Drill
    events: Sequence[Event]
    journal: Verification


@dataclass(frozen=True, slots=True)
class _Pair:
    """The pictures of one page; `dark` is "" when that one could not be taken."""

    title: str
    light: str
    dark: str


def write_page(place: Place, seen: Seen) -> None:
    """Write index.html, whole or not at all. Links in it lead to files of the same folder."""
    states = {state.value: seen.check.count(state) for state in ConstraintState}
    page = reports.render(
        "tour.html",
        seen=seen,
        place=place,
        pairs=_pairs(seen.summary.pictures, place.folder),
        states={state: count for state, count in states.items() if count},
        ladder=_ladder(seen.verdict),
        seconds=sum(station.seconds for station in seen.summary.stations),
    )
    write_whole(place.report, page.encode("utf-8", "replace"))


def _pairs(pictures: Sequence[Picture], folder: Path) -> list[_Pair]:
    order = list(dict.fromkeys(picture.page for picture in pictures))
    in_order = sorted(pictures, key=lambda picture: order.index(picture.page))
    pairs = []
    for page, group in groupby(in_order, key=lambda picture: picture.page):
        paths = {picture.dark: picture.path.relative_to(folder).as_posix() for picture in group}
        title = page.replace("_", " ").capitalize()
        pairs.append(_Pair(title, paths.get(False, ""), paths.get(True, "")))
    return pairs


def _ladder(verdict: Verdict) -> list[tuple[str, str, bool]]:
    """The steps a restore point climbs, what each means, and whether it did."""
    steps = {
        "taken": "a copy of the whole file, of one moment",
        "checked": "every byte and every row of the copy was read and is what the database holds",
        "proven": "it was restored to scratch and compared",
    }
    reached = list(steps).index(verdict.state.value) if verdict.state.value in steps else -1
    return [(step, meaning, number <= reached) for number, (step, meaning) in enumerate(steps.items())]
