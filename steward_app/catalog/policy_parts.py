"""Parts of a policy document, found without a word where nothing is said. Names compare as in SQLite."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping, MutableSequence
from typing import Any, Final

from steward_app.db.names import fold
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import quoted

UNDECIDED: Final = "undecided"
LISTS: Final = ("quasi_identifiers", "sensitive", "persons", UNDECIDED)
"""The parts of a release that list columns by table."""


def at(parent: Any, key: str) -> Any:
    """What stands under a key; None where nothing does."""
    return parent.get(key) if isinstance(parent, MutableMapping) else None


def named(parent: Any, key: str) -> Any:
    """What stands under a name, in any case of ASCII letters; None where nothing does."""
    names = parent if isinstance(parent, MutableMapping) else {}
    return next((said for each, said in names.items() if fold(str(each)) == fold(key)), None)


def items(parent: Any) -> Iterator[tuple[str, Any]]:
    """The keys of a part and what stands under each."""
    for key, value in parent.items() if isinstance(parent, MutableMapping) else ():
        yield str(key), value


def maps(parent: Any, key: str) -> list[Any]:
    """What stands under the keys of what stands under a key."""
    inner = at(parent, key)
    return list(inner.values()) if isinstance(inner, MutableMapping) else []


def rules_in(rule: Any) -> Iterator[tuple[str, Any]]:
    """A rule of a column and those inside it, each with its path: of what stands at paths, and beside some words."""
    for path, inner in (("", rule), *items(at(rule, "paths"))):
        yield path, inner
        yield from ((path, part) for part in maps(at(inner, "options"), "rules"))


def listed(parent: Any, key: str) -> list[Any]:
    """The items of a list that stands under a key."""
    inner = at(parent, key)
    return list(inner) if isinstance(inner, MutableSequence) else []


def spelt(parent: Any, name: str) -> str | None:
    """A name as it is written among the keys of a part; None where it is not."""
    keys = parent if isinstance(parent, MutableMapping) else ()
    return next((str(each) for each in keys if fold(str(each)) == fold(name)), None)


def said_already(name: str) -> UsageError:
    """What is raised where something would be said of a name twice."""
    return UsageError(
        ErrorCode.BAD_REQUEST,
        f"The policy says something of {quoted(name)} already.",
        hint="It is as it was. Take one of the two back first.",
    )
