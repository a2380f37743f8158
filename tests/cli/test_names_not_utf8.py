"""Old programs wrote names in Latin-1. What has such a name cannot be read by it; everything else is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import steward
from builders.odd_files import named_in_latin_1, tampered, traces
from steward_app import db
from steward_app.db.integrity import foreign_key_check
from steward_app.kernel.progress import Context

CAFE = "caf\udce9"
"""As the system gives the word: a byte that is no text as half a surrogate pair."""

HOW_THEY_END = (
    (("schema", "show", "{}", "--sql"), 0),
    (("schema", "check", "{}"), 1),
    (("schema", "check", "{}", "--table", CAFE), 1),
    (("schema", "docs", "{}", "--to", "{}.dictionary"), 0),
    (("schema", "docs", "{}", "--diff", "{}"), 0),
    (("rows", "page", "{}", "plain"), 0),
    (("rows", "page", "{}", CAFE), 4),
    (("rows", "page", "{}", "v"), 4),
    (("rows", "find", "{}", "jazz"), 0),
    (("rows", "export", "{}", CAFE, "--to", "{}.csv"), 4),
    (("rows", "query", "{}", "SELECT * FROM child"), 0),
    (("rows", "query", "{}", "SELECT * FROM v"), 4),
    (("backup", "create", "{}"), 0),
    *(
        (("schema", "erd", "{}", "--to", f"{{}}.{ending}", "--inferred", "--views", "--focus", CAFE), 0)
        for ending in ("svg", "png", "pdf", "mmd", "dot", "dbml", "puml")
    ),
)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STEWARD_HOME", str(tmp_path / "home"))
    (tmp_path / "files").mkdir()
    return named_in_latin_1(tmp_path / "files" / "old.db")


@pytest.mark.parametrize(("words", "code"), HOW_THEY_END, ids=lambda value: str(value)[:60])
def test_every_command_knows_such_names(file: Path, words: tuple[str, ...], code: int) -> None:
    before = file.read_bytes()
    ran = steward(*(word.format(file) for word in words))
    assert ran.code == code, ran
    if code == 4:
        assert "not valid UTF-8" in ran.err
        assert "The file is unchanged." in ran.err
    assert file.read_bytes() == before


def test_what_has_other_names_is_checked_and_what_has_not_is_said(file: Path) -> None:
    before = traces(file)
    report = steward("schema", "check", file, "--json").document()
    states = {(c["constraint"]["table"], c["constraint"]["kind"]): c["state"] for c in report["constraints"]}
    assert states["plain", "not empty"] == "holds"
    assert states[CAFE, "not empty"] == "not checkable"
    assert report["integrity"] == "ok"
    assert traces(file) == before


def test_what_is_found_elsewhere_is_listed_and_what_was_not_searched_is_said(file: Path) -> None:
    found = steward("rows", "find", file, "jazz", "--json").document()
    assert [(hit["table"], hit["column"]) for hit in found["items"]] == [("plain", "note")]
    problems = {table["table"]: table["problem"] for table in found["tables"]}
    assert "not valid UTF-8" in problems[CAFE]


def test_rows_without_a_parent_are_counted_beside_such_names(file: Path) -> None:
    with db.open_read(file) as session:
        checks = {check.table: check for check in foreign_key_check(session, Context())}
    assert (checks["child"].violations, checks["child"].problem) == (1, "")


def test_a_row_that_breaks_a_rule_there_is_no_damage_of_the_file(file: Path) -> None:
    stricter = "CREATE TABLE café (id INTEGER PRIMARY KEY, prénom TEXT, n INT NOT NULL)".encode("latin-1")
    tampered(file, f"UPDATE sqlite_schema SET sql = CAST(x'{stricter.hex()}' AS TEXT) WHERE rootpage = 2")
    with pytest.raises(UnicodeDecodeError), db.open_read(file) as session:
        session.all("PRAGMA integrity_check")
    assert steward("schema", "check", file, "--json").document()["integrity"] == "ok"
