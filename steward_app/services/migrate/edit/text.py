"""Changes of a CREATE TABLE as changes of its text: what is not asked for stays byte for byte.

An item goes with the comma that separates it and with the remark beside it; an item that comes stands as the item
before it does, on a line of its own or not. Every function takes a text and gives a text.
"""

from __future__ import annotations

import re

from steward_app.db.names import fold, quote
from steward_app.db.script import ended, split
from steward_app.db.tokens import Category, significant, tokenize
from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.text import quoted
from steward_app.services.migrate.edit.spans import (
    Clause,
    ClauseKind,
    ColumnSpan,
    Span,
    TableSpans,
    read_spans,
)

_BESIDE = re.compile(r"[^\S\n]*(?:--[^\n]*?(?=\r?(?:\n|$))|/\*(?:(?!\*/)[^\n])*\*/(?=[^\S\n]*(?:\n|$)))")
_ON_THE_LINE = re.compile(r"[^\S\n]*/\*(?:(?!\*/)[^\n])*\*/")
_BLANK = re.compile(r"[^\S\n]*?(?=\r?(?:\n|$))")
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_INDENT = re.compile(r"\r?\n([^\S\n]*)$")


def spans(sql: str) -> TableSpans:
    """Where the parts of a CREATE TABLE stand. Raises `Refused` where its text cannot be read."""
    found = read_spans(sql)
    if found is None:
        raise Refused(
            ErrorCode.BLOCKED,
            "The text of this table cannot be taken apart, so nothing in it can be changed safely.",
            hint="Nothing was changed. Write the change as a migration by hand.",
        )
    return found


def column(table: TableSpans, name: str) -> ColumnSpan:
    """The column of a name as SQLite compares names. Raises `UsageError` where there is none."""
    found = next((each for each in table.columns if fold(each.name) == fold(name)), None)
    if found is None:
        raise UsageError(
            ErrorCode.UNKNOWN_OBJECT, f"There is no column {quoted(name)}.", hint="Nothing was changed."
        )
    return found


def create_statement(sql: str) -> str:
    """One CREATE statement to its semicolon, or its end. Raises `UsageError` where it is not one."""
    found = split(sql)
    if len(found) != 1 or found[0].verb != "CREATE":
        raise UsageError(ErrorCode.BAD_SQL, "This is not one CREATE statement.", hint="Nothing was changed.")
    whole = found[0].sql
    return whole[:-1] if ended(whole) == whole else sql[found[0].offset :]


def add_item(sql: str, definition: str, after: Span | None, remark: str = "") -> str:
    """Put a column or constraint behind another item, or before all of them.

    Args:
        definition: its text, without a comma.
        remark: a comment that is to stand beside it, or "".
    """
    items = _items(sql)
    definition = _closed(definition)
    if after is None:
        new = f"{definition},{_remark(remark)}{_line(sql, items[0]) or ' '}"
        return _put(sql, items[0].start, new)
    following = _following(items, after)
    behind = _behind_comma(sql, after, following)
    beside = _beside(sql, behind)
    line = _line(sql, after)
    if not line and beside > behind:
        line = "\n"  # behind its remark, which would else seem to be about what comes
    at = beside if line else behind
    remark = _remark(remark, ends_line=_BLANK.match(sql, at) is not None)
    if following is None and not line and (own := _ON_THE_LINE.match(sql, behind)):
        return f"{sql[: own.end()]}, {definition}{remark}{sql[own.end() :]}"
    if following is None:
        return f"{sql[: after.end]},{sql[after.end : at]}{line or ' '}{definition}{remark}{sql[at:]}"
    return _put(sql, at, f"{line or ' '}{definition},{remark}")


def drop_item(sql: str, item: Span) -> str:
    """Take a column or constraint out, with its comma, the remark beside it and a line it leaves empty."""
    items = _items(sql)
    following = _following(items, item)
    before = max(
        (each for each in items if each.start < item.start), key=lambda each: each.start, default=None
    )
    end = _beside(sql, _behind_comma(sql, item, following))
    begins_line, ends_line = _line(sql, item), _BLANK.match(sql, end)
    start = item.start
    if begins_line and ends_line:
        start, end = start - len(begins_line), ends_line.end()
    elif following is not None:
        end += len(sql) - end - len(sql[end:].lstrip(" \t"))
    elif not begins_line:
        start = len(sql[:start].rstrip())
    comma = _comma(sql, before.end, item.start) if before is not None and following is None else None
    kept = sql[:start] if comma is None else sql[:comma] + sql[comma + 1 : start]
    return kept + sql[end:]


def remark_beside(sql: str, item: Span) -> str:
    """The comment that stands on the line of an item's end, or ""."""
    behind = _behind_comma(sql, item, _following(_items(sql), item))
    return sql[behind : _beside(sql, behind)].strip()


def add_clause(sql: str, name: str, clause: str) -> str:
    """Put a constraint behind what a column says already."""
    found = column(spans(sql), name)
    return _put(sql, found.end, f" {clause}")


def drop_clause(sql: str, clause: Clause) -> str:
    """Take a constraint of a column out, with the space before it."""
    start = len(sql[: clause.start].rstrip(" \t"))
    if sql[start - 1] == "\n":  # on a line of its own
        start = clause.start
    return sql[:start] + sql[clause.end :]


def replace(sql: str, span: Span, text: str) -> str:
    """Put another text where a part stands."""
    return sql[: span.start] + text + sql[span.end :]


def set_type(sql: str, name: str, declared_type: str) -> str:
    """Give a column another type, or with "" none."""
    found = column(spans(sql), name)
    if found.declared_type.start == found.declared_type.end:
        return _put(sql, found.name_span.end, f" {declared_type}") if declared_type else sql
    if declared_type:
        return replace(sql, found.declared_type, declared_type)
    return sql[: found.name_span.end] + sql[found.declared_type.end :]


def set_clause(sql: str, name: str, kind: ClauseKind, clause: str) -> str:
    """Have a column say a DEFAULT, COLLATE, NOT NULL or generated value once, as given, or with "" not at all."""
    found = [each for each in column(spans(sql), name).clauses if each.kind is kind]
    for each in reversed(found[1:] if clause else found):
        sql = drop_clause(sql, each)
    if not clause:
        return sql
    return replace(sql, found[0], clause) if found else add_clause(sql, name, clause)


def set_option(sql: str, option: str, *, on: bool) -> str:
    """Add or take away WITHOUT ROWID or STRICT."""
    table = spans(sql)
    there = [at for at, (word, _) in enumerate(table.options) if word == option]
    if on == bool(there):
        return sql
    if on:
        end = table.options[-1][1].end if table.options else table.closing + 1
        return _put(sql, end, f", {option}" if table.options else f" {option}")
    at = there[0]
    span = table.options[at][1]
    if at + 1 < len(table.options):
        return sql[: span.start] + sql[table.options[at + 1][1].start :]
    start = table.options[at - 1][1].end if at else table.closing + 1
    return sql[:start] + sql[span.end :]


def significant_offsets(sql: str) -> list[int]:
    """Where the tokens of a text begin, without spaces and comments, and where the last one ends."""
    tokens = significant(tokenize(sql))
    return [*(token.offset for token in tokens), tokens[-1].end] if tokens else [0]


def written(name: str) -> str:
    """A name as one would write it: bare where SQLite reads it as a name then, else quoted."""
    tokens = tokenize(name)
    bare = len(tokens) == 1 and tokens[0].category is Category.IDENTIFIER and _PLAIN.fullmatch(name)
    return name if bare else quote(name)


def _put(sql: str, at: int, text: str) -> str:
    return sql[:at] + text + sql[at:]


def _closed(definition: str) -> str:
    """A definition behind which something can stand: a remark to the end of its last line would hide it."""
    tokens = tokenize(definition.rstrip())
    open_ended = bool(tokens) and tokens[-1].category is Category.COMMENT and tokens[-1].text.startswith("--")
    return definition.rstrip() + "\n" if open_ended else definition


def _remark(remark: str, *, ends_line: bool = False) -> str:
    """A remark as it can stand behind an item: one to the end of its line would hide what follows on it."""
    if remark.startswith("--") and not ends_line:
        said = remark[2:].strip()
        remark = "" if "*/" in said else f"/* {said} */"
    return f" {remark}" if remark else ""


def _items(sql: str) -> tuple[Span, ...]:
    return spans(sql).items


def _following(items: tuple[Span, ...], item: Span) -> Span | None:
    return min((each for each in items if each.start > item.start), key=lambda each: each.start, default=None)


def _line(sql: str, item: Span) -> str:
    """The line break and spaces before an item that begins its line, else ""."""
    found = _INDENT.search(sql, 0, item.start)
    return found.group() if found else ""


def _beside(sql: str, behind: int) -> int:
    """Offset behind the remark on the rest of a line, or where it was looked for."""
    found = _BESIDE.match(sql, behind)
    return found.end() if found else behind


def _comma(sql: str, start: int, end: int) -> int | None:
    """Offset of the comma between two items; SQLite takes constraints of a table without one."""
    tokens = tokenize(sql[start:end])
    return next(
        (
            start + token.offset
            for token in tokens
            if token.category is Category.PUNCTUATION and token.text == ","
        ),
        None,
    )


def _behind_comma(sql: str, item: Span, following: Span | None) -> int:
    """Offset behind the comma that ends an item, or behind the item itself where none does."""
    comma = _comma(sql, item.end, following.start) if following else None
    return item.end if comma is None else comma + 1
