"""JSON changed path by path. What no path names stays byte for byte as it was written.

Paths are those of the JSON functions of SQLite, with "[*]" for every element of an array and ".*" for every key of an
object. A path that leads to an object or array means everything inside it; ".*" means the keys too: they are data.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from json.decoder import scanstring  # type: ignore[attr-defined]  # CPython's own, in C

from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.transform.model import Batch, Column, Step, remember_at_most

_SPACE = re.compile(r"[ \t\n\r]*")
_SCALAR = re.compile(r"true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_STEP = re.compile(r'\.("(?:[^"\\]|\\.)*"|\*|[^.\[]+)|\[(\*|#?-?\d+)\]')
_DEEPEST = 200


class NotJson(ValueError):
    """A text is no JSON that could be changed."""


@dataclass(slots=True)
class _Node:
    keys: dict[str, _Node] = field(default_factory=dict)
    any_key: _Node | None = None
    elements: dict[str, _Node] = field(default_factory=dict)
    leaf: int | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    start: int
    end: int
    leaf: int
    value: SqlValue | bool


def check_path(path: str) -> None:
    """Raise ValueError where a path is none."""
    _steps(path)


class JsonStep:
    """The step of one column of JSON.

    Args:
        steps: what becomes of the values, by path.
        otherwise: what stands for a value that is no JSON.
    """

    def __init__(self, steps: Mapping[str, Step], otherwise: Callable[[SqlValue], SqlValue]) -> None:
        self._steps = tuple(steps.values())
        self._otherwise = otherwise
        self._root = _Node()
        for leaf, path in enumerate(steps):
            node = self._root
            for kind, name in _steps(path):
                node = _below(node, kind, name)
            node.leaf = leaf

    def __call__(self, values: Column, batch: Batch) -> Column:
        texts, found = self._scanned(values)
        new: list[dict[int, str]] = [{} for _ in values]
        for leaf, step in enumerate(self._steps):
            hits = [(row, each) for row, all_ in enumerate(found) for each in all_ if each.leaf == leaf]
            if hits:
                self._change(step, hits, texts, new, batch)
        return [
            self._put_together(value, text, spans, changed)
            for value, text, spans, changed in zip(values, texts, found, new, strict=True)
        ]

    def remember_at_most(self, size_bytes: int) -> None:
        """As of a column, for all paths together."""
        remember_at_most(self._steps, size_bytes)

    def _scanned(self, values: Column) -> tuple[list[str | None], list[list[_Found]]]:
        texts: list[str | None] = []
        found: list[list[_Found]] = []
        for value in values:
            text = _text(value)
            spans: list[_Found] = []
            if text is not None:
                try:
                    end = _scan(text, _skip(text, 0), self._root, None, spans, 0)
                    if _skip(text, end) != len(text):
                        raise NotJson
                except (NotJson, ValueError, IndexError, RecursionError):
                    text, spans = None, []
            texts.append(text)
            found.append(spans)
        return texts, found

    def _change(
        self,
        step: Step,
        hits: Sequence[tuple[int, _Found]],
        texts: Sequence[str | None],
        new: list[dict[int, str]],
        batch: Batch,
    ) -> None:
        rows = [row for row, _ in hits]
        values = [int(each.value) if isinstance(each.value, bool) else each.value for _, each in hits]
        for (row, each), value, before in zip(hits, step(values, batch.again(rows)), values, strict=True):
            if isinstance(each.value, bool) and value == before:
                continue
            escaped = "\\u" in (texts[row] or "")[each.start : each.end]
            new[row][each.start] = _literal(value, ascii_only=escaped)

    def _put_together(
        self, value: SqlValue, text: str | None, spans: Sequence[_Found], changed: Mapping[int, str]
    ) -> SqlValue:
        if value is None or (isinstance(value, str) and not value.strip()):
            return value
        if text is None:
            return self._otherwise(value)
        if not changed:
            return value
        parts, at = [], 0
        for span in spans:
            if span.start in changed:
                parts += [text[at : span.start], changed[span.start]]
                at = span.end
        whole = "".join((*parts, text[at:]))
        return whole.encode() if isinstance(value, bytes) else whole


def _text(value: SqlValue) -> str | None:
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return None
    return value if isinstance(value, str) and value.strip() else None


def _scan(text: str, at: int, node: _Node | None, leaf: int | None, found: list[_Found], depth: int) -> int:
    """Go over the value that begins at a place; where it ends. Values at leaves are put into `found`, in order."""
    if depth > _DEEPEST:
        raise NotJson
    if node is not None and node.leaf is not None:
        leaf = node.leaf
    letter = text[at]
    if letter == "{":
        return _scan_object(text, at, node, leaf, found, depth)
    if letter == "[":
        return _scan_array(text, at, node, leaf, found, depth)
    value: SqlValue | bool
    if letter == '"':
        value, end = _string(text, at)
    else:
        match = _SCALAR.match(text, at)
        if not match:
            raise NotJson
        value, end = json.loads(match[0]), match.end()
    if leaf is not None:
        found.append(_Found(at, end, leaf, value))
    return end


def _scan_object(
    text: str, at: int, node: _Node | None, leaf: int | None, found: list[_Found], depth: int
) -> int:
    at = _skip(text, at + 1)
    if text[at] == "}":
        return at + 1
    while True:
        if text[at] != '"':
            raise NotJson
        start = at
        key, at = _string(text, at)
        below = (node.keys.get(key) or node.any_key) if node else None
        if node and node.any_key and below is node.any_key and below.leaf is not None:
            found.append(_Found(start, at, below.leaf, key))
        at = _skip(text, at)
        if text[at] != ":":
            raise NotJson
        at = _skip(text, _scan(text, _skip(text, at + 1), below, leaf, found, depth + 1))
        if text[at] == "}":
            return at + 1
        if text[at] != ",":
            raise NotJson
        at = _skip(text, at + 1)


def _scan_array(
    text: str, at: int, node: _Node | None, leaf: int | None, found: list[_Found], depth: int
) -> int:
    at, place = _skip(text, at + 1), 0
    if text[at] == "]":
        return at + 1
    while True:
        below = (node.elements.get(str(place)) or node.elements.get("*")) if node else None
        at = _skip(text, _scan(text, at, below, leaf, found, depth + 1))
        if text[at] == "]":
            return at + 1
        if text[at] != ",":
            raise NotJson
        at, place = _skip(text, at + 1), place + 1


def _string(text: str, at: int) -> tuple[str, int]:
    """The string that begins at a quotation mark, and where it ends."""
    value, end = scanstring(text, at + 1, True)
    return str(value), int(end)


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _literal(value: SqlValue, *, ascii_only: bool) -> str:
    if isinstance(value, bytes):
        return json.dumps(value.decode("utf-8", "replace"))
    return json.dumps(value, ensure_ascii=ascii_only)


def _below(node: _Node, kind: str, name: str) -> _Node:
    if kind == "element":
        return node.elements.setdefault(name, _Node())
    if name == "*" and kind == "any":
        node.any_key = node.any_key or _Node()
        return node.any_key
    return node.keys.setdefault(name, _Node())


def _steps(path: str) -> list[tuple[str, str]]:
    if not path.startswith("$"):
        raise ValueError("a path begins with $")
    steps, at = [], 1
    while at < len(path):
        found = _STEP.match(path, at)
        if not found:
            raise ValueError("a path goes by .key, .* and [*]")
        key, element = found[1], found[2]
        if key == "*":
            steps.append(("any", "*"))
        elif key is not None:
            steps.append(("key", json.loads(key) if key.startswith('"') else key))
        else:
            steps.append(("element", element))
        at = found.end()
    return steps
