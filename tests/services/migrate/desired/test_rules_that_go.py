"""UNIQUE indexes that are not wanted: each is asked for, unless something that is wanted keeps its rule."""

from __future__ import annotations

from pathlib import Path

import pytest

from steward_app.kernel.errors import UsageError
from steward_app.services.migrate.desired.model import Answers, Asks, Place, Rename

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
        (TABLE, "CREATE UNIQUE INDEX one ON t(a COLLATE NOCASE, b COLLATE NOCASE)"),
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
        ("CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT UNIQUE, b TEXT)",),
        (TABLE, RULE, "CREATE INDEX more ON t(a)"),
    ],
)
def test_a_rule_that_something_keeps_is_not(file: Path, tmp_path: Path, instead: tuple[str, ...]) -> None:
    reached(file, wanted(tmp_path, *instead))


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
