"""`steward privacy frontier`: ways to coarsen the columns of a table, and which of them no other beats."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from steward_app.cli.options import AsJson, Database
from steward_app.cli.output import Printer, show
from steward_app.cli.privacy.asked import CountRows, Person, Sensitive, refuse_both, refuse_without_sensitive
from steward_app.cli.privacy.group import app
from steward_app.cli.progress import work
from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted

if TYPE_CHECKING:
    from steward_app.cli.privacy.risk_documents import FrontierDocument
    from steward_app.services.privacy.hierarchies import Hierarchy
    from steward_app.services.privacy.risk import Asked, Frontier, Node


@app.command()
def frontier(
    database: Database,
    table: Annotated[
        str, typer.Argument(metavar="TABLE", help="Whose rows are the records.", show_default=False)
    ],
    by: Annotated[
        list[str],
        typer.Option(
            "--by",
            metavar="COLUMN",
            help="By which somebody could be found; again for each.",
            show_default=False,
        ),
    ],
    hierarchy: Annotated[
        list[str] | None,
        typer.Option(
            "--hierarchy",
            metavar="COLUMN=FILE",
            help="Coarser values of a column, as ARX writes them; one is made from its values without it.",
        ),
    ] = None,
    k: Annotated[
        int, typer.Option("--k", metavar="NUMBER", help="Every group has at least so many records.", min=1)
    ] = 5,
    sensitive: Sensitive = None,
    person: Person = None,
    count_rows: CountRows = False,
    diversity: Annotated[
        int,
        typer.Option(
            "--l",
            metavar="NUMBER",
            help="Every group has at least so many values of each --sensitive column.",
            min=1,
        ),
    ] = 1,
    closeness: Annotated[
        float,
        typer.Option(
            "--t",
            metavar="DISTANCE",
            help="The shares of these values in a group are at most that far from the whole, 0 to 1.",
            min=0,
            max=1,
        ),
    ] = 1.0,
    left_out: Annotated[
        float,
        typer.Option(
            "--left-out", metavar="SHARE", help="Records that may be left out, from 0 to 1.", min=0, max=1
        ),
    ] = 0.02,
    take: Annotated[
        str,
        typer.Option(
            "--take",
            metavar="RULES",
            help="Write the chosen way into these rules of the policy, with what was asked as the limits of the table.",
            show_default=False,
        ),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Try all ways to coarsen columns, and show how much each risk leaves of what they say.

    Where it was found or decided whose row each is, groups count persons; --person says it, and --count-rows
    counts rows all the same.

    The way that keeps most with groups of at least --k records, and --l and --t where they are asked for, is given as
    rules of a copy, too.
    """
    from steward_app.catalog import open_catalog
    from steward_app.cli.privacy.risk_documents import frontier_document
    from steward_app.db import open_read
    from steward_app.services.privacy.anonymize.made_by import known_here
    from steward_app.services.privacy.anonymize.measuring import whose_rows
    from steward_app.services.privacy.classify.quasi import known_of
    from steward_app.services.privacy.risk import Asked, Question, divide, search
    from steward_app.services.privacy.risk import frontier as try_all
    from steward_app.services.schema import read_schema

    refuse_both(person, count_rows=count_rows)
    hierarchies = _hierarchies(hierarchy or (), by)
    asked = Asked(k, diversity, closeness)
    if not sensitive:
        refuse_without_sensitive(diversity, closeness)

    def call(context: Context) -> FrontierDocument:
        with open_catalog() as catalog:
            here, kinds = known_here(catalog, database, context), known_of(database, catalog).of(table)
        whose = tuple(person or ())
        if not person and not count_rows:
            with open_read(database, context) as session, session.snapshot(), session.under(context):
                whose = whose_rows(session, read_schema(session, context), table, here.what, here.made_by)
        question = Question(table, tuple(by), tuple(sensitive or ()), whose)
        ways = try_all(database, question, context, hierarchies, kinds, asked)
        chosen = search(ways.space, asked, left_out, context)
        tuples, many = ways.space.tuples, len(question.sensitive)
        groups = divide(tuples, asked, context, sensitive=many, whose=ways.space.whose)
        points = ways.points(left_out)
        written = _take(database, take, ways, chosen, left_out) if take else ""
        return frontier_document(ways, points, chosen, groups.kept if groups else None, whose, written)

    result = work(f"Trying ways to coarsen {quoted(table)}", call)
    show("privacy-frontier", result, as_json=as_json, human=lambda out: _print(out, result, asked))


def _take(path: Path, name: str, ways: Frontier, chosen: Node | None, left_out: float) -> str:
    """Write the chosen way into rules of the policy; the policy."""
    from dataclasses import replace

    from steward_app.services.privacy.risk.take import taken
    from steward_app.services.privacy.transform.policy import release_rules, write_rules

    rules = release_rules(path, name)
    if chosen is None:
        raise Refused(
            ErrorCode.NOT_ALLOWED,
            f"No way of {quoted(ways.table)} reaches what was asked, so none can be taken.",
            hint="Nothing was written. Ask for less, or let more be left out: --left-out.",
        )
    rules = taken(rules, ways, chosen)
    own = replace(rules.table_limits[ways.table], left_out=left_out)
    return str(write_rules(path, rules.with_limits(ways.table, own)))


def _hierarchies(said: list[str] | tuple[str, ...], by: list[str]) -> dict[str, Hierarchy]:
    from steward_app.services.privacy.hierarchies import from_file

    found: dict[str, Hierarchy] = {}
    for each in said:
        column, sign, file = each.partition("=")
        if not sign or column not in by:
            raise UsageError(
                ErrorCode.BAD_REQUEST,
                f"--hierarchy does not name a column of --by: {quoted(each)}.",
                hint="Write the column, = and the file: postcode=postcodes.csv.",
            )
        try:
            found[column] = from_file(file, Path())
        except ValueError as error:
            raise UsageError(ErrorCode.BAD_REQUEST, f"A hierarchy cannot be used: {error}.") from None
    return found


def _print(out: Printer, result: FrontierDocument, asked: Asked) -> None:
    if not result.records:
        out.line(f"{quoted(result.table)} has no records: there is nobody to measure.")
        return
    out.line(
        f"{plural(result.tried, 'way')} tried on {plural(result.records, 'record')} of {result.table}, "
        f"in {result.seconds:.1f} s."
    )
    if result.persons:
        out.line(f"Groups count persons, by {', '.join(result.persons)}.")
    if result.skipped:
        out.line(
            f"{plural(result.skipped, 'level')} between were not tried: there are too many ways together."
        )
    columns = [level.column for level in result.items[0].levels] if result.items else []
    told = bool(result.items) and result.items[0].diversity is not None
    out.table(
        ("k", "Risk at most", *(("l", "t") if told else ()), "Kept", "Left out", *columns),
        [
            (
                way.k,
                _share(way.risk),
                *((way.diversity, f"{way.closeness or 0:.3f}") if told else ()),
                _share(way.kept),
                way.left_out,
                *(f"{level.level} of {level.top}" for level in way.levels),
            )
            for way in result.items
        ],
    )
    if result.chosen is None:
        out.line(f"No way makes groups of {_of(asked)} without leaving out more.")
        return
    out.heading(f"Groups of at least {_of(asked)}")
    out.line(
        f"Keeps {_share(result.chosen.kept)}; {plural(result.chosen.left_out, 'record')} left out. "
        f"The smallest group has {result.chosen.k}."
    )
    if result.mondrian is not None:
        out.line(f"Groups with ranges of their own (Mondrian) would keep {_share(result.mondrian)}.")
    out.table(
        ("Column", "Technique", "Level"),
        [(rule.id, rule.technique, str(rule.options.get("level", ""))) for rule in result.rules],
    )
    if result.written:
        out.line(
            f"Written into {quoted(result.written, 200)}: “steward privacy anonymize” makes a copy by it."
        )


def _share(share: float) -> str:
    return f"{100 * share:.3g} %"


def _of(asked: Asked) -> str:
    """What a group must be, in words: "5, with 2 values and t of 0.3 at most"."""
    said = []
    if asked.diversity > 1:
        said.append(f"{asked.diversity} values of each sensitive column")
    if asked.closeness < 1:
        said.append(f"t of {asked.closeness:g} at most")
    return f"{asked.k}{', with ' if said else ''}{' and '.join(said)}"
