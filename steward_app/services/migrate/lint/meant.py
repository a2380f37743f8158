"""What a file says is meant: `-- steward: allows <code>, ...`, above a statement, in it, or behind it on its line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from steward_app.db.migration_script import Script
from steward_app.db.tokens import Category, Token, tokenize

_ALLOWS: Final = re.compile(r"steward:\s*allows\s+([\w\s,]+)")


def meant_in(script: Script) -> dict[int, frozenset[str]]:
    """The codes that a file allows, by line.

    A remark counts for the statement it stands in, or behind on its line, or above.
    """
    found: dict[int, frozenset[str]] = {}
    for token, codes in _remarks(script):
        for line in _lines_of(script, token.offset, token.end):
            found[line] = found.get(line, frozenset()) | codes
    return found


def is_meant(script: Script, code: str) -> bool:
    """Whether a file allows something of any of its statements."""
    return any(code in codes for _, codes in _remarks(script))


def _remarks(script: Script) -> Iterator[tuple[Token, frozenset[str]]]:
    for token in tokenize(script.text):
        said = _ALLOWS.search(token.text) if token.category is Category.COMMENT else None
        if said is not None:
            yield token, frozenset(said[1].replace(",", " ").split())


def _lines_of(script: Script, start: int, end: int) -> Sequence[int]:
    """The lines that a remark speaks of: those of the statement it belongs to."""
    line = script.position(start).line
    for statement in script.statements:
        first = script.position(statement.offset).line
        last = script.position(statement.offset + len(statement.sql)).line
        if first <= line <= last or statement.offset >= end:
            return range(first, last + 1)
    return (line,)
