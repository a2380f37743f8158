"""`steward backup verify`, `prune`, `hold`, `release` and `create --plain` over stores, as scripts use them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from builders import a_database, steward
from builders.points import at_time
from steward_app.kernel import clock


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = a_database(tmp_path, "riverside.db").with_table("visit", "id", rows=[(1,)]).in_wal_mode().build()
    assert steward("backup", "init", made, "--store", tmp_path / "nas").code == 0
    assert steward("backup", "create", made).code == 0
    return made


def the_point(path: Path) -> str:
    return str(steward("backup", "list", path, "--json").document()["items"][0]["id"])


def test_a_store_is_verified_and_what_was_read_is_told(path: Path) -> None:
    ran = steward("backup", "verify", path)
    assert (ran.code, ran.out.splitlines()[-1]) == (0, "1 restore point as made.")
    assert "“nas”: read 3 of 3 objects" in ran.out
    document = steward("backup", "verify", path, "--part", "500", "--json").document()
    assert [item["id"] for item in document["items"]] == [the_point(path)]
    assert document["stores"][0]["objects"] == 3
    assert steward("backup", "verify", path, "--point", the_point(path), "--prove").code == 0
    assert steward("backup", "list", path, "--json").document()["items"][0]["state"] == "proven"


def test_damage_ends_with_1_and_says_what_to_do(path: Path, tmp_path: Path) -> None:
    (pack,) = (tmp_path / "nas" / "packs").rglob("*.zst.age")
    pack.unlink()
    ran = steward("backup", "verify", path, "--store", "nas")
    assert ran.code == 1
    assert pack.name in ran.out
    assert "Restore another point" in ran.out
    assert steward("backup", "create", path).code == 0
    ran = steward("backup", "verify", path)
    assert (ran.code, "1 restore point as made, 1 not." in ran.out) == (1, True)


def test_a_point_on_hold_stays_and_is_listed_so(path: Path) -> None:
    point = the_point(path)
    ran = steward("backup", "hold", path, "--point", point, "--why", "Case 12")
    assert (ran.code, ran.out) == (0, f"The restore point {point} is on legal hold: Case 12\n")
    assert ", held" in steward("backup", "list", path).out
    again = steward("backup", "hold", path, "--point", point, "--why", "Case 12", "--json").document()
    assert (again["schema"], again["id"], again["held"]) == ("steward/backup-hold/v1", point, "Case 12")
    assert steward("backup", "release", path, "--point", point[:8], "--json").document()["held"] == ""
    assert steward("backup", "release", path, "--point", point).code == 2
    assert steward("backup", "hold", path, "--point", point, "--why", " ").code == 2


def test_pruning_tells_asks_and_does(path: Path) -> None:
    ran = steward("backup", "prune", path)
    assert (ran.code, "“nas”: no point removed" in ran.out) == (0, True)
    assert steward("backup", "schedule", path, "--keep", "1min:1min").code == 0
    for _ in range(2):
        assert steward("backup", "create", path, "--here", "--no-prove").code == 0
    with at_time(clock.now() + timedelta(minutes=3)):
        plan = steward("backup", "prune", path, "--here", "--plan", "--json").document()
        assert (plan["operation"], plan["reversal"]) == ("backup.prune", "none")
        (going,) = plan["request"]["going"]["here"]
        ran = steward("backup", "prune", path, "--here")
        assert (ran.code, going in ran.out, f"--confirm {path.name}" in ran.err) == (3, True, True)
        receipt = steward("backup", "prune", path, "--here", "--confirm", path.name, "--json").document()
    assert receipt["result"]["points"] == 1
    left = [item["id"] for item in steward("backup", "list", path, "--json").document()["items"]]
    assert (len(left), going in left) == (2, False)


def test_a_plain_copy_is_written(path: Path, tmp_path: Path) -> None:
    document = steward("backup", "create", path, "--plain", "--json").document()
    assert document["items"][0]["point"]
    assert len(list((tmp_path / "nas" / "plain").iterdir())) == 1
    assert steward("backup", "list", path, "--json").document()["items"][0]["kind"] == "plain"
    assert steward("backup", "verify", path, "--prove").code == 0


def test_nothing_to_prune_without_a_store(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("visit", "id").build()
    assert steward("backup", "prune", path).code == 2


def test_a_store_is_repaired_and_what_cannot_be_is_told(path: Path, tmp_path: Path) -> None:
    assert steward("backup", "repair", path, "--store", "nas").code == 2
    (pack,) = (tmp_path / "nas" / "packs").rglob("*.zst.age")
    pack.unlink()
    assert steward("backup", "verify", path, "--store", "nas").code == 1
    planned = steward("backup", "repair", path, "--store", "nas", "--plan", "--json").document()
    assert planned["title"] == "Repair 1 object of “nas”"
    ran = steward("backup", "repair", path, "--store", "nas")
    assert (ran.code, "add --yes" in ran.err) == (3, True)
    ran = steward("backup", "repair", path, "--store", "nas", "--yes", "--json")
    assert ran.code == 0
    assert (ran.document()["result"]["left"], len(ran.document()["result"]["repaired"])) == ({}, 1)
    assert steward("backup", "verify", path).code == 0
    for manifest in (tmp_path / "nas" / "points").glob("*.json"):
        manifest.write_text("{}")
    assert steward("backup", "verify", path).code == 1
    ran = steward("backup", "repair", path, "--store", "nas", "--yes")
    assert ran.code == 1
    assert "Not repaired: points/" in ran.err
    assert "Nothing was repaired: none of 1 object of “nas” was found whole." in ran.out
    assert "read back" not in ran.out


def test_a_long_reason_is_cut_in_the_table_and_whole_in_the_document(path: Path) -> None:
    reason = "Before the import of the register " * 8
    assert steward("backup", "create", path, "--here", "--no-prove", "--reason", reason).code == 0
    ran = steward("backup", "list", path)
    assert (f"{reason[:47]}…" in ran.out, max(map(len, ran.out.splitlines())) < 180) == (True, True)
    reasons = [item["reason"] for item in steward("backup", "list", path, "--json").document()["items"]]
    assert reason in reasons


def test_the_list_of_one_store_alone(path: Path, tmp_path: Path) -> None:
    assert steward("backup", "create", path, "--here").code == 0
    assert len(steward("backup", "list", path, "--json").document()["items"]) == 2
    for name in ("nas", str(tmp_path / "nas")):
        document = steward("backup", "list", path, "--store", name, "--json").document()
        assert [bool(item["store_id"]) for item in document["items"]] == [True]
    ran = steward("backup", "list", path, "--store", "none")
    assert (ran.code, "no store none" in ran.err) == (2, True)
    assert steward("backup", "list").code == 2


def test_another_database_is_told_how_to_say_that_it_is_the_same(path: Path, tmp_path: Path) -> None:
    other = a_database(tmp_path, "other.db").with_table("visit", "id", rows=[(1,)]).build()
    ran = steward("backup", "connect", other, "--store", tmp_path / "nas")
    assert (ran.code != 0, "add --same" in ran.err) == (True, True)
