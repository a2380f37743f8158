"""A script as its statements, each with the line it starts on. Cut where SQLite itself says a statement ends."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

import apsw

from steward_app.db.tokens import Category, Position, position, tokenize
from steward_app.kernel.errors import ErrorCode, UsageError

_LEADING = re.compile(r"(?:[\s\ufeff;]|--[^\n]*(?:\n|$)|/\*.*?\*/)*", re.DOTALL)
_OPENING = frozenset("'\"`[")
_WORD = re.compile(r"[A-Za-z]+")


class Statement(NamedTuple):
    """One statement of a script. `line` counts from 1; it and `offset`, in characters, are of its first word."""

    line: int
    sql: str
    offset: int = 0

    @property
    def verb(self) -> str:
        """Its first word, in capitals: "CREATE", "COMMIT"."""
        found = _WORD.match(self.sql)
        return found.group().upper() if found else ""


def split(
    script: str, name: str = "script", place_of: Callable[[int], Position] | None = None
) -> tuple[Statement, ...]:
    """The statements of a script, in order; comments and empty statements between them are left out.

    Args:
        name: what errors call it.
        place_of: where an offset is for a person, where the script is another text than the file's.

    Semicolons in strings, comments, quoted names and trigger bodies do not end a statement. Raises `UsageError`
    when the script ends in the middle of a string, a comment or a trigger, with the place where that begins, or holds
    a NUL character.
    """
    if (nul := script.find("\x00")) >= 0:
        place = place_of(nul) if place_of else position(script, nul)
        raise UsageError(
            ErrorCode.BAD_SQL,
            f"“{name}”, line {place.line}, column {place.column}: this is a NUL character, which SQL cannot hold.",
            hint="Nothing was run. Take it out; of bytes, write a BLOB: x'00'.",
        )
    statements = []
    start = 0
    for semicolon in re.finditer(";", script):
        if apsw.complete(script[start : semicolon.end()]):
            statements.append(_statement(script, start, semicolon.end()))
            start = semicolon.end()
    rest = _statement(script, start, len(script))
    if rest.sql and not apsw.complete(rest.sql + "\n;"):
        what, offset = _open(rest)
        place = place_of(offset) if place_of else position(script, offset)
        raise UsageError(
            ErrorCode.BAD_SQL,
            f"“{name}”, line {place.line}, column {place.column}: this {what} does not end.",
            hint="Nothing was run. Look for a quote or comment that is not closed, or a trigger without END;",
        )
    return tuple(statement for statement in (*statements, rest) if statement.sql)


def ended(statement: str) -> str:
    """A statement with the semicolon that ends it, once; on a line of its own where a remark would hide it.

    White space at its end stays before it: SQLite stores that with an index, and with a table that has options.
    """
    text = statement.rstrip()
    last_line = text[text.rfind("\n") + 1 :]
    if "--" not in last_line:
        return text if text.endswith(";") else f"{statement};"
    last = [token for token in tokenize(statement) if token.category is not Category.SPACE][-1]
    if last.text == ";":
        return text
    is_open = last.text.startswith("--") and "\n" not in statement[last.end :]
    return f"{statement}\n;" if is_open else f"{statement};"


def _open(rest: Statement) -> tuple[str, int]:
    """What is open at the end of a script, and where it begins in it."""
    last = tokenize(rest.sql)[-1]
    if last.category is Category.COMMENT and last.text.startswith("/*") and "*/" not in last.text[2:]:
        return "comment", rest.offset + last.offset
    if last.category is Category.ILLEGAL and last.text.lstrip("xX")[:1] in _OPENING:
        return "quote", rest.offset + last.offset
    return "statement", rest.offset


def _statement(script: str, start: int, end: int) -> Statement:
    leading = _LEADING.match(script, start, end)
    first = leading.end() if leading else start
    return Statement(script.count("\n", 0, first) + 1, script[first:end].strip(), first)
