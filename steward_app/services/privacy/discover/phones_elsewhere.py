"""Columns that hold the telephone numbers of another table, written otherwise: 630-859-467 there, 48630859467 here.

What is compared are the numbers within their country (`written_phones`). Of each column that may hold some the first
rows are read once more; nothing of them is kept but the shares.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Final, NamedTuple

from steward_app.db import ReadSession, qualified, quote
from steward_app.db.any_text import rows_of_any_text
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.kernel.progress import Context
from steward_app.services.privacy.discover.model import SameValues
from steward_app.services.privacy.discover.profile import ColumnProfile, Form
from steward_app.services.privacy.discover.same import Read, points
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.written_phones import LEAST, may_be
from steward_app.services.rows.headers import Headers

_PHONE: Final = "phone"
_HALF: Final = 0.5
_SEVERAL: Final = 5
_MOST: Final = 100_000  # different values of a column that are read
_COMPARED: Final = 1_000
_ALL_BUT_SIGNS: Final = 0.6  # share of digits: +1 (555) 123-4567 has ten of sixteen
_LONGEST: Final = 22
_NO_PHONE: Final = (Form.DATE, Form.TIME, Form.IP, Form.LATITUDE, Form.LONGITUDE, Form.UUID)


class _Numbers(NamedTuple):
    """A column that may hold telephone numbers.

    Attributes:
        called: its name says so; `valid`: most of its values are some.
    """

    read: Read
    called: bool
    valid: bool


def phones_elsewhere(
    session: ReadSession, read: Sequence[Read], headers: Headers, context: Context
) -> Iterator[SameValues]:
    """The columns that hold the telephone numbers of a column of another table, each with the one that it fits best."""
    columns = [
        _Numbers(each, _is_called(each.profile, headers), _is_valid(each.profile))
        for each in read
        if _may_hold(each.profile)
    ]
    homes: dict[Place, frozenset[str]] = {}
    for child in columns:
        context.checkpoint()
        parents = [each.read.profile.place for each in columns if _leads(child, each)]
        if not parents:
            continue
        some = list(islice(_found(session, child.read.profile.place, context), _COMPARED))
        for place in parents:
            if place not in homes:
                homes[place] = frozenset(chain.from_iterable(_found(session, place, context)))
        shares = {place: _share(some, homes[place]) for place in parents}
        best = max(shares, key=lambda place: shares[place])
        if shares[best] >= _HALF:
            yield SameValues(child.read.profile.place, best, round(shares[best], 4))


def _may_hold(profile: ColumnProfile) -> bool:
    """Whether values are digits and signs, as many as a telephone number has."""
    if profile.place.path or profile.increasing or profile.stepped or profile.distinct < _SEVERAL:
        return False
    if any(profile.seems.get(form, 0.0) > _HALF for form in _NO_PHONE):
        return False
    numbers, length = profile.numbers, profile.length
    if profile.storage.get("text", 0.0) > _HALF:
        long = length is not None and length.mean >= LEAST and length.greatest <= _LONGEST
        return long and profile.digits >= _ALL_BUT_SIGNS
    return numbers is not None and numbers.mean >= 10 ** (LEAST - 1)


def _is_valid(profile: ColumnProfile) -> bool:
    return profile.seems.get(Form.PHONE_VALID, 0.0) >= _HALF


def _is_called(profile: ColumnProfile, headers: Headers) -> bool:
    return any(match.kind == _PHONE for match in headers.read(profile.name, among_people=True).matches)


def _found(session: ReadSession, place: Place, context: Context) -> Iterator[tuple[str, ...]]:
    """The different numbers of a column, each as all that it may mean."""
    column = quote(place.column)
    sql = f"SELECT DISTINCT {column} FROM {qualified(place.table)} WHERE {column} IS NOT NULL LIMIT {_MOST}"
    try:
        with in_sqlites_words(), session.under(context):
            values = [value for (value,) in rows_of_any_text(session, sql) if isinstance(value, str | int)]
    except SqliteSays:
        return
    for value in values:
        if homes := may_be(str(value).strip()):
            yield homes


def _leads(child: _Numbers, parent: _Numbers) -> bool:
    """Whether a column would be told to hold the numbers of another: one that is known to have some."""
    if child.read.profile.place.table == parent.read.profile.place.table:
        return False
    own, other = (child.called, child.valid), (parent.called, parent.valid)
    return any(other) and (own < other or (own == other and points(child.read, parent.read)))


def _share(some: Sequence[tuple[str, ...]], numbers: frozenset[str]) -> float:
    if len(some) < _SEVERAL:
        return 0.0
    return sum(not numbers.isdisjoint(homes) for homes in some) / len(some)
