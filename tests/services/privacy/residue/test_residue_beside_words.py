"""What may stand beside one word of a table of keys and values has no leave to stand beside another."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from builders.odd_files import in_windows_1252
from steward_app.db import open_write
from steward_app.kernel.progress import Context
from steward_app.services.privacy.among import Among
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.residue.model import Permitted, ResidueReport, Searched
from steward_app.services.privacy.residue.search import search

NAME = Place("person", "name")
VALUE = Place("meta", "v")
NAMES = ["Quastenhof", "Wintermoor", "Zirbelthal"]


def database(folder: Path, meta: list[tuple[str, str]], *, key: str = "TEXT") -> Path:
    rows = [(n, word, value) for n, (word, value) in enumerate(meta)]
    return (
        a_database(folder)
        .with_table("person", "id INTEGER PRIMARY KEY, name TEXT", rows=list(enumerate(NAMES)))
        .with_table("meta", f"id INTEGER PRIMARY KEY, k {key}, v TEXT", rows=rows)
        .build()
    )


def copied(path: Path) -> Path:
    """The same without the names of the persons."""
    new = path.with_name("new.db")
    new.write_bytes(path.read_bytes())
    with open_write(new) as session:
        with session.transaction():
            session.run("UPDATE person SET name = 'someone else ' || id")
        session.run("VACUUM")
    return new


def found(path: Path, *words: str) -> ResidueReport:
    permitted = tuple(Permitted(VALUE, "made-up names", among=Among("k", word)) for word in words)
    return search(copied(path), path, [Searched(NAME, permitted, leads=True)], Context())


def test_a_value_may_stand_beside_one_word(tmp_path: Path) -> None:
    meta = [("last_name", "Quastenhof"), ("nick", "Wintermoor"), ("note", "Zirbelthal calls")]
    path = database(tmp_path, meta)
    assert [(each.name, each.column, each.values) for each in found(path, "last_name").found] == [
        ("meta", "v", 2)
    ]
    assert [each.values for each in found(path, "last_name", "nick").found] == [1]
    assert found(path, "last_name", "nick", "note").found == ()


def test_numbers_of_words(tmp_path: Path) -> None:
    path = database(tmp_path, [("7", "Quastenhof"), ("8", "Wintermoor")], key="INTEGER")
    assert [each.values for each in found(path, "7").found] == [1]


@pytest.mark.parametrize("word", ["né le", "nom"])
def test_a_word_in_another_encoding(tmp_path: Path, word: str) -> None:
    path = in_windows_1252(database(tmp_path, [("né le", "Quastenhof"), ("autre", "some text")]))
    assert (found(path, word).found == ()) == (word == "né le")


def test_an_index_does_not_tell_the_word(tmp_path: Path) -> None:
    path = database(tmp_path, [("last_name", "Quastenhof")])
    with open_write(path) as session, session.transaction():
        session.run("CREATE INDEX by_value ON meta (v)")
    assert found(path, "last_name").found == ()
