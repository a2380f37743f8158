"""What the text of a statement alone, or what it changes of the schema, gives away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from steward_app.db import fold
from steward_app.db.migration_files import Kind
from steward_app.db.tokens import Category, same_meaning, significant, significant_columns, tokenize, unquote
from steward_app.kernel.finding import Severity, Subject
from steward_app.kernel.text import quoted
from steward_app.services.migrate.edit.text import written
from steward_app.services.migrate.lint.acts import AddColumn, Create, Delete, Drop, Insert, Update
from steward_app.services.migrate.lint.model import Problem
from steward_app.services.migrate.lint.step import Step
from steward_app.services.schema.model import Index, Schema, Table, Trigger


def problems(step: Step, begin: Schema) -> Iterator[Problem]:
    """What to say of a statement by itself; `begin` is the schema as the file found it."""
    match step.act:
        case AddColumn():
            yield from _remark(step, step.act)
        case Create():
            yield from _creates_nothing(step, step.act)
        case Drop():
            yield from _drops_nothing(step, step.act)
        case Insert():
            yield from _by_position(step, step.act, begin)
        case Update(sets=sets, where_sql=where):
            yield from _quoted_otherwise(step, step.act.table, [where, *(each for _, each in sets)])
        case Delete(where_sql=where):
            yield from _quoted_otherwise(step, step.act.table, [where])


def _remark(step: Step, act: AddColumn) -> Iterator[Problem]:
    """SQLite keeps the text from the name of the column to the end of the statement, with its remarks."""
    remark = next(
        (
            token
            for token in tokenize(step.statement.sql)
            if token.offset > act.offset
            and token.category is Category.COMMENT
            and token.text.startswith("--")
        ),
        None,
    )
    if remark is None:
        return
    hidden = _hidden(step.after.table(act.table), remark.text.rstrip())
    yield step.problem(
        "remark_hides",
        f"The remark in ADD COLUMN {quoted(act.column)} is stored in the middle of {quoted(act.table)}"
        + (f" and hides {quoted(hidden)}" if hidden else ""),
        Subject("column", act.table, columns=(act.column,)),
        severity=None if hidden else Severity.WARNING,
        offset=remark.offset,
    )


def _hidden(table: Table | None, remark: str) -> str:
    """What stands behind a remark on its line in the stored text of a table, and so is part of the remark."""
    for token in tokenize(table.sql if table else ""):
        if token.category is Category.COMMENT and token.text.startswith(remark):
            return token.text.removeprefix(remark).strip(" ,")
    return ""


def _creates_nothing(step: Step, act: Create) -> Iterator[Problem]:
    if not act.if_not_exists or act.temporary or step.before.hash != step.after.hash:
        return
    there = _text(step.before, act.kind, act.name)
    if there is None or same_meaning(_without_if(step.statement.sql), _without_if(there)):
        return
    title = (
        f"The {act.kind} {quoted(act.name)} is there already and says something else; IF NOT EXISTS keeps it"
    )
    yield step.problem("has_no_effect", title, Subject(act.kind, name=act.name))


def _drops_nothing(step: Step, act: Drop) -> Iterator[Problem]:
    repeatable = step.script.migration.kind is Kind.REPEATABLE
    if act.if_exists and not repeatable and _text(step.before, act.kind, act.name) is None:
        title = f"There is no {act.kind} {quoted(act.name)}; IF EXISTS lets the statement do nothing"
        yield step.problem("has_no_effect", title, Subject(act.kind, name=act.name), severity=Severity.NOTE)


def _quoted_otherwise(step: Step, name: str, expressions: Sequence[str]) -> Iterator[Problem]:
    """The name of a column in single quotes, in an expression that reckons with texts and numbers alone."""
    table = step.before.table(name)
    for expression in expressions if table else ():
        tokens = significant(tokenize(expression))
        if len(tokens) < 3 or any(token.category is Category.IDENTIFIER for token in tokens):
            continue
        texts = (unquote(token.text) for token in tokens if token.category is Category.STRING)
        found = next((column for text in texts if table and (column := table.column(text))), None)
        if found is not None:
            yield step.problem(
                "text_for_name",
                f"{quoted(found.name)} stands in single quotes and is a text here, not the column of {quoted(name)}",
                Subject("column", name, columns=(found.name,)),
                fix_sql=written(found.name),
            )


def _by_position(step: Step, act: Insert, begin: Schema) -> Iterator[Problem]:
    table = step.before.table(act.table)
    if act.columns or table is None or len(table.columns) < 2:
        return
    if _same_columns(step, act, table):
        return
    own = begin.table(act.table) is None  # the file made it, and knows the order of its columns
    if own and significant_columns(act.query_sql).words[:2] != ["SELECT", "*"]:
        return
    title = f"INSERT INTO {quoted(act.table)} does not name its columns"
    into = ", ".join(written(column.name) for column in table.columns if not column.generated)
    fix = f"INSERT INTO {written(table.name)} ({into}) ..."
    yield step.problem("insert_by_position", title, Subject("table", table.name), fix_sql=fix)


def _same_columns(step: Step, act: Insert, table: Table) -> bool:
    """Whether the rows are those of a table with the same columns in the same order."""
    tokens = significant(tokenize(act.query_sql))
    if [token.text.upper() for token in tokens[:3]] != ["SELECT", "*", "FROM"] or len(tokens) != 4:
        return False
    source = step.before.table(unquote(tokens[3].text))
    return source is not None and [c.name for c in source.columns] == [c.name for c in table.columns]


def _text(schema: Schema, kind: str, name: str) -> str | None:
    """The stored text of an object, or None where there is none of that name and kind."""
    for table in schema.tables:
        if kind in ("table", "view", "virtual table") and fold(table.name) == fold(name):
            return table.sql
        named: Sequence[Index | Trigger] = table.indexes if kind == "index" else table.triggers
        found = next(
            (e.sql for e in named if kind in ("index", "trigger") and fold(e.name) == fold(name)), None
        )
        if found is not None:
            return found
    return None


def _without_if(sql: str) -> str:
    words = [
        token for token in tokenize(sql.rstrip().removesuffix(";")) if token.category is not Category.SPACE
    ]
    said = [token.word for token in words]
    for at in range(len(words) - 2):
        if said[at : at + 3] == ["IF", "NOT", "EXISTS"]:
            del words[at : at + 3]
            break
    return " ".join(token.text for token in words)
