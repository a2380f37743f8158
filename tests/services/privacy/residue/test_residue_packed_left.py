"""Original values in compressed data that no row holds any more: it is opened where it was left."""

from __future__ import annotations

import gzip
import io
import random
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders import a_database
from steward_app.kernel.progress import Context
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.residue.model import Permitted, ResidueReport, Searched, Where
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


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.lists(
        st.one_of(
            st.binary(max_size=60),
            st.sampled_from((b"\x78\x9c", b"\x78\x01", b"\x1f\x8b\x08", b"PK\x03\x04", zlib.compress(LONG))),
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
