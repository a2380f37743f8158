"""Small real PNG and PDF files, byte for byte the same on every machine (nothing is compressed)."""

from __future__ import annotations

import struct
import zlib
from random import Random

_WIDTH, _HEIGHT = 96, 120
_PAPER, _INK = 250, 60


def png(chance: Random) -> bytes:
    """A grey picture that looks like a scanned page: lines of ink on paper. About 11.6 kB."""
    rows = bytearray()
    ink_until = 0
    for line in range(_HEIGHT):
        if line % 8 == 0:
            ink_until = chance.randrange(20, _WIDTH - 8) if 8 <= line < _HEIGHT - 8 else 0
        written = ink_until if line % 8 < 3 else 0
        rows += b"\x00" + bytes([_PAPER]) * 8  # filter "none", margin
        rows += bytes([_INK]) * max(0, written - 8) + bytes([_PAPER]) * (_WIDTH - 8 - max(0, written - 8))
    header = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 0, 0, 0, 0)
    body = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(bytes(rows), 0)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def pdf(lines: list[str]) -> bytes:
    """A page of text as PDF 1.4. Characters that Latin-1 does not have become question marks."""
    shown = "".join(f"({_escaped(line)}) Tj T*\n" for line in lines)
    stream = f"BT /F1 11 Tf 14 TL 56 780 Td\n{shown}ET\n".encode("latin-1", "replace")
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%sendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    )
    file = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, text in enumerate(objects, 1):
        places.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, text)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(file)
    file += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    file += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(file)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
