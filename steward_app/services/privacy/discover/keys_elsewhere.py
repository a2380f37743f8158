"""Where the whole numbers of a key stand elsewhere, as numbers or as texts: in a column that no foreign key binds to
it, or at a path in JSON: {"patient": 48213}; or inside texts: “48213,48951”, “patient:48213”.

Whole numbers of few digits are the same everywhere, so nothing but a comparison with chance tells (`references`). Some
numbers of each place were kept in memory while it was read; the key is asked for them by its index, or where its table
is small. Nothing of it is kept but the shares.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from steward_app.db import ReadSession, fold, qualified, quote
from steward_app.db.any_text import rows_of_any_text
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.kernel.progress import Context
from steward_app.services.privacy.discover.coded_keys import WITHOUT_THE_REST, Codes, codes_of
from steward_app.services.privacy.discover.model import SameValues
from steward_app.services.privacy.discover.profile import ColumnProfile, Form
from steward_app.services.privacy.discover.same import Read, has_index, is_numbers, is_unique
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.references import (
    LEAST_WITHOUT_GAPS,
    NumberKey,
    is_date,
    is_named_after,
    named_path,
    share_of_key,
    whole_number,
)
from steward_app.services.schema.model import Schema, TableKind

_EACH_ONCE = 0.98
_MOSTLY = 0.5
_MOST_ROWS_WITHOUT_INDEX = 100_000
_NO_GAPS = 0.9


@dataclass(frozen=True, slots=True)
class _Key:
    """A key, and whether the schema says that it is one.

    Attributes:
        codes: how it is written where its numbers are ends of codes.
    """

    key: NumberKey
    declared: bool
    codes: Codes | None = None


def keys_elsewhere(
    session: ReadSession, schema: Schema, read: Sequence[Read], context: Context
) -> Iterator[SameValues]:
    """The columns and paths that hold numbers of a key, each with the key that it fits best."""
    children = _children(schema)
    holding = [each for each in read if _may_hold(each, children)]
    if not holding:
        return
    keys = list(_keys(session, schema, read, children))
    for each in holding:
        context.checkpoint()
        found = _best(session, schema, each, keys)
        if found is not None:
            yield found


def _may_hold(each: Read, children: Collection[Place]) -> bool:
    """Whether a place holds whole numbers; a column, mostly these, and no foreign key that says whose they are."""
    return each.profile.place not in children and any(_held(each))


def _held(each: Read) -> tuple[Collection[int], Collection[int], Collection[int]]:
    """The numbers of a place: as numbers, as texts, and inside texts; of a column those that it mostly holds."""
    profile, seems = each.profile, each.profile.seems
    inside = [number for number in each.inside if not is_date(number)]
    if profile.place.path:
        return each.numbers, each.texts, inside
    if profile.storage.get("text", 0.0) <= _MOSTLY or seems.get(Form.JSON, 0.0) > _MOSTLY:
        inside = []
    mostly = is_numbers(profile) or profile.storage.get("real", 0.0) > _MOSTLY
    return (each.numbers, each.texts, inside) if mostly else ((), (), inside)


def _best(session: ReadSession, schema: Schema, child: Read, keys: Sequence[_Key]) -> SameValues | None:
    place = child.profile.place
    path = named_path(place)
    own = next((each for each in keys if each.key.place == place), None)
    linked = _linked(schema, place.table)
    numbers, texts, inside = _held(child)
    found: list[tuple[tuple[bool, bool, float, bool, bool], SameValues]] = []
    for each in keys:
        key = each.key
        named = is_named_after(path, key.place)
        if (
            key.place == place
            or (own and _counts_more(own, each))
            or not (place.path or named or _has_gaps(key))
        ):
            continue
        among = partial(each.codes.among if each.codes else partial(_among, place=key.place), session)
        whole = max(share_of_key(some, path, key, among, own=own is not None) for some in (numbers, texts))
        share = whole or share_of_key(inside, path, key, among, own=own is not None, mixed=True)
        if share:
            alone = WITHOUT_THE_REST if each.codes else ""
            same = SameValues(place, key.place, round(share, 4), alone if whole else child.written)
            found.append(((whole > 0, named, share, each.declared, key.place in linked), same))
    return max(found, key=lambda each: each[0])[1] if found else None


def _counts_more(own: _Key, other: _Key) -> bool:
    """Of two keys, whether the first is the one that the other leads to."""
    a, b = own.key, other.key
    return (own.declared, a.count, b.place) > (other.declared, b.count, a.place)


def _has_gaps(key: NumberKey) -> bool:
    """Whether chance can tell a number of a key from others; one that counts from 1 holds all of them."""
    return key.least >= LEAST_WITHOUT_GAPS or key.count < _NO_GAPS * (key.greatest - key.least + 1)


def _children(schema: Schema) -> frozenset[Place]:
    """The columns of foreign keys."""
    return frozenset(
        Place(table.name, column.name)
        for table in schema.tables
        for key in table.foreign_keys
        for name in key.columns
        if (column := table.column(name)) is not None
    )


def _keys(
    session: ReadSession, schema: Schema, read: Sequence[Read], children: Collection[Place]
) -> Iterator[_Key]:
    """The columns of whole numbers, or codes with one, that stand once each; of those that foreign keys bind, the one
    they lead to.
    """
    referred = {
        (fold(key.parent_table), fold(name))
        for table in schema.tables
        for key in table.foreign_keys
        for name in key.parent_columns
    }
    for each in read:
        profile, place = each.profile, each.profile.place
        table = schema.table(place.table)
        if place.path or table is None or table.kind is not TableKind.TABLE or place in children:
            continue
        texts = profile.storage.get("text", 0.0) > _MOSTLY and profile.digits > 0.0
        if not (texts or is_numbers(profile)):
            continue
        by_index = has_index(table, place.column)
        declared = is_unique(table, place.column) or (fold(table.name), fold(place.column)) in referred
        small = each.whole and profile.rows <= _MOST_ROWS_WITHOUT_INDEX
        if (declared or profile.distinctness >= _EACH_ONCE) and (by_index or small):
            codes = codes_of(session, place) if texts else None
            if codes is not None:
                found = codes.key(session, profile.rows if declared else profile.distinct)
            else:
                found = _number_key(session, profile, each_once=declared) if is_numbers(profile) else None
            if found is not None:
                yield _Key(found, declared, codes)


def _number_key(session: ReadSession, profile: ColumnProfile, *, each_once: bool) -> NumberKey | None:
    """The key with its bounds: as SQLite says them of numbers, of texts as they were seen."""
    place, seen = profile.place, profile.numbers
    column, table = quote(place.column), qualified(place.table)
    bounds: Sequence[object] = ()
    try:
        with in_sqlites_words():
            ends_sql = f"SELECT (SELECT min({column}) FROM {table}), (SELECT max({column}) FROM {table})"
            bounds = next(rows_of_any_text(session, ends_sql))
    except SqliteSays:
        return None
    numbers = [value for value in bounds if isinstance(value, int)]
    if len(numbers) < 2 and seen is not None:
        numbers = [int(seen.least), int(seen.greatest)]
    if len(numbers) < 2:
        return None
    return NumberKey(place, max(1, numbers[0]), numbers[1], profile.rows if each_once else profile.distinct)


def _among(session: ReadSession, numbers: Collection[int], place: Place) -> set[int]:
    """Which of some numbers stand in a column, as numbers or as texts."""
    column = quote(place.column)
    of_table = f"SELECT {column} FROM {qualified(place.table)} WHERE {column} IN (SELECT"
    sql = f"{of_table} value FROM json_each(?1)) UNION {of_table} CAST(value AS TEXT) FROM json_each(?1))"
    try:
        with in_sqlites_words():
            rows = session.all(sql, (json.dumps(list(numbers)),))
    except SqliteSays:
        return set()
    return {number for (value,) in rows if (number := whole_number(value)) is not None} & set(numbers)


def _linked(schema: Schema, name: str) -> frozenset[Place]:
    """The keys that foreign keys of a table lead to."""
    table = schema.table(name)
    found: set[Place] = set()
    for key in table.foreign_keys if table is not None else ():
        parent = schema.table(key.parent_table)
        if parent is not None:
            found |= {Place(parent.name, column) for column in key.parent_columns}
    return frozenset(found)
