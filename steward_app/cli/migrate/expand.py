"""`steward migrate expand` and `contract`: a column changes while old and new programs go on side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from steward_app.cli.migrate.group import app
from steward_app.cli.migrate.options import Folder
from steward_app.cli.options import AsJson, Database
from steward_app.cli.outcome import ExitCode, tell
from steward_app.cli.output import Printer, found, show
from steward_app.cli.progress import work
from steward_app.cli.reading import reading
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import plural, quoted, visible

if TYPE_CHECKING:
    from steward_app.kernel.progress import Context
    from steward_app.services.migrate.expand.contract import Reason
    from steward_app.services.migrate.expand.expand import Expanding
    from steward_app.services.migrate.expand.model import Standing
    from steward_app.services.migrate.files import NewMigration

Place: TypeAlias = Annotated[
    str, typer.Argument(metavar="TABLE.COLUMN", help="The column that is to change.", show_default=False)
]
OnlySql: TypeAlias = Annotated[
    bool, typer.Option("--sql", help="Print the SQL of the migrations and write no file.")
]


@app.command()
def expand(
    database: Database,
    column: Place,
    into: Annotated[
        list[str],
        typer.Option(
            "--into",
            metavar="NAME[=TYPE]",
            help="The new column; its type is that of the old one by default. Give it several times to split.",
        ),
    ],
    using: Annotated[
        list[str] | None,
        typer.Option(
            "--using",
            metavar="NAME=SQL",
            help="How a new column is made from the old one. By default it takes over the value.",
        ),
    ] = None,
    back: Annotated[
        str,
        typer.Option(
            "--back", metavar="SQL", help="How the old column is made from the new ones.", show_default=False
        ),
    ] = "",
    folder: Folder = None,
    sql: OnlySql = False,
    as_json: AsJson = False,
) -> None:
    """Write migrations that put a new column beside an old one, and keep both alike whichever a program writes.

    The first makes it with its triggers, the second fills the rows that are there, batch by batch. The file itself is
    not changed. “steward migrate contract” ends it.
    """
    from steward_app.cli.migrate.expand_documents import expand_document

    made = work(
        f"Looking at {quoted(database.name)}",
        lambda _: _expanding(database, column, into, using or [], back, folder),
    )
    if not sql:
        from steward_app.services.migrate.files import save

        save(made.expand)
        save(made.fill)
    show(
        "migrate-expand",
        expand_document(database, made, kept=not sql),
        as_json=as_json,
        human=lambda out: _print_expand(out, made, kept=not sql),
    )


@app.command()
def contract(
    database: Database,
    column: Place,
    gone: Annotated[
        str,
        typer.Option(
            "--gone",
            metavar="SENTENCE",
            help="Your declaration that no program needs the old column any more; it stands in the migration.",
            show_default=False,
        ),
    ] = "",
    quiet_days: Annotated[
        int,
        typer.Option(
            "--quiet-days",
            metavar="DAYS",
            min=0,
            help="For how long nobody may have written under the old name.",
        ),
    ] = 14,
    loses: Annotated[
        int,
        typer.Option(
            "--loses",
            metavar="COUNT",
            min=0,
            help="How many values may go that the old column holds and the new ones do not lead back to.",
        ),
    ] = 0,
    folder: Folder = None,
    sql: OnlySql = False,
    check: Annotated[
        bool,
        typer.Option("--check", help="Write nothing, and exit with 1 while it is too early."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write the migration that takes the old column away, once nothing depends on it.

    Too early is: rows whose columns do not agree, values that only the old column holds, a write under the old name in
    the last days, or no declaration that the old programs are gone. Each is told with its numbers; exit code 3. The
    migration looks once more when it runs.
    """
    from steward_app.cli.migrate.expand_documents import contract_document

    if sql and check:
        raise UsageError(
            ErrorCode.BAD_REQUEST, "--sql and --check do not go together.", hint="Nothing was written."
        )

    def call(context: Context) -> tuple[Standing, tuple[Reason, ...], NewMigration | None]:
        return _contracting(database, column, folder, quiet_days, gone, loses, context, only_looks=check)

    here, against, new = work(f"Comparing the columns in {quoted(database.name)}", call)
    kept = new if not sql else None
    if kept is not None:
        from steward_app.services.migrate.files import save

        save(kept)
    show(
        "migrate-contract",
        contract_document(database, here, against, kept),
        as_json=as_json,
        human=lambda out: _print_contract(out, here, against, new, kept=not sql),
    )
    if check:
        found(len(against))
    elif against:
        tell("Nothing was written: it is too early.")
        raise typer.Exit(ExitCode.REFUSED)


@app.command()
def expansions(database: Database, as_json: AsJson = False) -> None:
    """List the columns that are expanded and not contracted yet."""
    from steward_app.cli.migrate.expand_documents import expansion_item
    from steward_app.services.migrate.expand.contract import expansions as find
    from steward_app.services.migrate.expand.contract import standing

    def call(context: Context) -> list[Standing]:
        with reading(database) as session:
            return [standing(session, each.table, each.old, context) for each in find(session)]

    open_ones = work(f"Comparing the columns in {quoted(database.name)}", call)
    show(
        "migrate-expansion",
        [expansion_item(each) for each in open_ones],
        as_json=as_json,
        human=lambda out: _print_expansions(out, open_ones),
    )


def _expanding(
    database: Path, column: str, into: list[str], using: list[str], back: str, folder: Path | None
) -> Expanding:
    from steward_app.services.migrate import history
    from steward_app.services.migrate.ahead import ahead
    from steward_app.services.migrate.expand.asked import place_of, wanted_of
    from steward_app.services.migrate.expand.expand import expand as find
    from steward_app.services.migrate.folder import folder_of
    from steward_app.services.schema.introspect import read_schema

    place = folder_of(database, folder, must_be_there=False)
    with reading(database) as session:
        with ahead(session, place) as begin:
            table, old = place_of(read_schema(begin.schema), column)
        above = max((applied.version for applied in history.read(session)), default=0)
        return find(session, table, old, wanted_of(into, using), place, back=back.strip(), above=above)


def _contracting(
    database: Path,
    column: str,
    folder: Path | None,
    quiet_days: int,
    gone: str,
    loses: int,
    context: Context,
    *,
    only_looks: bool,
) -> tuple[Standing, tuple[Reason, ...], NewMigration | None]:
    from steward_app.services.migrate import history
    from steward_app.services.migrate.expand.asked import place_of
    from steward_app.services.migrate.expand.contract import contract as write
    from steward_app.services.migrate.expand.contract import reasons, standing
    from steward_app.services.migrate.folder import folder_of
    from steward_app.services.schema.introspect import read_schema

    with reading(database) as session:
        here = standing(session, *place_of(read_schema(session), column), context)
        against = reasons(here, quiet_days, gone, loses)
        if against or only_looks:
            return here, against, None
        above = max((applied.version for applied in history.read(session)), default=0)
        place = folder_of(database, folder, must_be_there=False)
        made = write(session, here, place, quiet_days=quiet_days, gone=gone, loses=loses, above=above)
        return here, (), made


def _print_expand(out: Printer, made: Expanding, *, kept: bool) -> None:
    from steward_app.services.migrate.expand.seen import STOPPED

    if not kept:
        out.code(f"{made.expand.text}\n{made.fill.text}".rstrip("\n"), indent=0)
        return
    expansion = made.expansion
    names = " and ".join(map(quoted, expansion.into))
    out.line(f"{names} beside {quoted(expansion.table)}.{quoted(expansion.old)}, kept alike by triggers:")
    out.line(visible(str(made.expand.path)), indent=4)
    out.line(
        f"The rows that are there, in {plural(made.batches, 'batch', 'batches')}, each kept by itself:"
        if made.batches
        else "There are no rows yet. Those that come before the first is applied get their values here:"
    )
    out.line(visible(str(made.fill.path)), indent=4)
    if made.along:
        out.line("With the table change, and it stands in the file that this is meant:")
        for each in made.along:
            out.line(f"{visible(each)}.", indent=4)
    if made.blocked:
        out.line(STOPPED)
        for each in made.blocked:
            out.line(f"{visible(each)}.", indent=4)
    out.line(
        "Nothing was changed in the database. Programs that write the new column come when both are applied."
    )


def _print_contract(
    out: Printer, here: Standing, against: tuple[Reason, ...], new: NewMigration | None, *, kept: bool
) -> None:
    if new is not None and not kept:
        out.code(new.text.rstrip("\n"), indent=0)
        return
    expansion = here.expansion
    place = f"{quoted(expansion.table)}.{quoted(expansion.old)}"
    out.line(
        f"{place} is expanded to {' and '.join(map(quoted, expansion.into))} since {clock.shown(here.since)}."
    )
    out.line(f"{here.disagreeing:,} of {plural(here.rows, 'row')} disagree.")
    for name, writes, last in (
        ("the old name", here.old_writes, here.old_last),
        ("the new name", here.new_writes, here.new_last),
    ):
        when = f", the last one on {clock.shown(last)}" if last else ""
        out.line(f"{plural(writes, 'value')} written under {name}{when}.")
    if against:
        out.heading("Too early")
        for each in against:
            out.line(each.sentence)
    elif new is not None:
        out.line(f"The migration is in {visible(str(new.path))}")
        out.line("Nothing was changed in the database.")
    else:
        out.line("It can be contracted.")


def _print_expansions(out: Printer, open_ones: list[Standing]) -> None:
    if not open_ones:
        out.line("No column is expanded.")
        return
    rows = [
        (
            f"{each.expansion.table}.{each.expansion.old}",
            ", ".join(each.expansion.into),
            clock.shown(each.since),
            f"{each.disagreeing:,} of {each.rows:,}",
            clock.shown(each.old_last) if each.old_last else "never",
        )
        for each in open_ones
    ]
    out.table(("column", "into", "since", "rows disagree", "old name last written"), rows)
