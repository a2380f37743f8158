"""Names in double quotes that are texts after a migration, over views too, and what is none of these."""

from __future__ import annotations

from pathlib import Path

import pytest

from .linting import Bench

CARDS = "CREATE VIEW cards AS SELECT id, card FROM person"
OVER = 'CREATE VIEW over AS SELECT id, "card" FROM cards'
WHERE = "CREATE VIEW over AS SELECT id FROM cards WHERE \"card\" = '007'"
JOINED = 'CREATE VIEW over AS SELECT v.id FROM visit v JOIN cards ON "card" = v.day'
FIRED = (
    'CREATE TRIGGER over AFTER DELETE ON visit BEGIN UPDATE visit SET day = (SELECT "card" FROM cards); END'
)
INSTEAD = 'CREATE TRIGGER over INSTEAD OF INSERT ON cards BEGIN UPDATE visit SET day = (SELECT "card" FROM cards); END'
DEEP = (
    "CREATE VIEW one AS SELECT * FROM cards",
    "CREATE VIEW two AS SELECT * FROM one",
    'CREATE VIEW over AS SELECT "card" FROM two',
)

RENAME = "ALTER TABLE person RENAME COLUMN card TO number;"
REPLACE = "DROP VIEW cards;\nCREATE VIEW cards AS SELECT id, name FROM person;"
DROP = f"{REPLACE} ALTER TABLE person DROP COLUMN card;"
REBUILD = (
    "PRAGMA legacy_alter_table = ON; CREATE TABLE new_person (id INTEGER PRIMARY KEY, name TEXT, number TEXT) STRICT;"
    " INSERT INTO new_person SELECT id, name, card FROM person; DROP TABLE person;"
    " ALTER TABLE new_person RENAME TO person; DROP VIEW cards; CREATE VIEW cards AS SELECT id, number FROM person;"
)
TWICE = f"{RENAME} ALTER TABLE person RENAME COLUMN number TO no;"


def texts(bench: Bench) -> list[tuple[str, int, str]]:
    found = bench.problems("name_becomes_text")
    assert all(each.finding.severity == "error" for each in found)
    return [(each.place.file, each.place.line, each.finding.subject.name) for each in found]


@pytest.mark.parametrize("change", [RENAME, DROP, REPLACE, REBUILD, TWICE])
@pytest.mark.parametrize("objects", [[OVER], [WHERE], [JOINED], [FIRED], DEEP])
def test_what_goes_on_with_a_text(tmp_path: Path, objects: list[str], change: str) -> None:
    bench = Bench(tmp_path, CARDS, *objects).write(f"SELECT 1;\n{change}")
    # a view that is dropped and made again gives no column any more from then on
    assert texts(bench) == [("V0001__change.sql", 3 if change in (DROP, REPLACE) else 2, "over")]
    assert not [each for each in bench.problems("view_shows_column") if each.finding.subject.table == "over"]


@pytest.mark.parametrize("change", [RENAME, TWICE])
def test_a_trigger_on_a_view(tmp_path: Path, change: str) -> None:
    assert texts(Bench(tmp_path, CARDS, INSTEAD).write(change)) == [("V0001__change.sql", 1, "over")]


def test_the_reason_is_the_name_and_not_what_the_view_shows(tmp_path: Path) -> None:
    bench = Bench(tmp_path, CARDS, OVER).write(RENAME)
    told = {each.finding.code: each.finding.title for each in bench.problems()}
    assert told.keys() == {"name_becomes_text", "view_column_renamed"}
    assert told["name_becomes_text"] == "“over” goes on with the text “card” in the place of the column"
    assert told["view_column_renamed"].startswith("The view “cards”")


@pytest.mark.parametrize(
    "mended",
    [
        'DROP VIEW over; CREATE VIEW over AS SELECT id, "number" FROM cards;',
        "DROP VIEW cards; CREATE VIEW cards AS SELECT id, number AS card FROM person;",
        "DROP VIEW over;",
    ],
)
def test_what_is_mended_in_the_same_file(tmp_path: Path, mended: str) -> None:
    assert not texts(Bench(tmp_path, CARDS, OVER).write(f"{RENAME} {mended}"))


def test_one_that_does_not_compile_in_between(tmp_path: Path) -> None:
    bench = Bench(tmp_path, CARDS, OVER).write("DROP VIEW cards;")
    bench.write("CREATE VIEW cards AS SELECT id FROM person;", "V0002__again.sql")
    assert texts(bench) == [("V0002__again.sql", 1, "over")]


def test_one_that_is_made_again_with_the_name_that_is_gone(tmp_path: Path) -> None:
    bench = Bench(tmp_path, CARDS, OVER).write(f"{RENAME} DROP VIEW over;\n{OVER};")
    (found,) = bench.problems("name_not_found")
    assert (found.finding.severity, found.place.line) == ("error", 2)


def test_a_text_that_was_one_before_is_a_note(tmp_path: Path) -> None:
    text = 'CREATE TRIGGER over AFTER DELETE ON visit WHEN old.day = "never" BEGIN SELECT 1; END'
    (found,) = Bench(tmp_path, text).write(f"DROP TRIGGER over;\n{text};").problems("name_not_found")
    assert (found.finding.severity, found.place.line) == ("note", 2)


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE VIEW over AS SELECT count(*) AS n FROM cards",
        'CREATE VIEW over AS SELECT "id" FROM cards WHERE id <> "card no"',
        'CREATE VIEW over AS SELECT p."card" AS "card" FROM person p',
        'CREATE INDEX over ON person ("card") WHERE "card" <> "none"',
    ],
)
def test_where_nothing_became_a_text(tmp_path: Path, sql: str) -> None:
    bench = Bench(tmp_path, CARDS, sql).write(f"{TWICE} ALTER TABLE visit DROP COLUMN fee;")
    assert not texts(bench)


def test_old_ways_of_renaming_do_the_same(tmp_path: Path) -> None:
    away = "PRAGMA legacy_alter_table = ON;\nALTER TABLE person RENAME TO people;"
    new = "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT) STRICT;"
    bench = Bench(tmp_path, 'CREATE VIEW over AS SELECT "card" FROM person').write(f"{away}\n{new}")
    assert texts(bench) == [("V0001__change.sql", 3, "over")]


NEVER = 'CREATE VIEW over AS SELECT id FROM person WHERE card <> "never"'
IN_SINGLE = NEVER.replace('"', "'")


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE person ADD COLUMN never TEXT;",
        "DROP VIEW cards;\nCREATE VIEW cards AS SELECT id, card, name AS never FROM person;",
    ],
)
def test_a_text_that_a_new_column_takes_the_place_of(tmp_path: Path, change: str) -> None:
    over = NEVER.replace("person", "cards") if "cards" in change else NEVER
    bench = Bench(tmp_path, CARDS, over).write(change)
    (found,) = bench.problems("text_becomes_name")
    assert (found.finding.severity, found.place.line) == ("error", change.count("\n") + 1)
    assert found.finding.title == "“over” goes on with the column “never” in the place of the text"


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE visit ADD COLUMN never TEXT;",
        "ALTER TABLE person RENAME COLUMN name TO never;",  # SQLite puts the text in single quotes first
        f"ALTER TABLE person ADD COLUMN never TEXT; DROP VIEW over; {IN_SINGLE};",
    ],
)
def test_a_text_that_stays_one(tmp_path: Path, change: str) -> None:
    bench = Bench(tmp_path, CARDS, NEVER).write(change)
    assert not bench.problems("text_becomes_name", "name_becomes_text")


@pytest.mark.parametrize(
    ("column", "line"),
    [("never TEXT", 2), ("kind TEXT", 2), ("KIND TEXT CHECK (KIND <> 'x')", 2), ("other TEXT", 0)],
)
def test_a_text_in_a_rule_of_the_table_itself(tmp_path: Path, column: str, line: int) -> None:
    told = 'CREATE TABLE told (a TEXT, b AS ("kind" || a), CHECK (a <> "never"))'
    bench = Bench(tmp_path, told).write(f"SELECT 1;\nALTER TABLE told ADD COLUMN {column};")
    found = bench.problems("text_becomes_name")
    assert [each.place.line for each in found] == ([line] if line else [])
    for each in found:
        word = column.split()[0].lower()
        assert each.finding.title == f"“told” goes on with the column “{word}” in the place of the text"


@pytest.mark.parametrize(
    "anew",
    [
        'CREATE TABLE n (a TEXT, CHECK (a <> "never")); DROP TABLE told; ALTER TABLE n RENAME TO told;',
        "DROP TABLE told; CREATE TABLE told (never, a);",
        'DROP TABLE told; CREATE TABLE told (a, never, CHECK (a <> "never"));',
    ],
)
def test_a_table_made_anew_says_itself_what_is_a_name(tmp_path: Path, anew: str) -> None:
    told = 'CREATE TABLE told (a TEXT, CHECK (a <> "never"))'
    assert not Bench(tmp_path, told).write(anew).problems("text_becomes_name")
