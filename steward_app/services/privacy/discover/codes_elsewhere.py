"""Where the codes of a key stand inside short texts of other columns, or at paths in JSON: “A100,B101”, “patient:A100”;
those of up to four signs (“A12”) as whole texts, too.

Codes of a few signs are the same everywhere, as numbers are: the key must hold most of those found, and few others that
are written alike (`written_codes.codes_like`), unless the column is named after it. Some codes of each place were kept
in memory while it was read; nothing of them is kept but the shares.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence

from steward_app.db import ReadSession, qualified, quote
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.kernel.progress import Context
from steward_app.services.privacy.discover.model import SameValues
from steward_app.services.privacy.discover.same import Read, has_index, points, refers
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.references import is_more_than_chance, is_named_after, named_path
from steward_app.services.privacy.written_codes import codes_like
from steward_app.services.schema.model import Schema, TableKind

_EACH_ONCE = 0.98
_MOSTLY = 0.5
_NEARLY_ALL = 0.95
_SEVERAL = 3
_MOST_ROWS_WITHOUT_INDEX = 100_000
_LONGEST = 32  # characters of a code, in the mean
_HARDLY = 0.05


def codes_elsewhere(
    session: ReadSession, schema: Schema, read: Sequence[Read], context: Context
) -> Iterator[SameValues]:
    """The columns and paths whose texts have codes of a key inside, each with the key that it fits best."""
    holding = [each for each in read if len(each.codes) >= _SEVERAL]
    if not holding:
        return
    keys = [each for each in read if _is_key(schema, each)]
    for each in holding:
        context.checkpoint()
        place = each.profile.place
        table = schema.table(place.table)
        if table and not each.codes_written and not place.path and refers(table, place.column):
            continue  # its foreign key says whose they are
        shares = {
            key.profile.place: _share(session, each, key.profile.place)
            for key in keys
            if key.profile.place != place and (each.codes_written or points(each, key))
        }
        best = max(shares, key=lambda key: shares[key], default=None)
        if best is not None and shares[best]:
            yield SameValues(place, best, round(shares[best], 4), each.codes_written)


def _is_key(schema: Schema, each: Read) -> bool:
    """Whether a column holds codes that stand once each, and is looked up quickly."""
    profile, place = each.profile, each.profile.place
    table = schema.table(place.table)
    if place.path or table is None or table.kind is not TableKind.TABLE:
        return False
    if refers(table, place.column):
        return False
    short = profile.length is not None and profile.length.mean <= _LONGEST and profile.spaced < _HARDLY
    are_codes = profile.storage.get("text", 0.0) > _MOSTLY and 0.0 < profile.digits < 1.0
    small = each.whole and profile.rows <= _MOST_ROWS_WITHOUT_INDEX
    each_once = profile.distinctness >= _EACH_ONCE
    return short and are_codes and each_once and (small or has_index(table, place.column))


def _share(session: ReadSession, child: Read, key: Place) -> float:
    """The share of the codes of a place that are those of a key; 0 where they may be so by chance."""
    place, codes = child.profile.place, child.codes
    share = len(_among(session, key, codes)) / len(codes)
    if share < _MOSTLY:
        return 0.0
    drawn = codes_like(codes)
    held = _among(session, key, set(drawn))
    chance = (sum(code in held for code in drawn) + 1) / (len(drawn) + 2)
    if is_more_than_chance(len(codes), share, chance):
        return share
    return share if share >= _NEARLY_ALL and is_named_after(named_path(place), key) else 0.0


def _among(session: ReadSession, key: Place, codes: Collection[str]) -> set[object]:
    """Which of some codes a key has."""
    column = quote(key.column)
    sql = f"SELECT {column} FROM {qualified(key.table)} WHERE {column} IN (SELECT value FROM json_each(?))"
    try:
        with in_sqlites_words():
            return {value for (value,) in session.all(sql, (json.dumps(sorted(codes)),))}
    except SqliteSays:
        return set()
