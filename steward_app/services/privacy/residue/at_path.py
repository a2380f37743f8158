"""The plain values that one rule for a path in JSON changes, and not those of paths that have rules of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.json_steps import path_steps
from steward_app.services.privacy.json_values import any_json, nested

JsonValue = object


@dataclass(slots=True)
class _Node:
    """A place that a path leads to or by; `own` is None where none ends there."""

    keys: dict[str, _Node] = field(default_factory=dict)
    any_key: _Node | None = None
    elements: dict[str, _Node] = field(default_factory=dict)
    own: bool | None = None

    @property
    def leads_on(self) -> bool:
        return bool(self.keys or self.any_key or self.elements)

    def below(self, kind: str, name: str) -> _Node:
        """The place one step further; it is made where it is not there."""
        if kind == "element":
            return self.elements.setdefault(name, _Node())
        if kind == "any":
            self.any_key = self.any_key or _Node()
            return self.any_key
        return self.keys.setdefault(name, _Node())


class AtPath:
    """What a path names in documents: all that is inside it, the keys too where it says ".*".

    A path that leads further in goes before it, and so does one that says a key where this one says ".*".

    Args:
        apart: the other paths of the column that have rules, those that keep their values among them.
    """

    def __init__(self, path: str, apart: Sequence[str] = ()) -> None:
        self._is_single = path == "$"
        self._root = _Node()
        for each, own in (*((other, False) for other in apart), (path, True)):
            node = self._root
            for kind, name in path_steps(each):
                node = node.below(kind, name)
            if node is not self._root:  # "$" names cells that are a single value, and nothing in the others
                node.own = own

    def values(self, text: str) -> Iterator[SqlValue]:
        """The values in a document, as they stand; nothing of a text that is no JSON."""
        document = any_json(text)
        if not isinstance(document, dict | list):
            if self._is_single and _is_plain(document):
                yield document
            return
        waiting: list[tuple[JsonValue, _Node | None, bool]] = [(document, self._root, False)]
        while waiting:
            value, node, ours = waiting.pop()
            if node is not None and node.own is not None:
                ours = node.own
            if isinstance(value, str) and node is not None and node.leads_on:
                value = nested(value) or value
            if isinstance(value, dict):
                for key, inner in value.items():
                    below = (node.keys.get(key) or node.any_key) if node else None
                    if node and below is not None and below is node.any_key and below.own:
                        yield key
                    waiting.append((inner, below, ours))
            elif isinstance(value, list):
                for place, inner in enumerate(value):
                    found = (node.elements.get(str(place)) or node.elements.get("*")) if node else None
                    waiting.append((inner, found, ours))
            elif ours and _is_plain(value):
                yield value  # type: ignore[misc]  # text or a number


def _is_plain(value: JsonValue) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)
