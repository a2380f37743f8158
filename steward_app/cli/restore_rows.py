"""`steward restore table` and `rows`: bringing back parts of what a restore point holds."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from steward_app.cli.backup.options import KeyFile, PassphraseFile, unlocking
from steward_app.cli.confirm import Operation, Wish, carry_out
from steward_app.cli.keeping import keeping
from steward_app.cli.options import AsJson, Database, PlanFile, PlanOnly, Rehearse, Yes, one_of
from steward_app.cli.restore_options import Point, image
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import quoted

if TYPE_CHECKING:
    from steward_app.kernel.progress import Context
    from steward_app.services.backup.store.keys import Unlocking
    from steward_app.services.restore import BringRequest, Choice, PointImage

Table: TypeAlias = Annotated[str, typer.Option("--table", metavar="TABLE", help="The table.")]
Children: TypeAlias = Annotated[
    bool,
    typer.Option("--children/--no-children", help="With the rows that pointed to them, on all levels."),
]
Without: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--without", metavar="TABLE", help="Without children in this table, and theirs. May be repeated."
    ),
]
Parents: TypeAlias = Annotated[
    bool,
    typer.Option("--parents/--no-parents", help="With the rows they point to, where those are missing now."),
]
Answers: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--answer",
        metavar="KIND[:TABLE[:ID]]=ANSWER",
        help="What to do about a conflict the plan tells: “differs=old”, “number_taken:visit:12=new_number”."
        " May be repeated.",
    ),
]
Triggers: TypeAlias = Annotated[
    bool,
    typer.Option("--triggers", help="Let the triggers of the database run, which they do not otherwise."),
]


def table(
    database: Database,
    point: Point,
    table: Table,
    replace: Annotated[
        bool,
        typer.Option(
            "--replace",
            help="All it held: rows that differ get their old values, and rows that came since are taken out.",
        ),
    ] = False,
    children: Annotated[
        bool, typer.Option("--children/--no-children", help="With the rows that pointed to missing ones.")
    ] = False,
    without: Without = None,
    parents: Parents = True,
    answers: Answers = None,
    triggers: Triggers = False,
    plan: PlanOnly = False,
    rehearse: Rehearse = False,
    yes: Yes = False,
    plan_file: PlanFile = None,
    key_file: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Bring the rows of a table back that are missing now, or all that it held.

    A table that is gone is made again.
    """

    request = table_request(
        database,
        table,
        replaced=replace,
        children=children,
        without=tuple(without or ()),
        parents=parents,
        answers=answers,
        triggers=triggers,
    )
    given = unlocking(key_file, passphrase_file)
    bring(database, point, "restore.table", request, Wish(plan, rehearse, yes, plan_file, as_json), given)


def table_request(
    database: Path,
    table: str,
    *,
    replaced: bool,
    children: bool = False,
    without: tuple[str, ...] = (),
    parents: bool = True,
    answers: list[str] | None = None,
    triggers: bool = False,
) -> Callable[[PointImage, Context], BringRequest]:
    """What asks for a table, once the point is at hand. `replaced`: all it held, and not what is missing alone."""

    def request(of: PointImage, context: Context) -> BringRequest:
        from steward_app.services.restore import BringRequest, Extent

        return BringRequest(
            database,
            of.point.database_id,
            of.path,
            table,
            Extent.CONTENT if replaced else Extent.MISSING,
            children=children,
            without=without,
            parents=parents,
            choices=_choices(answers, of.path, context),
            triggers=triggers,
            point=of.point.id,
            made_at=of.point.made_at,
        )

    return request


def rows(
    database: Database,
    point: Point,
    table: Table,
    keys: Annotated[
        list[str] | None,
        typer.Option(
            "--key", metavar="ID", help="This row: the value of its key, or an id as shown. May be repeated."
        ),
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(
            "--where",
            metavar="CONDITION",
            help="The rows that met this then: “day since 2026-11-01”. May be repeated; all must hold.",
        ),
    ] = None,
    children: Children = True,
    without: Without = None,
    parents: Parents = True,
    answers: Answers = None,
    triggers: Triggers = False,
    plan: PlanOnly = False,
    rehearse: Rehearse = False,
    yes: Yes = False,
    plan_file: PlanFile = None,
    key_file: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Bring chosen rows back, with the rows that pointed to them and those they need.

    What stands in the way is told in the plan, and answered with --answer. “steward journal undo” takes it back.
    """
    if not keys and not where:
        raise UsageError(
            ErrorCode.BAD_REQUEST, "Which rows?", hint="Give --key or --where. A whole table: restore table."
        )

    def request(of: PointImage, context: Context) -> BringRequest:
        from steward_app.cli.rows_documents import id_to_key
        from steward_app.services.restore import BringRequest, keys_where

        chosen = tuple(map(id_to_key, keys or ()))
        if where:
            chosen += keys_where(database, of.path, table, where, context)
        return BringRequest(
            database,
            of.point.database_id,
            of.path,
            table,
            keys=tuple(dict.fromkeys(chosen)),
            children=children,
            without=tuple(without or ()),
            parents=parents,
            choices=_choices(answers, of.path, context),
            triggers=triggers,
            point=of.point.id,
            made_at=of.point.made_at,
        )

    given = unlocking(key_file, passphrase_file)
    bring(database, point, "restore.rows", request, Wish(plan, rehearse, yes, plan_file, as_json), given)


def bring(
    database: Path,
    point: str,
    name: str,
    request: Callable[[PointImage, Context], BringRequest],
    wish: Wish,
    given: Unlocking | None,
) -> None:
    """Take the operation that brings rows or a table back as far as the steward wishes."""
    from steward_app.services import restore
    from steward_app.services.operation import Confirmation

    with keeping(database) as catalog, ExitStack() as stack:
        then = image(catalog, database, point, stack, given, as_it_was=True)
        carry_out(
            Operation(
                name=name,
                database=database,
                plan=lambda context: restore.plan_bring(catalog, request(then, context), context),
                apply=lambda plan, context: restore.bring(
                    catalog, plan, context, Confirmation.of(plan), of=then
                ),
                rehearse=lambda plan, context: restore.rehearse_bring(catalog, plan, context, of=then),
            ),
            wish,
        )


def _choices(answers: list[str] | None, image: Path, context: Context) -> tuple[Choice, ...]:
    from steward_app.services.restore.compare import image_schema

    if not answers:
        return ()
    names = [table.name for table in image_schema(image, context).tables]
    return tuple(_choice(text, names) for text in answers)


def _choice(text: str, tables: list[str]) -> Choice:
    """`KIND[:TABLE[:ID]]=ANSWER`; the name of a table may hold anything, so it is looked for among those there are."""
    from steward_app.cli.rows_documents import id_to_key
    from steward_app.services.restore import Answer, Choice, ConflictKind

    what, _, answer = text.rpartition("=")
    kind, _, place = what.partition(":")
    one_of("--answer", kind, [each.value for each in ConflictKind])
    one_of("--answer", answer, [each.value for each in Answer])
    if not place:
        return Choice(ConflictKind(kind), Answer(answer))
    for name in sorted(tables, key=len, reverse=True):
        start = place[: len(name)]
        if start.casefold() == name.casefold() and place[len(name) : len(name) + 1] in ("", ":"):
            key = place[len(name) + 1 :]
            return Choice(ConflictKind(kind), Answer(answer), name, id_to_key(key) if key else ())
    raise UsageError(
        ErrorCode.UNKNOWN_OBJECT,
        f"{quoted(place)} names no table of then.",
        hint="Nothing was changed. Write KIND:TABLE:ID=ANSWER.",
    )
