"""What a migration would lose is told with its rows and values, and a table that was copied first is no loss."""

from __future__ import annotations

from pathlib import Path

import pytest

from .linting import Bench, lint_of

SOME = (
    "CREATE TABLE some (a INTEGER PRIMARY KEY, b TEXT) STRICT",
    "INSERT INTO some VALUES (1, 'x'), (2, 'y')",
    "CREATE TABLE one (a INTEGER PRIMARY KEY, b TEXT) STRICT",
    "INSERT INTO one VALUES (1, 'x')",
)
MANY = "CREATE TABLE many (a INTEGER PRIMARY KEY) STRICT"
MANY_ROWS = [f"INSERT INTO many VALUES ({number})" for number in range(1, 13)]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("DROP TABLE visit;", {"table_dropped": ("error", 3)}),
        ("DELETE FROM visit WHERE id > 0; DROP TABLE visit;", {"every_row_deleted": ("warning", 3)}),
        ("DELETE FROM visit WHERE id IN (SELECT id FROM visit);", {"every_row_deleted": ("warning", 3)}),
        ("DELETE FROM one WHERE a = 1;", {"rows_deleted": ("note", 1)}),
        ("UPDATE visit SET fee = 0 WHERE id = id;", {"values_overwritten": ("warning", 2)}),
        ("UPDATE visit SET fee = 0 WHERE fee = 20;", {}),
        ("UPDATE one SET b = 'y' WHERE a = 1;", {"values_overwritten": ("note", 1)}),
        ("CREATE TABLE new (a INT) STRICT; DROP TABLE new;", {}),
        ("ALTER TABLE visit DROP COLUMN day;", {"column_dropped": ("error", 2)}),
        (
            "UPDATE visit SET day = NULL; ALTER TABLE visit DROP COLUMN day;",
            {"values_overwritten": ("warning", 2)},
        ),
        (
            "ALTER TABLE visit ADD COLUMN noted TEXT; UPDATE visit SET noted = day;"
            "ALTER TABLE visit DROP COLUMN day;",
            {},
        ),
        ("DELETE FROM visit;", {"every_row_deleted": ("error", 3)}),
        ("DELETE FROM visit WHERE day IS NULL;", {"rows_deleted": ("note", 1)}),
        ("DELETE FROM visit WHERE 1 = 1;", {"every_row_deleted": ("error", 3)}),
        ("DELETE FROM some; INSERT INTO some (a, b) VALUES (2, 'y'), (1, 'x'), (3, 'z');", {}),
        ("DELETE FROM some; INSERT INTO some (a, b) VALUES (1, 'x');", {"every_row_deleted": ("error", 2)}),
        ("DELETE FROM many WHERE a > 0;", {"every_row_deleted": ("warning", 12)}),
        ("DELETE FROM many WHERE a > 1;", {"rows_deleted": ("note", 11)}),
        ("UPDATE visit SET fee = 0 WHERE true;", {"values_overwritten": ("warning", 2)}),
        ("UPDATE visit SET fee = (SELECT max(id) FROM person);", {"values_overwritten": ("warning", 2)}),
        ("UPDATE person SET name = card, card = name;", {}),
        (
            "REPLACE INTO person (id, name) VALUES (1, 'x'), (9, 'y');",
            {"replaced_whole": ("warning", 1), "values_overwritten": ("note", 1)},
        ),
        ("REPLACE INTO person (id, name, card) VALUES (1, 'x', 'y');", {"values_overwritten": ("note", 1)}),
        ("INSERT OR REPLACE INTO person (id, name) SELECT 10 + id, name FROM person;", {}),
        ("CREATE TABLE own (a INT) STRICT; INSERT INTO own (a) SELECT id FROM visit; DROP TABLE own;", {}),
        (
            "CREATE TABLE own (a INT) STRICT; INSERT INTO own (a) SELECT a FROM many;"
            "DELETE FROM many; DROP TABLE own;",
            {"table_dropped": ("error", 12)},
        ),
        ("CREATE TABLE kept AS SELECT * FROM visit; DELETE FROM visit;", {"not_strict": ("warning", None)}),
        ("UPDATE visit SET fee = 0;", {"values_overwritten": ("warning", 2)}),
        ("UPDATE visit SET fee = fee * 2;", {}),
        ("UPDATE visit SET fee = 20;", {}),
        ("UPDATE visit SET day = '2026-01-01';", {"values_overwritten": ("warning", 1)}),
        (
            "UPDATE visit SET person = (SELECT id FROM person WHERE id = 1);",
            {"values_overwritten": ("warning", 2)},
        ),
        ("UPDATE visit SET fee = 0 WHERE day IS NULL;", {"values_overwritten": ("note", 1)}),
        ("ALTER TABLE visit ADD COLUMN paid INT; UPDATE visit SET paid = 0;", {}),
    ],
)
def test_a_loss_is_told_with_what_goes(
    tmp_path: Path, sql: str, expected: dict[str, tuple[str, int | None]]
) -> None:
    told = lint_of(tmp_path, sql, MANY, *MANY_ROWS, *SOME)
    assert {c: v for c, v in told.items() if c != "foreign_key_without_index"} == expected


ANEW = """
CREATE TABLE visit_new (id INTEGER PRIMARY KEY, person INT REFERENCES person (id), day TEXT, fee INT) STRICT;
INSERT INTO visit_new ({into}) SELECT {columns} FROM visit {where};
DROP TABLE visit;
ALTER TABLE visit_new RENAME TO visit;
CREATE INDEX visit_person ON visit (person);
"""


@pytest.mark.parametrize(
    ("columns", "where", "expected"),
    [
        ("id, person, day, fee", "", {}),
        ("id, person, day", "", {"column_not_copied": ("error", 2)}),
        ("id, person, day, fee", "WHERE fee > 1", {"rows_not_copied": ("error", 1)}),
        ("id, person, day, fee", "LIMIT 1", {"rows_not_copied": ("error", 2)}),
    ],
)
def test_a_table_written_anew_is_looked_at_for_what_was_left_behind(
    tmp_path: Path, columns: str, where: str, expected: dict[str, tuple[str, int]]
) -> None:
    assert lint_of(tmp_path, ANEW.format(into=columns, columns=columns, where=where)) == expected


SPLIT = (
    "CREATE TABLE days (visit INTEGER PRIMARY KEY REFERENCES visit (id), day TEXT) STRICT;"
    "INSERT INTO days (visit, day) SELECT id, {} FROM visit {};"
)
KINDS = (
    "CREATE TABLE kind (id INTEGER PRIMARY KEY, kind TEXT UNIQUE) STRICT; {}"
    "ALTER TABLE visit ADD COLUMN kind INTEGER REFERENCES kind (id); CREATE INDEX visit_kind ON visit (kind);"
    "UPDATE visit SET kind = (SELECT id FROM kind WHERE {});"
)
FILLED = "INSERT INTO kind (kind) SELECT DISTINCT day FROM visit {};"
GOES = "ALTER TABLE visit DROP COLUMN day;"


@pytest.mark.parametrize(
    ("sql", "lost"),
    [
        (SPLIT.format("day", "") + GOES, None),
        (SPLIT.format("day", "WHERE day IS NOT NULL") + GOES, None),
        (SPLIT.format("day", "WHERE id = 10") + GOES, ("warning", 1)),
        (SPLIT.format("substr(day, 1, 4)", "") + GOES, ("warning", 2)),
        (SPLIT.format("day", "") + "DELETE FROM days WHERE visit = 10;" + GOES, ("warning", 1)),
        (
            "ALTER TABLE visit ADD COLUMN at TEXT; UPDATE visit SET at = day WHERE id = 10;" + GOES,
            ("warning", 1),
        ),
        ("ALTER TABLE visit ADD COLUMN at TEXT; UPDATE visit SET at = coalesce(day, '?');" + GOES, None),
        (
            "ALTER TABLE visit ADD COLUMN at TEXT; UPDATE visit SET at = date(day, '+1 day');" + GOES,
            ("warning", 2),
        ),
        (KINDS.format(FILLED.format(""), "kind.kind = visit.day") + GOES, None),
        (KINDS.format(FILLED.format(""), "visit.day = kind.kind") + GOES, None),
        (KINDS.format(FILLED.format("WHERE id = 10"), "kind.kind = visit.day") + GOES, ("warning", 1)),
        (GOES, ("error", 2)),
    ],
)
def test_values_that_are_kept_elsewhere_are_not_lost_with_their_column(
    tmp_path: Path, sql: str, lost: tuple[str, int] | None
) -> None:
    found = lint_of(tmp_path, sql)
    assert {c: v for c, v in found.items() if c in ("column_dropped", "table_dropped")} == (
        {"column_dropped": lost} if lost else {}
    )


def test_it_is_said_where_the_others_are(tmp_path: Path) -> None:
    text = SPLIT.format("day", "WHERE id = 10") + GOES
    (found,) = Bench(tmp_path).write(text).problems("column_dropped")
    assert found.finding.title == (
        "DROP COLUMN loses “day” of “visit” with 1 value of 2; the others are kept in “days”"
    )


def test_what_holds_the_values_of_a_column_that_went_is_not_dropped_without_a_word(tmp_path: Path) -> None:
    told = lint_of(tmp_path, SPLIT.format("day", "") + GOES + "DROP TABLE days;")
    assert told == {"table_dropped": ("error", 3)}


def test_rows_copied_in_two_parts_are_all_copied(tmp_path: Path) -> None:
    every = "id, person, day, fee"
    copy = f"INSERT INTO visit_new ({every}) SELECT {every} FROM visit WHERE fee IS NULL;\nDROP"
    text = ANEW.format(into=every, columns=every, where="WHERE fee IS NOT NULL").replace("DROP", copy, 1)
    assert lint_of(tmp_path, text) == {}


def test_text_that_becomes_another_number_is_counted(tmp_path: Path) -> None:
    told = lint_of(
        tmp_path,
        "CREATE TABLE card (person INT, number NUMERIC);"
        "INSERT INTO card (person, number) SELECT id, card FROM person;",
    )
    assert told["values_converted"] == ("warning", 1)


def test_a_steward_says_that_a_loss_is_meant(tmp_path: Path) -> None:
    bench = Bench(tmp_path).write(
        "-- steward: allows table_dropped\n"
        "DROP TABLE visit;\n"
        "DELETE FROM person; /* steward: allows every_row_deleted, table_dropped */\n"
        "UPDATE person SET name = 'x';\n"
    )
    report = bench.report()
    assert [(p.finding.code, p.accepted) for p in report.problems] == [
        ("table_dropped", True),
        ("every_row_deleted", True),
    ]
    assert report.findings == ()
    assert report.grave == 0


def test_what_is_allowed_in_one_statement_is_not_in_another(tmp_path: Path) -> None:
    bench = Bench(tmp_path).write(
        "DELETE FROM visit; -- steward: allows every_row_deleted\nDELETE FROM person;\n"
    )
    assert [(p.place.line, p.accepted) for p in bench.problems("every_row_deleted")] == [
        (1, True),
        (2, False),
    ]


@pytest.mark.parametrize("name", ['o"k', "a b", "<img onerror=x>", "line\nbreak", "=cmd|x", "\u202egnp"])
def test_hostile_names_are_counted_and_quoted(tmp_path: Path, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    told = lint_of(
        tmp_path,
        f"ALTER TABLE {quoted} ALTER COLUMN {quoted} SET NOT NULL; DROP TABLE {quoted};",
        f"CREATE TABLE {quoted} ({quoted} TEXT) STRICT",
        f"INSERT INTO {quoted} VALUES (NULL)",
    )
    assert told == {"nulls_in_the_way": ("error", 1), "table_dropped": ("error", 1)}


def test_no_value_of_a_row_is_told(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "UPDATE person SET name = 'Zebedee', card = 'SECRET'").write(
        "CREATE UNIQUE INDEX u ON person (name);\nDROP TABLE person;\nDELETE FROM visit;"
    )
    said = repr(bench.report())
    assert "Zebedee" not in said
    assert "SECRET" not in said
