"""What a steward is told where the rights are missing: never that the program is at fault."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from builders import Ran, a_database, steward
from builders.processes import as_nobody, common_folder
from steward_app.storage.log import stop_log

COMMANDS = (
    ("schema", "show", "{}"),
    ("schema", "check", "{}"),
    ("schema", "docs", "{}", "--to", "dictionary"),
    ("schema", "docs", "{good}", "--diff", "{}"),
    ("rows", "query", "{}", "SELECT 1"),
    ("rows", "export", "{good}", "t", "--to", "{}.csv"),
    ("backup", "create", "{}"),
    ("backup", "list", "{}"),
    ("restore", "file", "{}", "--point", "pt"),
    ("journal", "list", "{}"),
    ("journal", "identify", "{}"),
    ("sample", "--to", "{}.new"),
)


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a good database, one that may not be read, and one in a folder that may not be entered."""
    with common_folder() as folder:
        home = folder / "home"
        home.mkdir()
        home.chmod(0o777)
        monkeypatch.setenv("STEWARD_HOME", str(home))
        for name in ("good.db", "secret.db", "closed/clinic.db"):
            a_database(folder / name).with_table("t", "a", rows=[(1,)]).build()
        (folder / "good.db").chmod(0o644)
        (folder / "secret.db").chmod(0o000)
        (folder / "closed").chmod(0o000)
        yield folder
        (folder / "closed").chmod(0o755)
        stop_log()


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(words[:2]))
def test_a_closed_folder_is_told_as_what_it_is(folder: Path, words: tuple[str, ...]) -> None:
    ran = _as_nobody(folder, words, folder / "closed" / "clinic.db")
    assert ran.code == 4, ran
    assert "A fault in Data Steward" not in ran.err
    assert "permission" in ran.err


@pytest.mark.parametrize(
    "words", [each for each in COMMANDS if "{}" in each], ids=lambda words: " ".join(words[:2])
)
def test_a_file_that_may_not_be_read_is_told_as_what_it_is(folder: Path, words: tuple[str, ...]) -> None:
    ran = _as_nobody(folder, words, folder / "secret.db")
    assert (ran.code, ran.err.splitlines()[0]) == (4, "“secret.db” cannot be read: you have no permission.")


def test_looking_does_not_need_a_place_for_the_log(folder: Path) -> None:
    (folder / "home").chmod(0o555)
    assert _as_nobody(folder, ("schema", "check", "{}"), folder / "good.db").code == 0


def _as_nobody(folder: Path, words: tuple[str, ...], path: Path) -> Ran:
    told = [word.format(path, good=folder / "good.db") for word in words]
    missing = [word.format(folder / "missing.db", good=folder / "good.db") for word in words]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STEWARD_HOME", str(folder / "first"))
        steward(*missing)  # what it needs of Python's library is loaded: nobody may be unable to read that
    ran = as_nobody(lambda: _plain(steward(*told)))
    return Ran(*ran)


def _plain(ran: Ran) -> tuple[int, str, str]:
    return int(ran.code), ran.out, ran.err
