"""Paths in JSON, taken apart into their steps.

They are those of the JSON functions of SQLite, with "[*]" for every element of an array and ".*" for every key of an
object; "$" is a cell that is a single value.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Self

_STEP = re.compile(r'\.("(?:[^"\\]|\\.)*"|\*|[^.\[]+)|\[(\*|#?-?\d+)\]')

PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def step(key: str) -> str:
    """One step of a path: `.name`, or `."a name"` where it must be quoted."""
    return f".{key}" if PLAIN_KEY.fullmatch(key) else f'."{key}"'


def path_steps(path: str) -> list[tuple[str, str]]:
    """The steps of a path, each with its kind: key, any or element. Raises ValueError where it is none."""
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


def leads_into(path: str, other: str) -> bool:
    """Whether what another path names is inside what a path names, or that itself."""
    steps, others = path_steps(path), path_steps(other)
    return len(steps) <= len(others) and all(
        step == each
        or (step in (("any", "*"), ("element", "*")) and (step[0] == "any") == (each[0] != "element"))
        for step, each in zip(steps, others, strict=False)
    )


@dataclass(slots=True)
class PathNode:
    """A place in documents that paths lead to or by; what is said of it stands in the classes made from this one.

    A key that is named goes before ".*", and a numbered element before "[*]".
    """

    keys: dict[str, Self] = field(default_factory=dict)
    any_key: Self | None = None
    elements: dict[str, Self] = field(default_factory=dict)

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
            else:
                node = node.keys.setdefault(name, type(self)())
        return node
