"""What SQLite changes or leaves without a word: hidden rules, dead triggers, views that show more, objects that go."""

from __future__ import annotations

from pathlib import Path

import pytest

from .linting import Bench, lint_of

EMPTIED = "DELETE FROM visit WHERE id > 10; DELETE FROM visit WHERE id = 10; DROP TABLE visit;"
GONE = {"rows_deleted": ("note", 1)}

TWO_RULES = "CREATE TABLE r (a INT, CHECK (a > 0),\n CHECK (a < 9)) STRICT"


def test_a_remark_in_add_column_that_hides_a_rule_is_an_error(tmp_path: Path) -> None:
    (found,) = Bench(tmp_path, TWO_RULES).write("ALTER TABLE r ADD COLUMN b INT -- why\n;").problems()
    assert (found.finding.code, found.finding.severity) == ("remark_hides", "error")
    assert "hides “CHECK (a > 0)”" in found.finding.title
    assert found.place.column == 32


def test_a_remark_that_hides_nothing_yet_is_a_warning(tmp_path: Path) -> None:
    told = lint_of(tmp_path, "ALTER TABLE r ADD COLUMN b INT -- why\n CHECK (b > 0);", TWO_RULES)
    assert told == {"remark_hides": ("warning", None)}


@pytest.mark.parametrize(
    "text",
    ["-- why\nALTER TABLE r ADD COLUMN b INT;", "ALTER TABLE r ADD COLUMN b INT /* why */;"],
)
def test_a_remark_that_stands_elsewhere_is_nothing(tmp_path: Path, text: str) -> None:
    assert lint_of(tmp_path, text, TWO_RULES) == {}


def test_a_view_of_everything_shows_a_new_column(tmp_path: Path) -> None:
    bench = Bench(
        tmp_path, "CREATE VIEW all_of AS SELECT * FROM person", "CREATE VIEW some AS SELECT id FROM person"
    )
    (found,) = bench.write("SELECT 1;\nALTER TABLE person ADD COLUMN diagnosis TEXT;").problems()
    assert (found.finding.code, found.place.line) == ("view_shows_column", 2)
    assert found.finding.subject.columns == ("diagnosis",)


NAMED = "CREATE VIEW named AS SELECT p.id, p.name FROM person p"


@pytest.mark.parametrize(
    ("view", "text", "told"),
    [
        (NAMED, "", True),
        (NAMED.replace("p.name", "p.name AS name"), "", False),
        (NAMED.replace("p.name", "upper(p.name) AS said"), "", False),
        (NAMED, " DROP VIEW named; CREATE VIEW named AS SELECT id, called FROM person;", False),
        ("CREATE VIEW named AS SELECT * FROM person", "", False),  # told as what it shows
    ],
)
def test_a_view_that_gives_a_renamed_column_under_its_new_name(
    tmp_path: Path, view: str, text: str, told: bool
) -> None:
    bench = Bench(tmp_path, view).write(f"SELECT 1;\nALTER TABLE person RENAME COLUMN name TO called;{text}")
    found = [(each.finding.title, each.place.line) for each in bench.problems("view_column_renamed")]
    said = "The view “named” gives “called” in place of “name” from now on"
    assert found == ([(said, 2)] if told else [])


HAND_MADE_AUDIT = (
    "CREATE TABLE log (id INT, name TEXT, card TEXT) STRICT",
    "CREATE TRIGGER noted AFTER UPDATE ON person BEGIN INSERT INTO log (id, name, card)"
    " VALUES (OLD.id, OLD.name, OLD.card); END",
)


def test_an_audit_made_by_hand_passes_a_new_column_over(tmp_path: Path) -> None:
    (found,) = Bench(tmp_path, *HAND_MADE_AUDIT).write("ALTER TABLE person ADD COLUMN born TEXT;").problems()
    assert found.finding.code == "trigger_passes_column"
    assert found.finding.subject.name == "noted"


def test_a_trigger_that_counts_is_no_audit(tmp_path: Path) -> None:
    more = (
        "CREATE TABLE counts (n INT) STRICT",
        "CREATE TRIGGER counted AFTER INSERT ON person BEGIN UPDATE counts SET n = n + NEW.id; END",
    )
    assert lint_of(tmp_path, "ALTER TABLE person ADD COLUMN born TEXT;", *more) == {}


@pytest.mark.parametrize(
    ("of", "severity", "more"),
    [("card, name", "warning", ""), ("card", "error", ", and for no others: the file is rolled back")],
)
def test_drop_column_leaves_a_dead_update_of(tmp_path: Path, of: str, severity: str, more: str) -> None:
    trigger = f"CREATE TRIGGER t AFTER UPDATE OF {of} ON person BEGIN SELECT 1; END"
    text = "UPDATE person SET card = NULL WHERE card IS NOT NULL;\nALTER TABLE person DROP COLUMN card;"
    (emptied, found) = Bench(tmp_path, trigger).write(text).problems()
    assert (emptied.finding.code, emptied.place.line) == ("values_narrowed", 1)
    assert (found.finding.code, found.place.line) == ("trigger_waits_in_vain", 2)
    said = "The trigger “t” waits for changes of “card”, which is no column of “person”"
    assert (found.finding.severity, found.finding.title) == (severity, said + more)


def test_one_broken_view_is_in_the_way_of_every_rename(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "CREATE VIEW gone AS SELECT * FROM nowhere").write(
        "ALTER TABLE person ADD COLUMN x INT;\nALTER TABLE person RENAME COLUMN card TO number;\nSELECT 1;"
    )
    report = bench.report()
    assert [p.finding.code for p in report.problems] == ["broken_object_in_the_way"]
    assert "“gone”" in report.problems[0].finding.title
    assert report.files[0].looked_at == 1


def test_a_view_that_a_file_breaks_and_mends_is_nothing(tmp_path: Path) -> None:
    view = "CREATE VIEW fees AS SELECT fee FROM visit"
    breaks = EMPTIED
    assert lint_of(tmp_path, breaks, view) == {"breaks_view": ("error", None), **GONE}


def test_a_view_made_anew_is_nothing(tmp_path: Path) -> None:
    view = "CREATE VIEW fees AS SELECT fee FROM visit"
    text = f"{EMPTIED} DROP VIEW fees; CREATE VIEW fees AS SELECT 1 AS fee;"
    assert lint_of(tmp_path, text, view) == GONE


def test_a_trigger_that_does_not_compile_any_more(tmp_path: Path) -> None:
    trigger = "CREATE TRIGGER t AFTER INSERT ON person BEGIN DELETE FROM visit; END"
    text = EMPTIED
    assert lint_of(tmp_path, text, trigger) == {"breaks_trigger": ("error", None), **GONE}


def test_a_column_that_is_renamed_behind_the_copy_is_not_removed(tmp_path: Path) -> None:
    anew = "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL DEFAULT '', card TEXT) STRICT;"
    (found,) = [
        each.finding.title
        for each in Bench(tmp_path)
        .write(
            f"PRAGMA legacy_alter_table = ON; ALTER TABLE person RENAME TO person_old; {anew}"
            " INSERT INTO person SELECT id, coalesce(name, ''), card FROM person_old; DROP TABLE person_old;"
            " ALTER TABLE person RENAME COLUMN card TO pass;"
        )
        .problems("rebuilt_otherwise")
    ]
    assert found == (
        "“person” is written anew otherwise: Column “name” of “person” changed: not null no → yes; default none → ''"
    )


COPIED = (
    "CREATE TABLE {} (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT);\n"
    "INSERT INTO {} (id, a) SELECT id, a FROM {};\n"
)


@pytest.mark.parametrize(
    "anew",
    [
        COPIED.format("m", "m", "n") + "DROP TABLE n;\nALTER TABLE m RENAME TO n;",
        "ALTER TABLE n RENAME TO m; " + COPIED.format("n", "n", "m") + "DROP TABLE m;",
    ],
)
def test_what_goes_with_a_table_and_is_not_made_again(tmp_path: Path, anew: str) -> None:
    bench = Bench(
        tmp_path,
        "CREATE TABLE n (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT COLLATE NOCASE)",
        "INSERT INTO n (id, a) VALUES (1, 'x'), (7, 'y')",
        "DELETE FROM n WHERE id = 7",
        "CREATE INDEX n_a ON n (a)",
        "CREATE TRIGGER n_t AFTER INSERT ON n BEGIN SELECT 1; END",
    ).write(anew)
    told = {each.finding.subject.name or each.finding.code: each for each in bench.problems()}
    assert told["n_a"].fix_sql == "CREATE INDEX n_a ON n (a);"
    assert told["n_t"].finding.code == "object_lost"
    assert told["sequence_lost"].place.line == 3
    (otherwise,) = bench.problems("rule_dropped")
    assert "collation NOCASE → BINARY" in otherwise.finding.title


@pytest.mark.parametrize(
    ("again", "told"),
    [
        ("CREATE VIEW named AS SELECT id, name AS name FROM person WHERE id > 1;", True),
        ("CREATE VIEW named AS SELECT id, name AS name FROM person WHERE id > 1; {};", False),
        ("", False),  # nobody can write through it any more, since it is not there
    ],
)
def test_what_goes_with_a_view_and_is_not_made_again(tmp_path: Path, again: str, told: bool) -> None:
    written = "CREATE TRIGGER t INSTEAD OF UPDATE ON named BEGIN UPDATE person SET name = NEW.name; END"
    bench = Bench(tmp_path, NAMED, written).write(f"DROP VIEW named; {again.format(written)}")
    lost = [(each.finding.subject.name, each.fix_sql) for each in bench.problems("object_lost")]
    assert lost == ([("t", f"{written};")] if told else [])


@pytest.mark.parametrize(
    ("sql", "severity"),
    [
        ("CREATE TABLE IF NOT EXISTS person (id INTEGER PRIMARY KEY) STRICT;", "warning"),
        ("CREATE TABLE IF NOT EXISTS person (id INTEGER PRIMARY KEY, name TEXT, card TEXT) STRICT;", ""),
        ("CREATE INDEX IF NOT EXISTS visit_person ON visit (person, day);", "warning"),
        ("DROP VIEW IF EXISTS nobody;", "note"),
        ("CREATE INDEX visit_day ON visit (day); DROP INDEX IF EXISTS visit_day;", ""),
    ],
)
def test_statements_that_do_nothing_without_a_word(tmp_path: Path, sql: str, severity: str) -> None:
    assert lint_of(tmp_path, sql) == ({"has_no_effect": (severity, None)} if severity else {})


@pytest.mark.parametrize(
    ("sql", "column"),
    [
        ('UPDATE visit SET fee = 1 WHERE "dya" = 5;', 32),
        ('CREATE INDEX i ON visit ("dya");', 26),
        ('CREATE VIEW v AS SELECT "dya" FROM visit;', 25),
        ('CREATE TRIGGER t AFTER INSERT ON visit BEGIN UPDATE visit SET fee = 1 WHERE "dya" = 1; END;', 77),
        ('ALTER TABLE visit ADD CHECK ("dya" <> day);', 30),
        ('CREATE TABLE c (a TEXT CHECK ("dya" <> a)) STRICT;', 31),
    ],
)
def test_a_mistyped_name_in_double_quotes_is_found(tmp_path: Path, sql: str, column: int) -> None:
    (found,) = Bench(tmp_path).write(sql).problems("name_not_found")
    assert (found.place.line, found.place.column) == (1, column)
    assert found.fix_sql == "'dya'"


def test_names_in_double_quotes_that_are_there_are_nothing(tmp_path: Path) -> None:
    text = (
        'UPDATE "visit" SET "fee" = 1 WHERE "day" IS NULL; CREATE VIEW v AS SELECT "fee" AS "The fee" FROM "visit";'
        'CREATE TABLE "odd name" ("a b" TEXT DEFAULT "x") STRICT;'
    )
    assert lint_of(tmp_path, text) == {"values_overwritten": ("note", 1)}


def test_every_mistyped_name_of_a_statement_is_told(tmp_path: Path) -> None:
    bench = Bench(tmp_path).write('UPDATE visit SET fee = 1 WHERE "dya" = 5 AND "day" = \'x\' OR "fe" = 2;')
    assert [p.finding.subject.name for p in bench.problems("name_not_found")] == ["dya", "fe"]


def test_a_table_that_said_so_before_is_a_note(tmp_path: Path) -> None:
    text = 'CREATE TABLE old (a TEXT CHECK (a <> "none")) STRICT'
    bench = Bench(tmp_path, text).write(f"DROP TABLE old;\n{text};")
    (found,) = bench.problems("name_not_found")
    assert found.finding.severity == "note"


def test_the_triggers_of_the_audit_are_the_runners_business(tmp_path: Path) -> None:
    audit = (
        "CREATE TABLE _steward_audit_log (x ANY) STRICT",
        "CREATE TRIGGER _steward_audit_1_u AFTER UPDATE ON person BEGIN"
        " INSERT INTO _steward_audit_log VALUES (OLD.card); END",
    )
    text = "UPDATE person SET card = NULL WHERE card IS NOT NULL; ALTER TABLE person DROP COLUMN card;"
    assert lint_of(tmp_path, text, *audit) == {"values_narrowed": ("warning", 2)}


NAMES_IT = 'CREATE VIEW cards AS SELECT "card" FROM person'


def test_a_view_that_goes_on_with_a_text_for_a_column_that_goes(tmp_path: Path) -> None:
    (found, *_) = [
        each
        for each in Bench(tmp_path, NAMES_IT)
        .write("SELECT 1;\nALTER TABLE person DROP COLUMN card;")
        .problems()
        if each.finding.code == "name_becomes_text"
    ]
    assert (found.finding.severity, found.place.line) == ("error", 2)
    assert "“cards” goes on with the text “card”" in found.finding.title


def test_a_view_that_is_made_anew_with_the_column_gone(tmp_path: Path) -> None:
    anew = "ALTER TABLE person DROP COLUMN card; DROP VIEW cards; CREATE VIEW cards AS SELECT id FROM person;"
    assert "name_becomes_text" not in lint_of(tmp_path, anew, NAMES_IT)
