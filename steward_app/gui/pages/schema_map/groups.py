"""Groups a steward can look at alone: tables that hang together, and tables whose names begin alike."""

from __future__ import annotations

import re
from dataclasses import dataclass

from steward_app.services.schema.erd.model import Diagram
from steward_app.services.schema.erd.place import components

_FIRST_WORD = re.compile(r"[^\W_]+?(?=[_\W]|(?<=[a-z])(?=[A-Z])|$)")
_LEAST = 2


@dataclass(frozen=True, slots=True)
class Group:
    """A name for the list, and the tables."""

    title: str
    tables: frozenset[str]


def groups(diagram: Diagram) -> tuple[Group, ...]:
    """The groups of a diagram, largest first; none where they would say nothing (all tables, or one)."""
    everything = frozenset(box.table for box in diagram.boxes)
    found: list[Group] = []
    for boxes, links in components(diagram):
        tables = frozenset(box.table for box in boxes)
        if _LEAST <= len(tables) < len(everything):
            hub = max(range(len(boxes)), key=lambda number: sum(number in link for link in links))
            found.append(Group(f"Linked with {boxes[hub].table}", tables))
    linked = {name for link in diagram.links for name in (link.child, link.parent)}
    alone = everything - linked
    if len(alone) >= _LEAST and linked:
        found.append(Group("Without any link", alone))
    by_word: dict[str, set[str]] = {}
    for table in everything:
        if match := _FIRST_WORD.match(table):
            by_word.setdefault(match.group().casefold(), set()).add(table)
    found += [
        Group(f"Named {word}…", frozenset(tables))
        for word, tables in by_word.items()
        if _LEAST <= len(tables) < len(everything)
    ]
    return tuple(sorted(found, key=lambda group: (-len(group.tables), group.title)))
