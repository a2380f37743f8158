"""Columns that hold hashes of a column of another table: `img/<sha1>.png`, made of the address in the list of members.
Paths in JSON that do, of their own table, too.

No row says what was hashed, so many hashes are compared with those of some values of every column that may tell whose a
row is. Of two columns with a million values each, twenty thousand of the one and two thousand of the other share forty.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final, NamedTuple

from steward_app.db import ReadSession, qualified, quote
from steward_app.db.any_text import legible_rows
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.discover.hashes_beside import (
    HASHED,
    hashed_as,
    hashed_forms,
    hashes_beside,
    may_be_hashes,
)
from steward_app.services.privacy.discover.json_paths import at
from steward_app.services.privacy.discover.model import SameValues
from steward_app.services.privacy.discover.profile import ColumnProfile
from steward_app.services.privacy.discover.same import Read, may_identify
from steward_app.services.privacy.hashes import Hashed, algorithms, beyond_chance, digest_of
from steward_app.services.privacy.json_steps import KEYS
from steward_app.services.privacy.json_values import any_json
from steward_app.services.privacy.model import Place
from steward_app.services.schema.model import Schema, TableKind

_FIRST: Final = 200
_HASHES: Final = 20_000
_VALUES: Final = 2_000
_FEWEST: Final = 5
_SHORTEST: Final = (
    5  # characters: shorter values, and numbers under eight digits, are those of other things as well
)
_FEWEST_DIGITS: Final = 8


class _List(NamedTuple):
    """Some values of a column, hashed.

    Attributes:
        values: how many.
    """

    profile: ColumnProfile
    digests: frozenset[bytes]
    values: int


def hashes_of_others(
    session: ReadSession, schema: Schema, read: Sequence[Read], context: Context
) -> Iterator[SameValues]:
    """The columns of hashes, each with the column that is hashed there: one of its row, else one of another table."""
    beside = list(hashes_beside(session, schema, read, context))
    yield from beside
    yield from _elsewhere(session, schema, read, {each.child for each in beside}, context)


def _elsewhere(
    session: ReadSession, schema: Schema, read: Sequence[Read], known: Collection[Place], context: Context
) -> Iterator[SameValues]:
    """The columns of hashes of a column of another table, but for those that are known."""
    lists: dict[int, list[_List]] = {}
    for each in read:
        profile = each.profile
        place, table = profile.place, schema.table(profile.place.table)
        if place.path.endswith(KEYS) or place in known or table is None or table.kind is not TableKind.TABLE:
            continue
        hashed = hashed_as(_values(session, place, _FIRST)) if may_be_hashes(profile) else None
        if hashed is None:
            continue
        context.checkpoint()
        if hashed.length not in lists:
            lists[hashed.length] = [
                _hashed(session, other.profile, hashed.length)
                for other in read
                if _may_be_hashed(schema, other.profile)
            ]
        found = _best(session, profile, hashed, lists[hashed.length])
        if found is not None:
            yield found


def _best(
    session: ReadSession, profile: ColumnProfile, hashed: Hashed, lists: Sequence[_List]
) -> SameValues | None:
    """The column with most of the hashes of another, where chance would not give so many."""
    place = profile.place
    made = {
        digest for value in _values(session, place, _HASHES) if (digest := hashed.decode(value)) is not None
    }
    hits = {
        number: len(made & each.digests)
        for number, each in enumerate(lists)
        if place.path or each.profile.place.table != place.table
    }
    best = max(hits, key=lambda number: hits[number], default=None)
    if best is None or hits[best] < _FEWEST:
        return None
    of = lists[best]
    if not beyond_chance(hits[best], len(made), len(of.digests), hashed.length):
        return None
    looked_at = min(1.0, of.values / max(1.0, of.profile.rows * of.profile.distinctness))
    share = min(1.0, hits[best] / len(made) / looked_at)
    return SameValues(place, of.profile.place, round(share, 4), HASHED)


def _may_be_hashed(schema: Schema, profile: ColumnProfile) -> bool:
    table = schema.table(profile.place.table)
    own = table is not None and table.kind is TableKind.TABLE and not profile.place.path
    return own and may_identify(profile)


def _hashed(session: ReadSession, profile: ColumnProfile, length: int) -> _List:
    digests = [digest_of(name, length) for name in algorithms(length)]
    values = {
        str(value)
        for value in _values(session, profile.place, _VALUES)
        if isinstance(value, str | int) and _tells(str(value))
    }
    made = {digest(form) for value in values for form in hashed_forms(value) for digest in digests}
    return _List(profile, frozenset(made), len(values))


def _tells(value: str) -> bool:
    return len(value) >= (_FEWEST_DIGITS if value.isdigit() else _SHORTEST)


def _values(session: ReadSession, place: Place, most: int) -> list[SqlValue]:
    """The values of the first rows; at a path, of the first documents."""
    column = quote(place.column)
    term_sql, rest_sql = column, f"{column} IS NOT NULL LIMIT {most:d}"
    if place.path:
        valid_sql = f"json_valid({column}, 9)"
        term_sql, rest_sql = f"json({column})", f"{valid_sql} LIMIT {most:d}"
    sql = f"SELECT {term_sql} FROM {qualified(place.table)} WHERE {rest_sql}"
    try:
        with in_sqlites_words():
            cells = [value for (value,) in legible_rows(session, sql)]
    except SqliteSays:
        return []
    return [value for cell in cells for value in at(any_json(cell), place.path)] if place.path else cells
