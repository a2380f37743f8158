"""One table made two and two made one: what goes along, what stays, what is refused, and the way back."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from steward_app.db import open_read, open_write
from steward_app.db.runner import unenforced
from steward_app.kernel.errors import Failure, Refused, StewardError, UsageError
from steward_app.kernel.values import Row
from steward_app.services.migrate.desired.diff import way_back
from steward_app.services.migrate.edit.model import Edit, MergeTable, SplitTable
from steward_app.services.migrate.edit.write import write

from ..any_edits import run, texts  # noqa: TID252  the runner's way of running them
from .test_keeping import told

VISIT = """CREATE TABLE visit(
    id INTEGER PRIMARY KEY,
    day TEXT NOT NULL, -- as the clinic writes it
    fee ANY CHECK (fee <> 0), -- in cents
    paid ANY DEFAULT 'no' COLLATE NOCASE,
    twice ANY AS (fee * 2),
    clinic INT REFERENCES clinic(id) ON DELETE SET NULL,
    UNIQUE (fee, paid), /* once */
    CONSTRAINT days CHECK (length(day) > 0)
) STRICT"""
ROWS = (
    "INSERT INTO visit(id, day, fee, paid, clinic) VALUES (3, 'mo', '7', 'yes', 1), (9, 'tu', 7, NULL, NULL)"
)
SPLIT = SplitTable("visit", "bill", ("fee", "paid", "twice"), "visit_id")


def database(tmp_path: Path, *statements: str) -> Path:
    return (
        a_database(tmp_path)
        .with_sql("CREATE TABLE clinic(id INTEGER PRIMARY KEY)", "INSERT INTO clinic VALUES (1)", *statements)
        .build()
    )


def apply(path: Path, *edits: Edit) -> tuple[str, ...] | None:
    """Make edits; the statements that take them back, or None."""
    with open_write(path) as session:
        back = way_back(session, edits)
        run(session, write(session, edits).statements)
        assert session.all("PRAGMA foreign_key_check") == []
        return back


def all_of(path: Path, query_sql: str) -> list[Row]:
    with open_read(path) as session:
        return session.all(query_sql)


def whole(path: Path) -> tuple[dict[str, str], dict[str, list[Row]]]:
    """Every text, and every row with rowids and types."""
    with open_read(path) as session:
        return texts(path), told(session)


def test_columns_go_with_their_rules_indexes_and_remarks(tmp_path: Path) -> None:
    path = database(
        tmp_path,
        VISIT,
        ROWS,
        "CREATE INDEX dear ON visit(fee DESC) WHERE paid IS NULL",
        "CREATE INDEX days ON visit(day)",
    )
    before = whole(path)
    back = apply(path, SPLIT)
    now = texts(path)
    assert (
        now["visit"]
        == """CREATE TABLE visit(
    id INTEGER PRIMARY KEY,
    day TEXT NOT NULL, -- as the clinic writes it
    clinic INT REFERENCES clinic(id) ON DELETE SET NULL,
    CONSTRAINT days CHECK (length(day) > 0)
) STRICT"""
    )
    assert (
        now["bill"]
        == """CREATE TABLE bill (
    visit_id INTEGER PRIMARY KEY REFERENCES visit (id) ON DELETE CASCADE ON UPDATE CASCADE,
    fee ANY CHECK (fee <> 0), -- in cents
    paid ANY DEFAULT 'no' COLLATE NOCASE,
    twice ANY AS (fee * 2),
    UNIQUE (fee, paid) /* once */
) STRICT"""
    )
    assert now["dear"] == "CREATE INDEX dear ON bill(fee DESC) WHERE paid IS NULL"
    assert now["days"] == "CREATE INDEX days ON visit(day)"
    assert all_of(path, "SELECT visit_id, typeof(fee), fee, paid, twice FROM bill") == [
        (3, "text", "7", "yes", 14),
        (9, "integer", 7, None, 14),
    ]
    assert back is not None
    with open_write(path) as session:
        run(session, back)
    assert whole(path) == before


@pytest.mark.parametrize(
    ("key", "points"),
    [
        ("k TEXT NOT NULL PRIMARY KEY COLLATE NOCASE", "o TEXT NOT NULL PRIMARY KEY COLLATE NOCASE"),
        ("k INT NOT NULL PRIMARY KEY", "o INT NOT NULL PRIMARY KEY"),
        ("k INTEGER NOT NULL PRIMARY KEY DESC", "o INT NOT NULL PRIMARY KEY"),
    ],
)
def test_the_key_points_back_as_it_compares(tmp_path: Path, key: str, points: str) -> None:
    path = database(tmp_path, f"CREATE TABLE t({key}, a, b)", "INSERT INTO t VALUES ('1', 2, 3)")
    apply(path, SplitTable("t", "other", ("a",), "o"))
    assert points in texts(path)["other"]
    apply(path, MergeTable("t", "other", "o"))
    assert texts(path)["t"] == f"CREATE TABLE t({key}, b, a)"
    assert len(all_of(path, "SELECT * FROM t WHERE a = 2 AND b = 3")) == 1


@pytest.mark.parametrize(
    ("also", "columns", "said"),
    [
        ("", ("id",), "“id” is the key of “visit” and stays"),
        (
            "",
            ("fee", "twice"),
            r"“UNIQUE \(fee, paid\)” is about columns that go and about columns that stay",
        ),
        ("", ("fee", "paid"), "“GENERATED ALWAYS AS|“AS .fee . 2.” is about columns that go"),
        ("CREATE INDEX i ON visit(clinic, day)", ("clinic",), "The index “i” is about columns that go"),
        ("CREATE VIEW v AS SELECT clinic FROM visit", ("clinic",), "“v” would not work any more"),
        (
            "CREATE TRIGGER w AFTER INSERT ON clinic BEGIN UPDATE visit SET clinic = 1; END",
            ("clinic",),
            "“w” would not work any more",
        ),
        ('CREATE VIEW v AS SELECT "clinic" FROM visit', ("clinic",), "“clinic” is named in double quotes"),
        ("CREATE TABLE pay(x REFERENCES visit(clinic))", ("clinic",), "“pay” points to “clinic”"),
        (
            "CREATE TRIGGER w AFTER UPDATE OF Clinic ON visit BEGIN SELECT 1; END",
            ("clinic",),
            "“w” would not work any more",
        ),
    ],
)
def test_a_split_that_would_break_something_is_refused(
    tmp_path: Path, also: str, columns: tuple[str, ...], said: str
) -> None:
    path = database(tmp_path, VISIT, *filter(None, [also]))
    with pytest.raises(StewardError, match=said):
        apply(path, SplitTable("visit", "other", columns, "visit_id"))


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("CREATE TABLE t(a, b)", "no primary key of one column"),
        ("CREATE TABLE t(a PRIMARY KEY, b)", "no primary key of one column that always has a value"),
        ("CREATE TABLE t(a, b, PRIMARY KEY (a, b))", "no primary key of one column"),
    ],
)
def test_a_table_without_a_key_is_not_split(tmp_path: Path, table: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        apply(database(tmp_path, table), SplitTable("t", "other", ("b",), "t_id"))


def test_a_split_of_nothing_is_none(tmp_path: Path) -> None:
    path = database(tmp_path, VISIT)
    with pytest.raises(UsageError, match="No column is named"):
        apply(path, SplitTable("visit", "other", (), "visit_id"))
    with pytest.raises(UsageError, match="no column “nothing”"):
        apply(path, SplitTable("visit", "other", ("nothing",), "visit_id"))


def test_rows_that_came_since_a_split_get_the_default_back(tmp_path: Path) -> None:
    path = database(
        tmp_path,
        "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT NOT NULL DEFAULT 'new', b TEXT DEFAULT 'x')",
        "INSERT INTO t VALUES (1, 'old', NULL)",
    )
    back = apply(path, SplitTable("t", "other", ("a", "b"), "t_id"))
    assert back is not None
    with open_write(path) as session:
        with session.transaction():
            session.run("INSERT INTO t VALUES (2)")
        run(session, back)
    assert all_of(path, "SELECT * FROM t") == [(1, "old", None), (2, "new", None)]


PERSON = "CREATE TABLE person(id INTEGER PRIMARY KEY, name TEXT /* whole */)"
NOTE = """CREATE TABLE note(
    person_id INTEGER NOT NULL UNIQUE REFERENCES person ON DELETE CASCADE,
    id INTEGER PRIMARY KEY,
    said NOT NULL COLLATE RTRIM, -- by whom
    day TEXT DEFAULT 'today',
    CHECK (said <> day)
)"""
FILLED = (
    PERSON,
    NOTE,
    "CREATE INDEX by_day ON note(day, said)",
    "INSERT INTO person VALUES (1, 'Ann'), (2, 'Bob'), (5, 'Cy')",
    "INSERT INTO note VALUES (5, 1, 'a', 'mo'), (1, 2, x'00', NULL)",
    "CREATE TRIGGER stamp AFTER UPDATE ON person BEGIN UPDATE person SET name = name || '!'; END",
)
MERGE = MergeTable("person", "note", "person_id", (("id", "note_id"),))


def test_a_merge_brings_columns_rules_indexes_and_remarks(tmp_path: Path) -> None:
    path = database(tmp_path, *FILLED)
    assert apply(path, MERGE) is None  # which rows there were is not to be told any more
    now = texts(path)
    assert now["person"] == (
        "CREATE TABLE person(id INTEGER PRIMARY KEY, name TEXT /* whole */, note_id INTEGER UNIQUE,"
        " said COLLATE RTRIM /* by whom */, day TEXT DEFAULT 'today', CHECK (said <> day))"
    )
    assert now["by_day"] == "CREATE INDEX by_day ON person(day, said)"
    assert "note" not in now
    assert all_of(path, "SELECT * FROM person") == [
        (1, "Ann", 2, b"\x00", None),
        (2, "Bob", None, None, None),
        (5, "Cy", 1, "a", "mo"),
    ]


def test_a_complete_merge_keeps_what_must_be_and_leads_back(tmp_path: Path) -> None:
    path = database(tmp_path, *FILLED, "INSERT INTO note VALUES (2, 7, 'b', 'tu')")
    before = whole(path)
    back = apply(path, MergeTable("person", "note", "person_id", (("id", "note_id"),), complete=True))
    assert "said NOT NULL COLLATE RTRIM" in texts(path)["person"]
    assert back is not None
    with open_write(path) as session:
        run(session, back)
    assert whole(path) == before


@pytest.mark.parametrize(
    ("row", "complete", "rule"),
    [
        ("INSERT INTO note VALUES (77, 3, 'c', 'we')", False, "each row of note belongs to one of person"),
        ("DELETE FROM note WHERE id = 1", True, "each row of person belongs to one of note"),
    ],
)
def test_no_row_is_lost_in_a_merge(tmp_path: Path, row: str, complete: bool, rule: str) -> None:
    path = database(tmp_path, *FILLED)
    edit = MergeTable("person", "note", "person_id", (("id", "note_id"),), complete=complete)
    with open_write(path) as session, unenforced(session), session.transaction():
        session.run("DELETE FROM person WHERE id = 2")
        session.run(row)
    before = whole(path)
    with open_write(path) as session, pytest.raises(Failure, match=f"CHECK constraint failed: {rule}"):
        run(session, write(session, [edit]).statements)
    assert whole(path) == before


@pytest.mark.parametrize(
    ("note", "also", "said"),
    [
        ("person_id INTEGER, said", "", "Several rows of “note” may belong to one of “person”"),
        ("person_id TEXT UNIQUE, said", "", "are of different types or compare texts otherwise"),
        ("person_id INTEGER COLLATE NOCASE UNIQUE, said", "", "are of different types or compare"),
        ("person_id INTEGER, said, UNIQUE (person_id COLLATE NOCASE)", "", "Several rows of “note”"),
        (
            "person_id INTEGER UNIQUE REFERENCES person(name), x",
            "",
            "points elsewhere than to “id” of “person”",
        ),
        (
            "person_id INTEGER UNIQUE REFERENCES person REFERENCES clinic, x",
            "",
            "points elsewhere than to “id”",
        ),
        ("person_id INTEGER UNIQUE, x, FOREIGN KEY (x, person_id) REFERENCES person", "", "points elsewhere"),
        ("person_id INTEGER UNIQUE, name", "", "Both tables have a column “name”"),
        ("person_id INTEGER UNIQUE, said CHECK (said <> person_id)", "", "is about “person_id”, which goes"),
        ("person_id INTEGER UNIQUE CHECK (person_id > 0), said", "", "is about “person_id”, which goes"),
        ("person_id INTEGER UNIQUE, said AS (person_id)", "", "is about “person_id”, which goes"),
        ('person_id INTEGER UNIQUE, said CHECK (said <> "name")', "", "is a text here and would be a column"),
        ("person_id INTEGER UNIQUE, said ANY) STRICT; --", "", "is STRICT and the other is not"),
        ("person_id INTEGER UNIQUE, said", "CREATE TABLE x(y REFERENCES note)", "“x” points to “note”"),
        ("person_id INTEGER UNIQUE, said", "CREATE VIEW v AS SELECT said FROM note", "“v” would not work"),
        (
            "person_id INTEGER UNIQUE, said",
            "CREATE INDEX i ON note(said, person_id)",
            "The index “i” is about",
        ),
        (
            "person_id INTEGER UNIQUE, said",
            "CREATE TRIGGER w AFTER INSERT ON note BEGIN SELECT 1; END",
            "The trigger “w” of “note” would go with it",
        ),
    ],
)
def test_a_merge_that_would_break_something_is_refused(
    tmp_path: Path, note: str, also: str, said: str
) -> None:
    path = database(tmp_path, PERSON, f"CREATE TABLE note({note})", *filter(None, [also]))
    with pytest.raises(StewardError, match=said):
        apply(path, MergeTable("person", "note", "person_id"))


def test_a_table_is_not_merged_into_itself(tmp_path: Path) -> None:
    path = database(tmp_path, PERSON)
    with pytest.raises(UsageError, match="into itself"):
        apply(path, MergeTable("person", "person", "id"))
    with pytest.raises(UsageError, match="no table “nobody”"):
        apply(path, MergeTable("person", "nobody", "id"))
