"""No word of an erased row stays in a full-text index or in SQLite's statistics."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from builders import a_database
from builders.erasing import Ledger
from steward_app.db import open_read, open_write, schema_hash
from steward_app.db.integrity import integrity_check
from steward_app.kernel.progress import Context
from steward_app.services.erasure import Shape

NOTES = [(n, f"word{n} secretword{n}x everybody") for n in range(1, 60)]

OWN = "CREATE VIRTUAL TABLE words USING {module}(body)"
EXTERNAL = "CREATE VIRTUAL TABLE words USING {module}(body, content='note'{rowid})"
NO_CONTENT = "CREATE VIRTUAL TABLE words USING {module}(body, content='')"

FILL = "CREATE TRIGGER fills AFTER INSERT ON note BEGIN INSERT INTO words (rowid, body) VALUES (new.id, new.body); END"
DELETE = "CREATE TRIGGER empties AFTER DELETE ON note BEGIN DELETE FROM words WHERE rowid = old.id; END"
COMMAND = (
    "CREATE TRIGGER empties AFTER DELETE ON note BEGIN"
    " INSERT INTO words (words, rowid, body) VALUES ('delete', old.id, old.body); END"
)


def notes(folder: Path, *statements: str) -> Path:
    builder = a_database(folder, "notes.db").with_table("note", "id INTEGER PRIMARY KEY, body TEXT")
    return builder.with_sql(*statements).with_rows("note", NOTES).build()


def point_of(path: Path) -> Path:
    copy = path.with_name("point.db")
    shutil.copyfile(path, copy)
    return copy


def matches(path: Path, word: str) -> int:
    with open_read(path) as session:
        assert integrity_check(session, Context()) == ()
        return session.count("SELECT count(*) FROM words WHERE words MATCH ?", (word,))


@pytest.mark.parametrize(
    "statements",
    [
        (OWN.format(module="fts5"), FILL, DELETE),
        (OWN.format(module="fts4"), FILL, DELETE),
        (EXTERNAL.format(module="fts5", rowid=", content_rowid='id'"), FILL, COMMAND),
        (EXTERNAL.format(module="fts5", rowid=", content_rowid='id'"), FILL),
        (
            EXTERNAL.format(module="fts4", rowid=""),
            FILL.replace("rowid,", "docid,"),
            DELETE.replace("rowid", "docid"),
        ),
        (NO_CONTENT.format(module="fts5"), FILL, COMMAND),
    ],
)
def test_words_of_erased_rows_are_gone_from_the_index(
    tmp_path: Path, ledger: Ledger, statements: tuple[str, ...]
) -> None:
    now = notes(tmp_path, *statements)
    point = point_of(now)
    with open_read(point) as session:
        schema = schema_hash(session)
    assert matches(point, "secretword7x") == 1
    ledger.erase(now, "note", "id = 7")
    report = ledger.replay(point)
    assert (report.renewed, report.notes) == (("words",), ())
    assert matches(point, "secretword7x") == 0
    assert matches(point, "everybody") == len(NOTES) - 1
    assert b"secretword7x" not in point.read_bytes()
    with open_read(point) as session:
        assert schema_hash(session) == schema


def test_a_full_text_table_of_its_own_text_that_nothing_empties_is_told(
    tmp_path: Path, ledger: Ledger
) -> None:
    now = notes(tmp_path, OWN.format(module="fts5"), FILL)
    point = point_of(now)
    ledger.erase(now, "note", "id = 7")
    (note,) = ledger.replay(point).notes
    assert "“words” keeps text of its own" in note


def test_a_full_text_table_may_have_entries_of_its_own(tmp_path: Path, ledger: Ledger) -> None:
    now = notes(tmp_path, OWN.format(module="fts5"), FILL)
    point = point_of(now)
    ledger.erase(now, "words", "rowid = 7")
    ledger.erase(now, "note", "id = 7")
    report = ledger.replay(point)
    assert (report.erased, report.renewed, report.notes) == (2, ("words",), ())
    assert b"secretword7x" not in point.read_bytes()


def test_samples_of_the_statistics_are_gone(tmp_path: Path, ledger: Ledger) -> None:
    now = notes(tmp_path, "CREATE INDEX by_body ON note (body)")
    with open_write(now) as session:
        session.run("ANALYZE")
    point = point_of(now)
    ledger.erase(now, "note", "id > 1")
    ledger.replay(point)
    with open_read(point) as session:
        assert session.count("SELECT count(*) FROM sqlite_stat4") == 0
    assert b"secretword" not in point.read_bytes().replace(b"secretword1x", b"")


def test_a_table_without_a_key_is_known_by_its_whole_rows(tmp_path: Path, ledger: Ledger) -> None:
    rows = [("a", 1), ("b", 2), ("b", 2), ("c", 3)]
    now = a_database(tmp_path, "clinic.db").with_table("list", "name, number", rows=rows).build()
    point = point_of(now)
    with open_write(now) as session, session.transaction():
        session.run("DELETE FROM list WHERE name = 'a'")
    with open_write(now) as session:
        session.run("VACUUM")  # which gives every row another number
    ledger.erase(now, "list", "name = 'b'")
    assert ledger.entries()[0].shape == Shape("list", (), (("name", "BLOB"), ("number", "BLOB")))
    report = ledger.replay(point)
    with open_read(point) as session:
        assert session.all("SELECT rowid, * FROM list") == [(1, "a", 1), (4, "c", 3)]
    assert (report.erased, report.quarantined) == (2, 0)
