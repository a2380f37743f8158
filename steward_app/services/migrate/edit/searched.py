"""Full-text indexes that take their texts from a table: they read it by name, which SQLite's renames do not follow.

So an index is made anew over what its table and the columns are called then, without the columns that went. Triggers
and views that name its columns say the new names, in the words that SQLite finds for them.
https://www.sqlite.org/fts5.html#external_content_tables
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from steward_app.db import Session, WriteSession
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.db.names import fold, literal, qualified, quote
from steward_app.db.tokens import Token, significant, tokenize, unquote
from steward_app.kernel.text import quoted
from steward_app.services.migrate.edit.belonging import refused
from steward_app.services.migrate.edit.fed import fed_without
from steward_app.services.migrate.edit.text import written
from steward_app.services.schema.fulltext import content_of, content_rowid_of, is_full_text
from steward_app.services.schema.introspect import read_table
from steward_app.services.schema.model import Table

_TABLES = ("content",)
_COLUMNS = ("content_rowid", "notindexed")
_ROWIDS = ("rowid", "_rowid_", "oid")
_VIRTUAL = "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND rootpage = 0"
_TEXTS = "SELECT type, name, tbl_name, sql FROM main.sqlite_schema WHERE type IN ('view', 'trigger')"


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of the table that an index reads.

    Attributes:
        before, after: the table.
        names: what columns are called since, by their folded names before.
        rewritten: folded names of columns whose values an expression gives, which fires no trigger.
        filled: a column whose NULLs an UPDATE filled, or "".
    """

    before: Table
    after: Table
    names: Mapping[str, str] = field(default_factory=dict)
    rewritten: frozenset[str] = frozenset()
    filled: str = ""

    def name_of(self, column: str) -> str:
        """What a column is called now, "" where it went."""
        found = self.after.column(self.names.get(fold(column), column))
        return found.name if found else ""


def reading(session: Session, table: str) -> Iterator[Table]:
    """The full-text indexes that take their texts from a table, or from a view of it.

    Most files have no virtual table to be read at all.
    """
    for (name,) in session.all(_VIRTUAL):
        each = read_table(session, str(name))
        content = content_of(each) if each is not None and is_full_text(each) else None
        if each and content and (fold(content) == fold(table) or _shows(session, content, table)):
            yield each


def said_anew(index: Table, moved: Moved) -> str:
    """The text of an index over what its table says now; "" where that leaves it nothing to read.

    What a view takes from the table it says itself, as before or not at all.
    """
    if not _is_over(index, moved.before):
        return index.sql
    numbers = content_rowid_of(index)
    if fold(numbers) in _ROWIDS and not (moved.after.rowid_name or moved.after.column(numbers)):
        return ""
    sql, items = index.sql, _items(index.sql)
    gone: list[int] = []
    changes: list[tuple[int, int, str]] = []
    for at, item in enumerate(items):
        is_option = len(item) > 2 and item[1].text == "="
        value = item[2:] if is_option else item[:1]
        named = unquote(value[0].text)
        option = fold(item[0].text) if is_option else ""
        if option in _TABLES:
            now = moved.after.name if fold(moved.before.name) != fold(moved.after.name) else named
        elif (is_option and option not in _COLUMNS) or moved.before.column(named) is None:
            continue
        else:
            now = moved.name_of(named)
            now = named if fold(now) == fold(named) else now
        if not now:
            gone.append(at)
        elif now != named:
            changes.append((value[0].offset, value[-1].end, _as_it_stands(value[0], now, is_option)))
    if any(len(items[at]) > 2 and fold(items[at][0].text) == "content_rowid" for at in gone):
        return ""
    columns = [at for at, item in enumerate(items) if len(item) < 2 or item[1].text != "="]
    if columns and set(columns) <= set(gone):
        return ""
    for number, at in enumerate(
        gone
    ):  # each with the comma before it; what goes at the beginning, with the one behind
        if at == number:
            changes.append((items[at][0].offset, items[at + 1][0].offset, ""))
        else:
            changes.append((items[at - 1][-1].end, items[at][-1].end, ""))
    for start, end, new in sorted(changes, reverse=True):
        sql = sql[:start] + new + sql[end:]
    return sql


def reads_other_words(session: Session, index: Table, moved: Moved) -> bool:
    """Whether a table written anew holds other values than the index has read, or at other rows."""

    def read(table: Table, name: str) -> tuple[object, ...] | None:
        found = table.column(name)
        strict = found is not None and table.strict
        return (found.declared_type, found.generated, found.generated_expression, strict) if found else None

    if _numbered_by(moved.before) != _numbered_by(moved.after):
        return True
    if _is_over(index, moved.before):
        names = [column.name for column in index.columns if not column.hidden]
        names += [content_rowid_of(index)] if moved.before.column(content_rowid_of(index)) else []
    else:  # a view, in which they may have any name
        names = [column.name for column in moved.before.columns if moved.name_of(column.name)]
    if fold(moved.filled) in map(fold, names) and not _is_told(session, index, moved):
        return True
    return any(
        fold(name) in moved.rewritten or read(moved.before, name) != read(moved.after, moved.name_of(name))
        for name in names
    )


def users_renamed(empty: WriteSession, index: Table, names: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Views and triggers that name columns of an index which are renamed, and triggers that write to those that went.

    Their kind, name and new text; everything stays. SQLite renames no column of a virtual table, so that an ordinary
    one stands in for it.
    """
    if not names:
        return _feeding(empty, index)
    before = {(str(kind), str(name)): str(sql) for kind, name, _, sql in empty.all(_TEXTS)}
    listed = ", ".join(quote(column.name) for column in index.columns)
    empty.run("SAVEPOINT stand_in")
    try:
        with in_sqlites_words():
            empty.run(f"DROP TABLE {qualified(index.name)}")
            empty.run(f"CREATE TABLE {quote(index.name)} ({listed})")
            for was, now in names.items():
                alter = f"ALTER TABLE {qualified(index.name)} RENAME COLUMN {quote(was)} TO {written(now)}"
                empty.run(alter)
            after = empty.all(_TEXTS)
    except SqliteSays as says:
        raise refused(
            f"What names the columns of the full-text index {quoted(index.name)} cannot follow: {says}.",
            "Drop or change it first.",
        ) from says
    finally:
        empty.run("ROLLBACK TO stand_in")
        empty.run("RELEASE stand_in")
    changed = {
        (str(kind), str(name)) for kind, name, _, sql in after if before[str(kind), str(name)] != str(sql)
    }
    return [
        (str(kind), str(name), str(sql))
        for kind, name, on, sql in after
        if (str(kind), str(name)) in changed
        or ("view", str(on)) in changed  # a view takes its triggers along
    ]


def _feeding(empty: WriteSession, index: Table) -> list[tuple[str, str, str]]:
    """The triggers of its table that write to columns of an index which the table has no more, without these."""
    source = read_table(empty, content_of(index) or "")
    if source is None:
        return []
    columns = [column.name for column in index.columns if not column.hidden]
    gone = {fold(name) for name in columns if source.column(name) is None}
    anew = ((each, fed_without(each.sql, index.name, columns, gone)) for each in source.triggers)
    return [("trigger", each.name, sql) for each, sql in anew if sql != each.sql]


def _is_over(index: Table, table: Table) -> bool:
    return fold(content_of(index) or "") == fold(table.name)


def _shows(session: Session, view: str, table: str) -> bool:
    try:
        with in_sqlites_words():
            read = session.accesses(f"SELECT * FROM {qualified(view)}")
    except SqliteSays:
        return False  # it does not work, or is not there
    return any(fold(each.table) == fold(table) for each in read)


def _is_told(session: Session, index: Table, moved: Moved) -> bool:
    """Whether a trigger of the table writes to an index when a column is filled."""
    filled = f"UPDATE {qualified(moved.after.name)} SET {quote(moved.filled)} = NULL"
    return any(
        each.action == "SQLITE_INSERT" and fold(each.table) == fold(index.name)
        for each in session.accesses(filled)
    )


def _numbered_by(table: Table) -> tuple[bool, str]:
    return table.without_rowid, next((fold(c.name) for c in table.columns if c.rowid_alias), "")


def _items(sql: str) -> list[list[Token]]:
    """What stands between the brackets behind the module, item by item."""
    tokens = significant(tokenize(sql))
    start = next(at for at, token in enumerate(tokens) if token.word == "USING") + 3
    found: list[list[Token]] = [[]]
    depth = 1
    for token in tokens[start:]:
        depth += (token.text == "(") - (token.text == ")")
        if not depth:
            break
        if depth == 1 and token.text == ",":
            found.append([])
        else:
            found[-1].append(token)
    return [item for item in found if item]


def _as_it_stands(token: Token, name: str, is_option: bool) -> str:
    """A name in the quotes of the one before."""
    if token.text.startswith("'"):
        return literal(name)
    if token.text.startswith("[") and "]" not in name:
        return f"[{name}]"
    bare = written(name)
    if bare == name and not token.text.startswith(('"', "[", "`")):
        return name
    return literal(name) if is_option and not token.text.startswith('"') else quote(name)
