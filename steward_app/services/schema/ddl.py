"""What only the stored text of a schema knows, read from its tokens by SQLite's grammar.

The text was accepted by SQLite once, so the readers here only find their way in it; they never judge it. What
they cannot find their way in gives None, and the caller shows the text itself. Pieces of text (expressions,
WHERE, WHEN) are cut out as they stand. Grammar: https://www.sqlite.org/lang_createtable.html and siblings.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from steward_app.db.tokens import Category, Token, tokenize, unquote

T = TypeVar("T")


class UnreadableError(Exception):
    """The text does not go on as SQLite's grammar says."""


class Cursor:
    """A place in a text, moving over its significant tokens.

    `words` holds, beside every token, its text in capitals where it is an unquoted word, the text itself where
    it is an operator or punctuation, and "" for what can never be matched (quoted names, strings, numbers).
    """

    def __init__(self, sql: str, tokens: tuple[Token, ...] | None = None) -> None:
        self.sql = sql
        self.all_tokens = tokenize(sql) if tokens is None else tokens
        self.tokens = [t for t in self.all_tokens if t.category not in _SILENT]
        self.words = [_matchable(token) for token in self.tokens]
        self.words.append("")  # the end
        self.at = 0

    @property
    def word(self) -> str:
        """What can be matched at this place, or ""."""
        return self.words[self.at]

    @property
    def offset(self) -> int:
        """Character offset of this place in the text."""
        return self.tokens[self.at].offset if self.at < len(self.tokens) else len(self.sql)

    def done(self) -> bool:
        """True at the end, or where only a closing semicolon is left."""
        return self.at >= len(self.tokens) or (self.word == ";" and self.at == len(self.tokens) - 1)

    def looking_at(self, *words: str) -> bool:
        """True when these words stand here."""
        return tuple(self.words[self.at : self.at + len(words)]) == words

    def accept(self, *words: str) -> bool:
        """Step over these words if they stand here."""
        if tuple(self.words[self.at : self.at + len(words)]) != words:
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

    def take(self) -> Token:
        """Step over one token, whatever it is."""
        if self.at >= len(self.tokens):
            raise UnreadableError(self.offset)
        self.at += 1
        return self.tokens[self.at - 1]

    def name(self) -> str:
        """Step over a name and give it without its quotes."""
        token = self.take()
        if token.category not in _NAMES:
            raise UnreadableError(token.offset)
        return unquote(token.text)

    def qualified_name(self) -> str:
        """Step over `schema.name` or `name` and give the name."""
        name = self.name()
        return self.name() if self.accept(".") else name

    def group(self) -> tuple[int, int]:
        """Step over `( ... )` and give the first and the last place inside it (exclusive)."""
        self.expect("(")
        start, depth = self.at, 1
        while depth:
            if self.at >= len(self.tokens):
                raise UnreadableError(self.offset)
            word = self.words[self.at]
            depth += (word == "(") - (word == ")")
            self.at += 1
        return start, self.at - 1

    def text(self, start: int, end: int) -> str:
        """The text from one place to another (exclusive), as it stands, with the comments inside it."""
        if start >= end:
            return ""
        return self.sql[self.tokens[start].offset : self.tokens[end - 1].end]

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
        return tuple(unquote(self.tokens[start].text) for start, _ in self.split(*self.group()))


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
    """What the reader makes of the whole text, or None where it cannot find its way."""
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
        collation = unquote(cursor.tokens[end - 1].text)
        end -= 2
    text = cursor.text(start, end)
    bare = end - start == 1 and cursor.tokens[start].category in _NAMES
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
    end = len(cursor.tokens) - (cursor.words[len(cursor.tokens) - 1] == ";")
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


def _matchable(token: Token) -> str:
    category = token.category
    if category is Category.KEYWORD:
        return token.text.upper()
    if category is Category.PUNCTUATION or category is Category.OPERATOR:
        return token.text
    return token.word if category is Category.IDENTIFIER else ""


_SILENT = frozenset({Category.SPACE, Category.COMMENT})
_NAMES = frozenset({Category.KEYWORD, Category.IDENTIFIER, Category.STRING})
_STATEMENTS = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE", "WITH", "VALUES"})
