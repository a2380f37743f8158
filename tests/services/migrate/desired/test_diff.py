"""From one schema to another: what is renamed, asked, lost, left alone, and how it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from builders.schemas import plant
from steward_app.db import open_read
from steward_app.kernel.errors import Refused, UsageError
from steward_app.services.migrate.desired.model import Answers, Asks, Desired, Place, Rename
from steward_app.services.migrate.edit.model import RewriteTable

from .walking import found, made, reached, run, texts


def way(
    folder: Path, before: tuple[str, ...], after: str, answers: Answers | None = None, *, exact: bool = False
) -> tuple[Path, Desired]:
    """A file that got the schema of a script, and what was done for it."""
    path = made(folder, "file.db", *before)
    (folder / "wanted.sql").write_text(after, encoding="utf-8")
    return path, reached(path, folder / "wanted.sql", answers, exact=exact)


def asked(folder: Path, before: tuple[str, ...], after: str, answers: Answers | None = None) -> Desired:
    path = made(folder, "file.db", *before)
    (folder / "wanted.sql").write_text(after, encoding="utf-8")
    return found(path, folder / "wanted.sql", answers)


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    with open_read(path) as session:
        return [tuple(row) for row in session.all(sql)]


@pytest.mark.parametrize(
    ("before", "after", "statement"),
    [
        ("t(a INT)", "t(a INT, b TEXT DEFAULT 'x')", "ADD COLUMN b TEXT DEFAULT 'x'"),
        ("t(a INT, CHECK (a > 0))", "t(a INT, b, CHECK (a > 0))", "ADD COLUMN b"),
        ("t(a INT, b)", "t(a INT)", 'DROP COLUMN "b"'),
        ("t(a INT)", "t(a INT NOT NULL)", 'ALTER COLUMN "a" SET NOT NULL'),
        ("t(a INT NOT NULL)", "t(a INT)", 'ALTER COLUMN "a" DROP NOT NULL'),
        ("t(a INT)", "t(a INT CHECK (a > 0))", "ADD CHECK (a > 0)"),
        ("t(a INT)", "t(a INT, CONSTRAINT pos CHECK (a > 0))", "ADD CONSTRAINT pos CHECK (a > 0)"),
        ("t(a INT, CONSTRAINT pos CHECK (a > 0))", "t(a INT)", 'DROP CONSTRAINT "pos"'),
        ("t(a INT CONSTRAINT p REFERENCES t)", "t(a INT)", 'DROP CONSTRAINT "p"'),
    ],
)
def test_sqlite_changes_itself_what_it_can(tmp_path: Path, before: str, after: str, statement: str) -> None:
    _, done = way(
        tmp_path, (f"CREATE TABLE {before}", "INSERT INTO t(a) VALUES (1)"), f"CREATE TABLE {after};"
    )
    assert done.rebuilt == ()
    assert [each.split('"t" ', 1)[1] for each in done.statements] == [statement]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("t(a INT CHECK (a > 0))", "t(a int, CHECK(a>0))"),
        (
            't("a" INT UNIQUE, [b] INT REFERENCES t(a))',
            "t(a INT, b INT, FOREIGN KEY (b) REFERENCES t(a), UNIQUE (a))",
        ),
        ("t(id INTEGER PRIMARY KEY AUTOINCREMENT)", "t(id INTEGER, PRIMARY KEY (id AUTOINCREMENT))"),
        ("t(a DEFAULT (0) NOT NULL)", "t(a NOT NULL DEFAULT 0)"),
        ("t(a TEXT COLLATE binary NULL, g AS (a))", "t(a TEXT, g GENERATED ALWAYS AS (a) VIRTUAL)"),
        ("t(a, CHECK (a), UNIQUE (a))", "t(a, UNIQUE (a), -- once\n CHECK (a))"),
    ],
)
def test_the_same_said_otherwise_needs_no_change(tmp_path: Path, before: str, after: str) -> None:
    path, done = way(tmp_path, (f"CREATE TABLE {before}",), f"CREATE TABLE {after};")
    assert done.nothing
    assert done.written_otherwise == ("t",)
    (tmp_path / "exact").mkdir()
    path, done = way(tmp_path / "exact", (f"CREATE TABLE {before}",), f"CREATE TABLE {after};", exact=True)
    assert texts(path)["t"] == f"CREATE TABLE {after}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "t(id INTEGER PRIMARY KEY DESC)",
            "t(id INTEGER, PRIMARY KEY (id DESC))",
        ),  # only the second is the rowid
        ("t(a CHECK (a <> 'x'))", "t(a CHECK (a <> 'X'))"),
        ("t(a DEFAULT 'x')", "t(a DEFAULT 'X')"),
        ("t(a, b)", "t(b, a)"),
        ("t(a CONSTRAINT one NOT NULL)", "t(a CONSTRAINT two NOT NULL)"),
        ("t(a INT, UNIQUE (a))", "t(a INT, UNIQUE (a), UNIQUE (a))"),
        ("t(g AS (1) VIRTUAL, a)", "t(g AS (1) STORED, a)"),
    ],
)
def test_what_differs_in_little_differs(tmp_path: Path, before: str, after: str) -> None:
    path, done = way(tmp_path, (f"CREATE TABLE {before}",), f"CREATE TABLE {after};")
    assert not done.nothing
    assert texts(path)["t"] == f"CREATE TABLE {after}"


def test_names_go_in_a_ring(tmp_path: Path) -> None:
    answers = Answers(
        renames=(Rename("", "t", "u"), Rename("", "u", "t"), Rename("t", "a", "b"), Rename("t", "b", "a"))
    )
    path, done = way(
        tmp_path,
        (
            "CREATE TABLE t(a, b, c)",
            "CREATE TABLE u(x)",
            "INSERT INTO t VALUES (1, 2, 3)",
            "CREATE VIEW v AS SELECT a FROM t",
        ),
        "CREATE TABLE u(b, a, c); CREATE TABLE t(x); CREATE VIEW v AS SELECT b FROM u;",
        answers,
    )
    assert rows(path, "SELECT b, a, c FROM u") == [(1, 2, 3)]
    assert done.rebuilt == () and done.losses == ()
    assert done.undo is not None
    run(path, done.undo)
    assert rows(path, "SELECT a, b, c FROM t") == [(1, 2, 3)]


def test_names_that_differ_in_case_are_renamed_unasked(tmp_path: Path) -> None:
    path, done = way(
        tmp_path,
        ("CREATE TABLE visits(id INTEGER PRIMARY KEY, note)", "INSERT INTO visits VALUES (7, 'x')"),
        "CREATE TABLE Visits(Id INTEGER PRIMARY KEY, Note);",
    )
    assert rows(path, "SELECT * FROM visits") == [(7, "x")]
    assert done.rebuilt == ()
    assert {rename.after for rename in done.renames} == {"Visits", "Id", "Note"}


def test_a_name_is_free_once_its_owner_is_gone(tmp_path: Path) -> None:
    path, done = way(
        tmp_path,
        ("CREATE TABLE t(a, b)", "CREATE TABLE u(x)", "INSERT INTO t VALUES (1, 2)"),
        "CREATE TABLE u(b)",
        Answers(
            renames=(Rename("", "t", "u"), Rename("t", "a", "b")),
            gone=(Place("u"), Place("t", "b")),
        ),
    )
    assert rows(path, "SELECT b FROM u") == [(1,)]
    assert done.losses == ("Table “u” goes, with 0 rows.", "Column “b” of “u” goes, with its values.")


def test_what_is_broken_is_in_nobodys_way(tmp_path: Path) -> None:
    broken = "CREATE VIEW broken AS SELECT lost FROM nowhere"
    path, _ = way(
        tmp_path,
        ("CREATE TABLE t(a, b)", broken),
        f"CREATE TABLE t(c, b); {broken};",
        Answers(renames=(Rename("t", "a", "c"),)),
    )
    assert texts(path)["broken"] == broken


def test_hostile_names_are_asked_for_and_answered(tmp_path: Path) -> None:
    before = ('CREATE TABLE "a.b=c"("x.y" INT, "; DROP" INT)', 'INSERT INTO "a.b=c" VALUES (1, 2)')
    after = 'CREATE TABLE "a.b=c"("=z" INT, "; DROP" INT);'
    (question,) = asked(tmp_path, before, after).questions
    assert (question.asks, question.place) == (Asks.RENAME, Place("a.b=c", "x.y"))
    (tmp_path / "answered").mkdir()
    path, _ = way(tmp_path / "answered", before, after, Answers(renames=(Rename("a.b=c", "x.y", "=z"),)))
    assert rows(path, 'SELECT "=z" FROM "a.b=c"') == [(1,)]


def test_tables_are_asked_for_where_rows_could_be_lost(tmp_path: Path) -> None:
    unlike = ("CREATE TABLE t(a)", "CREATE TABLE empty(z)", "INSERT INTO t VALUES (1)")
    (question,) = asked(tmp_path, unlike, "CREATE TABLE u(b, c, d, e);").questions
    assert question.sentence == "Table “t” goes, and “u” comes. Is it renamed?"
    (tmp_path / "told").mkdir()
    _, done = way(tmp_path / "told", unlike, "CREATE TABLE u(b, c, d, e);", Answers(gone=(Place("t"),)))
    assert done.losses == ("Table “t” goes, with 1 row.", "Table “empty” goes, with 0 rows.")


def test_what_is_called_alike_is_offered_first(tmp_path: Path) -> None:
    before = ("CREATE TABLE Customers(id)", "INSERT INTO Customers VALUES (1)")
    (question,) = asked(
        tmp_path, before, "CREATE TABLE album(x); CREATE TABLE customer(x); CREATE TABLE zoo(x);"
    ).questions
    assert question.candidates[0] == "customer"


def test_spaces_behind_a_stored_text_are_no_difference(tmp_path: Path) -> None:
    after = "CREATE TABLE t(a);\nCREATE INDEX i ON t(a)\n ;\nCREATE VIEW v AS SELECT 1 -- one\n;"
    for exact in (False, True):
        (tmp_path / str(exact)).mkdir()
        _, done = way(tmp_path / str(exact), ("CREATE TABLE t(a)",), after, exact=exact)
        assert done.written_otherwise == ()


def test_computed_columns_hold_nothing_to_ask_for(tmp_path: Path) -> None:
    _, done = way(tmp_path, ("CREATE TABLE t(a, g AS (a))",), "CREATE TABLE t(a, b AS (a));")
    assert done.losses == ()


def test_rows_without_a_value_are_counted_under_their_old_name(tmp_path: Path) -> None:
    before = ("CREATE TABLE t(a, b)", "INSERT INTO t VALUES (NULL, 1), (NULL, 2), (3, 3)")
    after = "CREATE TABLE t(z NOT NULL, b, c NOT NULL);"
    renames = (Rename("t", "a", "z"),)
    found_here = asked(tmp_path, before, after, Answers(renames=renames))
    assert [(each.place.column, each.rows) for each in found_here.questions] == [("z", 2), ("c", 3)]
    (tmp_path / "told").mkdir()
    answers = Answers(renames=renames, fills=((Place("t", "z"), "b * 10"), (Place("t", "c"), "a")), values=())
    with pytest.raises(UsageError, match="no such column: a") as refused:
        way(tmp_path / "told", before, after, answers)
    assert "“a” is called “z” by then: write the new name." in refused.value.hint
    (tmp_path / "again").mkdir()
    answers = Answers(renames=renames, fills=((Place("t", "a"), "b * 10"), (Place("t", "c"), "'new'")))
    path, done = way(tmp_path / "again", before, after, answers)
    assert rows(path, "SELECT * FROM t") == [(10, 1, "new"), (20, 2, "new"), (3, 3, "new")]
    assert done.undo is None


def test_values_are_converted_as_told(tmp_path: Path) -> None:
    path, done = way(
        tmp_path,
        ("CREATE TABLE t(fee TEXT)", "INSERT INTO t VALUES ('1.50')"),
        "CREATE TABLE t(fee INTEGER);",
        Answers(values=((Place("t", "fee"), "CAST(round(fee * 100) AS INTEGER)"),)),
    )
    assert rows(path, "SELECT fee FROM t") == [(150,)]
    assert done.losses == ("Values of “fee” of “t” are computed anew.",)


@pytest.mark.parametrize("called", ["fee", "cents"])
def test_values_of_a_renamed_column_are_told_by_its_new_name(tmp_path: Path, called: str) -> None:
    path, done = way(
        tmp_path,
        ("CREATE TABLE t(fee REAL)", "INSERT INTO t VALUES (1.5)"),
        "CREATE TABLE t(cents INTEGER);",
        Answers((Rename("t", "fee", "cents"),), values=((Place("t", called), "CAST(cents * 100 AS INT)"),)),
    )
    assert rows(path, "SELECT cents FROM t") == [(150,)]
    assert done.losses == ("Values of “cents” of “t” are computed anew.",)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("t(a TEXT)", "t(a INTEGER)", "Values of “a” of “t” are converted to INTEGER where they can be."),
        ("t(a, b)", "t(a, b AS (a))", "“b” of “t” is computed from now on; the values it holds go."),
        (
            "t(a INTEGER PRIMARY KEY AUTOINCREMENT)",
            "t(a INTEGER PRIMARY KEY)",
            "“t” forgets which numbers it gave: one that was deleted may be given again.",
        ),
        ("t(a INT PRIMARY KEY)", "t(a INT PRIMARY KEY) WITHOUT ROWID", "The rowids of “t” are not kept."),
        ("t(a INT PRIMARY KEY)", "t(a INTEGER PRIMARY KEY)", "The rowids of “t” are not kept."),
    ],
)
def test_what_is_lost_is_told_and_not_taken_back(tmp_path: Path, before: str, after: str, said: str) -> None:
    _, done = way(tmp_path, (f"CREATE TABLE {before}",), f"CREATE TABLE {after};")
    assert done.losses == (said,)
    assert done.undo is None


def test_a_column_that_is_computed_from_now_on_is_asked_for_with_its_values(tmp_path: Path) -> None:
    before = ("CREATE TABLE t(a, b)", "INSERT INTO t VALUES (1, 5), (2, NULL)")
    after = "CREATE TABLE t(a, b AS (a));"
    (question,) = asked(tmp_path, before, after).questions
    assert question.sentence == "Column “b” of “t” is to be computed, and holds 1 value. Do they go?"
    (tmp_path / "told").mkdir()
    path, _ = way(tmp_path / "told", before, after, Answers(gone=(Place("t", "b"),)))
    assert rows(path, "SELECT b FROM t") == [(1,), (2,)]


def test_a_view_made_anew_keeps_its_triggers(tmp_path: Path) -> None:
    trigger = "CREATE TRIGGER tr INSTEAD OF INSERT ON v BEGIN INSERT INTO t VALUES (new.a); END"
    path, _ = way(
        tmp_path,
        ("CREATE TABLE t(a)", "CREATE VIEW v AS SELECT a FROM t", trigger),
        f"CREATE TABLE t(a); CREATE VIEW v AS SELECT a, 1 AS b FROM t; {trigger};",
    )
    assert texts(path)["tr"] == trigger


def test_a_table_may_become_a_view_of_its_name(tmp_path: Path) -> None:
    path, done = way(tmp_path, ("CREATE TABLE t(a)",), "CREATE VIEW t AS SELECT 1 AS a;")
    assert texts(path) == {"t": "CREATE VIEW t AS SELECT 1 AS a"}
    assert done.losses == ("Table “t” goes, with 0 rows.",)


def test_a_dump_says_what_is_wanted(tmp_path: Path) -> None:
    _, done = way(
        tmp_path,
        ("CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT)", "CREATE VIRTUAL TABLE f USING fts5(a)"),
        """PRAGMA foreign_keys=OFF; BEGIN TRANSACTION;
        CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO t VALUES (1);
        CREATE TABLE sqlite_sequence(name,seq); DELETE FROM sqlite_sequence; INSERT INTO sqlite_sequence VALUES('t',1);
        CREATE VIRTUAL TABLE f USING fts5(a)
        /* f(a) */;
        CREATE TABLE IF NOT EXISTS 'f_data'(id INTEGER PRIMARY KEY, block BLOB);
        CREATE TABLE f_config(k PRIMARY KEY, v) WITHOUT ROWID;
        COMMIT;""",
    )
    assert done.nothing


def test_our_own_records_are_left_alone(tmp_path: Path) -> None:
    ours = "CREATE TABLE _steward_audit(a)"
    trigger = (
        "CREATE TRIGGER _steward_audit_t AFTER UPDATE ON t BEGIN INSERT INTO _steward_audit VALUES (1); END"
    )
    path, done = way(tmp_path, ("CREATE TABLE t(a INT)", ours, trigger), "CREATE TABLE t(a TEXT);")
    assert done.rebuilt == ("t",)
    assert "_steward_audit" in texts(path)
    assert not any("_steward_" in statement for statement in done.statements)
    assert not any("_steward_" in sentence for sentence in done.sentences)


def test_what_cannot_be_made_here_stays_or_is_refused(tmp_path: Path) -> None:
    path = a_database(tmp_path, "file.db").with_sql("CREATE TABLE t(a)").build()
    plant(path, "table", "far", "far", "CREATE VIRTUAL TABLE far USING nothing_known(x)")
    same = a_database(tmp_path, "same.db").with_sql("CREATE TABLE t(a, b)").build()
    plant(same, "table", "far", "far", "CREATE VIRTUAL TABLE far USING nothing_known(x)")
    assert found(path, same).statements == ('ALTER TABLE "main"."t" ADD COLUMN b',)
    other = a_database(tmp_path, "other.db").with_sql("CREATE TABLE t(a, b)").build()
    with pytest.raises(Refused, match="cannot make the virtual table “far” here"):
        found(path, other)


def test_several_changes_of_a_table_write_it_anew_once_with_the_text_that_is_wanted(tmp_path: Path) -> None:
    after = "CREATE TABLE t (\n  b TEXT COLLATE NOCASE, -- name\n  a INT DEFAULT 1 CHECK (a > 0)\n) STRICT"
    path, done = way(
        tmp_path, ("CREATE TABLE t(a INT, b TEXT)", "INSERT INTO t VALUES (5, 'x')"), f"{after};"
    )
    assert done.edits == (RewriteTable("t", after),)
    assert texts(path)["t"] == after
    assert rows(path, "SELECT a, b FROM t") == [(5, "x")]


CHAIN = """
CREATE TABLE t(id INTEGER PRIMARY KEY, a, b);
CREATE TABLE log(z);
CREATE VIEW first AS SELECT a FROM t;
CREATE VIEW second AS SELECT a FROM first;
CREATE VIEW other AS SELECT z FROM log;
CREATE TRIGGER put INSTEAD OF INSERT ON second BEGIN INSERT INTO t(a) VALUES (NEW.a); END;
CREATE TRIGGER noted AFTER INSERT ON log BEGIN INSERT INTO t(b) SELECT a FROM second; END;
CREATE TRIGGER seen AFTER UPDATE OF a ON t BEGIN SELECT NEW.a; END;
"""


def test_a_column_is_renamed_under_views_that_take_it_from_views(tmp_path: Path) -> None:
    wanted = CHAIN.replace("PRIMARY KEY, a,", "PRIMARY KEY, c,").replace(
        "SELECT a FROM t", "SELECT c AS a FROM t"
    )
    wanted = wanted.replace("INTO t(a)", "INTO t(c)").replace(
        "OF a ON t BEGIN SELECT NEW.a", "OF c ON t BEGIN SELECT NEW.c"
    )
    answers = Answers(renames=(Rename("t", "a", "c"),))
    path, done = way(tmp_path, (CHAIN, "INSERT INTO t VALUES (1, 2, 3)"), wanted, answers)
    assert rows(path, "SELECT a FROM second") == [(2,)]
    assert done.rebuilt == ()
    assert not [each for each in done.statements if "other" in each or "seen" in each]
    assert done.undo is not None
    run(path, done.undo)
    assert texts(path) == texts(made(tmp_path, "before.db", CHAIN))


def test_remarks_that_were_taken_over_are_taken_back(tmp_path: Path) -> None:
    before = "CREATE TABLE t(a /* one */, b -- two\n)"
    path, done = way(tmp_path, (before, "INSERT INTO t VALUES (1, 2)"), "CREATE TABLE t(a, b);", exact=True)
    assert done.undo
    run(path, done.undo)
    assert texts(path) == {"t": before}
    assert rows(path, "SELECT * FROM t") == [(1, 2)]


@pytest.mark.parametrize(
    "script", ["", "-- the export failed\n", "PRAGMA user_version = 3;\nBEGIN;\nCOMMIT;\n"]
)
def test_a_schema_of_nothing_is_taken_for_a_file_that_was_not_written(tmp_path: Path, script: str) -> None:
    with pytest.raises(UsageError, match="makes nothing"):
        asked(tmp_path, ("CREATE TABLE t (a)",), script)
    empty = made(tmp_path, "empty.db")
    with pytest.raises(UsageError, match="makes nothing"):
        found(tmp_path / "file.db", empty)


def test_another_case_of_a_name_writes_nothing_else_anew(tmp_path: Path) -> None:
    kid = "CREATE TABLE kid(id INTEGER PRIMARY KEY, nm TEXT, CHECK (nm <> ''));"
    others = (
        "CREATE TABLE other(x REFERENCES kid(id) ON DELETE CASCADE, y); CREATE INDEX i ON kid(nm);"
        "CREATE VIEW v AS SELECT nm FROM kid;"
        "CREATE TRIGGER tr AFTER INSERT ON kid BEGIN INSERT INTO other VALUES (new.id, 1); END;"
    )
    wanted = kid.replace("kid", "KID").replace("nm TEXT", "NM TEXT") + others
    path, done = way(tmp_path, (kid, others, "INSERT INTO kid VALUES (1, 'a')"), wanted)
    assert done.rebuilt == ()
    assert all(each.startswith("ALTER TABLE") for each in done.statements)
    assert set(texts(path)) == {"KID", "other", "i", "v", "tr"}
    assert done.undo is not None
    run(path, done.undo)
    assert "kid" in texts(path)


def test_the_case_of_what_a_view_calls_its_columns_is_a_change(tmp_path: Path) -> None:
    before = ("CREATE TABLE t(name)", "CREATE VIEW v AS SELECT name || '' AS Name FROM T")
    path, done = way(
        tmp_path, before, "CREATE TABLE t(name); CREATE VIEW v AS SELECT name || '' AS name FROM t;"
    )
    assert len(done.statements) == 2
    assert "AS name" in str(texts(path)["v"])


def test_what_works_goes_on_working(tmp_path: Path) -> None:
    path = made(
        tmp_path, "file.db", "CREATE TABLE t(a)", "CREATE TABLE u(b)", "CREATE VIEW v AS SELECT a FROM t"
    )
    other = made(tmp_path, "other.db", "CREATE TABLE u(b)", "CREATE VIEW v AS SELECT a FROM t")
    with pytest.raises(Refused, match="“v” would not work any more"):
        found(path, other, Answers(gone=(Place("t"),)))


def test_a_parent_that_comes_without_a_key_is_taken_as_it_is_wanted(tmp_path: Path) -> None:
    child = "CREATE TABLE t(a REFERENCES u(id))"
    _, done = way(tmp_path, (child,), f"{child}; CREATE TABLE u(id INT);")
    assert done.statements == ("CREATE TABLE u(id INT)",)
