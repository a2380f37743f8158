"""`steward privacy scan` and `samples`: which columns are personal and why, and what stands in one, masked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from steward_app.cli.keeping import keeping
from steward_app.cli.options import AsJson, Database
from steward_app.cli.output import Printer, found, show
from steward_app.cli.privacy.counted import columns_and_places
from steward_app.cli.privacy.group import app
from steward_app.cli.progress import work
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import plural, quoted

if TYPE_CHECKING:
    from steward_app.services.privacy.discover.model import ColumnScan, Scan
    from steward_app.services.privacy.model import Place

_REASONS = 2  # told of one column
_SAME = 20


@dataclass(frozen=True, slots=True)
class ColumnSamples:
    """Some values of a column, or of a path in its JSON.

    Attributes:
        id: of the column, as `steward privacy scan` lists it.
        masked: letters and digits are dots.
        values: different ones, shortened.
        noted: the journal says which column was shown, to whom and when.
    """

    id: str
    masked: bool
    values: tuple[str, ...]
    noted: bool


@app.command("scan")
def scan_database(
    database: Database,
    full: Annotated[
        bool, typer.Option("--full", help="Look at every cell, not at a sample of large tables.")
    ] = False,
    table: Annotated[
        list[str] | None,
        typer.Option(metavar="TABLE", help="Read this table alone; may be given more than once."),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Read every table, also those that have not changed since.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Find the columns with personal data, and say why. The file is not changed, and nothing leaves the computer.

    Exit code 1: a part of the file cannot be read.
    """
    from steward_app.services.privacy.discover.scan import scan

    with keeping(database) as catalog:
        seen = work(
            f"Scanning {database.name}",
            lambda context: scan(
                database, context, full=full, tables=table or None, catalog=catalog, again=again
            ),
        )
    show("privacy-scan", seen, as_json=as_json, human=lambda out: _print(out, seen))
    found(sum(each.unreadable for each in seen.not_looked_at))


@app.command("samples")
def show_samples(
    database: Database,
    column: Annotated[
        str,
        typer.Argument(
            metavar="COLUMN",
            help="As the scan lists it: table.column, or table.column:$.path inside its JSON.",
            show_default=False,
        ),
    ],
    reveal: Annotated[
        bool,
        typer.Option("--reveal", help="Show values as they are. The journal notes which column, and who."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show some values of a column, with dots for letters and digits."""
    from steward_app.services.privacy.classify.quasi import known_of
    from steward_app.services.privacy.discover.samples import samples
    from steward_app.services.privacy.model import parse_place, place_id

    try:
        place = parse_place(column)
    except ValueError:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"{quoted(column)} names no column.",
            hint="Write table.column, or table.column:$.path. “steward privacy scan” lists them.",
        ) from None
    with keeping(database) as catalog:
        kind = known_of(database, catalog).of(place.table).get(place.column, "")
        found = work(
            f"Reading {database.name}",
            lambda context: samples(database, place, context, reveal=reveal, catalog=catalog, kind=kind),
        )
    told = ColumnSamples(place_id(found.place), found.masked, found.values, noted=not found.masked)
    show("privacy-samples", told, as_json=as_json, human=lambda out: _print_samples(out, told))


def _print(out: Printer, found: Scan) -> None:
    from steward_app.services.privacy.discover.model import Verdict

    by_verdict = {verdict: [each for each in found.columns if each.verdict is verdict] for verdict in Verdict}
    personal, unknown = by_verdict[Verdict.PERSONAL], by_verdict[Verdict.UNKNOWN]
    every = columns_and_places(each.place for each in found.columns)
    told = f"Of {every}, {len(personal):,} {_are(personal)} about a person"
    if any(each.place.path for each in personal):
        told += f": {columns_and_places(each.place for each in personal)}"
    out.line(f"{told}.")
    if unknown:
        waiting = "waits" if len(unknown) == 1 else "wait"
        out.line(f"{len(unknown):,} {waiting} for your decision: the values do not tell.")
    if personal:
        out.heading("About a person")
        out.table(("Column", "Looks like", "Confidence", "Why"), map(_row, personal))
    if unknown:
        out.heading("To decide")
        out.table(("Column", "Looks like", "Confidence", "Why"), map(_row, unknown))
    if found.same_values:
        out.heading("The same values, without a foreign key")
        out.table(
            ("Column", "Stands in", "Of its values"),
            [
                (_id(each.child), _and_how(_id(each.parent), each.written), f"{100 * each.share:.0f} %")
                for each in found.same_values[:_SAME]
            ],
        )
    if found.in_schema:
        out.heading("Named in the text of the schema")
        for named in found.in_schema:
            told = f"The {named.type} {quoted(named.name)} holds a value of {quoted(_id(named.place))}."
            out.line(told, indent=2)
    if found.not_looked_at:
        out.heading("Not looked at")
        for left_out in found.not_looked_at:
            name = f"{left_out.table}.{left_out.column}" if left_out.column else left_out.table
            out.line(f"{quoted(name)}: {left_out.why}", indent=2)
    out.line()
    unreadable = {each.table for each in found.not_looked_at if each.unreadable}
    if unreadable:
        out.line(
            f"{plural(len(unreadable), 'table')} could not be read whole: personal data may stand there."
            " “steward schema check” says what is damaged."
        )
    for sentence in _how(found):
        out.line(sentence)


def _row(column: ColumnScan) -> tuple[str, ...]:
    from steward_app.services.privacy.kinds import kinds

    kind = kinds().get(column.kind)
    reasons = [each.sentence for each in column.evidence if each.strength > 0][:_REASONS]
    return (column.id, kind.title if kind else "", f"{100 * column.confidence:.0f} %", "; ".join(reasons))


def _and_how(parent: str, written: str) -> str:
    return f"{parent}, {written}" if written else parent


def _id(place: Place) -> str:
    from steward_app.services.privacy.model import place_id

    return place_id(place)


def _how(found: Scan) -> Sequence[str]:
    """How it was looked at, and what that can miss."""
    told = [f"{found.cells:,} cells were read in {found.seconds:,.1f} seconds; the file is as it was."]
    sampled = [each for each in found.columns if each.missed_at_most]
    if sampled:
        tables = len({each.place.table for each in sampled})
        most = max(each.missed_at_most for each in sampled)
        told.append(
            f"{plural(tables, 'table is', 'tables are')} large: of {'its' if tables == 1 else 'their'} rows, some"
            f" drawn by chance were read. With 95 % confidence at most {100 * most:.2f} % of the rows of a column hold"
            " something that none of them had. --full reads every row."
        )
    kept = len(found.tables) - len(found.again)
    if found.unsure:
        told.append(
            f"{plural(len(found.unsure), 'table')} may be as before and {_were(found.unsure)} read again: only the"
            " log of an audited table tells what changed."
        )
    if kept > 0:
        told.append(
            f"{plural(kept, 'table')} had not changed and stayed as in the scan before. --again reads all."
        )
    return told


def _are(several: Sequence[object]) -> str:
    return "is" if len(several) == 1 else "are"


def _were(several: Sequence[str]) -> str:
    return "was" if len(several) == 1 else "were"


def _print_samples(out: Printer, found: ColumnSamples) -> None:
    if not found.values:
        out.line("There is no value in it.")
    for value in found.values:
        out.line(value)
    if found.noted:
        out.line()
        out.line(
            "The journal notes that values of this column were shown, to whom and when; it holds none of them."
        )
    elif found.values:
        out.line()
        out.line("Letters and digits are dots. --reveal shows the values, and the journal notes that it did.")
