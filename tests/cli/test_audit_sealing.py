"""Sealing by itself on the command line: after operations, turned off and on, and what is said when it is amiss."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database, steward
from builders.sealed import by_hand
from builders.under_audit import run
from steward_app.storage import home
from steward_app.storage.secrets import open_secrets


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Under audit, with three changes that are not sealed."""
    made = (
        a_database(tmp_path / "clinic.db")
        .with_table("visit", "id INTEGER PRIMARY KEY, note", rows=[(n, "x") for n in range(1, 11)])
        .build()
    )
    plan = steward("audit", "install", made, "--no-forecast", "--plan")
    assert "New changes are sealed by themselves from then on" in plan.out
    assert steward("audit", "install", made, "--no-forecast", "--yes").code == 0
    run(made, "UPDATE visit SET note = 'y' WHERE id < 4")
    return made


def standing(path: Path) -> tuple[int, int, bool]:
    """Exit code of the status, how much is not sealed, whether it is sealed by itself."""
    ran = steward("audit", "status", path, "--json")
    document = ran.document()
    return ran.code, document["unsealed"], document["seals_itself"]


def test_an_operation_leaves_nothing_unsealed(path: Path) -> None:
    assert standing(path) == (0, 3, True)
    done = steward("audit", "undo", path, "--all", "--yes", "--json")
    assert (done.code, done.document()["findings"]) == (0, [])
    assert standing(path) == (0, 0, True)
    listed = steward("journal", "list", path).out
    assert "The audit log sealed itself: 6 changes" in listed
    assert steward("audit", "verify", path).code == 0


def test_turned_off_and_on_again(path: Path) -> None:
    off = steward("audit", "seal", path, "--by-itself", "off")
    assert (off.code, off.out.splitlines()) == (
        0, ["New changes are sealed by hand only.", "3 changes not protected yet."],
    )  # fmt: skip
    assert steward("audit", "undo", path, "--all", "--yes").code == 0
    assert standing(path) == (0, 6, False)
    assert "no: It was turned off." in steward("audit", "status", path).out
    assert steward("audit", "seal", path).code == 0
    assert standing(path) == (0, 0, False)
    on = steward("audit", "seal", path, "--by-itself", "on", "--json").document()
    assert (on["on"], on["able"], on["why"]) == (True, True, "")
    assert steward("audit", "seal", path, "--by-itself", "maybe").code == 2


def test_before_a_file_is_changed_whose_changes_are_not_logged_a_warning_is_given(path: Path) -> None:
    run(path, "DROP TRIGGER _steward_audit_1_after_update")
    planned = steward("audit", "install", path, "--plan")
    assert "Warning: Changes of “visit” are not logged." in planned.err
    assert "steward audit rearm" in planned.err
    rearmed = steward("audit", "rearm", path, "--yes")
    assert (rearmed.code, rearmed.err) == (0, "")
    undone = steward("audit", "undo", path, "--table", "visit", "--row", "1", "--plan")
    assert "Warning" not in undone.err


def test_what_the_log_missed_is_told_until_it_was_seen(path: Path) -> None:
    by_hand(path, "UPDATE visit SET note = 'hidden' WHERE id IN (2, 9)")
    run(path, "UPDATE visit SET note = 'z'")
    assert steward("audit", "seal", path).code == 0
    told = steward("audit", "status", path)
    assert told.code == 1
    assert "2 rows of “visit” were changed behind the log's back" in told.out
    assert steward("audit", "status", path, "--seen").code == 0
    assert steward("audit", "status", path).code == 0


def test_a_receipt_says_what_could_not_be_sealed_and_the_operation_stands(path: Path) -> None:
    (home() / "secrets.key").chmod(0o644)
    open_secrets.__globals__["_key_file_secrets"].cache_clear()
    done = steward("audit", "undo", path, "--all", "--yes")
    assert done.code == 0
    assert "6 changes of “clinic.db” are not protected by a seal yet" in done.out
    assert standing(path) == (1, 6, False)
    assert "So new changes are not sealed." in steward("audit", "status", path).out
    (home() / "secrets.key").chmod(0o600)
    open_secrets.__globals__["_key_file_secrets"].cache_clear()
    assert standing(path) == (0, 6, True)


def test_another_computer_says_that_it_has_no_key(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    monkeypatch.setenv("STEWARD_HOME", str(tmp_path / "elsewhere"))
    assert standing(path) == (0, 3, False)
    told = steward("audit", "status", path)
    assert "The seals of “clinic.db” are signed with keys of other computers" in told.out
    assert "goes on with the chain under its own key" in steward("audit", "seal", path, "--plan").out
    assert steward("audit", "seal", path).code == 0
    assert standing(path) == (0, 0, True)
