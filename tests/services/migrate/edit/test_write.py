"""Edits as SQL: what each makes of a table, and of its rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from steward_app.db import open_read, open_write
from steward_app.db.runner import unenforced
from steward_app.kernel.errors import ErrorCode, Refused, StewardError, UsageError
from steward_app.services.migrate.edit.model import (
    FIRST,
    AddColumn,
    AddConstraint,
    CreateObject,
    DropColumn,
    DropConstraint,
    DropObject,
    Edit,
    MergeTable,
    MoveColumn,
    RenameColumn,
    RenameTable,
    ReplaceObject,
    RewriteTable,
    SetCollation,
    SetDefault,
    SetGenerated,
    SetNotNull,
    SetOption,
    SetPrimaryKey,
    SetType,
    SplitTable,
    Written,
)
from steward_app.services.migrate.edit.write import write, writing

TABLE = "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b INT CONSTRAINT pos CHECK (b > 0), c)"
ROWS = "INSERT INTO t VALUES (1, 'x', 1, 1), (5, NULL, 2, '2')"


def database(tmp_path: Path, *sql: str) -> Path:
    return a_database(tmp_path).with_sql(*(sql or (TABLE, ROWS))).build()


def apply(path: Path, *edits: Edit) -> Written:
    with open_write(path) as session:
        found = write(session, edits)
        with unenforced(session), session.transaction():
            for statement in found.statements:
                session.run(statement)
    return found


def text_of(path: Path, name: str = "t") -> str:
    with open_read(path) as session:
        return str(session.value("SELECT sql FROM sqlite_schema WHERE name = ?", (name,)))


def rows_of(path: Path, sql: str = "SELECT * FROM t") -> list[tuple[object, ...]]:
    with open_read(path) as session:
        return [tuple(row) for row in session.all(sql)]


@pytest.mark.parametrize(
    ("edit", "before", "after", "rebuilds"),
    [
        (AddColumn("t", "d INT NOT NULL DEFAULT 3"), ", c)", ", c, d INT NOT NULL DEFAULT 3)", False),
        (AddColumn("t", "d DEFAULT (1 + 1)"), ", c)", ", c, d DEFAULT (1 + 1))", True),
        (AddColumn("t", "d DEFAULT CURRENT_TIMESTAMP"), ", c)", ", c, d DEFAULT CURRENT_TIMESTAMP)", True),
        (AddColumn("t", "d UNIQUE"), ", c)", ", c, d UNIQUE)", True),
        (AddColumn("t", "d AS (id) STORED"), ", c)", ", c, d AS (id) STORED)", True),
        (AddColumn("t", "d AS (id)"), ", c)", ", c, d AS (id))", False),
        (AddColumn("t", "d REFERENCES t DEFAULT 1"), ", c)", ", c, d REFERENCES t DEFAULT 1)", False),
        (AddColumn("t", "d", "a"), "a TEXT,", "a TEXT, d,", True),
        (AddColumn("t", "d", FIRST), "t(id", "t(d, id", True),
        (DropColumn("t", "A"), " a TEXT,", "", False),
        (
            RenameColumn("t", "b", 'b"2'),
            "b INT CONSTRAINT pos CHECK (b > 0)",
            '"b""2" INT CONSTRAINT pos CHECK ("b""2" > 0)',
            False,
        ),
        (
            MoveColumn("t", "c", "id"),
            "KEY, a TEXT, b INT CONSTRAINT pos CHECK (b > 0), c)",
            "KEY, c, a TEXT, b INT CONSTRAINT pos CHECK (b > 0))",
            True,
        ),
        (SetType("t", "c", "INTEGER"), ", c)", ", c INTEGER)", True),
        (SetType("t", "a", ""), "a TEXT", "a", True),
        (SetDefault("t", "a", "'it''s'"), "a TEXT", "a TEXT DEFAULT 'it''s'", True),
        (SetNotNull("t", "b", on=True), "CHECK (b > 0)", "CHECK (b > 0) NOT NULL", False),
        (SetNotNull("t", "a", on=True, fill="'none'"), "a TEXT", "a TEXT NOT NULL", False),
        (SetCollation("t", "a", "NOCASE"), "a TEXT", "a TEXT COLLATE NOCASE", True),
        (SetGenerated("t", "c", "b * 2"), ", c)", ", c GENERATED ALWAYS AS (b * 2) VIRTUAL)", True),
        (AddConstraint("t", "CONSTRAINT n CHECK (c > 0)"), ", c)", ", c, CONSTRAINT n CHECK (c > 0))", False),
        (AddConstraint("t", "UNIQUE (a, b)"), ", c)", ", c, UNIQUE (a, b))", True),
        (
            AddConstraint("t", "FOREIGN KEY (c) REFERENCES t"),
            ", c)",
            ", c, FOREIGN KEY (c) REFERENCES t)",
            True,
        ),
        (DropConstraint("t", "POS"), " CONSTRAINT pos CHECK (b > 0)", "", False),
        (DropConstraint("t", text="check(b>0)", column="b"), " CONSTRAINT pos CHECK (b > 0)", "", True),
        (SetPrimaryKey("t", ("id",), autoincrement=True), "PRIMARY KEY", "PRIMARY KEY AUTOINCREMENT", True),
        (SetPrimaryKey("t", ("b", "id")), "", "", True),
        (SetOption("t", "WITHOUT ROWID", on=True), ", c)", ", c) WITHOUT ROWID", True),
    ],
    ids=lambda value: type(value).__name__ if hasattr(value, "table") else None,
)
def test_an_edit_changes_its_own_part_of_the_text(
    tmp_path: Path, edit: Edit, before: str, after: str, rebuilds: bool
) -> None:
    path = database(tmp_path)
    found = apply(path, edit)
    expected = TABLE.replace(before, after, 1)
    if edit == SetPrimaryKey("t", ("b", "id")):
        expected = TABLE.replace(" PRIMARY KEY", "").replace(", c)", ", c, PRIMARY KEY (b, id))")
    assert text_of(path) == expected
    assert found.rebuilt == (("t",) if rebuilds else ())
    with open_read(path) as session:
        assert session.all("PRAGMA integrity_check") == [("ok",)]
        assert session.count("SELECT count(*) FROM t") == 2


def test_several_edits_of_a_table_write_it_anew_once(tmp_path: Path) -> None:
    path = database(tmp_path)
    found = apply(
        path,
        SetDefault("t", "a", "'?'"),
        SetNotNull("t", "a", on=True, fill="'none'"),
        SetType("t", "c", "INT", using="c + 10"),
        AddColumn("t", "d INT NOT NULL DEFAULT 7", "a"),
        DropColumn("t", "b"),
        AddColumn("t", "b TEXT DEFAULT 'new'"),
    )
    assert sum(statement.startswith("INSERT OR ABORT INTO") for statement in found.statements) == 1
    assert rows_of(path) == [(1, "x", 7, 11, "new"), (5, "none", 7, 12, "new")]
    assert text_of(path) == (
        "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT DEFAULT '?' NOT NULL, d INT NOT NULL DEFAULT 7, c INT,"
        " b TEXT DEFAULT 'new')"
    )


def test_a_table_takes_a_whole_new_text(tmp_path: Path) -> None:
    path = database(tmp_path)
    whole = "CREATE TABLE T(c TEXT, -- first\n d DEFAULT 3, a TEXT NOT NULL, id INTEGER PRIMARY KEY)"
    found = apply(path, RewriteTable("t", whole, (("A", "coalesce(a, 'none')"),)))
    assert found.rebuilt == ("t",)
    assert text_of(path, "T") == whole
    assert rows_of(path) == [("1", 3, "x", 1), ("2", 3, "none", 5)]


def test_edits_of_several_tables_keep_their_order(tmp_path: Path) -> None:
    path = database(
        tmp_path, "CREATE TABLE a(x)", "CREATE TABLE b(x REFERENCES a(x))", "CREATE VIEW v AS SELECT x FROM a"
    )
    apply(
        path,
        SetType("a", "x", "TEXT"),
        RenameColumn("a", "x", "y"),
        SetDefault("b", "x", "1"),
        RenameTable("a", "c"),
        AddConstraint("c", "UNIQUE (y)"),
    )
    assert text_of(path, "c") == 'CREATE TABLE "c"(y TEXT, UNIQUE (y))'
    assert text_of(path, "b") == 'CREATE TABLE b(x DEFAULT 1 REFERENCES "c"(y))'.replace(
        "DEFAULT 1 ", ""
    ).replace("(y))", "(y) DEFAULT 1)")
    assert text_of(path, "v") == 'CREATE VIEW v AS SELECT y FROM "c"'


def test_values_that_were_computed_become_the_columns_own(tmp_path: Path) -> None:
    path = database(tmp_path, "CREATE TABLE t(a INT, g INT AS (a * 2) STORED)", "INSERT INTO t(a) VALUES (4)")
    apply(path, SetGenerated("t", "g", ""))
    assert text_of(path) == "CREATE TABLE t(a INT, g INT)"
    assert rows_of(path) == [(4, 8)]


def test_strict_refuses_rows_that_do_not_fit_and_nothing_changes(tmp_path: Path) -> None:
    path = database(tmp_path, "CREATE TABLE t(a INT)", "INSERT INTO t VALUES ('x')")
    with pytest.raises(StewardError):
        apply(path, SetOption("t", "STRICT", on=True))
    assert text_of(path) == "CREATE TABLE t(a INT)"
    assert rows_of(path) == [("x",)]


@pytest.mark.parametrize(
    "constraint",
    ["UNIQUE (b) ON CONFLICT REPLACE", "UNIQUE (b) ON CONFLICT IGNORE"],
    ids=["replace", "ignore"],
)
def test_a_constraint_that_drops_rows_later_drops_none_while_it_is_added(
    tmp_path: Path, constraint: str
) -> None:
    path = database(tmp_path, TABLE, "INSERT INTO t VALUES (1, 'x', 1, 1), (2, 'y', 1, 2)")
    with pytest.raises(StewardError):
        apply(path, AddConstraint("t", constraint))
    assert len(rows_of(path)) == 2


def test_statistics_of_an_index_that_goes_go_with_it(tmp_path: Path) -> None:
    path = database(
        tmp_path,
        "CREATE TABLE t(a UNIQUE, b)",
        "CREATE INDEX i ON t(b)",
        "INSERT INTO t VALUES (1, 2)",
        "ANALYZE",
    )
    apply(path, DropConstraint("t", text="UNIQUE", column="a"))
    assert rows_of(path, "SELECT idx FROM sqlite_stat1") == [("i",)]


def test_statistics_follow_a_table_to_its_new_name(tmp_path: Path) -> None:
    path = database(
        tmp_path,
        "CREATE TABLE t(a, b)",
        "CREATE INDEX i ON t(b)",
        "CREATE TABLE other(a)",
        "INSERT INTO t VALUES (1, 2)",
        "INSERT INTO other VALUES (1)",
        "ANALYZE",
    )
    apply(path, RenameTable("T", "it's new"))
    assert rows_of(path, "SELECT tbl, idx FROM sqlite_stat1 ORDER BY tbl") == [
        ("it's new", "i"),
        ("other", None),
    ]


@pytest.mark.parametrize("name", ["it's new", "T", "sqlite autoindex"])
def test_statistics_follow_the_indexes_that_sqlite_names_itself(tmp_path: Path, name: str) -> None:
    path = database(
        tmp_path,
        "CREATE TABLE t(a TEXT UNIQUE, b, sqlite_autoindex_t_1, UNIQUE (b, a), PRIMARY KEY (b)) WITHOUT ROWID",
        "CREATE INDEX i ON t(sqlite_autoindex_t_1)",
        "INSERT INTO t VALUES ('x', 2, 1)",
        "CREATE TABLE t1(a UNIQUE)",
        "INSERT INTO t1 VALUES (1)",
        "ANALYZE",
    )
    known = (
        "SELECT DISTINCT tbl, idx FROM {} WHERE tbl = idx OR idx IN (SELECT name FROM sqlite_schema"
        " WHERE type = 'index' AND tbl_name = tbl) ORDER BY 1, 2"
    )
    tables = ("sqlite_stat1", "sqlite_stat4")
    before = [len(rows_of(path, known.format(each))) for each in tables]
    apply(path, RenameTable("t", name))
    assert [len(rows_of(path, known.format(each))) for each in tables] == before == [5, 5]


def test_statistics_that_a_file_does_not_have_are_not_written(tmp_path: Path) -> None:
    path = database(
        tmp_path, "CREATE TABLE t(a)", "INSERT INTO t VALUES (1)", "ANALYZE", "DROP TABLE sqlite_stat4"
    )
    with open_read(path) as session, writing(session) as writer:
        writer.make([RenameTable("t", "new")])
        with writing(writer.empty) as back:  # as a file that takes back is written
            back.make([RenameTable("new", "t")])
    assert not [each for each in (*writer.statements, *back.statements) if "stat4" in each]
    assert [each for each in back.statements if "stat1" in each]


def test_a_trigger_may_be_left_to_somebody_else(tmp_path: Path) -> None:
    path = database(
        tmp_path, "CREATE TABLE t(a)", "CREATE TRIGGER mine AFTER INSERT ON t BEGIN SELECT 1; END"
    )
    with open_write(path) as session:
        found = write(session, [SetType("t", "a", "INT")], spared=lambda name: name == "mine")
    assert not any("TRIGGER" in statement for statement in found.statements)


def test_objects_come_go_and_change(tmp_path: Path) -> None:
    path = database(tmp_path, TABLE, ROWS, "CREATE VIEW v AS SELECT 1", "CREATE INDEX i ON t(a)")
    apply(
        path,
        CreateObject("CREATE TABLE u(x); -- done"),
        DropObject("index", "i"),
        ReplaceObject("view", "v", "CREATE VIEW v AS SELECT 2;"),
    )
    assert text_of(path, "u") == "CREATE TABLE u(x)"
    assert text_of(path, "v") == "CREATE VIEW v AS SELECT 2"
    assert text_of(path, "i") == "None"


def test_a_table_is_split_and_merged_again(tmp_path: Path) -> None:
    path = database(tmp_path)
    apply(path, SplitTable("t", "t_more", ("a", "c"), "t_id"))
    assert rows_of(path, "SELECT * FROM t") == [(1, 1), (5, 2)]
    assert rows_of(path, "SELECT * FROM t_more") == [(1, "x", 1), (5, None, "2")]
    apply(path, MergeTable("t", "t_more", "t_id"))
    assert rows_of(path, "SELECT id, a, b, c FROM t") == [(1, "x", 1, 1), (5, None, 2, "2")]
    assert text_of(path, "t_more") == "None"


def test_a_merge_that_could_lose_rows_is_refused(tmp_path: Path) -> None:
    path = database(tmp_path, TABLE, "CREATE TABLE more(t_id REFERENCES t, x)")
    with pytest.raises(Refused, match="Several rows of “more” may belong to one"):
        apply(path, MergeTable("t", "more", "t_id"))


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (DropColumn("t", "gone"), "no column “gone”"),
        (DropColumn("nobody", "a"), "no table “nobody”"),
        (SetType("t", "a", "INT, x INT"), "This cannot stand there"),
        (SetDefault("t", "a", "1 NOT NULL"), "This cannot stand there"),
        (SetGenerated("t", "a", "b) STORED, x AS (1"), "This cannot stand there"),
        (SetNotNull("t", "a", on=True, fill="1, b = 2"), "This cannot stand there"),
        (AddColumn("t", "a INT"), "SQLite does not accept this change"),
        (AddColumn("t", "a INT, b INT"), "not the definition of one column"),
        (AddColumn("t", "x INT); DROP TABLE t; --"), "not the definition of one column"),
        (AddConstraint("t", "CHECK (nowhere > 0)"), "SQLite does not accept this change"),
        (DropConstraint("t", "nothing"), "no constraint “nothing”"),
        (RewriteTable("t", "CREATE TABLE u(a)"), "no table “t”"),
        (RewriteTable("t", "CREATE TABLE t(a); DROP TABLE t"), "not one CREATE statement"),
        (RewriteTable("t", "CREATE TABLE t(a)", (("a", "1, 2"),)), "This cannot stand there"),
        (CreateObject("DROP TABLE t"), "not one CREATE statement"),
        (CreateObject("CREATE TABLE x(a); DROP TABLE t"), "not one CREATE statement"),
        (SetOption("t", "STRICT", on=True), "SQLite does not accept this change"),
        (SetPrimaryKey("t", ("a",), autoincrement=True), "SQLite does not accept this change"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else None,
)
def test_what_cannot_be_is_an_error_before_anything_runs(tmp_path: Path, edit: Edit, said: str) -> None:
    path = database(tmp_path)
    with open_read(path) as session, pytest.raises(UsageError, match=said) as refused:
        write(session, [edit])
    assert refused.value.code in (ErrorCode.BAD_SQL, ErrorCode.UNKNOWN_OBJECT)


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (RenameColumn("t", "a", "z"), "error in view v"),
        (RenameTable("t", "u"), "error in view v"),
        (RenameColumn("t", "gone", "z"), "no such column"),
        (RenameTable("t", "v"), "already another table"),
    ],
)
def test_a_name_that_cannot_be_is_told_in_sqlites_words(tmp_path: Path, edit: Edit, said: str) -> None:
    path = database(tmp_path, TABLE, "CREATE VIEW v AS SELECT x FROM nowhere")
    with pytest.raises(UsageError, match=said):
        apply(path, edit)
    assert text_of(path) == TABLE


def test_a_column_that_an_index_uses_does_not_go_before_it(tmp_path: Path) -> None:
    path = database(tmp_path, TABLE, "CREATE INDEX i ON t(a)")
    with pytest.raises(UsageError, match="no such column: a"):
        apply(path, DropColumn("t", "a"))
    apply(path, DropObject("index", "i"), DropColumn("t", "a"))
    assert "a TEXT" not in text_of(path)


NAMED_B = 'CREATE TABLE t(id INTEGER PRIMARY KEY, "b" INT{}, c INT)'


@pytest.mark.parametrize("unique", ["", " UNIQUE"])
@pytest.mark.parametrize(
    "object_sql",
    [
        'CREATE VIEW v AS SELECT "b" FROM t',
        'CREATE INDEX v ON t(lower("B"))',
        'CREATE INDEX v ON t(c) WHERE "b" > 1',
        'CREATE TRIGGER v AFTER INSERT ON t BEGIN UPDATE t SET c = "b"; END',
    ],
)
def test_no_column_goes_whose_name_would_be_a_text_then(tmp_path: Path, object_sql: str, unique: str) -> None:
    path = database(
        tmp_path, NAMED_B.format(unique), object_sql, "CREATE VIEW broken AS SELECT x FROM nowhere"
    )
    with pytest.raises(UsageError, match=r"“[bB]” is named in double quotes in “v”"):
        apply(path, DropColumn("t", "b"))


@pytest.mark.parametrize("rule", [', CHECK ("b" <> 5)', ', g AS ("b" || 1)'])
def test_no_column_goes_that_a_rule_of_its_table_names_in_double_quotes(tmp_path: Path, rule: str) -> None:
    path = database(tmp_path, NAMED_B.format("").replace(", c INT", f", c INT{rule}"))
    with pytest.raises(UsageError, match="“b” is named in double quotes in “t”"):
        apply(path, DropColumn("t", "b"))


@pytest.mark.parametrize(
    "object_sql",
    [
        "CREATE VIEW v AS SELECT 'b' AS \"b\" FROM t",
        'CREATE VIEW v AS SELECT o."b" FROM o',
    ],
)
def test_a_column_goes_where_its_name_means_something_else(tmp_path: Path, object_sql: str) -> None:
    path = database(tmp_path, NAMED_B.format(""), "CREATE TABLE o(b)", object_sql)
    apply(path, DropColumn("t", "b"))
    assert text_of(path) == "CREATE TABLE t(id INTEGER PRIMARY KEY, c INT)"


def test_a_column_goes_after_what_names_it(tmp_path: Path) -> None:
    view = 'CREATE VIEW v AS SELECT "b" FROM t'
    path = database(tmp_path, NAMED_B.format(" UNIQUE"), view)
    apply(path, ReplaceObject("view", "v", "CREATE VIEW v AS SELECT c FROM t"), DropColumn("t", "b"))
    assert text_of(path) == "CREATE TABLE t(id INTEGER PRIMARY KEY, c INT)"
