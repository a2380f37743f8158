"""`steward backup` with stores: made, filled, listed, drilled, scheduled, forgotten."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from builders import a_database, steward, steward_process
from steward_app.db import open_write
from steward_app.kernel.progress import Context


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path, "riverside.db")
        .with_table("visit", "id", rows=[(1,), (2,)])
        .in_wal_mode()
        .build()
    )


@pytest.fixture
def filled(path: Path, tmp_path: Path) -> Path:
    assert steward("backup", "init", path, "--store", tmp_path / "store", "--name", "NAS").code == 0
    assert steward("backup", "create", path).code == 0
    return path


def test_a_store_is_made_with_its_key_and_sheet(path: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.html"
    ran = steward("backup", "init", path, "--store", tmp_path / "store", "--sheet", sheet, "--json")
    made = ran.document()
    assert (ran.code, made["store"]["name"], made["encrypted"]) == (0, "store", True)
    assert len(made["public_keys"]) == 2
    assert "AGE-SECRET-KEY" not in ran.out
    assert sheet.stat().st_mode & 0o077 == 0


def test_the_key_can_go_to_a_file_and_brings_a_drill_about(path: Path, tmp_path: Path) -> None:
    key = tmp_path / "key.txt"
    steward("backup", "init", path, "--store", tmp_path / "store", "--key-to", key)
    steward("backup", "create", path)
    without = steward("backup", "drill", path)
    assert without.code == 4
    assert "does not keep its key" in without.err
    with_it = steward("backup", "drill", path, "--key-file", key)
    assert (with_it.code, "was restored and compared" in with_it.out) == (0, True)


@pytest.mark.parametrize("option", ["--sheet", "--key-to", "--passphrase-file"])
def test_a_store_without_encryption_has_no_keys(path: Path, tmp_path: Path, option: str) -> None:
    ran = steward(
        "backup", "init", path, "--store", tmp_path / "store", "--plain", option, tmp_path / "x.pdf"
    )
    assert (ran.code, (tmp_path / "store").exists()) == (2, False)


def test_nothing_is_left_of_a_store_that_could_not_be_made(path: Path, tmp_path: Path) -> None:
    sheet, key = tmp_path / "sheet.pdf", tmp_path / "key.txt"
    where = tmp_path / "no folder" / "store"
    ran = steward("backup", "init", path, "--store", where, "--sheet", sheet, "--key-to", key)
    assert ran.code == 4
    assert not sheet.exists()
    assert not key.exists()


def test_a_second_round_says_that_nothing_changed(filled: Path) -> None:
    ran = steward("backup", "create", filled, "--json")
    (visit,) = ran.document()["items"]
    assert (ran.code, visit["unchanged"], visit["new_bytes"]) == (0, True, 0)
    assert "nothing has changed since" in steward("backup", "create", filled).out


def test_a_plan_names_the_stores_and_writes_to_none(filled: Path, tmp_path: Path) -> None:
    with open_write(filled) as session, session.transaction(Context()):
        session.run("CREATE TABLE later (a)")
    before = sorted((tmp_path / "store").rglob("*"))
    for options, told in (((), "what changed since its point of"), (("--plain",), "the whole database")):
        planned = steward("backup", "create", filled, *options, "--plan", "--json")
        assert (planned.code, planned.document()["schema"]) == (0, "steward/plan/v1")
        (sentence,) = planned.document()["sentences"]
        assert f"“NAS”: {told}" in sentence
        assert "“NAS”" in steward("backup", "create", filled, *options, "--plan").out
    assert sorted((tmp_path / "store").rglob("*")) == before


def test_points_of_stores_and_whole_files_stand_in_one_list(filled: Path) -> None:
    assert steward("backup", "create", filled, "--here").code == 0
    items = steward("backup", "list", filled, "--json").document()["items"]
    assert [(item["kind"], bool(item["path"])) for item in items] == [("file", True), ("pages", False)]
    shown = steward("backup", "list", filled).out
    assert "this computer" in shown
    assert "NAS" in shown


def test_a_store_that_does_not_answer_is_told_and_the_list_is_there_all_the_same(
    filled: Path, tmp_path: Path
) -> None:
    (tmp_path / "store").rename(tmp_path / "unplugged")
    listed = steward("backup", "list", filled)
    assert listed.code == 0
    assert "“NAS”: " in listed.err
    assert "pt_" in listed.out
    assert steward("backup", "list", filled, "--offline").err == ""
    assert steward("backup", "stores", filled).code == 1
    made = steward("backup", "create", filled)
    assert (made.code, "no point was made" in made.out) == (1, True)
    verified = steward("backup", "verify", filled)
    assert (verified.code, "not verified" in verified.out) == (1, True)
    assert "There are no restore points" not in verified.out


def test_a_store_is_forgotten_and_connected_again(path: Path, tmp_path: Path) -> None:
    key = tmp_path / "key.txt"
    steward("backup", "init", path, "--store", tmp_path / "store", "--key-to", key)
    steward("backup", "create", path)
    gone = steward("backup", "disconnect", path, "--store", "store", "--json").document()
    assert (gone["schema"], gone["name"]) == ("steward/backup-disconnect/v1", "store")
    assert "no restore points yet" in steward("backup", "list", path).out
    without = steward("backup", "connect", path, "--store", tmp_path / "store")
    assert (without.code, str(tmp_path / "store") in without.err) == (4, True)
    again = steward("backup", "connect", path, "--store", tmp_path / "store", "--key-file", key, "--json")
    assert (again.code, again.document()["items"][0]["points"]) == (0, 1)


def test_on_the_command_line_the_key_is_written_or_said_to_be_forgotten(path: Path, tmp_path: Path) -> None:
    steward("backup", "init", path, "--store", tmp_path / "nas")
    refused = steward("backup", "disconnect", path, "--store", "nas")
    assert (refused.code, "the only key of the store" in refused.err) == (3, True)
    key = tmp_path / "nas.key"
    assert steward("backup", "disconnect", path, "--store", "nas", "--key-to", key).code == 0
    assert key.read_text().count("AGE-SECRET-KEY-1") == 1
    steward("backup", "init", path, "--store", tmp_path / "stick")
    assert steward("backup", "disconnect", path, "--store", "stick", "--forget-key").code == 0


def test_a_store_of_another_database_is_refused(filled: Path, tmp_path: Path) -> None:
    other = a_database(tmp_path, "other.db").with_table("t", "a").build()
    ran = steward("backup", "connect", other, "--store", tmp_path / "store")
    assert (ran.code, "belongs to another database" in ran.err) == (3, True)


def test_a_drill_that_fails_is_exit_code_1(filled: Path, tmp_path: Path) -> None:
    for pack in (tmp_path / "store" / "packs").rglob("*.age"):
        pack.unlink()
    ran = steward("backup", "drill", filled)
    assert (ran.code, "DOES NOT HOLD" in ran.out) == (1, True)


def test_what_is_due_is_done(filled: Path) -> None:
    assert steward("backup", "run", filled).code == 2
    assert steward("backup", "schedule", filled, "--every", "5").code == 0
    done = steward("backup", "run", filled, "--json").document()
    assert [drill["passed"] for drill in done["drills"]] == [True]
    assert steward("backup", "run", filled).out == "Nothing was due.\n"


@pytest.mark.skipif(os.name != "posix", reason="signals are sent otherwise on Windows")
def test_watching_ends_with_an_interrupt_and_says_so(filled: Path) -> None:
    assert steward("backup", "schedule", filled, "--every", "5").code == 0
    with steward_process("backup", "watch", str(filled)) as process:
        assert process.stdout
        assert "was restored and compared" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "Stopping …\n")
    assert out == "No longer watching “riverside.db”. The restore points that were made stay.\n"


def test_a_report_is_written_and_says_where(filled: Path, tmp_path: Path) -> None:
    to = tmp_path / "report.html"
    written = steward("backup", "report", filled, "--to", to, "--json").document()
    assert (written["file"], written["size_bytes"]) == (str(to), to.stat().st_size)
    again = steward("backup", "report", filled, "--to", to)
    assert (again.code, str(to) in again.err or "exists" in again.err) == (3, True)
    assert steward("backup", "report", filled, "--to", to, "--force").code == 0


def test_a_schedule_is_set_and_shown(filled: Path, tmp_path: Path) -> None:
    assert "by hand only" in steward("backup", "schedule", filled).out
    ran = steward("backup", "schedule", filled, "--every", "15", "--keep", "1h:7d", "--json").document()
    assert (ran["every_minutes"], json.loads(ran["keep"])) == (
        15,
        [{"every_minutes": 60, "for_minutes": 10_080}],
    )
    assert steward("backup", "schedule", filled, "--keep", "often").code == 2
    nothing = steward("backup", "schedule", filled, "--keep", "")
    assert (nothing.code, "No rule was given" in nothing.err) == (2, True)
    assert steward("backup", "schedule", filled, "--json").document()["keep"] == ran["keep"]
    assert "Everything stays" in steward("backup", "schedule", filled, "--keep", "all").out
    written = steward("backup", "schedule", filled, "--system", "launchd", "--to", tmp_path)
    assert (written.code, "launchctl bootstrap" in written.out) == (0, True)
    assert list(tmp_path.glob("org.data-steward-*.plist"))


def test_every_store_is_drilled_and_the_worst_outcome_is_the_exit_code(filled: Path, tmp_path: Path) -> None:
    key = tmp_path / "key.txt"
    steward("backup", "init", filled, "--store", tmp_path / "second", "--name", "vault", "--key-to", key)
    assert steward("backup", "create", filled).code == 0
    ran = steward("backup", "drill", filled)
    assert (ran.code, "was restored and compared" in ran.out) == (4, True)
    assert ran.out.index("NAS") < ran.out.index("vault") < ran.out.index("does not keep its key")
    told = steward("backup", "drill", filled, "--json").document()
    assert [(each["store"], each["drills"], each["code"]) for each in told["stores"]] == [
        ("NAS", 1, ""),
        ("vault", 0, "needs_key"),
    ]
    assert [each["passed"] for each in told["items"]] == [True]
    assert steward("backup", "drill", filled, "--key-file", key).code == 0
    for pack in (tmp_path / "store" / "packs").rglob("*.age"):
        pack.unlink()
    failed = steward("backup", "drill", filled)
    assert (failed.code, "DOES NOT HOLD" in failed.out, "vault" in failed.out) == (1, True, True)
