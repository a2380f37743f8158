"""`steward migrate expand` and `contract`: a column changes in steps, and the old one goes when it is safe."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database, steward
from builders.migrating import other_program
from steward_app.db import open_read

GONE = ("--gone", "The last laptop has version 3 since Monday.")


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path, "clinic.db")
        .with_sql(
            "CREATE TABLE patient (id INTEGER PRIMARY KEY, tel TEXT NOT NULL, fee TEXT)",
            "INSERT INTO patient (tel, fee) VALUES ('1', '1.5'), ('2', NULL)",
        )
        .build()
    )


def applied(clinic: Path) -> None:
    ran = steward("migrate", "apply", clinic, "--rehearse", "--yes")
    assert ran.code == 0, ran


def written_by_others(clinic: Path, sql: str) -> None:
    with other_program(clinic) as program:
        program.execute(sql)


def test_a_name_changes_from_the_first_step_to_the_last(clinic: Path, tmp_path: Path) -> None:
    ran = steward("migrate", "expand", clinic, "patient.tel", "--into", "phone")
    assert ran.code == 0, ran
    assert "Nothing was changed in the database." in ran.out
    files = sorted(path.name for path in (tmp_path / "migrations").iterdir())
    assert files == [
        "U0001__expand_patient_tel_to_phone.sql",
        "U0002__fill_patient_phone.sql",
        "V0001__expand_patient_tel_to_phone.sql",
        "V0002__fill_patient_phone.sql",
    ]
    assert steward("migrate", "lint", clinic).code == 0
    applied(clinic)

    written_by_others(clinic, "UPDATE patient SET tel = '11' WHERE id = 1")
    listed = steward("migrate", "expansions", clinic, "--json").document()
    assert [(item["id"], item["into"], item["old_writes"]) for item in listed["items"]] == [
        ("patient.tel", ["phone"], 1)
    ]
    assert "patient.tel" in steward("migrate", "expansions", clinic).out
    early = steward("migrate", "contract", clinic, "patient.tel")
    assert early.code == 3
    assert "1 value was written under “tel”, the last one on " in early.out
    assert "Nobody has said that the programs that know “tel” are gone" in early.out
    assert len(list((tmp_path / "migrations").iterdir())) == 4
    looked = steward("migrate", "contract", clinic, "patient.tel", "--check", "--json")
    assert looked.code == 1
    assert [item["id"] for item in looked.document()["items"]] == ["used", "undeclared"]

    ready = steward("migrate", "contract", clinic, "patient.tel", *GONE, "--quiet-days", 0, "--json")
    assert ready.code == 0, ready
    text = Path(ready.document()["file"]).read_text(encoding="utf-8")
    assert "-- Declared by the steward of the programs that knew it: The last laptop has" in text
    assert steward("migrate", "lint", clinic).code == 0
    applied(clinic)
    with open_read(clinic) as session:
        assert session.all("SELECT phone FROM patient") == [("11",), ("2",)]
    assert steward("migrate", "contract", clinic, "patient.phone").code == 2
    assert "No column is expanded." in steward("migrate", "expansions", clinic).out


def test_of_a_table_without_rows_no_batches_are_told(clinic: Path) -> None:
    written_by_others(clinic, "DELETE FROM patient")
    made = steward("migrate", "expand", clinic, "patient.tel", "--into", "phone")
    assert made.code == 0, made
    assert (
        "There are no rows yet. Those that come before the first is applied get their values here:"
        in made.out
    )
    assert "batch" not in made.out
    applied(clinic)


def test_values_that_the_old_column_alone_holds_are_asked_for(clinic: Path) -> None:
    cents = ("--into", "cents=INTEGER", "--using", "cents=CAST(round(fee * 100) AS INTEGER)")
    back = ("--back", "printf('%.2f', cents / 100.0)")
    assert steward("migrate", "expand", clinic, "patient.fee", *cents, *back).code == 0
    applied(clinic)
    written_by_others(clinic, "UPDATE patient SET fee = 'free' WHERE id = 2")
    wanted = ("migrate", "contract", clinic, "patient.fee", *GONE, "--quiet-days", 0)
    early = steward(*wanted)
    assert early.code == 3
    assert "1 value of “fee” goes that “cents” does not lead back to" in early.out
    assert steward(*wanted, "--check", "--json").document()["richer"] == 1
    assert steward(*wanted, "--loses", 1).code == 0
    assert steward("migrate", "lint", clinic).code == 0
    applied(clinic)


def test_a_split_says_how_each_way(clinic: Path) -> None:
    shown = steward(
        *("migrate", "expand", clinic, "patient.fee", "--sql"),
        *("--into", "euros=INTEGER", "--using", "euros=CAST(fee AS INTEGER)"),
        *("--into", "cents=INTEGER", "--using", "cents=CAST(round(fee * 100) AS INTEGER) % 100"),
        *("--back", "printf('%d.%02d', euros, cents)"),
    )
    assert shown.code == 0, shown
    assert 'ADD COLUMN "cents" INTEGER;' in shown.out
    assert not (clinic.parent / "migrations").exists()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("patient.none", "--into", "x"), "There is no column “patient.none”."),
        (("patient.tel", "--into", "x", "--using", "y=tel"), "--using names no new column: “y=tel”."),
        (("patient.id", "--into", "x"), "primary key"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_written(
    clinic: Path, arguments: tuple[str, ...], why: str
) -> None:
    ran = steward("migrate", "expand", clinic, *arguments)
    assert ran.code in (2, 3)
    assert why in ran.err
    assert "Nothing was written." in ran.err
    assert not (clinic.parent / "migrations").exists()
