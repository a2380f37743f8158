"""`steward audit undo` and `steward journal undo` of it, as scripts and people use them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from builders import Ran, steward
from builders.undoing import Audited, audited

NAME = "vi:sit\u202e=x"


@pytest.fixture
def file(tmp_path: Path) -> Audited:
    made = audited(tmp_path, f'CREATE TABLE "{NAME}" (id INTEGER PRIMARY KEY, email, fee)')
    made.write(f"""INSERT INTO "{NAME}" VALUES (1, 'a@secret', 10), (2, 'b@secret', 20)""")
    return made


def undo(file: Audited, *words: str | Path) -> Ran:
    return steward("audit", "undo", file.path, *words)


def fees(file: Audited) -> list[object]:
    return [row[2] for row in file.rows(NAME)]


def test_a_cell_is_undone_and_redone(file: Audited) -> None:
    file.write(f'UPDATE "{NAME}" SET fee = 11, email = NULL WHERE id = 1')
    ran = undo(file, "--table", NAME, "--row", "1", "--column", "fee", "--yes", "--json")
    assert (ran.code, fees(file)) == (0, [10, 20])
    receipt = ran.document()
    assert receipt["schema"] == "steward/receipt/v1"
    assert receipt["changes"][0]["updated"] == 1
    again = steward("journal", "undo", file.path, receipt["undo"], "--json")
    assert (again.code, fees(file)) == (0, [11, 20])
    assert again.document()["operation"] == "audit.undo"


def test_the_plan_shows_rows_before_and_after_but_none_that_look_personal(file: Audited) -> None:
    file.write(f"""UPDATE "{NAME}" SET fee = 11, email = 'new@secret' WHERE id = 1""")
    ran = undo(file, "--change", str(file.last()), "--plan")
    assert ran.code == 0
    assert "11" in ran.out
    assert "secret" not in ran.out
    assert "\u202e" not in ran.out
    shown = undo(file, "--change", str(file.last()), "--plan", "--personal")
    assert "new@secret" in shown.out
    assert "a@secret" in shown.out
    assert "secret" not in undo(file, "--change", str(file.last()), "--plan", "--json", "--personal").out
    assert fees(file) == [11, 20]


def test_it_asks_and_a_script_is_refused(file: Audited) -> None:
    file.write(f'DELETE FROM "{NAME}"')
    ran = undo(file, "--all", "--table", NAME, "--change", "3-4", "--json")
    assert ran.code == 3
    assert ran.document()["schema"] == "steward/plan/v1"


def test_what_stands_in_the_way_ends_with_3_and_the_modes_say_what_to_do(file: Audited) -> None:
    first = file.write(f'UPDATE "{NAME}" SET fee = fee + 1')
    file.write(f'UPDATE "{NAME}" SET fee = 50 WHERE id = 2')
    run = f"{first[0]}-{first[-1]}"
    ran = undo(file, "--change", run, "--yes", "--json")
    assert (ran.code, fees(file)) == (3, [11, 50])
    (finding,) = ran.document()["findings"]
    assert (finding["code"], finding["blocks"], finding["sample_keys"]) == ("undo_changed_since", True, [[2]])
    assert undo(file, "--change", run, "--mode", "skip", "--yes").code == 0
    assert fees(file) == [10, 50]


def test_what_is_left_out_stays(file: Audited) -> None:
    (seq,) = file.write(f'UPDATE "{NAME}" SET fee = 11, email = 5 WHERE id = 1')
    assert undo(file, "--change", str(seq), "--without", f"{seq}:email", "--yes").code == 0
    assert file.rows(NAME)[0] == (1, 5, 10)


def test_a_kept_plan_is_carried_out(file: Audited, tmp_path: Path) -> None:
    file.write(f'DELETE FROM "{NAME}" WHERE id = 2')
    kept = tmp_path / "plan.json"
    assert undo(file, "--txn", "99", "--plan").code == 2
    assert (
        undo(
            file,
            "--writer",
            "unknown",
            "--table",
            NAME,
            "--row",
            "2",
            "--change",
            "3",
            "--plan",
            "--plan-file",
            kept,
        ).code
        == 0
    )
    assert "secret" not in kept.read_text("utf-8")
    assert json.loads(kept.read_text("utf-8"))["operation"] == "audit.undo"
    assert undo(file, "--plan-file", kept, "--rehearse").code == 0
    assert fees(file) == [10]
    assert undo(file, "--plan-file", kept, "--yes").code == 0
    assert fees(file) == [10, 20]


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--row", "1"),
        ("--table", NAME),
        ("--change", "x"),
        ("--all", "--without", "x"),
        ("--all", "--mode", "maybe"),
        ("--since", "yesterday"),
        ("--all", "--table", "nowhere"),
    ],
)
def test_what_is_not_said_well_ends_with_2(file: Audited, words: tuple[str, ...]) -> None:
    ran = undo(file, *words, "--json")
    assert (ran.code, fees(file)) == (2, [10, 20])
    assert ran.document()["schema"] == "steward/error/v1"
