"""JSON changed path by path. What no path names stays byte for byte as it was written.

Paths are those of the JSON functions of SQLite, with "[*]" for every element of an array and ".*" for every key of an
object. A path that leads to an object or array means everything inside it; ".*" means the keys too: they are data, but
for those that have a path of their own. Where ".*~" has a rule, the keys follow that alone. "$" is a cell that is a
single value; without a rule for it a number is no JSON text. A text that is JSON itself is gone into where paths lead
into it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from json.decoder import scanstring  # type: ignore[attr-defined]  # CPython's own, in C

from steward_app.db.raw_rows import HALVES, OddText
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.json_steps import PathNode
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.own_keys import own_key
from steward_app.services.privacy.transform.by_word import ByWord
from steward_app.services.privacy.transform.cells import CellStep
from steward_app.services.privacy.transform.model import Batch, Column, Step, TableTransform, remember_at_most

_SPACE = re.compile(r"[ \t\n\r]*")
_SCALAR = re.compile(r"true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_DEEPEST = 200
_KEPT = -1
_REMOVED = "removed"


class NotJson(ValueError):
    """A text is no JSON that could be changed."""


@dataclass(slots=True)
class _Node(PathNode):
    leaf: int | None = None
    single: int | None = None


@dataclass(slots=True)
class _Found:
    """A value that changes, or a key: then the other keys of its object are there, which it must differ from."""

    start: int
    end: int
    leaf: int
    value: SqlValue | bool
    beside: set[str] | None = None


@dataclass(slots=True)
class _Text:
    """A text of JSON.

    Attributes:
        start, end: where it stands, written as a text, in the one around it.
        found: values that change; `inner`: texts in it that are JSON.
        changed: where they begin and end, and what is written instead.
    """

    text: str
    start: int = 0
    end: int = 0
    found: list[_Found] = field(default_factory=list)
    inner: list[_Text] = field(default_factory=list)
    changed: list[tuple[int, int, str]] = field(default_factory=list)

    def hits(self) -> Iterator[tuple[_Text, _Found]]:
        """The values that change, and those of the texts in it."""
        yield from ((self, each) for each in self.found)
        for inner in self.inner:
            yield from inner.hits()

    def escaped(self, start: int, end: int) -> bool:
        """Whether letters are written as numbers there."""
        return "\\u" in self.text[start:end]

    def written(self) -> str:
        """The text with its changes."""
        for inner in self.inner:
            whole = inner.written()
            if whole is not inner.text:
                ascii_only = self.escaped(inner.start, inner.end)
                self.changed.append((inner.start, inner.end, _literal(whole, ascii_only=ascii_only)))
        if not self.changed:
            return self.text
        parts, at = [], 0
        self.changed.sort()
        for start, end, instead in self.changed:
            parts += [self.text[at:start], instead]
            at = end
        return "".join((*parts, self.text[at:]))


class JsonStep:
    """The step of one column of JSON.

    Args:
        steps: what becomes of the values, by path.
        otherwise: what stands for a value that is no JSON.
        kept: paths whose values stay, though another path leads to them too.

    Attributes:
        by_path: the steps.
    """

    def __init__(
        self,
        steps: Mapping[str, Step],
        otherwise: Callable[[SqlValue], SqlValue],
        kept: Iterable[str] = (),
    ) -> None:
        self.by_path = dict(steps)
        self._steps = tuple(steps.values())
        self._otherwise = otherwise
        self._root = _Node()
        for leaf, path in (*enumerate(steps), *((_KEPT, path) for path in kept)):
            node = self._root.lead(path)
            if node is self._root:
                node.single = leaf
            else:
                node.leaf = leaf

    def __call__(self, values: Column, batch: Batch) -> Column:
        texts = [self._scanned(value) for value in values]
        hits: list[list[tuple[int, _Text, _Found]]] = [[] for _ in self._steps]
        for row, text in enumerate(texts):
            if text is None:
                continue
            for each in text.found:
                hits[each.leaf].append((row, text, each))
            for inner in text.inner:
                for within, each in inner.hits():
                    hits[each.leaf].append((row, within, each))
        for step, some in zip(self._steps, hits, strict=True):
            if some:
                _change(step, some, batch)
        return [self._put_together(value, text) for value, text in zip(values, texts, strict=True)]

    def remember_at_most(self, size_bytes: int) -> None:
        """As of a column, for all paths together."""
        remember_at_most(self._steps, size_bytes)

    def _scanned(self, value: SqlValue) -> _Text | None:
        if isinstance(value, int | float) and self._root.single is None:
            return None  # a single value of which no rule knows
        text = _text(value)
        if text is None:
            return None
        within = _Text(text)
        try:
            start = _skip(text, 0)
            leaf = None if text[start] in "{[" else self._root.single
            end = _scan(within, start, self._root, leaf, 0)
            return within if _skip(text, end) == len(text) else None
        except (NotJson, ValueError, IndexError, RecursionError):
            return None

    def _put_together(self, value: SqlValue, text: _Text | None) -> SqlValue:
        if value is None or (isinstance(value, str) and not value.strip()):
            return value
        if text is None:
            return self._otherwise(value)
        whole = text.written()
        if whole is text.text:
            return value
        if isinstance(value, int | float):
            return _as_number(whole)
        if isinstance(value, bytes):
            return whole.encode()
        return OddText(whole) if not whole.isascii() and HALVES.search(whole) else whole


def step_at(table: TableTransform, place: Place) -> Step | None:
    """The step of a column, or of a path in its JSON."""
    step = table.steps.get(table.columns.index(place.column))
    if place.path:
        step = step.by_path.get(place.path) if isinstance(step, JsonStep) else None
    return step


def cell_step(table: TableTransform, place: Place) -> CellStep | None:
    """The step of a column, or of a path in its JSON, where it looks at values alone."""
    step = step_at(table, place)
    if isinstance(step, ByWord):
        step = step.otherwise  # as most of its texts change
    return step if isinstance(step, CellStep) else None


def _change(step: Step, hits: Sequence[tuple[int, _Text, _Found]], batch: Batch) -> None:
    rows = [row for row, _, _ in hits]
    values = [int(each.value) if isinstance(each.value, bool) else each.value for _, _, each in hits]
    for (_, text, each), value, before in zip(hits, step(values, batch.again(rows)), values, strict=True):
        if each.beside is not None:
            value = own_key(_as_key(value), each.beside)
        if type(value) is type(before) and value == before:
            continue
        if isinstance(value, str) and not isinstance(value, OddText):
            value = HALVES.sub(
                "\ufffd", value
            )  # as in a column: of a value in another encoding they were letters
        escaped = text.escaped(each.start, each.end)
        text.changed.append((each.start, each.end, _literal(value, ascii_only=escaped)))


def _as_key(value: SqlValue) -> str:
    """What a value is as a key: a text."""
    if value is None:
        return _REMOVED
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _as_number(whole: str) -> SqlValue:
    """What stands in a cell in place of a number: not the JSON of a single value, but that value."""
    value: SqlValue = json.loads(whole)
    return value


def _text(value: SqlValue) -> str | None:
    if isinstance(value, int | float):
        return json.dumps(value)  # SQLite takes a number for JSON, too
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return None
    return value if isinstance(value, str) and value.strip() else None


def _scan(within: _Text, at: int, node: _Node | None, leaf: int | None, depth: int) -> int:
    """Go over the value that begins at a place; where it ends. Values at leaves are noted, in order."""
    if depth > _DEEPEST:
        raise NotJson
    if node is not None and node.leaf is not None:
        leaf = node.leaf
    text = within.text
    letter = text[at]
    if letter == "{":
        return _scan_object(within, at, node, leaf, depth)
    if letter == "[":
        return _scan_array(within, at, node, leaf, depth)
    value: SqlValue | bool
    if letter == '"':
        value, end = _string(text, at)
        if node is not None and node.leads_on and _scan_nested(within, at, end, value, node, leaf, depth):
            return end
    else:
        match = _SCALAR.match(text, at)
        if not match:
            raise NotJson
        end = match.end()
        if leaf is None:
            return end
        value = json.loads(match[0])
    if leaf is not None and leaf != _KEPT:
        within.found.append(_Found(at, end, leaf, value))
    return end


def _scan_nested(
    within: _Text, at: int, end: int, value: str, node: _Node, leaf: int | None, depth: int
) -> bool:
    """Go over a text that is an object or array itself; whether it is."""
    start = _skip(value, 0)
    if value[start : start + 1] not in ("{", "["):
        return False
    inner = _Text(value, at, end)
    try:
        if _skip(value, _scan(inner, start, node, leaf, depth + 1)) != len(value):
            return False
    except (NotJson, ValueError, IndexError):
        return False
    if inner.found or inner.inner:
        within.inner.append(inner)
    return True


def _scan_object(within: _Text, at: int, node: _Node | None, leaf: int | None, depth: int) -> int:
    text = within.text
    at = _skip(text, at + 1)
    if text[at] == "}":
        return at + 1
    beside: set[str] = set()
    while True:
        if text[at] != '"':
            raise NotJson
        start = at
        key, at = _string(text, at)
        below = node.member(key) if node else None
        of_key = below.of_names.leaf if node and below is not None and below is node.any_key else None
        if of_key is not None and of_key != _KEPT:
            within.found.append(_Found(start, at, of_key, key, beside))
        else:
            beside.add(key)
        at = _skip(text, at)
        if text[at] != ":":
            raise NotJson
        at = _skip(text, _scan(within, _skip(text, at + 1), below, leaf, depth + 1))
        if text[at] == "}":
            return at + 1
        if text[at] != ",":
            raise NotJson
        at = _skip(text, at + 1)


def _scan_array(within: _Text, at: int, node: _Node | None, leaf: int | None, depth: int) -> int:
    text = within.text
    at, place = _skip(text, at + 1), 0
    if text[at] == "]":
        return at + 1
    while True:
        below = (node.elements.get(str(place)) or node.elements.get("*")) if node else None
        at = _skip(text, _scan(within, at, below, leaf, depth + 1))
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
    if text[at : at + 1] > " ":
        return at
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _literal(value: SqlValue, *, ascii_only: bool) -> str:
    if isinstance(value, bytes):
        return json.dumps(value.decode("utf-8", "replace"))
    return json.dumps(value, ensure_ascii=ascii_only)
