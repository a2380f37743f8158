"""Virtual tables that are to say something else: what they hold is copied, read again, or asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from steward_app.db import open_read
from steward_app.db.migration_files import read_any
from steward_app.services.migrate.desired.answers import read_answers
from steward_app.services.migrate.desired.migration import migration_of
from steward_app.services.migrate.desired.model import Answers, Desired, Place
from steward_app.services.migrate.desired.read import desired_schema
from steward_app.services.migrate.lint import lint
from steward_app.services.schema.introspect import read_schema

from .walking import found, made, reached, run, texts

NOTES = (
    "CREATE TABLE note (id INTEGER PRIMARY KEY, title TEXT, body TEXT)",
    "INSERT INTO note VALUES (5, 'first', 'hello world'), (9, 'second', 'foo bar')",
)
OWN = (
    *NOTES,
    "CREATE VIRTUAL TABLE f USING fts5(body)",
    "INSERT INTO f(rowid, body) SELECT id, body FROM note",
)
OUTER = (
    *NOTES,
    "CREATE VIRTUAL TABLE f USING fts5(body, content=note, content_rowid=id)",
    "CREATE TRIGGER kept AFTER INSERT ON note BEGIN INSERT INTO f(rowid, body) VALUES (NEW.id, NEW.body); END",
    "INSERT INTO f(f) VALUES ('rebuild')",
)
WITHOUT = (
    *NOTES,
    "CREATE VIRTUAL TABLE f USING fts5(body, content='')",
    "INSERT INTO f(rowid, body) SELECT id, body FROM note",
)
NOTE_SQL = "CREATE TABLE note (id INTEGER PRIMARY KEY, title TEXT, body TEXT);"
KEPT_SQL = "CREATE TRIGGER kept AFTER INSERT ON note BEGIN INSERT INTO f(rowid, body) VALUES (NEW.id, NEW.body); END;"


def way(folder: Path, before: tuple[str, ...], after: str, *gone: str) -> tuple[Path, Path, Answers]:
    path = made(folder, "file.db", *before)
    wanted = folder / "wanted.sql"
    wanted.write_text(NOTE_SQL + after, encoding="utf-8")
    with open_read(path) as session, desired_schema(wanted) as desired:
        answers = read_answers(read_schema(session), read_schema(desired), gone=gone)
    return path, wanted, answers


def found_words(path: Path, word: str) -> list[int]:
    with open_read(path) as session:
        return [
            int(str(row)) for (row,) in session.all("SELECT rowid FROM f WHERE f MATCH ? ORDER BY 1", (word,))
        ]


def grave(path: Path, folder: Path, done: Desired, answers: Answers) -> list[str]:
    """What lint says of the migration that would be written."""
    folder = folder / "migrations"
    folder.mkdir()
    with open_read(path) as session:
        new = migration_of(session, done, answers, folder, "change", "wanted.sql")
        file = folder / "V0001__change.sql"
        file.write_text(new.text, encoding="utf-8")
        return [each.code for each in lint(session, [read_any(file)]).findings]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (OWN, "CREATE VIRTUAL TABLE f USING fts5(body, title, tokenize='porter')"),
        (OWN, "CREATE VIRTUAL TABLE f USING fts4(body)"),
        (OUTER, KEPT_SQL + "CREATE VIRTUAL TABLE f USING fts5(title, body, content=note, content_rowid=id)"),
        (OUTER, KEPT_SQL + "CREATE VIRTUAL TABLE f USING fts5(body, prefix='2')"),
        (
            OUTER,
            KEPT_SQL + "CREATE VIRTUAL TABLE f USING fts5(body, content=seen, content_rowid=id);"
            "CREATE VIEW seen AS SELECT id, body FROM note",
        ),
        (WITHOUT, "CREATE VIRTUAL TABLE f USING fts5(body, content=note, content_rowid=id)"),
        (NOTES, "CREATE VIRTUAL TABLE f USING fts5(body, content=note, content_rowid=id)"),
    ],
)
def test_an_index_finds_the_same_afterwards(tmp_path: Path, before: tuple[str, ...], after: str) -> None:
    path, wanted, answers = way(tmp_path, before, f"{after};")
    assert grave(path, tmp_path, found(path, wanted, answers), answers) == []
    done = reached(path, wanted, answers)
    assert done.losses == ()
    assert found_words(path, "hello") == [5]
    assert found_words(path, "bar") == [9]
    assert done.undo is not None
    before_names = set(texts(path))
    run(path, done.undo)
    if "f" in texts(path) and before is not WITHOUT:
        assert found_words(path, "hello") == [5]
    assert not any("_before" in name for name in before_names | set(texts(path)))


def test_the_texts_of_an_index_that_stores_them_are_copied(tmp_path: Path) -> None:
    path, wanted, answers = way(tmp_path, OWN, "CREATE VIRTUAL TABLE f USING fts5(body, title);")
    reached(path, wanted, answers)
    with open_read(path) as session:
        assert session.all("SELECT rowid, body, title FROM f") == [
            (5, "hello world", None),
            (9, "foo bar", None),
        ]


def test_what_is_set_of_an_index_goes_along(tmp_path: Path) -> None:
    before = (*OUTER, "INSERT INTO f(f, rank) VALUES ('secure-delete', 1)")
    after = "CREATE VIRTUAL TABLE f USING fts5(body, content=note, content_rowid=id, tokenize=porter);"
    path, wanted, answers = way(tmp_path, before, after)
    reached(path, wanted, answers)
    with open_read(path) as session:
        assert session.all("SELECT v FROM f_config WHERE k = 'secure-delete'") == [(1,)]


def test_places_are_copied(tmp_path: Path) -> None:
    before = (*NOTES, "CREATE VIRTUAL TABLE f USING rtree(id, x0, x1)", "INSERT INTO f VALUES (1, 0.1, 0.2)")
    path, wanted, answers = way(tmp_path, before, "CREATE VIRTUAL TABLE f USING rtree(id, x0, x1, +note);")
    with open_read(path) as session:
        was = session.all("SELECT id, x0, x1, NULL FROM f")
    assert reached(path, wanted, answers).losses == ()
    with open_read(path) as session:
        assert session.all("SELECT * FROM f") == was


@pytest.mark.parametrize(
    ("before", "after", "gone", "sentence"),
    [
        (
            WITHOUT,
            "fts5(body, content='', tokenize=porter)",
            "f",
            "what it holds of 2 rows cannot come along",
        ),
        (OWN, "fts5(body, content=note, content_rowid=id)", "f", "what it holds of 2 rows cannot come along"),
        (OWN, "fts5(body, content='')", "f", "what it holds of 2 rows cannot come along"),
        (OWN, "fts5(title)", "f.body", "2 values of its column “body” cannot come along"),
    ],
)
def test_what_cannot_come_along_is_asked(
    tmp_path: Path, before: tuple[str, ...], after: str, gone: str, sentence: str
) -> None:
    path, wanted, _ = way(tmp_path, before, f"CREATE VIRTUAL TABLE f USING {after};")
    (question,) = found(path, wanted).questions
    assert sentence in question.sentence
    (tmp_path / "again").mkdir()
    path, wanted, answers = way(tmp_path / "again", before, f"CREATE VIRTUAL TABLE f USING {after};", gone)
    assert answers.gone == (Place(*gone.split(".")),)
    assert grave(path, tmp_path, found(path, wanted, answers), answers) == []
    done = reached(path, wanted, answers)
    assert len(done.losses) == 1
    assert done.undo is None


def test_one_that_goes_with_what_it_holds_is_asked(tmp_path: Path) -> None:
    path, wanted, _ = way(tmp_path, OWN, "")
    (question,) = found(path, wanted).questions
    assert question.sentence == ("Table “f” is not wanted any more, and holds 2 rows. Does it go with them?")
    (tmp_path / "again").mkdir()
    path, wanted, answers = way(tmp_path / "again", OWN, "", "f")
    assert grave(path, tmp_path, found(path, wanted, answers), answers) == []
    reached(path, wanted, answers)


def test_an_index_of_texts_that_are_elsewhere_goes_unasked(tmp_path: Path) -> None:
    path, wanted, answers = way(tmp_path, OUTER, "")
    assert grave(path, tmp_path, found(path, wanted), answers) == []


def test_an_empty_one_needs_no_question(tmp_path: Path) -> None:
    before = (*NOTES, "CREATE VIRTUAL TABLE f USING fts5(body, content='')")
    path, wanted, answers = way(tmp_path, before, "CREATE VIRTUAL TABLE f USING fts5(title, content='');")
    reached(path, wanted, answers)


def test_one_that_cannot_be_filled_is_told(tmp_path: Path) -> None:
    after = "CREATE VIRTUAL TABLE f USING fts5(words, content=note, content_rowid=id);"
    path, wanted, answers = way(tmp_path, OUTER, after)
    (sentence,) = reached(path, wanted, answers).losses
    assert sentence == "“f” is empty at first, since it cannot be filled: no such column: T.words."
