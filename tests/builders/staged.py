"""What a scan staged, read as a stranger would: by its description alone."""

from __future__ import annotations

import struct
from pathlib import Path

import zstandard
from blake3 import blake3

COUNTERS = ((24, 32), (40, 44), (92, 100))
"""Bytes of the header that SQLite's backup API sets anew in a copy."""


def hashed(data: bytes, key: bytes | None = None) -> bytes:
    return blake3(data, key=key).digest() if key else blake3(data).digest()


def applied(before: bytes, staging: Path, page_size: int, pages: int, key: bytes | None = None) -> bytes:
    """The image that the staged pages make of the one before; every hash is checked on the way."""
    image = bytearray(before[: page_size * pages].ljust(page_size * pages, b"\x00"))
    records = (staging / "groups.bin").read_bytes()
    packs = [path.read_bytes() for path in sorted(staging.glob("*.pack"))]
    at = 0
    while at < len(records):
        pack, offset, length, count = struct.unpack_from("<IQIH", records, at)
        at += struct.calcsize("<IQIH")
        numbers = struct.unpack_from(f"<{count}I", records, at)
        slots = records[at + 4 * count : at + 5 * count]
        hashes = records[at + 5 * count : at + 37 * count]
        at += 37 * count
        frame = packs[pack][offset : offset + length]
        parameters = zstandard.get_frame_parameters(frame)
        assert parameters.has_checksum
        assert parameters.content_size == count * page_size
        content = zstandard.decompress(frame)
        for place, (number, slot) in enumerate(zip(numbers, slots, strict=True)):
            page = content[slot * page_size : (slot + 1) * page_size]
            assert hashed(page, key) == hashes[32 * place : 32 * place + 32]
            image[(number - 1) * page_size : number * page_size] = page
    of_pages = b"".join(
        hashed(bytes(image[start : start + page_size]), key) for start in range(0, len(image), page_size)
    )
    assert (staging / "hashes.bin").read_bytes() == of_pages
    return bytes(image)


def without_counters(image: bytes) -> bytes:
    """An image as it is compared with a copy that SQLite made."""
    plain = bytearray(image)
    for start, end in COUNTERS:
        plain[start:end] = bytes(len(plain[start:end]))
    return bytes(plain)
