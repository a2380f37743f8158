"""`steward migrate lint`, as people and scripts use it."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database, steward


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    (tmp_path / "migrations").mkdir()
    return (
        a_database(tmp_path)
        .with_sql("CREATE TABLE visit (id INTEGER PRIMARY KEY, day TEXT, fee INT) STRICT")
        .with_rows("visit", [(1, "monday", None), (2, None, 20)])
        .build()
    )


def write(clinic: Path, text: str, name: str = "V0001__change.sql") -> Path:
    file = clinic.parent / "migrations" / name
    file.write_text(text, encoding="utf-8")
    return file


def test_nothing_waits(clinic: Path) -> None:
    ran = steward("migrate", "lint", clinic)
    assert (ran.code, ran.out) == (0, "No migration waits for “clinic.db”.\n")


def test_nothing_to_say(clinic: Path) -> None:
    write(clinic, "ALTER TABLE visit ADD COLUMN room TEXT;")
    ran = steward("migrate", "lint", clinic)
    assert (ran.code, ran.out) == (0, "1 file: nothing to say.\n")


def test_a_person_sees_the_place_the_rows_and_what_to_do(clinic: Path) -> None:
    before = clinic.read_bytes()
    write(clinic, "-- fees\nALTER TABLE visit ALTER fee SET NOT NULL;\nDROP TABLE nobody;\nSELECT 1;\n")
    ran = steward("migrate", "lint", clinic)
    assert ran.code == 1
    for line in (
        "V0001__change.sql:2:1",
        "  error: 1 row of “visit” has no value in “fee”",
        '      SELECT * FROM "main"."visit" WHERE "fee" IS NULL',
        "    - Fill the values in before, or leave NOT NULL out.",
        "    Rule: nulls_in_the_way",
        "  error: This statement does not run: no such table: nobody",
        "“V0001__change.sql”: 2 statements not looked at, since what stands before does not run here.",
        "1 file: 2 errors, 0 warnings, 0 notes, 0 accepted.",
    ):
        assert line in ran.out.splitlines(), line
    assert clinic.read_bytes() == before


def test_a_script_gets_one_document(clinic: Path) -> None:
    write(clinic, "DROP TABLE visit; -- steward: allows table_dropped\nCREATE TABLE n (a INT);")
    ran = steward("migrate", "lint", clinic, "--json")
    document = ran.document()
    assert ran.code == 0  # one accepted, and a note
    assert document["schema"] == "steward/migrate-lint/v1"
    assert document["files"] == [
        {"file": "V0001__change.sql", "statements": 2, "looked_at": 2, "program": False}
    ]
    assert (document["errors"], document["notes"], document["accepted"]) == (0, 1, 1)
    first, second = document["items"]
    assert (first["code"], first["line"], first["column"], first["count"]) == ("table_dropped", 1, 1, 2)
    assert (first["accepted"], second["accepted"]) == (True, False)
    assert first["id"] != second["id"]


def test_one_file_of_any_name_is_looked_at_alone(clinic: Path) -> None:
    write(clinic, "DROP TABLE visit;")
    draft = clinic.parent / "draft.sql"
    draft.write_text("DELETE FROM visit;", encoding="utf-8")
    ran = steward("migrate", "lint", clinic, "--file", draft, "--json")
    assert [item["code"] for item in ran.document()["items"]] == ["every_row_deleted"]


def test_placeholders_get_their_values(clinic: Path) -> None:
    write(clinic, "ALTER TABLE ${what!identifier} ALTER fee SET NOT NULL;")
    ran = steward("migrate", "lint", clinic, "--set", "what=visit", "--json")
    assert [item["code"] for item in ran.document()["items"]] == ["nulls_in_the_way"]
    missing = steward("migrate", "lint", clinic, "--json").document()
    assert [item["code"] for item in missing["items"]] == ["not_for_a_migration"]


@pytest.mark.parametrize(
    ("words", "code"),
    [(("--dir", "nowhere"), 4), (("--file", "nowhere.sql"), 4), (("--set", "nothing"), 2)],
)
def test_what_is_not_there_is_said(clinic: Path, words: tuple[str, ...], code: int) -> None:
    ran = steward("migrate", "lint", clinic, *words)
    assert ran.code == code
    assert ran.out == ""


def test_what_stands_behind_a_program_is_not_called_a_failure(clinic: Path) -> None:
    write(clinic, "def migrate(session): ...", "V0001__p.py")
    write(clinic, "SELECT 1;", "V0002__s.sql")
    write(clinic, "def migrate(session): ...", "V0003__p.py")
    ran = steward("migrate", "lint", clinic)
    assert ran.code == 0
    assert [line for line in ran.out.splitlines() if "looked at, since" in line] == [
        "“V0002__s.sql”: 1 statement not looked at, since what “V0001__p.py” does before is not known until it runs.",
    ]
    assert ran.out.count("is a program: what it does is not told before it runs") == 2
