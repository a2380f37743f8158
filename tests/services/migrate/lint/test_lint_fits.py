"""Rows in the way of a new rule are counted in the file, in the state that the statements before leave them."""

from __future__ import annotations

from pathlib import Path

import pytest

from .linting import Bench, lint_of

SET = "ALTER TABLE visit ALTER COLUMN fee SET NOT NULL;"


@pytest.mark.parametrize(
    ("before", "count"),
    [
        ("", 1),
        ("UPDATE visit SET fee = 0 WHERE fee IS NULL;", None),
        ("UPDATE visit AS v SET fee = 5 WHERE v.day IS NULL;", 1),
        ("DELETE FROM visit WHERE fee IS NULL;", None),
        ("UPDATE visit SET fee = (SELECT max(id) FROM person) WHERE fee IS NULL;", None),
        ("UPDATE visit SET fee = NULL WHERE person = 2;", 2),
        ("ALTER TABLE visit ADD COLUMN note TEXT; ALTER TABLE visit DROP COLUMN day;", 1),
    ],
)
def test_nulls_are_counted_as_the_statements_before_leave_them(
    tmp_path: Path, before: str, count: int | None
) -> None:
    told = lint_of(tmp_path, before + SET)
    assert told.get("nulls_in_the_way") == (("error", count) if count else None)


def test_a_table_and_a_column_are_followed_through_new_names(tmp_path: Path) -> None:
    bench = Bench(tmp_path).write(
        "ALTER TABLE visit RENAME COLUMN fee TO price;\n"
        "ALTER TABLE visit RENAME TO stay;\n"
        "ALTER TABLE stay ALTER price SET NOT NULL;\n"
        "CREATE UNIQUE INDEX one_price ON stay (price);\n"
    )
    nulls, twice = bench.problems("nulls_in_the_way", "duplicates_in_the_way")
    assert (nulls.place.line, nulls.finding.count) == (3, 1)
    assert (twice.place.line, twice.finding.count) == (4, 1)
    assert nulls.finding.query == ""  # there is no such table yet


def test_a_finding_lists_its_rows_where_the_file_has_them(tmp_path: Path) -> None:
    (found,) = Bench(tmp_path).write("\n " + SET).problems("nulls_in_the_way")
    assert str(found.place) == "V0001__change.sql:2:2"
    assert found.finding.query == 'SELECT * FROM "main"."visit" WHERE "fee" IS NULL'


@pytest.mark.parametrize(
    ("sql", "code", "count"),
    [
        ("ALTER TABLE visit ADD CONSTRAINT dear CHECK (fee > 50);", "check_not_met", 2),
        ("ALTER TABLE visit ADD CHECK (visit.fee > 50 OR day IS NOT NULL);", "check_not_met", 1),
        ("CREATE UNIQUE INDEX u ON visit (person);", "duplicates_in_the_way", 1),
        ("CREATE UNIQUE INDEX u ON person (lower(name), card);", "", 0),
        ("CREATE UNIQUE INDEX u ON visit (person) WHERE day IS NOT NULL;", "", 0),
        ("ALTER TABLE visit ADD COLUMN room TEXT NOT NULL;", "column_needs_default", 3),
        ("ALTER TABLE visit ADD COLUMN room TEXT NOT NULL DEFAULT 'a';", "", 0),
        ("ALTER TABLE visit ADD COLUMN room TEXT DEFAULT CURRENT_TIMESTAMP;", "default_not_constant", 3),
        ("ALTER TABLE visit ADD COLUMN room INT DEFAULT (1 + 1);", "default_not_constant", 3),
        ("ALTER TABLE visit ADD COLUMN room INT DEFAULT -1;", "", 0),
        ("ALTER TABLE visit ADD COLUMN room INT DEFAULT 1 CHECK (room > id);", "check_not_met", 3),
        ("DELETE FROM visit WHERE id > 0; ALTER TABLE visit ADD COLUMN room TEXT NOT NULL;", "", 0),
    ],
)
def test_each_rule_counts_the_rows_that_are_in_its_way(
    tmp_path: Path, sql: str, code: str, count: int
) -> None:
    told = lint_of(tmp_path, sql)
    assert {c: v for c, v in told.items() if v[0] == "error"} == ({code: ("error", count)} if code else {})


REBUILT = """
PRAGMA legacy_alter_table = ON;
ALTER TABLE person RENAME TO person_old;
CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL, card {type}) STRICT;
INSERT INTO person (id, name, card) SELECT id, {name}, card FROM person_old;
DROP TABLE person_old;
"""


@pytest.mark.parametrize(
    ("declared", "name", "expected"),
    [
        ("TEXT", "name", {"nulls_in_the_way": ("error", 1)}),
        ("TEXT", "coalesce(name, '')", {}),
        ("INT", "coalesce(name, '')", {"type_not_met": ("error", 1), "values_converted": ("warning", 1)}),
        ("ANY", "coalesce(name, '')", {}),
        ("TEXT UNIQUE", "coalesce(name, '')", {}),
        ("TEXT CHECK (length(card) > 2)", "coalesce(name, '')", {"check_not_met": ("error", 1)}),
    ],
)
def test_rows_are_followed_into_a_table_that_is_written_anew(
    tmp_path: Path, declared: str, name: str, expected: dict[str, tuple[str, int]]
) -> None:
    told = lint_of(tmp_path, REBUILT.format(type=declared, name=name))
    assert told == expected


def test_a_table_renamed_away_takes_the_links_of_others_with_it(tmp_path: Path) -> None:
    wrong_way_round = REBUILT.replace("PRAGMA legacy_alter_table = ON;", "").format(type="TEXT", name="'x'")
    (found,) = Bench(tmp_path).write(wrong_way_round).problems("foreign_key_mismatch")
    assert found.finding.title.endswith("“person_old” does not exist")
    assert found.finding.subject.table == "visit"


def test_keys_that_come_twice_are_counted(tmp_path: Path) -> None:
    told = lint_of(
        tmp_path,
        "CREATE TABLE of_day (person INTEGER PRIMARY KEY, day TEXT UNIQUE) STRICT;"
        "INSERT INTO of_day (person, day) SELECT person, 'x' FROM visit;",
    )
    assert told == {"duplicates_in_the_way": ("error", 1)}


def test_a_conflict_clause_leaves_nothing_in_the_way(tmp_path: Path) -> None:
    told = lint_of(
        tmp_path,
        "CREATE TABLE of_day (person INTEGER PRIMARY KEY, day TEXT NOT NULL) STRICT;"
        "INSERT OR IGNORE INTO of_day (person, day) SELECT person, day FROM visit;",
    )
    assert told == {}


@pytest.mark.parametrize(
    ("sql", "count"),
    [
        ("DELETE FROM person WHERE id = 2;", 2),
        ("DELETE FROM person WHERE id = 3;", 0),
        ("DELETE FROM person WHERE id = 2; DELETE FROM visit WHERE person = 2;", 0),
        ("UPDATE visit SET person = 9 WHERE id = 10;", 1),
        ("INSERT INTO person (id) VALUES (9); UPDATE visit SET person = 9 WHERE id = 10;", 0),
    ],
)
def test_rows_that_newly_point_to_nothing_are_counted(tmp_path: Path, sql: str, count: int) -> None:
    told = lint_of(tmp_path, sql)
    assert told.get("rows_point_nowhere") == (("error", count) if count else None)


def test_rows_that_pointed_to_nothing_before_are_not_the_migrations(tmp_path: Path) -> None:
    told = lint_of(
        tmp_path, "UPDATE visit SET fee = 1 WHERE fee IS NULL;", "UPDATE visit SET person = 99 WHERE id = 12"
    )
    assert told == {}


def test_an_index_that_sqlite_made_for_a_rule_is_called_by_the_rule(tmp_path: Path) -> None:
    seen = "CREATE TABLE seen (person INT REFERENCES person (id), day TEXT, UNIQUE (person, day)) STRICT"
    anew = "CREATE TABLE seen_new (person INT REFERENCES person (id), day TEXT) STRICT; DROP TABLE seen;"
    bench = Bench(tmp_path, seen).write(f"{anew} ALTER TABLE seen_new RENAME TO seen;")
    (found,) = bench.problems("foreign_key_without_index")
    assert found.finding.title.startswith(
        "The link from “seen” (person) to “person” has no index without the UNIQUE (person, day)"
    )


def test_a_link_that_is_new_is_counted_and_its_index_is_missed(tmp_path: Path) -> None:
    bench = Bench(tmp_path).write(
        "CREATE TABLE bill (visit INT REFERENCES visit (id), person INT REFERENCES person (name)) STRICT;\n"
        "INSERT INTO bill (visit) SELECT id + 1 FROM visit;\n"
    )
    told = {each.finding.code: each for each in bench.problems()}
    assert told["rows_point_nowhere"].finding.count == 1
    assert told["foreign_key_without_index"].fix_sql == 'CREATE INDEX "bill_visit" ON "bill" ("visit");'
    assert "UNIQUE" in told["foreign_key_mismatch"].finding.remedies[0]


def test_an_index_that_compares_otherwise_than_the_parent_does_not_serve(tmp_path: Path) -> None:
    ward = "CREATE TABLE ward (code TEXT PRIMARY KEY COLLATE NOCASE)"
    room = (
        "CREATE TABLE room (id INTEGER PRIMARY KEY, ward TEXT REFERENCES ward (code)) STRICT;"
        " CREATE INDEX room_ward ON room (ward);"
    )
    bench = Bench(tmp_path, ward)
    (found,) = bench.write(room).problems("foreign_key_without_index")
    assert found.finding.title == (
        "The link from “room” (ward) to “ward” has no index: “room_ward” does not serve, since the parent compares"
        " “ward” as NOCASE"
    )
    assert bench.write(room + found.fix_sql).problems("foreign_key_without_index") == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("SELECT 1;\nDROP INDEX visit_person;", 2),
        ("DROP INDEX visit_person;\nALTER TABLE visit RENAME TO stay;", 1),
        ("ALTER TABLE person RENAME TO patient;\nDROP INDEX visit_person;", 2),
        ("DROP INDEX visit_person; CREATE INDEX v ON visit (person, day);", 0),
        ("ALTER TABLE visit RENAME COLUMN person TO who; ALTER TABLE person RENAME id TO number;", 0),
    ],
)
def test_an_index_that_a_link_needs_and_a_file_drops(tmp_path: Path, text: str, line: int) -> None:
    found = Bench(tmp_path).write(text).problems()
    assert [(p.finding.code, p.finding.count, p.place.line) for p in found] == (
        [("foreign_key_without_index", 3, line)] if line else []
    )
    assert all("without “visit_person”: 3 rows are read" in p.finding.title for p in found)


def test_a_link_that_had_no_index_before_is_nothing_new(tmp_path: Path) -> None:
    rename = "ALTER TABLE bill RENAME TO invoice; ALTER TABLE invoice RENAME COLUMN visit TO stay;"
    assert lint_of(tmp_path, rename, "CREATE TABLE bill (visit INT REFERENCES visit (id)) STRICT") == {}


def test_a_link_that_a_file_breaks_is_told_where_it_does(tmp_path: Path) -> None:
    text = "SELECT 1;\nDELETE FROM person WHERE id > 0;\nDROP TABLE person;"
    (found,) = Bench(tmp_path).write(text).problems("foreign_key_mismatch")
    assert found.place.line == 3


def test_what_cannot_be_followed_is_a_warning_that_says_so(tmp_path: Path) -> None:
    told = lint_of(tmp_path, "UPDATE visit SET fee = p.id FROM person p WHERE p.id = person;" + SET)
    del told["values_overwritten"]
    assert told == {"nulls_in_the_way": ("warning", None), "not_looked_at": ("note", None)}


def test_rows_that_a_trigger_writes_are_not_known(tmp_path: Path) -> None:
    trigger = "CREATE TRIGGER t AFTER DELETE ON person BEGIN UPDATE visit SET fee = 0; END"
    told = lint_of(tmp_path, "DELETE FROM person WHERE id = 3;" + SET, trigger)
    assert told.pop("rows_deleted") == ("note", 1)
    assert told == {"nulls_in_the_way": ("warning", None), "not_looked_at": ("note", None)}


def test_files_are_judged_one_after_the_other(tmp_path: Path) -> None:
    bench = Bench(tmp_path).write("UPDATE visit SET fee = 0 WHERE fee IS NULL;").write(SET, "V0002__then.sql")
    assert bench.told() == {}
    assert [(file.file, file.looked_at) for file in bench.report().files] == [
        ("V0001__change.sql", 1),
        ("V0002__then.sql", 1),
    ]


RULED = "CREATE TABLE r (id INTEGER PRIMARY KEY, a INT NOT NULL CHECK (a > 1), b TEXT UNIQUE, c TEXT) STRICT"
HELD = "INSERT INTO r VALUES (1, 5, 'x', '1'), (2, 6, 'y', 'z')"


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (
            "UPDATE r SET a = 1 WHERE id = 1;",
            {"check_not_met": ("error", 1), "values_overwritten": ("note", 1)},
        ),
        ("UPDATE r SET a = a + 1;", {}),
        (
            "UPDATE r SET a = NULL WHERE b = 'x';",
            {"nulls_in_the_way": ("error", 1), "values_overwritten": ("note", 1)},
        ),
        (
            "UPDATE r SET a = c WHERE a > 0;",
            {
                "check_not_met": ("error", 1),
                "type_not_met": ("error", 1),
                "values_overwritten": ("warning", 2),
            },
        ),
        (
            "UPDATE r SET b = 'y' WHERE id = 1;",
            {"duplicates_in_the_way": ("error", 1), "values_overwritten": ("note", 1)},
        ),
        ("UPDATE OR IGNORE r SET b = 'y' WHERE id = 1;", {}),
        ("INSERT INTO r (id, a, b) VALUES (3, 9, 'x');", {"duplicates_in_the_way": ("error", 1)}),
        ("INSERT INTO r (a, b) VALUES (9, 'q'), (8, 'q');", {"duplicates_in_the_way": ("error", 1)}),
        ("INSERT INTO r (id, a) VALUES (2, 9);", {"duplicates_in_the_way": ("error", 1)}),
        ("INSERT INTO r (a, b) VALUES ('7', 'q');", {}),
        ("INSERT INTO r (a, b) VALUES ('seven', 'q');", {"type_not_met": ("error", 1)}),
        ("INSERT INTO r (a) VALUES (9) ON CONFLICT DO NOTHING;", {}),
    ],
)
def test_rows_that_come_or_change_must_meet_the_rules(
    tmp_path: Path, sql: str, expected: dict[str, tuple[str, int]]
) -> None:
    assert lint_of(tmp_path, sql, RULED, HELD) == expected


def test_a_parent_that_is_dropped_leaves_a_link_that_cannot_work(tmp_path: Path) -> None:
    bench = Bench(tmp_path).write("DROP TABLE person;")
    told = {each.finding.code: each.finding for each in bench.problems()}
    assert set(told) == {"table_dropped", "foreign_key_mismatch"}
    assert told["foreign_key_mismatch"].subject.table == "visit"


@pytest.mark.parametrize(
    ("rows", "wide", "expected"),
    [(40, "", "duplicates_in_the_way"), (200, "", "duplicates_in_the_way")],
)
def test_a_script_of_seeds_is_followed_for_a_while(
    tmp_path: Path, rows: int, wide: str, expected: str
) -> None:
    bench = Bench(tmp_path, "CREATE TABLE seed (a UNIQUE)", "INSERT INTO seed VALUES ('there')")
    inserts = [f"INSERT INTO seed (a) VALUES ('{number}{wide}');" for number in range(rows)]
    bench.write("\n".join([*inserts, f"INSERT INTO seed (a) VALUES ('{rows - 1}{wide}');"]))
    found = bench.problems("duplicates_in_the_way", "not_looked_at")
    assert [each.finding.code for each in found] == [expected]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("ALTER TABLE visit ADD COLUMN g INT AS (id) STORED;", {"default_not_constant": ("error", 3)}),
        ("ALTER TABLE visit ADD COLUMN g INT NOT NULL AS (fee);", {"nulls_in_the_way": ("error", 1)}),
        ("ALTER TABLE visit ADD COLUMN g INT NOT NULL AS (id);", {}),
    ],
)
def test_a_computed_column_that_the_rows_do_not_take(
    tmp_path: Path, sql: str, expected: dict[str, tuple[str, int | None]]
) -> None:
    assert lint_of(tmp_path, sql) == expected
