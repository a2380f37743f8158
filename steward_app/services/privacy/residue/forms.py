"""The bytes a value may stand in: encodings, case, JSON escapes, numbers of records. And when text really holds it.

Case: letters A to Z are folded in the bytes that are searched. Of other letters, what is looked for is the value as
written, all small, all capital, title case and case-folded (ß as "ss", İ as "i" with a dot above), composed (NFC) and
decomposed (NFD). Accents are not dropped, but full-text indexes drop theirs themselves.
"""

from __future__ import annotations

import json
import re
import struct
import unicodedata
from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import Final

from steward_app.db.any_text import in_utf_8
from steward_app.db.records import encoded_varint
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy import written_mails, written_names, written_phones
from steward_app.services.privacy.dates import read_day
from steward_app.services.privacy.escaped_texts import of_a_page
from steward_app.services.privacy.residue.in_latin import in_latin, in_latin_as_written
from steward_app.services.privacy.residue.matcher import SHORTEST
from steward_app.services.privacy.residue.short import places

LONGEST: Final = 64
"""Bytes of the longest string that is looked for: of longer values, their beginning and their end."""

_PLAIN = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 .,@_-]*")
_WRITTEN_OTHERWISE = re.compile(r"""[^ -~]|["'/\\]""")  # in JSON or SQL
_MIDNIGHT = re.compile(r"(?:[T ][0:.Z+]*)?")
_LONGEST_DAY = 48  # characters
_DIGITS = re.compile(r"[+(]*\d[\d ()./-]*")
_GROUPED = re.compile(
    r"[A-Za-z]{2}\d\d(?:[ -]?[A-Za-z0-9]){11,30}|\d{4}(?:[ -]?\d{4}){3}", re.ASCII
)  # IBANs, cards
_ENOUGH_DIGITS = 8
_LARGE = 1 << 31  # whole numbers from here on have six or eight bytes in a record
_VARIED = 12  # different bytes in a piece of a BLOB, without which it stands in any picture
_MOST_STROKES = 8  # before an escape of JSON: two in a text of JSON inside another, four in one inside that
_STROKES = rf"\\{{1,{_MOST_STROKES}}}"
_LETTERS = re.compile(rf"(?:{_STROKES}u[0-9a-fA-F]{{4}})+")
_ESCAPED = re.compile(_LETTERS.pattern.encode())
_UNIT = re.compile(rb"u([0-9a-fA-F]{4})")
_PAIR = rf"{_STROKES}u[dD][89abAB][0-9a-fA-F]{{2}}{_STROKES}u[dD][c-fC-F][0-9a-fA-F]{{2}}"  # of surrogates: one letter
_ONE_LETTER = re.compile(rf"{_PAIR}|{_STROKES}u[0-9a-fA-F]{{4}}|.", re.DOTALL)
_ONE_OF_JSON = re.compile(rf'{_PAIR}|{_STROKES}u[0-9a-fA-F]{{4}}|\\["\\/bfnrt]|.', re.DOTALL)
_ESCAPE = re.compile(rf'{_STROKES}u[0-9a-fA-F]{{4}}|\\["\\/bfnrt]')
_FURTHER = 3
_WORDS_ABUT = ((0x0E00, 0x0EFF), (0x2E80, 0x9FFF), (0xAC00, 0xD7AF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF))


class Form(IntEnum):
    """As what a value is looked for."""

    TEXT = 0
    NUMBER = 1
    PART = 2  # beginning or end of a long value
    BLOB = 3
    PIECE = 4  # beginning or end of a short value, of which older states may keep no more


def forms(value: SqlValue) -> dict[bytes, Form]:
    """The strings to look for, A to Z as small letters; none for a value that is too short or says too little."""
    found: dict[bytes, Form] = {}
    if isinstance(value, bytes):
        return _of_blob(value)
    if isinstance(value, str):
        if not searchable(value):
            return {}
        for raw in spellings(value):
            _put(found, raw)
    for raw in number_bytes(value):
        found.setdefault(raw.lower(), Form.NUMBER)
    if isinstance(value, int | float) and found:
        for raw in encoded(text_of(value)):
            _put(found, raw)
    return {raw: form for raw, form in found.items() if len(raw) >= SHORTEST}


def spellings(value: SqlValue) -> Iterator[bytes]:
    """A text as files may hold it, whole; nothing for what is none."""
    if isinstance(value, str):
        plain = (value, *_regrouped(value)) if _PLAIN.fullmatch(value) else _texts(value)
        for text in plain:
            yield from encoded(text)


def is_host_looked_for(value: str) -> bool:
    """Is it an address of e-mail that is looked for in words by its host? Of letters A to Z alone."""
    return "@" in value and value.isascii() and bool(written_mails.parted(value)[1])


def searchable(value: SqlValue) -> bool:
    """Has `forms` any for it?"""
    if isinstance(value, str):
        return len(value) >= SHORTEST or len(in_utf_8(value)) >= SHORTEST
    return bool(_of_blob(value) if isinstance(value, bytes) else number_bytes(value))


def number_bytes(value: SqlValue, *, as_row: bool = True) -> tuple[bytes, ...]:
    """How records hold a number: as a whole number, as a floating-point number, and as the number of a row."""
    found: list[bytes] = []
    for number in _numbers(value):
        found += (_integer_bytes(number), struct.pack(">d", number))
        if as_row:
            found.append(encoded_varint(number))
    if isinstance(value, float) and not found and len(repr(value)) > _ENOUGH_DIGITS:
        found.append(struct.pack(">d", value))
    return tuple(found)


def text_of(value: SqlValue) -> str:
    """A value as text holds it; "" for a BLOB and NULL."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 1 << 53:
        value = int(value)
    return "" if value is None or isinstance(value, bytes) else repr(value)


def is_weak(text: str) -> bool:
    """Is it a date, or a number of few digits? Such values stand in other columns without anybody's doing."""
    if text.isdecimal():
        return len(text) < _ENOUGH_DIGITS
    day = read_day(text) if len(text) <= _LONGEST_DAY and any(map(str.isdigit, text)) else None
    if day is None or (day.of_two_digits and ("", "-") in day.pieces):  # 12-05-98 is a telephone number, too
        return False
    return bool(_MIDNIGHT.fullmatch(day.rest))


def _numbers(value: SqlValue) -> tuple[int, ...]:
    """The large whole number that a value is, or whose digits it shows: "+49 30 1234567"."""
    if isinstance(value, str):
        digits = "".join(c for c in value if c in "0123456789") if _DIGITS.fullmatch(value) else ""
        value = int(digits) if _ENOUGH_DIGITS <= len(digits) <= 18 else None
    if isinstance(value, float) and value.is_integer() and abs(value) < 1 << 53:
        value = int(value)
    return (value,) if isinstance(value, int) and _LARGE <= abs(value) < 1 << 63 else ()


def is_word(text: str) -> bool:
    """Is it one word of letters alone? Many names are words of the language, too."""
    return text.isalpha()


def holds(text: str, value: str, *, any_case: bool) -> bool:
    """Does a text hold a value, and not only as a part of a longer word or number?

    Args:
        any_case: also where a value of one word stands in another case than as written or all capital; values of more
            than letters are found in any case.
    """
    texts = _readings(text, value)
    if any_case or not is_word(value):
        wanted = {_folded(each) for each in (value, *written_otherwise(value))}
        read = [(each, want) for each in map(_folded, texts) for want in wanted]
        return any(_stands(*each) and written_names.counts(*each, value) for each in read)
    written = (value, value.upper(), *in_latin_as_written(value))
    return any(_stands(each, want) for each in texts for want in written)


def holds_abroad(text: str, value: str) -> bool:
    """Does a text hold a telephone number behind the code of a country? Parts of other numbers look the same."""
    home = "" if is_weak(value) else written_phones.at_home(value)
    return bool(home) and any(written_phones.stands_in(each, home) for each in _readings(text, value))


def words_around(text: str, value: str) -> Iterator[tuple[str, str]]:
    """The longer words of a text of which a value is a part, as it may be written; or itself, in another case.

    Each as it reads, and as it stands there, which differs where letters have the escapes of JSON; to the third letter
    behind the value, since that tells it from what follows the value by chance, and of old rows no more may be left.
    """
    written = (*_cases(value), value.replace("'", "''"), *written_otherwise(value))
    wanted = {_small(each) for each in written}
    for read, units in _in_units(text, value):
        for each in wanted:
            for start, end in _words_around(read, each):
                yield read[start:end], "".join(units[start:end])


def _words_around(text: str, small: str) -> Iterator[tuple[int, int]]:
    folded = _small(text)
    at = folded.find(small)
    while at >= 0:
        start, end = at, at + len(small)
        while start and at - start < LONGEST and text[start - 1].isalnum():
            start -= 1
        last = min(end + _FURTHER, len(text))
        while end < last and text[end].isalnum():
            end += 1
        yield start, end
        at = folded.find(small, at + 1)


def _in_units(text: str, value: str) -> Iterator[tuple[str, Sequence[str]]]:
    """The readings of a text, each with what stands in it for each letter."""
    if "\\" not in text or "\\" in value:
        yield text, text
    if "\\" in text:
        for unit in (_ONE_OF_JSON,) if "\\" in value else (_ONE_LETTER, _ONE_OF_JSON):
            units = unit.findall(text)
            yield "".join(each if len(each) == 1 else _unescaped_text(each) for each in units), units


def written_otherwise(value: str) -> tuple[str, ...]:
    """A telephone number as its digits alone, with and without the code of the country; an IBAN or the number of a
    card without spaces and in groups of four; an address of e-mail in words; a name as in links; in Latin letters."""
    if not (digits := _digits_of(value)):
        return (*_put_otherwise(value), *written_names.in_links(value))
    home = "" if is_weak(value) else written_phones.at_home(value)
    others = dict.fromkeys((digits, home, *written_phones.in_groups(home), *_regrouped(value)))
    return tuple(each for each in others if each not in ("", value))


def _others_in_bytes(value: str) -> tuple[str, ...]:
    """Those of them that are looked for: what ends as a shorter one is found with it."""
    if not _digits_of(value):
        return _put_otherwise(value)
    others, home = written_otherwise(value), written_phones.at_home(value)
    return tuple(each for each in others if each == home or home not in others or not each.endswith(home))


def _put_otherwise(value: str) -> tuple[str, ...]:
    """What has letters in the other ways of people to write it."""
    return written_mails.in_other_words(value) if "@" in value else (*_regrouped(value), *in_latin(value))


def _regrouped(value: str) -> tuple[str, ...]:
    """An IBAN or the number of a card in the ways that people group them, but as it is written."""
    if not _GROUPED.fullmatch(value):
        return ()
    whole = value.replace(" ", "").replace("-", "")
    fours = [whole[at : at + 4] for at in range(0, len(whole), 4)]
    return tuple(each for each in (whole, " ".join(fours), "-".join(fours)) if each != value)


def _digits_of(value: str) -> str:
    """A telephone number as its digits alone, "" for other values."""
    digits = "".join(c for c in value if c in "0123456789") if _DIGITS.fullmatch(value) else ""
    return digits if len(digits) >= _ENOUGH_DIGITS else ""


def unescaped(window: bytes) -> tuple[bytes, list[int], list[int]] | None:
    r"""A window with `\u00e9` as the letter it means; and where pieces begin, in the new bytes and in the old.

    None where there is nothing of the kind.
    """
    runs = list(_escapes(window))
    if not runs:
        return None
    parts: list[bytes] = []
    new, old = [0], [0]
    length = at = 0
    for run in runs:
        units = b"".join(_UNIT.findall(run[0])).decode("ascii")
        letters = bytes.fromhex(units).decode("utf-16-be", "replace").encode()
        parts += (window[at : run.start()], letters)
        length += run.start() - at
        new.append(length)
        old.append(run.start())
        length, at = length + len(letters), run.end()
        new.append(length)
        old.append(at)
    parts.append(window[at:])
    return b"".join(parts), new, old


def _escapes(window: bytes) -> Iterator[re.Match[bytes]]:
    """The runs of escapes."""
    end = 0
    for at in places(window, b"\\u"):
        if at < end:
            continue
        before = window[max(end, at - _MOST_STROKES + 1) : at]
        run = _ESCAPED.match(window, at - len(before) + len(before.rstrip(b"\\")))
        if run:
            end = run.end()
            yield run


def _readings(text: str, value: str) -> tuple[str, ...]:
    """A text as it is written, and as what it means where it is JSON.

    Letters with an escape are letters, unless the value has some, too: what “Ada L\\u00f6f” or “Ada L&ouml;f” names is
    no “Ada L”.
    """
    if "&" not in value:
        text = of_a_page(text)
    if "\\" not in text:
        return (text,)
    return (text if "\\" in value else _LETTERS.sub(_letters, text), _unescaped_text(text))


def _unescaped_text(text: str) -> str:
    """A text with the escapes of JSON as what they mean."""
    plain = _ESCAPE.sub(_letter, text)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _letters(escapes: re.Match[str]) -> str:
    return _unescaped_text(escapes[0])


def _letter(escape: re.Match[str]) -> str:
    written = escape[0]
    return chr(int(written[-4:], 16)) if "u" in written else str(json.loads(f'"{written}"'))


def _folded(text: str) -> str:
    folded = unicodedata.normalize("NFC", text.casefold())
    return folded.replace("i\u0307", "i").replace("ı", "i")  # the Turkish i, with its dot and without


def _small(text: str) -> str:
    """A text in small letters, as long as it is: only the capital İ is two as a small one."""
    return text.replace("İ", "i").lower()


def _stands(text: str, value: str) -> bool:
    at = text.find(value)
    while at >= 0:
        end = at + len(value)
        before, after = text[at - 1 : at] if at else "", text[end : end + 1]
        if not (_joined(before, value[0]) or _joined(value[-1], after)):
            return True
        at = text.find(value, at + 1)
    return False


def _joined(left: str, right: str) -> bool:
    """Are two characters of one word? In scripts without spaces between words, nothing is."""
    return left.isalnum() and right.isalnum() and not (_abuts(left) or _abuts(right))


def _abuts(letter: str) -> bool:
    return any(low <= ord(letter) <= high for low, high in _WORDS_ABUT)


def _cases(value: str) -> dict[str, None]:
    """A value in the cases that the bytes are not folded to, composed and decomposed."""
    cases = (value, value.lower(), value.upper(), value.title(), value.casefold())
    texts = dict.fromkeys(cases if not value.isascii() else (value,))
    for text in tuple(texts):
        if not text.isascii():
            texts |= dict.fromkeys(unicodedata.normalize(form, text) for form in ("NFC", "NFD"))
    return texts


def _texts(value: str) -> dict[str, None]:
    """The spellings of a value."""
    texts = _cases(value)
    for text in filter(_WRITTEN_OTHERWISE.search, tuple(texts)):
        texts[json.dumps(text)[1:-1]] = None
        texts[json.dumps(text, ensure_ascii=False)[1:-1]] = None
        texts[text.replace("/", "\\/")] = None
        texts[text.replace("'", "''")] = None
    return texts if is_host_looked_for(value) else texts | dict.fromkeys(_others_in_bytes(value))


def encoded(text: str) -> Iterator[bytes]:
    """A text in the encodings of SQLite. Of plain letters, UTF-16 is the same in both byte orders but for its ends."""
    yield in_utf_8(text)
    wide = text.encode("utf-16-le", "surrogatepass")
    if text.isascii():
        yield wide[:-1]
    else:
        yield wide
        yield text.encode("utf-16-be", "surrogatepass")


def _put(found: dict[bytes, Form], raw: bytes) -> None:
    folded = raw.lower()
    if len(folded) <= LONGEST:
        found[folded] = Form.TEXT
    else:
        found.setdefault(folded[:LONGEST], Form.PART)
        found.setdefault(folded[-LONGEST:], Form.PART)


def piece_of(value: bytes) -> bytes:
    """What of a BLOB is looked for, from its middle: its beginning is the same in all files of its kind.

    Where nothing of it says enough, its first bytes. Of what this gives, it gives the same.
    """
    middle = max(len(value) // 2 - LONGEST // 2, 0)
    pieces = (value[start : start + LONGEST] for start in (middle, len(value) // 4, 0))
    return next((piece for piece in pieces if len(set(piece)) >= _VARIED), value[:LONGEST])


def _of_blob(value: bytes) -> dict[bytes, Form]:
    piece = piece_of(value)
    return {piece.lower(): Form.BLOB} if len(set(piece)) >= _VARIED else {}


def _integer_bytes(number: int) -> bytes:
    return number.to_bytes(6 if -(1 << 47) <= number < 1 << 47 else 8, "big", signed=True)
