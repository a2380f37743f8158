"""Changes of a policy that is written plainly: only the lines that are meant are written, all others stay as they are.

Each function gives the new text, or None where the lines hold more than these changes understand, such as remarks that
would go with them; `policy_text` makes the change then.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from steward_app.catalog import policy_text
from steward_app.catalog.policy_lines import Entry, Lines

_PLAIN = (str, int, float, bool)
_Edit = tuple[int, int, list[str]]  # lines from, up to but not with, and what stands there then


def put(found: Lines, values: Mapping[tuple[str, ...], Any]) -> str | None:
    """Set what stands at paths of keys; what is new stands last where it belongs."""
    edits: list[_Edit] = []
    new: dict[tuple[str, ...], dict[str, Any]] = {}
    for path, value in values.items():
        if not _is_plain(value):
            return None
        depth = next((each for each in range(len(path), 0, -1) if found.entry(path[:each])), 0)
        entry = found.entry(path[:depth])
        if entry is None:
            return None
        if depth == len(path):
            edit = _replaced(found, entry, value)
            if edit is None:
                return None
            edits.append(edit)
            continue
        if not (isinstance(entry.value, dict) or (entry.value is None and entry.line == entry.last)):
            return None
        inner = new.setdefault(path[:depth], {})
        for key in path[depth:-1]:
            inner = inner.setdefault(key, {})
        inner[path[-1]] = value
    writer = policy_text.writer(found.lines if new else ())
    for path, fields in sorted(new.items(), key=lambda each: -len(each[0])):  # what is inside ends first
        entry = found.entry(path)
        assert entry is not None
        edits.append(_added(entry, policy_text.dump(writer, fields), writer.map_indent or 2))
    return _written(found.lines, edits)


def remove(found: Lines, paths: Collection[tuple[str, ...]]) -> str | None:
    """Take keys away, and those above them that are left with nothing."""
    gone: dict[int, Entry] = {}
    left: dict[tuple[str, ...], int] = {}
    for path in sorted(paths, key=len):
        if any(path[:depth] in paths for depth in range(1, len(path))):
            continue
        while path:
            entry = found.entry(path)
            if entry is None or (path in paths and _has_remarks(found.lines, entry)):
                return None
            if entry.remark:
                return None
            gone[entry.line] = entry
            path = path[:-1]
            above = found.entry(path)
            if above is None:
                break
            left[path] = left.get(path, len(above.value)) - 1
            if left[path]:
                break
    edits: list[_Edit] = []
    for entry in gone.values():
        whole = not isinstance(entry.value, dict) or not any(
            each.line in gone for each in entry.value.values()
        )
        first = entry.last if whole else min(each.line for each in entry.value.values()) - 1
        kept = [line for line in found.lines[entry.line + 1 : first + 1] if line.lstrip().startswith("#")]
        edits.append((entry.line, first + 1, kept))
    return _written(found.lines, edits)


def _is_plain(value: object) -> bool:
    if isinstance(value, str):
        return "\n" not in value
    if isinstance(value, list):
        return bool(value) and all(isinstance(each, _PLAIN) and _is_plain(each) for each in value)
    return isinstance(value, _PLAIN)


def _replaced(found: Lines, entry: Entry, value: Any) -> _Edit | None:
    if isinstance(entry.value, dict) or (
        (isinstance(value, list) or entry.last > entry.line)
        and (entry.remark or _has_remarks(found.lines, entry))
    ):
        return None
    writer = policy_text.writer(found.lines) if isinstance(value, list) else policy_text.writer(())
    first, *rest = policy_text.dump(writer, {"_": value}).rstrip("\n").split("\n")
    before = " " * entry.depth
    return (
        entry.line,
        entry.last + 1,
        [entry.head + first.removeprefix("_:") + entry.remark, *(before + each for each in rest)],
    )


def _added(entry: Entry, text: str, indent: int) -> _Edit:
    inside = next(iter(entry.value.values())).depth if entry.value else entry.depth + indent
    fresh = [" " * inside + line for line in text.rstrip("\n").split("\n")]
    return entry.last + 1, entry.last + 1, fresh


def _has_remarks(lines: Sequence[str], entry: Entry) -> bool:
    return any("#" in line for line in lines[entry.line : entry.last + 1])


def _written(lines: Sequence[str], edits: list[_Edit]) -> str:
    """The text with the edits. Of those that begin on one line, what is put in front of it comes first, as given."""
    out: list[str] = []
    at = 0
    for start, end, fresh in sorted(edits, key=lambda edit: (edit[0], edit[1])):
        out += lines[at:start]
        out += fresh
        at = end
    return "\n".join([*out, *lines[at:]])
