"""`steward tour`: what a steward does with the program, done once on the sample, with a report of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from steward_app.cli.frame import single
from steward_app.cli.options import AsJson
from steward_app.cli.output import Printer, show
from steward_app.cli.progress import work
from steward_app.kernel.text import quoted
from steward_app.storage import home

if TYPE_CHECKING:
    from steward_app.services.tour import TourSummary

app = single()


@app.command()
def tour(
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            metavar="DIR",
            help="Where everything goes; an earlier tour there is replaced.",
            readable=False,
        ),
    ] = Path("out"),
    as_json: AsJson = False,
) -> None:
    """Take a tour of the program on the sample database, without a window, and write a report of it.

    The sample is built, mapped, checked, guarded by a proven restore point, restored to a new file and compared. The
    report, with pictures of the window, is DIR/index.html. The tour keeps its own catalog in DIR/home, unless
    STEWARD_HOME names another.
    """
    from steward_app.services.tour import take_tour

    directory = home() if os.environ.get("STEWARD_HOME") else None
    summary = work(
        f"Taking the tour in {quoted(out.name)}", lambda context: take_tour(out, context, directory=directory)
    )
    show("tour", summary, as_json=as_json, human=lambda printer: _print(printer, summary))


def _print(out: Printer, tour: TourSummary) -> None:
    out.table(
        ("What was done", "What came of it", "Seconds"),
        [(station.title, station.outcome, round(station.seconds, 1)) for station in tour.stations],
    )
    chain = "holds" if tour.journal_holds else "is broken"
    out.line(f"The journal has {tour.journal_events} events; its chain {chain}.")
    out.line()
    out.line(f"The report is in {tour.report}")
