"""What the audit commands say where little is there to be said, or something is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database, steward
from builders.under_audit import run

NAMELESS = "CREATE TABLE rid (rowid, oid, _rowid_)"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path)
        .with_table("room", "id INTEGER PRIMARY KEY, picture", rows=[(1, b"\x00"), (2, b"\x00\x01")])
        .with_sql(NAMELESS)
        .build()
    )


def test_a_plan_that_is_stopped_promises_nothing(path: Path) -> None:
    ran = steward("audit", "install", path, "--tables", "rid", "--plan")
    assert ran.out.startswith("Put 1 table of")
    for word in ("is logged in this file", "A first seal", "of free space"):
        assert word not in ran.out
    assert "Rows of “rid” cannot be named (stops the plan)" in ran.out


def test_a_table_that_cannot_be_is_not_all_there_is(path: Path) -> None:
    assert steward("audit", "install", path, "--yes").code == 0
    ran = steward("audit", "install", path)
    assert "No other table of" in ran.err
    assert "can be put under audit: Rows of “rid” cannot be named." in ran.err


def test_one_byte(path: Path) -> None:
    assert steward("audit", "install", path, "--tables", "room", "--yes").code == 0
    run(path, "UPDATE room SET picture = x'02'")
    out = steward("audit", "history", path).out
    assert "BLOB, 1 byte → BLOB, 1 byte\n" in out
    assert "BLOB, 2 bytes → BLOB, 1 byte" in out


def test_an_undo_gives_no_reason_for_each_table(path: Path) -> None:
    assert steward("audit", "install", path, "--tables", "room", "--yes").code == 0
    run(path, "UPDATE room SET picture = NULL WHERE id = 1")
    out = steward("audit", "undo", path, "--table", "room", "--row", "1", "--plan").out
    assert "why" not in out.split()
    assert "as before" not in out


def test_the_headline_is_not_better_than_what_is_wrong(path: Path) -> None:
    assert steward("audit", "install", path, "--tables", "room", "--yes").code == 0
    assert "Armed: every change is logged." in steward("audit", "status", path).out
    run(path, "DELETE FROM _steward_audit_seal")
    ran = steward("audit", "status", path)
    assert (ran.code, "Armed: every change is logged." in ran.out) == (1, False)
    assert ran.out.startswith("The tables are armed, but something is wrong.")
    assert "What is wrong" in ran.out
