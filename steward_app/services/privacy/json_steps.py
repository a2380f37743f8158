"""Paths in JSON, taken apart into their steps.

They are those of the JSON functions of SQLite, with "[*]" for every element of an array and ".*" for every key of an
object; "$" is a cell that is a single value. ".*~" are the keys alone that ".*" stands for, without what they lead to.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Self

from steward_app.db.any_text import legible
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import quoted

KEYS = ".*~"
"""The end of a path that means keys, and not what they lead to."""

_STEP = re.compile(
    r'\.("(?:[^"\\]|\\.)*"|\*|[^.\["]+)|\[(\*|#?-?\d+)\]|\[("(?:[^"\\]|\\.)*")\]|\['
    + r"'((?:[^'\\]|\\.)*)'\]"
)
_HOW = 'a path goes by .key, ."a key", .* and [*], as in $.visits[*]."seen by"'

PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def step(key: str) -> str:
    """One step of a path: `.name`, or `."a name"` where it must be quoted."""
    return f".{key}" if PLAIN_KEY.fullmatch(key) else f".{json.dumps(key, ensure_ascii=False)}"


def as_written(path: str) -> str:
    """A path as others name it, whose keys may stand in brackets: `$["a b"].c` is `$."a b".c`.

    Raises ValueError where it is none.
    """
    written = {"any": ".*", "element": "[{}]", "names": "~"}
    return "$" + "".join(
        written[kind].format(name) if kind in written else step(name) for kind, name in path_steps(path)
    )


def above(path: str) -> str:
    """The path of the object that the last key of a path stands in: `$.a` of `$.a.b`, `$.a.b[*]` and `$.a.*~`."""
    keys = [found.start() for found in _STEP.finditer(path) if found[2] is None]
    return path[: keys[-1]] if keys else ""


def path_steps(path: str) -> list[tuple[str, str]]:
    """The steps of a path, each with its kind: key, any, element, or at the end names for the keys of the any before.

    Raises ValueError where it is none.
    """
    if not path.startswith("$"):
        raise ValueError("a path begins with $")
    steps: list[tuple[str, str]] = []
    at = 1
    while at < len(path):
        if path[at:] == "~" and steps and steps[-1][0] == "any":
            return [*steps, ("names", "~")]
        found = _STEP.match(path, at)
        if not found:
            raise ValueError(_HOW)
        key, element = found[1] or found[3], found[2]
        if found[4] is not None:
            key = json.dumps(re.sub(r"\\(.)", r"\1", found[4]))
        if key == "*":
            steps.append(("any", "*"))
        elif key is not None:
            steps.append(("key", json.loads(key) if key.startswith('"') else key))
        else:
            steps.append(("element", element))
        at = found.end()
    return steps


def of_policy(table: str, column: str, path: str) -> str:
    """A path that the policy names in the JSON of a column, as others name it. Raises `UsageError` where it is none."""
    try:
        return as_written(path)
    except ValueError as error:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"The policy names {quoted(path)} in {quoted(f'{table}.{column}')}, which is no path in JSON: {error}.",
            hint="Nothing was changed. Correct the path in the policy.",
        ) from None


def leads_into(path: str, other: str) -> bool:
    """Whether what another path names is inside what a path names, or that itself."""
    steps, others = path_steps(path), path_steps(other)
    return len(steps) <= len(others) and all(
        step == each or (step in (("any", "*"), ("element", "*")) and each[0] in _ONE_OF[step[0]])
        for step, each in zip(steps, others, strict=False)
    )


_ONE_OF = {"any": ("any", "key"), "element": ("element",)}


@dataclass(slots=True)
class PathNode:
    """A place in documents that paths lead to or by; what is said of it stands in the classes made from this one.

    A key that is named goes before ".*", and a numbered element before "[*]".

    Attributes:
        names: of the place of ".*": what is said of its keys alone.
    """

    keys: dict[str, Self] = field(default_factory=dict)
    any_key: Self | None = None
    elements: dict[str, Self] = field(default_factory=dict)
    names: Self | None = None

    @property
    def of_names(self) -> Self:
        """What is said of the keys that lead here by ".*": that of the keys alone goes before that of all."""
        return self.names or self

    def member(self, key: str) -> Self | None:
        """The place that a key of an object leads to. One in another encoding is called as it is read."""
        found = self.keys.get(key)
        if found is None and not key.isascii():
            found = self.keys.get(legible(key))
        return found or self.any_key

    @property
    def leads_on(self) -> bool:
        """Whether a path goes further in."""
        return bool(self.keys or self.any_key or self.elements)

    def lead(self, path: str) -> Self:
        """The place that a path leads to from here; what is not there is made. Raises ValueError where it is none."""
        node = self
        for kind, name in path_steps(path):
            if kind == "element":
                node = node.elements.setdefault(name, type(self)())
            elif kind == "any":
                node.any_key = node.any_key or type(self)()
                node = node.any_key
            elif kind == "names":
                node.names = node.names or type(self)()
                node = node.names
            else:
                node = node.keys.setdefault(name, type(self)())
        return node
