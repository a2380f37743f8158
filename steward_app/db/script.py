"""A script as its statements, each with the line it starts on. Cut where SQLite itself says a statement ends."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

import apsw

from steward_app.db.tokens import Category, tokenize
from steward_app.kernel.errors import ErrorCode, UsageError

_LEADING = re.compile(r"(?:[\s\ufeff;]|--[^\n]*(?:\n|$)|/\*.*?\*/)*", re.DOTALL)
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
    script: str, name: str = "script", line_of: Callable[[int], int] | None = None
) -> tuple[Statement, ...]:
    """The statements of a script, in order; comments and empty statements between them are left out.

    Args:
        name: what errors call it.
        line_of: the line that an offset has for a person, where the script is another text than the file's.

    Semicolons in strings, comments, quoted names and trigger bodies do not end a statement. Raises `UsageError`
    when the script ends in the middle of a string, a comment or a trigger, or holds a NUL character.
    """
    if "\x00" in script:
        raise UsageError(
            ErrorCode.BAD_SQL, f"“{name}” holds a NUL character, which SQL cannot.", hint="Nothing was run."
        )
    statements = []
    start = 0
    for semicolon in re.finditer(";", script):
        if apsw.complete(script[start : semicolon.end()]):
            statements.append(_statement(script, start, semicolon.end()))
            start = semicolon.end()
    rest = _statement(script, start, len(script))
    if rest.sql and not apsw.complete(rest.sql + "\n;"):
        line = line_of(rest.offset) if line_of else rest.line
        raise UsageError(
            ErrorCode.BAD_SQL,
            f"“{name}”, line {line}: this statement does not end.",
            hint="Nothing was run. Look for an open quote or comment, or a trigger without END;",
        )
    return tuple(statement for statement in (*statements, rest) if statement.sql)


def ended(statement: str) -> str:
    """A statement with the semicolon that ends it, once; on a line of its own where a remark would hide it."""
    text = statement.rstrip()
    last_line = text[text.rfind("\n") + 1 :]
    if "--" not in last_line:
        return text if text.endswith(";") else f"{text};"
    tokens = [token for token in tokenize(text) if token.category is not Category.SPACE]
    if tokens[-1].category is Category.COMMENT:
        return f"{text}\n;"
    return text if tokens[-1].text == ";" else f"{text};"


def _statement(script: str, start: int, end: int) -> Statement:
    leading = _LEADING.match(script, start, end)
    first = leading.end() if leading else start
    return Statement(script.count("\n", 0, first) + 1, script[first:end].strip(), first)
