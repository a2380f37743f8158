"""`steward schema register`, `versions` and `compat`, as people and scripts use them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from builders import a_database, steward
from steward_app.db import open_write


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    return a_database(tmp_path).with_table("visit", "id INTEGER PRIMARY KEY, day TEXT, fee INT").build()


def change(clinic: Path, *sql: str) -> None:
    with open_write(clinic) as session:
        for each in sql:
            session.run(each)


def promise(clinic: Path, mode: str) -> None:
    text = f"version: 1\ncompatibility:\n  default: {mode}\n"
    clinic.with_name(clinic.name + ".steward.yaml").write_text(text, encoding="utf-8")


def test_versions_are_kept_and_listed(clinic: Path) -> None:
    assert steward("schema", "versions", clinic).out == "No table of “clinic.db” is registered.\n"
    planned = steward("schema", "register", clinic, "--plan").out
    assert "“visit” gets version 1." in planned
    assert steward("schema", "versions", clinic, "--json").document()["items"] == []
    done = steward("schema", "register", clinic).out
    assert "Registered the form of 1 table" in done
    assert "  “visit”: version 1\n" in done
    again = steward("schema", "register", clinic)
    assert (again.code, again.out) == (0, "1 table has the form of the newest version.\n")
    change(clinic, "ALTER TABLE visit ADD COLUMN room TEXT NOT NULL DEFAULT ''")
    receipt = steward("schema", "register", clinic, "--json").document()
    assert receipt["result"] == {"versions": {"visit": 2}}
    items = steward("schema", "register", clinic, "--json").document()["items"]
    assert items == [{"id": "visit/2", "table": "visit", "version": 2}]
    items = steward("schema", "versions", clinic, "--json").document()["items"]
    assert [(each["id"], each["mode"]) for each in items] == [("visit/1", "none"), ("visit/2", "none")]
    steward("journal", "undo", clinic, receipt["operation_id"])
    items = steward("schema", "versions", clinic, "--json").document()["items"]
    assert [each["id"] for each in items] == ["visit/1"]


def test_a_version_is_printed_as_json_schema(clinic: Path) -> None:
    change(clinic, 'ALTER TABLE visit ADD COLUMN "a\n\u202e" TEXT')
    steward("schema", "register", clinic)
    ran = steward("schema", "versions", clinic, "--table", "VISIT", "--version", "1")
    assert list(json.loads(ran.out)["properties"]) == ["id", "day", "fee", "a\n\u202e"]
    assert "\u202e" not in ran.out


def test_two_forms_are_compared(clinic: Path) -> None:
    steward("schema", "register", clinic)
    assert "Understand each other" in steward("schema", "compat", clinic).out
    change(clinic, "ALTER TABLE visit ADD COLUMN room TEXT CHECK (room <> '')")
    ran = steward("schema", "compat", clinic)
    assert ran.code == 0
    line = (
        "  “room” is new, and programs of the form before do not know it (property_added, /properties/room)"
    )
    assert line in ran.out.splitlines()
    for mode, code in (("backward", 0), ("forward", 1), ("FULL", 1)):
        assert steward("schema", "compat", clinic, "--mode", mode).code == code
    promise(clinic, "forward")
    document = steward("schema", "compat", clinic, "--json")
    assert document.code == 1
    (item,) = document.document()["items"]
    assert (item["mode"], item["holds"], item["version"], item["to"]) == ("forward", False, 1, 0)
    assert item["incompatibilities"][0] | {"message": ""} == {
        "path": "/properties/room",
        "rule": "property_added",
        "direction": "forward",
        "message": "",
    }
    refused = steward("schema", "register", clinic)
    assert refused.code == 3
    assert "“visit” of “clinic.db” breaks the promise “forward” to version 1: “room” is new" in refused.err


def test_a_schema_that_is_only_thought_of(clinic: Path, tmp_path: Path) -> None:
    steward("schema", "register", clinic)
    wanted = tmp_path / "wanted.sql"
    wanted.write_text("CREATE TABLE visit (id INTEGER PRIMARY KEY, day TEXT NOT NULL, fee INT);")
    ran = steward("schema", "compat", clinic, "--with", wanted, "--mode", "backward")
    assert ran.code == 1
    assert "required_added" in ran.out and "null_forbidden" in ran.out


def test_the_way_from_one_version_to_another(clinic: Path) -> None:
    steward("schema", "register", clinic)
    change(clinic, "ALTER TABLE visit RENAME COLUMN fee TO price")
    steward("schema", "register", clinic)
    words = ("schema", "compat", clinic, "--table", "visit", "--from", "1", "--sql")
    asked = steward(*words)
    assert asked.code == 3
    assert "--rename visit.fee=price" in asked.out
    way = steward(*words, "--rename", "visit.fee=price")
    assert (way.code, way.out) == (0, 'ALTER TABLE "main"."visit" RENAME COLUMN "fee" TO price;\n')
    back = steward(*words, "--to", "1", "--json")
    assert back.document()["statements"] == []
    compared = steward(*words[:-1], "--mode", "full", "--json").document()["items"][0]
    assert (compared["version"], compared["to"], compared["holds"]) == (1, 2, False)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--from", "1"), "--from is about one table."),
        (("--sql",), "--to and --sql need --from."),
        (("--table", "visit", "--from", "7"), "There is no version 7 of “visit”."),
        (("--table", "nobody"), "There is no version of “nobody”."),
        (("--mode", "sideways"), "--mode does not know “sideways”."),
    ],
)
def test_typed_wrongly(clinic: Path, words: tuple[str, ...], told: str) -> None:
    steward("schema", "register", clinic)
    ran = steward("schema", "compat", clinic, *words)
    assert ran.code == 2
    assert told in ran.err


def test_nothing_registered_is_no_promise_kept(clinic: Path) -> None:
    ran = steward("schema", "compat", clinic)
    assert ran.code == 1
    assert "No table is registered." in ran.out
    assert "Nothing was compared, so nothing is promised." in ran.err
    assert steward("schema", "compat", clinic, "--json").code == 1
    steward("schema", "register", clinic)
    assert steward("schema", "compat", clinic).code == 0
