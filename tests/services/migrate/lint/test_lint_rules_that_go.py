"""Rules that a file takes away without the word: UNIQUE by an index, and numbers that are given once."""

from __future__ import annotations

from pathlib import Path

import pytest

from .linting import Bench, lint_of

KEYS = (
    "CREATE UNIQUE INDEX person_card ON person (card)",
    "CREATE UNIQUE INDEX person_two ON person (name, lower(card)) WHERE id > 1",
    "CREATE INDEX person_name ON person (name)",
    "CREATE TABLE seen (id INTEGER PRIMARY KEY AUTOINCREMENT, n INT UNIQUE) STRICT",
    "CREATE UNIQUE INDEX seen_n ON seen (n, id)",
    "INSERT INTO seen (n) VALUES (1), (2), (3), (4)",
    "DELETE FROM seen WHERE n > 2",
)


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("DROP INDEX person_card;", True),
        ("DROP INDEX person_two;", True),
        ("DROP INDEX person_name;", False),
        ("DROP INDEX IF EXISTS none;", False),
        ("DROP INDEX seen_n;", False),
        ("DROP INDEX person_card; CREATE UNIQUE INDEX other ON person (card);", False),
        ("DROP INDEX person_card; CREATE UNIQUE INDEX other ON person (card COLLATE NOCASE);", False),
        ("DROP INDEX person_card; CREATE UNIQUE INDEX other ON person (card) WHERE id > 1;", True),
        ("DROP INDEX person_card; CREATE INDEX other ON person (card);", True),
        ("DROP INDEX person_card; CREATE UNIQUE INDEX other ON person (card, name);", True),
        ("DROP INDEX person_two; CREATE UNIQUE INDEX other ON person (name) WHERE id > 1;", False),
        (
            "ALTER TABLE person RENAME COLUMN card TO pass; DROP INDEX person_card;"
            "CREATE UNIQUE INDEX other ON person (pass);",
            False,
        ),
        ("DROP INDEX person_card; DROP INDEX person_two; ALTER TABLE person DROP COLUMN card;", False),
        ("CREATE UNIQUE INDEX own ON visit (id, day); DROP INDEX own;", False),
    ],
)
def test_a_unique_index_that_goes_is_a_rule_that_goes(tmp_path: Path, sql: str, told: bool) -> None:
    found = lint_of(tmp_path, sql, *KEYS)
    assert found.get("unique_dropped") == (("warning", None) if told else None), found


HELD = "id INTEGER PRIMARY KEY, code TEXT UNIQUE, n INT, s TEXT, UNIQUE (n, s)"
FILL = "DROP TABLE held; ALTER TABLE new RENAME TO held;"


@pytest.mark.parametrize(
    ("columns", "then", "told"),
    [
        ("id INTEGER PRIMARY KEY, code TEXT, n INT, s TEXT, UNIQUE (n, s)", "", ["code"]),
        ("id INTEGER PRIMARY KEY, code TEXT, n INT, s TEXT", "", ["code", "n, s"]),
        (
            "id INTEGER PRIMARY KEY, code TEXT, n INT UNIQUE, s TEXT",
            "CREATE UNIQUE INDEX c ON held (code);",
            [],
        ),
        ("id INTEGER, code TEXT PRIMARY KEY, n INT, s TEXT, UNIQUE (s, n)", "", ["id"]),
        ("id INTEGER, code TEXT PRIMARY KEY, n INT, s TEXT, UNIQUE (s, n), UNIQUE (id)", "", []),
        ("id INTEGER PRIMARY KEY, code TEXT COLLATE NOCASE UNIQUE, n INT, s TEXT, UNIQUE (n, s)", "", []),
        (HELD, "", []),
    ],
)
def test_a_rule_that_a_table_written_anew_lacks_is_told_with_a_statement_that_makes_it_again(
    tmp_path: Path, columns: str, then: str, told: list[str]
) -> None:
    text = f"CREATE TABLE new ({columns}); INSERT INTO new (id, code, n, s) SELECT id, code, n, s FROM held; {FILL}"
    bench = Bench(tmp_path, f"CREATE TABLE held ({HELD})").write(f"{text}{then}")
    found = bench.problems("unique_dropped")
    assert sorted(each.finding.subject.name for each in found) == told
    assert {each.finding.severity.value for each in found} <= {"warning"}
    bench.write(f"{text}{then}{''.join(each.fix_sql for each in found)}")
    assert bench.problems("unique_dropped") == []


@pytest.mark.parametrize(
    ("sql", "again"),
    [
        ("UPDATE sqlite_sequence SET seq = 0 WHERE name = 'seen';", 2),
        ("UPDATE sqlite_sequence SET seq = 3 WHERE name = 'seen';", 1),
        ("UPDATE sqlite_sequence SET seq = NULL;", 2),
        ("DELETE FROM sqlite_sequence;", 2),
        ("DELETE FROM seen; DELETE FROM sqlite_sequence WHERE name = 'seen';", 4),
        ("UPDATE sqlite_sequence SET seq = 4 WHERE name = 'seen';", None),
        ("UPDATE sqlite_sequence SET seq = seq + 10;", None),
        ("UPDATE sqlite_sequence SET seq = 0 WHERE name = 'other';", None),
        ("INSERT INTO seen (id, n) VALUES (4, 9); DELETE FROM sqlite_sequence;", None),
        (
            "DELETE FROM sqlite_sequence WHERE name = 'seen';"
            "INSERT INTO sqlite_sequence (name, seq) VALUES ('seen', 4);",
            None,
        ),
    ],
)
def test_a_counter_that_is_set_back_gives_numbers_again(tmp_path: Path, sql: str, again: int | None) -> None:
    found = lint_of(tmp_path, sql, *KEYS)
    assert found.get("sequence_set_back") == (("warning", again) if again else None), found


def test_a_counter_that_is_set_back_is_told_once(tmp_path: Path) -> None:
    found = lint_of(tmp_path, "DELETE FROM sqlite_sequence;", *KEYS)
    assert list(found) == ["sequence_set_back"]


ANEW = (
    "CREATE TABLE anew (id INTEGER PRIMARY KEY {}, n INT); INSERT INTO anew (id, n) SELECT id, n FROM seen{};"
    "DROP TABLE seen; ALTER TABLE anew RENAME TO seen;"
)


@pytest.mark.parametrize(
    ("sql", "last", "expected"),
    [
        (ANEW.format("AUTOINCREMENT", ""), 2, None),
        (ANEW.format("AUTOINCREMENT", ""), 4, ("warning", 2)),
        ("DELETE FROM seen WHERE id > 1;" + ANEW.format("AUTOINCREMENT", ""), 2, ("warning", 1)),
        (ANEW.format("", ""), 4, ("warning", 2)),
        (ANEW.format("", ""), 2, None),
        (
            ANEW.format("AUTOINCREMENT", "")
            + "UPDATE sqlite_sequence SET seq = max(seq, 4) WHERE name = 'seen';",
            4,
            None,
        ),
        ("DELETE FROM seen; DROP TABLE seen;", 4, None),
    ],
)
def test_a_counter_that_goes_with_its_table_is_held_against_the_rows_that_are_left(
    tmp_path: Path, sql: str, last: int, expected: tuple[str, int] | None
) -> None:
    more = (
        "CREATE TABLE seen (id INTEGER PRIMARY KEY AUTOINCREMENT, n INT)",
        f"INSERT INTO seen (id, n) VALUES (1, 1), (2, 2), ({last}, 3) ON CONFLICT DO NOTHING",
        "DELETE FROM seen WHERE id > 2",
    )
    found = lint_of(tmp_path, sql, *more)
    assert found.get("sequence_lost") == expected, found


GUARDED = (
    "CREATE TABLE house (id INTEGER PRIMARY KEY)",
    "CREATE TABLE kept (id INTEGER PRIMARY KEY, n INT NOT NULL, t TEXT COLLATE NOCASE CHECK (length(t) < 9),"
    " house INT REFERENCES house(id) ON DELETE CASCADE, CONSTRAINT small CHECK (n < 100))",
)


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        (
            "id INTEGER PRIMARY KEY, n INT, t TEXT, house INT",
            ["check", "check", "column", "column", "foreign key"],
        ),
        (
            "id INTEGER PRIMARY KEY, n INT NOT NULL, t TEXT COLLATE NOCASE CHECK (length(t) < 9),"
            " house INT REFERENCES house(id) ON DELETE CASCADE, CONSTRAINT small CHECK (n < 100)",
            [],
        ),
        (
            "id INTEGER PRIMARY KEY, n INT NOT NULL DEFAULT 5, t TEXT COLLATE NOCASE NOT NULL CHECK (length(t) < 9),"
            " house INT REFERENCES house(id) ON DELETE CASCADE, CONSTRAINT small CHECK (n < 100)",
            [],
        ),
        (
            "id INTEGER PRIMARY KEY, n INT NOT NULL, t TEXT COLLATE NOCASE CHECK (length(t) < 9),"
            " house INT REFERENCES house(id), CONSTRAINT small CHECK (n < 100)",
            ["foreign key"],
        ),
    ],
)
def test_each_rule_that_a_table_written_anew_lacks_is_a_warning_of_its_own(
    tmp_path: Path, columns: str, told: list[str]
) -> None:
    bench = Bench(tmp_path, *GUARDED).write(
        f"CREATE TABLE n ({columns}); INSERT INTO n SELECT id, n, t, house FROM kept; DROP TABLE kept;"
        " ALTER TABLE n RENAME TO kept;"
    )
    found = bench.problems("rule_dropped")
    assert sorted(each.finding.subject.kind for each in found) == told
    assert {each.finding.severity.value for each in found} <= {"warning"}
    assert all(each.finding.title.startswith("“kept” is written anew otherwise: ") for each in found)


@pytest.mark.parametrize(
    ("options", "told"), [("", True), (" STRICT", False), (" STRICT, WITHOUT ROWID", False)]
)
def test_a_table_written_anew_that_takes_values_of_any_type(tmp_path: Path, options: str, told: bool) -> None:
    bench = Bench(tmp_path, "CREATE TABLE kept (id INTEGER PRIMARY KEY, n INT) STRICT").write(
        f"CREATE TABLE n (id INTEGER PRIMARY KEY, n INT){options}; INSERT INTO n (id, n) SELECT id, n FROM kept;"
        " DROP TABLE kept; ALTER TABLE n RENAME TO kept;"
    )
    found = [each.finding.title for each in bench.problems("rule_dropped")]
    assert found == (
        ["“kept” is written anew otherwise: Table “kept” changed: strict yes → no"] if told else []
    )


WATCHED = (
    "CREATE VIRTUAL TABLE words USING fts5 (name, content = 'person', content_rowid = 'id')",
    "CREATE TRIGGER told AFTER INSERT ON person BEGIN INSERT INTO words (rowid, name) VALUES (NEW.id, NEW.name); END",
    "CREATE TRIGGER guard BEFORE UPDATE ON person WHEN NEW.name = '' BEGIN SELECT RAISE(ABORT, 'no name'); END",
    "CREATE TRIGGER counts AFTER DELETE ON person BEGIN DELETE FROM visit WHERE person = OLD.id; END",
)
GUARD = (
    "CREATE TRIGGER other BEFORE UPDATE ON {} WHEN NEW.name IS '' BEGIN SELECT RAISE(FAIL, 'no name'); END;"
)


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("DROP TRIGGER guard;", "nothing refuses the rows that it refused any more"),
        ("DROP TRIGGER told;", "“words” is not told of new rows any more"),
        ("ALTER TABLE person RENAME TO patient; DROP TRIGGER guard;", "nothing refuses"),
        (f"DROP TRIGGER guard; {GUARD.format('person')}", ""),
        (f"ALTER TABLE person RENAME TO patient; DROP TRIGGER guard; {GUARD.format('patient')}", ""),
        (f"DROP TRIGGER told; {WATCHED[1]};", ""),
        ("DROP TRIGGER told; DROP TABLE words;", ""),
        ("DROP TRIGGER counts;", ""),
        ("DROP TRIGGER IF EXISTS none;", ""),
    ],
)
def test_a_trigger_that_keeps_something_right_is_missed(tmp_path: Path, sql: str, told: str) -> None:
    found = Bench(tmp_path, *WATCHED).write(sql).problems("trigger_dropped")
    assert len(found) == bool(told)
    assert all(told in each.finding.title for each in found)
