"""What `verify` and `reconcile` found stays in `status`, and ends it with 1, until it is found right."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database, steward
from builders.sealed import by_hand
from builders.under_audit import run


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = (
        a_database(tmp_path / "clinic.db")
        .with_table("visit", "id INTEGER PRIMARY KEY, note", rows=[(n, "x") for n in range(1, 11)])
        .build()
    )
    assert steward("audit", "install", made, "--no-forecast", "--yes").code == 0
    run(made, "UPDATE visit SET note = 'y' WHERE id < 4")
    assert steward("audit", "seal", made, "--yes").code == 0
    return made


def codes(path: Path) -> tuple[int, list[str]]:
    ran = steward("audit", "status", path, "--json")
    return ran.code, [alarm["code"] for alarm in ran.document()["alarms"]]


def test_a_log_that_did_not_hold(path: Path) -> None:
    by_hand(path, "UPDATE _steward_audit_log_1 SET n1 = 'forged' WHERE n1 = 'y' AND rid = 2")
    assert codes(path) == (0, [])
    assert steward("audit", "verify", path).code == 1
    assert codes(path) == (1, ["audit_not_as_sealed"])
    shown = steward("audit", "status", path).out
    assert "The audit log is not as it was sealed: 1 problem" in shown and ": 1 problem\n" in shown
    by_hand(path, "UPDATE _steward_audit_log_1 SET n1 = 'y' WHERE n1 = 'forged'")
    assert codes(path) == (1, ["audit_not_as_sealed"])
    assert steward("audit", "verify", path).code == 0
    assert codes(path) == (0, []) and "it held" in steward("audit", "status", path).out


def test_rows_that_differ_until_they_are_a_gap(path: Path) -> None:
    by_hand(path, "UPDATE visit SET note = 'other' WHERE id > 8")
    assert steward("audit", "reconcile", path).code == 1
    assert codes(path) == (1, ["audit_rows_behind"])
    assert "2 rows of “visit” are not what the log says" in steward("audit", "status", path).out
    assert steward("audit", "rearm", path, "--yes").code == 0
    assert "audit_rows_behind" not in codes(path)[1]
    assert steward("audit", "reconcile", path).code == 0
