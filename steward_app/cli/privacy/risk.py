"""`steward privacy risk` and `frontier`: how easily somebody is found in a table, and what coarsening would do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from steward_app.cli.options import AsJson, Database
from steward_app.cli.output import Printer, found, show
from steward_app.cli.privacy.asked import CountRows, Person, Sensitive, refuse_both, refuse_without_sensitive
from steward_app.cli.privacy.group import app
from steward_app.cli.progress import work
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted

if TYPE_CHECKING:
    from steward_app.cli.privacy.risk_documents import RiskItem
    from steward_app.services.privacy.classify.quasi import Known
    from steward_app.services.privacy.risk import Question
    from steward_app.services.privacy.risk.telling import Telling
    from steward_app.services.privacy.rules import ReleaseRules

_By = Annotated[
    list[str] | None,
    typer.Option(
        "--by",
        metavar="COLUMN",
        help="By which somebody could be found; again for each. TABLE.COLUMN goes up a foreign key.",
        show_default=False,
    ),
]


@app.command()
def risk(
    database: Database,
    table: Annotated[
        str, typer.Argument(metavar="TABLE", help="Whose rows are the records; all tables without it.")
    ] = "",
    by: _By = None,
    sensitive: Sensitive = None,
    person: Person = None,
    count_rows: CountRows = False,
    population: Annotated[
        str,
        typer.Option("--population", metavar="TABLE", help="The larger group that the table is a part of."),
    ] = "",
    population_file: Annotated[
        Path | None,
        typer.Option(
            "--population-file", metavar="FILE", help="The database of the population.", readable=False
        ),
    ] = None,
    population_by: Annotated[
        list[str] | None,
        typer.Option("--population-by", metavar="COLUMN", help="Its columns, in the order of --by."),
    ] = None,
    threshold: Annotated[
        float,
        typer.Option(
            "--threshold", metavar="CHANCE", help="Above this chance a record is at risk.", min=0, max=1
        ),
    ] = 0.2,
    k: Annotated[
        int,
        typer.Option("--k", metavar="NUMBER", help="Exit code 1 when a group is smaller than this.", min=1),
    ] = 1,
    diversity: Annotated[
        int,
        typer.Option(
            "--l",
            metavar="NUMBER",
            help="Exit code 1 when a group has fewer values of a sensitive column.",
            min=1,
        ),
    ] = 1,
    closeness: Annotated[
        float,
        typer.Option(
            "--t",
            metavar="DISTANCE",
            help="Exit code 1 when a group is farther than this from the whole, 0 to 1.",
            min=0,
            max=1,
        ),
    ] = 1.0,
    rows: Annotated[
        int,
        typer.Option(
            "--rows",
            metavar="NUMBER",
            help="Name so many rows of the smallest groups, by their keys.",
            min=0,
        ),
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Measure how easily somebody is found in a table: k, l, t, and the chances of three attackers.

    Without --by, columns are taken that are classified as identifying with others, or that divide the rows finely. Of
    a copy that was made here the classification of its original counts, with what its rules say is known to others,
    and no column is taken that was made up.

    Where it was found or decided whose row each is, groups count persons; --person says it, and --count-rows counts
    rows all the same.
    """
    from steward_app.catalog import open_catalog
    from steward_app.cli.privacy.risk_documents import risk_item
    from steward_app.services.privacy.anonymize.made_by import known_here
    from steward_app.services.privacy.risk import Population, Question, measure, smallest_rows

    if (population_file or population_by) and not population:
        raise UsageError(ErrorCode.BAD_REQUEST, "Name the table of the population with --population.")
    if not table and (by or sensitive or person or population):
        raise UsageError(ErrorCode.BAD_REQUEST, "Name the table that the columns belong to.")

    refuse_both(person, count_rows=count_rows)

    def call(context: Context) -> list[RiskItem]:
        with open_catalog() as catalog:
            here = known_here(catalog, database, context)
            what, made_by = here.what, here.made_by
        if by:
            of = Population(population, population_file, tuple(population_by or ())) if population else None
            questions = [
                Question(table, tuple(by), tuple(sensitive or ()), tuple(person or ()), of, threshold)
            ]
        else:
            questions = _suggested(database, table, threshold, what, made_by, context)
        if questions and not any(question.sensitive for question in questions):
            refuse_without_sensitive(diversity, closeness)
        if not person and not count_rows:
            questions = list(_in_persons(database, questions, what, made_by, context))
        return [
            risk_item(
                measure(database, question, context),
                question.person,
                suggested=not by,
                smallest=smallest_rows(database, question, context, below=k if k > 1 else 0, limit=rows)
                if rows
                else None,
                telling=_telling(database, question, what, made_by, context),
            )
            for question in questions
        ]

    items = work(f"Measuring the risk in {quoted(database.name)}", call)
    show("privacy-risk", items, as_json=as_json, human=lambda out: _print(out, items))
    found(sum(0 < item.k < k or _tells(item, diversity, closeness) for item in items))


def _tells(item: RiskItem, diversity: int, closeness: float) -> bool:
    """Whether a group gives away more of a sensitive column than l and t allow."""
    return any(
        (diversity > 1 and each.l_distinct < diversity) or each.t > closeness + 1e-9
        for each in item.sensitive
        if item.records
    )


def _in_persons(
    database: Path, questions: list[Question], what: Known, made_by: ReleaseRules | None, context: Context
) -> Iterator[Question]:
    """Let groups count persons, where it is known whose row each is."""
    from steward_app.db import open_read
    from steward_app.services.privacy.anonymize.measuring import whose_rows
    from steward_app.services.privacy.reach import known_table
    from steward_app.services.schema import read_schema

    with open_read(database, context) as session, session.snapshot(), session.under(context):
        schema = read_schema(session, context)
        for each in questions:
            name = known_table(schema, each.table).name
            led = any(">" in column for column in each.by)
            yield replace(each, person=whose_rows(session, schema, name, what, made_by, led=led))


def _telling(
    database: Path, question: Question, what: Known, made_by: ReleaseRules | None, context: Context
) -> tuple[Telling, ...]:
    """Other columns that tell what the quasi-identifiers do."""
    from steward_app.db import open_read
    from steward_app.services.privacy.classify.quasi import not_by_heart
    from steward_app.services.privacy.reach import known_table
    from steward_app.services.privacy.risk import telling
    from steward_app.services.schema import read_schema

    with open_read(database, context) as session, session.snapshot():
        schema = read_schema(session, context)
        but = not_by_heart(known_table(schema, question.table).name, what, made_by)
        return telling(session, schema, question, but, context)


def _suggested(
    database: Path,
    table: str,
    threshold: float,
    what: Known,
    made_by: ReleaseRules | None,
    context: Context,
) -> list[Question]:
    """What to ask of each table that has something to ask; of one table alone, else of what its rows lead to."""
    from steward_app.db import fold, open_read
    from steward_app.services.privacy.classify.quasi import question
    from steward_app.services.privacy.demands import demands
    from steward_app.services.privacy.risk import Question
    from steward_app.services.schema import TableKind, read_schema

    with open_read(database, context) as session:
        schema = read_schema(session, context)
    names = [table]
    if not table:
        names = [each.name for each in schema.tables if each.kind is TableKind.TABLE and not each.ours]
        said = made_by.quasi_identifiers if made_by else {}
        if what.kinds:  # somebody looked: tables without a person in them tell of nobody
            names = [name for name in names if what.of(name) or name in said]
    asked = [question(database, name, what, context, threshold=threshold, made_by=made_by) for name in names]
    if table and asked == [None] and made_by:
        asked = [
            Question(each.table, each.by, each.told, threshold=threshold)
            for each in demands(schema, made_by)
            if each.led and fold(each.table) == fold(table)
        ] or asked
    if table and asked == [None]:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"No column of {quoted(table)} divides its rows into groups.",
            hint="Name the columns by which somebody could be found with --by.",
        )
    return [each for each in asked if each is not None]


def _print(out: Printer, items: list[RiskItem]) -> None:
    if not items:
        out.line("No table has columns by which somebody could be found.")
    for item in items:
        _print_item(out, item)


def _print_item(out: Printer, item: RiskItem) -> None:
    from steward_app.services.privacy.along import persons_in_words

    unit = "record"
    out.heading(item.id)
    taken = " (suggested)" if item.suggested else ""
    if not item.records:
        out.line(f"By {', '.join(item.by)}{taken}: no records, so there is nobody to measure.")
        return
    out.line(
        f"By {', '.join(item.by)}{taken}: {plural(item.records, unit)} in {plural(item.groups, 'group')}."
    )
    if item.persons:
        by = persons_in_words(item.persons, item.persons_else, ", ".join)
        out.line(
            f"Groups count persons, by {by}; a record is what a person has of one combination."
            " --count-rows counts rows."
        )
    if item.leading_nowhere:
        rows = (
            f"{plural(item.leading_nowhere, 'row')} {'does' if item.leading_nowhere == 1 else 'do'} not count"
        )
        out.line(f"{rows}: they do not lead to all that is asked about in other tables, or to nobody.")
    facts: list[tuple[str, object]] = [
        ("Smallest group (k)", item.k),
        (
            "Alone in their group",
            f"{item.uniques:,}, {_share(item.uniques / item.records)}",
        ),
        ("Who knows they are in it", _chances(item.prosecutor)),
        (f"Above {_share(item.threshold)}", plural(item.prosecutor.records_above, unit)),
        ("Who guesses everybody", f"{_share(item.marketer)} right"),
    ]
    if item.journalist:
        facts.append(("Who knows the population", _chances(item.journalist)))
        facts.append(("Smallest group there", item.k_map or 0))
        facts.append(("Not in the population", plural(item.outside, unit)))
    out.facts(facts, indent=2)
    out.table(
        ("Column", "Values", "k without it", "Alone without it", "Average chance without it"),
        [
            (pull.column, pull.distinct, pull.k_without, pull.uniques_without, _share(pull.average_without))
            for pull in item.columns
        ],
    )
    if item.sensitive:
        out.table(
            ("Sensitive", "Values", "l", "l by entropy", "c, l", "t", "t in order"),
            [
                (
                    each.column,
                    each.distinct,
                    each.l_distinct,
                    f"{each.l_entropy:.2f}",
                    f"{each.c_recursive}, {each.l_distinct}" if each.c_recursive else "",
                    f"{each.t_equal:.3f}",
                    "" if each.t_ordered is None else f"{each.t_ordered:.3f}",
                )
                for each in item.sensitive
            ],
        )
    for each in item.telling:
        out.line(f"Not counted: {quoted(each.column)} {each.how} {quoted(each.of)}.")
    if item.telling:
        out.line(
            "Who knows such a column knows more than was measured: name it with --by where somebody may."
        )
    if item.smallest:
        out.table(("Row", "Group of"), [(row.id, row.group) for row in item.smallest])


def _chances(chances: object) -> str:
    from steward_app.services.privacy.risk.model import Chances

    assert isinstance(chances, Chances)
    return f"{_share(chances.highest)} at most, {_share(chances.average)} on average"


def _share(share: float) -> str:
    return f"{100 * share:.3g} %"
