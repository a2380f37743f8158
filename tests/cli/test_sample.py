"""`steward sample`."""

from __future__ import annotations

from pathlib import Path

from builders import steward
from steward_app.cli.sample import _SEED
from steward_app.services.sample import build


def test_makes_the_sample_and_tells_what_is_wrong_in_it(tmp_path: Path) -> None:
    path = tmp_path / "riverside.db"
    ran = steward("sample", "--to", path)
    assert (ran.code, ran.err) == (0, "")
    first, second, *rest = ran.out.splitlines()
    assert first.startswith(f"Riverside Clinic is in “{path}”: 5")
    assert " rows in 27 tables, 8." in first
    assert second.startswith("Everybody in it is invented.")
    assert any("diagnosis.visit_id" in line and "17 diagnoses" in line for line in rest)


def test_the_document_says_what_the_service_says(tmp_path: Path) -> None:
    ran = steward("sample", "--to", tmp_path / "one.db", "--json")
    document = ran.document()
    summary = build(tmp_path / "two.db")
    assert document["schema"] == "steward/sample/v1"
    assert (document["path"], document["rows"]) == (str(tmp_path / "one.db"), summary.rows)
    assert document["tables"][0] == {"name": "patient", "rows": summary.tables[0].rows}
    assert [each["code"] for each in document["planted"]] == [each.code for each in summary.planted]


def test_another_seed_gives_another_clinic(tmp_path: Path) -> None:
    one = steward("sample", "--to", tmp_path / "one.db", "--seed", str(_SEED + 1), "--json").document()
    two = steward("sample", "--to", tmp_path / "two.db", "--json").document()
    assert one["rows"] != two["rows"]


def test_what_is_there_is_left(tmp_path: Path) -> None:
    path = tmp_path / "riverside.db"
    path.write_text("mine")
    ran = steward("sample", "--to", path)
    assert ran.code == 3
    assert ran.err.splitlines()[0] == "“riverside.db” exists already."
    assert path.read_text() == "mine"


def test_the_file_must_be_named() -> None:
    assert steward("sample").code == 2
