"""Values for the placeholders of a migration: `${name}` becomes a text, `${name!number}` a number, `${name!identifier}`
a quoted name.

A placeholder stands where a value or a name stands in SQL. In a remark it is left as it is; inside quotes it would
give quotes within quotes, and is refused. `$${` is how a file says `${` itself, as in a text that holds it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from steward_app.db.migration_files import Migration
from steward_app.db.migration_script import Filled
from steward_app.db.names import literal, quote
from steward_app.db.tokens import Category, position, tokenize
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import quoted

_ESCAPED = "$${"
_PLACEHOLDER = re.compile(r"\$\$\{|\$\{([^{}]*)\}")
_SAID = re.compile(r"(?P<name>\w+)(?:!(?P<kind>identifier|number))?", re.ASCII)
_NUMBER = re.compile(r"-?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


def fill(migration: Migration, values: Mapping[str, str]) -> Filled:
    """The file's text with a value in the place of each placeholder.

    Raises `UsageError` (BAD_SQL) with the place of a placeholder that has no value, or cannot have this one.
    """
    text = migration.text
    if "${" not in text:
        return Filled(text)
    remarks, quotes = _remarks_and_quotes(text)

    def said(found: re.Match[str]) -> str:
        at = found.start()
        if any(start <= at < end for start, end in remarks):
            return found.group()
        if found.group() == _ESCAPED:
            return "${"
        if any(start <= at < end for start, end in quotes):
            raise _bad(
                migration,
                at,
                f"{quoted(found.group())} stands inside quotes",
                f"Take the quotes away, or write {_ESCAPED} where the text itself is meant.",
            )
        return _value(migration, found, values)

    parts: list[str] = []
    places: list[tuple[int, int, int, int]] = []
    done = length = 0
    for found in _PLACEHOLDER.finditer(text):
        before, value = text[done : found.start()], said(found)
        begin = length + len(before)
        length = begin + len(value)
        places.append((begin, length, found.start(), found.end()))
        parts += [before, value]
        done = found.end()
    return Filled("".join((*parts, text[done:])), tuple(places))


def escaped(sql: str) -> str:
    """SQL as it stands in a file, so that nothing in it is taken for a placeholder: `fill` gives it back."""
    if "${" not in sql:
        return sql
    remarks, _ = _remarks_and_quotes(sql)
    parts, done = [], 0
    for start, end in remarks:
        parts += [sql[done:start].replace("${", _ESCAPED), sql[start:end]]
        done = end
    return "".join((*parts, sql[done:].replace("${", _ESCAPED)))


def names(text: str) -> tuple[str, ...]:
    """The names of the placeholders of a text outside its remarks, each once."""
    remarks, _ = _remarks_and_quotes(text)
    found = (
        said["name"]
        for each in _PLACEHOLDER.finditer(text)
        if each.group() != _ESCAPED
        and not any(start <= each.start() < end for start, end in remarks)
        and (said := _SAID.fullmatch(each.group(1).strip()))
    )
    return tuple(dict.fromkeys(found))


def asked_by(files: Iterable[Migration | None]) -> tuple[str, ...]:
    """The names that files want a value for before they run, each once; a program wants none."""
    texts = (each.text for each in files if each is not None and not each.python)
    return tuple(dict.fromkeys(name for text in texts for name in names(text)))


def _value(migration: Migration, found: re.Match[str], values: Mapping[str, str]) -> str:
    said = _SAID.fullmatch(found.group(1).strip())
    if said is None:
        raise _bad(
            migration,
            found.start(),
            f"{quoted(found.group())} is no placeholder",
            "Write it as ${name}, ${name!number} or ${name!identifier}.",
        )
    name = said["name"]
    if name not in values:
        known = f" Known are {', '.join(sorted(values))}." if values else ""
        raise _bad(
            migration,
            found.start(),
            f"{quoted(name)} has no value",
            f"Give it with --set {name}=VALUE.{known}",
        )
    value = values[name]
    match said["kind"]:
        case "identifier":
            return quote(value)
        case "number":
            if not _NUMBER.fullmatch(value):
                raise _bad(
                    migration, found.start(), f"the value of {quoted(name)} is no number", "Give a number."
                )
            return value
    return literal(value)


def _remarks_and_quotes(text: str) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Where remarks stand in a text, and where quoted texts and names do."""
    remarks, quotes = [], []
    for token in tokenize(text):
        if token.category is Category.COMMENT:
            remarks.append((token.offset, token.end))
        elif token.text[0] in "'\"`[xX" and token.text[-1] in "'\"`]":
            quotes.append((token.offset, token.end))
    return remarks, quotes


def _bad(migration: Migration, offset: int, what: str, hint: str) -> UsageError:
    at = position(migration.text, offset)
    return UsageError(
        ErrorCode.BAD_SQL,
        f"{quoted(migration.path.name)}, line {at.line}, column {at.column}: {what}.",
        hint=f"Nothing was applied. {hint}",
    )
