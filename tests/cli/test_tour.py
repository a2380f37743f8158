"""`steward tour`."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import steward


def test_tells_what_it_did_and_where_the_report_is(
    tmp_path: Path, steward_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the window cannot be shown it says so and ends well all the same."""
    monkeypatch.setenv("QT_QPA_PLATFORM", "nonsense")
    ran = steward("tour", "--out", tmp_path / "out", "--json")
    assert (ran.code, ran.err) == (0, "")
    document = ran.document()
    assert document["schema"] == "steward/tour/v1"
    assert document["home"] == str(steward_home), "the catalog that STEWARD_HOME names"
    assert document["point_state"] == "proven"
    assert Path(document["report"]).is_file()
    assert "nonsense" in document["no_pictures"]

    monkeypatch.delenv("STEWARD_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    ran = steward("tour", "--out", tmp_path / "out")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines()[-1] == f"The report is in {tmp_path / 'out' / 'index.html'}"
    assert (tmp_path / "out" / "home" / "catalog.sqlite").is_file()
    assert not list((tmp_path / "data").rglob("catalog*")), "the steward's own catalog stays as it is"


def test_a_folder_with_something_else_in_it_is_left(tmp_path: Path) -> None:
    (tmp_path / "riverside.db").write_text("mine")
    ran = steward("tour", "--out", tmp_path)
    assert ran.code == 2
    assert "which no tour has made" in ran.err
