"""An image seen beside a file: read only, in the middle of a transaction, too; and changes that change nothing else."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from builders import a_database
from steward_app.db import open_read, open_write, schema_hash
from steward_app.db.image import IMAGE, attach_image, with_image
from steward_app.kernel.errors import ErrorCode, Failure


@pytest.fixture(params=["delete", "wal"])
def image(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    builder = a_database(tmp_path, "i m%20age?x=1.sqlite").with_table("t", "a", rows=[(1,), (2,)])
    return (builder.in_wal_mode() if request.param == "wal" else builder).build()


@pytest.fixture(params=["delete", "wal"])
def live(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    builder = a_database(tmp_path, "live.db").with_table("t", "a", rows=[(1,)])
    return (builder.in_wal_mode() if request.param == "wal" else builder).build()


def test_a_reader_sees_both_and_lets_the_image_go(live: Path, image: Path) -> None:
    with open_read(live) as session:
        for _ in range(3):
            with with_image(session, image), session.snapshot():
                assert session.count(f"SELECT count(*) FROM {IMAGE}.t") == 2
        assert len(session.all("PRAGMA database_list")) == 1
    assert not [path for path in live.parent.iterdir() if path.name.endswith(("-wal", "-shm", "-journal"))]


def test_a_writer_sees_it_inside_a_transaction_and_cannot_write_it(live: Path, image: Path) -> None:
    before = image.read_bytes()
    with open_write(live) as session, session.transaction():
        attach_image(session, image)
        session.run(f"INSERT INTO main.t SELECT a FROM {IMAGE}.t WHERE a = 2")
        with pytest.raises(Failure) as failed:
            session.run(f"INSERT INTO {IMAGE}.t VALUES (3)")
        assert failed.value.code is ErrorCode.READ_ONLY
    with open_read(live) as session:
        assert session.count("SELECT count(*) FROM t") == 2
    assert image.read_bytes() == before


def test_a_damaged_image_is_named(live: Path, tmp_path: Path) -> None:
    spoilt = tmp_path / "spoilt.sqlite"
    spoilt.write_bytes(b"no database" * 100)
    with open_read(live) as session, pytest.raises(Failure, match="spoilt"):
        attach_image(session, spoilt)


def test_verbatim_changes_the_named_rows_alone(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_table("p", "id INTEGER PRIMARY KEY", rows=[(1,), (2,)])
        .with_table("c", "p REFERENCES p ON DELETE CASCADE", rows=[(1,), (2,)])
        .with_sql("CREATE TRIGGER t AFTER DELETE ON p BEGIN DELETE FROM c; END")
        .build()
    )
    with open_write(path) as session:
        with session.transaction(), session.verbatim():
            session.run("DELETE FROM p WHERE id = 1")
        assert session.count("SELECT count(*) FROM c") == 2
        assert session.value("PRAGMA foreign_keys") == 1
        with pytest.raises(Failure), session.transaction():
            session.run("INSERT INTO c VALUES (9)")
        with pytest.raises(apsw.SQLError), session.transaction(), session.verbatim():
            session.run("no SQL")
        with session.transaction():
            session.run("DELETE FROM p WHERE id = 2")
        assert session.count("SELECT count(*) FROM c") == 0


def test_what_was_replaced_is_no_part_of_the_schema(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("t", "a").build()
    with open_write(path) as session:
        before = schema_hash(session)
        with session.transaction():
            session.run("CREATE TABLE _steward_undo (a)")
            session.run("CREATE TABLE _steward_undo_cells (a)")
        assert schema_hash(session) == before
