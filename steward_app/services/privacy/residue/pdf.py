"""The texts of a PDF: its streams, and what they show, as far as its fonts say which letters they mean.

Strings of shown text hold numbers of letters in a font. With a plain font these are the letters; others come with a
table to Unicode (ISO 32000-1, 9.10.3). Which font is used where is not followed: every string is read with every table.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

MOST_TABLES: Final = 32
"""Tables of letters with which one text is read."""

_STREAM = re.compile(rb"stream\r?\n")
_PART = rb"(?:\\.|[^\\()]|\((?:\\.|[^\\()])*\))*"  # of a string, with brackets in it
_SHOWN = re.compile(
    rb"\[((?:\(" + _PART + rb"\)|[^\[\]()])*)\]\s*TJ|(\(" + _PART + rb"\)|<[0-9A-Fa-f\s]*>)\s*(?:Tj|'|\")",
    re.DOTALL,
)
_STRING = re.compile(rb"\((" + _PART + rb")\)|<([0-9A-Fa-f\s]*)>|(-?\d+(?:\.\d+)?)", re.DOTALL)
_ANY_STRING = re.compile(rb"\((\xfe\xff" + _PART + rb")\)|<(FEFF[0-9A-Fa-f\s]*)>", re.DOTALL | re.IGNORECASE)
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|\r\n|.)", re.DOTALL)
_CHARS = re.compile(rb"beginbfchar(.*?)endbfchar", re.DOTALL)
_RANGES = re.compile(rb"beginbfrange(.*?)endbfrange", re.DOTALL)
_PAIR = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>")
_RANGE = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*(?:<([0-9A-Fa-f]+)>|\[([^\]]*)\])")
_HEX = re.compile(rb"<([0-9A-Fa-f]+)>")
_LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_SPACE: Final = -180  # thousandths of the size of the font: a step as wide as that is a space
_LONGEST_RANGE, _MOST_LETTERS = 65_536, 200_000
_ABOUT = 2_000  # bytes before a stream, in which it is said what it is

Table = dict[bytes, str]


@dataclass(slots=True)
class Document:
    """What was read of a PDF.

    Attributes:
        streams: what was compressed in it.
        texts: what it shows, read with each table of letters.
    """

    streams: list[bytes] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    has_pictures: bool = False
    has_unread: bool = False


def read(data: bytes, most_bytes: int) -> Document:
    """Read a PDF that is not encrypted; its streams are opened to at most so many bytes."""
    found = Document()
    plain = list(_streams(data, most_bytes, found))
    tables = [table for stream in plain if (table := table_in(stream))]
    found.has_unread |= len(tables) > MOST_TABLES
    _read(plain, tables[:MOST_TABLES], most_bytes, found)
    found.texts += _strings(data)
    return found


def read_stream(stream: bytes, tables: Sequence[Table], most_bytes: int) -> Document:
    """Read one opened stream of a PDF of which the rest is elsewhere, or gone."""
    found = Document()
    _read([stream], tables, most_bytes, found)
    return found


def shows_text(stream: bytes) -> bool:
    """Whether an opened stream may show text, or say something in letters of Unicode."""
    return any(sign in stream for sign in (b"Tf", b"Tj", b"TJ", b"<FEFF", b"<feff"))


def table_in(stream: bytes) -> Table:
    """Which letters the numbers of a font mean; empty for a stream that is no such table."""
    return _table(stream) if b"beginbf" in stream else {}


def _read(plain: Sequence[bytes], tables: Sequence[Table], room: int, found: Document) -> None:
    for stream in plain:
        shown = [match[1] if match[1] is not None else match[2] for match in _SHOWN.finditer(stream)]
        for table in ({}, *tables) if shown else ():
            if room <= 0:
                found.has_unread = True
                break
            found.texts.append("\n".join(_text(each, table) for each in shown))
            room -= len(stream)
        found.texts += _strings(stream)


def _strings(plain: bytes) -> Iterator[str]:
    """The strings of Unicode: titles, authors, what forms hold."""
    return map(_unicode, _ANY_STRING.finditer(plain))


def _streams(data: bytes, most_bytes: int, found: Document) -> Iterator[bytes]:
    end = 0
    while match := _STREAM.search(data, end):
        about = data[max(0, match.start() - _ABOUT) : match.start()].rpartition(b"obj")[2]
        end = data.find(b"endstream", match.end())
        end = len(data) if end < 0 else end
        content = data[match.end() : end]
        end += len(b"endstream")
        if b"/FlateDecode" in about and b"/DCTDecode" not in about:
            try:
                content = zlib.decompressobj().decompress(content, most_bytes) if most_bytes > 0 else b""
            except zlib.error:
                found.has_unread = True
                continue
            most_bytes -= len(content)
            found.streams.append(content)
        elif b"/Filter" in about and b"/DCTDecode" not in about and b"/JPXDecode" not in about:
            found.has_unread = True
        if b"/Image" in about:
            found.has_pictures = True
        else:
            yield content


def _text(shown: bytes, table: Table) -> str:
    """The strings of one operator, joined; a wide step between two is a space."""
    parts: list[str] = []
    for match in _STRING.finditer(shown):
        if match[3] is not None:
            if float(match[3]) < _SPACE:
                parts.append(" ")
        else:
            raw = _raw(match[1]) if match[1] is not None else _from_hex(match[2])
            parts.append(_letters(raw, table))
    return "".join(parts)


def _letters(raw: bytes, table: Table) -> str:
    if not table:
        return raw.decode("cp1252", "replace")
    size = len(next(iter(table)))
    return "".join(table.get(raw[at : at + size], "") for at in range(0, len(raw), size))


def _raw(escaped: bytes) -> bytes:
    return _ESCAPE.sub(_unescaped, escaped)


def _unescaped(match: re.Match[bytes]) -> bytes:
    what = match[1]
    if what[:1].isdigit():
        return bytes([int(what, 8) & 0xFF])
    return b"" if what in (b"\n", b"\r", b"\r\n") else _LETTERS.get(what, what)


def _from_hex(digits: bytes) -> bytes:
    digits = b"".join(digits.split())
    return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode())


def _unicode(match: re.Match[bytes]) -> str:
    raw = _raw(match[1]) if match[1] is not None else _from_hex(match[2])
    return raw[2:].decode("utf-16-be", "replace")


def _table(stream: bytes) -> Table:
    table: Table = {}
    for block in _CHARS.finditer(stream):
        for code, letters in _PAIR.findall(block[1]):
            table[_from_hex(code)] = _from_hex(letters).decode("utf-16-be", "replace")
    room = _MOST_LETTERS
    for block in _RANGES.finditer(stream):
        for first, last, start, listed in _RANGE.findall(block[1]):
            low, high, size = int(first, 16), int(last, 16), len(_from_hex(first))
            many = max(0, min(high - low + 1, _LONGEST_RANGE, room))
            room -= many
            letters_of = _HEX.findall(listed) if listed else _following(start, many)
            for number, letters in zip(range(low, low + many), letters_of, strict=False):
                table[(number & (1 << 8 * size) - 1).to_bytes(size, "big")] = _from_hex(letters).decode(
                    "utf-16-be", "replace"
                )
    return table


def _following(start: bytes, many: int) -> Iterator[bytes]:
    raw = _from_hex(start)
    number, size = int.from_bytes(raw, "big"), len(raw)
    for each in range(many):
        yield ((number + each) & (1 << 8 * size) - 1).to_bytes(size, "big").hex().encode()
