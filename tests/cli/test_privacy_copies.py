"""`steward privacy anonymize`, `releases`, `assess` and `keys`."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from builders import a_database, steward
from builders.releases import trap, write_to
from steward_app.cli.outcome import ExitCode
from steward_app.services.privacy.anonymize.model import Sheet

SHEET = Sheet(
    *("Ada Winter", "University", "2099-06-30", "They hold no other data.", ("k = 5",), ("linkage: 0",)),
    *("The clinic", "None"),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return trap(tmp_path, customers=30)


def made(path: Path) -> str:
    """Make a copy; its id in the register."""
    ran = steward(
        "privacy", "anonymize", path, "--to", path.with_name("copy.db"), "--rules", "trap", "--json"
    )
    assert ran.code == 0, ran.err
    return str(ran.document()["result"]["release"])


def test_a_copy_needs_no_confirmation(path: Path) -> None:
    ran = steward("privacy", "anonymize", path, "--to", path.with_name("copy.db"))
    assert ran.code == 0, ran.err
    assert "A copy for release (pseudonymised) was made: “copy.db”" in ran.out
    assert "0 of" in ran.out
    assert "orig.example" not in ran.out
    assert "How easily somebody is found\n  “customers”: not measured. The copy shows no column" in ran.out
    assert path.with_name("copy.db").exists()


def test_plan_and_rehearsal_make_nothing(path: Path) -> None:
    arguments = ("privacy", "anonymize", path, "--to", path.with_name("copy.db"), "--rules", "trap")
    plan = steward(*arguments, "--plan", "--json").document()
    assert plan["operation"] == "privacy.release"
    assert [(c["table"], c["rows_after"]) for c in plan["changes"]] == [
        ("customers", 30),
        ("audit", 0),
        ("logins", 30),
    ]
    ran = steward(*arguments, "--rehearse", "--json")
    assert ran.code == 0
    assert all(check["passed"] for check in ran.document()["checks"])
    assert not path.with_name("copy.db").exists()


def test_a_kept_plan_is_carried_out(path: Path, tmp_path: Path) -> None:
    arguments = ("privacy", "anonymize", path, "--to", path.with_name("copy.db"), "--rules", "trap")
    kept = tmp_path / "plan.json"
    assert steward(*arguments, "--plan", "--plan-file", kept).code == 0
    assert "orig.example" not in kept.read_text("utf-8")
    assert steward(*arguments, "--plan-file", kept).code == 0
    assert path.with_name("copy.db").exists()


def test_a_part_of_the_rows(path: Path) -> None:
    ran = steward("privacy", "anonymize", path, "--to", path.with_name("copy.db"),
                  "--table", "customers", "--where", "id <= 5", "--json")  # fmt: skip
    assert {c["table"]: c["rows_after"] for c in ran.document()["changes"]} == {
        "customers": 5,
        "audit": 0,
        "logins": 5,
    }


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--to", "x.db", "--in-place"),
        ("--to", "x.db", "--table", "customers"),
        ("--to", "x.db", "--fraction", "0.5"),
        ("--to", "x.db", "--table", "customers", "--fraction", "0.5", "--where", "1"),
        ("--to", "x.db", "--table", "customers", "--fraction", "2"),
        ("--to", "x.db", "--rules", "other"),
    ],
)
def test_what_makes_no_sense_is_wrong_usage(path: Path, arguments: tuple[str, ...]) -> None:
    assert steward("privacy", "anonymize", path, *arguments).code == ExitCode.USAGE


def test_something_at_the_target_is_refused(path: Path) -> None:
    path.with_name("copy.db").write_text("mine")
    ran = steward("privacy", "anonymize", path, "--to", path.with_name("copy.db"))
    assert (ran.code, path.with_name("copy.db").read_text()) == (ExitCode.REFUSED, "mine")


def test_in_place_is_refused_without_an_encrypted_store(path: Path) -> None:
    before = path.read_bytes()
    ran = steward("privacy", "anonymize", path, "--in-place", "--confirm", path.name)
    assert (ran.code, path.read_bytes()) == (ExitCode.REFUSED, before)
    assert "There is no encrypted store" in ran.out + ran.err


def test_in_place_asks_for_the_name_of_the_file(path: Path, tmp_path: Path) -> None:
    write_to(path, "DELETE FROM audit")
    assert steward("backup", "init", path, "--store", tmp_path / "store").code == 0
    before = path.read_bytes()
    refused = steward("privacy", "anonymize", path, "--in-place", "--keep-days", 7)
    assert refused.code == ExitCode.REFUSED
    assert "It is kept for 7 days" in " ".join(refused.out.split())
    for words in (("--yes",), ("--yes", "--json"), ("--rehearse", "--yes"), ("--confirm", "other.db")):
        refused = steward("privacy", "anonymize", path, "--in-place", *words)
        assert refused.code == ExitCode.REFUSED, words
        assert "Nothing can undo this." in refused.err + refused.out
    assert path.read_bytes() == before
    ran = steward("privacy", "anonymize", path, "--in-place", "--confirm", path.name)
    assert ran.code == 0
    assert re.search(r"undone by steward restore file .* --point pt_\w+", " ".join(ran.out.split()))
    assert b"orig.example" not in path.read_bytes()


def test_the_register(path: Path) -> None:
    release = made(path)
    (item,) = steward("privacy", "releases", path, "--json").document()["items"]
    assert (item["id"], item["state"], item["words"]) == (
        release,
        "made",
        "copy for release (pseudonymised)",
    )
    told = steward("privacy", "releases", path, "--release", release).out
    assert re.search(r"made +\d{4}-\d\d-\d\d \d\d:\d\d UTC by ", told)
    assert re.search(r"state +.* since \d{4}-\d\d-\d\d \d\d:\d\d UTC", told)
    ran = steward("privacy", "releases", path, "--release", release, "--given-to", "Prof. Moor", "--json")
    (item,) = ran.document()["items"]
    assert (item["state"], item["note"]) == ("given", "Prof. Moor")
    told = steward("privacy", "releases", path).out
    assert "copy for release (pseudonymised)" in told.replace("\n", " ") or release in told
    assert steward("privacy", "releases", path, "--given-to", "x").code == ExitCode.USAGE
    assert steward("privacy", "releases", path, "--release", "rl_nothing").code == ExitCode.USAGE


def test_an_assessment(path: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.json"
    assess = ("privacy", "assess", path, "--release", made(path))
    sheet.write_text(json.dumps(asdict(SHEET)), "utf-8")
    (item,) = steward(*assess, "--sheet", sheet, "--json").document()["items"]
    assert (item["holds"], item["sheet"]["recipient"]) == (True, "University")
    assert "Assessed anonymous for University" in steward(*assess).out
    (key,) = steward("privacy", "keys", "list", "--json").document()["items"]
    gone = steward("privacy", "keys", "destroy", key["name"], "--reason", "over", "--confirm", key["name"])
    assert gone.code == 0
    told = " ".join(steward(*assess).out.split())
    assert "key when recorded kept on the computer" in told
    assert "key today destroyed: no pseudonym" in told
    sheet.write_text(json.dumps(asdict(replace(SHEET, reasons=""))), "utf-8")
    assert steward(*assess, "--sheet", sheet).code == ExitCode.USAGE
    (item,) = steward(*assess, "--withdraw", "news", "--json").document()["items"]
    assert (item["holds"], item["withdrawn_why"]) == (False, "news")


def test_a_sheet_of_another_file_or_against_what_is_known(path: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.json"
    release = made(path)
    assess = ("privacy", "assess", path, "--release", release, "--sheet", sheet)
    sheet.write_text(json.dumps(asdict(replace(SHEET, holds_original="nobody"))), "utf-8")
    ran = steward(*assess)
    assert ran.code == ExitCode.REFUSED
    assert "lies on this computer" in " ".join(ran.err.split())
    assert "Known otherwise" in steward(*assess, "--despite").out
    (item,) = steward("privacy", "releases", path, "--json").document()["items"]
    assert "byte for byte" in item["file"]
    with Path(item["path"]).open("ab") as copy:
        copy.write(b"x")
    ran = steward(*assess, "--despite")
    assert (ran.code, "changed or replaced since" in " ".join(ran.err.split())) == (ExitCode.REFUSED, True)
    for words in ((), ("--release", release)):
        told = steward("privacy", "releases", path, *words)
        assert "is not the file that was made" in " ".join(told.err.split())
    told = steward(*assess[:-2])
    assert "today it does not hold for the file there: that is not the file" in " ".join(told.out.split())
    (item,) = steward(*assess[:-2], "--json").document()["items"]
    assert (item["holds"], "was changed or replaced since" in item["file_now"]) == (False, True)
    (one,) = steward("privacy", "releases", path, "--json").document()["items"]
    assert one["words"] == "copy for release (pseudonymised)"


def test_keys(path: Path) -> None:
    assert "no key of pseudonyms" in steward("privacy", "keys", "list").out
    made(path)
    (key,) = steward("privacy", "keys", "list", "--json").document()["items"]
    assert (key["state"], key["releases"]) == ("made", 1)
    destroy = ("privacy", "keys", "destroy", key["id"])
    assert steward(*destroy, "--reason", "over").code == ExitCode.REFUSED
    assert steward(*destroy, "--reason", "over", "--confirm", "other").code == ExitCode.REFUSED
    assert steward(*destroy, "--confirm", key["name"]).code == ExitCode.USAGE
    title = f"{path.name}-{key['made_at'][:10]}"
    assert title in steward("privacy", "keys", "list").out.replace("\n", "")
    (gone,) = steward(*destroy, "--reason", "over", "--confirm", title, "--json").document()["items"]
    assert gone["state"] == "destroyed"
    path.with_name("copy.db").unlink()
    again_with = ("privacy", "anonymize", path, "--to", path.with_name("copy.db"))
    again = steward(*again_with)
    assert (again.code, "was destroyed" in again.err) == (ExitCode.REFUSED, True)
    assert "--key" in again.err
    ran = steward(*again_with, "--key", "studies", "--json")
    assert ran.code == 0, ran.err
    keys = steward("privacy", "keys", "list", "--json").document()["items"]
    assert [(each["name"], each["state"]) for each in keys if each["name"] == "studies"] == [
        ("studies", "made")
    ]


def test_what_goes_along_unchanged_is_told_though_nobody_is_asked(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path, "club.db")
        .with_table(
            "member",
            "id INTEGER PRIMARY KEY, full_name TEXT, email TEXT, religion TEXT",
            rows=[(n, f"Ada Winter{n}", f"ada{n}@club.example", "catholic") for n in range(40)],
        )
        .build()
    )
    text = "version: 1\nreleases:\n  study:\n    tables:\n      member:\n"
    rules = ("full_name: {technique: remove}", "email: {technique: remove}")
    path.with_name("club.db.steward.yaml").write_text(text + "".join(f"        {each}\n" for each in rules))
    assert steward("privacy", "scan", path).code == 0
    ran = steward(
        *("privacy", "anonymize", path, "--to", path.with_name("copy.db"), "--rules", "study", "--yes")
    )
    assert ran.code == 0, ran.err
    assert "No value of a changed column was found" in ran.out
    assert "goes along unchanged" in ran.err or "go along unchanged" in ran.err
    assert "member.religion" in ran.err


def test_what_is_recorded_against_the_file_that_is_there_is_told(path: Path) -> None:
    release = made(path)
    releases = ("privacy", "releases", path, "--release", release)
    assert steward(*releases, "--given-to", "Uni").err == ""
    copy = path.with_name("copy.db")
    write_to(copy, "CREATE TABLE more (a)")
    changed = steward(*releases, "--given-to", "Uni")
    assert (changed.code, "is not the file that was made" in changed.err) == (0, True)
    gone = steward(*releases, "--destroyed", "shredded by Ada")
    assert (gone.code, "“copy.db” still lies in" in gone.err) == (0, True)
    assert copy.exists()


def test_a_copy_that_is_gone_is_recorded_so_without_a_word(path: Path) -> None:
    release = made(path)
    path.with_name("copy.db").unlink()
    ran = steward("privacy", "releases", path, "--release", release, "--destroyed", "deleted by Ada")
    assert (ran.code, ran.err) == (0, "")
    assert "The file holds together: \n" not in ran.out


def test_the_key_of_a_database_is_listed_with_the_file(tmp_path: Path) -> None:
    path = trap(tmp_path, customers=10)
    policy = path.with_name(path.name + ".steward.yaml")
    policy.write_text("".join(line for line in policy.read_text().splitlines(True) if "key:" not in line))
    made(path)
    (key,) = steward("privacy", "keys", "list", "--json").document()["items"]
    assert key["database"] == str(path)
    told = steward(
        "privacy", "keys", "destroy", key["name"], "--reason", "over", "--confirm", key["name"]
    ).out
    assert "1 copy was made with it." in told
