"""Columns that hold the hash of another column of their row: SHA-1 of the e-mail address beside it, alone or in a text.

Without a key it leads to a person as what was hashed does: whoever has a list of addresses hashes it. Some rows are
read again, what stands beside is hashed in the spellings that are usual, and nothing of it is kept but the shares.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from steward_app.db import ReadSession, qualified, quote
from steward_app.db.any_text import legible_rows
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.kernel.progress import Context
from steward_app.kernel.values import Row, SqlValue
from steward_app.services.privacy.discover.model import SameValues
from steward_app.services.privacy.discover.profile import ColumnProfile, Form
from steward_app.services.privacy.discover.same import Read
from steward_app.services.privacy.hashes import (
    Hashed,
    algorithms,
    digest_of,
    hashed_numbers,
    looks_hashed,
    spellings,
)
from steward_app.services.privacy.model import Place
from steward_app.services.schema.model import Schema, TableKind

HASHED: Final = "hashed"
"""How such values are written, in words."""

_ROWS: Final = 200
_FEWEST: Final = 5
_MOSTLY: Final = 0.6
_LONGEST: Final = 200  # characters of a value that somebody hashes to tell who it is
_SHORTEST: Final = 8  # characters of four bytes in hexadecimal
_LONG: Final = 32  # characters of the shortest hash that is told among other words
_OF_32_BITS: Final = 1 << 30


def hashes_beside(
    session: ReadSession, schema: Schema, read: Sequence[Read], context: Context
) -> Iterator[SameValues]:
    """The columns of hashes, each with the column of its table that is hashed there."""
    by_table: dict[str, list[ColumnProfile]] = {}
    for each in read:
        if not each.profile.place.path:
            by_table.setdefault(each.profile.place.table, []).append(each.profile)
    for name, profiles in by_table.items():
        table = schema.table(name)
        hashes = [each for each in profiles if may_be_hashes(each)]
        if table is None or table.kind is not TableKind.TABLE or not hashes:
            continue
        others = [each.place for each in profiles if _may_be_hashed(each)]
        for profile in hashes if others else ():
            context.checkpoint()
            if hashed_as([row[0] for row in _rows(session, profile.place, ())]) is None:
                continue
            beside = [each for each in others if each != profile.place]
            if (found := _origin(_rows(session, profile.place, beside), beside)) is not None:
                yield SameValues(profile.place, *found, HASHED)


def may_be_hashes(profile: ColumnProfile) -> bool:
    """Whether values are of the length of a hash, each different one of the same, and no words; or may hold one."""
    length, numbers = profile.length, profile.numbers
    if profile.distinct < _FEWEST or profile.seems.get(Form.JSON, 0.0) > 0.0:
        return False
    if profile.storage.get("integer", 0.0) > _MOSTLY and numbers is not None:
        return numbers.greatest - numbers.least > _OF_32_BITS
    if length is None:
        return False
    if profile.storage.get("text", 0.0) > _MOSTLY and _LONG <= length.mean <= _LONGEST:
        return True
    of_bytes = profile.storage.get("blob", 0.0) > _MOSTLY and length.greatest <= _LONGEST
    seems = max(profile.seems.get(form, 0.0) for form in (Form.HASH, Form.KEY, Form.CODE))
    of_text = profile.spaced == 0.0 and seems > _MOSTLY and _SHORTEST <= length.mean <= _LONGEST
    return (of_bytes or of_text) and length.least == length.greatest


def hashed_as(values: Sequence[SqlValue]) -> Hashed | None:
    """How some values are written that may be hashes; None for others."""
    return looks_hashed(values) or hashed_numbers(values)


def hashed_forms(written: str) -> Iterator[bytes]:
    """What is hashed of a value: each spelling in UTF-8 and, where it may be, as older programs write it."""
    for form in spellings(written):
        yield form.encode("utf-8", "replace")
        if not form.isascii():
            yield form.encode("cp1252", "replace")


def _may_be_hashed(profile: ColumnProfile) -> bool:
    """Whether values are short texts or numbers, different enough to tell persons apart."""
    if profile.storage.get("blob", 0.0) > _MOSTLY or profile.seems.get(Form.JSON, 0.0) > _MOSTLY:
        return False
    return profile.distinct >= _FEWEST and (profile.length is None or profile.length.mean <= _LONGEST)


def _rows(session: ReadSession, hashes: Place, others: Sequence[Place]) -> list[Row]:
    columns_sql = ", ".join(quote(each.column) for each in (hashes, *others))
    sql = f"SELECT {columns_sql} FROM {qualified(hashes.table)} WHERE {quote(hashes.column)} IS NOT NULL LIMIT {_ROWS}"
    try:
        with in_sqlites_words():
            return list(legible_rows(session, sql))
    except SqliteSays:
        return []


def _origin(rows: Sequence[Row], others: Sequence[Place]) -> tuple[Place, float] | None:
    """The column that is hashed in most rows, and in what share; None for none."""
    hashed = hashed_as([row[0] for row in rows])
    if hashed is None:
        return None
    digests = [digest_of(name, hashed.length) for name in algorithms(hashed.length)]
    found, different = Counter[int](), dict[int, set[bytes]]()
    for made, *values in rows:
        wanted = hashed.decode(made)
        for at, value in enumerate(values):
            written = _text(value)
            if wanted is None or not 0 < len(written) <= _LONGEST:
                continue
            if any(digest(form) == wanted for form in hashed_forms(written) for digest in digests):
                found[at] += 1
                different.setdefault(at, set()).add(wanted)
    for at, count in found.most_common():
        if len(different[at]) >= _FEWEST and count > _MOSTLY * len(rows):
            return others[at], round(count / len(rows), 4)
    return None


def _text(value: SqlValue) -> str:
    return str(value) if isinstance(value, str | int) else ""
