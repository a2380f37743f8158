"""The verbs of `steward audit` that install, prove and remove it, as scripts and people use them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from builders import a_database, steward
from builders.sealed import by_hand
from builders.under_audit import run

ODD = "vi:sit\u202e=x"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path, "clinic.db")
        .with_table(
            ODD,
            "id INTEGER PRIMARY KEY, note TEXT, secret TEXT",
            rows=[(n, f"value {n}", "s") for n in range(9)],
        )
        .with_table("bill", "id INTEGER PRIMARY KEY, sum", rows=[(1, 5)])
        .build()
    )


def install(path: Path, *words: str) -> dict[str, object]:
    ran = steward("audit", "install", path, "--yes", "--json", *words)
    assert ran.code == 0, ran.err
    return ran.document()


def test_the_plan_and_what_it_asks(path: Path) -> None:
    ran = steward("audit", "install", path, "--plan")
    assert ran.code == 0
    for word in (
        "Put 2 tables of “clinic.db” under audit",
        "measured on 9 rows",
        "CREATE TRIGGER",
        "To undo it",
    ):
        assert word in ran.out
    assert "\u202e" not in ran.out
    assert "value 1" not in ran.out
    asked = steward("audit", "install", path, "--json")
    assert (asked.code, asked.document()["schema"]) == (3, "steward/plan/v1")
    assert steward("audit", "status", path, "--json").document()["audited"] is False


def test_install_status_and_remove(path: Path) -> None:
    receipt = install(path, "--columns", f"{ODD}.secret=none", "--no-forecast")
    assert (receipt["schema"], receipt["operation"]) == ("steward/receipt/v1", "audit.install")
    run(path, "UPDATE bill SET sum = 6")
    ran = steward("audit", "status", path, "--json")
    document = ran.document()
    assert (ran.code, document["schema"]) == (0, "steward/audit-status/v1")
    assert [(each["table"], each["state"], each["changes"]) for each in document["tables"]] == [
        (ODD, "armed", 0), ("bill", "armed", 1)
    ]  # fmt: skip
    assert document["tables"][0]["columns"] == {"secret": "none"}
    assert (document["unsealed"], document["seals"]) == (1, 1)
    shown = steward("audit", "status", path)
    assert "Armed: every change is logged." in shown.out
    assert "\u202e" not in shown.out
    gone = steward("audit", "remove", path, "--drop-log", "--yes", "--json")
    assert (gone.code, bool(gone.document()["restore_point"])) == (0, True)
    assert "not under audit" in steward("audit", "status", path).out


def test_it_is_undone_with_journal_undo(path: Path) -> None:
    receipt = install(path, "--no-forecast")
    undone = steward("journal", "undo", path, str(receipt["undo"]), "--yes", "--json")
    assert (undone.code, undone.document()["operation"]) == (0, "audit.remove")
    assert steward("audit", "status", path, "--json").document()["audited"] is False
    again = steward("journal", "undo", path, undone.document()["undo"], "--yes", "--json")
    assert (again.code, again.document()["operation"]) == (0, "audit.install")
    assert len(steward("audit", "status", path, "--json").document()["tables"]) == 2


def test_seal_verify_and_receipt(path: Path, tmp_path: Path) -> None:
    install(path, "--no-forecast")
    run(path, "UPDATE bill SET sum = 6")
    assert steward("audit", "seal", path, "--json").document()["result"]["changes"] == 1
    kept = tmp_path / "receipt.json"
    assert steward("audit", "receipt", path, "--to", kept, "--json").document()["path"] == str(kept)
    text = tmp_path / "receipt.txt"
    assert steward("audit", "receipt", path, "--to", text, "--format", "text").code == 0
    assert "Receipt of an audit log" in text.read_text("utf-8")
    assert steward("audit", "receipt", path, "--to", text).code == 3
    ran = steward("audit", "verify", path, "--receipt", kept, "--json")
    assert (ran.code, ran.document()["holds"], ran.document()["receipt_seal"]) == (0, True, 2)
    by_hand(path, "UPDATE _steward_audit_log_2 SET n1 = 'forged'")
    forged = steward("audit", "verify", path, "--json")
    assert (forged.code, forged.document()["holds"]) == (1, False)
    assert forged.document()["problems"][0]["kind"] == "changed"
    shown = steward("audit", "verify", path)
    assert (shown.code, "forged" in shown.out) == (1, False)
    assert "not as they were sealed" in shown.out


def test_reconcile_and_rearm(path: Path) -> None:
    install(path, "--no-forecast")
    assert steward("audit", "reconcile", path).code == 0
    assert steward("audit", "rearm", path).code == 3
    by_hand(path, "UPDATE bill SET sum = 'behind'")
    ran = steward("audit", "reconcile", path, "--json")
    assert ran.code == 1
    assert [(each["table"], each["row"], each["how"]) for each in ran.document()["items"]] == [
        ("bill", "1", "changed")
    ]
    run(path, "ALTER TABLE bill ADD COLUMN more")
    stale = steward("audit", "status", path)
    assert (stale.code, "is not logged" in stale.out) == (1, True)
    assert "steward audit rearm" in stale.out
    plan = steward("audit", "rearm", path, "--plan")
    assert "1 row changed behind the log" in plan.out
    done = steward("audit", "rearm", path, "--yes", "--json")
    assert (done.code, done.document()["result"]) == (0, {"tables": 1, "missed": 1})
    assert steward("audit", "status", path).code == 0
    assert steward("audit", "reconcile", path, "--json").document()["items"] == []


def test_keys_that_look_personal_are_not_shown_unless_asked_for(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path, "people.db")
        .with_sql("CREATE TABLE person (email TEXT PRIMARY KEY, n) WITHOUT ROWID")
        .with_rows("person", [("a@secret", 1), ("b@secret", 1)])
        .build()
    )
    install(path, "--no-forecast")
    by_hand(path, "UPDATE person SET n = 2")
    for verb in ("reconcile", "verify"):
        ran = steward("audit", verb, path)
        assert (ran.code, "secret" in ran.out) == (1, False)
        assert "(not shown)" in ran.out
        assert "Not shown, since they look personal: person.email. Show them with --personal." in ran.out
        assert "a@secret" in steward("audit", verb, path, "--personal").out
    items = steward("audit", "reconcile", path, "--json").document()["items"]
    assert [(each["id"], each["row"]) for each in items] == [("1:0", None), ("1:1", None)]


def test_rows_that_vacuum_renumbered_are_told_as_one(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("visit", "n", rows=[(n,) for n in range(50)]).build()
    run(path, "DELETE FROM visit WHERE rowid = 7")
    install(path, "--no-forecast")
    by_hand(path, "VACUUM")
    for verb in ("reconcile", "verify"):
        ran = steward("audit", verb, path)
        assert ran.code == 1
        assert "“visit”: VACUUM gave its rows other numbers than those in the log" in ran.out
    assert "renumbered by VACUUM" in steward("audit", "status", path).out
    assert steward("audit", "rearm", path, "--yes").code == 0
    assert steward("audit", "verify", path).code == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("install", "--columns", "bill.sum"), 2),
        (("install", "--columns", "bill.sum=some"), 2),
        (("install", "--tables", "nothing"), 2),
        (("remove",), 3),
        (("rearm",), 3),
        (("seal",), 3),
        (("verify",), 3),
        (("reconcile",), 3),
        (("receipt", "--to", "x.json"), 3),
    ],
)
def test_what_makes_no_sense(path: Path, words: tuple[str, ...], code: int) -> None:
    ran = steward("audit", words[0], path, *words[1:], "--json")
    assert ran.code == code
    assert json.loads(ran.out)["schema"] == "steward/error/v1"
    assert "Traceback" not in ran.err


def test_a_plan_is_kept_and_carried_out_another_day(path: Path, tmp_path: Path) -> None:
    kept = tmp_path / "plan.json"
    assert steward("audit", "install", path, "--plan", "--plan-file", kept, "--no-forecast").code == 0
    assert "value 1" not in kept.read_text("utf-8")
    assert steward("audit", "install", path, "--plan-file", kept, "--yes").code == 0
    rehearsed = steward("audit", "remove", path, "--rehearse", "--json")
    assert (rehearsed.code, rehearsed.document()["schema"]) == (0, "steward/rehearsal/v1")


def test_what_is_logged_of_columns_is_chosen_anew(path: Path) -> None:
    assert steward("audit", "install", path, "--tables", "bill", "--yes", "--no-forecast").code == 0
    plan = steward("audit", "columns", path, "bill.sum=flag", "--plan")
    assert (plan.code, "is logged only as changed, without its values" in plan.out) == (0, True)
    done = steward("audit", "columns", path, "bill.sum=flag", "--yes")
    assert (done.code, "1 column" in done.out) == (0, True)
    assert steward("audit", "columns", path, "bill.sum=flag", "--yes").code == 2
    assert steward("audit", "columns", path, "bill.sum", "--yes").code == 2
