"""Full-text tables that lose the table they take their texts from, or are not filled."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import apsw
import pytest

from .linting import Bench, lint_of

SOUGHT = (
    "CREATE VIRTUAL TABLE sought USING fts5(name, content=person, content_rowid=id)",
    "CREATE TRIGGER kept AFTER INSERT ON person BEGIN INSERT INTO sought(rowid, name) VALUES (NEW.id, NEW.name); END",
)
MADE = "CREATE VIRTUAL TABLE words USING fts5(name, content=person, content_rowid=id);"


@pytest.mark.parametrize(
    "text",
    [
        "ALTER TABLE person RENAME TO patient;",
        "ALTER TABLE person RENAME COLUMN name TO called;",
        "ALTER TABLE person RENAME COLUMN id TO number;",
    ],
)
def test_a_name_that_a_full_text_table_needs_is_missed(tmp_path: Path, text: str) -> None:
    bench = Bench(tmp_path, *SOUGHT, "INSERT INTO sought(sought) VALUES ('rebuild')").write(
        f"SELECT 1;\n{text}"
    )
    (found,) = bench.problems("breaks_full_text")
    assert (found.finding.severity, found.place.line) == ("error", 2)
    with closing(apsw.Connection(str(bench.database))) as connection:
        connection.execute(text)
        with pytest.raises(apsw.Error):
            connection.execute("SELECT * FROM sought").fetchall()


def test_one_over_numbers_of_rows_that_a_table_has_no_more(tmp_path: Path) -> None:
    anew = (
        "CREATE TABLE word_new (word TEXT PRIMARY KEY) WITHOUT ROWID; INSERT INTO word_new SELECT word FROM word;"
        " DROP TABLE word; ALTER TABLE word_new RENAME TO word;"
    )
    word = "CREATE TABLE word (word TEXT PRIMARY KEY)"
    sought = "CREATE VIRTUAL TABLE sought USING fts5(word, content={})"
    (found,) = Bench(tmp_path, word, sought.format("word")).write(anew).problems("breaks_full_text")
    assert found.finding.title == (
        "The full-text table “sought” takes its texts from “rowid” of “word”, which is not there"
    )
    shown = "CREATE VIEW shown AS SELECT rowid, word FROM word"
    (tmp_path / "other").mkdir()
    other = Bench(tmp_path / "other", word, shown, sought.format("shown"))
    assert not other.write("ALTER TABLE word ADD COLUMN n INT;").problems("breaks_full_text")


@pytest.mark.parametrize(
    "text",
    [
        "ALTER TABLE person ADD COLUMN born TEXT;",
        "ALTER TABLE person RENAME COLUMN card TO number;",
        f"{MADE} INSERT INTO words(words) VALUES ('rebuild');",
        "CREATE VIRTUAL TABLE words USING fts5(name, content='');",
        "CREATE VIRTUAL TABLE words USING fts5(name);",
    ],
)
def test_what_leaves_a_full_text_table_as_it_is(tmp_path: Path, text: str) -> None:
    assert lint_of(tmp_path, text, *SOUGHT) == {}


def test_one_that_is_made_and_not_filled(tmp_path: Path) -> None:
    (found,) = Bench(tmp_path).write(MADE).problems()
    assert (found.finding.code, found.finding.count) == ("full_text_not_filled", 3)
    assert found.fix_sql == """INSERT INTO "words" ("words") VALUES ('rebuild');"""


def test_one_that_takes_its_texts_from_nowhere(tmp_path: Path) -> None:
    told = lint_of(tmp_path, "CREATE VIRTUAL TABLE words USING fts5(name, content=nobody);")
    assert told == {"breaks_full_text": ("error", None)}
