"""A TEMP table goes with the connection: what a migration keeps in one alone is lost when it has run."""

from __future__ import annotations

from pathlib import Path

import pytest

from steward_app.kernel.finding import Severity

from .linting import Bench, lint_of

LOST = {"table_dropped": ("error", 3)}
KEPT = "CREATE TEMP TABLE kept AS SELECT * FROM visit; "
AGAIN = "CREATE TABLE visit (id INTEGER PRIMARY KEY, person INT REFERENCES person (id), day TEXT, fee INT) STRICT;"
INDEX = "CREATE INDEX visit_person ON visit (person);"
BACK = "INSERT INTO visit (id, person, day, fee) SELECT id, person, day, fee FROM kept"


@pytest.mark.parametrize(
    "make",
    [
        "CREATE TEMP TABLE kept AS",
        "create /* for now */ temporary table kept as",
        "CREATE TABLE temp.kept AS",
    ],
)
@pytest.mark.parametrize(
    "lose", ["DROP TABLE visit;", "DELETE FROM visit;", "DELETE FROM visit WHERE id > 0;"]
)
@pytest.mark.parametrize("end", ["", " DROP TABLE temp.kept;", " ALTER TABLE kept RENAME TO later;"])
def test_rows_that_only_a_temporary_table_holds_are_lost(
    tmp_path: Path, make: str, lose: str, end: str
) -> None:
    assert lint_of(tmp_path, f"{make} SELECT * FROM visit; {lose}{end}") == LOST


def test_the_loss_is_told_where_the_table_is_made(tmp_path: Path) -> None:
    (found,) = Bench(tmp_path).write(f"\n{KEPT}\nDROP TABLE visit;").problems("table_dropped")
    assert found.place.line == 2
    assert found.finding.title == (
        "The temporary table “kept” goes with 3 rows and nothing else keeps them: they were in “visit”"
    )


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (f"{KEPT}DELETE FROM visit; {BACK};", {}),
        (f"{KEPT}DELETE FROM visit; {BACK.replace('kept', 'temp.kept')}; DROP TABLE kept;", {}),
        (f"{KEPT}DROP TABLE visit; {AGAIN}{BACK};{INDEX}", {}),
        (f"{KEPT}DELETE FROM visit; {BACK} WHERE id = 10;", {"rows_not_copied": ("error", 2)}),
        (
            f"{KEPT}DELETE FROM visit; INSERT INTO visit (id, person, fee) SELECT id, person, fee FROM kept;",
            {"column_not_copied": ("error", 2)},
        ),
        (
            f"{KEPT}DROP TABLE visit; {AGAIN}{BACK.replace('day, fee F', 'substr(day, 1, 4), fee F')};{INDEX}",
            {"copied_otherwise": ("warning", 2)},
        ),
        (
            "CREATE TEMP TABLE k AS SELECT id, fee FROM visit; UPDATE visit SET fee = 0;",
            {"values_overwritten": ("warning", 2)},
        ),
        (
            "CREATE TEMP TABLE k AS SELECT id, fee FROM visit; ALTER TABLE visit DROP COLUMN fee;",
            {"column_dropped": ("error", 2)},
        ),
        (
            "CREATE TEMP TABLE k AS SELECT id, fee / 2 AS half FROM visit;"
            "UPDATE visit SET fee = (SELECT half FROM k WHERE k.id = visit.id);",
            {"not_looked_at": ("note", None)},
        ),
        (
            "CREATE TEMP TABLE old AS SELECT id FROM visit WHERE fee = 20;"
            "DELETE FROM visit WHERE id IN (SELECT id FROM old); DROP TABLE old;",
            {"rows_deleted": ("note", 2)},
        ),
        (
            "CREATE TEMP TABLE per AS SELECT person, count(*) AS n FROM visit GROUP BY person;"
            f"ALTER TABLE visit RENAME TO kept; {AGAIN}{BACK}; DROP TABLE kept; {INDEX}",
            {},
        ),
        ("CREATE TEMP TABLE scratch (a); INSERT INTO scratch VALUES (1), (2);", {}),
    ],
)
def test_what_comes_back_from_a_temporary_table_is_held_against_what_was(
    tmp_path: Path, sql: str, expected: dict[str, tuple[str, int | None]]
) -> None:
    assert lint_of(tmp_path, sql) == expected


def test_rows_that_come_back_uncounted_are_a_warning(tmp_path: Path) -> None:
    text = f"{KEPT}DELETE FROM visit; {BACK} WHERE person IN (SELECT id FROM who);"
    bench = Bench(tmp_path, "CREATE VIEW who AS SELECT id FROM person").write(text)
    warnings = [each for each in bench.problems("not_looked_at") if each.finding.severity is Severity.WARNING]
    assert [each.finding.title for each in warnings] == [
        "Whether all rows come back from “kept”, which is temporary, cannot be told"
    ]


def test_a_temporary_table_with_the_name_of_another_is_not_followed(tmp_path: Path) -> None:
    found = lint_of(tmp_path, "CREATE TEMP TABLE visit AS SELECT * FROM main.visit; DROP TABLE main.visit;")
    assert found["not_looked_at"] == ("warning", None)


def test_the_next_file_finds_no_temporary_table(tmp_path: Path) -> None:
    bench = Bench(tmp_path).write(f"{KEPT}DROP TABLE visit;", "V0001__a.sql")
    bench.write("CREATE TEMP TABLE kept (a); INSERT INTO kept VALUES (1);", "V0002__b.sql")
    report = bench.report()
    assert [each.finding.code for each in report.problems] == ["table_dropped"]
    assert [each.looked_at for each in report.files] == [2, 2]


@pytest.mark.parametrize(
    ("sql", "uses"),
    [
        (
            "CREATE TEMP TABLE kept AS SELECT id FROM person;",
            "INSERT INTO visit (person) SELECT id FROM Kept;",
        ),
        ("CREATE TEMP TABLE kept AS SELECT id FROM person;", "DROP TABLE temp.kept;"),
        (
            "CREATE TEMP VIEW kept AS SELECT id FROM person;",
            "INSERT INTO visit (person) SELECT id FROM kept;",
        ),
        ("CREATE TEMP TRIGGER kept AFTER INSERT ON visit BEGIN SELECT 1; END;", "DROP TRIGGER kept;"),
    ],
)
def test_a_file_that_needs_what_another_had_for_a_time_is_told_why_it_is_gone(
    tmp_path: Path, sql: str, uses: str
) -> None:
    bench = Bench(tmp_path).write(sql, "V0001__a.sql").write(uses, "V0002__b.sql")
    (problem,) = bench.problems("statement_fails")
    assert problem.place.file == "V0002__b.sql"
    assert problem.finding.title.casefold() == (
        "there is no “kept”: it was temporary, and went when “v0001__a.sql” ended. make it again in this file,"
        " or without temp in that one"
    )


def test_a_repeatable_file_may_make_a_temporary_view(tmp_path: Path) -> None:
    text = "CREATE TEMP VIEW k AS SELECT 5 AS id; DELETE FROM visit WHERE id IN (SELECT id FROM k);"
    assert "not_repeatable" not in Bench(tmp_path).write(text, "R__some.sql").told()


def test_a_repeatable_file_makes_its_temporary_table_each_time(tmp_path: Path) -> None:
    text = "CREATE TEMP TABLE k AS SELECT 5 AS id; INSERT OR IGNORE INTO person (id) SELECT id FROM k;"
    assert Bench(tmp_path).write(text, "R__some.sql").told() == {}
