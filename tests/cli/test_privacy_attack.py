"""`steward privacy attack`, `utility` and `report`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from builders import steward
from builders.made_by_hand import a_clinic, changed, gone, patients, token, unsalted, visits
from steward_app.cli.privacy import attack_printed


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path, Path]:
    """An original, a copy with unsalted hashes, and one that says next to nothing."""
    monkeypatch.setenv("STEWARD_HOME", str(tmp_path / "home"))
    rows = patients(120)
    source = a_clinic(tmp_path / "clinic.db", rows, visits(60, 120))
    bad = a_clinic(tmp_path / "bad.db", changed(rows, name=gone, email=unsalted), visits(60, 120))
    hidden = dict.fromkeys(("name", "birth_date", "postcode", "sex", "diagnosis"), gone)
    good = a_clinic(tmp_path / "good.db", changed(rows, email=token, **hidden), [])
    return source, bad, good


def test_attacks_that_win_end_with_1(files: tuple[Path, Path, Path]) -> None:
    source, bad, _ = files
    ran = steward("privacy", "attack", bad, "--of", source, "--seconds", "0.2", "--json")
    assert ran.code == 1, ran.err
    document = ran.document()
    found = {item["id"]: item for item in document["items"]}
    listed = found["dictionary:patient.email"]
    assert (listed["reidentified"], listed["persons"], listed["beats"]) == (120, 120, True)
    assert listed["guessing_interval"]["high"] < 10
    assert document["truth"][0]["truth"] == "kept_keys"
    assert document["beaten"] >= 2


def test_attacks_that_lose_end_with_0(files: tuple[Path, Path, Path]) -> None:
    source, _, good = files
    ran = steward("privacy", "attack", good, "--of", source, "--seconds", "0.2")
    assert ran.code == 0, ran.out
    assert "None of" in ran.out
    within = ran.out[ran.out.index("Within their limit:") :]
    assert "guessing alone" in within
    assert "at most" not in within, "a share without what guessing gives there reads like an error"
    assert "Not tried to the end" in ran.out
    assert "is not in the register of this computer" in ran.out
    told = steward("privacy", "attack", good, "--of", source, "--seconds", "0.2", "--all").out
    assert "Who has a list of the originals" in told
    assert "Who has a list of the originals" not in ran.out


def test_of_very_many_attacks_the_worst_are_printed(
    files: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    source, bad, _ = files
    words = ("privacy", "attack", bad, "--of", source, "--seconds", "0.2")
    beaten = steward(*words, "--json").document()["beaten"]
    assert "more: --all" not in steward(*words).out
    for name in ("_IN_FULL", "_LISTED", "_OF_ONE_REASON"):
        monkeypatch.setattr(attack_printed, name, 1)
    told = steward(*words).out
    assert told.count("It beats its limit.") == 1
    assert "These beat their limit, too" in told
    assert f"and {beaten - 2} more: --all shows each of them." in told
    assert f"{beaten} attacks of" in told
    every = steward(*words, "--all").out
    assert every.count("It beats its limit.") == beaten
    assert "more: --all" not in every


def test_what_an_attacker_knows_is_chosen(files: tuple[Path, Path, Path]) -> None:
    source, bad, good = files
    words = ("--knows", "patient.birth_date", "--knows", "patient.sex")
    ran = steward("privacy", "attack", bad, "--of", source, *words, "--seconds", "0.2", "--json")
    linked = [item for item in ran.document()["items"] if item["kind"] == "linkage"]
    assert [item["columns"] for item in linked] == [["patient.birth_date", "patient.sex"]]
    against = steward(
        "privacy", "attack", good, "--of", source, *words, "--against", bad, "--seconds", "0.2", "--json"
    )
    assert against.document()["other"] == str(bad)
    assert "difference" in {item["kind"] for item in against.document()["items"]}


@pytest.mark.parametrize("place", ["patient", "patient.nothing", "nobody.name", "patient.name:$.x"])
def test_what_is_no_column_is_a_wrong_request(files: tuple[Path, Path, Path], place: str) -> None:
    ran = steward("privacy", "attack", files[1], "--of", files[0], "--knows", place)
    assert ran.code == 2
    assert "Nothing was read" in ran.err


def test_usefulness_as_a_document_and_in_words(files: tuple[Path, Path, Path]) -> None:
    source, bad, good = files
    document = steward("privacy", "utility", bad, "--of", source, "--json").document()
    assert 0.7 < document["kept"] < 1
    assert {part["name"] for part in document["parts"]} >= {"columns", "links"}
    assert next(item for item in document["items"] if item["id"] == "patient.name")["lost"] == 1.0
    told = steward("privacy", "utility", good, "--of", source).out
    assert "Usefulness kept" in told
    assert "patient.birth_date" in told


@pytest.mark.parametrize("ending", ["html", "pdf", "json"])
def test_the_report_is_written(files: tuple[Path, Path, Path], tmp_path: Path, ending: str) -> None:
    source, bad, _ = files
    to = tmp_path / f"report.{ending}"
    words = ("privacy", "report", bad, "--of", source, "--to", to, "--seconds", "0.2")
    ran = steward(*words, "--json")
    assert ran.code == 1, ran.err
    document = ran.document()
    assert document["holds"] is False
    assert to.stat().st_size > 1000
    if ending == "json":
        assert json.loads(to.read_bytes())["signature"]["algorithm"] == "Ed25519"
    assert steward(*words).code == 3  # it is there already
    assert "re-identified more than allowed" in steward(*words, "--force").out


def test_another_ending_is_refused_before_any_work(files: tuple[Path, Path, Path], tmp_path: Path) -> None:
    ran = steward("privacy", "report", files[1], "--of", files[0], "--to", tmp_path / "report.doc")
    assert ran.code == 2
    assert "Nothing was written" in ran.err


def test_a_report_is_verified_where_nothing_is_known_of_it(
    files: tuple[Path, Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, bad, good = files
    to = tmp_path / "report.html"
    made = steward(
        "privacy", "report", bad, "--of", source, "--to", to, "--seconds", "0.2", "--json"
    ).document()
    signed = tmp_path / "report.html.json"
    assert made["signed"] == str(signed)
    monkeypatch.setenv("STEWARD_HOME", str(tmp_path / "another computer"))
    words = ("privacy", "verify-report", signed)
    ran = steward(*words, "--copy", bad, "--json")
    assert ran.code == 0, ran.err
    found = ran.document()
    assert (found["sha256"], found["ours"], found["same_file"]) == (made["sha256"], False, True)
    assert steward(*words, "--copy", good).code == 1
    told = steward(*words, "--key", "0" * 16)
    assert told.code == 1
    assert "another key" in told.out
    assert steward(*words, "--key", found["key_id"]).code == 0
    signed.write_text(signed.read_text().replace("bad.db", "good.db"))
    assert "changed after it was signed" in steward(*words).err
