"""Texts of a schema go through the files of a migration and back to the letter: line ends, white space at their end."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from builders.migrating import Migrating
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.services.migrate.edit.model import (
    AddColumn,
    CreateObject,
    DropObject,
    Edit,
    MoveColumn,
    SetDefault,
    SetType,
)
from steward_app.services.migrate.files import from_edits, save
from steward_app.services.migrate.model import State

from ..any_edits import texts  # noqa: TID252  the same reading of a file

DATA = Path(__file__).parents[3] / "data"
NOTES = """
CREATE TABLE kept(said TEXT);
CREATE TABLE note(id INTEGER PRIMARY KEY,
    a TEXT,
    body TEXT DEFAULT 'Dear
Sir', -- to begin with
    CHECK (a <> 'p
q'));
CREATE TRIGGER tr AFTER INSERT ON note BEGIN
    INSERT INTO kept VALUES ('one
two');
END;
CREATE VIEW "both
lines" AS SELECT replace(body, '
', '|') AS b FROM note;
"""


def changed(at: Migrating, edits: Sequence[Edit]) -> dict[str, str]:
    """Make edits by a migration: what the file has then."""
    with open_read(at.path) as session:
        save(from_edits(session, edits, at.folder, "Change it"))
    at.apply()
    return ours_aside(at)


def ours_aside(at: Migrating) -> dict[str, str]:
    return {name: sql for name, sql in texts(at.path).items() if not name.startswith("_steward_")}


def there_and_back(at: Migrating, *edits: Edit) -> set[str]:
    """The names of what edits changed, once they are taken back by their own file and every text is as it was."""
    before = ours_aside(at)
    after = changed(at, edits)
    (undo,) = at.folder.glob("U*")
    assert "to the letter" not in undo.read_text(encoding="utf-8")
    at.undo(target=0)
    assert ours_aside(at) == before
    for file in at.folder.iterdir():
        file.unlink()
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


@pytest.fixture
def northwind(tmp_path: Path, catalog: Catalog) -> Migrating:
    made = Migrating(tmp_path, catalog)
    shutil.copyfile(DATA / "northwind.sqlite", made.path)
    return made


@pytest.fixture
def notes(tmp_path: Path, catalog: Catalog) -> Migrating:
    return Migrating(tmp_path, catalog, NOTES.replace("\n", "\r\n"))


def test_a_schema_of_windows_keeps_its_line_ends(northwind: Migrating) -> None:
    was = ours_aside(northwind)["Categories"]
    assert "\r\n" in was
    assert there_and_back(northwind, SetDefault("Categories", "Description", "'d'")) == {"Categories"}
    assert changed(northwind, [SetDefault("Categories", "Description", "'e'")])["Categories"] == was.replace(
        "[Description] TEXT", "[Description] TEXT DEFAULT 'e'"
    )


def test_a_column_that_comes_stands_on_a_line_as_the_others(northwind: Migrating) -> None:
    edit = AddColumn("Orders", "neu TEXT NOT NULL DEFAULT ''", after="OrderDate")
    now = changed(northwind, [edit])["Orders"]
    assert "neu TEXT" in now
    assert now.count("\n") == now.count("\r\n")


def test_line_ends_in_defaults_rules_triggers_and_names_stay(notes: Migrating) -> None:
    before = ours_aside(notes)
    assert there_and_back(notes, MoveColumn("note", "a", "body")) == {"note"}
    notes.sql("INSERT INTO note (a) VALUES ('x')")
    assert notes.all('SELECT body, said, b FROM note, kept, "both\r\nlines"') == [
        ("Dear\r\nSir", "one\r\ntwo", "Dear|Sir")
    ]
    assert ours_aside(notes) == before


def test_a_text_written_by_hand_is_stored_as_it_stands(notes: Migrating) -> None:
    path = notes.folder / "V0001__say.sql"
    as_crlf = b"-- says it\r\nINSERT INTO kept VALUES\r\n  ('a\r\nb');\r\n"
    path.write_bytes(as_crlf)
    notes.apply()
    assert notes.all("SELECT said FROM kept") == [("a\r\nb",)]
    path.write_bytes(as_crlf.replace(b"\r\n", b"\n").replace(b"a\nb", b"a\r\nb"))
    assert notes.states() == {path.name: State.APPLIED}
    path.write_bytes(as_crlf.replace(b"a\r\nb", b"a\nb"))
    assert notes.states() == {path.name: State.EDITED}


def test_remarks_that_mean_something_are_read_with_any_line_ends(notes: Migrating) -> None:
    text = "-- steward: no-transaction\n-- what else\nVACUUM;\n"
    (notes.folder / "V0001__shrink.sql").write_bytes(text.replace("\n", "\r\n").encode())
    notes.apply()
    assert notes.states() == {"V0001__shrink.sql": State.APPLIED}


def test_a_repeatable_file_does_not_run_again_for_its_line_ends(notes: Migrating) -> None:
    path = notes.folder / "R__seen.sql"
    text = b"DROP VIEW IF EXISTS seen;\nCREATE VIEW seen AS\n  SELECT a FROM note;\n"
    path.write_bytes(text)
    notes.apply()
    path.write_bytes(text.replace(b"\n", b"\r\n"))
    assert notes.states() == {path.name: State.APPLIED}


def test_white_space_that_ends_a_text_stays(tmp_path: Path, catalog: Catalog) -> None:
    sql = (DATA / "sakila-schema.sql").read_text(encoding="utf-8")
    at = Migrating(tmp_path, catalog, sql)
    ending = {name for name, text in ours_aside(at).items() if text != text.rstrip()}
    assert "idx_actor_last_name" in ending
    assert there_and_back(at, AddColumn("actor", "neu TEXT NOT NULL DEFAULT ''", after="first_name")) == {
        "actor"
    }
    gone = DropObject("index", "idx_actor_last_name")
    assert there_and_back(at, gone, SetType("actor", "last_name", "TEXT")) == {"idx_actor_last_name", "actor"}


@pytest.mark.parametrize("end", [" ", "\n", "\r\n\t", " -- said\n", " /* said */", " -- said; \n  "])
def test_every_end_of_a_text_stays(tmp_path: Path, catalog: Catalog, end: str) -> None:
    made = ("TABLE t(a INT, b INT) STRICT", "INDEX i ON t(a)", "INDEX j ON t(a) WHERE b")
    at = Migrating(tmp_path, catalog, "\n".join(f"CREATE {each}{end};" for each in made))
    was = ours_aside(at)
    assert all(text.endswith(end) for text in was.values())
    assert there_and_back(at, MoveColumn("t", "a", "b")) == {"t"}
    assert there_and_back(at, DropObject("index", "i"), DropObject("index", "j")) == {"i", "j"}
    new = f"CREATE INDEX k ON t(b){end}"
    assert changed(at, [CreateObject(f"{new};")])["k"] == new


def test_a_remark_that_is_open_at_the_end_of_a_text_is_told(tmp_path: Path, catalog: Catalog) -> None:
    at = Migrating(tmp_path, catalog, "CREATE TABLE t(a INT, b INT);")
    at.sql("CREATE INDEX i ON t(a) -- said")  # without a semicolon, which no file can write behind it
    changed(at, [MoveColumn("t", "a", "b")])
    assert ours_aside(at)["i"] == "CREATE INDEX i ON t(a) -- said\n"
    (undo,) = at.folder.glob("U*")
    assert "* index “i”: spaces" in undo.read_text(encoding="utf-8")
