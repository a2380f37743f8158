"""`steward privacy residue`: original values that are left in a copy, or in a file that was changed in place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from steward_app.cli.options import AsJson
from steward_app.cli.output import Printer, found, show
from steward_app.cli.privacy.group import app
from steward_app.cli.progress import work
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted

if TYPE_CHECKING:
    from steward_app.services.privacy.model import Place
    from steward_app.services.privacy.residue.model import ResidueReport, Searched

_Places = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="PLACE",
        help="Look for the values of this column, TABLE.COLUMN or TABLE.COLUMN:JSONPATH; again for each.",
        show_default=False,
    ),
]


@dataclass(frozen=True, slots=True)
class ResidueItem:
    """Original values found in one part of the file. Never the values.

    Attributes:
        where: "cell", "index", "full_text", "packed", "hashed", "statistics", "schema", "gap", "freeblock",
            "freelist", "overflow", "unreached", "reserved", "superseded", "wal", "journal" or "shm".
        file: the database or a side file of it.
        name: of the table, index or schema object, or "".
        hits, values: how often, and how many different ones.
        pages, frames: the first of them.
        path: in the JSON of the column, where that is known.
    """

    id: str
    where: str
    file: str
    name: str
    column: str
    hits: int
    values: int
    pages: tuple[int, ...]
    frames: tuple[int, ...]
    path: str = ""


@dataclass(frozen=True, slots=True)
class ResidueOriginals:
    """A place whose values were looked for: how many, how many as whole cells of it only, how many not at all."""

    place: str
    values: int
    as_cells: int
    not_searched: int


@dataclass(frozen=True, slots=True)
class ResidueAllowed:
    """Where originals stand with permission. `index`: the place is what the index of that name computes, else ""."""

    place: str
    reason: str
    hits: int
    index: str


@dataclass(frozen=True, slots=True)
class ResiduePart:
    """What was searched."""

    what: str
    bytes: int


@dataclass(frozen=True, slots=True)
class ResidueGap:
    """What was not searched, and why; 0 where it is not counted."""

    what: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class ResidueDocument:
    """The result of a residue scan.

    Attributes:
        values: how many different original values were looked for.
        hits: how often they were found.
        chance: how often they are part of longer words that rows of the file hold.
    """

    copy: str
    of: str
    result: str
    values: int
    hits: int
    chance: int
    items: tuple[ResidueItem, ...]
    allowed: tuple[ResidueAllowed, ...]
    originals: tuple[ResidueOriginals, ...]
    searched: tuple[ResiduePart, ...]
    not_searched: tuple[ResidueGap, ...]


@app.command()
def residue(
    copy: Annotated[
        Path,
        typer.Argument(metavar="COPY", help="The file that is searched.", show_default=False, readable=False),
    ],
    of: Annotated[
        Path,
        typer.Option("--of", metavar="DATABASE", help="The original.", show_default=False, readable=False),
    ],
    rules: Annotated[
        str,
        typer.Option(
            "--rules",
            metavar="NAME",
            help="Look for all that these rules of the policy change; without, those it was made by.",
            show_default=False,
        ),
    ] = "",
    column: _Places = None,
    allow: Annotated[
        list[str] | None,
        typer.Option(
            "--allow",
            metavar="PLACE",
            help="Original values may stand in this column; again for each.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Look for original values that are left in a copy: in rows, full-text indexes, free pages, gaps, journals.

    Without --rules and --column, what the rules changed that the copy was made by, as the register knows them. The exit
    code is 1 when any is found.
    """
    if rules and column:
        raise _which()
    allowed = [_place("--allow", each) for each in allow or ()]
    columns = [_place("--column", each) for each in column or ()]

    def call(context: Context) -> ResidueReport:
        from steward_app.services.privacy.residue.search import search

        places = _of_columns(columns) if columns else _of_rules(of, copy, rules, context)
        return search(copy, of, _also(places, allowed), context)

    report = work(f"Searching {quoted(copy.name)}", call)
    show(
        "privacy-residue", _document(copy, of, report), as_json=as_json, human=lambda out: _print(out, report)
    )
    found(report.hits)


def _of_columns(places: list[Place]) -> tuple[Searched, ...]:
    from steward_app.services.privacy.residue.model import Searched

    return tuple(Searched(place, key=not place.path) for place in places)


def _of_rules(of: Path, copy: Path, name: str, context: Context) -> tuple[Searched, ...]:
    """The columns that rules change: those of the policy with that name, else those of the register."""
    from steward_app.catalog import open_catalog
    from steward_app.services.privacy.anonymize.searching import searched
    from steward_app.services.privacy.report.known import known, transforming

    with open_catalog() as catalog:
        found = known(catalog, of, copy, name, context).rules
    if found is None:
        raise _which()
    with transforming(of, found, None, context) as (session, schema, transforms):
        return searched(session, schema, transforms)


def _which() -> UsageError:
    return UsageError(
        ErrorCode.BAD_REQUEST,
        "Which values?",
        hint="Give --rules with a name, or --column for each column.",
    )


def _also(places: tuple[Searched, ...], allowed: list[Place]) -> list[Searched]:
    from dataclasses import replace

    from steward_app.services.privacy.residue.model import Permitted

    more = tuple(Permitted(place, "allowed on the command line") for place in allowed)
    return [replace(each, permitted=each.permitted + more) for each in places]


def _place(option: str, text: str) -> Place:
    from steward_app.services.privacy.json_steps import path_steps
    from steward_app.services.privacy.model import parse_place

    try:
        place = parse_place(text)
        path_steps(place.path or "$")
        return place
    except ValueError:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"{option} does not know {quoted(text)}.",
            hint="It takes TABLE.COLUMN, or TABLE.COLUMN:JSONPATH. A dot in a name is written \\.",
        ) from None


def _document(copy: Path, of: Path, report: ResidueReport) -> ResidueDocument:
    from steward_app.services.privacy.model import place_id
    from steward_app.services.privacy.residue.model import sentence

    return ResidueDocument(
        str(copy), str(of), sentence(report), report.values, report.hits, report.chance,
        tuple(
            ResidueItem(
                f"{each.where}:{each.file}:{each.name}:{each.part}", str(each.where), each.file, each.name,
                each.column, each.hits, each.values, each.pages, each.frames, each.path,
            )
            for each in report.found
        ),
        tuple(ResidueAllowed(place_id(each.place), each.reason, each.hits, each.index) for each in report.allowed),
        tuple(
            ResidueOriginals(place_id(each.place), each.values, each.as_cells, each.not_searched)
            for each in report.originals
        ),
        tuple(ResiduePart(each.what, each.bytes) for each in report.searched),
        tuple(ResidueGap(each.what, each.reason, each.count) for each in report.not_searched),
    )  # fmt: skip


def _print(out: Printer, report: ResidueReport) -> None:
    from steward_app.services.privacy.residue.model import WORDS, sentence

    out.line(sentence(report), style="" if report.is_clean else "bold")
    if report.found:
        out.table(
            ("Where", "File", "Of", "Column", "Times", "Values", "First pages"),
            [
                (
                    WORDS[each.where],
                    each.file,
                    each.name,
                    each.part,
                    each.hits,
                    each.values,
                    _few(each.pages),
                )
                for each in report.found
            ],
        )
    if report.allowed:
        out.heading("With permission")
        out.table(
            ("Where", "Why", "Times"),
            [(each.words, each.reason, each.hits) for each in report.allowed],
        )
    if report.chance:
        out.line()
        out.line(
            f"{report.chance:,} more are parts of longer words, or words in another case, that rows hold."
        )
    out.heading("Searched")
    out.facts((each.what, f"{each.bytes:,} bytes") for each in report.searched)
    out.heading("Not searched")
    for gap in report.not_searched:
        out.line(f"{gap.what}{f' ({gap.count:,})' if gap.count else ''}: {gap.reason}", indent=2)


def _few(numbers: tuple[int, ...]) -> str:
    shown = ", ".join(map(str, numbers[:5]))
    return f"{shown}, ..." if len(numbers) > 5 else shown
