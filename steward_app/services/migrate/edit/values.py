"""The values that rows get while their table is written anew: each is told from its own row, or something is lost.

SQLite runs other expressions without a word. One over all rows (`max(fee)`) makes a single row of the whole table. One
that looks into the table itself finds the new one, which holds no rows yet.
"""

from __future__ import annotations

from collections.abc import Iterable

from steward_app.db import WriteSession
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.db.names import qualified, quote
from steward_app.db.runner import unenforced
from steward_app.db.tokens import significant, tokenize, unquote
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import quoted
from steward_app.services.schema.model import Table

_ROW = "\ufdd0"  # a name that no table has


def require_of_one_row(empty: WriteSession, table: Table, values: Iterable[str]) -> None:
    """Raise `UsageError` for an expression over the rows of a table that would not tell the value of each.

    What SQLite does not accept at all is left to whoever runs it.

    Args:
        empty: the schema without rows, in which the table is still as it was; it is so again then.
    """
    empty.run("SAVEPOINT one_row")
    try:
        with unenforced(empty):
            _look(empty, table, [value for value in values if not _refusal(empty, table.name, value)])
    finally:
        empty.run("ROLLBACK TO one_row")
        empty.run("RELEASE one_row")


def _look(empty: WriteSession, table: Table, values: list[str]) -> None:
    for value in values:
        if empty.all(_over(table.name, value)):  # of no rows, only what gathers them makes one
            raise _wrong(
                f"{_said(value)} makes one value of all rows of {quoted(table.name)}, and the others would be gone.",
                "Nothing was changed. To look at all rows, put it in an UPDATE in a migration of its own.",
            )
        if text := _text_for_a_name(table, value):
            raise _wrong(
                f"There is no column {quoted(text)} in {quoted(table.name)}: SQLite would take the word in double"
                " quotes for a text, the same in every row.",
                "Nothing was changed. Correct the name, or write the text in single quotes.",
            )
    columns = ", ".join(quote(column.name) for column in table.columns)
    empty.run(f"CREATE TABLE {quote(_ROW)} ({columns})")
    empty.run(f"DROP TABLE {qualified(table.name)}")
    for value in values:
        if "no such table" in _refusal(empty, _ROW, value):
            raise _wrong(
                f"{_said(value)} looks into {quoted(table.name)}, which holds no rows yet while it is written anew.",
                "Nothing was changed. Put it in an UPDATE in a migration of its own.",
            )


def _refusal(empty: WriteSession, table: str, value: str) -> str:
    """What SQLite has against an expression over a table's rows; "" where it accepts it."""
    try:
        with in_sqlites_words():
            empty.all(_over(table, value))
    except SqliteSays as says:
        return str(says)
    return ""


def _over(table: str, value_sql: str) -> str:
    return f"SELECT {value_sql} FROM {qualified(table)}"


def _text_for_a_name(table: Table, value: str) -> str:
    """A word in double quotes that is no column, in an expression that reads nothing but its row; "" without one."""
    tokens = significant(tokenize(value))
    if any(token.word == "SELECT" for token in tokens):
        return ""
    names = (unquote(token.text) for token in tokens if token.text.startswith('"'))
    return next((name for name in names if table.column(name) is None), "")


def _said(value: str) -> str:
    """An expression as the steward wrote it, without the parentheses around it."""
    return quoted(value[1:-1] if value.startswith("(") else value)


def _wrong(message: str, hint: str) -> UsageError:
    return UsageError(ErrorCode.BAD_SQL, message, hint=hint)
