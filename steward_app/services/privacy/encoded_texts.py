"""Texts that stand in another text as anybody can read them: in base64 or hexadecimal.

“SGVsbG8gQWRhIEJlcmc=” names Ada Berg. What is opened is never longer than what it was written as, and only what is text
counts: a hash or a key is none. Bytes that are no UTF-8 may be those of Windows-1252, which nearly any bytes are: they
must have the letters of a text, too.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final, NamedTuple

from steward_app.services.privacy.escaped_texts import DEEPEST, unescaped

LEAST: Final = 16
"""Signs of the shortest piece of a text that is read as base64 or hexadecimal."""
LEAST_ALONE: Final = 11
"""Signs of the shortest text that is read as base64 of another and nothing else: eight bytes."""

_LINE: Final = 76
_TRIED: Final = 100
_LONG: Final = re.compile(rf"[A-Za-z0-9+/_-]{{{LEAST - 2}}}(?:[A-Za-z0-9+/_-][A-Za-z0-9+/_=-]|==)")
_RUN: Final = re.compile(
    r"(?<![A-Za-z0-9+/_-])(?:[A-Za-z0-9+/]{60,76}\r?\n)*[A-Za-z0-9+/_-]{2,}+={0,2}(?![A-Za-z0-9+/_=-])"
)
_HEX: Final = re.compile(r"(?:[0-9a-f]{2})+|(?:[0-9A-F]{2})+")
_NO_NUMBER: Final = re.compile(r"[a-fA-F]|\A(?:3[0-9])+\Z")  # or that of digits
_BLANKS: Final = "\xa0\xad\u2028\u2029\u202f\ufeff" + "".join(map(chr, range(0x2000, 0x2010)))
_LAYOUT: Final = {ord(sign): None for sign in "\r\n\t\f" + _BLANKS}
_HIDDEN: Final = re.compile(
    r"\0(?:\*|[\w\\]+)\0"
)  # before a name, in values that PHP writes: no other program's
_UTF_8: Final = "utf-8"
_WINDOWS: Final = "cp1252"
_LEAST_WINDOWS: Final = 12
"""Bytes; of fewer random ones, one in a hundred and more would be taken for a text."""
_BEYOND_ASCII: Final = 1 / 4  # of the signs, at most
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_SET_IN_PRINT: Final = frozenset("‚„“”‘’‹›«»–—…•·€£§°¿¡ªº²³´®©\xa0\xad")


@dataclass(frozen=True, slots=True)
class Encoded:
    """A piece of a text that is another text.

    Attributes:
        plain: the text it is; `write` writes another one in its place as this one is written.
    """

    start: int
    end: int
    plain: str
    write: Callable[[str], str]


def encoded_inside(text: str) -> Iterator[Encoded]:
    """The pieces of a text that are base64 or hexadecimal of text, from its start to its end."""
    if LEAST_ALONE <= len(text) <= LEAST and (found := _whole(text)) is not None:
        yield Encoded(0, len(text), found.text, _writer(text, found.codec))
        return
    if len(text) < LEAST or not _LONG.search(text):
        return
    for run in _RUN.finditer(text):
        if len(run[0]) >= LEAST and (found := _plain(run[0])) is not None:
            yield Encoded(run.start(), run.end(), found.text, _writer(run[0], found.codec))


def in_the_clear(text: str) -> Iterator[str]:
    """The texts that stand encoded in a text, or with escapes, and those in them; but for escapes of JSON alone."""
    waiting, seen = [(text, 0)], {text}
    while waiting:
        at, depth = waiting.pop()
        inner = [each.plain for each in encoded_inside(at)]
        whole = unescaped(at)
        if whole is not None:
            inner.append(whole.plain)
        for each in inner:
            if each not in seen:
                seen.add(each)
                if not (whole is not None and whole.is_json and each is whole.plain):
                    yield each
                if depth < DEEPEST:
                    waiting.append((each, depth + 1))


def whole_in_the_clear(texts: Counter[str]) -> Counter[str]:
    """Texts with how often each stands, those that are base64 or hexadecimal of another as that one.

    Where none of the first hundred that may be so is, the others are taken for none.
    """
    if not any(_whole(text) is not None for text in islice(_long(texts), _TRIED)):
        return texts
    plain = {text: found.text for text in _long(texts) if (found := _whole(text)) is not None}
    made = Counter[str]()
    for text, count in texts.items():
        made[plain.get(text, text)] += count
    return made


class _Text(NamedTuple):
    """What some bytes say, and in which encoding."""

    text: str
    codec: str


def _long(texts: Iterable[str]) -> Iterator[str]:
    """The texts that are long enough, and one word."""
    return (text for text in texts if len(text) >= LEAST_ALONE and " " not in text)


def _whole(text: str) -> _Text | None:
    return _plain(text) if _RUN.fullmatch(text) else None


def _plain(run: str) -> _Text | None:
    """What a run of letters is in base64 or hexadecimal, where that is text."""
    if "\n" not in run and _HEX.fullmatch(run) and _NO_NUMBER.search(run):
        return _text(bytes.fromhex(run))
    bare = "".join(run.split()).rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return _text(base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True))
    except (ValueError, binascii.Error):
        return None


def _text(data: bytes) -> _Text | None:
    found = _decoded(data)
    if found is None:
        return None
    shown = (_HIDDEN.sub("", found.text) if "\0" in found.text else found.text).translate(_LAYOUT)
    return found if shown.isprintable() and any(map(str.isalnum, shown)) else None


def _decoded(data: bytes) -> _Text | None:
    try:
        return _Text(data.decode(_UTF_8), _UTF_8)
    except UnicodeDecodeError:
        pass
    try:
        text = data.decode(_WINDOWS) if len(data) >= _LEAST_WINDOWS else ""
    except UnicodeDecodeError:
        return None
    return _Text(text, _WINDOWS) if _reads_well(text) else None


def _reads_well(text: str) -> bool:
    """Has a text that may be none mostly plain signs, and its other letters in words: small, capital, or with one?"""
    beyond = [sign for sign in text if not sign.isascii()]
    words = (word for word in _LETTERS.findall(text) if not word.isascii())
    return (
        len(beyond) <= _BEYOND_ASCII * len(text)
        and all(sign.isalpha() or sign in _SET_IN_PRINT for sign in beyond)
        and all(word.isupper() or word[1:].islower() or len(word) == 1 for word in words)
    )


def _writer(run: str, codec: str) -> Callable[[str], str]:
    """Writes a text as a run was written."""
    if "\n" not in run and _HEX.fullmatch(run) and _NO_NUMBER.search(run):
        upper = run.isupper()
        return lambda new: _bytes(new, codec).hex().upper() if upper else _bytes(new, codec).hex()

    def write(new: str) -> str:
        made = base64.b64encode(_bytes(new, codec)).decode("ascii")
        if "-" in run or "_" in run:
            made = made.replace("+", "-").replace("/", "_")
        if not run.endswith("=") and len("".join(run.split())) % 4:
            made = made.rstrip("=")
        if "\n" not in run:
            return made
        return ("\r\n" if "\r\n" in run else "\n").join(
            made[at : at + _LINE] for at in range(0, len(made), _LINE)
        )

    return write


def _bytes(text: str, codec: str = _UTF_8) -> bytes:
    """A text in its encoding, or in UTF-8 where that has not all of its letters."""
    try:
        return text.encode(codec)
    except UnicodeEncodeError:
        return text.encode(_UTF_8, "surrogatepass")
