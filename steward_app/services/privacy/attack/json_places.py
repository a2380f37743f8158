"""Paths inside JSON as columns of their own, so that every attack on a column is one on a path as well.

Such a column is called "data:$.contact.email". Where a path names several values of a cell ("[*]", ".*"), it is the
first of them; `json_members` gives each a row of its own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from steward_app.db import Session, literal, qualified, quote
from steward_app.db.any_text import rows_of_any_text
from steward_app.services.privacy.json_steps import KEYS
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import ReleaseRules
from steward_app.services.schema.model import Column, Table

_LOOKED_AT: Final = 500
_FIRST_ROWS: Final = 5_000
_MOST_PATHS: Final = 40
_OFTEN: Final = 0.05
"""A path that fewer cells have may be made of data, as in {"ada@example.org": 1}: a name must hold no value."""
_ELEMENT: Final = re.compile(r"\[#?-?\d+\]")
_TEXT: Final = 9  # of json_valid: text as RFC 8259 has it, or the binary form


def place_of(table: Table, name: str) -> Place:
    """What a name of a column, or of a path in one, stands for."""
    if table.column(name) is None:
        for column in table.columns:
            if name.startswith(f"{column.name}:$"):
                return Place(table.name, column.name, name[len(column.name) + 1 :])
    return Place(table.name, name)


def is_elsewhere(table: Table, name: str) -> bool:
    """Whether a name means a column of another table, that a row leads to: "patient_id>birth_year"."""
    return table.column(name) is None and not place_of(table, name).path


def name_of(place: Place) -> str:
    """What `place_of` reads."""
    return f"{place.column}:{place.path}" if place.path else place.column


def has_paths(table: Table, name: str, rules: ReleaseRules | None) -> bool:
    """Whether the rules treat a column path by path."""
    if rules is None:
        return False
    of_column = [r for r in rules.rules if (r.place.table, r.place.column) == (table.name, name)]
    return any(rule.place.path or rule.technique is Technique.JSON for rule in of_column)


def paths(
    session: Session, table: Table, rules: ReleaseRules | None, asked: Mapping[str, tuple[str, ...]]
) -> dict[str, str]:
    """The paths of a table that are looked at, with the SQL of their values.

    Args:
        asked: of columns, paths that an attacker is said to know.
    """
    found: dict[str, str] = {}
    for column in table.columns:
        if column.hidden or not (
            rules is None or has_paths(table, column.name, rules) or column.name in asked
        ):
            continue
        ruled = (r.place.path for r in rules.rules if _of(r.place, table, column)) if rules else ()
        listed = dict.fromkeys(
            (*asked.get(column.name, ()), *filter(None, ruled), *_seen(session, table, column))
        )
        for path in list(listed)[:_MOST_PATHS]:
            found[name_of(Place(table.name, column.name, path))] = value_sql(table, column.name, path)
    return found


def value_sql(table: Table, column: str, path: str) -> str:
    """The first value at a path; NULL where there is none, or no JSON."""
    cell = f"{quote(table.name)}.{quote(column)}"
    made = f"CASE WHEN json_valid({cell}, {_TEXT}) THEN {cell} END"
    names = path.endswith(KEYS)
    head, *rest = _split(path.removesuffix("~").replace("[*]", "[0]"))
    for number, after in enumerate(rest, 1):
        wanted = "key" if names and number == len(rest) else "value"
        # a scalar has no members: json_each would give it itself
        made = f"(SELECT m.{wanted} FROM json_each({made}, {literal(head)}) AS m WHERE m.key IS NOT NULL LIMIT 1)"
        head = f"${after}"
    if not head.strip("$"):
        return made
    guarded = f"CASE WHEN json_valid({made}, {_TEXT}) THEN {made} END" if rest else made
    return f"json_extract({guarded}, {literal(head)})"


def _split(path: str) -> list[str]:
    """A path at each step that means any key."""
    parts, quoted_now, start = [], False, 0
    for at, letter in enumerate(path):
        if letter == '"':
            quoted_now = not quoted_now
        elif not quoted_now and path.startswith(".*", at) and path[at + 2 : at + 3] in ("", ".", "["):
            parts.append(path[start:at])
            start = at + 2
    return [*parts, path[start:]]


def _seen(session: Session, table: Table, column: Column) -> Iterator[str]:
    """The paths of single values that many cells of a column have."""
    documents = rows_of_any_text(
        session,
        f"SELECT json(c) FROM (SELECT {quote(column.name)} AS c FROM {qualified(table.name)} LIMIT {_FIRST_ROWS})"
        f" WHERE json_valid(c, {_TEXT}) AND typeof(c) IN ('text', 'blob')"
        f" AND substr(ltrim(json(c)), 1, 1) IN ('{{', '[') LIMIT {_LOOKED_AT}",
    )
    counts: Counter[str] = Counter()
    cells = 0
    for (document,) in list(documents):
        cells += 1
        whole = str(document).encode("utf-8", "replace").decode()  # what is no letter cannot be bound
        keys = session.execute("SELECT fullkey FROM json_tree(?) WHERE atom IS NOT NULL", (whole,))
        counts.update({_ELEMENT.sub("[*]", str(key)) for (key,) in keys})
    often = max(2.0, _OFTEN * cells)
    yield from (path for path, count in counts.most_common() if count >= often and path != "$")


def _of(place: Place, table: Table, column: Column) -> bool:
    return (place.table, place.column) == (table.name, column.name)
