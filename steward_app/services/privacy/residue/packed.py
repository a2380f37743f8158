"""Opens compressed BLOBs: zlib, gzip, bzip2, xz, zstd, zip with what is built on it (docx, odt, xlsx, epub), and PDF.

Only formats that begin with bytes of their own are known. Made for damaged and hostile data: what does not open is
told, and nothing is opened to more than `MOST` bytes.
"""

from __future__ import annotations

import html
import io
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from typing import Final

from steward_app.services.privacy.residue import pdf
from steward_app.services.privacy.residue.streams import Kind, Stream, is_zlib, kind_of, why_closed

MOST: Final = 64 << 20
"""Bytes to which one BLOB is opened."""

TOO_LONG: Final = f"more than {MOST >> 20} MB of one"
"""What is said of the rest."""

LEAST: Final = 20
"""Bytes of the shortest BLOB that is looked at."""

_DEEPEST = 3
_BEFORE_ZLIB = 6  # bytes that programs put before zlib data: its length, as SQLite's compress() and Qt do
_ENCRYPTED = 0x1
_UNREAD = {
    b"7z\xbc\xaf": "7z",
    b"Rar!": "rar",
    b"\x04\x22\x4d\x18": "lz4",
    b"\xd0\xcf\x11\xe0": "documents of older Office programs",
}
_ENDS = re.compile(
    r"</(?:\w+:)?(?:p|h\d?|si|t[dr]|li|div|row|c|is|v|title)>|<(?:\w+:)?(?:tab|br|s|line-break)\b[^<>]*>",
    re.IGNORECASE,
)
_TAG = re.compile(r"<[^<>]*>")
_MARKUP = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<[?!a-zA-Z]")


@dataclass(slots=True)
class Opened:
    """What was in a BLOB.

    Attributes:
        parts: its texts, and whatever else was in it, as bytes.
        unread: what could not be opened, in words.
        packed: whether it is compressed at all.
    """

    parts: list[bytes] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)
    packed: bool = False
    room: int = MOST


def opened(data: bytes) -> Opened:
    """Open a BLOB, and what is in it."""
    found = Opened()
    _open(data, found, 0)
    return found


def inside(data: bytes) -> Opened:
    """What is in something that came out of compressed data; opened further where it is compressed again."""
    found = Opened(packed=True)
    _take(data, found, 1)
    return found


def _open(data: bytes, found: Opened, depth: int) -> bool:
    """Open something compressed; whether it was that."""
    kind = next((name for magic, name in _UNREAD.items() if data.startswith(magic)), "")
    if kind:
        found.unread.add(kind)
    elif depth >= _DEEPEST:
        found.unread.add("archives in archives")
    elif data.startswith(b"PK\x03\x04"):
        _open_zip(data, found, depth)
    elif data.startswith(b"%PDF-"):
        _open_pdf(data, found)
    elif packed_as := kind_of(data):
        _unpack(data, packed_as, found, depth)
    else:
        starts = (at for at in range(_BEFORE_ZLIB) if data[at : at + 1] == b"\x78" and is_zlib(data[at:]))
        if not any(_unpack(data[at:], Kind.ZLIB, found, depth) for at in starts):
            return False
    found.packed = True
    return True


def _take(data: bytes, found: Opened, depth: int) -> None:
    """Keep something that came out of a BLOB, or open it further."""
    if _open(data, found, depth):
        return
    found.parts.append(data)
    if _MARKUP.match(data):
        text = data.decode("utf-8", "replace")
        plain = html.unescape(_TAG.sub("", _ENDS.sub("\n", text)))
        found.parts.append(plain.encode("utf-8", "replace"))


def _unpack(data: bytes, packed_as: Kind, found: Opened, depth: int) -> bool:
    """Whether anything came out of a stream, or of several in a row; what is damaged is opened as far as it goes."""
    whole = bytearray()
    rest = data
    while rest and found.room > 0:
        stream = Stream(packed_as, found.room)
        stream.take(rest)
        whole += stream.data
        found.room -= len(stream.data)
        if stream.is_full:
            found.unread.add(TOO_LONG)
        elif not stream.whole and (stream.data or packed_as is not Kind.ZLIB):
            found.unread.add(why_closed(rest) or f"damaged {packed_as.value}")
        rest = stream.rest if kind_of(stream.rest) is packed_as else b""
    if whole:
        _take(bytes(whole), found, depth + 1)
    return bool(whole)


def _open_zip(data: bytes, found: Opened, depth: int) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for each in archive.infolist():
                found.parts.append(each.filename.encode("utf-8", "surrogateescape"))
                if each.flag_bits & _ENCRYPTED:
                    found.unread.add("encrypted archives")
                elif found.room > 0 and not each.is_dir():
                    with archive.open(each) as file:
                        content = file.read(found.room)
                        if file.read(1):
                            found.unread.add(TOO_LONG)
                    found.room -= len(content)
                    _take(content, found, depth + 1)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, OSError, EOFError, ValueError):
        found.unread.add("damaged archives")
    if found.room <= 0:
        found.unread.add(TOO_LONG)


def _open_pdf(data: bytes, found: Opened) -> None:
    if b"/Encrypt" in data:
        found.unread.add("encrypted PDF")
        return
    document = pdf.read(data, found.room)
    found.room -= sum(map(len, document.streams))
    found.parts += document.streams
    found.parts += [text.encode("utf-8", "replace") for text in document.texts]
    if document.has_pictures:
        found.unread.add("pictures in PDF")
    if document.has_unread:
        found.unread.add("streams of PDF")
