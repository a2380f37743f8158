"""Full-text indexes over a table that is edited: they find the same words afterwards, and the way back leads back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from builders import a_database
from steward_app.db import Session, open_read, open_write
from steward_app.db.runner import unenforced
from steward_app.kernel.errors import Refused
from steward_app.services.migrate.desired.diff import way_back
from steward_app.services.migrate.edit.model import (
    DropColumn,
    DropObject,
    Edit,
    FillFullText,
    MoveColumn,
    RenameColumn,
    RenameTable,
    SetDefault,
    SetNotNull,
    SetOption,
    SetPrimaryKey,
    SetType,
    SplitTable,
)
from steward_app.services.migrate.edit.write import write
from steward_app.services.schema import read_schema
from steward_app.services.schema.searchable import holds_its_texts, unreadable

NOTES = (
    "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b TEXT, c)",
    "INSERT INTO t VALUES (5, 'hello world', 'one', 1), (9, 'foo bar', 'two', 2)",
)
SEARCHED = (
    *NOTES,
    "CREATE VIRTUAL TABLE f USING fts5(a, b, content='t', content_rowid='id', tokenize=porter)",
)
KEPT_IN_STEP = (
    *SEARCHED,
    "CREATE TRIGGER ai AFTER INSERT ON t BEGIN INSERT INTO f(rowid, a, b) VALUES (new.id, new.a, new.b); END",
    "CREATE TRIGGER ad AFTER DELETE ON t BEGIN"
    " INSERT INTO f(f, rowid, a, b) VALUES ('delete', old.id, old.a, old.b); END",
    "CREATE VIEW hits AS SELECT rowid, f.a AS said FROM f WHERE a LIKE 'hello%'",
)
FTS4 = (*NOTES, 'CREATE VIRTUAL TABLE f USING fts4(content="t", a, b, notindexed=b)')
RENAMES = [
    [RenameTable("t", "tt")],
    [RenameTable("t", "T's \"1")],
    [RenameTable("t", "T")],
    [RenameColumn("t", "a", "z")],
    [RenameColumn("t", "A", "z y"), RenameColumn("t", "b", "a"), RenameTable("t", "u")],
    [RenameColumn("t", "id", "nr")],
    [MoveColumn("t", "b", "id"), RenameColumn("t", "b", "z")],
    [SetDefault("t", "c", "3")],
]


def database(tmp_path: Path, sql: Sequence[str]) -> Path:
    return a_database(tmp_path).with_sql(*sql, "INSERT INTO f(f) VALUES ('rebuild')").build()


def run(path: Path, statements: Sequence[str]) -> None:
    with open_write(path) as session, unenforced(session), session.transaction():
        for statement in statements:
            session.run(statement)


def make(path: Path, *edits: Edit) -> tuple[str, ...]:
    with open_read(path) as session:
        found = write(session, edits).statements
    run(path, found)
    return found


def words(path: Path, word: str) -> list[object]:
    with open_read(path) as session:
        assert unreadable(session, read_schema(session)) == {}
        return [row for (row,) in session.all("SELECT rowid FROM f WHERE f MATCH ? ORDER BY 1", (word,))]


def texts(session: Session) -> dict[str, str]:
    named = "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL"
    return {str(name): str(sql) for name, sql in session.all(named)}


@pytest.mark.parametrize("edits", RENAMES, ids=str)
@pytest.mark.parametrize("sql", [SEARCHED, KEPT_IN_STEP, FTS4], ids=["alone", "kept in step", "fts4"])
def test_an_index_follows_its_table_and_the_way_back_leads_back(
    tmp_path: Path, sql: tuple[str, ...], edits: list[Edit]
) -> None:
    path = database(tmp_path, sql)
    with open_read(path) as session:
        back, index = way_back(session, edits), texts(session)["f"]
    statements = make(path, *edits)
    assert sum("'rebuild'" in each for each in statements) <= 1
    assert words(path, "hello") == [5]
    if sql is KEPT_IN_STEP:
        run(path, [f"INSERT INTO {name_of(path)} VALUES (11, 'hello again', 'x', 1)"])
        assert words(path, "again") == [11]
        run(path, [f"DELETE FROM {name_of(path)} WHERE rowid = 11"])
        assert words(path, "hello") == [5]
        with open_read(path) as session:
            assert session.all("SELECT rowid FROM hits") == [(5,)]
    assert back is not None
    run(path, back)
    assert words(path, "bar") == [9]
    with open_read(path) as session:
        assert texts(session)["f"] == index


def name_of(path: Path) -> str:
    """What the table with the texts is called now, quoted."""
    with open_read(path) as session:
        name = session.value("SELECT tbl_name FROM sqlite_schema WHERE name = 'ai'")
        return '"' + str(name).replace('"', '""') + '"'


@pytest.mark.parametrize("sql", [SEARCHED, FTS4], ids=["fts5", "fts4"])
@pytest.mark.parametrize(("column", "stay"), [("b", "a"), ("a", "b")])
def test_a_column_goes_from_the_index_too(
    tmp_path: Path, sql: tuple[str, ...], column: str, stay: str
) -> None:
    path = database(tmp_path, sql)
    make(path, DropColumn("t", column))
    with open_read(path) as session:
        assert session.all(f"SELECT {stay} FROM f WHERE rowid = 5") == [
            ("hello world" if stay == "a" else "one",)
        ]
    if not (sql is FTS4 and stay == "b"):
        assert words(path, "hello" if stay == "a" else "two") == [5 if stay == "a" else 9]


FEEDS = (
    (
        "INSERT INTO f(rowid, a, b) VALUES (new.id, new.a, coalesce(new.b, ',')) /* why */;",
        "INSERT INTO f(rowid, a) VALUES (new.id, new.a) /* why */;",
    ),
    (
        'INSERT INTO f("b", rowid, a) VALUES (new.b, new.id, new.a);',
        "INSERT INTO f(rowid, a) VALUES (new.id, new.a);",
    ),
    (
        "INSERT INTO f(rowid, B, a) SELECT new.id, (new.b), new.a WHERE new.a > '';",
        "INSERT INTO f(rowid, a) SELECT new.id, new.a WHERE new.a > '';",
    ),
    (
        "UPDATE other SET b = 2; INSERT INTO f(rowid, a, b) VALUES (new.id, new.a, new.b);",
        "UPDATE other SET b = 2; INSERT INTO f(rowid, a) VALUES (new.id, new.a);",
    ),
    (
        "INSERT INTO other VALUES (new.id); INSERT INTO f(rowid, a, b) VALUES (new.id, new.a, new.b);",
        "INSERT INTO other VALUES (new.id); INSERT INTO f(rowid, a) VALUES (new.id, new.a);",
    ),
)


@pytest.mark.parametrize(("body", "without"), FEEDS)
def test_triggers_go_on_feeding_the_index_without_a_column_that_goes(
    tmp_path: Path, body: str, without: str
) -> None:
    trigger = "CREATE TRIGGER ai AFTER INSERT ON t BEGIN {} END"
    path = database(tmp_path, (*SEARCHED, "CREATE TABLE other (b)", trigger.format(body)))
    make(path, DropColumn("t", "b"))
    run(path, ["INSERT INTO t (id, a) VALUES (11, 'again')"])
    assert words(path, "again") == [11] and words(path, "hello") == [5]
    with open_read(path) as session:
        assert texts(session)["ai"] == trigger.format(without)


def test_triggers_of_updates_and_deletes_follow_too(tmp_path: Path) -> None:
    path = database(
        tmp_path,
        (
            *KEPT_IN_STEP,
            "CREATE TRIGGER au AFTER UPDATE OF b, a ON t BEGIN"
            " INSERT INTO f(f, rowid, a, b) VALUES ('delete', old.id, old.a, old.b);"
            " INSERT INTO f(rowid, a, b) VALUES (new.id, new.a, new.b); END",
            "CREATE TRIGGER alone AFTER UPDATE OF c, b ON t BEGIN SELECT 1; END",
        ),
    )
    make(path, DropColumn("t", "b"))
    run(path, ["UPDATE t SET a = 'changed' WHERE id = 5", "DELETE FROM t WHERE id = 9"])
    assert words(path, "changed") == [5] and words(path, "hello") == words(path, "foo") == []
    with open_read(path) as session:
        assert "UPDATE OF a ON t" in texts(session)["au"]
        assert "UPDATE OF c, b ON t" in texts(session)["alone"]  # it feeds nothing: lint tells of it


@pytest.mark.parametrize(
    ("edit", "word", "found"),
    [
        (SetType("t", "a", "TEXT", using="upper(a) || ' more'"), "more", [5, 9]),
        (SetPrimaryKey("t", ("c",)), "hello", [5]),
        (SetOption("t", "STRICT", on=False), "hello", [5]),
    ],
)
def test_an_index_reads_again_what_a_rebuild_changes(
    tmp_path: Path, edit: Edit, word: str, found: list[int]
) -> None:
    path = database(tmp_path, SEARCHED)
    make(path, edit)
    assert words(path, word) == found


FILLED = "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b TEXT, c)"
GAPS = "INSERT INTO t VALUES (5, 'hello world', NULL, 1), (9, 'foo bar', 'two', NULL)"
OVER = "CREATE VIRTUAL TABLE f USING fts5(a, b, content='{}', content_rowid='id')"
IN_STEP = (
    "CREATE TRIGGER au AFTER UPDATE {} ON t BEGIN"
    " INSERT INTO f(f, rowid, a, b) VALUES ('delete', old.id, old.a, old.b);"
    " INSERT INTO f(rowid, a, b) VALUES (new.id, new.a, new.b); END"
)
FILL = SetNotNull("t", "b", True, "'filled'")


@pytest.mark.parametrize(
    ("more", "edits", "again"),
    [
        ((), [FILL], 1),
        ((), [FILL, SetDefault("t", "b", "'q'")], 1),
        ((), [SetDefault("t", "b", "'q'"), FILL], 1),
        ((), [SetNotNull("t", "c", True, "1")], 0),
        ((), [FILL, SetType("t", "a", "TEXT", using="upper(a)")], 1),
        ((IN_STEP.format(""),), [FILL], 0),
        ((IN_STEP.format("OF a, B"),), [FILL], 0),
        ((IN_STEP.format("OF a"),), [FILL], 1),
        ((IN_STEP.format(""),), [SetDefault("t", "b", "'q'"), FILL], 1),
    ],
    ids=str,
)
@pytest.mark.parametrize("over", ["t", "seen"])
def test_an_index_reads_again_where_nulls_of_its_column_are_filled(
    tmp_path: Path, over: str, more: tuple[str, ...], edits: list[Edit], again: int
) -> None:
    view = "CREATE VIEW seen AS SELECT id, a, b FROM t"
    path = database(tmp_path, (FILLED, GAPS, view, OVER.format(over), *more))
    statements = make(path, *edits)
    if over == "t" or again:
        assert sum("'rebuild'" in each for each in statements) == again
    with open_write(path) as session, session.transaction():
        (index,) = (each for each in read_schema(session).tables if each.name == "f")
        assert holds_its_texts(session, index)


@pytest.mark.parametrize(
    "edits",
    [
        [DropColumn("t", "a"), DropColumn("t", "b")],
        [DropObject("table", "t")],
        [SplitTable("t", "words", ("a", "b"), "t_id")],
    ],
    ids=str,
)
def test_what_would_leave_an_index_without_its_texts_is_refused(tmp_path: Path, edits: list[Edit]) -> None:
    path = database(tmp_path, SEARCHED)
    with open_read(path) as session, pytest.raises(Refused, match="“f” could not be read any more"):
        write(session, edits)
    make(path, DropObject("table", "f"), *edits)


def test_an_index_by_the_numbers_of_rows_keeps_its_table_from_losing_them(tmp_path: Path) -> None:
    keyed = "CREATE TABLE w(word TEXT PRIMARY KEY)"
    path = database(tmp_path, (keyed, "CREATE VIRTUAL TABLE f USING fts5(word, content=w)"))
    edit = SetOption("w", "WITHOUT ROWID", on=True)
    with open_read(path) as session, pytest.raises(Refused, match="“f” could not be read any more"):
        write(session, [edit])
    make(path, DropObject("table", "f"), edit)


def test_an_index_over_a_view_is_refused_until_it_is_dropped_and_made_anew(tmp_path: Path) -> None:
    view = "CREATE VIEW seen AS SELECT id, a FROM t"
    path = database(
        tmp_path,
        (*NOTES, view, "CREATE VIRTUAL TABLE f USING fts5(a, content=seen, content_rowid=id)"),
    )
    rename = RenameColumn("t", "a", "z")
    with open_read(path) as session, pytest.raises(Refused, match="“f” could not be read any more"):
        write(session, [rename])
    make(path, RenameColumn("t", "b", "z"), FillFullText("f"))
    assert words(path, "hello") == [5]
