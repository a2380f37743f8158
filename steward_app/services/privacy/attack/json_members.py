"""Cells of JSON with several values, as a list of addresses is: each of them as a row of its own, for the attacks.

What "[*]" and ".*" of a path stand for are members. Those of one list or object make rows together, so that what
belongs together in the original ("orders[*].date", "orders[*].total") does here, and beside them stands all that the
rest of the row holds. A row of the original and one of the copy that belong together have members in the same order.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Final

from steward_app.db import ReadSession, literal, qualified, quote
from steward_app.kernel.progress import Context
from steward_app.kernel.values import Row, SqlValue
from steward_app.services.privacy.attack.case import Case, what_it_shows
from steward_app.services.privacy.attack.json_places import place_of
from steward_app.services.privacy.attack.reading import MOST_CELLS, Tables
from steward_app.services.privacy.attack.truth import NOBODY, Belonging
from steward_app.services.privacy.columns import Columns, columns_of, order_sql
from steward_app.services.schema.model import Table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_TEXT: Final = 9  # of json_valid: text as RFC 8259 has it, or the binary form
_LONGEST: Final = 4_096
_NAMES: Final = "~"  # after a step: the keys of the members, not what they hold
_ANY: Final = {"[*]": "integer", ".*": "text"}
"""Steps of a path that mean any member, with the type of its key."""

Steps = tuple[tuple[str, str], ...]
"""The way to members: a path, and whether any member of a list or of an object is taken there."""


@dataclass(frozen=True, slots=True)
class _Members:
    """Paths of one column that lead through the same lists.

    Attributes:
        tails: of each name, the path from the member on.
    """

    table: Table
    column: str
    steps: Steps
    tails: Mapping[str, str]

    def rows(self, session: ReadSession) -> Iterator[list[Row]]:
        """The members of every row of the table, in its order."""
        text_sql = self._text_sql()
        if session.value("PRAGMA encoding") == "UTF-8":
            text_sql = f"CAST({text_sql} AS BLOB)"  # text may hold bytes that are none
        for (text,) in session.execute(
            f"SELECT {text_sql} FROM {qualified(self.table.name)}{order_sql(self.table)}"
        ):
            written = text.decode(errors="surrogateescape") if isinstance(text, bytes) else str(text)
            yield [tuple(map(_shortened, member)) for member in json.loads(written)]

    def values(self, session: ReadSession, name: str) -> Iterator[SqlValue]:
        """The values of one path, member by member."""
        at = list(self.tails).index(name)
        return (member[at] for row in self.rows(session) for member in row)

    def _text_sql(self) -> str:
        """A list of all members of a cell as JSON, each a list of its values."""
        cell = f"{quote(self.table.name)}.{quote(self.column)}"
        inner = f"CASE WHEN json_valid({cell}, {_TEXT}) THEN {cell} END"
        sources, conditions = [], []
        for number, (head, step) in enumerate(self.steps):
            sources.append(f"json_each({inner}, {literal(head)}) AS m{number}")
            conditions.append(f"typeof(m{number}.key) = {literal(_ANY[step])}")
            # a scalar is no document
            inner = f"CASE WHEN m{number}.type IN ('array', 'object') THEN m{number}.value END"
        last = f"m{len(self.steps) - 1}"
        values = ", ".join(_value_sql(last, inner, tail) for tail in self.tails.values())
        return (
            f"(SELECT json_group_array(json_array({values})) FROM {' CROSS JOIN '.join(sources)}"
            f" WHERE {' AND '.join(conditions)})"
        )


def member_cases(tables: Tables, case: Case, context: Context) -> Iterator[tuple[frozenset[str], Case]]:
    """Where cells hold several values: the paths of these, and the table with a row for each value.

    Nothing of a table of which some persons are drawn.
    """
    found = _grouped(case) if case.whole is None else []
    for members in found:
        columns = len(case.after.codes) + len(members.tails)
        most = max(1, MOST_CELLS // (columns * len(found)))
        before, owners = _read(members, tables.source, case.before, most, context)
        after, theirs = _read(members, tables.copy, case.after, most, context)
        if not (_repeats(owners) or _repeats(theirs)):
            continue  # the first is the only one
        rows = _belonging(case, owners, theirs)
        belonging = Belonging(rows, case.belonging.told)
        shows = {
            name: what_it_shows(name, case.table, before, after, rows, tables.rules) for name in members.tails
        }
        yield (
            frozenset(members.tails),
            replace(
                case,
                before=before,
                after=after,
                belonging=belonging,
                persons=case.persons[owners],
                shows={**case.shows, **shows},
                values=_Values(members, tables.copy, after.read),
                originals=_Values(members, tables.source, before.read),
            ),
        )


def several(case: Case) -> bool:
    """Whether paths of a table lead to several values of a cell."""
    return bool(_grouped(case))


def _grouped(case: Case) -> list[_Members]:
    found: dict[tuple[str, Steps], dict[str, str]] = {}
    for name in case.after.codes:
        place = place_of(case.table, name)
        steps, tail = _steps(place.path)
        if steps and case.table.column(name) is None:
            found.setdefault((place.column, steps), {})[name] = tail
    return [_Members(case.table, column, steps, tails) for (column, steps), tails in found.items()]


def _steps(path: str) -> tuple[Steps, str]:
    """The way to the members of a path, and what follows."""
    found: list[tuple[str, str]] = []
    start, within = 0, False
    for at, letter in enumerate(path):
        if letter == '"':
            within = not within
        step = next((each for each in _ANY if path.startswith(each, at)), "")
        after = at + len(step)
        if step and not within and path[after : after + 1] in ("", ".", "[", _NAMES):
            found.append((f"{'$' if found else ''}{path[start:at]}", step))
            start = after
    return tuple(found), path[start:]


def _value_sql(member: str, inner: str, tail: str) -> str:
    if not tail:
        return f"{member}.atom"
    if tail == _NAMES:
        return f"{member}.key"
    at = literal(f"${tail}")
    return (
        f"CASE WHEN json_type({inner}, {at}) NOT IN ('array', 'object') THEN json_extract({inner}, {at}) END"
    )


def _read(
    members: _Members, session: ReadSession, parent: Columns, most: int, context: Context
) -> tuple[Columns, NDArray[np.int64]]:
    """The values of the members with all that stands in their rows, and of each member its row."""
    import numpy as np

    numbers = array("q")

    def each() -> Iterator[Row]:
        for number, row in enumerate(islice(members.rows(session), parent.read)):
            numbers.extend([number] * len(row))
            yield from row

    found = columns_of(parent.table, parent.rows, list(members.tails), islice(each(), most), context)
    owners = np.array(numbers, np.int64)[: found.read]
    found.codes = {name: codes[owners] for name, codes in parent.codes.items()} | found.codes
    found.numbers = {
        name: values[owners] for name, values in parent.numbers.items() if name not in members.tails
    } | found.numbers
    found.forms = parent.forms | found.forms
    return found, owners


def _belonging(case: Case, owners: NDArray[np.int64], theirs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Of each member of the original its row among those of the copy, where both cells hold as many."""
    import numpy as np

    mine, others = (
        np.bincount(each, minlength=max(1, read))
        for each, read in ((owners, case.before.read), (theirs, case.after.read))
    )
    place = np.arange(len(owners)) - (np.cumsum(mine) - mine)[owners]
    row = case.belonging.rows[owners]
    same = (row != NOBODY) & (mine[owners] == others[row])
    return np.where(same, (np.cumsum(others) - others)[row] + place, NOBODY)


def _repeats(owners: NDArray[np.int64]) -> bool:
    return bool((owners[1:] == owners[:-1]).any())


@dataclass(frozen=True, slots=True)
class _Values:
    """`Case.values` of members."""

    members: _Members
    session: ReadSession
    most: int

    def __call__(self, name: str) -> Iterator[SqlValue]:
        return islice(self.members.values(self.session, name), self.most)


def _shortened(value: SqlValue) -> SqlValue:
    return value[:_LONGEST] if isinstance(value, str) else value
