"""SQL as tokens, by SQLite's own grammar. Lossless: the texts of all tokens, joined, are the text again.

Schema text is read and edited token by token; nothing is ever rendered again from a parsed form, since every
known formatter changes a schema somewhere (it drops AUTOINCREMENT, or renames the columns of a view).
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

LONGEST_READ = 500_000
"""Characters of a stored text worth taking apart: more than 2,000 columns need, less than exhausts the memory."""


class Category(StrEnum):
    KEYWORD = "keyword"
    IDENTIFIER = "identifier"  # quoted ones too; a keyword that serves as a name stays KEYWORD
    STRING = "string"  # 'text' and x'00'; SQLite takes 'text' for a name where only a name can stand
    NUMBER = "number"
    OPERATOR = "operator"
    PUNCTUATION = "punctuation"
    PARAMETER = "parameter"
    COMMENT = "comment"
    SPACE = "space"
    ILLEGAL = "illegal"  # what SQLite does not know, such as an unfinished string


class Token(NamedTuple):
    """A piece of SQL text. `offset` counts characters from the start of the text."""

    offset: int
    text: str
    category: Category

    @property
    def length(self) -> int:
        """Characters of its text."""
        return len(self.text)

    @property
    def end(self) -> int:
        """Offset of the character after it."""
        return self.offset + len(self.text)

    @property
    def word(self) -> str:
        """The token in capitals where it is an unquoted word (keyword or name), else ""."""
        plain = self.category in _WORDS and self.text[0] not in _OPENING
        return self.text.upper() if plain else ""


class Position(NamedTuple):
    """A place in a text as editors count: line and column from 1, in characters."""

    line: int
    column: int


_WORDS = frozenset({Category.KEYWORD, Category.IDENTIFIER})
_SILENT = frozenset({Category.SPACE, Category.COMMENT})
_OPENING = "\"`['"
_CATEGORIES = {category.value: category for category in Category}
_UNSORTED = frozenset({"COLUMN", "ISNULL", "NOTNULL"})
"""Words of SQLite's grammar that the library gives no category; the first is a legal name, too."""
_SURROGATE = re.compile("[\ud800-\udfff]")
_SPACES = " \t\n\v\f\r"
_local = threading.local()


def tokenize(sql: str) -> tuple[Token, ...]:
    """Every token of the text, spaces and comments included.

    SQLite ends a text at a NUL character: what follows is one ILLEGAL token. Half a surrogate pair stands for a
    byte that is not UTF-8, which SQLite takes for a letter.
    """
    tokens: list[Token] = []
    offset = 0
    for piece in _pieces(sql):
        text = piece["text"]
        category = _CATEGORIES.get(piece["category"])
        if category is None:
            category = Category.SPACE
            if text.strip(_SPACES):
                category = Category.KEYWORD if text.upper() in _UNSORTED else Category.ILLEGAL
        tokens.append(Token(offset, text, category))
        offset += len(text)
    return tuple(tokens)


@dataclass(slots=True)
class Significant:
    """The tokens of a text without spaces and comments, in columns: quick to make and to walk.

    A schema has 100,000s of tokens; a reader of whole schemas has no time for an object each.

    Attributes:
        texts, offsets: of every token.
        words: what a grammar matches: an unquoted word in capitals, punctuation and operators as they stand, and
            "" for what can never be matched (quoted names, strings, numbers).
        is_name: whether a name can stand there (words, quoted names, strings).
        comments: (offset, text, place among the tokens) of every comment.
    """

    texts: list[str] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    is_name: list[bool] = field(default_factory=list)
    comments: list[tuple[int, str, int]] = field(default_factory=list)


def significant_columns(sql: str) -> Significant:
    """The same tokens as `significant(tokenize(sql))`, in columns."""
    found = Significant()
    texts, offsets, words, is_name = found.texts, found.offsets, found.words, found.is_name
    offset = 0
    for piece in _pieces(sql):
        text, kind = piece["text"], piece["category"]
        if kind == "other":
            if not text.strip(_SPACES):
                offset += len(text)
                continue
            if text.upper() in _UNSORTED:
                kind = "keyword"
        if kind == "comment":
            found.comments.append((offset, text, len(texts)))
            offset += len(text)
            continue
        texts.append(text)
        offsets.append(offset)
        offset += len(text)
        if kind == "punctuation" or kind == "operator":
            words.append(text)
            is_name.append(False)
        elif kind == "identifier" or kind == "keyword":
            words.append("" if text[0] in _OPENING else text.upper())
            is_name.append(True)
        else:
            words.append("")
            is_name.append(kind == "string")
    return found


def significant(tokens: Iterable[Token]) -> tuple[Token, ...]:
    """The tokens without spaces and comments: two texts that agree in these say the same."""
    return tuple(token for token in tokens if token.category not in _SILENT)


def meaning(sql: str) -> tuple[tuple[str, str], ...]:
    """What a text says: (category, text) of its tokens without spaces and comments, keywords in capitals."""
    return tuple(
        (token.category, token.text.upper() if token.category is Category.KEYWORD else token.text)
        for token in tokenize(sql)
        if token.category not in _SILENT
    )


def same_meaning(one: str, other: str) -> bool:
    """True when two texts differ in spaces, comments and the case of keywords at most.

    Texts too long to take apart must be equal to the letter.
    """
    if one == other or max(len(one), len(other)) > LONGEST_READ:
        return one == other
    return meaning(one) == meaning(other)


def unquote(text: str) -> str:
    """The name an identifier or string token means: `"a""b"` is `a"b`, `[a b]` is `a b`, `'x'` is `x`."""
    if len(text) < 2 or text[0] not in _OPENING:
        return text
    if text[0] == "[":
        return text[1:-1]
    quote = text[0]
    return text[1:-1].replace(quote * 2, quote)


def position(sql: str, offset: int) -> Position:
    """Where an offset is, for a person with an editor."""
    before = sql[:offset]
    return Position(before.count("\n") + 1, offset - before.rfind("\n"))


def comment_text(text: str) -> str:
    """What a comment says, without its marks."""
    if text.startswith("--"):
        return text.lstrip("-").strip()
    body = text[2:-2] if text.endswith("*/") and len(text) >= 4 else text[2:]
    return "\n".join(line.strip().lstrip("*").strip() for line in body.splitlines()).strip()


def _pieces(sql: str) -> list[dict[str, Any]]:
    """Every token as the library tells it, by "text" and "category"; the texts together are the text."""
    readable, nul, _ = sql.partition("\x00")
    if not readable:
        pieces = []
    elif _SURROGATE.search(readable) is None:
        pieces = _engine().tokenize(readable)
    else:
        pieces = _engine().tokenize(_SURROGATE.sub("\ufffd", readable))
        offset = 0
        for piece in pieces:
            end = offset + len(piece["text"])
            piece["text"] = sql[offset:end]
            offset = end
    if nul:
        pieces.append({"text": sql[len(readable) :], "category": "illegal"})
    return pieces


def _engine() -> Any:  # the library has no types
    """One tokenizer a thread: the library is not meant to be shared."""
    engine = getattr(_local, "engine", None)
    if engine is None:
        import syntaqlite

        engine = _local.engine = syntaqlite.Syntaqlite()
    return engine
