"""`steward backup` and `steward restore`, as scripts and people use them."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import Ran, a_database, steward
from steward_app.db import open_read, open_write
from steward_app.db.image import same_image
from steward_app.kernel.progress import Context


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path)
        .with_table("patient", "id INTEGER PRIMARY KEY, name", rows=[(1, "a"), (2, "b")])
        .build()
    )


def made(path: Path) -> str:
    ran = steward("backup", "create", path, "--json")
    assert ran.code == 0, ran
    return str(ran.document()["result"]["point"])


def rows(path: Path) -> int:
    with open_read(path) as session:
        return session.count("SELECT count(*) FROM patient")


def spoil(path: Path) -> None:
    with open_write(path) as session, session.transaction():
        session.run("DELETE FROM patient")


def restored(path: Path, point: str, *more: str | Path) -> Ran:
    return steward("restore", "file", path, "--point", point, *more)


def test_a_point_is_made_listed_and_verified(clinic: Path) -> None:
    ran = steward("backup", "create", clinic, "--reason", "Before the update")
    assert ran.code == 0
    assert ran.out.startswith("Restore point made, checked and proven\n")
    (point,) = steward("backup", "list", clinic, "--json").document()["items"]
    assert (point["state"], point["reason"]) == ("proven", "Before the update")
    assert point["tables"][0] | {"hash": ""} == {"name": "patient", "rows": 2, "hash": "", "problem": ""}
    assert "Before the update" in steward("backup", "list", clinic).out
    ran = steward("backup", "verify", clinic, "--prove")
    assert (ran.code, ran.out.splitlines()[-1]) == (0, "1 restore point as made.")


def test_no_points_yet(clinic: Path) -> None:
    assert "no restore points yet" in steward("backup", "list", clinic).out
    assert steward("backup", "list", clinic, "--json").document()["items"] == []
    assert steward("backup", "verify", clinic).code == 0


def test_a_plan_makes_nothing(clinic: Path) -> None:
    plan = steward("backup", "create", clinic, "--plan", "--json").document()
    assert plan["operation"] == "backup.create"
    assert plan["path"] == str(clinic)
    assert steward("backup", "list", clinic, "--json").document()["items"] == []


def test_less_can_be_asked_for(clinic: Path) -> None:
    assert (
        steward("backup", "create", clinic, "--no-prove", "--json").document()["result"]["state"] == "checked"
    )
    assert (
        steward("backup", "create", clinic, "--no-check", "--json").document()["result"]["state"] == "taken"
    )


def test_a_spoilt_point_is_found(clinic: Path) -> None:
    point = made(clinic)
    (found,) = steward("backup", "list", clinic, "--json").document()["items"]
    copy = Path(found["path"])
    copy.write_bytes(copy.read_bytes()[:-1] + b"?")
    ran = steward("backup", "verify", clinic, "--point", point[:12], "--json")
    assert ran.code == 1
    assert ran.document()["items"][0]["state"] == "failed"
    assert "not sound" in steward("backup", "verify", clinic).out
    assert restored(clinic, point, "--yes").code == 3


def test_a_damaged_database_gives_a_point_and_exit_code_1(clinic: Path) -> None:
    with open_read(clinic) as session:
        page = session.count("SELECT rootpage FROM sqlite_schema WHERE name = 'patient'")
    content = bytearray(clinic.read_bytes())
    content[(page - 1) * 4096 : page * 4096] = b"\x5a" * 4096
    clinic.write_bytes(content)
    ran = steward("backup", "create", clinic)
    assert (ran.code, ran.out.splitlines()[0]) == (1, "Restore point made. The database itself is damaged")


def test_restored_to_a_new_file_without_a_question(clinic: Path, tmp_path: Path) -> None:
    point = made(clinic)
    spoil(clinic)
    ran = restored(clinic, point, "--to", tmp_path / "new.db")
    assert (ran.code, rows(tmp_path / "new.db"), rows(clinic)) == (0, 2, 0)
    again = restored(clinic, point, "--to", tmp_path / "new.db", "--json")
    assert again.code == 3
    assert again.document()["error"]["code"] == "bad_path"


def test_in_place_only_when_confirmed(clinic: Path) -> None:
    point = made(clinic)
    spoil(clinic)
    ran = restored(clinic, point)
    assert ran.code == 3
    assert "What it holds now is made a restore point first" in ran.out
    assert "add --yes" in ran.err
    assert restored(clinic, point, "--plan").code == 0
    assert restored(clinic, point, "--rehearse").code == 0
    assert rows(clinic) == 0
    receipt = restored(clinic, point, "--yes", "--json").document()
    assert rows(clinic) == 2
    items = steward("backup", "list", clinic, "--json").document()["items"]
    assert [item["id"] for item in items] == [receipt["restore_point"], point]


def test_a_kept_plan_is_carried_out(clinic: Path, tmp_path: Path) -> None:
    point = made(clinic)
    spoil(clinic)
    assert restored(clinic, point, "--plan", "--plan-file", tmp_path / "plan.json").code == 0
    assert restored(clinic, point, "--yes", "--plan-file", tmp_path / "plan.json").code == 0
    assert rows(clinic) == 2


def test_a_database_that_is_gone_comes_back(clinic: Path, tmp_path: Path) -> None:
    (tmp_path / "before.db").write_bytes(clinic.read_bytes())
    point = made(clinic)
    clinic.unlink()
    assert restored(clinic, point).code == 0
    assert same_image(tmp_path / "before.db", clinic, Context())


def test_a_file_that_is_no_database_any_more_has_its_points_still(clinic: Path, tmp_path: Path) -> None:
    point = made(clinic)
    clinic.write_bytes(b"encrypted by somebody who wants money" * 500)
    assert [item["id"] for item in steward("backup", "list", clinic, "--json").document()["items"]] == [point]
    assert steward("backup", "verify", clinic).code == 0
    assert restored(clinic, point, "--to", tmp_path / "new.db").code == 0
    assert rows(tmp_path / "new.db") == 2
    in_place = restored(clinic, point, "--yes", "--json")
    assert in_place.code == 4
    assert in_place.document()["error"]["code"] == "not_a_database"


def test_an_empty_file_is_restored_in_place(clinic: Path) -> None:
    point = made(clinic)
    clinic.write_bytes(b"")
    assert restored(clinic, point, "--yes").code == 0
    assert rows(clinic) == 2


def test_a_point_nobody_knows(clinic: Path) -> None:
    ran = restored(clinic, "pt_nothing", "--json")
    assert ran.code == 2
    assert ran.document()["error"]["code"] == "unknown_object"


def test_an_interrupted_operation_is_settled_and_said(clinic: Path) -> None:
    from steward_app.catalog import journal, open_catalog

    made(clinic)
    with open_catalog() as catalog:
        with catalog.reading() as session:
            started = journal.events(session, phases=(journal.Phase.STARTED,))[0]
        with catalog.unit() as unit:
            journal.append(
                unit,
                journal.Phase.STARTED,
                started.operation,
                operation_id="op_killed",
                database_id=started.database_id,
                details=started.data,
            )
            unit.commit()
    ran = steward("backup", "list", clinic)
    assert ran.err.startswith(f"This was interrupted: {started.data['title']}. ")
    assert steward("backup", "list", clinic).err == ""


def test_what_nobody_looked_into_is_not_counted_and_not_said_to_be_as_made(clinic: Path) -> None:
    steward("backup", "create", clinic, "--no-check", "--no-prove")
    line = steward("backup", "list", clinic).out.splitlines()[-1]
    assert "taken" in line
    assert " 0 " not in line
    ran = steward("backup", "verify", clinic)
    assert (ran.code, ran.out.splitlines()[-1]) == (
        0,
        "0 restore points as made, 1 of the right size, which is all that is known.",
    )
    (event,) = steward("journal", "list", "--operation", "backup.verify", "--json").document()["items"]
    assert event["details"]["sentence"].endswith("has its size; nobody looked into it when it was made")


def test_a_kept_plan_is_never_written_over_a_database(clinic: Path, tmp_path: Path) -> None:
    point, before = made(clinic), clinic.read_bytes()
    ran = restored(clinic, point, "--plan", "--plan-file", clinic)
    assert ran.code == 3
    assert ran.err.startswith("“clinic.db” is a database, and no other file takes its place.")
    assert clinic.read_bytes() == before


def test_counts_that_nobody_made_are_not_in_the_plan(clinic: Path) -> None:
    point = made(clinic)
    spoil(clinic)
    ran = restored(clinic, point, "--plan")
    assert ran.out.splitlines()[7].split() == ["table", "before", "after"]
    assert "patient 0 2" in " ".join(ran.out.split())
