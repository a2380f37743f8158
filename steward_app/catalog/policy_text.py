"""The policy document as text: read with places, written so that the steward's own remarks stay where they are."""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import ConstructorError, RoundTripConstructor
from ruamel.yaml.emitter import RoundTripEmitter, ScalarAnalysis
from ruamel.yaml.error import CommentMark, MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import CollectionNode, MappingNode, Node
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString
from ruamel.yaml.tokens import CommentToken

from steward_app.kernel.text import HIDDEN

_HIDDEN = re.compile(f"(?!\n)[{HIDDEN}]")
_READABLE_BLOCK = re.compile(r"\S[^\r\t]*\n[^\r\t]*\S", re.DOTALL)  # several lines that show as they are
_AFTER_VALUE = 2  # where ruamel keeps the comment that stands after a key's value
_UNBROKEN = 1 << 20


class _Emitter(RoundTripEmitter):
    """Writes characters that are not seen, or turn the direction of text, as escapes: a reviewer must see them."""

    def analyze_scalar(self, scalar: str) -> ScalarAnalysis:
        found: ScalarAnalysis = super().analyze_scalar(scalar)
        if _HIDDEN.search(scalar):
            found.allow_flow_plain = found.allow_block_plain = False
            found.allow_single_quoted = found.allow_block = False
        return found

    def write_double_quoted(self, text: str, split: bool = True) -> None:
        before = self.allow_unicode
        self.allow_unicode = before and not _HIDDEN.search(text)
        super().write_double_quoted(text, split)
        self.allow_unicode = before


class _Constructor(RoundTripConstructor):
    """Names the place of a day that there is not, and of the like."""

    def construct_non_recursive_object(self, node: Node, tag: str | None = None) -> Any:
        try:
            return super().construct_non_recursive_object(node, tag)
        except ValueError as error:
            raise ConstructorError(
                None, None, "this is no day or number that there is; put it in quotes", node.start_mark
            ) from error


def parse(text: str) -> tuple[YAML, Any]:
    """The document with its comments, and a writer that indents as it does. Raises ruamel's YAMLError."""
    yaml = writer(text.splitlines())
    data = yaml.load(text)
    if data is None:
        data = CommentedMap()
        if text.strip():  # nothing but remarks
            data.ca.comment = [None, [CommentToken(text.rstrip("\n") + "\n", CommentMark(0), None)]]
    return yaml, data


def writer(lines: Sequence[str]) -> YAML:
    """What reads and writes a document, indented as these lines are."""
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = _UNBROKEN
    yaml.Emitter = _Emitter
    yaml.Constructor = _Constructor
    yaml.map_indent, yaml.sequence_indent, yaml.sequence_dash_offset = _indentation(lines)
    return yaml


NOT_YAML = (YAMLError, RecursionError)
"""What `parse` raises."""


def problem(error: BaseException) -> tuple[int, int, str]:
    """Where a text is not YAML, as line and column from 1, and why."""
    mark = (error.problem_mark or error.context_mark) if isinstance(error, MarkedYAMLError) else None
    said = error.problem if isinstance(error, MarkedYAMLError) and error.problem else "this is not YAML"
    said = said.splitlines()[0]
    return (mark.line + 1, mark.column + 1, said) if mark else (1, 1, said)


def dump(yaml: YAML, data: Mapping[str, Any]) -> str:
    """The text of the document."""
    stream = io.StringIO()
    yaml.dump(data, stream)
    return stream.getvalue()


def put(data: CommentedMap, path: Sequence[str], value: Any) -> None:
    """Set what stands at a path of keys, making what is missing at the end of where it belongs.

    Remarks stay: those behind the old value, and those after the last key, which stay last.
    """
    if isinstance(value, str) and _READABLE_BLOCK.fullmatch(value) and not _HIDDEN.search(value):
        value = LiteralScalarString(value)
    parent, depth = data, 0
    while depth < len(path) - 1 and isinstance(parent.get(path[depth]), CommentedMap):
        parent, depth = parent[path[depth]], depth + 1
    key, missing = path[depth], path[depth + 1 :]
    if key in parent and not missing:
        _replace(parent, key, value)
        return
    tail = None if key in parent else _take_tail(parent)
    leaf, leaf_key = parent, key
    for name in missing:
        leaf[leaf_key] = CommentedMap()
        leaf, leaf_key = leaf[leaf_key], name
    leaf[leaf_key] = value
    if tail is not None:
        while isinstance(inner := leaf[leaf_key], CommentedMap) and inner and not inner.fa.flow_style():
            leaf, leaf_key = inner, next(reversed(inner))
        if isinstance(inner, CommentedSeq) and inner and not inner.fa.flow_style():
            inner.ca.items[len(inner) - 1] = [tail, None, None, None]
        else:
            leaf.ca.items[leaf_key] = [None, None, tail, None]


def cut(text: str, paths: Collection[tuple[str, ...]]) -> tuple[str, list[tuple[str, ...]]]:
    """The text without the lines of the keys at these paths, and of those above them that are left with nothing.

    Remarks on lines of their own stay. Gives also the paths whose keys share their lines with others, as in
    `{a: 1, b: 2}`: those are still there.
    """
    lines = text.splitlines(keepends=True)
    above = {path[:depth] for path in paths for depth in range(len(path))}
    gone: set[int] = set()
    shared: list[tuple[str, ...]] = []

    def clear(name: Node, value: Node, path: tuple[str, ...]) -> bool:
        """Whether nothing is left of a key."""
        start = name.start_mark.line
        if path in paths:
            gone.update(range(start, _last_line(value, lines) + 1))
            return True
        if path not in above or not isinstance(value, MappingNode) or not value.value:
            return False
        if value.flow_style:
            shared.extend(each for each in paths if each[: len(path)] == path)
            return False
        left = [clear(inner, said, (*path, inner.value)) for inner, said in value.value]
        if all(left):
            first = value.value[0][0].start_mark.line
            gone.update(at for at in range(start, first) if not lines[at].lstrip().startswith("#"))
        return all(left)

    document = YAML().compose(text)
    if isinstance(document, MappingNode) and not document.flow_style:
        for name, value in document.value:
            clear(name, value, (name.value,))
    else:
        shared.extend(paths)
    return "".join(line for at, line in enumerate(lines) if at not in gone), shared


def lifted(parent: object, key: str) -> bool:
    """Take a key with a plain value out where no remark hangs on it and others stay; whether that could be done.

    It says the same as `cut` and reads no text again, which takes a second for a thousand columns.
    """
    if not isinstance(parent, CommentedMap) or len(parent) < 2 or parent.ca.items.get(key):
        return False
    if isinstance(parent[key], CommentedMap | CommentedSeq | LiteralScalarString):
        return False
    del parent[key]
    return True


def delete(data: CommentedMap, path: Sequence[str]) -> None:
    """Take a key away in the document itself, and those above it that are left with nothing."""
    parents = [data]
    for key in path[:-1]:
        parents.append(parents[-1][key])
    for parent, key in zip(reversed(parents), reversed(path), strict=True):
        del parent[key]
        if parent:
            return


def rename(parent: CommentedMap, key: str, name: str) -> None:
    """Give a key another name, in its place and with its remarks."""
    at, remarks = list(parent).index(key), parent.ca.items.pop(key, None)
    parent.insert(at, name, parent.pop(key))
    if remarks is not None:
        parent.ca.items[name] = remarks


def _last_line(node: Node, lines: Sequence[str]) -> int:
    """The last line that belongs to a value, from 0; remarks and blank lines after it do not."""
    while isinstance(node, CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    end: int = node.end_mark.line
    if node.end_mark.column == 0 and end > node.start_mark.line:
        end -= 1
        while end > node.start_mark.line and not lines[end].strip():
            end -= 1
    return end


def append(items: CommentedSeq, fields: Mapping[str, Any]) -> None:
    """Add an entry to a list; remarks after the last one stay last."""
    tail = _take_tail(items)
    entry = CommentedMap(fields)
    items.append(entry)
    if tail is not None:
        entry.ca.items[next(reversed(entry))] = [None, None, tail, None]


def _replace(parent: CommentedMap, key: str, value: Any) -> None:
    """ruamel would write any text as a block where a block stood, and a block cannot hold every text.

    Remarks behind a block begin on the line below it, those behind any other value on the line of the value.
    """
    was_block, is_block = (isinstance(each, LiteralScalarString) for each in (parent[key], value))
    if was_block and not is_block and isinstance(value, str):
        value = DoubleQuotedScalarString(value)
    parent[key] = value
    slots = parent.ca.items.get(key)
    remark = slots[_AFTER_VALUE] if slots else None
    if not isinstance(remark, CommentToken):
        return
    if is_block:
        remark.value = remark.value.removeprefix("\n").lstrip(" ")
    elif was_block and not remark.value.startswith("\n"):
        remark.value = "\n" + " " * remark.start_mark.column + remark.value


def position(data: object, location: Sequence[int | str]) -> tuple[int, int]:
    """Line and column, from 1, of the part of the document that is meant, or of what it should stand in."""
    line, column = 0, 0
    for part in location:
        if isinstance(data, CommentedMap):
            key = next((key for key in data if str(key) == str(part)), None)
            if key not in data:
                break
            line, column = data.lc.key(key) if key in (data.lc.data or ()) else (line, column)
            data = data[key]
        elif isinstance(data, CommentedSeq) and isinstance(part, int) and part < len(data):
            line, column = data.lc.item(part) if part in (data.lc.data or ()) else (line, column)
            data = data[part]
        else:
            break
    return line + 1, column + 1


def _indentation(written: Sequence[str]) -> tuple[int, int, int]:
    """Columns by which a mapping and what stands in a list are indented, and where the dash is."""
    mapping, sequence, dash = 0, 0, 0
    lines = (line for line in written if line.strip() and not line.lstrip().startswith("#"))
    for above, below in pairwise(lines):
        if mapping and sequence:
            break
        inner = below.lstrip()
        deeper = len(below) - len(inner) - (len(above) - len(above.lstrip()))
        if not re.search(r":\s*(#.*)?$", above):
            continue
        if inner.startswith("- ") and not sequence:
            dash, sequence = deeper, deeper + len(inner) - len(inner[1:].lstrip())
        elif deeper > 0 and not above.lstrip().startswith("- "):
            mapping = mapping or deeper
    return mapping or 2, sequence or 2, dash


def _take_tail(parent: CommentedMap | CommentedSeq) -> CommentToken | None:
    """The lines of remarks after the last key, taken off it so that they can follow a new last key."""
    node: object = parent
    held: list[tuple[list[Any], int]] = []  # where a remark behind the last key may hang, the innermost last
    while isinstance(node, CommentedMap | CommentedSeq) and node:
        sequence = isinstance(node, CommentedSeq)
        last = len(node) - 1 if sequence else next(reversed(node))
        if node.ca.items.get(last):
            held.append((node.ca.items[last], 0 if sequence else _AFTER_VALUE))
        node = node[last]
    for slots, place in reversed(held):
        token = slots[place]
        if isinstance(token, CommentToken) and "\n" in token.value.rstrip("\n"):
            here, newline, below = token.value.partition("\n")
            if here.strip():
                token.value = here + newline
            else:
                slots[place] = None
            return CommentToken("\n" + below, token.start_mark, None)
    return None
