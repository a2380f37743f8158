"""Original values in compressed data that no row holds any more: it is opened where it was left."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders import a_database
from steward_app.kernel.progress import Context
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.residue.model import Permitted, ResidueReport, Searched, Where
from steward_app.services.privacy.residue.packed import MOST
from steward_app.services.privacy.residue.search import search, search_values

VALUE = "Zoë O'Quixote-Winter"


def archive(text: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("word/document.xml", b"<?xml version='1.0'?><w:p><w:t>" + text + b"</w:t></w:p>")
    return out.getvalue()


PACKS: dict[str, Callable[[bytes], bytes]] = {
    "zlib": zlib.compress,
    "length before": lambda text: len(text).to_bytes(4, "big") + zlib.compress(text),
    "gzip": gzip.compress,
    "zip": archive,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstandard.compress,
}


def letter(words: int) -> bytes:
    """A text that packs badly, with the value in its first half."""
    chance = random.Random(words)
    said = [f"{chance.getrandbits(64):x}" for _ in range(words)]
    said.insert(words // 3, VALUE)
    return " ".join(said).encode()


SHORT, LONG, VERY_LONG = letter(40), letter(2_000), letter(12_000)


@contextmanager
def opened(path: Path, *statements: str) -> Iterator[apsw.Connection]:
    connection = apsw.Connection(str(path))
    for sql in ("PRAGMA synchronous = OFF", "PRAGMA secure_delete = OFF", *statements):
        connection.execute(sql).fetchall()
    yield connection
    connection.close()


def look(path: Path) -> ResidueReport:
    return search_values(path, (VALUE,), Context())


def filled(connection: apsw.Connection, data: bytes) -> None:
    connection.execute("CREATE TABLE file (id INTEGER PRIMARY KEY, note TEXT, data BLOB)")
    connection.execute("CREATE TABLE other (id INTEGER PRIMARY KEY, note TEXT)")
    for number, each in enumerate((zlib.compress(b"nothing"), data, zlib.compress(b"nothing more"))):
        connection.execute("INSERT INTO file VALUES (?, 'a note', ?)", (number, each))
    connection.execute("CREATE TABLE spare (a)")
    connection.execute("DROP TABLE spare")  # its page lists those that become free: they stay as they were


@pytest.mark.parametrize("pack", PACKS)
@pytest.mark.parametrize("text", [SHORT, LONG, VERY_LONG], ids=["on its page", "longer", "very long"])
@pytest.mark.parametrize("gone", ["DELETE FROM file WHERE id = 1", "DROP TABLE file"])
def test_it_is_found_where_rows_were_deleted(tmp_path: Path, pack: str, text: bytes, gone: str) -> None:
    path = tmp_path / "x.db"
    with opened(path) as connection:
        filled(connection, PACKS[pack](text))
        connection.execute(gone)
    report = look(path)
    left = {Where.FREEBLOCK, Where.GAP} if gone.startswith("DELETE") else {Where.FREELIST}
    assert [each.where in left for each in report.found] == [True]
    assert any("earlier states" in each.what and each.bytes for each in report.searched)
    with opened(path) as connection:
        connection.execute("VACUUM")
    clean = look(path)
    assert clean.is_clean
    assert not any("earlier states" in each.what for each in clean.searched)


@pytest.mark.parametrize("text", [SHORT, LONG], ids=["on its page", "longer"])
def test_it_is_found_in_a_journal_that_is_kept(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "x.db"
    with opened(path, "PRAGMA journal_mode = PERSIST") as connection:
        filled(connection, zlib.compress(text))
        connection.execute("PRAGMA secure_delete = ON").fetchall()
        connection.execute("DELETE FROM file WHERE id = 1")
    assert {each.where for each in look(path).found} == {Where.JOURNAL}


@pytest.mark.parametrize("text", [SHORT, LONG], ids=["on its page", "longer"])
def test_it_is_found_in_a_log_and_in_pages_that_wait_for_it(tmp_path: Path, text: bytes) -> None:
    path, copy = tmp_path / "x.db", tmp_path / "copy.db"
    with opened(path, "PRAGMA journal_mode = WAL", "PRAGMA wal_autocheckpoint = 0") as connection:
        filled(connection, zlib.compress(text))
        connection.execute("PRAGMA secure_delete = ON").fetchall()
        connection.execute("UPDATE file SET data = NULL")
        for suffix in ("", "-wal"):
            shutil.copy(f"{path}{suffix}", f"{copy}{suffix}")
        assert Where.WAL in {each.where for each in look(copy).found}
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        assert look(path).is_clean
        connection.execute("INSERT INTO file VALUES (9, '', ?)", (zlib.compress(text),))
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        connection.execute("DELETE FROM file WHERE id = 9")
        for suffix in ("", "-wal"):
            shutil.copy(f"{path}{suffix}", f"{copy}{suffix}")
    assert Where.SUPERSEDED in {each.where for each in look(copy).found}


def test_a_page_that_lists_free_pages_lost_its_beginning_and_that_is_said(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with opened(path) as connection:
        connection.execute("CREATE TABLE file (data BLOB)")
        connection.execute("INSERT INTO file VALUES (?)", (zlib.compress(LONG),))
        connection.execute("DELETE FROM file")
    report = look(path)
    assert report.is_clean
    assert [each.count for each in report.not_searched if "rest of compressed data" in each.what] == [1]


def test_what_is_there_of_broken_data_is_searched_and_the_rest_is_said(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with opened(path) as connection:
        filled(connection, zlib.compress(VALUE.encode() + b" " + LONG))
        connection.execute("DELETE FROM file WHERE id = 1")
    start = path.read_bytes()
    kept = 2 * 4096  # what follows on other pages is lost
    path.write_bytes(start[:kept].ljust(len(start), b"\xaa"))
    report = look(path)
    assert not report.is_clean
    assert [each.count for each in report.not_searched if "rest of compressed data" in each.what] == [1]


def test_what_a_row_still_holds_is_told_of_the_row_alone(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with opened(path) as connection:
        filled(connection, zlib.compress(LONG))
        connection.execute("DELETE FROM file WHERE id = 2")
    assert {each.where for each in look(path).found} == {Where.PACKED}


def test_what_is_permitted_in_rows_is_permitted_in_what_they_left(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    source = a_database(tmp_path, "source.db").with_table("person", "name TEXT", rows=[(VALUE,)]).build()
    with opened(path) as connection:
        filled(connection, zlib.compress(SHORT))
        connection.execute("INSERT INTO file VALUES (7, '', ?)", (gzip.compress(SHORT),))
        connection.execute("DELETE FROM file WHERE id = 1")
    wanted = Searched(Place("person", "name"), (Permitted(Place("file", "data"), "kept"),))
    assert search(path, source, [wanted], Context()).is_clean
    assert not search(path, source, [Searched(Place("person", "name"))], Context()).is_clean


def a_pdf(*contents: bytes, level: int = 6, line: bytes = b"\n") -> bytes:
    parts = [b"%PDF-1.7\n"]
    for number, content in enumerate(contents, 1):
        packer = zlib.compressobj(level, zlib.DEFLATED, 12)  # as some programs do; its head is no usual one
        data = packer.compress(content) + packer.flush()
        head = b"%d 0 obj\n<< /Length %d /Filter /FlateDecode >>\nstream" % (number, len(data))
        parts += [head, line, data, b"\nendstream\nendobj\n"]
    return b"".join((*parts, b"%%EOF"))


PIECES = b"BT /F1 12 Tf [(Zo\\353) -250 (O'Qui) 12 (xote-) -20 (Winter)] TJ ET"
NUMBERS = b"BT /F1 12 Tf [<000100020003> 5 <0004> 3 <0005>] TJ <0006> Tj ET"
LETTERS = b"2 beginbfchar <0001> <005A> <0002> <006F> endbfchar 2 beginbfrange <0003> <0003> <00EB>"
LETTERS += b" <0004> <0006> [<0020> <0041> <0064>] endbfrange"


@pytest.mark.parametrize("line", [b"\n", b"\r\n"])
@pytest.mark.parametrize("before", [b"short", LONG], ids=["on its page", "behind other streams"])
def test_what_a_pdf_shows_is_found(tmp_path: Path, before: bytes, line: bytes) -> None:
    path = tmp_path / "x.db"
    with opened(path) as connection:
        filled(connection, a_pdf(before.replace(VALUE.encode(), b""), PIECES, LONG[:-400], line=line))
        connection.execute("DROP TABLE file")
    assert [each.where for each in look(path).found] == [Where.FREELIST]


def test_letters_of_fonts_are_read_with_the_tables_beside(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    noise = [letter(300).replace(VALUE.encode(), b"") for _ in range(3)]
    with opened(path) as connection:
        filled(connection, a_pdf(noise[0], NUMBERS, noise[1], LETTERS, noise[2]))
        connection.execute("DROP TABLE file")
    report = search_values(path, ("Zoë A",), Context())
    assert {each.where for each in report.found} == {Where.FREELIST}


def test_what_needs_a_dictionary_is_said(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    known = zstandard.train_dictionary(1_000, [b"the patient %d was seen" % each for each in range(2_000)])
    with opened(path) as connection:
        filled(connection, zstandard.ZstdCompressor(dict_data=known).compress(SHORT))
        connection.execute("DELETE FROM file WHERE id = 1")
    told = [each for each in look(path).not_searched if "needs a dictionary" in each.what]
    assert [(each.count, "free pages" in each.what) for each in told] == [(1, True)]


def test_no_more_than_so_much_comes_out(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with opened(path) as connection:
        connection.execute("CREATE TABLE file (data BLOB)")
        connection.execute("CREATE TABLE spare (a)")
        for pack in (gzip.compress, bz2.compress, lzma.compress, zstandard.compress):
            connection.execute("INSERT INTO file VALUES (?)", (pack(bytes(90 << 20)),))
        connection.execute("DROP TABLE spare")
        connection.execute("DROP TABLE file")
    report = look(path)
    assert report.is_clean
    assert [each.count for each in report.not_searched if "more than 64 MB of one in free" in each.what] == [
        4
    ]
    opened_bytes = next(each.bytes for each in report.searched if "earlier states" in each.what)
    assert 4 * MOST <= opened_bytes < 5 * MOST


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.lists(
        st.one_of(
            st.binary(max_size=60),
            st.sampled_from(
                (b"\x78\x9c", b"\x78\x01", b"\x1f\x8b\x08", b"PK\x03\x04", b"BZh91AY&SY", b"\xfd7zXZ\x00")
            ),
            st.sampled_from((b"\x28\xb5\x2f\xfd", b"stream\n\x48\x89", zlib.compress(LONG))),
        ),
        max_size=8,
    ).map(b"".join),
    share=st.floats(0, 1),
)
def test_damage_stops_nothing(tmp_path_factory: pytest.TempPathFactory, data: bytes, share: float) -> None:
    path = tmp_path_factory.mktemp("d") / "x.db"
    with opened(path) as connection:
        filled(connection, data[: int(share * len(data))])
        filled_by = data[int(share * len(data)) :]
        connection.execute("INSERT INTO file VALUES (7, '', ?)", (filled_by + data,))
        connection.execute("DELETE FROM file WHERE id IN (1, 7)")
    report = look(path)
    assert report.is_clean or zlib.compress(LONG) in data
