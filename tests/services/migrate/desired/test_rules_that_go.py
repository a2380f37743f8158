"""Rules that are not wanted, of UNIQUE indexes and of tables: each is asked for, unless something wanted keeps it."""

from __future__ import annotations

from pathlib import Path

import pytest

from steward_app.kernel.errors import UsageError
from steward_app.services.migrate.desired.model import Answers, Asks, Key, Place, Rename

from .walking import found, made, reached

TABLE = "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b TEXT)"
RULE = "CREATE UNIQUE INDEX one ON t(a, b)"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return made(tmp_path, "file.db", TABLE, RULE, "INSERT INTO t VALUES (1, 'x', 'y')")


def wanted(folder: Path, *statements: str) -> Path:
    path = folder / "wanted.sql"
    path.write_text(";\n".join(statements), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "instead",
    [
        (TABLE,),
        (TABLE, "CREATE INDEX one ON t(a, b)"),
        (TABLE, "CREATE UNIQUE INDEX one ON t(a, b, id)"),
        (TABLE, "CREATE UNIQUE INDEX one ON t(a) WHERE b > ''"),
        (TABLE.replace("b TEXT", "b TEXT NOT NULL"),),
    ],
)
def test_a_rule_that_nothing_keeps_is_asked_for(file: Path, tmp_path: Path, instead: tuple[str, ...]) -> None:
    to = wanted(tmp_path, *instead)
    (question,) = found(file, to).questions
    assert (question.asks, question.place, question.index) == (Asks.UNIQUE, Place("t"), "one")
    assert question.sentence == (
        "The UNIQUE index “one” of “t” is not wanted any more, and nothing else keeps two rows from having the same in"
        " a, b. Does it go?"
    )
    way = reached(file, to, Answers(indexes=("ONE",)))
    assert way.losses == ()
    assert way.undo is not None


@pytest.mark.parametrize(
    "instead",
    [
        (TABLE, "CREATE UNIQUE INDEX other ON t(b, a)"),
        (TABLE, "CREATE UNIQUE INDEX one ON t(a)"),
        (TABLE, "CREATE UNIQUE INDEX one ON t(a COLLATE NOCASE, b)"),
        ("CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT UNIQUE, b TEXT)",),
        (TABLE, RULE, "CREATE INDEX more ON t(a)"),
    ],
)
def test_a_rule_that_something_keeps_is_not(file: Path, tmp_path: Path, instead: tuple[str, ...]) -> None:
    reached(file, wanted(tmp_path, *instead))


@pytest.mark.parametrize(
    ("declared", "index", "kept"),
    [
        ("a TEXT", "lower(a)", True),
        ("a TEXT", 'UPPER("a")', True),
        ("a TEXT COLLATE NOCASE", "lower(a)", True),
        ("a TEXT", "trim(a)", True),
        ("a TEXT COLLATE NOCASE", "trim(a)", False),  # “A” and “a” were one value
        ("a", "lower(a)", False),  # 1 and 1.0 are one value, and two texts
        ("a TEXT", "length(a) % 2", False),
        ("a TEXT", "nullif(a, 'x')", False),
    ],
)
def test_a_rule_of_a_function_may_be_the_stricter_one(
    tmp_path: Path, declared: str, index: str, kept: bool
) -> None:
    table = f"CREATE TABLE t(id INTEGER PRIMARY KEY, {declared})"
    file = made(tmp_path, "file.db", table, "CREATE UNIQUE INDEX one ON t(a)")
    to = wanted(tmp_path, table, f"CREATE UNIQUE INDEX other ON t({index})")
    assert [each.index for each in found(file, to).questions] == ([] if kept else ["one"])


def test_an_index_that_is_no_rule_goes_without_a_question(tmp_path: Path) -> None:
    file = made(tmp_path, "file.db", TABLE, "CREATE INDEX one ON t(a, b)")
    reached(file, wanted(tmp_path, TABLE))


def test_of_a_column_or_table_that_goes_the_column_or_table_is_asked(file: Path, tmp_path: Path) -> None:
    to = wanted(tmp_path, "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT)")
    assert [each.asks for each in found(file, to).questions] == [Asks.LOST]
    reached(file, to, Answers(gone=(Place("t", "b"),)))
    reached(file, wanted(tmp_path, "CREATE TABLE u(x)"), Answers(gone=(Place("t"),)))


def test_a_rule_goes_on_under_new_names(file: Path, tmp_path: Path) -> None:
    renames = (Rename("", "t", "u"), Rename("t", "a", "c"))
    table = "CREATE TABLE u(id INTEGER PRIMARY KEY, c TEXT, b TEXT)"
    (question,) = found(file, wanted(tmp_path, table), Answers(renames)).questions
    assert (question.asks, question.place, question.keyed) == (Asks.UNIQUE, Place("t"), "c, b")
    reached(file, wanted(tmp_path, table, "CREATE UNIQUE INDEX named ON u(c, b)"), Answers(renames))


def test_an_answer_about_no_index_is_wrong_usage(file: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no index “two”"):
        found(file, wanted(tmp_path, TABLE), Answers(indexes=("two",)))


@pytest.mark.parametrize(
    ("before", "after", "rule", "columns"),
    [
        ("id INTEGER PRIMARY KEY, a TEXT UNIQUE", "id INTEGER PRIMARY KEY, a TEXT", "UNIQUE", ("a",)),
        ("a, b, UNIQUE (b, a)", "a, b", "UNIQUE", ("b", "a")),
        ("a, b, UNIQUE (a)", "a, b, UNIQUE (a, b)", "UNIQUE", ("a",)),
        ("a TEXT COLLATE NOCASE UNIQUE", "a TEXT UNIQUE", "UNIQUE", ("a",)),
        ("a INTEGER PRIMARY KEY, b", "a INTEGER, b", "PRIMARY KEY", ("a",)),
        ("a INT PRIMARY KEY, b INT", "a INT, b INT, PRIMARY KEY (a, b)", "PRIMARY KEY", ("a",)),
        ("a TEXT PRIMARY KEY, b INT", "a TEXT, b INT PRIMARY KEY", "PRIMARY KEY", ("a",)),
        ("a PRIMARY KEY, b, UNIQUE (a)", "a, b", "PRIMARY KEY", ("a",)),
    ],
)
def test_a_rule_of_the_table_itself_is_asked_for(
    tmp_path: Path, before: str, after: str, rule: str, columns: tuple[str, ...]
) -> None:
    file = made(tmp_path, "file.db", f"CREATE TABLE t({before})")
    to = wanted(tmp_path, f"CREATE TABLE t({after})")
    (question,) = found(file, to).questions
    assert question.key == Key("t", columns)
    assert question.sentence == (
        f"The {rule} ({', '.join(columns)}) of “t” is not wanted any more, and nothing else keeps two rows from having"
        " the same in it. Does it go?"
    )
    reached(file, to, question.gone)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a INTEGER PRIMARY KEY, b", "a INT PRIMARY KEY, b"),
        ("a INT NOT NULL PRIMARY KEY, b", "a INT NOT NULL UNIQUE, b"),
        ("a, b, UNIQUE (a, b)", "a, b, UNIQUE (b)"),
        ("a TEXT UNIQUE, b", "a TEXT COLLATE NOCASE UNIQUE, b"),
        ("a UNIQUE, b, UNIQUE (a, b)", "a UNIQUE, b"),
        ("a UNIQUE ON CONFLICT REPLACE", "a UNIQUE"),
    ],
)
def test_a_rule_of_the_table_that_something_keeps_is_not(tmp_path: Path, before: str, after: str) -> None:
    file = made(tmp_path, "file.db", f"CREATE TABLE t({before})")
    reached(file, wanted(tmp_path, f"CREATE TABLE t({after})"))


def test_a_rule_of_the_table_has_the_names_of_the_file(tmp_path: Path) -> None:
    file = made(tmp_path, "file.db", "CREATE TABLE t(a, b, UNIQUE (a, b))")
    to, renames = wanted(tmp_path, "CREATE TABLE u(c, b)"), (Rename("", "t", "u"), Rename("t", "a", "c"))
    (question,) = found(file, to, Answers(renames)).questions
    assert question.key == Key("t", ("a", "b"))
    reached(file, to, Answers(renames, keys=(Key("T", ("B", "A")),)))


def test_an_answer_about_no_rule_of_a_table_is_wrong_usage(file: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="“t” has no UNIQUE or PRIMARY KEY of a, b"):
        found(file, wanted(tmp_path, TABLE, RULE), Answers(keys=(Key("t", ("a", "b")),)))
