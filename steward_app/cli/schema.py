"""`steward schema`: what is in a file, what is declared, what is enforced, and which rows break it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from steward_app.cli import schema_registry
from steward_app.cli.contracts import Produced
from steward_app.cli.findings import print_findings
from steward_app.cli.frame import group
from steward_app.cli.options import AsJson, Database, must_be_free, one_of
from steward_app.cli.output import Printer, found, show
from steward_app.cli.progress import work
from steward_app.cli.reading import reading
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import plural, quoted, visible

if TYPE_CHECKING:
    from steward_app.kernel.progress import Context
    from steward_app.services.schema.check import CheckReport
    from steward_app.services.schema.diff import SchemaDiff
    from steward_app.services.schema.docs import Written
    from steward_app.services.schema.model import Schema, Table

app = group("What is in a file, what is declared, what is enforced, and which rows break it.")
for verb in (schema_registry.register, schema_registry.versions, schema_registry.compat):
    app.command()(verb)


@app.command(name="show")
def show_schema(
    database: Database,
    tables: Annotated[
        list[str] | None,
        typer.Option("--table", metavar="TABLE", help="Show this table only; may be given more than once."),
    ] = None,
    sql: Annotated[bool, typer.Option("--sql", help="Print the stored text of every object, too.")] = False,
    system: Annotated[
        bool, typer.Option("--system", help="Show SQLite's own tables and shadow tables, too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show every table, column, key, index, trigger and view, with what only the stored text knows."""
    from steward_app.cli.schema_documents import SchemaDocument, TableItem
    from steward_app.cli.schema_show import print_schema
    from steward_app.services.schema.introspect import read_schema
    from steward_app.services.schema.model import TableKind

    def call(context: Context) -> Schema:
        with reading(database) as session:
            return read_schema(session, context)

    schema = work(f"Reading the schema of {quoted(database.name)}", call)
    names = _named(schema.table, tables or [])
    chosen = tuple(table for table in schema.tables if not names or table.name in names)
    document = SchemaDocument(
        str(database),
        schema.hash,
        schema.settings,
        schema.safe_mode,
        schema.problems,
        tuple(
            TableItem(**{f.name: getattr(table, f.name) for f in fields(table)}, id=table.name)
            for table in chosen
        ),
    )
    own = () if system or names else (TableKind.SYSTEM, TableKind.SHADOW)
    listed = tuple(table for table in chosen if table.kind not in own)
    show(
        "schema",
        document,
        as_json=as_json,
        human=lambda out: print_schema(out, schema, listed, sql=sql),
    )


@app.command()
def check(
    database: Database,
    tables: Annotated[
        list[str] | None,
        typer.Option("--table", metavar="TABLE", help="Check this table only; may be given more than once."),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Do not compare indexes with their tables.")] = False,
    all_constraints: Annotated[
        bool, typer.Option("--all", help="List the constraints that hold, too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check every constraint against the rows, and the file's own structure.

    Exit code 1 when it finds an error or a warning.
    """
    from steward_app.cli.schema_documents import CheckDocument
    from steward_app.services.schema.check import check
    from steward_app.services.schema.introspect import read_schema

    def call(context: Context) -> CheckReport:
        with reading(database) as session:
            schema = read_schema(session, context)
            report = check(session, schema, context, tables=_named(schema.table, tables or []), quick=quick)
        context.checkpoint()
        return report

    report = work(f"Checking {quoted(database.name)}", call)
    document = CheckDocument(
        str(database),
        report.integrity,
        report.complete,
        report.started_at,
        report.finished_at,
        report.findings,
        report.constraints,
    )
    show(
        "schema-check",
        document,
        as_json=as_json,
        human=lambda out: _print_check(out, report, all_constraints),
    )
    found(sum(1 for finding in report.findings if finding.severity.rank < 2))


@app.command()
def erd(
    database: Database,
    to: Annotated[
        Path,
        typer.Option(
            "--to", metavar="FILE", help="Where it goes; the ending says the format.", readable=False
        ),
    ],
    kind: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="svg, png, pdf, mermaid, dot, dbml or plantuml; else by the ending.",
        ),
    ] = "",
    tables: Annotated[
        list[str] | None,
        typer.Option("--table", metavar="TABLE", help="Draw this table; may be given more than once."),
    ] = None,
    focus: Annotated[
        str, typer.Option("--focus", metavar="TABLE", help="Draw this table and its neighbours.")
    ] = "",
    hops: Annotated[int, typer.Option("--hops", min=0, help="With --focus, how many links away.")] = 1,
    columns: Annotated[str, typer.Option("--columns", metavar="WHICH", help="all, keys or none.")] = "all",
    inferred: Annotated[
        bool, typer.Option("--inferred", help="Draw relations that nobody declared, with how sure they are.")
    ] = False,
    views: Annotated[bool, typer.Option("--views", help="Draw views too.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Draw the tables and how they hang together."""
    from steward_app.services.schema.erd.build import Scope
    from steward_app.services.schema.erd.draw import draw
    from steward_app.services.schema.erd.export import FORMATS, format_of
    from steward_app.services.schema.erd.model import ColumnsShown
    from steward_app.storage.local import write_whole

    chosen = kind or format_of(to)
    one_of("--format", chosen, FORMATS)
    one_of("--columns", columns, tuple(ColumnsShown))
    scope = Scope(tuple(tables or ()), focus, hops, ColumnsShown(columns), views)
    must_be_free(to, force)

    def call(context: Context) -> Produced:
        with reading(database) as session:
            data = draw(session, chosen, scope, context, inferred=inferred)
        write_whole(to, data, overwrite=force)
        return Produced(str(to), len(data))

    produced = work(f"Drawing {quoted(database.name)}", call)
    show(
        "produced",
        produced,
        as_json=as_json,
        human=lambda out: out.line(f"The diagram is in {visible(str(to))}"),
    )


@app.command()
def docs(
    database: Database,
    to: Annotated[
        Path | None,
        typer.Option(
            "--to",
            metavar="DIR",
            help="A new or empty folder, or an earlier one.",
            show_default=False,
            readable=False,
        ),
    ] = None,
    diff: Annotated[
        Path | None,
        typer.Option(
            "--diff",
            metavar="OTHER",
            help="Compare with the schema of this file instead.",
            show_default=False,
            readable=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a data dictionary: HTML pages with diagrams, and one Markdown document. Or compare two schemas, with
    exit code 1 when they differ."""
    from steward_app.catalog.policy import read_policy
    from steward_app.services.schema.docs import write_dictionary

    if diff is not None:
        _compare(database, diff, as_json=as_json)
        return
    if to is None:
        raise UsageError(ErrorCode.BAD_REQUEST, "Where the dictionary goes is missing.", hint="Add --to DIR.")

    def call(context: Context) -> Written:
        with reading(database) as session:
            comments = read_policy(database).comments()
            return write_dictionary(session, to, context, comments=comments)

    written = work(f"Describing {quoted(database.name)}", call)
    show(
        "schema-docs",
        written,
        as_json=as_json,
        human=lambda out: out.line(f"Start reading at {visible(written.index)}"),
    )


def _compare(before: Path, after: Path, *, as_json: bool) -> None:
    """What changed from one file's schema to the other's."""
    from steward_app.cli.schema_documents import ChangeItem, DiffDocument
    from steward_app.cli.schema_show import print_diff
    from steward_app.services.schema.diff import compare
    from steward_app.services.schema.introspect import read_schema

    def call(context: Context) -> SchemaDiff:
        with reading(before) as one, reading(after) as other:
            return compare(read_schema(one, context), read_schema(other, context))

    diff = work(f"Comparing {quoted(before.name)} with {quoted(after.name)}", call)
    seen: Counter[str] = Counter()
    items = []
    for change in diff.changes:
        seen[change.id] += 1  # two checks without a name have nothing to tell them apart
        name = change.id if seen[change.id] == 1 else f"{change.id}_{seen[change.id]}"
        items.append(ChangeItem(name, change.kind, change.subject, change.differences, change.sentence))
    document = DiffDocument(str(before), str(after), diff.identical, diff.renames, tuple(items))
    show("schema-diff", document, as_json=as_json, human=lambda out: print_diff(out, diff))
    found(len(diff.changes))


def _named(table: Callable[[str], Table | None], names: list[str]) -> tuple[str, ...]:
    found_names = []
    for name in names:
        known = table(name)
        if known is None:
            raise UsageError(
                ErrorCode.UNKNOWN_OBJECT,
                f"There is no table {quoted(name)} in this file.",
                hint="“steward schema show” lists what there is.",
            )
        found_names.append(known.name)
    return tuple(found_names)


def _print_check(out: Printer, report: CheckReport, all_constraints: bool) -> None:
    from steward_app.services.schema.check import ConstraintState

    counts = ", ".join(
        f"{count:,} {'hold' if state is ConstraintState.HOLDS and count != 1 else state.value}"
        for state in ConstraintState
        if (count := report.count(state))
    )
    out.heading(f"{plural(len(report.constraints), 'constraint')}: {counts or 'none declared'}")
    out.line(f"Structure of the file: {report.integrity}")
    shown = [c for c in report.constraints if all_constraints or c.state is not ConstraintState.HOLDS]
    if shown:
        out.table(
            ("State", "Kind", "Table", "Rule", "Rows"),
            [
                (
                    f"broken by {c.broken_rows:,}" if c.broken_rows else c.state.value,
                    c.constraint.kind.value,
                    c.constraint.table,
                    c.constraint.rule,
                    "" if c.rows_checked is None else f"{c.rows_checked:,}",
                )
                for c in sorted(shown, key=lambda c: c.state.rank)
            ],
        )
    if report.findings:
        out.line()
        print_findings(out, report.findings)
