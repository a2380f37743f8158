"""The commands that look into the log and undo from it say the same of the same thing."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database, steward
from builders.histories import writing_as
from builders.sealed import put_under_audit
from builders.under_audit import run


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = a_database(tmp_path).with_table("t", "id INTEGER PRIMARY KEY, Fee", rows=[(1, 1), (2, 2)]).build()
    put_under_audit(path, "t")
    with writing_as(path, "ada") as session:
        session.run("UPDATE t SET Fee = 5 WHERE id = 1")
    return path


@pytest.mark.parametrize("verb", ["history", "bin", "verify", "seal", "reconcile"])
def test_a_file_without_an_audit_is_refused_by_all(tmp_path: Path, verb: str) -> None:
    path = a_database(tmp_path).with_table("t", "id INTEGER PRIMARY KEY").build()
    ran = steward("audit", verb, path)
    assert ran.code == 3
    assert "is not under audit." in ran.err
    assert steward("audit", "history", path, "--to", tmp_path / "all.csv").code == 3


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--table", "t", "--all", "--column", "zz"), "Nothing is logged of a column “zz” of “t”."),
        (("--writer", "nobody"), "No change is signed by “nobody”."),
        (("--txn", "99"), "The log has no transaction 99."),
        (("--change", "5-3"), "“5-3” is no run of changes: its end comes before its beginning."),
    ],
)
def test_an_undo_names_what_was_typed_wrongly(path: Path, words: tuple[str, ...], told: str) -> None:
    ran = steward("audit", "undo", path, *words, "--yes")
    assert (ran.code, told in ran.err) == (2, True), ran.err


def test_it_says_what_could_have_been_meant(path: Path) -> None:
    assert "signed by “ada”" in steward("audit", "undo", path, "--writer", "nobody").err
    assert (
        "Logged are: “id”, “Fee”"
        in steward("audit", "undo", path, "--table", "t", "--all", "--column", "z").err
    )


def test_a_column_is_found_however_its_letters_are_written(path: Path) -> None:
    ran = steward("audit", "undo", path, "--table", "T", "--row", "1", "--column", "FEE", "--yes", "--json")
    assert (ran.code, ran.document()["changes"][0]["updated"]) == (0, 1)


def test_both_know_a_transaction_by_both_names(path: Path) -> None:
    for option in ("--txn", "--transaction"):
        assert len(steward("audit", "history", path, option, "1", "--json").document()["items"]) == 1
        assert steward("audit", "undo", path, option, "1", "--plan").code == 0


def test_a_row_that_vacuum_renumbered_has_one_name(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("u", "a, b", rows=[(1, 2), (3, 4), (5, 6)]).build()
    assert steward("audit", "install", path, "--yes").code == 0
    run(path, "DELETE FROM u WHERE rowid = 2", "VACUUM")
    assert steward("audit", "rearm", path, "--yes").code == 0
    (gone,) = steward("audit", "bin", path, "--json").document()["items"]
    (told,) = [
        each
        for each in steward("audit", "history", path, "u", "--json").document()["items"]
        if each["operation"] == "delete"
    ]
    assert told["row"] == gone["row"]
    (found,) = steward("audit", "history", path, "u", "--row", gone["row"], "--json").document()["items"]
    assert found["id"] == gone["id"]
    ran = steward("audit", "undo", path, "--table", "u", "--row", gone["row"], "--yes", "--json")
    assert (ran.code, ran.document()["changes"][0]["inserted"]) == (0, 1)
