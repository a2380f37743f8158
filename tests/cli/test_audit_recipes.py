"""`steward audit recipes`, as scripts and people use it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from builders import a_database, steward
from builders.recipes import rows
from builders.under_audit import run

ODD = "vi:sit\u202e=x"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path, "clinic.db")
        .with_table(
            ODD, "id INTEGER PRIMARY KEY, note TEXT, state", rows=[(n, f"value {n}", n) for n in range(9)]
        )
        .build()
    )


def add(path: Path, *words: str) -> dict[str, object]:
    ran = steward("audit", "recipes", "add", path, *words, "--yes", "--json")
    assert ran.code == 0, ran.err
    return ran.document()


def test_the_plan_and_what_it_asks(path: Path) -> None:
    before = path.read_bytes()
    ran = steward("audit", "recipes", "add", path, "append-only", ODD, "--plan")
    assert ran.code == 0
    for word in ("append-only table", "CREATE TRIGGER _steward_recipe_1_update", "To undo it"):
        assert word in ran.out
    assert "\u202e" not in ran.out
    asked = steward("audit", "recipes", "add", path, "append-only", ODD, "--json")
    assert (asked.code, asked.document()["schema"]) == (3, "steward/plan/v1")
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "words",
    [
        ("updated-at", ODD, "--format", "unix"),
        ("soft-delete", ODD, "--column", "gone_at", "--grace-days", "7", "--on-delete", "refuse"),
        ("immutable", ODD, "--column", "note", "--column", "state", "--once-set"),
        ("append-only", ODD),
        ("status-log", ODD, "--column", "state", "--log", "states"),
    ],
)
def test_every_kind(path: Path, words: tuple[str, ...]) -> None:
    receipt = add(path, *words)
    assert (receipt["schema"], receipt["operation"]) == ("steward/receipt/v1", "audit.recipes.add")
    ran = steward("audit", "recipes", "list", path, "--json")
    document = ran.document()
    assert (ran.code, document["schema"]) == (0, "steward/audit-recipes/v1")
    (item,) = document["items"]
    assert (item["id"], item["what"], item["table"], item["state"]) == (
        1,
        words[0].replace("-", "_"),
        ODD,
        "armed",
    )
    undone = steward("journal", "undo", path, str(receipt["undo"]), "--yes", "--json")
    assert (undone.code, undone.document()["operation"]) == (0, "audit.recipes.remove")
    assert steward("audit", "recipes", "list", path, "--json").document()["items"] == []


def test_a_kept_plan_is_carried_out(path: Path, tmp_path: Path) -> None:
    kept = tmp_path / "plan.json"
    steward("audit", "recipes", "add", path, "updated-at", ODD, "--plan", "--plan-file", kept)
    assert json.loads(kept.read_text("utf-8"))["operation"] == "audit.recipes.add"
    ran = steward(
        "audit", "recipes", "add", path, "updated-at", ODD, "--plan-file", kept, "--rehearse", "--yes"
    )
    assert ran.code == 0, ran.err
    assert len(rows(path, "SELECT 1 FROM _steward_recipe")) == 1


def test_what_is_not_as_it_should_be(path: Path) -> None:
    add(path, "updated-at", ODD)
    run(path, "DROP TRIGGER _steward_recipe_1_insert")
    ran = steward("audit", "recipes", "list", path)
    assert ran.code == 1
    assert "is gone" in ran.out
    status = steward("audit", "status", path)
    assert status.code == 1
    assert "Recipes" in status.out
    assert steward("audit", "status", path, "--json").document()["recipes"][0]["state"] == "disarmed"
    assert steward("audit", "recipes", "renew", path, "--yes").code == 0
    assert steward("audit", "status", path).code == 0


def test_rows_are_purged_and_the_recipe_removed(path: Path) -> None:
    add(path, "soft-delete", ODD, "--grace-days", "0")
    run(path, f'DELETE FROM "{ODD}" WHERE id < 3')
    ran = steward("audit", "recipes", "purge", path, "--recipe", "1", "--yes", "--json")
    assert (ran.code, ran.document()["result"]["rows"]) == (0, 3)
    assert steward("audit", "recipes", "purge", path, "--yes").code == 3
    gone = steward("audit", "recipes", "remove", path, "--recipe", "1", "--drop-data", "--yes", "--json")
    assert gone.code == 0
    assert "no recipes" in steward("audit", "recipes", "list", path).out


def test_deleted_rows_are_listed_and_brought_back(path: Path) -> None:
    add(path, "soft-delete", ODD)
    run(path, f'DELETE FROM "{ODD}" WHERE id < 3')
    ran = steward("audit", "recipes", "deleted", path, "--json")
    (item,) = ran.document()["items"]
    assert (ran.code, item["table"], item["count"], item["followed"]) == (0, ODD, 3, 0)
    assert {each["id"] for each in item["rows"]} == {"0", "1", "2"}
    assert "3 deleted rows" in steward("audit", "recipes", "deleted", path).out
    back = steward("audit", "recipes", "restore", path, ODD, "0", "2", "--yes", "--json")
    assert (back.code, back.document()["result"]["rows"]) == (0, 2)
    assert rows(path, f'SELECT id FROM "{ODD}" WHERE deleted_at IS NOT NULL') == [(1,)]
    assert steward("audit", "recipes", "restore", path, ODD, "0", "--yes").code == 2
    assert steward("audit", "recipes", "restore", path, ODD, "--yes").code == 2


def test_keys_that_look_personal_are_shown_when_asked_for(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path, "mail.db")
        .with_table("person", "email TEXT NOT NULL PRIMARY KEY", rows=[("a@b",)])
        .build()
    )
    add(path, "soft-delete", "person")
    run(path, "DELETE FROM person")
    ran = steward("audit", "recipes", "deleted", path)
    assert "a@b" not in ran.out and "--personal" in ran.out
    (item,) = steward("audit", "recipes", "deleted", path, "--json", "--personal").document()["items"]
    assert item["rows"][0]["id"] == '["a@b"]'
    assert steward("audit", "recipes", "restore", path, "person", "a@b", "--yes").code == 0


@pytest.mark.parametrize(
    "words",
    [
        ("never", ODD),
        ("updated-at", "nothing"),
        ("updated-at", ODD, "--format", "roman"),
        ("updated-at", ODD, "--column", "a", "--column", "b"),
        ("immutable", ODD),
        ("status-log", ODD),
        ("soft-delete", ODD, "--on-delete", "perhaps"),
    ],
)
def test_what_makes_no_sense(path: Path, words: tuple[str, ...]) -> None:
    ran = steward("audit", "recipes", "add", path, *words, "--yes")
    assert ran.code == 2
    assert "Traceback" not in ran.err
