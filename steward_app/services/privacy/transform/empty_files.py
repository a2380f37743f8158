"""The smallest valid file of each kind that BLOBs hold, told by their first bytes."""

from __future__ import annotations

import struct
import zlib
from base64 import b64decode


def _png() -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\x00\xff"))
        + chunk(b"IEND", b"")
    )


def _pdf() -> bytes:
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 1 1] >>",
    )
    body, places = b"%PDF-1.4\n", []
    for number, text in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, text)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return (
        body
        + b"xref\n0 4\n0000000000 65535 f \n"
        + table
        + b"trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(body)
    )


def _bmp() -> bytes:
    return (
        b"BM"
        + struct.pack("<IHHIIiiHHIIiiII", 58, 0, 0, 54, 40, 1, 1, 1, 24, 0, 4, 0, 0, 0, 0)
        + b"\xff\xff\xff\x00"
    )


def _tiff() -> bytes:
    entries = ((256, 1), (257, 1), (258, 8), (259, 1), (262, 1), (273, 8), (278, 1), (279, 1))
    first = 10
    return (
        b"II*\x00" + struct.pack("<I", first) + b"\xff\x00" + struct.pack("<H", len(entries))
        + b"".join(struct.pack("<HHIHH", tag, 3, 1, value, 0) for tag, value in entries) + bytes(4)
    )  # fmt: skip


def _wav() -> bytes:
    return (
        b"RIFF"
        + struct.pack("<I", 36)
        + b"WAVEfmt "
        + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 8000, 1, 8)
        + b"data"
        + bytes(4)
    )


_JPEG = b64decode(
    "/9j/4AAQSkZJRgABAQEAZABkAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hnPk1xeX"
    "BkeFxlZ2P/wAALCAABAAEBAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIh"
    "MUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhI"
    "WGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/APQK"
    "/9k="
)
_GIF = b64decode("R0lGODdhAQABAIAAAP///////ywAAAAAAQABAAACAkQBADs=")
_WEBP = b64decode("UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAAwA0JaQAA3AA/vuUAAA=")
_ZIP = b"PK\x05\x06" + bytes(18)
_GZIP = b"\x1f\x8b\x08" + bytes(6) + b"\x03\x03" + bytes(9)

_KINDS: tuple[tuple[bytes, bytes], ...] = (
    (b"\x89PNG\r\n\x1a\n", _png()),
    (b"\xff\xd8\xff", _JPEG),
    (b"GIF8", _GIF),
    (b"%PDF-", _pdf()),
    (b"PK\x03\x04", _ZIP),  # documents of offices, too
    (b"PK\x05\x06", _ZIP),
    (b"BM", _bmp()),
    (b"II*\x00", _tiff()),
    (b"MM\x00*", _tiff()),
    (b"\x1f\x8b", _GZIP),
    (b"{\\rtf", b"{\\rtf1}"),
    (b"<?xml", b"<x/>"),
    (b"<svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
    (b"OggS", b""),
)


def empty_of_its_kind(value: bytes) -> bytes:
    """The smallest valid file of the kind a value is of; no bytes where its kind is not known."""
    if value[:4] == b"RIFF":
        return _WEBP if value[8:12] == b"WEBP" else _wav() if value[8:12] == b"WAVE" else b""
    return next((empty for sign, empty in _KINDS if value.startswith(sign)), b"")
