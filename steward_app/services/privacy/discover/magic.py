"""What bytes are, by how they begin. https://www.iana.org/assignments/media-types, and the formats' own descriptions"""

from __future__ import annotations

from steward_app.services.privacy.discover.profile import Content

_STARTS: tuple[tuple[bytes, Content], ...] = (
    (b"\xff\xd8\xff", Content.PICTURE),
    (b"\x89PNG\r\n\x1a\n", Content.PICTURE),
    (b"GIF87a", Content.PICTURE),
    (b"GIF89a", Content.PICTURE),
    (b"II*\x00", Content.PICTURE),
    (b"MM\x00*", Content.PICTURE),
    (b"8BPS", Content.PICTURE),
    (b"\x00\x00\x01\x00", Content.PICTURE),
    (b"\x00\x00\x00\x0cjP  ", Content.PICTURE),
    (b"qoif", Content.PICTURE),
    (b"%PDF-", Content.PDF),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Content.OFFICE),
    (b"{\\rtf", Content.OFFICE),
    (b"OggS", Content.SOUND),
    (b"fLaC", Content.SOUND),
    (b"ID3", Content.SOUND),
    (b"\xff\xfb", Content.SOUND),
    (b"\xff\xf3", Content.SOUND),
    (b"\xff\xf1", Content.SOUND),
    (b"#!AMR", Content.SOUND),
    (b"MThd", Content.SOUND),
    (b"\x1aE\xdf\xa3", Content.FILM),
    (b"\x00\x00\x01\xba", Content.FILM),
    (b"FLV\x01", Content.FILM),
    (b"PK\x03\x04", Content.ARCHIVE),
    (b"Rar!\x1a\x07", Content.ARCHIVE),
    (b"7z\xbc\xaf'\x1c", Content.ARCHIVE),
    (b"SQLite format 3\x00", Content.DATABASE),
    (b"\x1f\x8b", Content.COMPRESSED),
    (b"BZh", Content.COMPRESSED),
    (b"\xfd7zXZ\x00", Content.COMPRESSED),
    (b"(\xb5/\xfd", Content.COMPRESSED),
    (b"\x04\x22\x4d\x18", Content.COMPRESSED),
    (b"-----BEGIN ", Content.KEY),
    (b"\x7fELF", Content.PROGRAM),
    (b"MZ\x90", Content.PROGRAM),
    (b"\x00asm", Content.PROGRAM),
    (b"FMR\x00", Content.BIOMETRIC),  # minutiae of fingers, ISO/IEC 19794-2
    (b"FIR\x00", Content.BIOMETRIC),  # pictures of fingers, 19794-4
    (b"FAC\x00", Content.BIOMETRIC),  # faces, 19794-5
    (b"IIR\x00", Content.BIOMETRIC),  # irises, 19794-6
)
_BY_FIRST: dict[int, tuple[tuple[bytes, Content], ...]] = {
    first: tuple(pair for pair in _STARTS if pair[0][0] == first)
    for first in {start[0] for start, _ in _STARTS}
}
_BRANDS = {  # of ISO base media files, at byte 8: https://mp4ra.org/registered-types/brands
    b"heic": Content.PICTURE,
    b"heix": Content.PICTURE,
    b"mif1": Content.PICTURE,
    b"avif": Content.PICTURE,
    b"M4A ": Content.SOUND,
    b"M4B ": Content.SOUND,
}
_RIFF = {b"WEBP": Content.PICTURE, b"WAVE": Content.SOUND, b"AVI ": Content.FILM}
_OFFICE_PARTS = (
    b"[Content_Types].xml",
    b"mimetypeapplication/vnd.oasis",
    b"mimetypeapplication/vnd.sun",
    b"_rels/",
)
_LINE_ENDS = {ord(sign): None for sign in "\r\n\t"}
_CONTROLS = bytes(byte for byte in range(32) if byte not in b"\t\n\r\f\x1b")


def content(start: bytes) -> Content:
    """What bytes are, from the first few hundred of them."""
    if not start:
        return Content.UNKNOWN
    for magic, found in _BY_FIRST.get(start[0], ()):
        if start.startswith(magic):
            office = found is Content.ARCHIVE and any(part in start[:400] for part in _OFFICE_PARTS)
            return Content.OFFICE if office else found
    if start[4:8] == b"ftyp":
        return _BRANDS.get(start[8:12], Content.FILM)
    if start[:4] == b"RIFF":
        return _RIFF.get(start[8:12], Content.UNKNOWN)
    if start[128:132] == b"DICM":
        return Content.MEDICAL_PICTURE
    if start[:2] == b"BM" and start[6:10] == bytes(4):
        return Content.PICTURE
    if text_of(start) is not None:
        svg = start.lstrip()[:256].lower()
        return (
            Content.PICTURE
            if svg.startswith(b"<svg") or (svg[:5] == b"<?xml" and b"<svg" in svg)
            else Content.TEXT
        )
    return Content.JSON if is_jsonb(start) else Content.UNKNOWN


def text_of(value: bytes) -> str | None:
    """The text that bytes are, in UTF-8 or UTF-16 with a mark or with ASCII in it; None where they are none."""
    if len(value) > 3 and len(value) % 2 == 0:
        for mark, codec in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
            zeros = value[1::2] if codec == "utf-16-le" else value[::2]
            if value.startswith(mark) or zeros.count(0) * 4 > len(zeros) * 3:
                return _printable(value, codec)
    if value.translate(None, _CONTROLS) != value:
        return None
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError as error:  # its end may be cut in the middle of a letter
        cut = error.start >= len(value) - 3 and error.start > 0
    return value[:-3].decode("utf-8", "ignore") if cut else None


def _printable(value: bytes, codec: str) -> str | None:
    try:
        text = value.decode(codec)
    except UnicodeDecodeError:
        return None
    text = text.lstrip("\ufeff")
    return text if text.translate(_LINE_ENDS).isprintable() else None


def is_jsonb(start: bytes) -> bool:
    """Whether bytes may be an object or array in SQLite's own form, by the header. https://sqlite.org/jsonb.html"""
    return len(start) >= 2 and start[0] & 0x0F in (11, 12) and (start[0] >> 4) <= 14 and (start[0] >> 4) > 0
