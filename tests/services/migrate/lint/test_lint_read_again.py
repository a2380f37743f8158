"""Full-text tables over another one, which a migration writes without telling them."""

from __future__ import annotations

from pathlib import Path

import pytest

from steward_app.db import open_write
from steward_app.db.runner import unenforced
from steward_app.db.script import split
from steward_app.services.schema import read_schema
from steward_app.services.schema.searchable import holds_its_texts

from .linting import Bench, lint_of

CODE = "full_text_not_read_again"
MADE = "CREATE VIRTUAL TABLE sought USING fts5(name, card UNINDEXED, content=person, content_rowid=id)"
FILLED = "INSERT INTO sought(sought) VALUES ('rebuild')"
SOUGHT = (MADE, FILLED)
OLDER = ('CREATE VIRTUAL TABLE sought USING fts4(name, card, content="person", notindexed=card)', FILLED)
SHOWN = (
    "CREATE VIEW shown AS SELECT id, upper(name) AS called FROM person",
    "CREATE VIRTUAL TABLE sought USING fts5(called, content=shown, content_rowid=id)",
    FILLED,
)
COMPUTED = (
    "CREATE TABLE word (id INTEGER PRIMARY KEY, a TEXT, b AS (upper(a)))",
    "INSERT INTO word VALUES (1, 'x'), (2, NULL)",
    "CREATE VIRTUAL TABLE sought USING fts5(b, content=word, content_rowid=id)",
    FILLED,
)
ADDED = (
    "CREATE TRIGGER added AFTER INSERT ON person BEGIN"
    " INSERT INTO sought(rowid, name) VALUES (NEW.id, NEW.name); END"
)
LATER = (
    "CREATE TRIGGER later AFTER UPDATE OF name ON person BEGIN"
    " INSERT INTO sought(sought, rowid, name) VALUES ('delete', OLD.id, OLD.name);"
    " INSERT INTO sought(rowid, name) VALUES (NEW.id, NEW.name); END"
)
LOOSE = (
    "CREATE TABLE word (word TEXT)",
    "INSERT INTO word VALUES ('a'), ('b'), ('c'), ('d')",
    "DELETE FROM word WHERE rowid = 2",
    "CREATE VIRTUAL TABLE sought USING fts5(word, content=word)",
    FILLED,
)
ANEW = (
    "CREATE TABLE p (id INTEGER PRIMARY KEY, name TEXT, card TEXT) STRICT;"
    " INSERT INTO p (id, name, card) SELECT {} FROM person; DROP TABLE person; ALTER TABLE p RENAME TO person;"
)
LEGACY = (
    "PRAGMA legacy_alter_table = ON; ALTER TABLE person RENAME TO p; PRAGMA legacy_alter_table = OFF;"
    " CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT, card TEXT) STRICT;"
    " INSERT INTO person (id, name, card) SELECT {} FROM p; DROP TABLE p;"
)


def test_one_that_is_emptied_and_not_filled_again(tmp_path: Path) -> None:
    emptied = "INSERT INTO sought(sought) VALUES ('delete-all');"
    (found,) = Bench(tmp_path, *SOUGHT).write(emptied).problems()
    assert (found.finding.code, found.finding.count) == (CODE, 3)
    assert "does not notice that 3 rows of “person” are there" in found.finding.title
    (tmp_path / "again").mkdir()
    assert lint_of(tmp_path / "again", f"{emptied} {FILLED};", *SOUGHT) == {}


def said(tmp_path: Path, text: str, *more: str) -> tuple[str, int | None] | None:
    """What lint says of it, and that the index holds afterwards where it says nothing."""
    bench = Bench(tmp_path, *more).write(text)
    found = bench.told().get(CODE)
    with open_write(bench.database) as session, unenforced(session), session.transaction():
        for statement in split(text):
            session.run(statement.sql)
        indexes = [each for each in read_schema(session).tables if each.name in ("sought", "found")]
        holds = all(holds_its_texts(session, each) for each in indexes)
    assert holds == (found is None)
    return found


@pytest.mark.parametrize("more", [SOUGHT, OLDER, SHOWN], ids=["fts5", "fts4", "over a view"])
@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("UPDATE person SET name = 'x' WHERE name IS NULL;", 1),
        ("UPDATE person SET name = iif(id = 1, 'x', name);", 1),
        ("INSERT INTO person VALUES (7, 'Cy', '1'), (8, 'Di', '2');", 2),
        ("INSERT INTO person (name) SELECT day FROM visit WHERE day NOT NULL;", 2),
        ("DELETE FROM person WHERE id = 2;", 1),
        ("DELETE FROM person;", 3),
        (f"{FILLED}; UPDATE person SET name = 'x' WHERE id = 1;", 1),
        ("UPDATE person SET name = 'x' WHERE id = 1; INSERT INTO sought(sought) VALUES ('optimize');", 1),
        ("UPDATE person SET name = 'x' WHERE id = 1; ALTER TABLE sought RENAME TO found;", 1),
        ("INSERT OR IGNORE INTO person VALUES (1, 'Eve', '1'), (7, 'Cy', '1');", 1),
        ("REPLACE INTO person VALUES (1, 'Eve', '1');", 1),
    ],
)
def test_what_an_index_does_not_notice(tmp_path: Path, more: tuple[str, ...], text: str, count: int) -> None:
    assert said(tmp_path, text, *more) == ("error", count)


@pytest.mark.parametrize("more", [SOUGHT, OLDER], ids=["fts5", "fts4"])
@pytest.mark.parametrize(
    ("text", "count"),
    [
        (ANEW.format("id, name || 'n', card"), 2),
        (ANEW.format("id + 10, name, card"), 6),
        (FILLED + ";" + ANEW.format("id, name || 'n', card"), 2),
        (LEGACY.format("id, name || 'n', card"), 2),
    ],
)
def test_a_table_written_anew_with_other_texts(
    tmp_path: Path, more: tuple[str, ...], text: str, count: int
) -> None:
    assert said(tmp_path, text, *more) == ("error", count)


@pytest.mark.parametrize("more", [SOUGHT, OLDER], ids=["fts5", "fts4"])
@pytest.mark.parametrize(
    "text",
    [
        f"UPDATE person SET name = 'x' WHERE id = 1; {FILLED};",
        "UPDATE person SET card = 'x';",
        "UPDATE person SET name = name WHERE id = 1;",
        "UPDATE person SET name = 'x' WHERE id = 99;",
        "INSERT INTO person SELECT * FROM person WHERE id = 99;",
        "DELETE FROM visit;",
        "UPDATE person SET name = 'x'; DROP TABLE sought;",
        f"UPDATE person SET name = 'x'; ALTER TABLE sought RENAME TO found; {FILLED.replace('sought', 'found')};",
        f"UPDATE person SET name = 'x'; DROP TABLE sought; {MADE}; {FILLED};",
        ANEW.format("id, name, card"),
        ANEW.format("id, name, upper(card)"),
        ANEW.format("id, upper(name), card") + FILLED,
        LEGACY.format("id, name, upper(card)"),
        LEGACY.format("id, upper(name), card") + FILLED,
        "INSERT OR IGNORE INTO person VALUES (1, 'Eve', '1');",
        "INSERT INTO person VALUES (1, 'Eve', '1') ON CONFLICT DO NOTHING;",
        "INSERT INTO person VALUES (1, 'Eve', '1') ON CONFLICT (id) DO UPDATE SET card = 'x';",
    ],
)
def test_what_leaves_it_as_it_is_or_is_seen_to(tmp_path: Path, more: tuple[str, ...], text: str) -> None:
    assert said(tmp_path, text, *more) is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("INSERT INTO person VALUES (7, 'Cy', '1');", None),
        ("UPDATE person SET name = 'x' WHERE id = 1;", None),
        ("DELETE FROM person WHERE id = 1;", ("error", 1)),
    ],
)
def test_a_trigger_tells_it(tmp_path: Path, text: str, told: tuple[str, int] | None) -> None:
    assert said(tmp_path, text, *SOUGHT, ADDED, LATER) == told


def test_the_file_tells_it_row_by_row(tmp_path: Path) -> None:
    text = (
        "INSERT INTO sought(sought, rowid, name) SELECT 'delete', id, name FROM person WHERE id < 3;"
        " DELETE FROM person WHERE id < 3;"
    )
    assert said(tmp_path, text, *SOUGHT) is None


def test_one_over_what_is_computed(tmp_path: Path) -> None:
    assert said(tmp_path, "UPDATE word SET a = 'y' WHERE id = 1;", *COMPUTED) == ("error", 1)


SWAPPED = (
    "ALTER TABLE person RENAME COLUMN name TO x; ALTER TABLE person RENAME COLUMN card TO name;"
    " ALTER TABLE person RENAME COLUMN x TO card;"
)
BESIDE = "ALTER TABLE person RENAME COLUMN name TO was; ALTER TABLE person ADD COLUMN name TEXT;"


@pytest.mark.parametrize("more", [SOUGHT, OLDER], ids=["fts5", "fts4"])
@pytest.mark.parametrize(
    ("text", "count"),
    [
        (SWAPPED, 2),
        (BESIDE, 2),
        ("ALTER TABLE person DROP COLUMN name; ALTER TABLE person ADD COLUMN name TEXT DEFAULT 'n';", 3),
    ],
)
def test_another_column_under_the_name_that_it_reads(
    tmp_path: Path, more: tuple[str, ...], text: str, count: int
) -> None:
    assert said(tmp_path, text, *more) == ("error", count)


@pytest.mark.parametrize("more", [SOUGHT, OLDER], ids=["fts5", "fts4"])
@pytest.mark.parametrize(
    "text",
    [
        f"{SWAPPED} {FILLED};",
        f"{SWAPPED} {SWAPPED}",
        f"{BESIDE} UPDATE person SET name = was;",
        "ALTER TABLE person ADD COLUMN other TEXT; ALTER TABLE person RENAME COLUMN other TO another;",
    ],
)
def test_the_same_texts_under_the_name_that_it_reads(
    tmp_path: Path, more: tuple[str, ...], text: str
) -> None:
    assert said(tmp_path, text, *more) is None


def test_what_it_says_of_another_column(tmp_path: Path) -> None:
    (found,) = Bench(tmp_path, *SOUGHT).write(f"SELECT 1;\n{BESIDE}").problems(CODE)
    assert (found.finding.title, found.place.line) == (
        "The full-text table “sought” does not notice that 2 rows of “person” are others by the names that it reads",
        2,
    )


def test_what_it_says_of_a_table_written_anew(tmp_path: Path) -> None:
    (found,) = Bench(tmp_path, *SOUGHT).write(LEGACY.format("id, name || 'n', card")).problems(CODE)
    assert found.finding.title == (
        "The full-text table “sought” does not notice that 2 rows of “person” are other than before it was written"
        " anew"
    )


def test_an_upsert_is_not_counted(tmp_path: Path) -> None:
    text = "INSERT INTO person VALUES (1, 'Eve', '1') ON CONFLICT (id) DO UPDATE SET name = excluded.name;"
    assert said(tmp_path, text, *SOUGHT) == ("warning", None)


def test_what_a_trigger_writes_is_not_counted(tmp_path: Path) -> None:
    through = "CREATE TRIGGER called AFTER DELETE ON visit BEGIN UPDATE person SET name = 'gone'; END"
    assert said(tmp_path, "DELETE FROM visit WHERE id = 10;", *SOUGHT, through) == ("warning", None)


def test_it_is_told_once_with_what_mends_it_and_can_be_meant(tmp_path: Path) -> None:
    text = "DELETE FROM person WHERE id = 1;\nUPDATE person SET name = 'x';"
    bench = Bench(tmp_path, *SOUGHT).write(text)
    (found,) = bench.problems(CODE)
    assert (found.place.line, found.fix_sql) == (1, """INSERT INTO "sought" ("sought") VALUES ('rebuild');""")
    assert (
        found.finding.title
        == "The full-text table “sought” does not notice that 1 row of “person” is deleted"
    )
    bench.write(f"-- steward: allows {CODE}\n{text}")
    (found,) = bench.problems(CODE)
    assert found.accepted


def test_vacuum_numbers_rows_anew(tmp_path: Path) -> None:
    text = "-- steward: no-transaction\nVACUUM;"
    bench = Bench(tmp_path, *LOOSE).write(text)
    (found,) = bench.problems("rowids_changed")
    assert (found.finding.severity, found.finding.count) == ("warning", 2)
    assert found.finding.title == (
        "VACUUM may give 2 rows of “word” another number (rowid), and “sought” uses it"
    )
    assert not bench.write(f"{text} {FILLED};").problems("rowids_changed")


@pytest.mark.parametrize("more", [SOUGHT, (*LOOSE[:2], *LOOSE[3:])], ids=["a key", "no gaps"])
def test_vacuum_that_numbers_nothing_anew(tmp_path: Path, more: tuple[str, ...]) -> None:
    assert lint_of(tmp_path, "-- steward: no-transaction\nVACUUM;", *more) == {}
