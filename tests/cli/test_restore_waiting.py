"""`steward restore waiting` and `decide`: rows that may be erased ones, and what a person says of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database, steward
from builders.erasing import Ledger
from steward_app.catalog import open_catalog
from steward_app.db import open_read, open_write
from steward_app.kernel import clock
from steward_app.services.erasure import own_key
from steward_app.storage.secrets import open_secrets


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    rows = [(1, "Ada Winter"), (2, "Ben Moor"), (3, "Cleo Hart")]
    return a_database(tmp_path).with_table("patient", "id INTEGER PRIMARY KEY, name", rows=rows).build()


def erased_after_an_edit(clinic: Path) -> str:
    """A restore point, then two patients renamed and erased; the id of the point."""
    receipt = steward("backup", "create", clinic, "--here", "--json").document()
    with open_write(clinic) as session, session.transaction():
        session.run("UPDATE patient SET name = name || ' MD'")
    with open_catalog() as catalog:
        ledger = Ledger(catalog, receipt["database_id"], own_key(open_secrets(), receipt["database_id"]))
        ledger.erase(clinic, "patient", "id < 3", at=clock.to_text(clock.now()))
    return str(receipt["result"]["point"])


def names(path: Path) -> list[object]:
    with open_read(path) as session:
        return [name for (name,) in session.execute("SELECT name FROM patient ORDER BY id")]


def test_nothing_waits(clinic: Path) -> None:
    assert steward("restore", "waiting", clinic).out == "No row waits for a decision.\n"
    assert steward("restore", "waiting", clinic, "--json").document()["items"] == []


def test_rows_wait_and_are_decided_on(clinic: Path, tmp_path: Path) -> None:
    point = erased_after_an_edit(clinic)
    ran = steward("restore", "file", clinic, "--point", point, "--to", tmp_path / "new.db")
    assert ran.code == 0
    assert "Erased rows brought back: 0" in ran.out
    assert names(tmp_path / "new.db") == ["Cleo Hart"]

    first, second = steward("restore", "waiting", clinic, "--json").document()["items"]
    assert (first["table"], first["key_columns"], first["key"], first["point"]) == (
        "patient",
        ["id"],
        [1],
        point,
    )
    told = steward("restore", "waiting", clinic).out
    assert f"{second['id']}  “patient”, id 2, in the point {point}" in told
    assert "2 rows wait for a decision." in told

    assert steward("restore", "decide", clinic, first["id"], "--keep").code == 0
    decided = steward("restore", "decide", clinic, second["id"], "--erase", "--json").document()
    assert (decided["verdict"], decided["table"]) == ("erase", "patient")
    steward("restore", "file", clinic, "--point", point, "--to", tmp_path / "newer.db")
    assert names(tmp_path / "newer.db") == ["Ada Winter", "Cleo Hart"]
    assert "No row waits" in steward("restore", "waiting", clinic).out


@pytest.mark.parametrize("options", [[], ["--keep", "--erase"]])
def test_a_decision_is_one_of_two(clinic: Path, options: list[str]) -> None:
    ran = steward("restore", "decide", clinic, "qu_1", *options)
    assert (ran.code, "either --keep or --erase" in ran.err) == (2, True)


def test_a_row_that_does_not_wait(clinic: Path) -> None:
    ran = steward("restore", "decide", clinic, "qu_1", "--keep")
    assert (ran.code, "No row qu_1 of this database waits" in ran.err) == (2, True)
