"""`steward migrate diff`: a migration that gives a file the schema of another file or of a script."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

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
            help="table, table.column, index, or table(columns) of a UNIQUE or PRIMARY KEY: it goes, with what it"
            " holds; may be given more than once.",
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

    def call(context: Context) -> _Compared:
        return _compared(database, to, said, folder, wanted, context, exact=exact, asks=not check)

    way, new, waiting, waits = work(f"Comparing {quoted(database.name)} with {quoted(to.name)}", call)
    keeps = new is not None and not sql
    if new is not None and keeps:
        from steward_app.services.migrate.files import save

        save(new)
    show(
        "migrate-diff",
        document(database, to, way, new if keeps else None, waiting),
        as_json=as_json,
        human=lambda out: _print(out, database, to, way, new, waits, keeps=keeps),
    )
    if way.questions:
        tell(f"Nothing was written: {plural(len(way.questions), 'question')} to answer first.")
        raise typer.Exit(ExitCode.REFUSED)
    if check:
        found(not way.nothing)


class _Compared(NamedTuple):
    """The way, the migration where one is to be written, and what waits before it: its files, and in words."""

    way: Desired
    new: NewMigration | None
    waiting: tuple[str, ...]
    waits: str


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
) -> _Compared:
    """The way to the desired schema, and the migration where it is to be written.

    It begins with the schema that what waits leaves; where nothing is to be written, with that of the file.
    """
    from steward_app.services.migrate import history
    from steward_app.services.migrate.ahead import Ahead, ahead
    from steward_app.services.migrate.desired.answers import read_answers
    from steward_app.services.migrate.desired.counting import Held
    from steward_app.services.migrate.desired.diff import diff as find
    from steward_app.services.migrate.desired.migration import migration_of
    from steward_app.services.migrate.desired.read import desired_schema
    from steward_app.services.migrate.folder import folder_of
    from steward_app.services.schema.introspect import read_schema

    place = folder_of(database, folder, must_be_there=False)
    with ExitStack() as stack:
        session = stack.enter_context(reading(database))
        wanted = stack.enter_context(desired_schema(to, context))
        begin = stack.enter_context(ahead(session, place, context)) if asks else Ahead(session, session)
        answers = read_answers(read_schema(begin.schema, context), read_schema(wanted, context), **said)
        held = Held.after(session, begin.waiting, context)
        way = find(begin.schema, wanted, answers, exact=exact, asks=asks, held=held, context=context)
        new = None
        if asks and not way.questions and not way.nothing:
            above = max((applied.version for applied in history.read(session)), default=0)
            new = migration_of(
                session, way, answers, place, title, to.name, above=above, begin=begin, context=context
            )
        return _Compared(way, new, tuple(each.path.name for each in begin.waiting), begin.told)


def _print(
    out: Printer,
    database: Path,
    to: Path,
    way: Desired,
    new: NewMigration | None,
    waits: str,
    *,
    keeps: bool,
) -> None:
    from steward_app.cli.migrate.diff_documents import answers

    if way.nothing:
        after = f" after {waits}: there is nothing to write" if waits else ""
        out.line(f"{quoted(database.name)} has the schema of {quoted(to.name)}{after}.")
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
        from steward_app.services.migrate.anew import written_anew

        out.line(written_anew(way.rebuilt))
    if new is not None:
        out.line()
        if waits:
            out.line(f"It begins with the schema that comes after {waits}.")
        out.line(f"The migration is in {visible(str(new.path))}")
        back = f"It is taken back by {visible(str(new.undo_path))}" if new.undo_path else ""
        out.line(back or "Nothing but a restore point takes it back, since not every value is kept.")
        out.line("Nothing was changed in the database.")
