"""The plain values that one rule for a path in JSON changes, and not those of paths that have rules of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.json_steps import PathNode
from steward_app.services.privacy.json_values import any_json, nested

JsonValue = object


@dataclass(slots=True)
class _Node(PathNode):
    """Whether the path itself ends there, or one that goes apart; None where none does."""

    own: bool | None = None


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
            node = self._root.lead(each)
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
