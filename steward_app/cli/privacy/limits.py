"""`steward privacy limits`: what the rules of a copy ask of every table, and of single ones otherwise."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from steward_app.cli.options import AsJson, Database
from steward_app.cli.output import Printer, show
from steward_app.cli.privacy.group import app
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted

if TYPE_CHECKING:
    from steward_app.services.privacy.rules import Limits, ReleaseRules


@dataclass(frozen=True, slots=True)
class TableLimits:
    """What is asked of the rows of a table; null where nothing is.

    Attributes:
        id: the table; "" for the limits of all tables.
        k: records of every group at least.
        diversity: different values of each sensitive column in every group at least (l).
        closeness: how far the shares of these values in a group may be from the whole, 0 to 1 (t).
        risk: the highest chance to find a person, 0 to 1.
        left_out: the share of its rows that may stay out of a copy, 0 to 1.
        persons: columns that tell whose row it is, so that groups count persons; [] where they count rows.
        own: it has limits of its own, which count before those of all.
    """

    id: str
    k: int | None
    diversity: int | None
    closeness: float | None
    risk: float | None
    left_out: float | None
    persons: tuple[str, ...]
    own: bool


@dataclass(frozen=True, slots=True)
class LimitsFound:
    """The limits of some rules.

    Attributes:
        written: they were changed, and stand in the policy so.
        items: first those of all tables, then what counts for each table with columns that are known to others.
    """

    database: str
    name: str
    written: bool
    items: tuple[TableLimits, ...]


@app.command("limits")
def change_limits(
    database: Database,
    table: Annotated[
        str,
        typer.Argument(metavar="TABLE", help="Of which the limits are; all tables without it."),
    ] = "",
    rules: Annotated[
        str, typer.Option("--rules", metavar="NAME", help="Which rules of the policy.", show_default=False)
    ] = "",
    k: Annotated[
        int | None,
        typer.Option(
            "--k", metavar="NUMBER", help="Every group has so many records; 1 asks for none.", min=1
        ),
    ] = None,
    diversity: Annotated[
        int | None,
        typer.Option(
            "--l", metavar="NUMBER", help="And so many values of each sensitive column; 1 for none.", min=1
        ),
    ] = None,
    closeness: Annotated[
        float | None,
        typer.Option(
            "--t",
            metavar="DISTANCE",
            help="Whose shares are that near to the whole; 1 for any.",
            min=0,
            max=1,
        ),
    ] = None,
    risk: Annotated[
        float | None,
        typer.Option(
            "--risk", metavar="CHANCE", help="The highest chance to find a person; 1 for any.", min=0, max=1
        ),
    ] = None,
    left_out: Annotated[
        float | None,
        typer.Option(
            "--left-out",
            metavar="SHARE",
            help="Rows that may stay out at most; more stop a copy.",
            min=0,
            max=1,
        ),
    ] = None,
    person: Annotated[
        list[str] | None,
        typer.Option(
            "--person",
            metavar="COLUMN",
            help="Of TABLE: tells whose row it is, so that groups count persons; “” to count rows.",
        ),
    ] = None,
    none: Annotated[
        bool, typer.Option("--none", help="Take the limits away; a table then has those of all.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show or change the limits that a copy must reach, in the policy: rows of groups that do not are left out.

    A limit for all that would empty a table stops a copy, until a limit of its own says what holds for it.
    """
    from steward_app.services.privacy.rules import Limits
    from steward_app.services.privacy.transform.policy import write_rules

    said = Limits(k, diversity, closeness, risk, left_out)
    if none and said != Limits():
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            "--none takes limits away, and others were given.",
            hint="Give one or the other.",
        )
    found = _rules(database, rules)
    if person is not None and not table:
        raise UsageError(ErrorCode.BAD_REQUEST, "Name the table that the columns of --person belong to.")
    whose = tuple(filter(None, person)) if person is not None else None
    if table:
        _require_table(database, table, whose or ())
    changed = _changed(found, table, said, none)
    if whose is not None:
        changed = replace(changed, persons={**changed.persons, table: whose})
    if changed != found:
        write_rules(database, changed)
    result = LimitsFound(
        str(database), found.name, changed != found, _items(_with_persons(database, changed))
    )
    show("privacy-limits", result, as_json=as_json, human=lambda out: _print(out, result))


def _rules(path: Path, name: str) -> ReleaseRules:
    from steward_app.db import locate
    from steward_app.services.privacy.transform.policy import release_names, release_rules

    locate(path)
    names = release_names(path)
    if not names:
        raise UsageError(
            ErrorCode.UNKNOWN_OBJECT,
            f"The policy of {quoted(path.name)} has no rules of a copy.",
            hint="Keep those that are proposed: “steward privacy rules”, with --write and --name.",
        )
    if not name and len(names) > 1:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"The policy of {quoted(path.name)} has several rules: {', '.join(map(quoted, names))}.",
            hint="Name those that are meant with --rules.",
        )
    return release_rules(path, name or names[0])


def _require_table(path: Path, table: str, columns: tuple[str, ...]) -> None:
    from steward_app.db import open_read
    from steward_app.services.privacy.reach import known_table, reach
    from steward_app.services.schema import read_schema

    with open_read(path) as session:
        schema = read_schema(session)
    found = known_table(schema, table)
    missing = None
    for name in columns:
        if ">" in name:
            reach(schema, found, name)
        elif found.column(name) is None:
            missing = missing or name
    if missing is not None:
        raise UsageError(
            ErrorCode.UNKNOWN_OBJECT,
            f"There is no column {quoted(missing)} in {quoted(table)}.",
            hint="Nothing was changed.",
        )


def _with_persons(path: Path, rules: ReleaseRules) -> ReleaseRules:
    """The rules as a copy is made by them: where nothing is said of whose rows are, as it was decided or found."""
    from steward_app.catalog import open_catalog
    from steward_app.services.privacy.anonymize.planning import last_scan, with_persons
    from steward_app.services.privacy.classify.subjects import subjects_of

    with open_catalog() as catalog:
        return with_persons(path, rules, subjects_of(path, last_scan(catalog, path)), Context())


def _changed(rules: ReleaseRules, table: str, said: Limits, none: bool) -> ReleaseRules:
    from steward_app.services.privacy.rules import Limits

    if table:
        before = rules.table_limits.get(table, Limits())
        return rules.with_limits(table, Limits() if none else said.over(before))
    return replace(rules, limits=Limits() if none else said.over(rules.limits))


def _items(rules: ReleaseRules) -> tuple[TableLimits, ...]:
    tables = dict.fromkeys((*rules.quasi_identifiers, *rules.table_limits))
    return (
        _item("", rules.limits, (), own=True),
        *(
            _item(
                table, rules.limits_of(table), rules.persons.get(table, ()), own=table in rules.table_limits
            )
            for table in tables
        ),
    )


def _item(table: str, limits: Limits, persons: tuple[str, ...], *, own: bool) -> TableLimits:
    return TableLimits(
        table,
        limits.k,
        limits.l_diversity,
        limits.t_closeness,
        limits.risk,
        limits.left_out,
        persons,
        own,
    )


def _print(out: Printer, result: LimitsFound) -> None:
    written = "Written into the policy. " if result.written else ""
    out.line(f"{written}What the rules {quoted(result.name)} ask of a copy:")
    out.table(
        ("Table", "k", "l", "t", "Risk at most", "Left out at most", "Counts", ""),
        [
            (
                each.id or "all tables",
                *(
                    "" if value is None else f"{value:g}"
                    for value in (each.k, each.diversity, each.closeness)
                ),
                *("" if value is None else f"{100 * value:.3g} %" for value in (each.risk, each.left_out)),
                f"persons by {', '.join(each.persons)}" if each.persons else "rows" if each.id else "",
                "its own" if each.id and each.own else "",
            )
            for each in result.items
        ],
    )
