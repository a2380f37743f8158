"""Two schemas compared: every kind of change is noticed, told in words, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlite_utils
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.schemas import schema_of
from steward_app.db.open import open_read
from steward_app.services.schema.diff import SchemaDiff, compare
from steward_app.services.schema.introspect import read_schema

BASE = """
CREATE TABLE p (id INTEGER PRIMARY KEY, k TEXT UNIQUE);
CREATE TABLE t (
    id INTEGER PRIMARY KEY,
    a TEXT NOT NULL DEFAULT 'x',
    b INT CHECK (b > 0),
    c TEXT COLLATE NOCASE REFERENCES p (k) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    g INT AS (b * 2),
    CONSTRAINT two CHECK (a <> c),
    UNIQUE (a, b) ON CONFLICT IGNORE
);
CREATE INDEX i ON t (lower(a), b DESC, c COLLATE NOCASE) WHERE b > 1;
CREATE VIEW v AS SELECT a, b FROM t;
CREATE TRIGGER g AFTER UPDATE OF a ON t WHEN NEW.b > 1 BEGIN UPDATE t SET b = 2; END;
CREATE TABLE w (a TEXT PRIMARY KEY, b) WITHOUT ROWID
"""

CHANGES = {
    "column gets NOT NULL": ("b INT CHECK", "b INT NOT NULL CHECK", "Column “b” of “t” changed: not null no → yes"),
    "column loses NOT NULL": ("a TEXT NOT NULL", "a TEXT", "Column “a” of “t” changed: not null yes → no"),
    "type": ("b INT CHECK", "b TEXT CHECK", "Column “b” of “t” changed: type INT → TEXT"),
    "default": ("DEFAULT 'x'", "DEFAULT 'y'", "Column “a” of “t” changed: default 'x' → 'y'"),
    "action of a foreign key": (
        "ON DELETE CASCADE",
        "ON DELETE SET NULL",
        "Foreign key “c” of “t” changed: on delete CASCADE → SET NULL",
    ),
    "deferrable": (
        " DEFERRABLE INITIALLY DEFERRED",
        "",
        "Foreign key “c” of “t” changed: deferrable DEFERRABLE INITIALLY DEFERRED → none",
    ),
    "parent of a foreign key": (
        "REFERENCES p (k)",
        "REFERENCES p (id)",
        "Foreign key “c” of “t” changed: parent columns k → id",
    ),
    "foreign key goes": (
        "REFERENCES p (k) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED",
        "",
        "Foreign key “c” of “t” removed",
    ),
    "check": ("b > 0)", "b > 5)", "Check “b” of “t” changed: expression b > 0 → b > 5"),
    "named check": ("a <> c", "a = c", "Check “two” of “t” changed: expression a <> c → a = c"),
    "check comes": ("UNIQUE (a, b)", "CHECK (id < 9), UNIQUE (a, b)", "Check of “t” added"),
    "collation": ("TEXT COLLATE NOCASE", "TEXT", "Column “c” of “t” changed: collation NOCASE → BINARY"),
    "strict": ("IGNORE\n)", "IGNORE\n) STRICT", "Table “t” changed: strict no → yes"),
    "without rowid": (") WITHOUT ROWID", ")", "Table “w” changed: without rowid yes → no"),
    "key of another order": (
        "a TEXT PRIMARY KEY, b) WITHOUT ROWID",
        "a TEXT, b, PRIMARY KEY (a, b)) WITHOUT ROWID",
        "Primary key “a, b” of “w” changed: columns a → a, b",
    ),
    "generated from": ("b * 2", "b * 3", "Column “g” of “t” changed: generated from b * 2 → b * 3"),
    "virtual to stored": (
        "AS (b * 2)",
        "AS (b * 2) STORED",
        "Column “g” of “t” changed: generated virtual → stored",
    ),
    "condition of an index": ("WHERE b > 1", "WHERE b > 2", "Index “i” of “t” changed: where b > 1 → b > 2"),
    "index no longer partial": (" WHERE b > 1", "", "Index “i” of “t” changed: where b > 1 → none"),
    "expression of an index": (
        "lower(a), ",
        "upper(a), ",
        "Index “i” of “t” changed: columns lower(a), b DESC, c COLLATE NOCASE → upper(a), b DESC, c COLLATE NOCASE",
    ),
    "collation in an index": (
        "c COLLATE NOCASE) WHERE",
        "c COLLATE BINARY) WHERE",
        "Index “i” of “t” changed: columns lower(a), b DESC, c COLLATE NOCASE → lower(a), b DESC, c",
    ),
    "direction in an index": (
        "b DESC",
        "b",
        "Index “i” of “t” changed: columns lower(a), b DESC, c COLLATE NOCASE → lower(a), b, c COLLATE NOCASE",
    ),
    "index becomes unique": ("CREATE INDEX", "CREATE UNIQUE INDEX", "Index “i” of “t” changed: unique no → yes"),
    "conflict clause": (
        "ON CONFLICT IGNORE",
        "ON CONFLICT FAIL",
        "Unique “a, b” of “t” changed: on conflict IGNORE → FAIL",
    ),
    "autoincrement": (
        "t (\n    id INTEGER PRIMARY KEY,",
        "t (\n    id INTEGER PRIMARY KEY AUTOINCREMENT,",
        "Column “id” of “t” changed: autoincrement no → yes",
    ),
    "rowid alias": (
        "p (id INTEGER PRIMARY KEY",
        "p (id INTEGER PRIMARY KEY DESC",
        "Column “id” of “p” changed: rowid alias yes → no",
    ),
    "column order": (
        "(a TEXT PRIMARY KEY, b)",
        "(b, a TEXT PRIMARY KEY)",
        "Table “w” changed: column order a, b → b, a",
    ),
    "column comes": ("b INT CHECK", "n REAL, b INT CHECK", "Column “n” of “t” added"),
    "view": (
        "SELECT a, b FROM t",
        "SELECT a, b FROM t WHERE b",
        "View “v” changed: text CREATE VIEW v AS SELECT a, b FROM t → CREATE VIEW v AS SELECT a, b FROM t WHERE b",
    ),
    "body of a trigger": (
        "SET b = 2",
        "SET b = 3",
        "Trigger “g” of “t” changed: text",
    ),
    "time of a trigger": ("AFTER UPDATE", "BEFORE UPDATE", "Trigger “g” of “t” changed: timing AFTER → BEFORE"),
    "table goes": ("CREATE TABLE w (a TEXT PRIMARY KEY, b) WITHOUT ROWID", "SELECT 1", "Table “w” removed"),
    "comment": (
        "a TEXT NOT NULL",
        "a TEXT /* given name */ NOT NULL",
        "Column “a” of “t” changed: comment none → given name",
    ),
}  # fmt: skip


def difference(folder: Path, before: str, after: str) -> SchemaDiff:
    return compare(schema_of(folder, before, name="before.db"), schema_of(folder, after, name="after.db"))


def sentences(diff: SchemaDiff) -> list[str]:
    return [change.sentence for change in diff.changes]


@pytest.mark.parametrize("kind", CHANGES)
def test_every_kind_of_change_is_told(tmp_path: Path, kind: str) -> None:
    old, new, expected = CHANGES[kind]
    assert BASE.count(old) == 1
    told = sentences(difference(tmp_path, BASE, BASE.replace(old, new)))
    assert any(sentence.startswith(expected) for sentence in told), told
    assert len(told) <= 3  # what follows from it (the terms of a key, the columns of a view) and nothing else


@pytest.mark.parametrize("kind", CHANGES)
def test_what_came_one_way_goes_the_other(tmp_path: Path, kind: str) -> None:
    old, new, _ = CHANGES[kind]
    there = difference(tmp_path, BASE, BASE.replace(old, new))
    (tmp_path / "back").mkdir()
    back = difference(tmp_path / "back", BASE.replace(old, new), BASE)
    opposite = {"added": "removed", "removed": "added", "changed": "changed"}
    assert sorted((opposite[c.kind], c.subject.kind, c.subject.name) for c in there.changes) == sorted(
        (c.kind.value, c.subject.kind, c.subject.name) for c in back.changes
    )


def test_spaces_case_of_keywords_and_quotes_are_no_change_of_a_trigger_or_view(tmp_path: Path) -> None:
    other = BASE.replace("BEGIN UPDATE t SET b = 2; END", "begin\n  -- two\n  update t set b = 2;\nend")
    other = other.replace("AS SELECT a, b FROM t", "as select a,b\nfrom t")
    assert difference(tmp_path, BASE, other).identical


def test_a_table_written_otherwise_is_told_by_its_text(tmp_path: Path) -> None:
    diff = difference(tmp_path, "CREATE TABLE t (a, b)", 'CREATE TABLE t (a, "b")')
    assert sentences(diff) == ['Table “t” changed: text CREATE TABLE t (a, b) → CREATE TABLE t (a, "b")']


def test_a_renamed_column_and_table_are_suggested_as_such(tmp_path: Path) -> None:
    before = (
        "CREATE TABLE staff (id INTEGER PRIMARY KEY, surname TEXT NOT NULL, born DATE); CREATE TABLE x (a)"
    )
    after = (
        "CREATE TABLE employee (id INTEGER PRIMARY KEY, surname TEXT NOT NULL, born DATE); CREATE TABLE x (b)"
    )
    diff = difference(tmp_path, before, after)
    assert sentences(diff) == [
        "Table “employee” added",
        "Column “b” of “x” added",
        "Column “a” of “x” removed",
        "Table “staff” removed",
    ]
    assert [hint.sentence for hint in diff.renames] == [
        "Table “staff” may have been renamed to “employee”",
        "Column “a” of “x” may have been renamed to “b”",
    ]
    assert diff.renames[0].likeness == 1.0


def test_unlike_things_are_not_suggested_as_renamed(tmp_path: Path) -> None:
    diff = difference(
        tmp_path, "CREATE TABLE t (id, note TEXT)", "CREATE TABLE t (id, x, y, price REAL DEFAULT 1)"
    )
    assert diff.renames == ()


def test_a_view_that_broke_is_told(tmp_path: Path) -> None:
    view = "; CREATE VIEW v AS SELECT b FROM t"
    diff = difference(tmp_path, "CREATE TABLE t (a, b)" + view, "CREATE TABLE t (a)" + view)
    assert "View “v” changed: problem none → no such column: b" in sentences(diff)


def test_settings_of_the_file_are_compared(tmp_path: Path) -> None:
    diff = difference(tmp_path, "SELECT 1", "PRAGMA user_version = 3")
    assert sentences(diff) == ["Settings of the file changed: user version 0 → 3"]


def test_shadow_tables_and_statistics_are_no_change_of_their_own(tmp_path: Path) -> None:
    diff = difference(
        tmp_path, "CREATE TABLE t (a)", "CREATE TABLE t (a); CREATE VIRTUAL TABLE f USING fts5(a); ANALYZE"
    )
    assert sentences(diff) == ["Virtual table “f” added"]


def test_names_in_sentences_are_made_visible(tmp_path: Path) -> None:
    diff = difference(tmp_path, "SELECT 1", 'CREATE TABLE "a\nb\u202e" (x)')
    assert sentences(diff) == ["Table “a␤b⟨U+202E⟩” added"]


def test_what_a_rebuild_by_another_tool_loses_without_a_word_is_told(tmp_path: Path) -> None:
    statements = (
        "CREATE TABLE p (id INTEGER PRIMARY KEY)",
        "CREATE TABLE t (a INTEGER PRIMARY KEY, b, c INTEGER REFERENCES p DEFERRABLE INITIALLY DEFERRED,"
        " d INT GENERATED ALWAYS AS (a * 2) STORED, e TEXT COLLATE NOCASE)",
        "CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END",
    )
    before = schema_of(tmp_path, *statements)
    scratch = sqlite_utils.Database(tmp_path / "schema.db")
    scratch["t"].transform(rename={"b": "bb"})
    scratch.close()
    with open_read(tmp_path / "schema.db") as session:
        told = sentences(compare(before, read_schema(session)))
    assert {
        "Column “d” of “t” removed",
        "Column “e” of “t” changed: collation NOCASE → BINARY",
        "Trigger “g” of “t” removed",
    } <= set(told)
    assert any("deferrable DEFERRABLE INITIALLY DEFERRED → none" in sentence for sentence in told)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(sorted(CHANGES)), unique=True, max_size=4))
def test_a_schema_does_not_differ_from_itself(
    tmp_path_factory: pytest.TempPathFactory, kinds: list[str]
) -> None:
    text = BASE
    for kind in kinds:
        old, new, _ = CHANGES[kind]
        if text.count(old) == 1 and kind not in ("table goes", "comment"):
            text = text.replace(old, new)
    diff = difference(tmp_path_factory.mktemp("same"), text, text)
    assert diff.identical
    assert diff.renames == ()


def test_where_a_check_stands_is_no_change_of_it(tmp_path: Path) -> None:
    other = BASE.replace("b INT CHECK (b > 0)", "b INT").replace(
        "UNIQUE (a, b)", "CHECK (b > 5), UNIQUE (a, b)"
    )
    told = sentences(difference(tmp_path, BASE, other))
    assert told == ["Check of “t” added", "Check “b” of “t” removed"]


def test_a_named_check_that_moves_is_told_by_what_it_says(tmp_path: Path) -> None:
    named = BASE.replace("b INT CHECK (b > 0)", "b INT CONSTRAINT n CHECK (b > 0)")
    other = BASE.replace("b INT CHECK (b > 0)", "b INT").replace(
        "UNIQUE (a, b)", "CONSTRAINT n CHECK (b > 5), UNIQUE (a, b)"
    )
    told = sentences(difference(tmp_path, named, other))
    assert told == ["Check “n” of “t” changed: expression b > 0 → b > 5"]
