"""`steward schema show` and `docs --diff`, as people and scripts use them."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database, steward
from builders.schemas import plant

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path)
        .with_sql(
            "CREATE TABLE patient ( -- people we treat\n id INTEGER PRIMARY KEY AUTOINCREMENT, -- card number\n"
            " name TEXT NOT NULL COLLATE NOCASE DEFAULT 'x', born DATE CHECK (born > '1900'),\n"
            " age AS (2026 - born) STORED, CONSTRAINT one UNIQUE (name, born) ON CONFLICT IGNORE)",
            "CREATE TABLE visit (no TEXT PRIMARY KEY, patient_id INT REFERENCES patient ON DELETE CASCADE,"
            " gone_id REFERENCES gone (id)) STRICT".replace("gone_id REF", "gone_id INT REF"),
            "CREATE INDEX by_born ON patient (born DESC, lower(name)) WHERE born IS NOT NULL",
            "CREATE VIEW young AS SELECT name FROM patient WHERE age < 18",
            "CREATE VIEW broken AS SELECT nope FROM patient",
            "CREATE TRIGGER watch AFTER UPDATE OF name ON patient BEGIN DELETE FROM visit; END",
            "CREATE VIRTUAL TABLE notes USING fts5(body)",
        )
        .build()
    )


def test_a_person_sees_everything_the_schema_says(clinic: Path) -> None:
    ran = steward("schema", "show", clinic)
    assert ran.code == 0
    for line in (
        "2 tables, 2 views, 1 virtual table",
        "people we treat",
        "rowid, autoincrement; card number",
        "stored, from 2026 - born",
        "Unique one: name, born; on conflict ignore",
        "Check: born > '1900'",
        "Index by_born: born descending, lower(name) where born IS NOT NULL",
        "Foreign key: patient_id → patient (id); on delete cascade; no index serves it",
        "Foreign key: gone_id → gone (id); no index serves it; cannot be used: the table “gone” does not exist",
        "Pointed to by visit (patient_id)",
        "Trigger watch: after update of name",
        "writes visit",
        "Reads patient",
        "SQLite cannot use it: no such column: nope.",
        "CREATE VIEW young AS SELECT name FROM patient WHERE age < 18",
        "module fts5",
    ):
        assert line in ran.out, line
    assert "notes_data" not in ran.out
    assert "sqlite_sequence" not in ran.out
    assert "CREATE TABLE" not in ran.out


def test_one_table_with_its_text(clinic: Path) -> None:
    out = steward("schema", "show", clinic, "--table", "PATIENT", "--sql").out
    assert "CREATE TABLE patient ( -- people we treat" in out
    assert "CREATE INDEX by_born" in out
    assert "CREATE TRIGGER watch" in out
    assert "young" not in out


def test_the_tables_of_sqlite_itself_are_shown_when_asked_for(clinic: Path) -> None:
    out = steward("schema", "show", clinic, "--system").out
    assert "sqlite_sequence" in out
    assert "belongs to notes" in out


def test_a_script_gets_the_whole_model(clinic: Path) -> None:
    ran = steward("schema", "show", clinic, "--json")
    document = ran.document()
    assert (ran.code, document["schema"]) == (0, "steward/schema/v1")
    assert document["settings"]["encoding"] == "UTF-8"
    assert len(document["hash"]) == 64
    tables = {item["id"]: item for item in document["items"]}
    assert {"patient", "visit", "young", "broken", "notes", "notes_data", "sqlite_sequence"} <= set(tables)
    patient = tables["patient"]
    assert (patient["kind"], patient["comment"]) == ("table", "people we treat")
    assert patient["columns"][0]["autoincrement"] is True
    assert patient["columns"][3]["generated"] == "stored"
    assert patient["checks"] == [{"expression": "born > '1900'", "name": "", "column": "born"}]
    assert patient["triggers"][0]["writes"] == [["visit", ""]]
    assert tables["visit"]["strict"] is True
    assert [key["mismatch"] for key in tables["visit"]["foreign_keys"]] == ["", "no_table"]
    assert tables["young"]["reads"] == [["patient", "age"], ["patient", "name"]]
    assert tables["broken"]["problem"] == "no such column: nope"
    only = steward("schema", "show", clinic, "--table", "visit", "--json").document()
    assert [item["id"] for item in only["items"]] == ["visit"]


def test_a_table_that_is_not_there_is_a_wrong_request(clinic: Path) -> None:
    ran = steward("schema", "show", clinic, "--table", "nurse")
    assert ran.code == 2
    assert "There is no table “nurse” in this file." in ran.err


def test_an_empty_file_has_no_tables(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    path.touch()
    ran = steward("schema", "show", path)
    assert ran.code == 0
    assert "There are no tables in this file." in ran.out


def test_a_damaged_schema_is_shown_as_far_as_it_goes(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_sql("CREATE TABLE t (a)").build()
    plant(path, "table", "t", "t", "CREATE TABLE t (b)")
    ran = steward("schema", "show", path)
    assert ran.code == 0
    assert "error: SQLite refuses the table “t”." in ran.out
    assert "SQLite cannot use it: table t already exists." in ran.out
    assert steward("schema", "show", path, "--json").document()["safe_mode"] is True


def test_names_that_deceive_are_shown_for_what_they_are(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_sql('CREATE TABLE "\u202ea\nb\x1b[31m" ("<img onerror=x>")').build()
    ran = steward("schema", "show", path)
    assert "\u202e" not in ran.out
    assert "\x1b" not in ran.out
    assert "⟨U+202E⟩a␤b␛[31m" in ran.out
    document = steward("schema", "show", path, "--json").document()
    assert document["items"][0]["name"] == "\u202ea\nb\x1b[31m"


def test_two_files_are_compared(tmp_path: Path, clinic: Path) -> None:
    other = (
        a_database(tmp_path, "other.db")
        .with_sql("CREATE TABLE patient (id INTEGER PRIMARY KEY, name TEXT, CHECK (id > 0), CHECK (id < 9))")
        .build()
    )
    ran = steward("schema", "docs", clinic, "--diff", other)
    assert ran.code == 1
    assert "Column “name” of “patient” changed: not null yes → no" in ran.out
    assert "Table “visit” removed" in ran.out
    document = steward("schema", "docs", clinic, "--diff", other, "--json").document()
    assert (document["schema"], document["identical"]) == ("steward/schema-diff/v1", False)
    ids = [item["id"] for item in document["items"]]
    assert len(ids) == len(set(ids))
    assert document["items"][0]["sentence"]


def test_the_same_schema_says_the_same(clinic: Path) -> None:
    ran = steward("schema", "docs", clinic, "--diff", clinic)
    assert (ran.code, ran.out) == (0, "The two schemas say the same.\n")


def test_a_dictionary_needs_a_place_to_go(clinic: Path) -> None:
    ran = steward("schema", "docs", clinic)
    assert ran.code == 2
    assert "--to" in ran.err


@pytest.mark.parametrize("name", ["chinook.sqlite", "northwind.sqlite"])
def test_real_files_are_shown(name: str) -> None:
    ran = steward("schema", "show", DATA / name)
    assert ran.code == 0
    assert "→" in ran.out
