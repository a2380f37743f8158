"""`steward restore compare`, `table`, `rows` and `steward journal undo`, as scripts and people use them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from builders import Ran, a_database, steward
from steward_app.db import open_read, open_write
from steward_app.kernel.values import Row

NAME = "vi:sit\u202e=x"


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path)
        .with_table("patient", "id INTEGER PRIMARY KEY, email, ward",
                    rows=[(n, f"{n}@secret", "A") for n in (1, 2, 3)])
        .with_table(NAME, "id INTEGER PRIMARY KEY, patient REFERENCES patient ON DELETE CASCADE, day",
                    rows=[(10, 1, "2026-11-01"), (11, 1, "2026-11-02"), (12, 2, "2026-11-02")])
        .build()
    )  # fmt: skip


@pytest.fixture
def point(clinic: Path) -> str:
    ran = steward("backup", "create", clinic, "--json")
    return str(ran.document()["result"]["point"])


def change(path: Path, *statements: str) -> None:
    with open_write(path) as session, session.transaction():
        for statement in statements:
            session.run(statement)


def rows(path: Path, sql: str) -> list[Row]:
    with open_read(path) as session:
        return session.all(sql)


def restored(verb: str, path: Path, point: str, *more: str | Path) -> Ran:
    return steward("restore", verb, path, "--point", point, *more)


def test_nothing_differs(clinic: Path, point: str) -> None:
    ran = restored("compare", clinic, point)
    assert (ran.code, ran.out.splitlines()[-1]) == (0, "2 tables are the same.")


def test_tables_and_rows_that_differ(clinic: Path, point: str) -> None:
    change(
        clinic,
        "DELETE FROM patient WHERE id = 1",
        "UPDATE patient SET ward = 'B' WHERE id = 2",
        "CREATE TABLE n(a)",
    )
    ran = restored("compare", clinic, point, "--json")
    assert ran.code == 1
    document = ran.document()
    found = {each["table"]: (each["removed"], each["added"], each["changed"]) for each in document["items"]}
    assert found == {"patient": (1, 0, 1), NAME: (2, 0, 0)}
    assert document["new"] == [{"table": "n", "rows": 0}]
    assert "\u202e" not in restored("compare", clinic, point).out
    ran = restored("compare", clinic, point, "--table", "patient", "--rows", "changed", "--json")
    document = ran.document()
    assert (document["columns"], document["hidden"]) == (["id", "ward"], ["email"])
    assert document["items"] == [{"id": "2", "then": [2, "A"], "now": [2, "B"], "differs": ["ward"]}]
    ran = restored("compare", clinic, point, "--table", NAME, "--rows", "removed", "--limit", "1")
    assert "There are more: --after 10" in ran.out
    assert "@secret" not in ran.out


def test_rows_come_back_with_their_children_and_are_undone(clinic: Path, point: str) -> None:
    change(clinic, "DELETE FROM patient WHERE id = 1")
    ran = restored("rows", clinic, point, "--table", "patient", "--key", "1", "--plan", "--json")
    assert ran.code == 0, ran
    plan = ran.document()
    assert {each["table"]: each["inserted"] for each in plan["changes"]} == {"patient": 1, NAME: 2}
    assert "@secret" not in ran.out
    ran = restored("rows", clinic, point, "--table", "patient", "--key", "1", "--rehearse")
    assert ran.code == 0, ran
    assert rows(clinic, "SELECT count(*) FROM patient") == [(2,)]
    ran = restored("rows", clinic, point, "--table", "patient", "--key", "1", "--yes", "--json")
    assert ran.code == 0, ran
    receipt = ran.document()
    assert rows(clinic, f'SELECT count(*) FROM "{NAME}"') == [(3,)]
    assert "@secret" not in steward("journal", "list", "--json").out
    ran = steward("journal", "undo", clinic, receipt["undo"], "--plan")
    assert ran.code == 0, ran
    ran = steward("journal", "undo", clinic, receipt["undo"], "--yes", "--json")
    assert ran.code == 0, ran
    assert rows(clinic, "SELECT count(*) FROM patient") == [(2,)]
    ran = steward("journal", "undo", clinic, receipt["undo"], "--yes")
    assert (ran.code, "undone already" in ran.err) == (3, True)
    again = ran = steward("journal", "undo", clinic, json.loads(again_id(clinic)), "--yes")
    assert again.code == 0, ran
    assert rows(clinic, "SELECT count(*) FROM patient") == [(3,)]


def test_rows_that_differ_are_found_by_what_they_hold(clinic: Path, point: str) -> None:
    change(clinic, f'DELETE FROM "{NAME}"')
    ran = restored(
        "compare", clinic, point, "--table", NAME, "--rows", "removed", "--find", "11-02", "--json"
    )
    assert (ran.code, [each["then"][0] for each in ran.document()["items"]]) == (1, [11, 12])
    assert restored("compare", clinic, point, "--find", "11-02").code == 2


def test_rows_of_a_table_that_differ_get_their_old_values_where_that_was_answered(
    clinic: Path, point: str
) -> None:
    change(clinic, "UPDATE patient SET ward = 'B' WHERE id < 3", "INSERT INTO patient (id) VALUES (9)")
    without = restored("table", clinic, point, "--table", "patient", "--yes")
    assert (without.code, "nothing" in without.out.lower()) == (3, True), without
    ran = restored("table", clinic, point, "--table", "patient", "--answer", "differs=old", "--yes")
    assert ran.code == 0, ran
    assert rows(clinic, "SELECT id, ward FROM patient") == [(1, "A"), (2, "A"), (3, "A"), (9, None)]


def again_id(clinic: Path) -> str:
    events = steward(
        "journal", "list", clinic, "--operation", "restore.undo", "--phase", "finished", "--json"
    )
    return json.dumps(events.document()["items"][0]["operation_id"])


def test_rows_by_a_condition_then(clinic: Path, point: str) -> None:
    change(clinic, f'DELETE FROM "{NAME}"')
    ran = restored("rows", clinic, point, "--table", NAME, "--where", "day = 2026-11-02", "--yes")
    assert ran.code == 0, ran
    assert rows(clinic, f'SELECT id FROM "{NAME}"') == [(11,), (12,)]


def test_conflicts_are_told_and_answered(clinic: Path, point: str) -> None:
    change(clinic, f'DELETE FROM "{NAME}" WHERE id = 10', f"INSERT INTO \"{NAME}\" VALUES (10, 3, 'x')")
    ran = restored("rows", clinic, point, "--table", NAME, "--key", "10", "--yes")
    assert ran.code == 3
    assert "number_taken" in ran.out
    answer = f"number_taken:{NAME}:10=new_number"
    ran = restored("rows", clinic, point, "--table", NAME, "--key", "10", "--answer", answer, "--yes")
    assert ran.code == 0, ran
    assert rows(clinic, f"SELECT id, patient FROM \"{NAME}\" WHERE day = '2026-11-01'") == [(13, 1)]
    for wrong in ("taken=old", "differs=perhaps", "differs:nothing=old", "unique_clash=old"):
        ran = restored("rows", clinic, point, "--table", NAME, "--key", "10", "--answer", wrong)
        assert ran.code == 2, ran


def test_a_table_comes_back(clinic: Path, point: str) -> None:
    change(
        clinic,
        "DELETE FROM patient WHERE id = 3",
        "UPDATE patient SET ward = 'B'",
        "INSERT INTO patient (id) VALUES (9)",
    )
    ran = restored("table", clinic, point, "--table", "patient", "--json")
    assert ran.code == 0, ran
    assert rows(clinic, "SELECT id, ward FROM patient") == [(1, "B"), (2, "B"), (3, "A"), (9, None)]
    ran = restored("table", clinic, point, "--table", "patient", "--replace")
    assert ran.code == 3
    ran = restored("table", clinic, point, "--table", "patient", "--replace", "--yes")
    assert ran.code == 0, ran
    assert rows(clinic, "SELECT id, ward FROM patient") == [(1, "A"), (2, "A"), (3, "A")]


def test_a_kept_plan_is_carried_out_or_stale(clinic: Path, point: str, tmp_path: Path) -> None:
    change(clinic, "DELETE FROM patient WHERE id = 1")
    kept = tmp_path / "plan.json"
    words = ("--table", "patient", "--key", "1", "--plan-file", kept)
    assert restored("rows", clinic, point, *words, "--plan").code == 0
    change(clinic, "INSERT INTO patient VALUES (1, 'x', 'y')")
    ran = restored("rows", clinic, point, *words, "--yes", "--json")
    assert (ran.code, ran.document()["error"]["code"]) == (3, "stale_plan")
    change(clinic, "DELETE FROM patient WHERE id = 1")
    assert restored("rows", clinic, point, *words, "--yes").code == 0
    assert rows(clinic, "SELECT count(*) FROM patient") == [(3,)]


def test_what_cannot_be_understood(clinic: Path, point: str, tmp_path: Path) -> None:
    assert restored("rows", clinic, point, "--table", "patient").code == 2
    assert restored("rows", clinic, point, "--table", "nobody", "--key", "1").code == 2
    assert restored("rows", clinic, point, "--table", "patient", "--key", "77").code == 4
    assert restored("rows", clinic, point, "--table", "patient", "--key", "[1, 2]").code == 2
    assert restored("compare", clinic, point, "--rows", "removed").code == 2
    assert restored("compare", clinic, point, "--table", "nobody").code == 2
    other = a_database(tmp_path / "other.db").with_table("t", "a", rows=[(1,)]).build()
    change(clinic, "DELETE FROM patient WHERE id = 1")
    done = restored("rows", clinic, point, "--table", "patient", "--key", "1", "--yes", "--json").document()
    assert steward("journal", "undo", other, done["undo"], "--yes").code == 2
    assert steward("journal", "undo", clinic, "op_nothing", "--yes").code == 2


def test_rows_come_back_from_a_point_in_a_store(clinic: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    assert steward("backup", "init", clinic, "--store", store, "--plain").code == 0
    steward("backup", "create", clinic, "--store", store)
    points = steward("backup", "list", clinic, "--json").document()["items"]
    point = next(each["id"] for each in points if each["store_id"])
    change(clinic, "DELETE FROM patient WHERE id = 1")
    ran = restored("compare", clinic, point, "--json")
    assert (ran.code, ran.document()["items"][0]["removed"]) == (1, 1)
    kept = tmp_path / "plan.json"
    words = ("--table", "patient", "--key", "1", "--plan-file", kept)
    assert restored("rows", clinic, point, *words, "--plan").code == 0
    ran = restored("rows", clinic, point, *words, "--yes")
    assert ran.code == 0, ran
    assert rows(clinic, f'SELECT count(*) FROM "{NAME}"') == [(3,)]


def test_a_renamed_column_is_a_difference(clinic: Path, point: str) -> None:
    change(clinic, "ALTER TABLE patient RENAME COLUMN ward TO place")
    ran = restored("compare", clinic, point, "--table", "patient")
    assert (ran.code, "gone: “ward”; new: “place”" in ran.out) == (1, True)
