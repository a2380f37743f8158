"""The plain values and keys in a document, each with what is said of it by the path that leads there."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass

from steward_app.db.any_text import legible
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.json_steps import KEYS, PathNode, path_steps, step
from steward_app.services.privacy.json_values import any_json, nested
from steward_app.services.privacy.residue.forms import text_of

JsonValue = object


@dataclass(slots=True)
class _Node(PathNode):
    """What is said of the path that ends there; None where none does."""

    said: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A plain value or a key.

    Attributes:
        said: of the path that leads there; "" where nothing is said.
        is_key: it is a key; `of_data`: one that a path calls ".*".
    """

    value: SqlValue
    said: str
    is_key: bool = False
    of_data: bool = False


class SaidOfPaths:
    """What is said of all that is inside a path. A path that leads further in goes before it, and so does one that says
    a key where another says ".*".

    Args:
        said: by path; "$" names cells that are a single value, and nothing in the others.
        rest: what is said of all that no path leads to.
        no_json: and of a cell that is no JSON; `rest` where that says nothing.
    """

    def __init__(self, said: Mapping[str, str], rest: str = "", no_json: str = "") -> None:
        self._single, self._rest = said.get("$", rest), rest
        self.no_json = no_json or rest
        self._root = _Node()
        for path, words in said.items():
            node = self._root.lead(path)
            if node is not self._root:
                node.said = words

    def said_of(self, path: str, *, is_key: bool = False) -> str:
        """What is said of all that stands at a path, whose steps may be “.*” and “[*]” themselves.

        Args:
            is_key: the path ends with “.*”, and it is asked for the names of members, of which nothing else says it.
        """
        node: _Node | None = self._root
        said = self._rest if path != "$" else self._single
        by_any = False
        for kind, name in path_steps(path):
            found: _Node | None = None
            if node is not None and kind == "element":
                found = node.elements.get(name) or node.elements.get("*")
            elif node is not None:
                found = node.member(name) if kind == "key" else node.any_key
            by_any = node is not None and found is not None and found is node.any_key
            node = found
            if node is not None and node.said is not None:
                said = node.said
        if not is_key:
            return said
        of_names = node.of_names.said if node is not None and by_any else None
        return said if by_any and of_names is None else of_names or ""

    def each(self, text: str, *, silent: bool = True) -> Iterator[Standing]:
        """What stands in a document, the numbers as they are; nothing of a text that is no JSON.

        Args:
            silent: with that of which nothing is said.
        """
        document = any_json(text)
        if not isinstance(document, dict | list):
            if _is_plain(document):
                yield Standing(document, self._single)
            return
        waiting: list[tuple[JsonValue, _Node | None, str]] = [(document, self._root, self._rest)]
        while waiting:
            value, node, said = waiting.pop()
            if node is not None and node.said is not None:
                said = node.said
            elif node is None and not said and not silent:
                continue
            if isinstance(value, str) and node is not None and node.leads_on:
                value = nested(value) or value
            if isinstance(value, dict):
                for key, inner in value.items():
                    below = node.member(key) if node else None
                    by_any = below if node is not None and below is node.any_key else None
                    of_key = by_any.of_names.said if by_any is not None else None
                    of_key = said if of_key is None else of_key
                    if of_key or silent:
                        yield Standing(key, of_key, True, by_any is not None)
                    waiting.append((inner, below, said))
            elif isinstance(value, list):
                for place, inner in enumerate(value):
                    found = (node.elements.get(str(place)) or node.elements.get("*")) if node else None
                    waiting.append((inner, found, said))
            elif _is_plain(value):
                yield Standing(value, said)  # type: ignore[arg-type]  # text or a number


class AtPath:
    """The values that one rule for a path in JSON changes, the keys too where it says ".*".

    Args:
        apart: the other paths of the column that have rules, those that keep their values among them.
    """

    def __init__(self, path: str, apart: Sequence[str] = ()) -> None:
        self._said = SaidOfPaths({**dict.fromkeys(apart, ""), path: "own"})

    def values(self, text: str) -> Iterator[SqlValue]:
        """The values in a document, as they stand; nothing of a text that is no JSON."""
        for each in self._said.each(text, silent=False):
            if each.said and (each.of_data or not each.is_key):
                yield each.value


def paths_to(text: str, wanted: Callable[[str], bool], structure: Container[str]) -> Iterator[str]:
    """The paths to what is wanted in a document, each text of JSON in it as what it means.

    Args:
        structure: the keys that are told; others may be data, and are “.*”.
    """
    document = any_json(text)
    waiting: list[tuple[JsonValue, str]] = [(document, "$")] if isinstance(document, dict | list) else []
    while waiting:
        value, path = waiting.pop()
        inner: JsonValue = (nested(value) if isinstance(value, str) else None) or value
        if isinstance(inner, dict):
            for key, each in inner.items():
                if wanted(key):
                    yield f"{path}{KEYS}"
                read = legible(key)
                waiting.append((each, path + step(read) if read in structure else f"{path}.*"))
        elif isinstance(inner, list):
            waiting += [(each, f"{path}[*]") for each in inner]
        elif isinstance(inner, str | int | float) and _is_plain(inner) and wanted(text_of(inner)):
            yield path


def _is_plain(value: JsonValue) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)
