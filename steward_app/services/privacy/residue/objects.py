"""To which table, index or full-text index a tree of pages belongs, and which columns the fields of its records are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from steward_app.db import ReadSession, SchemaRow, fold, schema_rows
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.kernel.errors import StewardError
from steward_app.services.privacy.residue.model import Where

_FULL_TEXT = re.compile(
    r"CREATE\s+VIRTUAL\s+TABLE\b.*?\bUSING\s+[\"'`\[]?(fts[345])\b", re.IGNORECASE | re.DOTALL
)
_FOR_BLOBS = re.compile(r"^$|BLOB|BINARY|BYTE|IMAGE|RAW|OBJECT|FILE|JSONB", re.IGNORECASE)
_WRITTEN = re.compile(
    r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\[[^\]]*\]|`(?:[^`]|``)*`|--[^\n]*|/\*.*?\*/|\b\d[\d.]*", re.DOTALL
)
_NO_NAME = re.compile(r"@|\d{8}")  # of a table or column, but an address of e-mail, or a number of somebody
_CONSTRAINT = re.compile(r"\bCONSTRAINT\s*$", re.IGNORECASE)
_SCHEMA_FIELDS = ("type", "name", "tbl_name", "rootpage", "sql")


@dataclass(frozen=True, slots=True)
class FullText:
    """A full-text index.

    Attributes:
        module: "fts3", "fts4" or "fts5".
        lists_deleted: its vocabulary lists words of deleted texts, too (contentless_delete).
        by_parts: it answers for parts and other forms of words, too (trigram, porter).
    """

    table: str
    module: str
    lists_deleted: bool = False
    by_parts: bool = False


@dataclass(frozen=True, slots=True)
class Owner:
    """What a tree of pages is.

    Attributes:
        where: CELL, INDEX, FULL_TEXT, STATISTICS or SCHEMA.
        name: of the table, index or full-text table.
        table: to which the columns belong.
        columns: of the fields of a record, in order; "" for an expression, or where they are not known.
        rowid: the column that is the number of the row, "" for none.
    """

    where: Where
    name: str
    table: str
    columns: tuple[str, ...] = ()
    rowid: str = ""

    def column(self, number: int) -> str:
        """The column of a field."""
        return self.columns[number] if 0 <= number < len(self.columns) else ""


class Objects:
    """What the trees of a database are."""

    def __init__(self, session: ReadSession) -> None:
        self._session = session
        rows = schema_rows(session)
        self.full_text = full_text_tables(rows)
        self._rows: dict[int, SchemaRow] = {row.root_page: row for row in rows if row.root_page}
        self._owners: dict[int, Owner] = {
            1: Owner(Where.SCHEMA, "sqlite_schema", "sqlite_schema", _SCHEMA_FIELDS)
        }

    def owner(self, root: int) -> Owner | None:
        """What the tree with this root is, or None where the schema tells of none."""
        if root not in self._owners:
            row = self._rows.get(root)
            if row is None:
                return None
            self._owners[root] = self._named(row)
        return self._owners[root]

    def tables(self) -> Iterator[tuple[str, tuple[tuple[str, bool], ...]]]:
        """The tables that hold rows, with the name of each column, and whether it is declared for BLOBs or anything."""
        for row in self._rows.values():
            owner = self.owner(row.root_page)
            if row.type == "table" and owner and owner.where is Where.CELL and owner.table == row.name:
                columns = self._all(
                    "SELECT name, type FROM pragma_table_xinfo(?, 'main') WHERE hidden <> 2", row.name
                )
                yield (
                    row.name,
                    tuple((str(name), bool(_FOR_BLOBS.search(str(kind)))) for name, kind in columns),
                )

    def written(self, sql: str) -> Iterator[str]:
        """What stands in a text of the schema beside its names: literals, numbers and comments.

        Names of which the form says that they are somebody's count, too: a table may have a column for each person.
        What is in double quotes is a name where the schema has one of that name, and a literal elsewhere, as SQLite
        takes it. https://www.sqlite.org/quirks.html#dblquote
        """
        for found in _WRITTEN.finditer(sql):
            text = found[0]
            is_name = text[0] in "[`" or (
                text[0] == '"'
                and (
                    fold(text[1:-1].replace('""', '"')) in self._names
                    or _CONSTRAINT.search(sql, 0, found.start())
                )
            )
            if not is_name or _NO_NAME.search(text):
                yield text.replace("''", "'")

    @cached_property
    def _names(self) -> frozenset[str]:
        """Every name of the schema, folded: of tables, indexes, views, triggers and columns."""
        named = schema_rows(self._session)
        names = {row.name for row in named}
        for row in named:
            if row.type in ("table", "view"):
                names.update(
                    str(name)
                    for (name,) in self._all("SELECT name FROM pragma_table_xinfo(?, 'main')", row.name)
                )
        return frozenset(map(fold, names))

    def _named(self, row: SchemaRow) -> Owner:
        if row.name.startswith("sqlite_stat"):
            return Owner(Where.STATISTICS, row.name, row.name, self._columns(row.name)[0])
        if shadowed := self._shadowed(row.table):
            return shadowed
        columns, rowid = self._columns(row.table)
        if row.type == "index":
            return Owner(Where.INDEX, row.name, row.table, self._of_index(row.name, rowid))
        return Owner(Where.CELL, row.name, row.table, columns, rowid)

    def _shadowed(self, table: str) -> Owner | None:
        """A table in which a full-text index keeps its content or its words."""
        for index in self.full_text:
            prefix, _, rest = table.rpartition("_")
            if prefix.lower() == index.table.lower() and rest.lower() == "content":
                stored = self._columns(table)[0]
                own = [
                    str(name)
                    for (name,) in self._all("SELECT name FROM pragma_table_info(?, 'main')", index.table)
                ]
                return Owner(Where.CELL, index.table, index.table, (stored[0] if stored else "", *own))
            if prefix.lower() == index.table.lower() and rest.lower() in _PARTS:
                return Owner(Where.FULL_TEXT, index.table, index.table)
        return None

    def _columns(self, table: str) -> tuple[tuple[str, ...], str]:
        """The columns that a row stores, in its order; and the one that is the number of the row."""
        rows = self._all("SELECT name, type, pk, hidden FROM pragma_table_xinfo(?, 'main')", table)
        stored = tuple(str(name) for name, _, _, hidden in rows if hidden != 2)
        keys = [(str(name), str(kind)) for name, kind, key, _ in rows if key]
        inner = self._all("SELECT name FROM pragma_index_list(?, 'main') WHERE origin = 'pk'", table)
        if inner and not self._has_rowid(table):
            return self._of_index(str(inner[0][0]), ""), ""
        rowid = keys[0][0] if len(keys) == 1 and keys[0][1].upper() == "INTEGER" and not inner else ""
        return stored, rowid

    def _has_rowid(self, table: str) -> bool:
        found = self._all("SELECT wr FROM pragma_table_list(?) WHERE schema = 'main'", table)
        return not (found and found[0][0])

    def _of_index(self, index: str, rowid: str) -> tuple[str, ...]:
        rows = self._all("SELECT cid, name FROM pragma_index_xinfo(?, 'main')", index)
        return tuple(str(name or "") if number != -1 else rowid for number, name in rows)

    def _all(self, sql: str, name: str) -> Sequence[tuple[object, ...]]:
        try:
            with in_sqlites_words():
                return self._session.all(sql, (name,))
        except (
            StewardError,
            SqliteSays,
        ):  # a damaged schema, a view of what is gone: the columns are not known
            return ()


_PARTS = frozenset({"data", "idx", "config", "docsize", "segments", "segdir", "stat"})


def full_text_tables(rows: Sequence[SchemaRow]) -> tuple[FullText, ...]:
    """The full-text indexes of a schema."""
    found = ((row, _FULL_TEXT.match(row.sql)) for row in rows if row.type == "table" and not row.root_page)
    return tuple(_full_text(row, match[1].lower()) for row, match in found if match)


def _full_text(row: SchemaRow, module: str) -> FullText:
    sql = row.sql.lower()
    by_parts = any(each in sql for each in ("trigram", "porter", "snowball"))
    return FullText(row.name, module, "contentless_delete" in sql, by_parts)
