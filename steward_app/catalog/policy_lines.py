"""Policies written plainly, one key a line, read many times faster than as YAML: decisions about a thousand columns.

What is written otherwise (flow mappings, blocks of text, anchors) is left to `policy_text`, section by section; where
it cannot be told apart, the whole text is. Nothing is read here that YAML would read as something else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from steward_app.catalog import policy_text

_ODD = re.compile("[^\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_DOCUMENT = re.compile(r"^(?:---|\.\.\.|%)", re.MULTILINE)
_WORD = r"(?:[^\W\d]|\$|[0-9]+ [^\W\d])(?:[^:#\n]|:(?=[^\s])|(?<=[^\s])#)*(?<=\S)"  # starts like no number or mark
_SINGLE = r"'(?:[^'\n]|'')*'"
_DOUBLE = r'"(?:[^"\\\n]|\\["\\nt]|\\u(?![dD][89a-fA-F])[0-9a-fA-F]{4})*"'
_NUMBER = r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,14})?"
_QUOTED = rf"{_SINGLE}|{_DOUBLE}"
_ITEM = rf"(?:{_QUOTED}|[^\W\d][^:#,\[\]{{}}\n]*(?<=\S))"
_LISTED = rf"\[ *(?:{_ITEM}(?: *, *{_ITEM})*)? *\]"
_LINE = re.compile(
    rf"(?P<indent> *)(?:(?P<dash>-)|(?P<head>(?P<key>{_QUOTED}|{_WORD}):))"
    rf"(?: +(?P<value>{_QUOTED}|{_NUMBER}|{_LISTED}|{_WORD}))?(?P<remark> +#.*)? *"
)
_HEAD = re.compile(rf"({_QUOTED}|{_WORD}):(?: |$)")
_ITEMS = re.compile(_ITEM)
_NO_TEXT = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}  # as words of YAML, old or new
_LONGEST_KEY = 500

Plain: TypeAlias = "str | int | float | bool | list[Plain] | dict[str, Plain] | None"


class NotPlainError(ValueError):
    """The text uses more of YAML than is read here."""


@dataclass(slots=True)
class Entry:
    """A key, with what stands in it.

    Attributes:
        line, last: its first and last line, from 0; remarks and blank lines after it are not of it.
        depth: columns before it.
        head: the key as it is written, with its colon and what stands before.
        remark: what stands behind its value, or "".
        value: a plain value, a list of those, or entries by their keys; None for nothing.
    """

    line: int
    last: int
    depth: int
    head: str
    remark: str
    value: Any


@dataclass(slots=True)
class Lines:
    """A policy, line by line.

    Attributes:
        top: the sections that are read here.
        data: all sections, those that `policy_text` reads too.
    """

    lines: list[str]
    top: dict[str, Entry]
    data: dict[str, Any] = field(default_factory=dict)

    def entry(self, path: Sequence[str]) -> Entry | None:
        """What stands at a path of keys as they are spelt; None where nothing does."""
        entries: Any = self.top
        found: Entry | None = None
        for key in path:
            found = entries.get(key) if isinstance(entries, dict) else None
            if found is None:
                return None
            entries = found.value
        return found


def read(text: str) -> Lines | None:
    """The policy, or None where it is not written plainly enough; that says nothing of whether it is right."""
    if _ODD.search(text) or _DOCUMENT.search(text):
        return None
    lines = text.split("\n")
    try:
        return _sections(lines)
    except (NotPlainError, *policy_text.NOT_YAML):
        return None


def _sections(lines: list[str]) -> Lines:
    starts = [at for at, line in enumerate(lines) if line and line[0] not in " #-"]
    if not starts or any(line.strip() and line.lstrip()[0] != "#" for line in lines[: starts[0]]):
        raise NotPlainError
    found, other, names = Lines(lines, {}), lines[: starts[0]], []
    values: dict[str, Any] = {}
    for start, end in zip(starts, (*starts[1:], len(lines)), strict=True):
        try:
            [(name, entry)] = _entries(lines, start, end).items()
        except NotPlainError:
            head = _HEAD.match(lines[start])
            if head is None:
                raise
            names.append(_key(head[1]))
            other += lines[start:end]
            continue
        other.append(f"{entry.head} null")
        names.append(name)
        found.top[name], values[name] = entry, _data(entry)
    rest = policy_text.parse("\n".join(other))[1] if len(values) < len(names) else values
    if list(rest) != names or any(rest[name] is not None for name in values if rest is not values):
        raise NotPlainError
    found.data = {name: values.get(name, rest[name]) for name in names}
    return found


def _entries(lines: Sequence[str], start: int, end: int) -> dict[str, Entry]:
    """The entries of some lines, all of them below one another."""
    top: dict[str, Entry] = {}
    levels: list[tuple[int, dict[str, Entry]]] = [(0, top)]
    open_entries: list[Entry] = []  # the last of each level
    for at in range(start, end):
        line = lines[at]
        bare = line.lstrip(" ")
        if not bare or bare[0] == "#":
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise NotPlainError
        depth = len(match["indent"])
        if match["dash"] is not None:
            _append(open_entries, match, depth, at)
            continue
        while levels and levels[-1][0] > depth:
            levels.pop()
            del open_entries[len(levels) :]
        if not levels or levels[-1][0] < depth:
            if not open_entries or open_entries[-1].value is not None or open_entries[-1].depth >= depth:
                raise NotPlainError
            open_entries[-1].value = {}
            levels.append((depth, open_entries[-1].value))
        del open_entries[len(levels) - 1 :]
        key = _key(match["key"])
        if key in levels[-1][1]:
            raise NotPlainError
        entry = Entry(at, at, depth, line[: match.end("head")], match["remark"] or "", _value(match["value"]))
        levels[-1][1][key] = entry
        open_entries.append(entry)
        for above in open_entries:
            above.last = at
    return top


def _append(open_entries: list[Entry], match: re.Match[str], depth: int, at: int) -> None:
    """An item of the list of the entry above it."""
    item = match["value"]
    while open_entries and open_entries[-1].depth > depth:
        open_entries.pop()
    if item is None or item[0] == "[" or not open_entries:
        raise NotPlainError
    entry = open_entries[-1]
    if entry.value is None:
        entry.value = _Items(depth)
    if not isinstance(entry.value, _Items) or entry.value.depth != depth:
        raise NotPlainError
    entry.value.append(_scalar(item))
    for above in open_entries:
        above.last = at


class _Items(list[Plain]):
    """A list written item by item, each behind a dash at this depth."""

    def __init__(self, depth: int) -> None:
        super().__init__()
        self.depth = depth


def _value(text: str | None) -> Plain:
    if text is None:
        return None
    if text[0] == "[":
        return [_scalar(each) for each in _ITEMS.findall(text[1:-1])]
    return _scalar(text)


def _key(text: str) -> str:
    key = _scalar(text)
    if not isinstance(key, str) or len(text) > _LONGEST_KEY:
        raise NotPlainError
    return key


def _scalar(text: str) -> str | int | float | bool:
    if text[0] == "'":
        return text[1:-1].replace("''", "'")
    if text[0] == '"':
        said: str = json.loads(text)
        return said
    if text[0] in "-0123456789" and re.fullmatch(_NUMBER, text):
        return float(text) if "." in text else int(text)
    if text in ("true", "false"):
        return text == "true"
    if text.lower() in _NO_TEXT:
        raise NotPlainError
    return text


def _data(entry: Entry) -> Any:
    if isinstance(entry.value, dict):
        return {key: _data(each) for key, each in entry.value.items()}
    return list(entry.value) if isinstance(entry.value, list) else entry.value
