"""`steward migrate` from the plan over the rehearsal to the file and back, as people and scripts use it."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database, steward
from builders.migrating import CLINIC, other_program
from builders.processes import OtherProgram


@pytest.fixture
def clinic(tmp_path: Path, steward_home: Path) -> Path:
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "V0001__mail.sql").write_text("ALTER TABLE patient ADD COLUMN mail TEXT DEFAULT ${mail};")
    (folder / "V0002__rooms.sql").write_text("CREATE TABLE room (id INTEGER PRIMARY KEY);")
    (folder / "U0002__rooms.sql").write_text("DROP TABLE room;")
    return a_database(tmp_path, "clinic.db").with_sql(CLINIC).build()


def objects(path: Path) -> set[str]:
    with other_program(path) as connection:
        return {str(name) for (name,) in connection.execute("SELECT name FROM sqlite_schema")}


def test_from_the_plan_over_the_rehearsal_to_the_file_and_back(clinic: Path) -> None:
    told = ("--set", "mail=none@x")
    planned = steward("migrate", "plan", clinic, *told)
    assert planned.code == 0, planned.err
    assert "DEFAULT 'none@x'" in planned.out and "V0002__rooms.sql" in planned.out
    refused = steward("migrate", "apply", clinic, *told, "--yes")
    assert refused.code == 3 and "was not rehearsed" in refused.err
    rehearsed = steward("migrate", "rehearse", clinic, *told)
    assert rehearsed.code == 0, rehearsed.err + rehearsed.out
    assert "“room” added" in rehearsed.out.replace("Table ", "") or "room" in rehearsed.out
    assert "room" not in objects(clinic)

    applied = steward("migrate", "apply", clinic, *told, "--yes")

    assert applied.code == 0, applied.err
    assert "2 migrations applied" in applied.out
    assert "room" in objects(clinic)
    again = steward("migrate", "apply", clinic, *told, "--yes")
    assert (again.code, "version 2, 0 migrations pending" in again.out) == (0, True)
    back = steward("migrate", "undo", clinic, "--rehearse", "--yes")
    assert back.code == 0, back.err
    assert "room" not in objects(clinic)
    assert steward("migrate", "status", clinic, "--json").document()["version"] == 1
    assert "taken back 20" in steward("migrate", "status", clinic).out


@pytest.mark.parametrize("options", [(), ("--yes",), ("--json",), ("--yes", "--json")])
def test_what_a_rehearsal_warns_of_is_told_on_the_way_to_apply(
    clinic: Path, options: tuple[str, ...]
) -> None:
    (clinic.parent / "migrations" / "V0001__mail.sql").write_text("ALTER TABLE patient DROP COLUMN note;")
    with other_program(clinic) as connection:
        connection.execute("ALTER TABLE patient ADD COLUMN note TEXT")
        connection.execute("UPDATE patient SET note = 'x'")
    ran = steward("migrate", "apply", clinic, "--rehearse", *options)
    assert ran.code == 0, ran.err
    shown = ran.out if "--json" not in options or "--yes" not in options else ran.err
    assert "“patient.note” is gone" in shown


def test_documents_for_scripts(clinic: Path) -> None:
    plan = steward("migrate", "plan", clinic, "--set", "mail=x", "--json").document()
    assert [each["id"] for each in plan["migrations"]] == ["V0001__mail.sql", "V0002__rooms.sql"]
    assert plan["migrations"][0]["statements"][0]["line"] == 1
    assert plan["plan"]["operation"] == "migrate.apply"
    rehearsal = steward("migrate", "rehearse", clinic, "--set", "mail=x", "--json").document()
    assert rehearsal["schema"] == "steward/migrate-rehearsal/v1"
    assert {each["name"] for each in rehearsal["report"]["tables"]} >= {"patient", "room"}


def test_the_statements_alone(clinic: Path) -> None:
    ran = steward("migrate", "plan", clinic, "--set", "mail=x", "--sql")
    assert ran.out.startswith("-- V0001__mail.sql\nBEGIN IMMEDIATE;\nALTER TABLE patient")
    assert ran.out.rstrip().endswith("COMMIT;")


def test_a_placeholder_without_a_value_is_named_with_its_place(clinic: Path) -> None:
    ran = steward("migrate", "plan", clinic)
    assert ran.code == 2
    assert "line 1, column 50: “mail” has no value" in ran.err
    assert steward("migrate", "plan", clinic, "--set", "mail").code == 2


def test_a_reason_stands_in_for_the_rehearsal_and_in_the_journal(clinic: Path) -> None:
    ran = steward(
        "migrate",
        "apply",
        clinic,
        "--set",
        "mail=x",
        "--target",
        "1",
        "--yes",
        "--unrehearsed",
        "an empty file",
    )
    assert ran.code == 0, ran.err
    events = steward("journal", "list", "--json").out
    assert "an empty file" in events
    assert "room" not in objects(clinic)


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_another_program_is_named_and_can_be_waited_for_or_worked_beside(clinic: Path, mode: str) -> None:
    asked = ("migrate", "apply", clinic, "--set", "mail=x", "--yes", "--unrehearsed", "a test")
    with other_program(clinic) as connection:
        connection.execute(f"PRAGMA journal_mode = {mode}").fetchall()
    with OtherProgram(clinic) as other:
        other.does("run('SELECT count(*) FROM patient')")

        refused = steward(*asked, "--wait", "0.3")

        assert refused.code == 4, refused.out
        assert f"process {other.pid}" in refused.err and "--beside" in refused.err
        assert "room" not in objects(clinic)
        assert steward(*asked, "--beside").code == 0
    assert "room" in objects(clinic)


def test_a_failure_exits_with_4_or_2_and_names_what_stays(clinic: Path) -> None:
    (clinic.parent / "migrations" / "V0003__bad.sql").write_text("INSERT INTO visit VALUES (1, 1, 'twice');")
    ran = steward("migrate", "apply", clinic, "--set", "mail=x", "--yes", "--unrehearsed", "a test")
    assert ran.code == 4
    assert "“V0003__bad.sql”, line 1" in ran.err
    assert "“V0001__mail.sql”, “V0002__rooms.sql” were applied and stay" in ran.err


def test_what_a_program_prints_is_no_part_of_the_document(clinic: Path) -> None:
    (clinic.parent / "migrations" / "V0003__talk.py").write_text(
        "def migrate(session):\n    print('working')\n"
    )
    ran = steward("migrate", "apply", clinic, "--set", "mail=x", "--yes", "--unrehearsed", "a test", "--json")
    assert ran.code == 0, ran.err
    assert ran.document()["result"]["files"][-1] == "V0003__talk.py"
    assert "working" in ran.err


def test_new_files_are_numbered_and_named(clinic: Path) -> None:
    made = steward("migrate", "new", clinic, "Add a phone (número 2)!", "--json").document()
    assert Path(made["path"]).name == "V0003__add_a_phone_numero_2.sql"
    assert Path(made["path"]).read_text() == "-- Add a phone (número 2)!\n"
    for words, name in (
        (("names", "--repeatable"), "R__names.sql"),
        (("--undo-of", "1"), "U0001__mail.sql"),
        (("count", "--python"), "V0004__count.py"),
    ):
        assert Path(steward("migrate", "new", clinic, *words, "--json").document()["path"]).name == name
    assert steward("migrate", "new", clinic, "--undo-of", "1").code == 3
    assert steward("migrate", "new", clinic).code == 2
    assert steward("migrate", "new", clinic, "--undo-of", "77").code == 2


def test_what_a_restore_point_takes_back_is_named_for_people_and_scripts(clinic: Path) -> None:
    steward("migrate", "apply", clinic, "--set", "mail=x", "--yes", "--unrehearsed", "a test")
    with other_program(clinic) as connection:
        connection.execute("INSERT INTO visit VALUES (9, 1, 'later')")
    asked = ("migrate", "undo", clinic, "--target", "0", "--plan")
    plan = steward(*asked, "--json").document()
    assert plan["operation"] == "restore.in_place"
    assert "“patient”.“mail” goes, with 2 values." in plan["sentences"]
    (visit,) = [each for each in plan["changes"] if each["table"] == "visit"]
    assert (visit["rows_before"], visit["rows_after"], visit["deleted"]) == (4, 3, 1)
    (row,) = [each for each in plan["findings"] if each["code"] == "rows_written_since"]
    assert (row["count"], row["key_columns"], row["sample_keys"]) == (1, ["id"], [[9]])
    shown = steward(*asked).out
    assert "1 row of “visit” that was added since goes" in shown and "First rows, by id: 9" in shown


def test_a_file_that_takes_back_begins_with_what_leads_back(clinic: Path) -> None:
    folder = clinic.parent / "migrations"
    (folder / "V0001__mail.sql").write_text("ALTER TABLE patient ADD COLUMN mail TEXT; DELETE FROM visit;")
    made = steward("migrate", "new", clinic, "--undo-of", "1", "--propose")
    assert made.code == 0 and "What it does to rows is not taken back" in made.err
    assert "is written. Read it before it is needed." in made.out
    assert 'ALTER TABLE "main"."patient" DROP COLUMN "mail";' in (folder / "U0001__mail.sql").read_text()
    assert steward("migrate", "new", clinic, "more", "--propose").code == 2
    assert steward("migrate", "new", clinic, "--undo-of", "77", "--propose").code == 2


def test_a_proposal_takes_the_values_of_placeholders(clinic: Path) -> None:
    folder = clinic.parent / "migrations"
    (folder / "V0001__mail.sql").write_text(
        "ALTER TABLE patient ADD COLUMN ${column!identifier} TEXT DEFAULT ${kind};"
    )
    asked = ("migrate", "new", clinic, "--undo-of", "1", "--propose")
    without = steward(*asked, "--set", "column=mail")
    assert without.code == 2 and "--set kind=VALUE" in without.err
    assert not (folder / "U0001__mail.sql").exists()
    made = steward(*asked, "--set", "column=mail", "--set", "kind=home")
    assert made.code == 0, made.err
    assert "tried with the values given for “column”, “kind”" in made.err
    assert 'DROP COLUMN "mail";' in (folder / "U0001__mail.sql").read_text()
    assert steward("migrate", "new", clinic, "more", "--set", "a=b").code == 2


def test_what_was_applied_is_undone_by_its_id_in_the_journal(clinic: Path, tmp_path: Path) -> None:
    told = ("--set", "mail=x", "--yes", "--unrehearsed", "a test", "--json")
    first = steward("migrate", "apply", clinic, "--target", "1", *told).document()["operation_id"]
    second = steward("migrate", "apply", clinic, *told).document()["operation_id"]
    early = steward("journal", "undo", clinic, first, "--yes")
    assert early.code == 3 and "V0002__rooms.sql” was applied after it" in early.err
    assert steward("journal", "undo", clinic, second, "--yes").code == 3  # nobody has rehearsed it
    assert steward("journal", "undo", clinic, second, "--rehearse", "--yes").code == 0
    assert "room" not in objects(clinic)
    kept = tmp_path / "plan.json"
    planned = steward("journal", "undo", clinic, first, "--plan", "--plan-file", kept, "--json").document()
    assert planned["operation"] == "restore.in_place"
    back = steward("journal", "undo", clinic, first, "--plan-file", kept, "--yes")
    assert back.code == 0, back.err
    assert "_steward_migrations" not in objects(clinic)


def test_a_history_begins_and_is_set_right(clinic: Path) -> None:
    assert steward("migrate", "baseline", clinic, "--version", "1", "--yes").code == 0
    assert steward("migrate", "apply", clinic, "--yes", "--unrehearsed", "a test").code == 0
    (clinic.parent / "migrations" / "V0002__rooms.sql").write_text(
        "CREATE TABLE room (id INTEGER PRIMARY KEY); -- so"
    )
    edited = steward("migrate", "status", clinic)
    assert edited.code == 1 and "was changed after it had been applied" in edited.out
    set_right = steward("migrate", "repair", clinic, "--yes", "--json").document()
    assert steward("migrate", "status", clinic).code == 0
    assert steward("migrate", "repair", clinic, "--yes").code == 3
    back = steward("journal", "undo", clinic, set_right["undo"], "--yes")
    assert back.code == 0 and "1 migration in the history as before the repair" in back.out
    assert steward("migrate", "status", clinic).code == 1


def test_a_folder_that_was_told_once_is_kept_in_the_policy(clinic: Path) -> None:
    folder = clinic.parent / "migrations"
    elsewhere = folder.rename(clinic.parent / "changes of the schema")
    asked = ("--set", "mail=x", "--yes", "--unrehearsed", "a test")
    assert steward("migrate", "apply", clinic, "--dir", elsewhere, *asked).code == 0

    assert "folder: changes of the schema" in clinic.with_name("clinic.db.steward.yaml").read_text()
    assert steward("migrate", "status", clinic, "--json").document()["version"] == 2
    elsewhere.rename(folder)
    gone = steward("migrate", "status", clinic)
    assert gone.code == 4 and "changes of the schema" in gone.err


def test_a_rehearsal_tells_what_stands_in_the_way_of_applying_it(clinic: Path) -> None:
    told = ("--set", "mail=x")
    assert steward("migrate", "apply", clinic, *told, "--target", "1", "--rehearse", "--yes").code == 0
    (clinic.parent / "migrations" / "V0001__mail.sql").write_text("SELECT 1;")

    rehearsed = steward("migrate", "rehearse", clinic, *told)

    assert rehearsed.code == 1
    assert (
        "It cannot be applied yet: “V0001__mail.sql” was changed after it had been applied." in rehearsed.err
    )


def test_the_map_of_a_rehearsal_is_drawn_where_it_is_asked_for(clinic: Path, tmp_path: Path) -> None:
    to = tmp_path / "changes.svg"
    asked = ("migrate", "rehearse", clinic, "--set", "mail=x", "--map", to)
    ran = steward(*asked)
    assert ran.code == 0 and "The map is in" in ran.err
    assert "+ added" in to.read_text(encoding="utf-8")
    again = steward(*asked)
    assert again.code == 3 and "exists already" in again.err
    document = steward(*asked, "--force", "--json").document()
    marks = {box["table"]: box["mark"] for box in document["report"]["map"]["boxes"]}
    assert marks["room"]["kind"] == "added" and marks["patient"]["told"] == ["mail: added"]
    text = steward("migrate", "rehearse", clinic, "--set", "mail=x", "--map", tmp_path / "changes.mmd")
    assert text.code == 2 and not (tmp_path / "changes.mmd").exists()


def test_why_no_map_is_drawn_is_said(clinic: Path, tmp_path: Path) -> None:
    for number, sql, why in (
        (3, "UPDATE patient SET phone = '3';", "the schema stays as it is"),
        (4, "DROP TABLE nowhere;", "the migrations did not go through"),
    ):
        for path in (clinic.parent / "migrations").iterdir():
            path.unlink()
        (clinic.parent / "migrations" / f"V000{number}__rows.sql").write_text(sql)
        ran = steward("migrate", "rehearse", clinic, "--map", tmp_path / "none.svg")
        assert f"No map was drawn: {why}." in ran.err
    assert not (tmp_path / "none.svg").exists()
