"""A schema as people read it on a terminal: a list of the tables first, then each of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from steward_app.cli.output import Printer
from steward_app.kernel.finding import Finding
from steward_app.kernel.text import plural, visible
from steward_app.services.schema.check import mismatch_words
from steward_app.services.schema.diff import SchemaDiff
from steward_app.services.schema.model import (
    Column,
    ForeignKey,
    Generated,
    Index,
    IndexColumn,
    Schema,
    Table,
    TableKind,
    Trigger,
)


def print_schema(out: Printer, schema: Schema, tables: Sequence[Table], *, sql: bool) -> None:
    """The settings of the file and the tables chosen; with `sql`, their stored text too."""
    settings = schema.settings
    out.facts(
        [
            ("File", schema.path),
            (
                "Pages",
                f"{settings.page_count:,} of {settings.page_size_bytes:,} bytes, {settings.free_pages:,} free",
            ),
            ("Encoding", settings.encoding),
            ("Journal", settings.journal_mode),
            ("User version", settings.user_version),
            ("Schema hash", schema.hash),
        ]
    )
    for problem in schema.problems:
        _problem(out, problem)
    if not tables:
        out.line("There are no tables in this file.")
        return
    out.heading(_counts(tables))
    out.table(("Name", "Kind", "Columns", "Key", "Points to", "Notes"), [_row(table) for table in tables])
    for table in tables:
        _table(out, schema, table, sql=sql)


def print_diff(out: Printer, diff: SchemaDiff) -> None:
    """What differs, a line an object."""
    if diff.identical:
        out.line("The two schemas say the same.")
        return
    out.heading(plural(len(diff.changes), "difference"))
    for change in diff.changes:
        out.line(change.sentence)
    for hint in diff.renames:
        out.line(f"{hint.sentence} ({hint.likeness:.0%} alike).")


def _problem(out: Printer, problem: Finding) -> None:
    out.line(f"{problem.severity.value}: {problem.title}. {problem.detail}", style="bold red")


def _counts(tables: Sequence[Table]) -> str:
    kinds = [table.kind for table in tables]
    words = {
        TableKind.TABLE: ("table", "tables"),
        TableKind.VIEW: ("view", "views"),
        TableKind.VIRTUAL: ("virtual table", "virtual tables"),
        TableKind.SHADOW: ("shadow table", "shadow tables"),
        TableKind.SYSTEM: ("table of SQLite's own", "tables of SQLite's own"),
    }
    return ", ".join(plural(kinds.count(kind), *words[kind]) for kind in words if kind in kinds)


def _row(table: Table) -> tuple[object, ...]:
    parents = dict.fromkeys(key.parent_table or key.parent for key in table.foreign_keys)
    key = ", ".join(table.primary_key.columns) if table.primary_key else ""
    return (
        table.name,
        table.kind.value,
        len(table.columns),
        key,
        ", ".join(parents),
        "; ".join(_notes(table)),
    )


def _notes(table: Table) -> Iterator[str]:
    if table.problem:
        yield table.problem
    if table.strict:
        yield "strict"
    if table.without_rowid:
        yield "without rowid"
    if table.module:
        yield f"module {table.module}"
    if table.owner:
        yield f"belongs to {table.owner}"
    if not table.parsed:
        yield "text not read"
    yield from table.hazards


def _table(out: Printer, schema: Schema, table: Table, *, sql: bool) -> None:
    out.heading(table.name)
    if table.comment:
        out.line(table.comment, indent=2)
    if table.problem:
        out.line(f"SQLite cannot use it: {table.problem}.", style="bold red", indent=2)
    if table.columns:
        out.table(
            ("Column", "Type", "Null", "Default", "Key", "More"), [_column(table, c) for c in table.columns]
        )
    for sentence in _sentences(schema, table):
        out.line(sentence, indent=2)
    for trigger in table.triggers:
        _trigger(out, trigger, sql=sql)
    if table.sql and (sql or not table.parsed or table.kind is TableKind.VIEW):
        out.code(table.sql)
    if sql:
        for index in table.indexes:
            if index.sql:
                out.code(index.sql)


def _column(table: Table, column: Column) -> tuple[object, ...]:
    never_null = column.not_null or column.rowid_alias
    return (
        column.name,
        column.declared_type,
        "no" if never_null else "yes",
        "" if column.default is None else column.default,
        _key_of(table, column),
        "; ".join(_more(column)),
    )


def _key_of(table: Table, column: Column) -> str:
    if not column.key_position:
        return ""
    alone = table.primary_key is not None and len(table.primary_key.columns) == 1
    return "key" if alone else f"key {column.key_position}"


def _more(column: Column) -> Iterator[str]:
    if column.rowid_alias:
        yield "rowid, autoincrement" if column.autoincrement else "rowid"
    if column.collation.upper() != "BINARY":
        yield f"collation {column.collation}"
    if column.generated is not Generated.NO:
        yield f"{column.generated.value}, from {column.generated_expression}"
    if column.not_null_conflict:
        yield f"on NULL {column.not_null_conflict.lower()}"
    if column.hidden:
        yield "hidden"
    if column.comment:
        yield column.comment


def _sentences(schema: Schema, table: Table) -> Iterator[str]:
    key = table.primary_key
    if key and key.nullable:
        yield "The primary key accepts NULL."
    for unique in table.uniques:
        yield f"Unique{_named(unique.name)}: {', '.join(unique.columns)}{_conflict(unique.conflict)}"
    for check in table.checks:
        yield f"Check{_named(check.name)}: {check.expression}"
    for foreign in table.foreign_keys:
        yield _foreign_key(foreign)
    for child, foreign in schema.referring(table.name):
        yield f"Pointed to by {child.name} ({', '.join(foreign.columns)})"
    for index in table.indexes:
        if index.origin == "create":
            yield _index(index)
    if table.reads:
        names = dict.fromkeys(name for name, _ in table.reads)
        yield f"Reads {', '.join(names)}"


def _foreign_key(key: ForeignKey) -> str:
    parent = key.parent_table or key.parent
    columns = f" ({', '.join(key.parent_columns)})" if key.parent_columns else ""
    words = [f"Foreign key{_named(key.name)}: {', '.join(key.columns)} → {parent}{columns}"]
    words += [f"on delete {key.on_delete.lower()}"] if key.on_delete != "NO ACTION" else []
    words += [f"on update {key.on_update.lower()}"] if key.on_update != "NO ACTION" else []
    words += [key.deferrable.lower()] if key.deferrable else []
    words += ["no index serves it"] if not key.index else []
    words += [f"cannot be used: {mismatch_words(key)}"] if key.mismatch else []
    return "; ".join(words)


def _index(index: Index) -> str:
    unique = "Unique index" if index.unique else "Index"
    where = f" where {index.where}" if index.where else ""
    return f"{unique} {index.name}: {', '.join(map(_term, index.columns))}{where}"


def _term(column: IndexColumn) -> str:
    collation = "" if column.collation.upper() == "BINARY" else f" collate {column.collation}"
    return f"{column.expression or column.name}{collation}{' descending' if column.descending else ''}"


def _trigger(out: Printer, trigger: Trigger, *, sql: bool) -> None:
    of = f" of {', '.join(trigger.of_columns)}" if trigger.of_columns else ""
    when = f" when {trigger.when}" if trigger.when else ""
    moment = f"{trigger.timing} {trigger.event}".lower()
    out.line(f"Trigger {trigger.name}: {moment}{of}{when}", indent=2)
    writes = dict.fromkeys(name for name, _ in trigger.writes)
    if writes:
        out.line(f"writes {', '.join(writes)}", indent=4)
    if trigger.problem:
        out.line(f"SQLite cannot run it: {trigger.problem}.", style="bold red", indent=4)
    if sql or not trigger.event:
        out.code(trigger.sql, indent=6)


def _named(name: str) -> str:
    return f" {visible(name)}" if name else ""


def _conflict(conflict: str) -> str:
    return f"; on conflict {conflict.lower()}" if conflict else ""
