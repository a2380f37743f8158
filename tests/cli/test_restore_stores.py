"""Restoring from stores on the command line: on a new computer, to a moment, a table, and as an export."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import Ran, a_database, steward
from steward_app.db import open_read, open_write
from steward_app.db.image import same_image
from steward_app.kernel.progress import Context

every_mode = pytest.mark.parametrize("mode", ["none", "key", "passphrase"])


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path, "clinic.db")
        .with_table("patient", "id INTEGER PRIMARY KEY, name", rows=[(n, f"n{n}") for n in range(1, 31)])
        .in_wal_mode()
        .build()
    )


@pytest.fixture
def url(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def unlock(clinic: Path, url: Path, tmp_path: Path, mode: str) -> list[str | Path]:
    """A store is made; the options that open it."""
    key, words = tmp_path / "key.txt", tmp_path / "words.txt"
    words.write_text("correct horse battery\n", encoding="utf-8")
    options: dict[str, list[str | Path]] = {
        "none": ["--plain"],
        "key": ["--key-to", key],
        "passphrase": ["--passphrase-file", words],
    }
    ran = steward("backup", "init", clinic, "--store", url, *options[mode])
    assert ran.code == 0, ran
    return {"none": [], "key": ["--key-file", key], "passphrase": ["--passphrase-file", words]}[mode]


def made(path: Path) -> str:
    ran = steward("backup", "create", path, "--json")
    assert ran.code == 0, ran
    return str(ran.document()["items"][0]["point"])


def write(path: Path, sql: str) -> None:
    with open_write(path) as session, session.transaction():
        session.run(sql)


def rows(path: Path) -> int:
    with open_read(path) as session:
        return session.count("SELECT count(*) FROM patient")


@every_mode
def test_a_new_computer_restores_with_the_store_and_a_key(
    clinic: Path, url: Path, unlock: list[str | Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = made(clinic)
    write(clinic, "DELETE FROM patient WHERE id = 1")
    made(clinic)
    (tmp_path / "another").mkdir()
    monkeypatch.setenv("STEWARD_HOME", str(tmp_path / "another"))
    listed = steward("backup", "list", "--store", url, "--json").document()["items"]
    assert (len(listed), listed[1]["id"]) == (2, first)
    assert first in steward("backup", "list", "--store", url, *unlock).out
    newest, older = tmp_path / "newest.db", tmp_path / "older.db"
    ran = steward("restore", "file", "--store", url, "--to", newest, *unlock)
    assert ran.code == 0, ran
    assert rows(newest) == 29
    ran = steward("restore", "file", "--store", url, "--point", first[:16], "--to", older, *unlock)
    assert (ran.code, rows(older)) == (0, 30)
    assert steward("backup", "connect", newest, "--store", url, *unlock).code == 0
    assert len(steward("backup", "list", newest, "--json").document()["items"]) == 2
    again = steward("restore", "file", "--store", url, "--to", newest, *unlock)
    assert again.code == 3
    assert "exists already" in again.err


@pytest.mark.parametrize("mode", ["key"])
def test_without_a_key_it_says_which_one_opens_the_store(
    clinic: Path, url: Path, unlock: list[str | Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(clinic)
    (tmp_path / "another").mkdir()
    monkeypatch.setenv("STEWARD_HOME", str(tmp_path / "another"))
    ran = steward("restore", "file", "--store", url, "--to", tmp_path / "new.db", "--json")
    assert (ran.code, ran.document()["error"]["code"]) == (4, "needs_key")
    assert "age1" in ran.document()["error"]["message"]
    assert steward("restore", "file", "--store", url, "--to", tmp_path / "new.db", *unlock).code == 0


@pytest.mark.parametrize("mode", ["none"])
def test_what_is_missing_is_said(clinic: Path, url: Path, unlock: list[str | Path], tmp_path: Path) -> None:
    for words in (("--store", url), ("--to", tmp_path / "new.db"), (clinic,)):
        assert steward("restore", "file", *words).code == 2
    assert steward("backup", "list").code == 2
    assert "no restore points yet" in steward("backup", "list", clinic, "--store", url).out
    ran = steward("restore", "file", "--store", url, "--to", tmp_path / "new.db")
    assert "no restore point that can be restored" in ran.err
    ran = steward("restore", "file", "--store", tmp_path, "--to", tmp_path / "new.db")
    assert "There is no backup store" in ran.err


@every_mode
def test_with_the_database_any_point_is_restored_compared_and_exported(
    clinic: Path, url: Path, unlock: list[str | Path], tmp_path: Path
) -> None:
    point = made(clinic)
    held = tmp_path / "held.db"
    held.write_bytes(clinic.read_bytes())
    write(clinic, "DELETE FROM patient WHERE id <= 10")
    write(clinic, "UPDATE patient SET name = 'changed' WHERE id = 11")
    (table,) = steward("restore", "compare", clinic, "--point", point, "--json", *unlock).document()["items"]
    assert (table["removed"], table["changed"]) == (10, 1)
    ran = steward("backup", "export", clinic, point, tmp_path / "export.db", *unlock)
    assert (ran.code, ran.out.splitlines()[0]) == (0, "Exported to “export.db”")
    assert same_image(tmp_path / "export.db", held, Context())
    key = ("restore", "rows", clinic, "--point", point, "--table", "patient", "--key", "3", *unlock)
    assert (steward(*key, "--yes").code, rows(clinic)) == (0, 21)
    plan = tmp_path / "plan.json"
    whole = ("restore", "table", clinic, "--point", point, "--table", "patient", "--replace", *unlock)
    assert steward(*whole, "--plan", "--plan-file", plan).code == 0
    assert (steward(*whole, "--plan-file", plan, "--rehearse", "--yes").code, rows(clinic)) == (0, 30)
    write(clinic, "DELETE FROM patient")
    ran = steward("restore", "file", clinic, "--store", url, "--yes", *unlock)
    assert (ran.code, rows(clinic)) == (0, 30)


@pytest.mark.parametrize("mode", ["none"])
def test_a_moment(clinic: Path, url: Path, unlock: list[str | Path], tmp_path: Path) -> None:
    point = made(clinic)
    write(clinic, "DELETE FROM patient WHERE id > 20")
    made(clinic)

    def at(*words: str | Path) -> Ran:
        return steward("restore", "at", clinic, *words)

    listed = {
        each["id"]: each["made_at"]
        for each in steward("backup", "list", clinic, "--json").document()["items"]
    }
    ran = at("--time", listed[point], "--to", tmp_path / "new.db")
    assert (ran.code, rows(tmp_path / "new.db")) == (0, 30)
    assert point in ran.err
    assert "exactly" in ran.err
    plan = at("--time", "2099-01-01", "--plan", "--json").document()
    assert plan["sentences"][0].startswith(
        "The newest restore point not later than 2099-01-01 00:00:00 UTC is"
    )
    ran = at("--time", listed[point], "--table", "patient")
    assert (ran.code, rows(clinic)) == (0, 30)
    assert at("--time", "1999-01-01").code == 2
    assert at("--time", "2099-01-01", "--table", "patient", "--to", tmp_path / "x.db").code == 2


def test_a_moment_in_a_locked_store_names_the_point_that_lies_elsewhere(clinic: Path, tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    words.write_text("correct horse battery\n", encoding="utf-8")
    for name, how in (("open", ["--plain"]), ("locked", ["--passphrase-file", words])):
        assert steward("backup", "init", clinic, "--store", tmp_path / name, *how).code == 0
        assert steward("backup", "create", clinic, "--store", name).code == 0
    listed = steward("backup", "list", clinic, "--json").document()["items"]
    elsewhere = listed[1]["id"]
    ask = ("restore", "at", clinic, "--time", "2999-01-01", "--to", tmp_path / "new.db")
    for more in ((), ("--table", "patient")):
        ran = steward(*(ask[:5] if more else ask), *more)
        assert (ran.code, f"--point {elsewhere}" in ran.err) == (4, True)
    assert steward(*ask, "--store", "open").code == 0
    assert rows(tmp_path / "new.db") == 30
