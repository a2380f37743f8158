"""Files that are no database, or one of another kind."""

from __future__ import annotations

import gzip
import io
import random
import zipfile
from pathlib import Path

import pytest

from builders.odd_files import a_file_with_rows, overwritten, traces
from steward_app import db
from steward_app.db import sniff
from steward_app.db.header import parse
from steward_app.kernel.errors import ErrorCode, StewardError

CHANCE = random.Random(20261120)


def _refusal(path: Path) -> StewardError:
    before = traces(path)
    with pytest.raises(StewardError) as caught:
        db.open_read(path)
    with pytest.raises(StewardError) as also:
        db.open_write(path)
    assert also.value.code is caught.value.code
    assert traces(path) == before
    assert f"“{path.name}”" in caught.value.message
    assert caught.value.hint.startswith("The file is unchanged.")
    return caught.value


def _zip(*names: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in names:
            archive.writestr(name, "x" * 100)
    return made.getvalue()


KINDS = {
    "an Excel workbook": _zip("[Content_Types].xml", "xl/workbook.xml"),
    "a Word document": _zip("word/document.xml"),
    "a ZIP archive": _zip("clinic.db"),
    "a PDF document": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
    "a PNG picture": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    "a file compressed with gzip": gzip.compress(b"x" * 1000),
    "a DuckDB database": b"\x01\x02\x03\x04\x05\x06\x07\x08DUCK" + bytes(4000),
    "a Microsoft Access database": b"\x00\x01\x00\x00Standard ACE DB\x00" + bytes(4000),
    "a Parquet file": b"PAR1" + bytes(100),
    "a database of SQLite 2": b"** This file contains an SQLite 2.1 database **" + bytes(900),
    "the -wal file of a database": b"\x37\x7f\x06\x82" + bytes(28),
    "the journal of a database": b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + bytes(504),
    "a file of SQL statements": b"PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nCREATE TABLE t(a);\n",
    "a CSV file": "id,name,größe\n1,Ada,2\n2,Ben,3\n".encode(),
    "a JSON file": b'{"patients": [1, 2]}',
    "an XML file": b"<?xml version='1.0'?><a/>",
    "a web page": b"<!DOCTYPE html><title>Not found</title>",
    "a text file": "Dear colleague,\nthe file is on its way.\n".encode("utf-16"),
    "a Git LFS pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
    "a program": b"\x7fELF\x02\x01\x01" + bytes(200),
    "nothing but zeros": bytes(8192),
    "does not begin as one": b"\x03\x9a\x00\x01" * 300 + b"x",
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_file_looks_like_is_told(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "patients.db"
    path.write_bytes(KINDS[kind])
    error = _refusal(path)
    assert error.code is ErrorCode.NOT_A_DATABASE
    assert kind in error.message


def test_one_byte_is_not_a_database_and_does_not_crash(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    for data in (b"x", b"\x00", b"\xff", b"S", b"SQLite format 3", b"SQLite format 3\x00", b"\xff\xfe"):
        path.write_bytes(data)
        assert _refusal(path).code in (ErrorCode.NOT_A_DATABASE, ErrorCode.DAMAGED)


@pytest.mark.parametrize("size", [4096, 4096 * 5, 1024 * 3])
def test_an_encrypted_database_is_recognised(tmp_path: Path, size: int) -> None:
    path = tmp_path / "sealed.db"
    path.write_bytes(CHANCE.randbytes(size))
    assert _refusal(path).code is ErrorCode.ENCRYPTED


def test_encryption_that_leaves_the_page_size_readable(tmp_path: Path) -> None:
    path = tmp_path / "sealed.db"
    plain = bytes.fromhex("1000010120402020")
    path.write_bytes(CHANCE.randbytes(16) + plain + CHANCE.randbytes(4096 * 3 - 24))
    assert _refusal(path).code is ErrorCode.ENCRYPTED


def test_encryption_that_leaves_the_header_readable(tmp_path: Path) -> None:
    path = a_file_with_rows(tmp_path / "sealed.db")
    overwritten(path, 100, CHANCE.randbytes(path.stat().st_size - 100))
    with pytest.raises(StewardError) as caught:
        db.open_read(path)
    assert caught.value.code is ErrorCode.ENCRYPTED


def test_chance_that_is_no_whole_number_of_pages_is_not_called_encrypted(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(CHANCE.randbytes(5001))
    assert _refusal(path).code is ErrorCode.NOT_A_DATABASE
    assert not sniff.is_random(b"x" * 4096)
    assert not sniff.is_random(CHANCE.randbytes(200))  # too short to tell


@pytest.mark.parametrize(
    ("offset", "value", "said"),
    [(19, 3, "file format 3"), (19, 200, "file format 200"), (47, 5, "schema format 5")],
)
def test_a_newer_format_is_told(tmp_path: Path, offset: int, value: int, said: str) -> None:
    path = overwritten(a_file_with_rows(tmp_path / "future.db"), offset, bytes([value]))
    error = _refusal(path)
    assert error.code is ErrorCode.NEWER_FORMAT
    assert said in error.message


def test_a_format_only_newer_versions_write_can_be_read(tmp_path: Path) -> None:
    path = overwritten(a_file_with_rows(tmp_path / "future.db"), 18, b"\x03")
    with db.open_read(path) as session:
        assert session.count("SELECT count(*) FROM visit") == 50
        assert [notice.code for notice in session.state.notices] == ["newer_writer"]
        assert not session.state.writable
    with pytest.raises(StewardError) as caught:
        db.open_write(path)
    assert caught.value.code is ErrorCode.NEWER_FORMAT


@pytest.mark.parametrize(
    ("offset", "data"), [(16, b"\x00\x07"), (21, b"\x41"), (0, b"SQLite format 3\x00" + bytes(84))]
)
def test_a_damaged_header(tmp_path: Path, offset: int, data: bytes) -> None:
    error = _refusal(overwritten(a_file_with_rows(tmp_path / "x.db"), offset, data))
    assert error.code is ErrorCode.DAMAGED
    assert "first 100 bytes" in error.message


def test_an_empty_file_is_an_empty_database(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    path.touch()
    before = traces(path)
    with db.open_read(path) as session:
        assert session.all("SELECT * FROM sqlite_schema") == []
        assert session.state.mode is db.OpenMode.NORMAL
        assert (session.state.header, session.state.journal_mode) == (None, "delete")
        assert [notice.code for notice in session.state.notices] == ["empty_file"]
    assert traces(path) == before
    with db.open_write(path) as writing, writing.transaction():
        writing.run("CREATE TABLE t (a)")


def test_the_header_is_read_as_sqlite_says_it(tmp_path: Path) -> None:
    path = a_file_with_rows(
        tmp_path / "x.db",
        "page_size = 65536",
        "encoding = 'UTF-16le'",
        "user_version = -3",
        "application_id = -5",
    )
    with db.open_read(path) as session:
        header = session.state.header
        assert header is not None
        pragmas = [session.value(f"PRAGMA {name}") for name in ("page_size", "encoding", "user_version")]
        assert pragmas == [header.page_size_bytes, header.encoding, header.user_version]
        assert session.value("PRAGMA application_id") == header.application_id == -5
        assert session.value("PRAGMA page_count") == header.page_count
        assert session.value("PRAGMA schema_version") == header.schema_cookie
        assert header.expected_bytes == session.state.size_bytes
        assert header.sqlite_version == session.value("SELECT sqlite_version()")
        assert not header.is_wal


def test_a_header_that_is_cut_short_is_none() -> None:
    assert parse(b"SQLite format 3\x00" + bytes(50)) is None
    assert parse(b"") is None
