"""`steward migrate diff`: a migration to a schema that is wanted."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database, steward
from steward_app.db import open_read, open_write

CLINIC = (
    "CREATE TABLE patient(id INTEGER PRIMARY KEY, surname TEXT, born TEXT)",
    "CREATE TABLE visit(id INTEGER PRIMARY KEY, patient_id INT REFERENCES patient)",
    "INSERT INTO patient(surname) VALUES ('Winter'), ('Moor')",
)


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    return a_database(tmp_path, "clinic.db").with_sql(*CLINIC).build()


def wanted(tmp_path: Path, sql: str) -> Path:
    path = tmp_path / "wanted.sql"
    path.write_text(sql, encoding="utf-8")
    return path


SAME = ";\n".join(CLINIC)
MORE = (
    SAME.replace("born TEXT", "born TEXT, note TEXT NOT NULL DEFAULT ''")
    + "; CREATE INDEX i ON patient(surname)"
)


def test_a_migration_is_written_with_the_one_that_takes_it_back(clinic: Path, tmp_path: Path) -> None:
    ran = steward("migrate", "diff", clinic, "--to", wanted(tmp_path, MORE), "--title", "Notes of patients")
    assert ran.code == 0, ran
    assert "Column “note” of “patient” added" in ran.out
    assert "Nothing was changed in the database." in ran.out
    text = (tmp_path / "migrations" / "V0001__notes_of_patients.sql").read_text(encoding="utf-8")
    head, _, body = text.partition("\n\n")
    assert head.startswith("-- Notes of patients.\n-- Made on ")
    assert "-- * Index “i” of “patient” added\n--\n-- No value is lost." in head
    assert body == (
        """ALTER TABLE "main"."patient" ADD COLUMN note TEXT NOT NULL DEFAULT '';\n\n"""
        "CREATE INDEX i ON patient(surname);\n"
    )
    undo = (tmp_path / "migrations" / "U0001__notes_of_patients.sql").read_text(encoding="utf-8")
    assert undo.startswith("-- Takes back V0001__notes_of_patients.sql.")
    assert 'DROP COLUMN "note";' in undo

    to = wanted(tmp_path, MORE + "; CREATE INDEX j ON patient(born)")
    again = steward("migrate", "diff", clinic, "--to", to, "--json").document()
    assert again["schema"] == "steward/migrate-diff/v1"
    assert Path(again["file"]).name == "V0002__as_in_wanted.sql"
    assert again["waiting"] == ["V0001__notes_of_patients.sql"]
    assert [item["sentence"] for item in again["items"]] == ["Index “j” of “patient” added"]


def test_what_waits_is_not_written_twice(clinic: Path, tmp_path: Path) -> None:
    to = wanted(tmp_path, MORE)
    assert steward("migrate", "diff", clinic, "--to", to, "--title", "Notes").code == 0
    again = steward("migrate", "diff", clinic, "--to", to)
    assert (again.code, again.out.strip()) == (
        0,
        "“clinic.db” has the schema of “wanted.sql” after “V0001__notes.sql”, which waits to be applied: there is"
        " nothing to write.",
    )
    assert steward("migrate", "diff", clinic, "--to", to, "--check").code == 1
    assert len(list((tmp_path / "migrations").glob("V*"))) == 1


def test_what_waits_and_is_not_wanted_is_told(clinic: Path, tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "V0001__x.sql").write_text("ALTER TABLE patient ADD COLUMN x; UPDATE patient SET x = id;")
    to = wanted(tmp_path, SAME.replace("born TEXT", "born TEXT DEFAULT 'z'"))
    asked = steward("migrate", "diff", clinic, "--to", to)
    assert asked.code == 3, asked
    assert "Column “x” of “patient” is not wanted any more, and holds 2 values." in asked.out
    ran = steward("migrate", "diff", clinic, "--to", to, "--gone", "patient.x")
    assert ran.code == 0, ran
    assert "Column “x” of “patient” goes, with its values." in ran.out
    assert "It begins with the schema that comes after “V0001__x.sql”, which waits to be applied." in ran.out
    text = (folder / "V0002__as_in_wanted.sql").read_text(encoding="utf-8")
    assert "-- Begins with the schema that comes after “V0001__x.sql”, which waits to be applied." in text
    assert not list(folder.glob("U*"))


def test_what_is_said_to_go_is_meant_behind_what_waits(clinic: Path, tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "V0001__x.sql").write_text("ALTER TABLE patient ADD COLUMN x; UPDATE patient SET x = id;")
    to = wanted(tmp_path, SAME.replace("born TEXT", "born TEXT DEFAULT 'z'"))
    assert steward("migrate", "diff", clinic, "--to", to, "--gone", "patient.x").code == 0
    rehearsed = steward("migrate", "rehearse", clinic)
    assert rehearsed.code == 0, rehearsed


def test_nothing_is_written_behind_what_nobody_can_foresee(clinic: Path, tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "V0001__x.py").write_text("def migrate(session):\n    pass\n")
    ran = steward("migrate", "diff", clinic, "--to", wanted(tmp_path, MORE))
    assert ran.code == 3, ran
    assert ran.err.strip() == (
        "“V0001__x.py” waits to be applied, and what it leaves is not known: it is a program.\n"
        "Nothing was written. Apply what waits first, take its file out of the folder, or, where the database has"
        " what it makes already, say so with “steward migrate baseline”."
    )


def test_what_is_written_can_be_applied_and_taken_back(clinic: Path, tmp_path: Path) -> None:
    now = a_database(tmp_path, "now.db").with_sql(*CLINIC).build()
    to = wanted(
        tmp_path, MORE.replace("surname TEXT", "family_name TEXT").replace("(surname)", "(family_name DESC)")
    )
    renamed = ("--rename", "patient.surname=family_name")
    assert steward("migrate", "diff", clinic, "--to", to, *renamed).code == 0
    assert steward("migrate", "rehearse", clinic).code == 0
    applied = steward("migrate", "apply", clinic, "--yes")
    assert applied.code == 0, applied
    assert steward("migrate", "diff", clinic, "--to", to, "--check").code == 0
    undone = steward("migrate", "undo", clinic, "--rehearse", "--yes")
    assert undone.code == 0, undone
    assert steward("migrate", "diff", clinic, "--to", now, "--check").code == 0
    with open_read(clinic) as session:
        assert session.all("SELECT surname FROM patient") == [("Winter",), ("Moor",)]


def test_nothing_is_written_where_nothing_differs(clinic: Path, tmp_path: Path) -> None:
    otherwise = SAME.replace("surname TEXT", '"surname" text -- as in the passport\n')
    ran = steward("migrate", "diff", clinic, "--to", wanted(tmp_path, otherwise), "--check")
    assert (ran.code, ran.out.splitlines()) == (
        0,
        [
            "“clinic.db” has the schema of “wanted.sql”.",
            "1 text differs in remarks, spaces or quotes only; --exact takes them over.",
        ],
    )
    assert not (tmp_path / "migrations").exists()
    exactly = steward("migrate", "diff", clinic, "--to", wanted(tmp_path, otherwise), "--exact", "--sql")
    assert "-- as in the passport" in exactly.out
    assert not (tmp_path / "migrations").exists()


def test_what_seems_renamed_is_asked(clinic: Path, tmp_path: Path) -> None:
    to = wanted(tmp_path, SAME.replace("surname TEXT", "family_name TEXT NOT NULL"))
    ran = steward("migrate", "diff", clinic, "--to", to)
    assert ran.code == 3
    assert ran.out.splitlines() == [
        "Column “surname” of “patient” goes, and “family_name” comes. Is it renamed?",
        "    --rename patient.surname=family_name",
        "    --gone patient.surname",
    ]
    assert "Nothing was written: 1 question to answer first." in ran.err
    assert not (tmp_path / "migrations").exists()

    asked = steward("migrate", "diff", clinic, "--to", to, "--gone", "patient.surname", "--json")
    assert asked.code == 3
    (question,) = asked.document()["questions"]
    assert (question["asks"], question["rows"]) == ("fill", 2)
    assert question["answers"] == ["--fill patient.family_name=EXPRESSION"]

    told = steward("migrate", "diff", clinic, "--to", to, "--rename", "patient.surname=family_name", "--json")
    assert told.code == 0, told
    document = told.document()
    assert document["renames"] == [{"table": "patient", "before": "surname", "after": "family_name"}]
    assert document["losses"] == []
    assert document["undo_statements"]

    filled = ("--gone", "patient.surname", "--fill", "patient.family_name='unknown'")
    lost = steward("migrate", "diff", clinic, "--to", to, *filled, "--dir", tmp_path / "other")
    assert lost.code == 0, lost
    assert "Column “surname” of “patient” goes, with its values." in lost.out
    assert "Nothing but a restore point takes it back" in lost.out
    assert [each.name for each in (tmp_path / "other").iterdir()] == ["V0001__as_in_wanted.sql"]


def test_a_check_asks_nothing_and_finds(clinic: Path, tmp_path: Path) -> None:
    to = wanted(tmp_path, SAME.replace("surname TEXT", "family_name TEXT NOT NULL"))
    ran = steward("migrate", "diff", clinic, "--to", to, "--check")
    assert ran.code == 1
    assert "Column “family_name” of “patient” added" in ran.out
    assert not (tmp_path / "migrations").exists()
    assert steward("migrate", "diff", clinic, "--to", to, "--check", "--sql").code == 2


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (("--rename", "patient.gone=born2"), "--rename names nothing that is there: “patient.gone=born2”"),
        (("--rename", "patient.surname=nowhere"), "no column “nowhere” in the desired schema"),
        (("--rename", "patient=visit"), "“patient” cannot be renamed to “visit”, which is there"),
        (("--gone", "nobody"), "--gone names nothing that is there"),
        (("--fill", "patient.surname"), "names nothing that is there"),
        (("--using", "patient.born=1, 2"), "This cannot stand there"),
    ],
)
def test_answers_about_nothing_are_wrong_usage(
    clinic: Path, tmp_path: Path, option: tuple[str, str], said: str
) -> None:
    ran = steward("migrate", "diff", clinic, "--to", wanted(tmp_path, SAME), *option)
    assert ran.code == 2, ran
    assert said in ran.err
    assert not (tmp_path / "migrations").exists()


def test_another_database_may_say_what_is_wanted(clinic: Path, tmp_path: Path) -> None:
    other = a_database(tmp_path, "other.db").with_sql(*CLINIC, "CREATE VIEW v AS SELECT 1").build()
    ran = steward("migrate", "diff", clinic, "--to", other, "--sql")
    assert ran.code == 0
    assert ran.out.endswith("\nCREATE VIEW v AS SELECT 1;\n")


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("CREATE TABLE a(x);\n CREATE TABLE a(y)", "“wanted.sql”, line 2, column 2: table a already exists"),
        ("ATTACH 'x.db' AS x", "ATTACH cannot be part of a schema"),
        (
            "CREATE TABLE n AS WITH s (i) AS (SELECT 1 UNION ALL SELECT i FROM s) SELECT i FROM s",
            "it may never end",
        ),
        ("INSERT INTO sqlite_schema VALUES (1)", "Put its CREATE VIRTUAL TABLE there instead"),
        ("CREATE TABLE a(x", "line 1, column 1: incomplete input"),
        (".read other.sql", "cannot be part of a schema"),
    ],
)
def test_a_script_that_is_no_schema_is_refused_with_its_place(
    clinic: Path, tmp_path: Path, sql: str, said: str
) -> None:
    ran = steward("migrate", "diff", clinic, "--to", wanted(tmp_path, sql))
    assert ran.code == 2, ran
    assert said in ran.err


def test_what_is_said_to_be_gone_is_not_asked_for_again_by_lint(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path, "said.db")
        .with_sql(
            "CREATE TABLE t(a INT, fax TEXT)",
            "CREATE TABLE old(x)",
            "CREATE TABLE r(a, fax UNIQUE, b)",
            "CREATE TABLE s(a, fax)",
            *(f"INSERT INTO {each} VALUES (1, 2)" for each in ("t", "s")),
            "INSERT INTO old VALUES (1)",
            "INSERT INTO r VALUES (1, 2, 3)",
        )
        .build()
    )
    to = wanted(
        tmp_path, "CREATE TABLE t(a INT, b); CREATE TABLE n(y); CREATE TABLE r2(a, b, e); CREATE TABLE s(a);"
    )
    said = (
        "--rename",
        "r=r2",
        *(part for name in ("t.fax", "old", "r.fax", "s.fax") for part in ("--gone", name)),
    )
    assert steward("migrate", "diff", path, "--to", to, *said, "--title", "go").code == 0

    text = (tmp_path / "migrations" / "V0001__go.sql").read_text(encoding="utf-8")
    assert (
        '-- steward: allows column_dropped (said when this was made: --gone t.fax)\nALTER TABLE "main"."t"'
        in text
    )
    assert "-- steward: allows table_dropped (said when this was made: --gone old)\nDROP TABLE" in text
    assert "-- steward: allows column_not_copied (said when this was made: --gone r.fax)\nDROP TABLE" in text
    problems = steward("migrate", "lint", path, "--json").document()["items"]
    left = [each["title"] for each in problems if each["severity"] == "error" and not each["accepted"]]
    assert left == []


@pytest.mark.parametrize(
    ("after", "sentence", "answer"),
    [
        ("CREATE TABLE old(x)", "Table “t” is not wanted any more, and holds 1 row. Does it go with them?", "t"),
        ("CREATE TABLE t(a INT); CREATE TABLE old(x)",
         "Column “fax” of “t” is not wanted any more, and holds 1 value. Does it go with them?", "t.fax"),
    ],
)  # fmt: skip
def test_what_goes_with_what_it_holds_is_asked(
    tmp_path: Path, after: str, sentence: str, answer: str
) -> None:
    path = a_database(tmp_path, "said.db").with_sql("CREATE TABLE t(a INT, fax TEXT)", "CREATE TABLE old(x)")
    to = wanted(tmp_path, after)
    ran = steward("migrate", "diff", path.with_sql("INSERT INTO t VALUES (1, 2)").build(), "--to", to)
    assert ran.code == 3, ran
    assert ran.out == f"{sentence}\n    --gone {answer}\n"
    assert not (tmp_path / "migrations").exists()
    assert steward("migrate", "diff", tmp_path / "said.db", "--to", to, "--gone", answer).code == 0


def test_a_unique_index_that_goes_is_asked_for_and_then_meant(tmp_path: Path) -> None:
    table = "CREATE TABLE t(a INT, card TEXT)"
    path = a_database(tmp_path, "t.db").with_sql(table, "CREATE UNIQUE INDEX t_card ON t(card)").build()
    to = wanted(tmp_path, table)
    ran = steward("migrate", "diff", path, "--to", to, "--json")
    assert ran.code == 3, ran
    (question,) = ran.document()["questions"]
    assert question["id"] == "unique t_card"
    assert question["index"] == "t_card"
    assert question["answers"] == ["--gone t_card"]
    assert steward("migrate", "diff", path, "--to", to, "--gone", "t_card", "--title", "go").code == 0
    text = (tmp_path / "migrations" / "V0001__go.sql").read_text(encoding="utf-8")
    assert "-- steward: allows unique_dropped (said when this was made: --gone t_card)\nDROP INDEX" in text
    assert steward("migrate", "lint", path).code == 0


def test_a_unique_or_primary_key_of_a_table_that_goes_is_asked_for_alike(tmp_path: Path) -> None:
    before = "CREATE TABLE t(a INT PRIMARY KEY, card TEXT, day TEXT, UNIQUE (card, day))"
    path = a_database(tmp_path, "t.db").with_sql(before).build()
    to = wanted(tmp_path, "CREATE TABLE t(a INT, card TEXT, day TEXT)")
    ran = steward("migrate", "diff", path, "--to", to, "--json")
    assert ran.code == 3, ran
    asked = {each["id"]: each for each in ran.document()["questions"]}
    assert {name: (each["key"], each["answers"]) for name, each in asked.items()} == {
        "primary_key t(a)": (["a"], ["--gone 't(a)'"]),
        "unique t(card, day)": (["card", "day"], ["--gone 't(card, day)'"]),
    }
    answers = ("--gone", "t(A)", "--gone", "t(card,day)")
    assert steward("migrate", "diff", path, "--to", to, *answers).code == 0
    assert steward("migrate", "lint", path).code == 0
    assert steward("migrate", "apply", path, "--rehearse", "--yes").code == 0
    assert steward("migrate", "diff", path, "--to", to, "--check").code == 0


def test_what_holds_nothing_goes_without_a_question(tmp_path: Path) -> None:
    path = a_database(tmp_path, "empty.db").with_sql(
        "CREATE TABLE t(a INT, fax TEXT)", "CREATE TABLE old(x)", "INSERT INTO t(a) VALUES (1)"
    )
    to = wanted(tmp_path, "CREATE TABLE t(a INT)")
    assert steward("migrate", "diff", path.build(), "--to", to).code == 0


@pytest.mark.parametrize(
    ("waits", "rows"),
    [
        ("ALTER TABLE patient RENAME COLUMN born TO day;", 1),
        ("UPDATE patient SET born = '?' WHERE born IS NULL; ALTER TABLE patient RENAME COLUMN born TO day;", 0),
        ("ALTER TABLE patient ADD COLUMN day TEXT; UPDATE patient SET day = coalesce(born, '?');"
         " ALTER TABLE patient DROP COLUMN born;", 0),
        ("ALTER TABLE patient ADD COLUMN day TEXT; ALTER TABLE patient DROP COLUMN born;", 2),
    ],
)  # fmt: skip
def test_rows_without_a_value_are_counted_behind_what_waits(
    clinic: Path, tmp_path: Path, waits: str, rows: int
) -> None:
    with open_write(clinic) as session:
        session.run("UPDATE patient SET born = '2001' WHERE id = 1")
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "V0001__x.sql").write_text(waits)
    ran = steward(
        "migrate", "diff", clinic, "--to", wanted(tmp_path, SAME.replace("born TEXT", "day TEXT NOT NULL"))
    )
    told = (
        f"{rows} row{'s' if rows > 1 else ''} of “patient” ha{'ve' if rows > 1 else 's'} no value for “day”"
    )
    assert (ran.code == 3 and told in ran.out) if rows else ran.code == 0, ran
