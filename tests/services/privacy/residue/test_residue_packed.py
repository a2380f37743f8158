"""Original values in documents, archives and packed texts that BLOBs hold."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import a_database
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.residue.model import Permitted, ResidueReport, Searched, Where
from steward_app.services.privacy.residue.packed import opened
from steward_app.services.privacy.residue.search import search, search_values

VALUE = "Zoë O'Quixote-Winter"


def stored(where: Path, *cells: SqlValue, declared: str = "BLOB", name: str = "files.db") -> Path:
    rows = [(n, cell) for n, cell in enumerate(cells, 1)]
    return (
        a_database(where, name)
        .with_table("file", f"id INTEGER PRIMARY KEY, data {declared}", rows=rows)
        .build()
    )


def look(path: Path, *values: SqlValue) -> ResidueReport:
    return search_values(path, values or (VALUE,), Context())


def archive(**files: bytes | str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            file.writestr(name.replace("__", "/"), content)
    return out.getvalue()


def docx(*runs: str) -> bytes:
    text = "".join(f"<w:r><w:rPr><w:b/></w:rPr><w:t>{run}</w:t></w:r>" for run in runs)
    return archive(word__document="<?xml version='1.0'?><w:document><w:p>" + text + "</w:p></w:document>")


def a_pdf(*contents: bytes) -> bytes:
    parts = [b"%PDF-1.7\n"]
    for number, content in enumerate(contents, 1):
        data = zlib.compress(content)
        head = b"%d 0 obj\n<< /Length %d /Filter /FlateDecode >>\nstream\n" % (number, len(data))
        parts += [head, data, b"\nendstream\nendobj\n"]
    return b"".join((*parts, b"%%EOF"))


_DICTIONARY = zstandard.train_dictionary(1_000, [b"the patient %d was seen" % each for each in range(2_000)])
WITH_DICTIONARY = zstandard.ZstdCompressor(dict_data=_DICTIONARY).compress(bytes(90))
TEXT = f"the patient {VALUE} was seen on Monday. " * 3
CMAP = (
    b"begincmap 1 begincodespacerange <0000> <FFFF> endcodespacerange\n"
    b"2 beginbfchar <0001> <005A> <0002> <006F> endbfchar\n"
    b"3 beginbfrange <0003> <0003> <00EB> <0004> <0006> [<0020> <0041> <0064>] <0010> <0029> <0061> endbfrange"
)


@pytest.mark.parametrize(
    "data",
    [
        zlib.compress(TEXT.encode()),
        zlib.compress(TEXT.encode("utf-16-le")),
        zlib.compress(json.dumps({"name": VALUE, "more": "x" * 90}).encode()),
        struct.pack(">I", len(TEXT)) + zlib.compress(TEXT.encode()),
        gzip.compress(TEXT.encode()) + gzip.compress(b"more"),
        gzip.compress(b"x" * (1 << 20) + b" " + TEXT.encode()),
        bz2.compress(TEXT.encode()) + bz2.compress(b"more"),
        lzma.compress(TEXT.encode(), preset=9),
        zstandard.compress(TEXT.encode()),
        zstandard.compress(a_pdf(b"BT (" + VALUE.encode("cp1252") + b") Tj ET")),
        archive(a="nothing", b__c=TEXT),
        archive(inner=archive(deep=TEXT)),
        docx(VALUE),
        docx("Zoë O&apos;Qui", "xote-Win", "ter"),
        archive(**{f"{VALUE}.txt": "nothing"}),
        a_pdf(b"BT /F1 12 Tf (The patient Zo\\353 O'Quixote-Winter) Tj ET"),
        a_pdf(b"BT [(Zo\\353) -250 (O'Qui) 12 (xote-) -20 (Winter)] TJ ET"),
        a_pdf(b"<< /Author (" + b"\xfe\xff" + VALUE.encode("utf-16-be") + b") >>"),
    ],
    ids=[
        "zlib", "utf-16", "json", "length before", "gzip", "long", "bzip2", "xz", "zstd", "pdf in zstd",
        "zip", "zip in zip", "docx", "runs", "name", "pdf", "pdf pieces", "pdf author",
    ],
)  # fmt: skip
def test_it_is_found(tmp_path: Path, data: bytes) -> None:
    report = look(stored(tmp_path, data))
    assert report.of(Where.PACKED) == 1 and report.hits == 1 + report.of(Where.CELL)
    assert (report.found[0].name, report.found[0].column) == ("file", "data")
    assert any("compressed" in each.what and each.bytes for each in report.searched)


def test_a_pdf_with_numbers_of_letters_in_place_of_letters(tmp_path: Path) -> None:
    shown = b"BT [<000100020003> 5 <0004> 3 <0005>] TJ <0006> Tj ET"
    assert look(stored(tmp_path, a_pdf(shown, CMAP)), "Zoë A").of(Where.PACKED) == 1


@pytest.mark.parametrize(
    ("value", "text"), [("Martin", "Martinez came"), ("Grace", "with grace"), ("1984-03-07", "on 1984-03-07")]
)
def test_chance_is_chance(tmp_path: Path, value: str, text: str) -> None:
    assert look(stored(tmp_path, zlib.compress(text.encode() * 3)), value).is_clean


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"BZh91AY&SY" + bytes(90), "damaged bzip2"),
        (b"\xfd7zXZ\x00" + bytes(90), "damaged xz"),
        (b"\x28\xb5\x2f\xfd" + b"\xff" * 90, "damaged zstd"),
        (gzip.compress(bytes(1000))[:-9], "damaged gzip"),
        (WITH_DICTIONARY, "zstd that needs a dictionary"),
        (b"Rar!" + bytes(90), "rar"),
        (b"PK\x03\x04" + bytes(90), "damaged archives"),
        (b"%PDF-1.7\ntrailer << /Encrypt 7 0 R >>" + bytes(90), "encrypted PDF"),
    ],
    ids=["bzip2", "xz", "zstd", "gzip", "dictionary", "rar", "archive", "pdf"],
)
def test_what_does_not_open_is_said(tmp_path: Path, data: bytes, kind: str) -> None:
    report = look(stored(tmp_path, data))
    assert report.is_clean
    assert [each.count for each in report.not_searched if each.what == f"BLOBs with {kind}"] == [1]


@pytest.mark.parametrize(
    "pack",
    [gzip.compress, bz2.compress, lzma.compress, zstandard.compress],
    ids=["gzip", "bzip2", "xz", "zstd"],
)
def test_more_than_is_opened_of_one_is_said(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    report = look(stored(tmp_path, pack(bytes(90 << 20))))
    assert report.is_clean
    told = [each.count for each in report.not_searched if each.what == "BLOBs with more than 64 MB of one"]
    assert told == [1]


@pytest.mark.parametrize("declared", ["", "BLOB", "TEXT", "VARBINARY(20)"])
def test_columns_that_are_declared_for_other_things(tmp_path: Path, declared: str) -> None:
    path = stored(tmp_path, "x", zlib.compress(TEXT.encode()), declared=declared)
    assert look(path).of(Where.PACKED) == 1


def test_what_is_permitted(tmp_path: Path) -> None:
    place = Place("file", "data")
    source = a_database(tmp_path, "source.db").with_table("person", "name TEXT", rows=[(VALUE,)]).build()
    path = stored(tmp_path, zlib.compress(TEXT.encode()))
    wanted = Searched(Place("person", "name"), (Permitted(place, "kept"),))
    report = search(path, source, [wanted], Context())
    assert report.is_clean and [(each.place, each.reason) for each in report.allowed] == [(place, "kept")]


def test_a_long_text_counts_as_a_whole(tmp_path: Path) -> None:
    letter = "Dear Sir or Madam, thank you for your letter of the third. " * 20 + "Ada Winter"
    redacted = zlib.compress(letter.replace("Ada Winter", "[name]").encode())
    assert look(stored(tmp_path, redacted), letter).is_clean
    assert look(stored(tmp_path, zlib.compress(letter.encode()), name="b.db"), letter).of(Where.PACKED) == 1


@given(
    st.sampled_from(
        [
            *(b"PK\x03\x04", b"%PDF-1.7\nstream\n", b"\x1f\x8b\x08", b"\x78\x9c", docx(VALUE), a_pdf(CMAP)),
            *(b"BZh91AY&SY", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd", lzma.compress(b"x" * 999)),
        ]
    ),
    st.binary(max_size=200),
    st.floats(0, 1),
)
@settings(max_examples=50, deadline=None)
def test_damage_stops_nothing(start: bytes, rest: bytes, share: float) -> None:
    cut = int(share * len(start))
    opened(start + rest)
    opened(start[:cut] + rest + start[cut:])


@pytest.mark.parametrize(
    "piece",
    [
        b"(",
        b"[",
        b"<",
        b"<a ",
        b"[(a)",
        b"(a(b",
        b"<FEFF",
        b"</p",
        b"1 beginbfrange <00000000> <0000FFFF> <0041>",
    ],
)
def test_made_up_data_takes_no_long_time(piece: bytes) -> None:
    data = piece * (100_000 // len(piece)) + b" endbfrange <41> Tj" * 9
    for each in (a_pdf(data), zlib.compress(b"<x> " + data)):
        assert opened(each).packed  # in time that grows with the data, and not with its square
