"""Objects in JSON whose keys are data: persons, addresses, numbers, days; and which keys belong to their structure.

Two signs say so. There are very many different keys, each in few documents. Or they are names of persons, however few
and however often they stand there: a list of who was present has the same names every day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from steward_app.services.privacy.discover.key_names import alone, named
from steward_app.services.privacy.discover.lexicon import Lexicon
from steward_app.services.privacy.discover.profile import MAY_BE_NAMES
from steward_app.services.privacy.json_steps import step
from steward_app.services.privacy.json_values import nested

MOST_DEEP: Final = 24
MOST_ELEMENTS: Final = 200
MOST_KEYS: Final = (
    40  # of one object; of more, or of so many different ones over all documents, they are data
)
_RARE: Final = 0.1
_LEAST_DOCUMENTS: Final = 20
"""Of fewer, none is rare."""

_MOST: Final = 0.5
"""Of such objects that have a key: then it belongs to their structure."""

_MOST_READ: Final = 300
"""Keys of one path, of so many as are data in any case, that are read as names."""


@dataclass(frozen=True, slots=True)
class Keyed:
    """An object whose keys are data.

    Attributes:
        structure: keys that belong to its structure all the same.
        names: the type of the names of persons that the others are; "" where they are none, `MAY_BE_NAMES` where
            nobody can tell.
    """

    structure: frozenset[str]
    names: str = ""


def keyed_by_data(
    documents: Sequence[tuple[Any, int]], lexicon: Lexicon | None, known: frozenset[str] = frozenset()
) -> dict[str, Keyed]:
    """The paths of objects whose keys are data.

    Args:
        documents: each with how many rows have it.
        lexicon: that knows names; None where they are not looked at.
        known: keys that name persons whom the database knows.
    """
    seen: dict[str, Counter[str]] = {}
    objects: Counter[str] = Counter()
    waiting = [(document, "$", 0) for document, _ in documents]
    while waiting:
        value, path, depth = waiting.pop()
        if depth > MOST_DEEP:
            continue
        if isinstance(value, dict):
            objects[path] += 1
            seen.setdefault(path, Counter()).update(value.keys())
            waiting += [(inner, path + step(key), depth + 1) for key, inner in value.items()]
        elif isinstance(value, list):
            waiting += [(inner, f"{path}[*]", depth + 1) for inner in value[:MOST_ELEMENTS]]
        elif isinstance(value, str) and (inner := nested(value)) is not None:
            waiting.append((inner, path, depth + 1))
    rare = _RARE * len(documents) if len(documents) >= _LEAST_DOCUMENTS else 0.0
    often = max(2.0, rare)
    found = {}
    for path, keys in seen.items():
        frequent = frozenset(key for key, count in keys.items() if count >= max(often, _MOST * objects[path]))
        if len(keys) > MOST_KEYS and sum(count < often for count in keys.values()) > len(keys) / 2:
            found[path] = Keyed(frequent, _names([key for key in keys if key not in frequent], lexicon))
        elif lexicon is not None and (names := named(keys, lexicon, known)).kind:
            found[path] = Keyed(frozenset(keys.keys() - names.keys), names.kind)
        elif lexicon is not None and (
            words := alone(keys, [key for key, count in keys.items() if count < rare], lexicon)
        ):
            found[path] = Keyed(frozenset(keys.keys() - words), MAY_BE_NAMES)
    return found


def _names(keys: Sequence[str], lexicon: Lexicon | None) -> str:
    """The type of the names that most of many keys are."""
    some = keys[:_MOST_READ]
    found = named(some, lexicon) if lexicon is not None else None
    return found.kind if found is not None and len(found.keys) >= _MOST * len(some) else ""
