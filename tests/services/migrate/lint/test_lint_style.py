"""What does not run, runs twice, costs, or makes a reader stumble; and the page that explains every rule."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from steward_app.services.migrate.lint import RULES

from .linting import Bench, lint_of

TAKEN = ("rows_deleted", "values_overwritten")
PAGE = Path(__file__).parents[4] / "docs" / "migrate-lint.md"


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("SELECT 1;\n  BEGIN; SELECT 2;", 2, 3),
        ("PRAGMA journal_mode = WAL;", 1, 1),
        ("\nATTACH 'x.db' AS x;", 2, 1),
        ("VACUUM;", 1, 1),
    ],
)
def test_what_cannot_stand_in_a_migration_is_told_with_its_place(
    tmp_path: Path, text: str, line: int, column: int
) -> None:
    (found,) = Bench(tmp_path).write(text).problems()
    assert found.finding.code == "not_for_a_migration"
    assert (found.place.line, found.place.column) == (line, column)


@pytest.mark.parametrize(
    ("text", "to_do"),
    [
        ("SELECT 1; /* open", "Look for a quote or comment that is not closed"),
        ("SELECT 1;\nSELECT 'a\x00b';", "Take it out; of bytes, write a BLOB"),
        ("SELECT ?1;", "Write the value itself"),
    ],
)
def test_what_cannot_stand_in_a_migration_says_what_to_do_of_it(
    tmp_path: Path, text: str, to_do: str
) -> None:
    (found,) = Bench(tmp_path).write(text).problems()
    assert found.finding.code == "not_for_a_migration"
    (told,) = found.finding.remedies
    assert told.startswith(to_do) and "Nothing was" not in told


def test_a_function_that_reaches_outside_is_told(tmp_path: Path) -> None:
    text = "SELECT 1;\nUPDATE visit SET day = load_extension('x') WHERE id = 10;"
    (found,) = Bench(tmp_path).write(text).problems()
    assert (found.finding.code, found.place.line) == ("not_for_a_migration", 2)
    assert "load_extension() reaches outside" in found.finding.title


def test_a_statement_that_fails_ends_what_can_be_judged(tmp_path: Path) -> None:
    bench = (
        Bench(tmp_path)
        .write("SELECT 1;\nDROP TABLE nobody;\nDROP TABLE visit;")
        .write("SELECT 1;", "V0002__b.sql")
    )
    report = bench.report()
    assert [(p.finding.code, p.place.line) for p in report.problems] == [("statement_fails", 2)]
    assert [(f.statements, f.looked_at) for f in report.files] == [(3, 1), (1, 0)]


@pytest.mark.parametrize("setting", ["", "PRAGMA page_size = 8192; ", "PRAGMA wal_checkpoint(TRUNCATE); "])
def test_what_stands_beside_a_vacuum_is_judged(tmp_path: Path, setting: str) -> None:
    text = f"-- steward: no-transaction\nUPDATE visit SET fee = 0;\n{setting}VACUUM;\nDELETE FROM visit;"
    report = Bench(tmp_path).write(text).report()
    assert [(p.finding.code, p.place.line) for p in report.problems] == [
        ("values_overwritten", 2),
        ("every_row_deleted", 4),
    ]
    assert report.files[0].looked_at == report.files[0].statements


def test_a_text_that_does_not_end_is_told(tmp_path: Path) -> None:
    (found,) = Bench(tmp_path).write("SELECT 1;\nSELECT 'open").problems()
    assert (found.finding.code, found.finding.severity) == ("not_for_a_migration", "error")
    assert (found.place.line, found.place.column) == (2, 8)


def test_a_program_is_not_judged(tmp_path: Path) -> None:
    bench = Bench(tmp_path).write("def migrate(session): ...", "V0001__p.py")
    assert bench.told() == {"not_looked_at": ("note", None)}


@pytest.mark.parametrize(
    "text",
    [
        "CREATE TABLE _steward_mine (a INT);",
        "DELETE FROM _steward_operations WHERE 1;",
        "DROP TABLE _steward_operations;",
        "WITH x AS (SELECT 1) UPDATE _steward_operations SET id = 1 WHERE 1;",
    ],
)
def test_our_own_records_are_not_for_migrations(tmp_path: Path, text: str) -> None:
    told = lint_of(tmp_path, text, "CREATE TABLE _steward_operations (id TEXT)")
    assert told == {"name_is_ours": ("error", None)}


def test_a_repeatable_view_that_keeps_the_old_one(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "CREATE VIEW v AS SELECT id FROM visit")
    told = bench.write("CREATE VIEW IF NOT EXISTS v AS SELECT day FROM visit;", "R__v.sql").told()
    assert told == {"has_no_effect": ("warning", None)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("INSERT INTO person VALUES (9, 'x', 'y');", "insert_by_position"),
        ("INSERT INTO person (id) VALUES (9);", ""),
        ("UPDATE visit SET fee = 1 WHERE day = NULL;", "compares_with_null"),
        ("DELETE FROM visit WHERE day <> NULL;", "compares_with_null"),
        ("DELETE FROM visit WHERE day IS NOT NULL;", ""),
        ("ALTER TABLE visit ADD CHECK (day <> NULL);", "compares_with_null"),
        ("CREATE INDEX i ON visit (fee) WHERE day = NULL;", "compares_with_null"),
        ("CREATE INDEX i ON visit (fee) WHERE day IS NOT NULL;", ""),
        ("CREATE TABLE n (a INT CHECK (a = NULL)) STRICT;", "compares_with_null"),
        ("CREATE TABLE n (a INT CHECK (a IS NULL OR a > 1)) STRICT;", ""),
        (
            "CREATE TRIGGER t AFTER UPDATE ON visit WHEN NEW.day = NULL BEGIN SELECT 1; END;",
            "compares_with_null",
        ),
        ("DELETE FROM visit WHERE 'day' = 'x';", "text_for_name"),
        ("UPDATE visit SET fee = 'fee' + 1 WHERE id = 10;", "text_for_name"),
        ("UPDATE person SET name = 'card' WHERE id = 1;", ""),
        ("DELETE FROM person WHERE name = 'card';", ""),
        ("UPDATE visit SET fee = NULL WHERE id = 1;", ""),
        ("DELETE FROM visit WHERE person NOT IN (SELECT card FROM person);", "not_in_null"),
        ("DELETE FROM visit WHERE day NOT IN (SELECT card FROM person WHERE card IS NOT NULL);", ""),
        ("DELETE FROM visit WHERE person NOT IN (SELECT id FROM person);", ""),
        ("DELETE FROM visit WHERE person NOT IN (SELECT card FROM person WHERE id > 1);", "not_in_null"),
        ("DELETE FROM visit WHERE id NOT IN (SELECT person FROM visit) AND 0;", ""),
        ("CREATE VIEW v AS SELECT id FROM visit WHERE id NOT IN (SELECT person FROM visit);", "not_in_null"),
        (
            "CREATE TEMP TABLE k AS SELECT min(id) AS id FROM visit GROUP BY day;"
            " DELETE FROM visit WHERE id NOT IN (SELECT id FROM k) AND 0; DROP TABLE k;",
            "",
        ),
        ("DELETE FROM visit WHERE person NOT IN (1, NULL);", "not_in_null"),
        ("CREATE VIEW v AS SELECT person.id FROM person, visit;", "join_without_condition"),
        ("CREATE VIEW v AS SELECT person.id FROM person JOIN visit;", "join_without_condition"),
        ("CREATE VIEW v AS SELECT person.id FROM person CROSS JOIN visit;", ""),
        ("CREATE VIEW v AS SELECT person.id FROM person JOIN visit ON visit.person = person.id;", ""),
        ("CREATE VIEW v AS SELECT value FROM json_each('[1]');", ""),
        ('CREATE TABLE "order" (a INT) STRICT;', "reserved_name"),
        ('ALTER TABLE visit ADD COLUMN "group" TEXT;', "reserved_name"),
        ("CREATE TABLE pers0n (a INT) STRICT;", "confusable_name"),
        ("ALTER TABLE person ADD COLUMN nаme TEXT;", "confusable_name"),
        ('ALTER TABLE person ADD COLUMN "x\u200b" TEXT;', "confusable_name"),
        ("ALTER TABLE person ADD COLUMN s\u0435x TEXT;", "confusable_name"),
        ("CREATE TABLE tab1e (a INT) STRICT;", "confusable_name"),
        ("CREATE TABLE \u0440\u0435\u0441\u0430 (a INT) STRICT;", "confusable_name"),
        ("ALTER TABLE person ADD COLUMN größe TEXT;", ""),
        ("CREATE INDEX t\u0430g ON person (name);", "confusable_name"),
        ('CREATE TRIGGER "x\u200b" AFTER INSERT ON person BEGIN SELECT 1; END;', "confusable_name"),
    ],
)
def test_what_a_reader_stumbles_over(tmp_path: Path, text: str, expected: str) -> None:
    told = Bench(tmp_path).write(text).told(*TAKEN)
    assert list(told) == ([expected] if expected else [])
    assert all(severity == "warning" for severity, _ in told.values())


def test_strict_is_missed_more_where_it_is_the_custom(tmp_path: Path) -> None:
    assert lint_of(tmp_path, "CREATE TABLE n (a INT);") == {"not_strict": ("warning", None)}


def test_strict_is_a_note_where_no_table_is(tmp_path: Path) -> None:
    loose = ("CREATE TABLE a (x)", "CREATE TABLE b (x)", "CREATE TABLE c (x)")
    assert lint_of(tmp_path, "CREATE TABLE n (a INT);", *loose) == {"not_strict": ("note", None)}


def _many(rows: int) -> tuple[str, ...]:
    return (
        "CREATE TABLE many (id INTEGER PRIMARY KEY, a TEXT, b TEXT) STRICT",
        f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})"
        " INSERT INTO many SELECT i, 'x' || i, hex(i) FROM n",
    )


@pytest.mark.parametrize(
    "text",
    [
        "CREATE INDEX many_a ON many (a);",
        "ALTER TABLE many ALTER COLUMN a SET NOT NULL;",
        "UPDATE many SET a = upper(a);",
        "CREATE TABLE less AS SELECT * FROM many;",
    ],
)
def test_a_large_table_has_its_cost(tmp_path: Path, text: str) -> None:
    (found,) = Bench(tmp_path, *_many(12_000)).write(text).problems("table_rewritten")
    assert found.finding.count == 12_000
    assert re.search(r"12,000 rows of “many” \(about \d+ kB\): .*second", found.finding.title)


def test_a_count_of_a_large_table_writes_no_copy_of_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path, *_many(12_000)).write("CREATE TABLE n AS SELECT count(*) AS n FROM many;")
    (found,) = bench.problems("table_rewritten")
    assert found.finding.title.startswith("The query reads 12,000 rows of “many”")


def test_a_small_table_costs_nothing_worth_telling(tmp_path: Path) -> None:
    assert lint_of(tmp_path, "CREATE INDEX i ON visit (day);") == {}


def test_a_table_that_needs_what_this_program_lacks_is_not_judged(tmp_path: Path) -> None:
    bench = Bench(tmp_path).write("SELECT 1;\nALTER TABLE odd ADD COLUMN b TEXT;")
    with closing(apsw.Connection(str(bench.database))) as connection:
        connection.create_scalar_function("theirs", lambda value: value, 1, deterministic=True)
        connection.execute("CREATE TABLE odd (a TEXT CHECK (theirs(a))) STRICT")
    report = bench.report()
    assert [(p.finding.code, p.place.line) for p in report.problems] == [("not_looked_at", 2)]
    assert "no such table" in report.problems[0].finding.title
    assert report.files[0].looked_at == 1


def test_every_rule_is_on_the_page_as_it_is_told() -> None:
    text = PAGE.read_text(encoding="utf-8")
    sections = dict(re.findall(r"^### `(\w+)`\n(.*?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL))
    assert list(sections) == list(RULES)
    for code, rule in RULES.items():
        said = " ".join(sections[code].split())
        assert f"**{rule.severity.value}**" in said, code
        assert rule.why in said, code
        assert rule.fix in said, code


def test_a_table_that_only_got_another_name_is_no_new_one(tmp_path: Path) -> None:
    assert lint_of(tmp_path, "ALTER TABLE a RENAME TO n;", "CREATE TABLE a (x)") == {}


@pytest.mark.parametrize("name", ["key", "action", "first", "date", "replace", "plan", "row"])
def test_a_word_that_sqlite_takes_for_a_name_is_one(tmp_path: Path, name: str) -> None:
    assert lint_of(tmp_path, f"ALTER TABLE visit ADD COLUMN {name} TEXT;") == {}


@pytest.mark.parametrize("name", ["order", "Group", "values", "table", "current_date", "isnull"])
def test_a_word_that_needs_quotes_is_told(tmp_path: Path, name: str) -> None:
    assert lint_of(tmp_path, f'ALTER TABLE visit ADD COLUMN "{name}" TEXT;') == {
        "reserved_name": ("warning", None)
    }


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("id INT PRIMARY KEY", "warning"),
        ("id BIGINT, PRIMARY KEY (id)", "warning"),
        ("id INTEGER PRIMARY KEY DESC", "warning"),
        ("id INTEGER PRIMARY KEY", ""),
        ("id INTEGER, PRIMARY KEY (id)", ""),
        ("id INT NOT NULL PRIMARY KEY", ""),
        ("id TEXT PRIMARY KEY", "note"),
        ("id INT, b INT, PRIMARY KEY (id, b)", ""),
    ],
)
def test_a_key_that_takes_null(tmp_path: Path, key: str, told: str) -> None:
    found = Bench(tmp_path).write(f"SELECT 1;\nCREATE TABLE loose ({key});").problems("key_not_rowid")
    assert [(each.place.line, each.finding.severity) for each in found] == [(2, told)] * bool(told)
    if told:
        assert found[0].finding.subject.columns == ("id",)


@pytest.mark.parametrize("options", ["STRICT", "WITHOUT ROWID"])
def test_a_key_that_must_have_a_value_is_nothing_to_tell(tmp_path: Path, options: str) -> None:
    assert (
        not Bench(tmp_path).write(f"CREATE TABLE t (id INT PRIMARY KEY) {options};").problems("key_not_rowid")
    )
