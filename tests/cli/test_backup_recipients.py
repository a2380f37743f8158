"""Keys that open a store: listed, let in from a public key or on a sheet, shut out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from builders import a_database, steward
from steward_app.db import open_write
from steward_app.kernel.progress import Context
from steward_app.kernel.secret import Secret
from steward_app.storage.age import Identity

NEW = Identity(Secret("AGE-SECRET-KEY-1J0SEH5GDLYLVLA8TGQSVJX9JP2FEYE6F88PLX45Q9YNY337K0AUSMY34Z5"))
STORE = ("--store", "store")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = a_database(tmp_path, "riverside.db").with_table("visit", "id", rows=[(1,), (2,)]).build()
    assert steward("backup", "init", made, "--store", tmp_path / "store").code == 0
    assert steward("backup", "create", made).code == 0
    return made


def test_the_story_of_a_key(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add = ("backup", "add-recipient", path, *STORE, "--recipient", NEW.public_key)
    asked = steward(*add)
    assert (asked.code, "the next point stands alone" in asked.out) == (3, True)
    planned = steward(*add, "--plan", "--json").document()
    assert "stays closed to it" in " ".join(planned["sentences"])
    done = steward(*add, "--yes", "--json")
    assert (done.code, done.document()["schema"]) == (0, "steward/receipt/v1")
    listed = steward("backup", "recipients", path, *STORE)
    assert (listed.code, "0 of 1 point" in listed.out, "the next point" in listed.out) == (0, True, True)
    assert steward("backup", "create", path).code == 0
    items = steward("backup", "recipients", path, *STORE, "--json").document()["items"]
    assert [(each["opens"], each["points"], each["kept_here"]) for each in items] == [
        (2, 2, True),
        (1, 2, False),
    ]
    assert items[1]["id"] == NEW.public_key

    key, out = tmp_path / "key.txt", tmp_path / "out.db"
    key.write_text(NEW.reveal().reveal())
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("STEWARD_HOME", str(tmp_path / "colleague"))
        ran = steward("restore", "file", "--store", tmp_path / "store", "--to", out, "--key-file", key)
        assert (ran.code, out.exists()) == (0, True), ran.err

    remove = ("backup", "remove-recipient", path, *STORE, "--recipient", NEW.fingerprint)
    assert "stays open to it" in steward(*remove).out
    assert steward(*remove, "--yes").code == 0
    assert len(steward("backup", "recipients", path, *STORE, "--json").document()["items"]) == 1
    told = steward("journal", "list", path, "--json").out
    assert "backup.recipients" in told
    assert NEW.reveal().reveal() not in told


def test_a_new_key_on_a_sheet(path: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.html"
    add = ("backup", "add-recipient", path, *STORE, "--sheet", sheet)
    assert (steward(*add).code, sheet.exists()) == (3, False)
    done = steward(*add, "--yes")
    assert (done.code, "delete the file" in done.err, sheet.exists()) == (0, True, True)
    assert sheet.stat().st_mode & 0o077 == 0
    items = steward("backup", "recipients", path, *STORE, "--json").document()["items"]
    assert items[1]["fingerprint"] in sheet.read_text()
    assert steward("backup", "add-recipient", path, *STORE, "--sheet", sheet, "--yes").code == 3
    assert len(steward("backup", "recipients", path, *STORE, "--json").document()["items"]) == 2


def test_a_plan_that_was_kept_is_carried_out(path: Path, tmp_path: Path) -> None:
    kept = tmp_path / "plan.json"
    add = ("backup", "add-recipient", path, *STORE, "--recipient", NEW.public_key, "--plan-file", kept)
    assert steward(*add, "--plan").code == 0
    assert NEW.public_key in json.loads(kept.read_text())["request"]["recipients"]
    assert steward(*add, "--yes").code == 0
    assert steward(*add, "--yes").code == 3


def test_what_is_not_possible(path: Path, tmp_path: Path) -> None:
    for options in (
        (),
        ("--recipient", NEW.public_key, "--sheet", tmp_path / "s.pdf"),
        ("--recipient", "age1no"),
    ):
        assert steward("backup", "add-recipient", path, *STORE, *options).code == 2
    (own,) = steward("backup", "recipients", path, *STORE, "--json").document()["items"]
    ran = steward("backup", "remove-recipient", path, *STORE, "--recipient", own["fingerprint"], "--yes")
    assert (ran.code, "only key" in ran.err) == (3, True)
    assert (
        steward("backup", "remove-recipient", path, *STORE, "--recipient", NEW.public_key, "--yes").code == 2
    )
    with open_write(path) as session, session.transaction(Context()):
        session.run("INSERT INTO visit VALUES (3)")
    assert steward("backup", "create", path).code == 0
