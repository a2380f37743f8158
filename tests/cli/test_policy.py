"""The policy beside a database, where commands use it."""

from __future__ import annotations

from pathlib import Path

from builders import a_database, steward


def test_the_data_dictionary_has_the_comments_of_the_policy(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("visit", "id INTEGER PRIMARY KEY, day TEXT").build()
    policy = tmp_path / "clinic.db.steward.yaml"
    policy.write_text("version: 1\ntables:\n  Visit:\n    columns:\n      DAY: {comment: Local time}\n")
    assert steward("schema", "docs", path, "--to", tmp_path / "out").code == 0
    assert "Local time" in (tmp_path / "out" / "dictionary.md").read_text(encoding="utf-8")

    policy.write_text("version: 1\ntables:\n  Visit: {commnt: x}\n")
    ran = steward("schema", "docs", path, "--to", tmp_path / "out", "--json")
    assert ran.code == 2
    assert ran.document()["error"]["code"] == "bad_policy"
    assert "line 3, column 11" in ran.err
