"""What a value is by its look: the kind of a BLOB by its first bytes, JSON by its form."""

from __future__ import annotations

from steward_app.db import Session

# (offset, bytes, kind); the more particular first. From the specifications of the formats named.
_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "PNG image"),
    (0, b"\xff\xd8\xff", "JPEG image"),
    (0, b"GIF87a", "GIF image"),
    (0, b"GIF89a", "GIF image"),
    (8, b"WEBP", "WebP image"),
    (0, b"II*\x00", "TIFF image"),
    (0, b"MM\x00*", "TIFF image"),
    (0, b"BM", "BMP image"),
    (0, b"\x00\x00\x01\x00", "icon"),
    (4, b"ftypavif", "AVIF image"),
    (4, b"ftypheic", "HEIC image"),
    (4, b"ftyp", "MP4 file"),
    (0, b"%PDF-", "PDF document"),
    (0, b"SQLite format 3\x00", "SQLite database"),
    (0, b"PK\x03\x04", "ZIP archive"),
    (0, b"\x1f\x8b", "gzip data"),
    (0, b"\xfd7zXZ\x00", "xz data"),
    (0, b"BZh", "bzip2 data"),
    (0, b"7z\xbc\xaf\x27\x1c", "7-Zip archive"),
    (0, b"(\xb5/\xfd", "Zstandard data"),
    (0, b"PAR1", "Parquet file"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Office document"),
    (0, b"{\\rtf", "RTF document"),
    (0, b"OggS", "Ogg audio"),
    (0, b"fLaC", "FLAC audio"),
    (0, b"ID3", "MP3 audio"),
    (8, b"WAVE", "WAV audio"),
    (0, b"bplist00", "Apple property list"),
    (0, b"\x7fELF", "program (ELF)"),
    (0, b"MZ", "program (Windows)"),
    (0, b"<?xml", "XML text"),
)


def blob_kind(head: bytes) -> str:
    """What a BLOB is by its first bytes ("PNG image"), or "" when nothing known begins so."""
    for offset, signature, kind in _SIGNATURES:
        if head.startswith(signature, offset):
            return kind
    return ""


def looks_like_json(text: str) -> bool:
    """True for a text that has the outer form of a JSON object or array. Cheap; `pretty_json` makes sure."""
    inner = text.strip()
    return inner[:1] + inner[-1:] in ("{}", "[]")


def pretty_json(session: Session, text: str) -> str | None:
    """The text with one member a line, or None when it is not JSON.

    SQLite does it, so that numbers, the order of members and repeated members stay as they are.
    """
    if not looks_like_json(text) or not session.value("SELECT json_valid(?)", (text,)):
        return None
    pretty = session.value("SELECT json_pretty(?)", (text,))
    return pretty if isinstance(pretty, str) else None
