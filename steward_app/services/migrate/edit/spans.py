"""Where each part of a CREATE TABLE stands in its text, so that one can be changed and the rest stays byte for byte.

`schema.ddl_table` reads what a text says; this reads where it says it. Offsets count characters; ends are exclusive.
Grammar: https://www.sqlite.org/lang_createtable.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from steward_app.db.tokens import unquote
from steward_app.services.schema.ddl import Cursor, UnreadableError, reading


class ClauseKind(StrEnum):
    """What a constraint of a column or of the table says, by the words it is written with."""

    PRIMARY_KEY = "PRIMARY KEY"
    UNIQUE = "UNIQUE"
    CHECK = "CHECK"
    FOREIGN_KEY = "REFERENCES"
    NOT_NULL = "NOT NULL"
    NULL = "NULL"
    DEFAULT = "DEFAULT"
    COLLATE = "COLLATE"
    GENERATED = "GENERATED"


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Clause(Span):
    """A constraint, with the CONSTRAINT that names it and the DEFERRABLE that belongs to it.

    Attributes:
        name: behind CONSTRAINT, or "".
        columns: what a PRIMARY KEY, UNIQUE or FOREIGN KEY of the table names; of a column, that column.
        inside: of what stands in its brackets (a CHECK, a generated column), or of its value (DEFAULT, COLLATE).
    """

    kind: ClauseKind
    name: str = ""
    columns: tuple[str, ...] = ()
    inside: Span = Span(0, 0)


@dataclass(frozen=True, slots=True)
class ColumnSpan(Span):
    """A column's definition; `declared_type` is empty, behind the name, where there is none."""

    name: str
    name_span: Span
    declared_type: Span
    clauses: tuple[Clause, ...]

    def clause(self, kind: ClauseKind) -> Clause | None:
        """Its last clause of a kind, which is the one that counts for SQLite, or None."""
        return next((each for each in reversed(self.clauses) if each.kind is kind), None)


@dataclass(frozen=True, slots=True)
class TableSpans:
    """A CREATE TABLE.

    Attributes:
        name: where its name stands, with the schema before it.
        columns, clauses: its items in the order they are written; `clauses` are the table's own constraints.
        closing: offset of the bracket that closes the items.
        options: WITHOUT ROWID and STRICT behind it, as written in capitals, each with its place.
    """

    sql: str
    name: Span
    columns: tuple[ColumnSpan, ...]
    clauses: tuple[Clause, ...]
    closing: int
    options: tuple[tuple[str, Span], ...]

    @property
    def items(self) -> tuple[Span, ...]:
        """Columns and constraints of the table."""
        return (*self.columns, *self.clauses)


def read_spans(sql: str) -> TableSpans | None:
    """The parts of a CREATE TABLE, or None where the text is not one (CREATE TABLE ... AS has no items)."""
    return reading(lambda cursor: _Reader(cursor).read(), sql)


_TABLE_CLAUSES = frozenset({"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"})
_COLUMN_CLAUSES = _TABLE_CLAUSES | {"DEFAULT", "NULL", "NOT", "REFERENCES", "DEFERRABLE", "COLLATE", "AS"}
_TYPE_ENDS = _COLUMN_CLAUSES | {",", ")", "("}
_GENERATED = ("GENERATED", "ALWAYS", "AS")


@dataclass(slots=True)
class _Reader:
    cursor: Cursor
    columns: list[ColumnSpan] = field(default_factory=list)
    clauses: list[Clause] = field(default_factory=list)

    def read(self) -> TableSpans:
        cursor = self.cursor
        cursor.expect("CREATE")
        cursor.accept_any("TEMP", "TEMPORARY")
        cursor.expect("TABLE")
        cursor.accept("IF", "NOT", "EXISTS")
        at = cursor.at
        cursor.qualified_name()
        name = self._span(at)
        cursor.expect("(")
        while cursor.word not in _TABLE_CLAUSES:
            self.columns.append(self._column())
            if not cursor.accept(","):
                break
        while cursor.word != ")":
            self.clauses += self._table_clause()
            cursor.accept(",")
        closing = cursor.offset
        cursor.expect(")")
        return TableSpans(
            cursor.sql, name, tuple(self.columns), tuple(self.clauses), closing, tuple(self._options())
        )

    def _column(self) -> ColumnSpan:
        cursor = self.cursor
        start = cursor.at
        name = cursor.name()
        name_span = self._span(start)
        declared_type = self._type(name_span.end)
        clauses: list[Clause] = []
        while cursor.word not in (",", ")"):
            self._add(clauses, (name,))
        whole = self._span(start)
        return ColumnSpan(whole.start, whole.end, name, name_span, declared_type, tuple(clauses))

    def _type(self, behind_name: int) -> Span:
        cursor = self.cursor
        start = cursor.at
        while cursor.word not in _TYPE_ENDS and cursor.is_name[cursor.at]:
            if cursor.looking_at(*_GENERATED):
                break
            cursor.at += 1
        if cursor.at == start:
            return Span(behind_name, behind_name)
        if cursor.word == "(":
            cursor.group()
        return self._span(start)

    def _table_clause(self) -> list[Clause]:
        """The next constraint of the table, if it is more than a name."""
        clauses: list[Clause] = []
        self._add(clauses, ())
        if self.cursor.word == "DEFERRABLE" or self.cursor.looking_at("NOT", "DEFERRABLE"):
            self._add(clauses, ())
        return clauses

    def _add(self, clauses: list[Clause], column: tuple[str, ...]) -> None:
        """Read the next clause; a DEFERRABLE goes to the foreign key before it."""
        cursor = self.cursor
        start, name = cursor.at, ""
        while cursor.accept(
            "CONSTRAINT"
        ):  # SQLite takes a name without a constraint, and the last of several
            name = cursor.name()
            if cursor.word in (",", ")"):  # a name alone says nothing
                return
        if self._deferrable():
            keys = [at for at, each in enumerate(clauses) if each.kind is ClauseKind.FOREIGN_KEY]
            if keys:
                old = clauses[keys[-1]]
                clauses[keys[-1]] = Clause(
                    old.start, self._span(start).end, old.kind, old.name, old.columns, old.inside
                )
            return
        kind, columns, inside = self._kind(column)
        whole = self._span(start)
        clauses.append(Clause(whole.start, whole.end, kind, name, columns, inside))

    def _deferrable(self) -> bool:
        cursor = self.cursor
        if not (cursor.accept("NOT", "DEFERRABLE") or cursor.accept("DEFERRABLE")):
            return False
        if cursor.accept("INITIALLY"):
            cursor.take()
        return True

    def _kind(self, column: tuple[str, ...]) -> tuple[ClauseKind, tuple[str, ...], Span]:
        """Step over a clause: its kind, the columns it names, and where its inside stands."""
        cursor = self.cursor
        nothing = Span(cursor.offset, cursor.offset)
        if cursor.accept("PRIMARY", "KEY"):
            columns = column or self._terms()
            cursor.accept_any("ASC", "DESC")
            self._conflict()
            cursor.accept("AUTOINCREMENT")
            return ClauseKind.PRIMARY_KEY, columns, nothing
        if cursor.accept("UNIQUE"):
            columns = column or self._terms()
            self._conflict()
            return ClauseKind.UNIQUE, columns, nothing
        if cursor.accept("CHECK"):
            inside = self._group()
            self._conflict()
            return ClauseKind.CHECK, column, inside
        if cursor.accept("FOREIGN", "KEY"):
            columns = cursor.names()
            cursor.expect("REFERENCES")
            return ClauseKind.FOREIGN_KEY, columns, self._references()
        if cursor.accept("REFERENCES"):
            return ClauseKind.FOREIGN_KEY, column, self._references()
        if cursor.accept("NOT", "NULL") or cursor.accept("NULL"):
            kind = ClauseKind.NOT_NULL if cursor.words[cursor.at - 2] == "NOT" else ClauseKind.NULL
            self._conflict()
            return kind, column, nothing
        if cursor.accept("DEFAULT"):
            return ClauseKind.DEFAULT, column, self._default()
        if cursor.accept("COLLATE"):
            start = cursor.at
            cursor.name()
            return ClauseKind.COLLATE, column, self._span(start)
        if cursor.accept(*_GENERATED) or cursor.accept("AS"):
            inside = self._group()
            cursor.accept_any("STORED", "VIRTUAL")
            return ClauseKind.GENERATED, column, inside
        raise UnreadableError(cursor.offset)

    def _terms(self) -> tuple[str, ...]:
        """The columns of a key; what stands behind a name (COLLATE, DESC, AUTOINCREMENT) is passed over."""
        cursor = self.cursor
        return tuple(unquote(cursor.texts[start]) for start, _ in cursor.split(*cursor.group()))

    def _references(self) -> Span:
        """Step over what follows REFERENCES; where the parent's name stands."""
        cursor = self.cursor
        start = cursor.at
        cursor.name()
        parent = self._span(start)
        if cursor.word == "(":
            cursor.group()
        while True:
            if cursor.accept("ON"):
                cursor.take()
                if cursor.take() in ("SET", "NO"):
                    cursor.take()
            elif cursor.accept("MATCH"):
                cursor.name()
            else:
                return parent

    def _default(self) -> Span:
        cursor = self.cursor
        start = cursor.at
        if cursor.word == "(":
            cursor.group()
        else:
            cursor.accept_any("+", "-")
            cursor.take()
        return self._span(start)

    def _group(self) -> Span:
        """Step over `( ... )`; where its inside stands, without spaces and comments at its ends."""
        start, end = self.cursor.group()
        if start == end:
            raise UnreadableError(self.cursor.offset)
        return Span(self.cursor.offsets[start], self.cursor.end_of(end - 1))

    def _conflict(self) -> None:
        if self.cursor.accept("ON", "CONFLICT"):
            self.cursor.take()

    def _options(self) -> list[tuple[str, Span]]:
        cursor = self.cursor
        found: list[tuple[str, Span]] = []
        while not cursor.done():
            start = cursor.at
            if cursor.accept("WITHOUT", "ROWID"):
                found.append(("WITHOUT ROWID", self._span(start)))
            elif cursor.accept("STRICT"):
                found.append(("STRICT", self._span(start)))
            else:
                raise UnreadableError(cursor.offset)
            if not cursor.accept(","):
                break
        return found

    def _span(self, start: int) -> Span:
        """From the token at a place to the one before the cursor."""
        return Span(self.cursor.offsets[start], self.cursor.end_of(self.cursor.at - 1))
