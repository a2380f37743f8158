"""CREATE TABLE, read from its tokens: see `ddl`."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, NamedTuple

from steward_app.db.tokens import comment_text
from steward_app.services.schema.ddl import Cursor, Term, UnreadableError, reading, term
from steward_app.services.schema.model import Check, Generated


class ColumnText(NamedTuple):
    """What a column's definition says.

    Attributes:
        start, end: where the definition stands in the text, in characters, `end` exclusive.
        declared_type, default: as written; the default without brackets around it.
        generated, storage: text of the expression, or "", and how its value is kept.
        comment: what stands beside it, or "".
    """

    name: str
    start: int
    end: int
    declared_type: str = ""
    not_null: bool = False
    not_null_conflict: str = ""
    default: str | None = None
    collation: str = ""
    generated: str = ""
    storage: Generated = Generated.NO
    comment: str = ""


@dataclass(frozen=True, slots=True)
class KeyText:
    """A PRIMARY KEY or UNIQUE, of a column or of the table."""

    terms: tuple[Term, ...]
    name: str = ""
    conflict: str = ""


@dataclass(frozen=True, slots=True)
class ForeignKeyText:
    """A REFERENCES, of a column or of the table; `parent_columns` is () where none are written."""

    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]
    name: str = ""
    on_delete: str = "NO ACTION"
    on_update: str = "NO ACTION"
    match: str = ""
    deferrable: str = ""


@dataclass(frozen=True, slots=True)
class TableText:
    """What CREATE TABLE says, everything in the order it is written."""

    name: str
    columns: tuple[ColumnText, ...]
    primary_key: KeyText | None
    uniques: tuple[KeyText, ...]
    checks: tuple[Check, ...]
    foreign_keys: tuple[ForeignKeyText, ...]
    without_rowid: bool
    strict: bool
    autoincrement: bool
    comment: str


def read_table(sql: str) -> TableText | None:
    """The parts of a CREATE TABLE, or None where the text is not one.

    A text that was read lately is remembered: a schema is read anew after each change, and most of it is as it was.
    """
    return _remembered(sql) if len(sql) <= _WORTH_REMEMBERING else _read(sql)


@lru_cache(maxsize=2_000)
def _remembered(sql: str) -> TableText | None:
    return _read(sql)


def _read(sql: str) -> TableText | None:
    return reading(lambda cursor: _Reader(cursor).read(), sql)


_WORTH_REMEMBERING = 10_000
"""Characters; of longer texts there are few, and they take room."""


_TABLE = -1
_TABLE_CONSTRAINTS = frozenset({"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"})
_COLUMN_CONSTRAINTS = frozenset({"DEFAULT", "NULL", "NOT", "REFERENCES", "DEFERRABLE", "COLLATE", "AS"})
_GENERATED_ALWAYS_AS = ["GENERATED", "ALWAYS", "AS"]
_COLUMN_ENDS = frozenset({",", ")"})
_TYPE_ENDS = _TABLE_CONSTRAINTS | _COLUMN_CONSTRAINTS | {",", "(", ")"}
_CONFLICTS = ("ROLLBACK", "ABORT", "FAIL", "IGNORE", "REPLACE")


@dataclass(slots=True)
class _Reader:
    """Reads one CREATE TABLE. A constraint's name goes to the constraint after it; a CHECK without a name of
    its own takes the last one written, as SQLite's own error messages do."""

    cursor: Cursor
    columns: list[ColumnText] = field(default_factory=list)
    primary_key: KeyText | None = None
    uniques: list[KeyText] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    foreign_keys: list[ForeignKeyText] = field(default_factory=list)
    autoincrement: bool = False
    fresh_name: str = ""
    last_name: str = ""
    item_starts: list[int] = field(default_factory=list)

    def read(self) -> TableText:
        cursor = self.cursor
        cursor.expect("CREATE")
        cursor.accept_any("TEMP", "TEMPORARY")
        cursor.expect("TABLE")
        cursor.accept("IF", "NOT", "EXISTS")
        name = cursor.qualified_name()
        cursor.expect("(")
        self._items()
        without_rowid, strict = self._options()
        table_comment = self._comments()
        return TableText(
            name=name,
            columns=tuple(self.columns),
            primary_key=self.primary_key,
            uniques=tuple(self.uniques),
            checks=tuple(self.checks),
            foreign_keys=tuple(self.foreign_keys),
            without_rowid=without_rowid,
            strict=strict,
            autoincrement=self.autoincrement,
            comment=table_comment,
        )

    def _items(self) -> None:
        cursor = self.cursor
        while cursor.word not in _TABLE_CONSTRAINTS:
            self._column()
            if not cursor.accept(","):
                break
        while not cursor.accept(")"):
            self.item_starts.append(cursor.offset)
            self._table_constraint()
            if cursor.accept(","):
                self.fresh_name = self.last_name = ""

    def _options(self) -> tuple[bool, bool]:
        without_rowid = strict = False
        cursor = self.cursor
        while not cursor.done():
            if cursor.accept("WITHOUT", "ROWID"):
                without_rowid = True
            elif cursor.accept("STRICT"):
                strict = True
            else:
                raise UnreadableError(cursor.offset)
            if not cursor.accept(","):
                break
        return without_rowid, strict

    def _column(self) -> None:
        cursor = self.cursor
        words = cursor.words
        start = cursor.offset
        self.fresh_name = self.last_name = ""
        self.item_starts.append(start)
        name = cursor.name()
        declared_type = self._type()
        found: dict[str, Any] = {}
        while (word := words[cursor.at]) not in _COLUMN_ENDS:
            cursor.at += 1
            self._column_constraint(word, name, found)
        self.columns.append(ColumnText(name, start, cursor.end_of(cursor.at - 1), declared_type, **found))

    def _type(self) -> str:
        cursor = self.cursor
        words, is_name = cursor.words, cursor.is_name
        start = at = cursor.at
        while (word := words[at]) not in _TYPE_ENDS:
            if not is_name[at] or (word == "GENERATED" and words[at : at + 3] == _GENERATED_ALWAYS_AS):
                break
            at += 1
        cursor.at = at
        if at == start:
            return ""
        if word == "(":
            cursor.group()
        return cursor.text(start, cursor.at)

    def _column_constraint(self, word: str, column: str, found: dict[str, Any]) -> None:
        """What stands behind the first word of a constraint of the column."""
        cursor = self.cursor
        match word:
            case "CONSTRAINT":
                self.fresh_name = self.last_name = cursor.name()
                return
            case "DEFAULT":
                found["default"] = self._default()
            case "NULL":
                self._conflict()
            case "NOT" if cursor.accept("NULL"):
                found |= {"not_null": True, "not_null_conflict": self._conflict()}
            case "NOT":
                self._deferrable("NOT")
            case "DEFERRABLE":
                cursor.at -= 1
                self._deferrable("")
            case "PRIMARY":
                cursor.expect("KEY")
                descending = cursor.accept_any("ASC", "DESC") == "DESC"
                conflict = self._conflict()
                self.autoincrement |= cursor.accept("AUTOINCREMENT")
                key_term = Term(column, column, descending=descending)
                self.primary_key = KeyText((key_term,), self.fresh_name, conflict)
            case "UNIQUE":
                self.uniques.append(KeyText((Term(column, column),), self.fresh_name, self._conflict()))
            case "CHECK":
                self._check(column)
            case "REFERENCES":
                self._references((column,))
            case "COLLATE":
                found["collation"] = cursor.name()
            case "GENERATED":
                cursor.expect("ALWAYS", "AS")
                found |= self._generated()
            case "AS":
                found |= self._generated()
            case _:
                raise UnreadableError(cursor.offset)
        self.fresh_name = ""

    def _table_constraint(self) -> None:
        cursor = self.cursor
        if cursor.accept("CONSTRAINT"):
            self.fresh_name = self.last_name = cursor.name()
            return
        if cursor.accept("PRIMARY", "KEY"):
            self.primary_key = self._key()
        elif cursor.accept("UNIQUE"):
            self.uniques.append(self._key())
        elif cursor.accept("CHECK"):
            self._check("")
            self._conflict()
        elif cursor.accept("FOREIGN", "KEY"):
            columns = cursor.names()
            cursor.expect("REFERENCES")
            self._references(columns)
            if cursor.word == "DEFERRABLE" or cursor.looking_at("NOT", "DEFERRABLE"):
                self._deferrable("NOT" if cursor.accept("NOT") else "")
        else:
            raise UnreadableError(cursor.offset)
        self.fresh_name = ""

    def _key(self) -> KeyText:
        cursor = self.cursor
        start, end = cursor.group()
        self.autoincrement |= "AUTOINCREMENT" in cursor.words[start:end]
        terms = tuple(term(cursor, *part) for part in cursor.split(start, end))
        return KeyText(terms, self.fresh_name, self._conflict())

    def _check(self, column: str) -> None:
        self.checks.append(Check(self.cursor.text(*self.cursor.group()), self.last_name, column))

    def _default(self) -> str:
        cursor = self.cursor
        if cursor.word == "(":
            return cursor.text(*cursor.group())
        start = cursor.at
        cursor.accept_any("+", "-")
        cursor.take()
        return cursor.text(start, cursor.at)

    def _generated(self) -> dict[str, Any]:
        text = self.cursor.text(*self.cursor.group())
        stored = self.cursor.accept_any("STORED", "VIRTUAL") == "STORED"
        return {"generated": text, "storage": Generated.STORED if stored else Generated.VIRTUAL}

    def _references(self, columns: tuple[str, ...]) -> None:
        cursor = self.cursor
        parent = cursor.name()
        parent_columns = cursor.names() if cursor.word == "(" else ()
        key = ForeignKeyText(columns, parent, parent_columns, self.fresh_name)
        while True:
            if cursor.accept("ON"):
                event, action = cursor.take(), cursor.take()
                if action in ("SET", "NO"):
                    action += f" {cursor.take()}"
                key = replace(key, on_delete=action) if event == "DELETE" else key
                key = replace(key, on_update=action) if event == "UPDATE" else key
            elif cursor.accept("MATCH"):
                key = replace(key, match=cursor.name())
            else:
                break
        self.foreign_keys.append(key)

    def _deferrable(self, words: str) -> None:
        """The clause belongs to the last foreign key before it, wherever it stands."""
        cursor = self.cursor
        cursor.expect("DEFERRABLE")
        words = f"{words} DEFERRABLE".strip()
        if cursor.accept("INITIALLY"):
            words += f" INITIALLY {cursor.take()}"
        if self.foreign_keys:
            self.foreign_keys[-1] = replace(self.foreign_keys[-1], deferrable=words)

    def _conflict(self) -> str:
        if self.cursor.word != "ON":  # nearly always
            return ""
        self.cursor.expect("ON", "CONFLICT")
        conflict = self.cursor.accept_any(*_CONFLICTS)
        if not conflict:
            raise UnreadableError(self.cursor.offset)
        return conflict

    def _comments(self) -> str:
        """Give every comment to the column beside it; those before the first column are the table's own.

        A comment on the line of a column's text, or of the comma after it, is that column's; one on a line of
        its own is about what follows. Comments inside parentheses belong to the expression there.
        """
        words = self.cursor.words
        found: dict[int, list[str]] = {}
        depth = at = 0
        for offset, text, place in self.cursor.comments:
            depth += words[at:place].count("(") - words[at:place].count(")")
            at = place
            if depth <= 1:
                found.setdefault(self._owner(offset, place), []).append(comment_text(text))
        for i, texts in found.items():
            if 0 <= i < len(self.columns):
                self.columns[i] = self.columns[i]._replace(comment="\n".join(filter(None, texts)))
        return "\n".join(filter(None, found.get(_TABLE, ())))

    def _owner(self, offset: int, place: int) -> int:
        """The place of the column a comment is about, _TABLE for the table, or a place no column has."""
        cursor = self.cursor
        if offset < self.item_starts[0]:
            return _TABLE
        if "\n" not in cursor.sql[cursor.end_of(place - 1) : offset]:
            return bisect_right(self.item_starts, cursor.offsets[place - 1]) - 1
        if place >= cursor.end:
            return len(self.item_starts)
        item = bisect_right(self.item_starts, cursor.offsets[place]) - 1
        return item + (cursor.words[place] in (",", ")"))
