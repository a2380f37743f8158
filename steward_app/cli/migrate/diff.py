"""`steward migrate diff`: a migration that gives a file the schema of another file or of a script."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from steward_app.cli.migrate.group import app
from steward_app.cli.migrate.options import Folder
from steward_app.cli.options import AsJson, Database
from steward_app.cli.outcome import ExitCode, tell
from steward_app.cli.output import Printer, found, show
from steward_app.cli.progress import work
from steward_app.cli.reading import reading
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import plural, quoted, visible

if TYPE_CHECKING:
    from steward_app.kernel.progress import Context
    from steward_app.services.migrate.desired.model import Desired
    from steward_app.services.migrate.files import NewMigration


@app.command()
def diff(
    database: Database,
    to: Annotated[
        Path,
        typer.Option(
            "--to",
            metavar="FILE",
            help="The schema that is wanted: a .sql file of CREATE statements, or another database.",
            readable=False,
        ),
    ],
    renames: Annotated[
        list[str] | None,
        typer.Option(
            "--rename",
            metavar="OLD=NEW",
            help="table=name or table.column=name: it goes on under another name; may be given more than once.",
        ),
    ] = None,
    gone: Annotated[
        list[str] | None,
        typer.Option(
            "--gone",
            metavar="NAME",
            help="table or table.column: it goes, with what it holds; may be given more than once.",
        ),
    ] = None,
    fills: Annotated[
        list[str] | None,
        typer.Option(
            "--fill",
            metavar="COLUMN=SQL",
            help="table.column=expression: what rows without a value get; may be given more than once.",
        ),
    ] = None,
    values: Annotated[
        list[str] | None,
        typer.Option(
            "--using",
            metavar="COLUMN=SQL",
            help="table.column=expression: how every value is converted; may be given more than once.",
        ),
    ] = None,
    title: Annotated[
        str, typer.Option("--title", metavar="TEXT", help="What the migration does; names its file.")
    ] = "",
    folder: Folder = None,
    exact: Annotated[
        bool,
        typer.Option(
            "--exact", help="Take over the texts to the letter, with remarks, also where they say the same."
        ),
    ] = False,
    sql: Annotated[bool, typer.Option("--sql", help="Print the migration and write no file.")] = False,
    check: Annotated[
        bool,
        typer.Option("--check", help="Ask nothing, write nothing, and exit with 1 when the schemas differ."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write a migration that gives the file another schema. The file itself is not changed.

    What seems renamed is asked and never guessed: exit code 3, with the options that answer. Rows without a value for a
    column that must have one are counted and asked for, too.
    """
    from steward_app.cli.migrate.diff_documents import document

    if sql and check:
        raise UsageError(
            ErrorCode.BAD_REQUEST, "--sql and --check do not go together.", hint="Nothing was written."
        )
    given = {"renames": renames, "gone": gone, "fills": fills, "values": values}
    said = {name: tuple(each or ()) for name, each in given.items()}
    wanted = title or f"As in {to.stem}"

    def call(context: Context) -> tuple[Desired, NewMigration | None]:
        return _compared(database, to, said, folder, wanted, context, exact=exact, asks=not check)

    way, new = work(f"Comparing {quoted(database.name)} with {quoted(to.name)}", call)
    keeps = new is not None and not sql
    if new is not None and keeps:
        from steward_app.services.migrate.files import save

        save(new)
    show(
        "migrate-diff",
        document(database, to, way, new if keeps else None),
        as_json=as_json,
        human=lambda out: _print(out, database, to, way, new, keeps=keeps),
    )
    if way.questions:
        tell(f"Nothing was written: {plural(len(way.questions), 'question')} to answer first.")
        raise typer.Exit(ExitCode.REFUSED)
    if check:
        found(not way.nothing)


def _compared(
    database: Path,
    to: Path,
    said: dict[str, tuple[str, ...]],
    folder: Path | None,
    title: str,
    context: Context,
    *,
    exact: bool,
    asks: bool,
) -> tuple[Desired, NewMigration | None]:
    """The way to the desired schema, and the migration where it is to be written."""
    from steward_app.services.migrate import history
    from steward_app.services.migrate.desired.answers import read_answers
    from steward_app.services.migrate.desired.diff import diff as find
    from steward_app.services.migrate.desired.migration import migration_of
    from steward_app.services.migrate.desired.read import desired_schema
    from steward_app.services.migrate.folder import folder_of
    from steward_app.services.schema.introspect import read_schema

    with reading(database) as session, desired_schema(to, context) as wanted:
        answers = read_answers(read_schema(session, context), read_schema(wanted, context), **said)
        way = find(session, wanted, answers, exact=exact, asks=asks, context=context)
        if way.questions or way.nothing or not asks:
            return way, None
        above = max((applied.version for applied in history.read(session)), default=0)
        place = folder_of(database, folder, must_be_there=False)
        return way, migration_of(session, way, answers, place, title, to.name, above=above, context=context)


def _print(
    out: Printer, database: Path, to: Path, way: Desired, new: NewMigration | None, *, keeps: bool
) -> None:
    from steward_app.cli.migrate.diff_documents import answers

    if way.nothing:
        out.line(f"{quoted(database.name)} has the schema of {quoted(to.name)}.")
        if way.written_otherwise:
            texts = plural(len(way.written_otherwise), "text differs", "texts differ")
            out.line(f"{texts} in remarks, spaces or quotes only; --exact takes them over.")
        return
    for question in way.questions:
        out.line(question.sentence)
        for answer in answers(question):
            out.line(answer, indent=4)
    if way.questions:
        return
    if new is not None and not keeps:
        out.code(new.text.rstrip("\n"), indent=0)
        return
    out.heading(plural(len(way.sentences), "change"))
    for sentence in way.sentences:
        out.line(sentence)
    for loss in way.losses:
        out.line(loss, style="yellow")
    if way.rebuilt:
        out.line(f"Written anew, row by row: {', '.join(map(quoted, way.rebuilt))}.")
    if new is not None:
        out.line()
        out.line(f"The migration is in {visible(str(new.path))}")
        back = f"It is taken back by {visible(str(new.undo_path))}" if new.undo_path else ""
        out.line(back or "Nothing but a restore point takes it back, since not every value is kept.")
        out.line("Nothing was changed in the database.")
