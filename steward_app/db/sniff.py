"""What a file is that is not a SQLite database, told from its first bytes. A guess, and worded as one."""

from __future__ import annotations

import math
import re
from collections import Counter
from itertools import pairwise

from steward_app.db import header

_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"** This file contains an SQLite 2", "a database of SQLite 2, an older format"),
    (0, b"\x37\x7f\x06\x82", "the -wal file of a database, not the database itself"),
    (0, b"\x37\x7f\x06\x83", "the -wal file of a database, not the database itself"),
    (0, b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7", "the journal of a database, not the database itself"),
    (8, b"DUCK", "a DuckDB database"),
    (4, b"Standard Jet DB", "a Microsoft Access database"),
    (4, b"Standard ACE DB", "a Microsoft Access database"),
    (0, b"PGDMP", "a PostgreSQL dump"),
    (0, b"PAR1", "a Parquet file"),
    (0, b"ARROW1", "an Arrow file"),
    (0, b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    (0, b"%PDF-", "a PDF document"),
    (0, b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (0, b"\xff\xd8\xff", "a JPEG picture"),
    (0, b"GIF8", "a GIF picture"),
    (0, b"\x1f\x8b", "a file compressed with gzip"),
    (0, b"BZh", "a file compressed with bzip2"),
    (0, b"\xfd7zXZ\x00", "a file compressed with xz"),
    (0, b"\x28\xb5\x2f\xfd", "a file compressed with zstd"),
    (0, b"\x04\x22\x4d\x18", "a file compressed with lz4"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (0, b"Rar!\x1a\x07", "a RAR archive"),
    (257, b"ustar", "a tar archive"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an older Microsoft Office document"),
    (0, b"-----BEGIN PGP MESSAGE", "a file encrypted with PGP"),
    (0, b"age-encryption.org/", "a file encrypted with age"),
    (0, b"Salted__", "a file encrypted with OpenSSL"),
    (0, b"\x7fELF", "a program"),
    (0, b"MZ", "a program for Windows"),
)
_ZIPS: tuple[tuple[bytes, str], ...] = (
    (b"xl/", "an Excel workbook"),
    (b"word/", "a Word document"),
    (b"ppt/", "a PowerPoint presentation"),
    (b"application/vnd.oasis.opendocument.spreadsheet", "an OpenDocument spreadsheet"),
    (b"application/vnd.oasis.opendocument", "an OpenDocument document"),
)
_SQL = re.compile(
    r"(?im)^\s*(create\s+(table|database|schema)|insert\s+into|pragma\s|begin\s+transaction|drop\s+table)\b"
)
_LEAST_FOR_ENTROPY = 512
_RANDOM_BITS_PER_BYTE = 0.95  # of what as many random bytes would have; compressed files mostly have a magic


def recognise(start: bytes) -> str:
    """What the bytes look like, with its article ("a ZIP archive"), or "" when nothing is known of them."""
    for offset, magic, name in _MAGIC:
        if start[offset : offset + len(magic)] == magic:
            return name
    if start.startswith(b"PK\x03\x04"):
        return next((name for mark, name in _ZIPS if mark in start), "a ZIP archive")
    if not start.strip(b"\x00"):
        return "a file that begins with nothing but zeros"
    return _kind_of_text(_as_text(start))


def looks_encrypted(start: bytes, size_bytes: int) -> bool:
    """Does this look like an encrypted SQLite database?

    SQLCipher and its kin leave whole pages of what looks like chance: the size is a multiple of 512, the smallest
    page, and the bytes are spread evenly. Some leave the page size in bytes 16 to 23 readable, some the whole header.
    """
    if size_bytes % 512 or len(start) < _LEAST_FOR_ENTROPY:
        return False
    body = start[100:] if start.startswith(header.MAGIC) else start
    return is_random(body)


def is_random(data: bytes) -> bool:
    """Are the bytes spread as evenly as chance would spread them?"""
    if len(data) < 256:
        return False
    counts = Counter(data)
    entropy = -sum(n / len(data) * math.log2(n / len(data)) for n in counts.values())
    # What n random bytes show is a little less than 8 bits, by (256 - 1) / (2 n ln 2) (Miller and Madow).
    expected = 8 - 255 / (2 * len(data) * math.log(2))
    return entropy >= expected * _RANDOM_BITS_PER_BYTE


def _as_text(start: bytes) -> str:
    """The bytes as text, or "" when they are none."""
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return start[: len(start) // 2 * 2].decode("utf-16", "replace")
    if b"\x00" in start:
        return ""
    try:
        return start.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.start >= len(start) - 4:  # the last character was cut in two by us
            return start[: error.start].decode("utf-8-sig")
    text = start.decode("cp1252", "replace")
    odd = sum(c < " " and c not in "\t\r\n\f\x1a" for c in text) + text.count("\ufffd")
    return "" if odd or is_random(start) else text


def _kind_of_text(text: str) -> str:
    if not text or any(c < " " and c not in "\t\r\n\f\x1a" for c in text):
        return ""
    stripped = text.lstrip()
    if stripped.startswith("version https://git-lfs"):
        return "a Git LFS pointer, not the file it stands for"
    if re.match(r"(?i)<!doctype html|<html", stripped):
        return "a web page"
    if stripped.startswith("<?xml"):
        return "an XML file"
    if _SQL.search(text):
        return "a file of SQL statements (a dump)"
    if re.match(r'[\[{]\s*(["\[{\]}0-9-]|$)', stripped):
        return "a JSON file"
    return "a CSV file" if _is_table(text) else "a text file"


def _is_table(text: str) -> bool:
    """Do the first whole lines hold the same number of separators, at least one?"""
    lines = [line for line in text.splitlines()[:20] if line.strip()]
    whole = lines[:-1] if len(lines) > 2 else lines
    return len(whole) >= 2 and any(
        whole[0].count(mark) and all(a.count(mark) == b.count(mark) for a, b in pairwise(whole))
        for mark in ",;\t|"
    )
