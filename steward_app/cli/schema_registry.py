"""`steward schema register`, `versions` and `compat`: the forms of tables, kept, listed and compared."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from steward_app.cli.confirm import Operation, Wish, carry_out, wishing
from steward_app.cli.keeping import keeping
from steward_app.cli.options import AsJson, Database, one_of
from steward_app.cli.outcome import ExitCode, tell
from steward_app.cli.output import Printer, found, show
from steward_app.cli.progress import work
from steward_app.cli.reading import reading
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import plural, quoted

if TYPE_CHECKING:
    from steward_app.catalog.schema_versions import Mode, Version
    from steward_app.kernel.progress import Context
    from steward_app.kernel.receipt import Receipt
    from steward_app.services.migrate.desired.model import Desired
    from steward_app.services.schema.registry.register import Compared, Forms

Tables: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--table", metavar="TABLE", help="This table only; may be given more than once."),
]
_DIRECTIONS = {
    "backward": "Programs of the newer form and rows of the older",
    "forward": "Programs of the older form and rows of the newer",
}


@wishing
def register(database: Database, tables: Tables = None, *, wish: Wish) -> None:
    """Keep the form that tables have now as their next version, as JSON Schema. The file itself is not changed.

    A table that has the form of its newest version gets none. Nothing is registered, with exit code 3, where a form
    breaks what the policy promises under “compatibility”.
    """
    from steward_app.cli.schema_registry_documents import registered_items
    from steward_app.services.migrate import registering

    named = tuple(tables or ())
    with keeping(database) as catalog:
        if not wish.kept:
            found = work(
                f"Reading the tables of {quoted(database.name)}",
                lambda context: registering.forms_now(catalog, database, named, context),
            )
            if not found.new:
                show(
                    "schema-registered",
                    registered_items(found),
                    as_json=wish.as_json,
                    human=lambda out: _print_unchanged(out, found),
                )
                return
        carry_out(
            Operation(
                registering.Register.name,
                database,
                plan=lambda context: registering.plan_registering(catalog, database, named, context),
                apply=lambda plan, context: registering.register(catalog, plan, context),
                more=_print_versions,
            ),
            wish,
        )


def versions(
    database: Database,
    tables: Tables = None,
    number: Annotated[
        int,
        typer.Option(
            "--version",
            metavar="N",
            min=0,
            help="With one --table: print the JSON Schema of this version.",
            show_default=False,
        ),
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """List the versions of tables, or print one as JSON Schema."""
    from steward_app.cli.schema_registry_documents import version_item
    from steward_app.db import fold
    from steward_app.services.schema.registry.promises import Promises
    from steward_app.services.schema.registry.register import version_of

    kept = _kept(database)
    if tables:
        wanted = [version_of(kept, name).table for name in tables]
        kept = [version for version in kept if fold(version.table) in map(fold, wanted)]
    if number:
        kept = [version_of(kept, _one(tables, "--version"), number)]
    promises = Promises.of(database)
    items = [version_item(version, promises.mode(version.table)) for version in kept]

    def human(out: Printer) -> None:
        if number:
            out.code(json.dumps(kept[0].document, indent=2), indent=0)
        elif not items:
            out.line(f"No table of {quoted(database.name)} is registered.")
        else:
            rows = [
                (each.table, each.version, each.registered_at, each.registered_by, each.mode)
                for each in items
            ]
            out.table(("Table", "Version", "Registered", "By", "Promised"), rows)

    show("schema-versions", items, as_json=as_json, human=human)


def compat(
    database: Database,
    tables: Tables = None,
    mode: Annotated[
        str,
        typer.Option(
            "--mode",
            metavar="MODE",
            help="none, backward, forward, full, or one of the last three with _transitive: in the place of what the"
            " policy promises.",
            show_default=False,
        ),
    ] = "",
    other: Annotated[
        Path | None,
        typer.Option(
            "--with",
            metavar="FILE",
            help="Compare the schema of this .sql file or database, in the place of what the file has now.",
            show_default=False,
            readable=False,
        ),
    ] = None,
    older: Annotated[
        int,
        typer.Option(
            "--from",
            metavar="N",
            min=0,
            help="With one --table: compare this version with a later one.",
            show_default=False,
        ),
    ] = 0,
    newer: Annotated[
        int,
        typer.Option(
            "--to",
            metavar="N",
            min=0,
            help="With --from: the other version, else the newest.",
            show_default=False,
        ),
    ] = 0,
    sql: Annotated[
        bool,
        typer.Option("--sql", help="With --from: print the statements that lead from the one to the other."),
    ] = False,
    renames: Annotated[
        list[str] | None,
        typer.Option(
            "--rename",
            metavar="OLD=NEW",
            help="With --sql, table.column=name: it goes on under another name.",
        ),
    ] = None,
    gone: Annotated[
        list[str] | None,
        typer.Option(
            "--gone",
            metavar="NAME",
            help="With --sql, table.column, index, or table(columns) of a UNIQUE or PRIMARY KEY: it goes.",
        ),
    ] = None,
    values: Annotated[
        list[str] | None,
        typer.Option(
            "--using",
            metavar="COLUMN=SQL",
            help="With --sql, table.column=expression: how values are converted.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say whether programs and rows of one form of a table understand those of another, and if not, where and why.

    Compares the newest version of each table with the form it has now. Exit code 1 when that breaks what the policy
    promises, or --mode, and when no table is registered that could be compared.
    """
    from steward_app.catalog.schema_versions import Mode
    from steward_app.cli.schema_registry_documents import compat_document

    asked = Mode(one_of("--mode", mode.lower(), tuple(Mode))) if mode else None
    needs_older = newer or sql or renames or gone or values
    if (older and other) or (needs_older and not older):
        wrong = "--from and --with do not go together." if other else "--to and --sql need --from."
        raise UsageError(ErrorCode.BAD_REQUEST, wrong, hint="Nothing was compared.")
    way = None
    compared: tuple[Compared, ...]
    if older:
        name = _one(tables, "--from")
        compared = (_two(database, name, older, newer, asked),)
        if sql:
            said = [tuple(each or ()) for each in (renames, gone, values)]
            way = _way(database, name, (older, newer), said)
    else:
        compared = _now(database, other, tables or (), asked)
    show(
        "schema-compat",
        compat_document(database, other, compared, way),
        as_json=as_json,
        human=lambda out: _print_way(out, way) if way else _print_compared(out, compared),
    )
    if way and way.questions:
        tell(f"{plural(len(way.questions), 'question')} to answer first.")
        raise typer.Exit(ExitCode.REFUSED)
    if not compared:
        tell(
            "Nothing was compared, so nothing is promised. Register the tables first: “steward schema register”."
        )
    if way is None:
        found(sum(len(each.breaches) for each in compared) if compared else 1)


def _kept(database: Path) -> list[Version]:
    from steward_app.catalog import open_catalog
    from steward_app.services.schema.registry.register import versions

    with open_catalog() as catalog, reading(database) as session:
        return list(versions(catalog, session))


def _one(tables: Sequence[str] | None, option: str) -> str:
    if not tables or len(tables) != 1:
        raise UsageError(
            ErrorCode.BAD_REQUEST, f"{option} is about one table.", hint="Say which one with --table."
        )
    return tables[0]


def _now(
    database: Path, other: Path | None, tables: Sequence[str], mode: Mode | None
) -> tuple[Compared, ...]:
    """The newest versions beside what the file has now, or another file."""
    from steward_app.services.migrate.desired.read import desired_schema
    from steward_app.services.schema.introspect import read_schema
    from steward_app.services.schema.registry.promises import Promises
    from steward_app.services.schema.registry.register import compare_tables

    def call(context: Context) -> tuple[Compared, ...]:
        kept = _kept(database)
        with desired_schema(other, context) if other else reading(database) as session:
            schema = read_schema(session, context)
        return compare_tables(kept, schema, Promises.of(database), tables, mode)

    return work(f"Comparing {quoted((other or database).name)}", call)


def _two(database: Path, table: str, older: int, newer: int, mode: Mode | None) -> Compared:
    from steward_app.services.schema.registry.promises import Promises
    from steward_app.services.schema.registry.register import compare_versions

    held = Promises.of(database).mode(table) if mode is None else mode
    return compare_versions(_kept(database), table, older, newer, held)


def _way(database: Path, table: str, numbers: tuple[int, int], said: Sequence[tuple[str, ...]]) -> Desired:
    from steward_app.services.migrate.between import course_between
    from steward_app.services.schema.registry.register import version_of

    kept = _kept(database)
    one, another = (version_of(kept, table, number) for number in numbers)
    renames, gone, values = said
    return work(
        f"Looking for a way to version {another.number}",
        lambda context: course_between(
            one, another, renames=renames, gone=gone, values=values, context=context
        ),
    )


def _print_versions(out: Printer, receipt: Receipt) -> None:
    versions = (receipt.result or {}).get("versions")
    for table, number in versions.items() if isinstance(versions, dict) else ():
        out.line(f"{quoted(table)}: version {number}", indent=2)


def _print_unchanged(out: Printer, found: Forms) -> None:
    if found.unchanged:
        what = plural(len(found.unchanged), "table has", "tables have")
        out.line(f"{what} the form of the newest version.")
    else:
        out.line("There is no table to register.")


def _print_compared(out: Printer, compared: Sequence[Compared]) -> None:
    if not compared:
        out.line("No table is registered. “steward schema register” makes the first versions.")
    for each in compared:
        to = f"version {each.to}" if each.to else "the form now"
        out.heading(f"{quoted(each.table)}: version {each.version} and {to}")
        if not each.incompatibilities:
            out.line("Understand each other in both directions.")
        for direction, words in _DIRECTIONS.items():
            mine = [reason for reason in each.incompatibilities if reason.direction == direction]
            if mine:
                out.line(f"{words}:")
            for reason in mine:
                out.line(f"{reason.message} ({reason.rule}, {reason.path or '/'})", indent=2)
        _print_promise(out, each)


def _print_promise(out: Printer, compared: Compared) -> None:
    earlier = [each for each in compared.breaches if each.version != compared.version]
    for breach in earlier:
        reason = breach.incompatibility
        out.line(
            f"Version {breach.version}: {reason.message} ({reason.rule}, {reason.path or '/'})", indent=2
        )
    if compared.breaches:
        out.line(f"Breaks the mode “{compared.mode}”.", style="bold red")
    elif compared.mode != "none":
        out.line(f"Keeps the mode “{compared.mode}”.")


def _print_way(out: Printer, way: Desired) -> None:
    from steward_app.cli.migrate.diff_documents import answers

    for question in way.questions:
        out.line(question.sentence)
        for answer in answers(question):
            out.line(answer, indent=4)
    if way.nothing:
        out.line("The two are the same.")
    for loss in way.losses:
        out.line(f"-- {loss}")
    for statement in way.statements:
        out.code(f"{statement};", indent=0)
