"""`steward restore compare`, `table` and `rows`: what differs from a restore point, and bringing parts of it back."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from steward_app.cli.confirm import Operation, Wish, carry_out
from steward_app.cli.keeping import keeping
from steward_app.cli.options import AsJson, Database, PlanFile, PlanOnly, Rehearse, Yes, one_of
from steward_app.cli.output import Printer, found, show
from steward_app.cli.progress import work
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import plural, quoted

if TYPE_CHECKING:
    from steward_app.catalog import Catalog
    from steward_app.cli.restore_documents import CompareDocument, CompareRowsDocument
    from steward_app.kernel.progress import Context
    from steward_app.services.restore import BringRequest, Choice, PointImage

Point: TypeAlias = Annotated[
    str,
    typer.Option(
        "--point",
        metavar="ID",
        help="The restore point, as “steward backup list” shows it; the start of its id will do.",
    ),
]
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

_KINDS = ("removed", "added", "changed")


def compare(
    database: Database,
    point: Point,
    table: Annotated[str, typer.Option("--table", metavar="TABLE", help="Only this table.")] = "",
    rows: Annotated[
        str,
        typer.Option(
            "--rows", metavar="KIND", help="Show rows of the table that were removed, added or changed since."
        ),
    ] = "",
    after: Annotated[str, typer.Option("--after", metavar="ID", help="The rows after this one.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many rows at most.")] = 50,
    personal: Annotated[
        bool, typer.Option("--personal", help="With the columns that look personal by their names.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show how a database differs now from a restore point, table by table, or row by row.

    The exit code is 1 when anything differs.
    """
    from steward_app.cli.restore_documents import compare_document, rows_document
    from steward_app.cli.rows_documents import id_to_key
    from steward_app.services import restore

    if rows and not table:
        raise UsageError(ErrorCode.BAD_REQUEST, "Rows are shown of one table.", hint="Give --table, too.")
    with keeping(database) as catalog, ExitStack() as stack:
        then = _image(catalog, database, point, stack)
        if rows:
            kind = restore.Kind(one_of("--rows", rows, _KINDS))
            key = id_to_key(after) if after else ()
            page = work(
                f"Comparing {quoted(table)}",
                lambda context: restore.difference_page(
                    database, then.path, table, kind, context, after=key, limit=limit
                ),
            )
            document = rows_document(str(database), then.point.id, page, personal=personal)
            show(
                "restore-compare-rows",
                document,
                as_json=as_json,
                human=lambda out: _print_rows(out, document),
            )
            found(len(document.items))
            return
        difference = work(
            f"Comparing {quoted(database.name)}",
            lambda context: restore.compare(database, then.path, context, table=table),
        )
    result = compare_document(str(database), then.point.id, then.point.made_at, difference)
    show("restore-compare", result, as_json=as_json, human=lambda out: _print(out, result))
    found(sum(not each.same for each in result.items) + len(result.gone) + len(result.new))


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
    as_json: AsJson = False,
) -> None:
    """Bring the rows of a table back that are missing now, or all that it held.

    A table that is gone is made again.
    """

    def request(of: PointImage, context: Context) -> BringRequest:
        from steward_app.services.restore import BringRequest, Extent

        return BringRequest(
            database,
            of.point.database_id,
            of.path,
            table,
            Extent.CONTENT if replace else Extent.MISSING,
            children=children,
            without=tuple(without or ()),
            parents=parents,
            choices=_choices(answers, of.path, context),
            triggers=triggers,
            point=of.point.id,
            made_at=of.point.made_at,
        )

    _bring(database, point, "restore.table", request, Wish(plan, rehearse, yes, plan_file, as_json))


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

    _bring(database, point, "restore.rows", request, Wish(plan, rehearse, yes, plan_file, as_json))


def _bring(
    database: Path,
    point: str,
    name: str,
    request: Callable[[PointImage, Context], BringRequest],
    wish: Wish,
) -> None:
    from steward_app.services import restore
    from steward_app.services.operation import Confirmation

    with keeping(database) as catalog, ExitStack() as stack:
        then = _image(catalog, database, point, stack)
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


def _image(catalog: Catalog, database: Path, point: str, stack: ExitStack) -> PointImage:
    """The restore point as an image, until the stack is closed."""
    from steward_app.services import restore

    return work(
        "Reading the restore point",
        lambda context: stack.enter_context(restore.point_image(catalog, database, point, context)),
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


def _print(out: Printer, result: CompareDocument) -> None:
    differing = [each for each in result.items if not each.same]
    out.line(f"{quoted(result.database, 200)} now, and the restore point of {result.made_at[:16]} UTC:")
    if differing:
        columns = ("table", "then", "now", "removed", "added", "changed", "")
        out.table(
            columns,
            [
                (t.table, t.rows_then, t.rows_now, t.removed, t.added, t.changed, t.problem or _drift(t))
                for t in differing
            ],
        )
    for one in result.gone:
        out.line(f"{quoted(one.table)} is gone; it had {plural(one.rows, 'row')}.")
    for one in result.new:
        out.line(f"{quoted(one.table)} is new, and has {plural(one.rows, 'row')}.")
    same = len(result.items) - len(differing)
    out.line(f"{plural(same, 'table is', 'tables are')} the same.")
    for each in result.left_out:
        out.line(f"{quoted(each.table)} was not compared: {each.why}.")


def _drift(table: object) -> str:
    gone, new = getattr(table, "gone_columns", ()), getattr(table, "new_columns", ())
    parts = [f"{plural(len(gone), 'column')} gone"] if gone else []
    parts += [f"{plural(len(new), 'new column')}"] if new else []
    return ", ".join(parts)


def _print_rows(out: Printer, page: CompareRowsDocument) -> None:
    if not page.items:
        out.line(f"No row of {quoted(page.table)} was {page.kind} since.")
        return
    rows = []
    for row in page.items:
        if row.then and row.now:
            rows.append((row.id, "then", *map(_shown, row.then)))
            rows.append(("", "now", *map(_shown, row.now)))
        else:
            rows.append((row.id, "then" if row.then else "now", *map(_shown, row.then or row.now)))
    out.table(("id", "", *page.columns), rows)
    if page.hidden:
        out.line(f"Not shown, since they look personal: {', '.join(page.hidden)}. Show them with --personal.")
    if page.more:
        out.line(f"There are more: --after {page.items[-1].id}")


def _shown(cell: object) -> str:
    from steward_app.services.rows import Preview

    if isinstance(cell, Preview):
        head = cell.head if isinstance(cell.head, str) else cell.head.hex()
        return f"{cell.storage.value}, {cell.size_bytes:,} bytes: {head}"
    return "NULL" if cell is None else str(cell)
