"""The attachments are real files."""

from __future__ import annotations

import re
import struct
import zlib
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from steward_app.db import ReadSession
from steward_app.services.sample import pictures


def chunks(data: bytes) -> dict[bytes, bytes]:
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    found, place = {}, 8
    while place < len(data):
        (length,) = struct.unpack(">I", data[place : place + 4])
        kind, body = data[place + 4 : place + 8], data[place + 8 : place + 8 + length]
        assert struct.unpack(">I", data[place + 8 + length : place + 12 + length]) == (
            zlib.crc32(kind + body),
        )
        found[kind] = body
        place += 12 + length
    return found


@given(st.integers(0, 2**32))
@settings(max_examples=25)
def test_a_picture_is_a_png_of_the_size_it_says(seed: int) -> None:
    found = chunks(pictures.png(Random(seed)))
    assert list(found) == [b"IHDR", b"IDAT", b"IEND"]
    width, height, depth, colour = struct.unpack(">IIBB", found[b"IHDR"][:10])
    assert (depth, colour) == (8, 0)
    assert len(zlib.decompress(found[b"IDAT"])) == (width + 1) * height


@given(st.lists(st.text(max_size=40), max_size=8))
@settings(max_examples=40)
def test_a_letter_is_a_pdf_whose_table_points_to_its_objects(lines: list[str]) -> None:
    data = pictures.pdf(lines)
    assert data.startswith(b"%PDF-1.4\n")
    assert data.endswith(b"%%EOF\n")
    (start,) = re.findall(rb"startxref\n(\d+)\n%%EOF", data)[-1:]
    table = data[int(start) :]
    assert table.startswith(b"xref\n0 6\n")
    for number, place in enumerate(re.findall(rb"(\d{10}) 00000 n ", table), 1):
        assert data[int(place) :].startswith(b"%d 0 obj\n" % number)
    length, stream = re.search(rb"/Length (\d+) >>\nstream\n(.*)endstream", data, re.DOTALL).groups()  # type: ignore[union-attr]
    assert int(length) == len(stream)


def test_the_documents_hold_them(clinic: ReadSession) -> None:
    kinds = {b"\x89PNG": "image/png", b"%PDF": "application/pdf"}
    seen = set()
    for content, media_type, size in clinic.execute("SELECT content, media_type, size_bytes FROM document"):
        assert isinstance(content, bytes)
        assert len(content) == size
        seen.add((kinds[content[:4]] == media_type, media_type))
    assert {(True, "image/png"), (True, "application/pdf")} <= seen
