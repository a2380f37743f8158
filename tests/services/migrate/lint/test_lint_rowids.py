"""Numbers of rows that no column holds: a copy that does not keep them is told, where something uses them."""

from __future__ import annotations

from pathlib import Path

import pytest

from .linting import Bench

CARDS = (
    "CREATE TABLE card (a TEXT, b TEXT)",
    "INSERT INTO card VALUES ('1', '2'), ('3', '4'), ('5', '6'), ('7', '8')",
    "DELETE FROM card WHERE a = '3'",
    "CREATE TABLE log (number INT)",
)
TRIGGER = "CREATE TRIGGER noted AFTER UPDATE ON card BEGIN INSERT INTO log VALUES (OLD.oid); END"
TEXTS = "CREATE VIRTUAL TABLE words USING fts5(a, b, content=card)"
VIEW = "CREATE VIEW numbered AS SELECT _rowid_ AS n, a FROM card"
NEW = "CREATE TABLE new (a TEXT, b TEXT); "
ENDS = "DROP TABLE card; ALTER TABLE new RENAME TO card; "
PLAIN = f"{NEW}INSERT INTO new (a, b) SELECT a, b FROM card; {ENDS}"


def told(where: Path, text: str, *more: str) -> tuple[str, int | None] | None:
    return Bench(where, *CARDS, *more).write(text).told().get("rowids_changed")


@pytest.mark.parametrize(
    ("copy", "expected"),
    [
        ("INSERT INTO new (a, b) SELECT a, b FROM card", ("warning", 2)),
        ("INSERT INTO new SELECT * FROM card", ("warning", 2)),
        ("INSERT INTO new SELECT * FROM card ORDER BY a", ("warning", None)),
        ("INSERT INTO new SELECT a, max(b) FROM card GROUP BY a", ("warning", None)),
        ("INSERT INTO new (rowid, a, b) SELECT rowid, a, b FROM card", None),
        ("INSERT INTO new (oid, a, b) SELECT c._rowid_, a, b FROM card AS c ORDER BY a", None),
        ("INSERT INTO new (rowid, a, b) SELECT rowid + 1, a, b FROM card", ("warning", 3)),
    ],
)
def test_a_copy_is_told_by_what_it_makes_of_them(
    tmp_path: Path, copy: str, expected: tuple[str, int | None] | None
) -> None:
    assert told(tmp_path, f"{NEW}{copy}; {ENDS}{TRIGGER};", TRIGGER) == expected


@pytest.mark.parametrize(
    ("uses", "text", "by"),
    [
        ((TRIGGER,), f"{PLAIN}{TRIGGER};", "“noted” uses it"),
        ((VIEW,), f"DROP VIEW numbered; {PLAIN}{VIEW};", "“numbered” uses it"),
        ((TEXTS,), PLAIN, "“words” uses it"),
        ((TEXTS, TRIGGER), f"{PLAIN}{TRIGGER};", "“words”, “noted” use it"),
    ],
)
def test_it_is_said_who_uses_them(tmp_path: Path, uses: tuple[str, ...], text: str, by: str) -> None:
    (problem,) = Bench(tmp_path, *CARDS, *uses).write(text).problems("rowids_changed")
    assert problem.finding.title == f"The copy gives 2 rows of “card” another number (rowid), and {by}"


@pytest.mark.parametrize(
    ("text", "more"),
    [
        (PLAIN, ()),
        (f"{PLAIN}INSERT INTO words (words) VALUES ('rebuild');", (TEXTS,)),
        (
            f"{PLAIN}{TRIGGER};",
            (TRIGGER, "UPDATE card SET rowid = 2 WHERE a = '5'", "DELETE FROM card WHERE a = '7'"),
        ),
        (f"{PLAIN}{TRIGGER.replace('OLD.oid', 'OLD.a')};", ()),
    ],
)
def test_numbers_that_nothing_uses_or_that_stay_are_not_told(
    tmp_path: Path, text: str, more: tuple[str, ...]
) -> None:
    assert told(tmp_path, text, *more) is None


def test_the_new_names_of_a_table_do_not_hide_them(tmp_path: Path) -> None:
    text = (
        "ALTER TABLE card RENAME TO old; CREATE TABLE card (a TEXT, b TEXT);"
        f" INSERT INTO card SELECT a, b FROM old; DROP TABLE old; {TRIGGER};"
    )
    assert told(tmp_path, text, TRIGGER) == ("warning", 2)
    kept = text.replace("card SELECT a", "card (rowid, a, b) SELECT rowid, a")
    (tmp_path / "kept").mkdir()
    assert told(tmp_path / "kept", kept, TRIGGER) is None


@pytest.mark.parametrize("name", ["rowid", "_rowid_", "OID"])
def test_values_are_held_against_what_they_were_beside_the_number(tmp_path: Path, name: str) -> None:
    text = f"{NEW}INSERT INTO new ({name}, a, b) SELECT {name}, a, substr(b, 1, 0) FROM card; {ENDS}"
    assert Bench(tmp_path, *CARDS).write(text).told()["copied_otherwise"] == ("warning", 3)


@pytest.mark.parametrize(
    ("copy", "more", "expected"),
    [
        ("INSERT INTO new (a, b) SELECT a, b FROM card", (), ("note", 2)),
        ("INSERT INTO new (a, b) SELECT a, b FROM card", (VIEW,), ("warning", 2)),
        ("INSERT INTO new (a, b) SELECT a, max(b) FROM card GROUP BY a", (), ("note", None)),
        ("INSERT INTO new (id, a, b) SELECT rowid, a, b FROM card", (VIEW,), None),
        ("INSERT INTO new SELECT oid, a, b FROM card", (VIEW,), None),
        ("INSERT INTO new SELECT a, a, b FROM card", (), None),
        ("INSERT INTO new SELECT a, a, b FROM card", (VIEW,), ("warning", 2)),
        ("INSERT INTO new SELECT nullif(a, '7'), a, b FROM card", (), ("note", 1)),
    ],
)
def test_a_new_key_is_told_where_it_does_not_take_them(
    tmp_path: Path, copy: str, more: tuple[str, ...], expected: tuple[str, int | None] | None
) -> None:
    new = "CREATE TABLE new (id INTEGER PRIMARY KEY, a TEXT, b TEXT); "
    before, after = ("DROP VIEW numbered; ", f"{VIEW};") if more else ("", "")
    assert told(tmp_path, f"{before}{new}{copy}; {ENDS}{after}", *more) == expected
