"""Beginnings and ends of values: older states keep them where a new row was written over a part of an old one.

SQLite takes room for a row from the end of what is free, so of the old row its beginning stays; on freed overflow pages
it is the end of a value that began on another page. A piece has three quarters of the value and at least nine letters
(an end, fifteen), of long ones the first sixteen; and always three more than any other value shares with it, so that it
tells whose it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from steward_app.db.records import fields, varint
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.residue.forms import LONGEST, encoded, is_weak, spellings

MOST: Final = 20_000
"""Values in one reading, above which only whole ones are looked for."""

_LEAST, _ENOUGH, _MORE = 9, 16, 3
_LEAST_END = 15  # of letters: short values are seldom on overflow pages, and every short string costs time


def pieces(values: Sequence[SqlValue]) -> Iterator[tuple[int, bytes]]:
    """The number of a value, and a string to look for, with A to Z as small letters. Nothing for very many values."""
    if len(values) > MOST:
        return
    texts = [
        (value.lower(), number)
        for number, value in enumerate(values)
        if isinstance(value, str) and _LEAST < len(value) <= LONGEST and not is_weak(value)
    ]
    for text, number, shared in _shared(texts):
        size = max(min(_share(len(text)), _ENOUGH), shared + _MORE)
        yield from _strings(text[:size], text, number)
    for text, number, shared in _shared([(text[::-1], number) for text, number in texts]):
        domain = (
            text.find("@") + 1
        )  # of an address of the net, its end says whose it is with some of its name
        size = max(_share(len(text) - domain) + domain, shared + _MORE)
        if size >= _LEAST_END:
            yield from _strings(text[:size][::-1], text, number)


def _share(length: int) -> int:
    return max(_LEAST, -(-3 * length // 4))


def _strings(piece: str, text: str, number: int) -> Iterator[tuple[int, bytes]]:
    if len(piece) < len(text):
        for raw in encoded(piece):
            if len(raw) <= LONGEST:
                yield number, raw.lower()


def _shared(texts: list[tuple[str, int]]) -> Iterator[tuple[str, int, int]]:
    """Each text and its number, and how many letters its beginning shares with another one."""
    texts = sorted(texts)
    before = 0
    for place, (text, number) in enumerate(texts):
        following = _same(text, texts[place + 1][0]) if place + 1 < len(texts) else 0
        yield text, number, max(before, following)
        before = following


def _same(a: str, b: str) -> int:
    """How many letters two texts share from their beginning on."""
    pairs = zip(a, b, strict=False)
    return next((place for place, (x, y) in enumerate(pairs) if x != y), min(len(a), len(b)))


def is_whole_in(data: bytes, value: SqlValue) -> bool:
    """Does a value, of which the beginning or the end was found, stand whole in some bytes, in any encoding or case?"""
    small = data.lower()
    return any(each.lower() in small for each in spellings(value))


def covers(around: bytes, before: int, length: int, word: bytes) -> bool:
    """Does a longer word stand in some bytes, over a string in them, or its beginning up to where it was written over?

    Args:
        before, length: bytes before the string, and of it.
    """
    first, behind = max(0, before - len(word) + 1), before + length
    if 0 <= around.find(word, first) <= before:
        return True
    return any(
        length < end - start < len(word) and word.startswith(around[start:end])
        for start in range(first, before + 1)
        if word.startswith(around[start:behind])
        for end in _ends(around, behind, start + len(word))
    )


def _ends(around: bytes, first: int, last: int) -> Iterator[int]:
    """Where zeros or another row took the place of what stood there."""
    yield around.find(b"\0", first)
    yield from (at for at in range(first, last) if _begins_a_row(around, at))


def _begins_a_row(around: bytes, at: int) -> bool:
    """Do a length and a record that is so long stand there, with the number of the row between them or without?"""
    size, after = varint(around, at)
    return any(_is_record(around[start:], size) for start in (after, varint(around, after)[1]))


def _is_record(data: bytes, size: int) -> bool:
    found = fields(lambda offset, count: data[offset : offset + count], size)
    return bool(found) and found[-1].start + found[-1].size == size
