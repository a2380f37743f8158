"""What only the stored text of a schema knows, read from its tokens by SQLite's grammar.

The text was accepted by SQLite once, so the readers here only find their way in it; they never judge it. What
they cannot find their way in gives None, and the caller shows the text itself. Pieces of text (expressions,
WHERE, WHEN) are cut out as they stand. Grammar: https://www.sqlite.org/lang_createtable.html and siblings.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from steward_app.db.tokens import LONGEST_READ, significant_columns, unquote

T = TypeVar("T")


class UnreadableError(Exception):
    """The text does not go on as SQLite's grammar says."""


class Cursor:
    """A place in a text, moving over its significant tokens (see `Significant`)."""

    def __init__(self, sql: str) -> None:
        self.sql = sql
        tokens = significant_columns(sql)
        self.texts = tokens.texts
        self.offsets = tokens.offsets
        self.words = tokens.words
        self.is_name = tokens.is_name
        self.comments = tokens.comments
        self.end = len(self.texts)
        self.words.append("")  # the end
        self.is_name.append(False)
        self.at = 0

    @property
    def word(self) -> str:
        """What can be matched at this place, or ""."""
        return self.words[self.at]

    @property
    def offset(self) -> int:
        """Character offset of this place in the text."""
        return self.offsets[self.at] if self.at < self.end else len(self.sql)

    def done(self) -> bool:
        """True at the end, or where only a closing semicolon is left."""
        return self.at >= self.end or (self.word == ";" and self.at == self.end - 1)

    def looking_at(self, *words: str) -> bool:
        """True when these words stand here."""
        return tuple(self.words[self.at : self.at + len(words)]) == words

    def accept(self, *words: str) -> bool:
        """Step over these words if they stand here."""
        if self.words[self.at] != words[0] or (len(words) > 1 and not self.looking_at(*words)):
            return False
        self.at += len(words)
        return True

    def expect(self, *words: str) -> None:
        """Step over these words; raises `UnreadableError` when they do not stand here."""
        if not self.accept(*words):
            raise UnreadableError(self.offset)

    def accept_any(self, *words: str) -> str:
        """Step over one of these words if it stands here, and give it; else ""."""
        word = self.words[self.at]
        if word and word in words:
            self.at += 1
            return word
        return ""

    def take(self) -> str:
        """Step over one token, whatever it is, and give what can be matched of it."""
        if self.at >= self.end:
            raise UnreadableError(self.offset)
        self.at += 1
        return self.words[self.at - 1]

    def name(self) -> str:
        """Step over a name and give it without its quotes."""
        at = self.at
        if at >= self.end or not self.is_name[at]:
            raise UnreadableError(self.offset)
        self.at += 1
        return unquote(self.texts[at])

    def qualified_name(self) -> str:
        """Step over `schema.name` or `name` and give the name."""
        name = self.name()
        return self.name() if self.accept(".") else name

    def group(self) -> tuple[int, int]:
        """Step over `( ... )` and give the first and the last place inside it (exclusive)."""
        self.expect("(")
        start, depth = self.at, 1
        while depth:
            if self.at >= self.end:
                raise UnreadableError(self.offset)
            word = self.words[self.at]
            depth += (word == "(") - (word == ")")
            self.at += 1
        return start, self.at - 1

    def text(self, start: int, end: int) -> str:
        """The text from one place to another (exclusive), as it stands, with the comments inside it."""
        if start >= end:
            return ""
        return self.sql[self.offsets[start] : self.end_of(end - 1)]

    def end_of(self, at: int) -> int:
        """Character offset behind the token at a place."""
        return self.offsets[at] + len(self.texts[at])

    def split(self, start: int, end: int) -> list[tuple[int, int]]:
        """The parts between two places that commas outside of parentheses separate."""
        parts, depth, begin = [], 0, start
        for at in range(start, end):
            word = self.words[at]
            if word == "(":
                depth += 1
            elif word == ")":
                depth -= 1
            elif word == "," and depth == 0:
                parts.append((begin, at))
                begin = at + 1
        parts.append((begin, end))
        return parts

    def names(self) -> tuple[str, ...]:
        """Step over `(a, "b")` and give the names."""
        return tuple(unquote(self.texts[start]) for start, _ in self.split(*self.group()))


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a key or an index: `text` as it stands; `name` what a bare name in it means, else ""."""

    name: str
    text: str
    collation: str = ""
    descending: bool = False


@dataclass(frozen=True, slots=True)
class IndexText:
    """What CREATE INDEX says."""

    name: str
    table: str
    unique: bool
    terms: tuple[Term, ...]
    where: str = ""


@dataclass(frozen=True, slots=True)
class TriggerText:
    """What CREATE TRIGGER says; `body` stands between BEGIN and END."""

    name: str
    table: str
    timing: str
    event: str
    of_columns: tuple[str, ...]
    when: str
    body: str


@dataclass(frozen=True, slots=True)
class ViewText:
    """What CREATE VIEW says; `columns` is () where the view gives them no names of its own."""

    name: str
    columns: tuple[str, ...]
    select: str


@dataclass(frozen=True, slots=True)
class VirtualText:
    """What CREATE VIRTUAL TABLE says; arguments as they stand."""

    name: str
    module: str
    arguments: tuple[str, ...]


def read_index(sql: str) -> IndexText | None:
    """The parts of a CREATE INDEX, or None."""
    return reading(_index, sql)


def read_trigger(sql: str) -> TriggerText | None:
    """The parts of a CREATE TRIGGER, or None."""
    return reading(_trigger, sql)


def read_view(sql: str) -> ViewText | None:
    """The parts of a CREATE VIEW, or None."""
    return reading(_view, sql)


def read_virtual(sql: str) -> VirtualText | None:
    """The parts of a CREATE VIRTUAL TABLE, or None."""
    return reading(_virtual, sql)


def reading(reader: Callable[[Cursor], T], sql: str) -> T | None:
    """What the reader makes of the whole text, or None where it cannot find its way or the text is too long."""
    if len(sql) > LONGEST_READ:
        return None
    cursor = Cursor(sql)
    try:
        found = reader(cursor)
    except UnreadableError:
        return None
    return found if cursor.done() else None


def term(cursor: Cursor, start: int, end: int) -> Term:
    """A term of a key or index between two places: `expression [COLLATE name] [ASC | DESC]`."""
    words = cursor.words
    if end - start > 2 and words[end - 2] == "NULLS":  # accepted by no index, but by the grammar
        end -= 2
    descending = end - start > 1 and words[end - 1] == "DESC"
    if end - start > 1 and words[end - 1] in ("ASC", "DESC", "AUTOINCREMENT"):
        end -= 1
    collation = ""
    if end - start > 2 and words[end - 2] == "COLLATE":
        collation = unquote(cursor.texts[end - 1])
        end -= 2
    text = cursor.text(start, end)
    bare = end - start == 1 and cursor.is_name[start]
    return Term(unquote(text) if bare else "", text, collation, descending)


def _index(cursor: Cursor) -> IndexText:
    cursor.expect("CREATE")
    unique = cursor.accept("UNIQUE")
    cursor.expect("INDEX")
    cursor.accept("IF", "NOT", "EXISTS")
    name = cursor.qualified_name()
    cursor.expect("ON")
    table = cursor.name()
    terms = tuple(term(cursor, *part) for part in cursor.split(*cursor.group()))
    where = ""
    if cursor.accept("WHERE"):
        where = _rest(cursor)
    return IndexText(name, table, unique, terms, where)


def _trigger(cursor: Cursor) -> TriggerText:
    cursor.expect("CREATE")
    cursor.accept_any("TEMP", "TEMPORARY")
    cursor.expect("TRIGGER")
    cursor.accept("IF", "NOT", "EXISTS")
    name = cursor.qualified_name()
    timing = cursor.accept_any("BEFORE", "AFTER") or "BEFORE"
    if cursor.accept("INSTEAD", "OF"):
        timing = "INSTEAD OF"
    event = cursor.accept_any("DELETE", "INSERT", "UPDATE")
    of_columns: list[str] = []
    if event == "UPDATE" and cursor.accept("OF"):
        of_columns.append(cursor.name())
        while cursor.accept(","):
            of_columns.append(cursor.name())
    cursor.expect("ON")
    table = cursor.qualified_name()
    cursor.accept("FOR", "EACH", "ROW")
    when = ""
    if cursor.accept("WHEN"):
        start = cursor.at
        while not _at_body(cursor):
            cursor.take()
        when = cursor.text(start, cursor.at)
    cursor.expect("BEGIN")
    start = cursor.at
    end = cursor.end
    while end > start and cursor.words[end - 1] == ";":
        end -= 1
    if not event or end <= start or cursor.words[end - 1] != "END":
        raise UnreadableError(cursor.offset)
    cursor.at = end
    return TriggerText(name, table, timing, event, tuple(of_columns), when, cursor.text(start, end - 1))


def _at_body(cursor: Cursor) -> bool:
    """BEGIN is a legal name of a column too; only the one before a statement opens the body."""
    return (
        cursor.word == "BEGIN"
        and cursor.words[cursor.at + 1] in _STATEMENTS
        and cursor.words[cursor.at - 1] != "."
    )


def _view(cursor: Cursor) -> ViewText:
    cursor.expect("CREATE")
    cursor.accept_any("TEMP", "TEMPORARY")
    cursor.expect("VIEW")
    cursor.accept("IF", "NOT", "EXISTS")
    name = cursor.qualified_name()
    columns = cursor.names() if cursor.word == "(" else ()
    cursor.expect("AS")
    return ViewText(name, columns, _rest(cursor))


def _virtual(cursor: Cursor) -> VirtualText:
    cursor.expect("CREATE", "VIRTUAL", "TABLE")
    cursor.accept("IF", "NOT", "EXISTS")
    name = cursor.qualified_name()
    cursor.expect("USING")
    module = cursor.name()
    arguments: tuple[str, ...] = ()
    if cursor.word == "(":
        arguments = tuple(cursor.text(*part) for part in cursor.split(*cursor.group()))
    return VirtualText(name, module, tuple(argument for argument in arguments if argument))


def _rest(cursor: Cursor) -> str:
    """The text from here to the end, without a closing semicolon."""
    start = cursor.at
    while not cursor.done():
        cursor.take()
    return cursor.text(start, cursor.at)


_STATEMENTS = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE", "WITH", "VALUES"})
