"""Views and triggers that do not compile any more: which, why in SQLite's words, and what mends them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from steward_app.kernel.text import quoted, visible
from steward_app.services.schema.model import Schema

_COUNTS_VALUES = re.compile(r"table .* has \d+ columns but \d+ values were supplied")
_LONGEST = 200


def by_cause(schema: Schema, names: Iterable[str]) -> dict[str, list[str]]:
    """Names of views and triggers by why they do not compile."""
    found: dict[str, list[str]] = {}
    for name in sorted(names):
        found.setdefault(visible(schema.problem_of(name), _LONGEST), []).append(name)
    return found


def told(schema: Schema, names: Iterable[str], be: tuple[str, str]) -> str:
    """Which do not work and why: "“v” does not work (no such column: x)".

    Args:
        be: what is said of one, and of several.
    """
    return "; ".join(
        f"{', '.join(map(quoted, those))} {be[len(those) > 1]}{f' ({cause})' if cause else ''}"
        for cause, those in by_cause(schema, names).items()
    )


def counts_values(schema: Schema, names: Iterable[str]) -> bool:
    """Whether one of them has an INSERT without a list of columns, which wants a value for each column there is."""
    return any(_COUNTS_VALUES.fullmatch(cause) for cause in by_cause(schema, names))
