"""A changelog of Liquibase as a tree, from XML, YAML or JSON, in which everything knows its line. Nothing is fetched.

In YAML a mapping with one key stands for an element of XML, plain values for its attributes, and the lists `changes`
and `columns` for elements that stand there themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from steward_app.db.migration_files import bad
from steward_app.kernel.errors import Failure
from steward_app.kernel.text import quoted
from steward_app.services.migrate.adopt.reading import File

if TYPE_CHECKING:
    from ruamel.yaml.nodes import Node

_ROOT = "databaseChangeLog"
_FLAT = frozenset({"changes", "columns"})
_MOST = 1_000_000
"""Elements of one file; aliases of YAML can stand for more than anybody writes."""
_DEEPEST = 100
_UNCHANGED = "Nothing was changed."


@dataclass(frozen=True, slots=True)
class Said:
    """An element.

    Attributes:
        tag: its name without a prefix.
        line: where it begins, from 1.
        said: its attributes.
        text: what stands in it beside other elements.
    """

    tag: str
    line: int
    said: Mapping[str, str] = field(default_factory=dict)
    inside: tuple[Said, ...] = ()
    text: str = ""

    def get(self, name: str) -> str:
        """An attribute, or the text of an element of that name; "" where neither is there."""
        if name in self.said:
            return self.said[name]
        return next((each.text.strip() for each in self.inside if each.tag == name), "")

    def is_true(self, name: str) -> bool:
        """Whether an attribute says yes."""
        return self.get(name).strip().lower() == "true"

    def all(self, *tags: str) -> Iterator[Said]:
        """The elements of these names that stand in it."""
        return (each for each in self.inside if each.tag in tags)


def read_changelog(file: File) -> Said | None:
    """The changelog that a file holds, or None for a file that is something else.

    Raises `Failure` for one that cannot be read.
    """
    if not file.mentions(_ROOT):
        return None
    if file.path.suffix == ".xml":
        return _of_xml(file)
    return _of_yaml(file)


def _of_xml(file: File) -> Said | None:
    from xml.parsers import expat

    parser = expat.ParserCreate()
    parser.buffer_text = True
    open_ones: list[tuple[Said, list[Said], list[str]]] = []
    whole: list[Said] = []

    def begin(name: str, attributes: dict[str, str]) -> None:
        if len(open_ones) >= _DEEPEST:
            raise _unreadable(file, parser.CurrentLineNumber, "it is too deep")
        open_ones.append((Said(_bare(name), parser.CurrentLineNumber, attributes), [], []))

    def end(_: str) -> None:
        one, inside, text = open_ones.pop()
        done = replace(one, inside=tuple(inside), text="".join(text))
        (open_ones[-1][1] if open_ones else whole).append(done)

    def words(text: str) -> None:
        if open_ones:
            open_ones[-1][2].append(text)

    def entity(*_: Any) -> None:
        raise _unreadable(file, parser.CurrentLineNumber, "it declares entities")

    parser.StartElementHandler, parser.EndElementHandler = begin, end
    parser.CharacterDataHandler, parser.EntityDeclHandler = words, entity
    try:
        parser.Parse(file.text.encode(), True)
    except expat.ExpatError as error:
        raise _unreadable(file, error.lineno, "it is not XML") from error
    return whole[0] if whole and whole[0].tag == _ROOT else None


def _of_yaml(file: File) -> Said | None:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError
    from ruamel.yaml.nodes import MappingNode, ScalarNode

    text = file.text.replace("\t", "    ") if file.path.suffix == ".json" else file.text
    try:
        root = YAML(pure=True).compose(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise _unreadable(file, line, "it is not YAML") from error
    except (YAMLError, ValueError, RecursionError) as error:
        raise _unreadable(file, 1, "it is not YAML") from error
    if not isinstance(root, MappingNode):
        return None
    for key, value in root.value:
        if isinstance(key, ScalarNode) and key.value == _ROOT:
            return _Nodes(file).element(_ROOT, value)
    return None


class _Nodes:
    """Makes elements of the nodes of YAML."""

    def __init__(self, file: File) -> None:
        self._file = file
        self._made = 0

    def element(self, tag: str, node: Node, depth: int = 0) -> Said:
        from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

        line = node.start_mark.line + 1
        self._made += 1
        if self._made > _MOST or depth > _DEEPEST:
            raise _unreadable(self._file, line, "it holds too much")
        said: dict[str, str] = {}
        inside: list[Said] = []
        if isinstance(node, ScalarNode):
            return Said(tag, line, text=_plain(node))
        if isinstance(node, SequenceNode):
            return Said(tag, line, inside=tuple(self._list(tag, node, depth)))
        assert isinstance(node, MappingNode)
        for key, value in node.value:
            name = str(key.value)
            if isinstance(value, ScalarNode):
                said[name] = _plain(value)
            elif isinstance(value, SequenceNode) and name in _FLAT:
                inside += self._list(name, value, depth)
            else:
                inside.append(self.element(name, value, depth + 1))
        return Said(tag, line, said, tuple(inside))

    def _list(self, tag: str, node: Node, depth: int) -> Iterator[Said]:
        from ruamel.yaml.nodes import MappingNode

        for item in node.value:
            if isinstance(item, MappingNode) and len(item.value) == 1:
                ((key, value),) = item.value
                yield replace(self.element(str(key.value), value, depth + 1), line=item.start_mark.line + 1)
            else:
                yield self.element(tag, item, depth + 1)


def _plain(node: Any) -> str:
    is_null = node.style is None and node.value in ("", "~", "null", "Null", "NULL")
    return "" if is_null else str(node.value)


def _bare(name: str) -> str:
    return name.rpartition(":")[2]


def _unreadable(file: File, line: int, why: str) -> Failure:
    return bad(f"{quoted(file.shown, 200)}, line {line}: {why}.", _UNCHANGED)
