"""Rules, indexes and computed columns that ask for the time or for chance, and so are not the same twice.

Of some SQLite says at once that it does not take them: CURRENT_DATE or random() in an index. Of the functions of dates
it says so only when a row is written, since with other arguments they are the same twice.
https://www.sqlite.org/deterministic.html#special_case_processing_for_date_time_functions
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from steward_app.db import fold
from steward_app.db.tokens import significant_columns, unquote
from steward_app.kernel.finding import Subject
from steward_app.kernel.text import plural, quoted
from steward_app.services.migrate.lint.model import Problem
from steward_app.services.migrate.lint.rows import Rows
from steward_app.services.migrate.lint.step import Step, earlier_name, since
from steward_app.services.schema.model import Generated, Schema, Table, TableKind

_OF_TIME: Final = {"date": 1, "time": 1, "datetime": 1, "julianday": 1, "unixepoch": 1, "strftime": 2}
"""Functions of dates, and with how many arguments they no longer mean now."""
_NOW: Final = frozenset({"now", "localtime", "utc"})
_CHANCE: Final = frozenset({"random", "randomblob", "changes", "total_changes", "last_insert_rowid"})
_CURRENT: Final = frozenset({"CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP"})


class _Part(NamedTuple):
    """An expression of a table's that is to be the same twice: what it stands in, and its text."""

    kind: str
    name: str
    expression: str


def problems(steps: Sequence[Step], rows: Rows) -> Iterator[Problem]:
    """What to say of expressions that are there at the end of a file and were not at its beginning."""
    before, after = steps[0].before, steps[-1].after
    if before.hash == after.hash:
        return
    for table in after.tables:
        if table.kind is TableKind.TABLE and not table.ours:
            was = before.table(table.name) or before.table(earlier_name(steps, table.name)[0])
            known = {(part.kind, _asked(part, was)) for part in _parts(was)} if was else set()
            for part in _parts(table):
                asked = _asked(part, table)
                if any(asked) and (part.kind, asked) not in known:
                    yield _said(steps, table, part, asked, rows.count(table.name))


def _parts(table: Table) -> Iterator[_Part]:
    for check in table.checks:
        yield _Part("check", check.name or " ".join(check.expression.split()), check.expression)
    for column in table.columns:
        if column.generated is not Generated.NO:
            yield _Part("column", column.name, column.generated_expression)
    for index in table.indexes:
        for expression in (index.where, *(term.expression for term in index.columns)):
            if expression:
                yield _Part("index", index.name, expression)


def _asked(part: _Part, table: Table) -> tuple[str, str]:
    """What an expression asks for that SQLite refuses, and what it takes."""
    asked = _asks_for_now(part.expression, {fold(column.name) for column in table.columns})
    return asked, "" if asked else _passes(part.expression)


def _said(
    steps: Sequence[Step], table: Table, part: _Part, asks: tuple[str, str], count: int | None
) -> Problem:
    def there(schema: Schema) -> bool:
        return any(fold(each.name) == fold(table.name) and part in _parts(each) for each in schema.tables)

    what = {"check": "The rule", "column": "The computed column", "index": "The index"}[part.kind]
    of = f"{what} {quoted(part.name, 80)} of {quoted(table.name)}"
    columns = (part.name,) if part.kind == "column" else ()
    subject = Subject(part.kind, table.name, "" if columns else part.name, columns)
    step, (asked, passing) = since(steps, there), asks
    if not asked:
        return step.problem("holds_for_a_moment", f"{of} asks for {passing}", subject)
    held = f", and {plural(count, 'row')} {'is' if count == 1 else 'are'} there" if count else ""
    title = f"{of} asks for the time by {asked}, which SQLite refuses as soon as a row is written{held}"
    return step.problem("asks_for_now", title, subject, count=count)


def _asks_for_now(expression: str, columns: set[str]) -> str:
    """The first call in an expression that SQLite refuses where it must be the same twice; "" without one."""
    found = significant_columns(expression)
    for at, word in enumerate(found.words[:-1]):
        name = fold(found.texts[at]) if word else ""
        if (name in _OF_TIME or name == "timediff") and found.words[at + 1] == "(":
            arguments = list(_arguments(found.texts, at + 1))
            said = {fold(unquote(each[0])) for each in arguments if len(each) == 1 and each[0][0] in "'\""}
            if said & (_NOW - columns) or len(arguments) < _OF_TIME.get(name, 0):
                return f"{name}({', '.join(' '.join(each) for each in arguments)})"
    return ""


def _arguments(texts: Sequence[str], opening: int) -> Iterator[list[str]]:
    """The tokens of each argument of a call; none where nothing stands in the brackets."""
    depth, current = 0, list[str]()
    for text in texts[opening:]:
        depth += {"(": 1, ")": -1}.get(text, 0)
        if depth == 0:
            break
        if depth == 1 and text == ",":
            yield current
            current = []
        elif depth > 1 or text != "(":
            current.append(text)
    if current:
        yield current


def _passes(expression: str) -> str:
    """What a rule asks for that SQLite takes and that is otherwise later; "" for nothing."""
    found = significant_columns(expression)
    for at, word in enumerate(found.words):
        if word in _CURRENT:
            return word
        if word and fold(word) in _CHANCE and found.words[at + 1 : at + 2] == ["("]:
            return f"{fold(word)}()"
    return ""
