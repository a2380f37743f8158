"""Where the number of a key is written into a text of the same row: a mandate “M10201-2” of the member 10201.

Numbers that a key gives out one after another are the same everywhere, and nothing that compares columns as sets tells
them apart (`references`). Row by row it does: the texts beside them hold just these, and those of other rows do not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from steward_app.db import ReadSession, fold, qualified, quote
from steward_app.db.any_text import rows_of_any_text
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.kernel.progress import Context
from steward_app.kernel.values import Row
from steward_app.services.privacy.discover.model import SameValues
from steward_app.services.privacy.discover.profile import ColumnProfile, Form
from steward_app.services.privacy.discover.same import Read, is_numbers, is_unique, refers
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.references import is_more_than_chance, whole_number
from steward_app.services.privacy.written_numbers import WITH_OTHERS, numbers_inside
from steward_app.services.schema.model import Schema, Table, TableKind

_ROWS = 512
_LONGEST = 200  # characters: what is longer is no code
_LEAST = 100  # of fewer digits, any text has some
_LEAST_ROWS = 5
_MOSTLY = 0.5
_LOOKED_INTO = (Form.JSON, Form.WHOLE_NUMBER, Form.EMAIL, Form.URL)  # each on a way of its own


def keys_beside(
    session: ReadSession, schema: Schema, read: Sequence[Read], context: Context
) -> Iterator[SameValues]:
    """The columns whose texts have the number of a key in them that the same row has, with the key it is of."""
    by_table: dict[str, list[ColumnProfile]] = {}
    for each in read:
        if not each.profile.place.path:
            by_table.setdefault(each.profile.place.table, []).append(each.profile)
    for name, profiles in by_table.items():
        context.checkpoint()
        table = schema.table(name)
        if table is None or table.kind is not TableKind.TABLE:
            continue
        numbers = [each for each in profiles if is_numbers(each) and _key(schema, table, each) is not None]
        texts = [each for each in profiles if _may_hold(table, each)]
        held: set[Place] = set()
        for number, text in product(numbers, texts):
            key = _key(schema, table, number)
            share = 0.0 if text.place in held or key is None else _share(session, number.place, text.place)
            if share and key is not None:
                held.add(text.place)
                yield SameValues(text.place, key, round(share, 4), WITH_OTHERS)


def _may_hold(table: Table, profile: ColumnProfile) -> bool:
    """Whether a column has texts with digits that no foreign key explains, and that are nothing of another form."""
    place, seems = profile.place, profile.seems
    bound = refers(table, place.column)
    texts = profile.storage.get("text", 0.0) > _MOSTLY and profile.digits > 0.0
    return texts and not bound and all(seems.get(form, 0.0) <= _MOSTLY for form in _LOOKED_INTO)


def _key(schema: Schema, table: Table, profile: ColumnProfile) -> Place | None:
    """The key whose numbers a column has: the one that it refers to, or itself."""
    column = fold(profile.place.column)
    for key in table.foreign_keys:
        if len(key.columns) == 1 and fold(key.columns[0]) == column:
            parent = schema.table(key.parent_table)
            names = key.parent_columns or (parent.key_columns if parent else ())
            return Place(parent.name, names[0]) if parent and len(names) == 1 else None
    return profile.place if is_unique(table, column) else None


def _share(session: ReadSession, number: Place, text: Place) -> float:
    """The share of different numbers that are written into a text of their row; 0 where they may be so by chance."""
    pairs = {
        found: {*numbers_inside(written)}
        for value, written in _rows(session, number, text)
        if isinstance(written, str) and (found := whole_number(value)) is not None and found >= _LEAST
    }
    if len(pairs) < _LEAST_ROWS:
        return 0.0
    keys, texts = list(pairs), list(pairs.values())
    half = len(texts) // 2
    share = sum(key in inside for key, inside in pairs.items()) / len(pairs)
    of_others = sum(key in inside for key, inside in zip(keys, texts[half:] + texts[:half], strict=True))
    return share if is_more_than_chance(len(pairs), share, (of_others + 1) / (len(pairs) + 2)) else 0.0


def _rows(session: ReadSession, number: Place, text: Place) -> list[Row]:
    one, other = quote(number.column), quote(text.column)
    sql = (
        f"SELECT {one}, {other} FROM {qualified(text.table)}"
        f" WHERE {one} >= {_LEAST} AND length({other}) <= {_LONGEST} LIMIT {_ROWS}"
    )
    try:
        with in_sqlites_words():
            return list(rows_of_any_text(session, sql))
    except SqliteSays:
        return []
