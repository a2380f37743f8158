"""Where a column that goes is named in double quotes.

SQLite takes "b" for the text 'b' where there is no column b. Once the column has gone, a rule, an index, a view or a
trigger that names it so would not break: it would go on with the same text for every row, and without a word. SQLite's
own DROP COLUMN finds some of these and not those in views and triggers. https://www.sqlite.org/quirks.html#dblquote
"""

from __future__ import annotations

from collections.abc import Iterator

from steward_app.db import WriteSession
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.db.names import fold, qualified, quote
from steward_app.db.tokens import Token, significant, tokenize, unquote
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Table

_FRESH = "\ufdd0"  # a character that no name is made of
_TEXTS = "SELECT name, sql FROM main.sqlite_schema WHERE sql IS NOT NULL AND type <> 'table'"


def become_texts(empty: WriteSession, table: Table, new_sql: str, column: str) -> tuple[str, ...]:
    """Names of what would take a column's name for a text: indexes, views, triggers, and the table itself.

    SQLite is asked to give the column another name, and tells thereby what means it; everything is as before then.

    Args:
        empty: the schema without rows, in which the column is still there.
        new_sql: the text of the table without the column.
    """
    own = (table.name,) if _in_table(empty, table, new_sql, column) else ()
    empty.run("SAVEPOINT mentions")
    try:
        _drop_broken(empty)
        before = empty.all(_TEXTS)
        with in_sqlites_words():
            empty.run(f"ALTER TABLE {qualified(table.name)} RENAME COLUMN {quote(column)} TO {quote(_FRESH)}")
        pairs = zip(before, empty.all(_TEXTS), strict=True)  # a renaming adds and moves nothing
        return (*own, *(str(name) for (name, sql), (_, now) in pairs if _renamed(str(sql), str(now), column)))
    except SqliteSays:
        return own
    finally:
        empty.run("ROLLBACK TO mentions")
        empty.run("RELEASE mentions")


def _in_table(empty: WriteSession, table: Table, sql: str, column: str) -> bool:
    """Whether the new text of the table is no table any more when the name cannot be a text."""
    names = [token for token, _ in _in_double_quotes(sql, column)]
    if not names:
        return False
    for token in reversed(names):
        sql = f"{sql[: token.offset]}`{unquote(token.text)}`{sql[token.end :]}"
    empty.run("SAVEPOINT text")
    try:
        with in_sqlites_words():
            empty.run(f"DROP TABLE {qualified(table.name)}")
            empty.run(sql)
    except SqliteSays:
        return True
    finally:
        empty.run("ROLLBACK TO text")
        empty.run("RELEASE text")
    return False


def _drop_broken(empty: WriteSession) -> None:
    """Take views and triggers away that do not compile, with which SQLite renames nothing."""
    for each in read_schema(empty).tables:
        for trigger in each.triggers:
            if trigger.problem:
                empty.run(f"DROP TRIGGER {qualified(trigger.name)}")
        if each.problem:
            empty.run(f"DROP VIEW IF EXISTS {qualified(each.name)}")


def _renamed(before: str, after: str, column: str) -> bool:
    """Whether one of the names in double quotes got the new name."""
    now = significant(tokenize(after))
    return any(unquote(now[at].text) == _FRESH for _, at in _in_double_quotes(before, column))


def _in_double_quotes(sql: str, column: str) -> Iterator[tuple[Token, int]]:
    """Where a name stands in double quotes and alone, and could be a text: the token, and its number."""
    tokens = significant(tokenize(sql))
    listed = False  # UPDATE OF "b" ON: a list of columns, without which SQLite leaves it as it is
    for at, token in enumerate(tokens):
        before = tokens[at - 1].text.upper() if at else ""
        listed = (before == "UPDATE" and token.word == "OF") or (listed and token.word != "ON")
        alone = before != "." and not listed
        if alone and token.text.startswith('"') and fold(unquote(token.text)) == fold(column):
            yield token, at
