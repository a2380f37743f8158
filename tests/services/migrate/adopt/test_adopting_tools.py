"""The history of each tool taken over: two migrations that ran, one that waits."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders.adopting import DBMATE, HELD, PROGRAMS, WITH_SQL, YOYO, Adopting
from steward_app.catalog import Catalog
from steward_app.db import open_read, open_write
from steward_app.db.migration_files import Kind, read_folder
from steward_app.db.migration_script import read_script
from steward_app.db.runner import run_script
from steward_app.db.skeleton import in_memory
from steward_app.kernel.errors import UsageError
from steward_app.kernel.progress import Context
from steward_app.services.migrate.adopt.model import Tool
from steward_app.services.migrate.model import Origin, State


def test_every_tool_is_tried() -> None:
    assert {*WITH_SQL, *PROGRAMS} == {each.value for each in Tool}


@pytest.mark.parametrize("tool", WITH_SQL)
def test_what_ran_is_adopted_and_what_waits_waits(tmp_path: Path, catalog: Catalog, tool: str) -> None:
    zoo = Adopting(tmp_path, catalog, WITH_SQL[tool])
    before = zoo.folder_texts()

    receipt = zoo.adopt()

    rows = zoo.history()
    assert [row.name.removesuffix("s") for row in rows] == ["pet", "note"]
    assert all(row.origin is Origin.ADOPTED and row.complete for row in rows)
    assert receipt.sentence.startswith("2 migrations of ")
    assert list(zoo.states().values()) == [State.APPLIED, State.APPLIED, State.PENDING]
    assert zoo.folder_texts() == before, "their folder stays as it is"
    with open_read(zoo.path) as session:
        assert session.all("SELECT * FROM pet") == [(1, "Rex", ";")]


@pytest.mark.parametrize("tool", WITH_SQL)
def test_the_files_written_make_the_same_schema_and_lead_back(
    tmp_path: Path, catalog: Catalog, tool: str
) -> None:
    zoo = Adopting(tmp_path, catalog, WITH_SQL[tool])
    zoo.adopt()
    written = read_folder(zoo.into, frozenset(Kind))
    forward = [each for each in written if each.kind is Kind.VERSIONED]
    back = [each for each in written if each.kind is Kind.UNDO]
    assert len(forward) == 3

    with in_memory() as empty:
        for migration in forward[:2]:
            run_script(empty, read_script(migration), Context())
        names = {str(name) for (name,) in empty.all("SELECT name FROM sqlite_schema")}
        assert names == {"pet", "seen"}
        if back:
            newest = max(back, key=lambda each: each.version)
            run_script(empty, read_script(newest), Context())
            columns = empty.all("SELECT name FROM pragma_table_info('pet')")
            assert columns == [("id",), ("name",)]


@pytest.mark.parametrize("tool", PROGRAMS)
def test_programs_are_believed_for_a_database_that_the_tool_made_anew(
    tmp_path: Path, catalog: Catalog, tool: str
) -> None:
    zoo = Adopting(tmp_path, catalog, PROGRAMS[tool])
    with pytest.raises(UsageError, match="2 of 2 migrations cannot be run here") as refused:
        zoo.plan()
    assert "--against FILE" in refused.value.hint
    anew = tmp_path / "anew.sql"
    anew.write_text(PROGRAMS[tool].tables + HELD)

    zoo.adopt(against=anew)

    assert [(row.version, row.file, row.origin) for row in zoo.history()] == [
        (1, "", Origin.ADOPTED),
        (2, "", Origin.ADOPTED),
    ]
    assert list(zoo.states().values()) == [State.APPLIED, State.APPLIED]
    assert "waits and is a program" in zoo_said(zoo, tmp_path, catalog, tool)


def zoo_said(zoo: Adopting, place: Path, catalog: Catalog, tool: str) -> str:
    """What a plan says of the program that waits, on a file that has no history of ours."""
    fresh = place / "fresh"
    fresh.mkdir()
    return Adopting(fresh, catalog, PROGRAMS[tool]).said(against=place / "anew.sql")["adopted_program_waits"]


def test_a_tool_told_by_another_table_than_its_usual_one(tmp_path: Path, catalog: Catalog) -> None:
    renamed = DBMATE.tables.replace("schema_migrations", "our moves").replace(
        "INTO our moves", 'INTO "our moves"'
    )
    zoo = Adopting(tmp_path, catalog, DBMATE.renamed(renamed))
    with pytest.raises(UsageError, match="holds no history of a tool"):
        zoo.plan()
    zoo.adopt(table="our moves", tool=Tool.DBMATE)
    assert len(zoo.history()) == 2


def test_histories_of_two_tools_are_told_apart(tmp_path: Path, catalog: Catalog) -> None:
    zoo = Adopting(tmp_path, catalog, DBMATE.but(tables=YOYO.tables))
    with pytest.raises(UsageError, match="more than one tool: yoyo, dbmate"):
        zoo.plan()
    assert zoo.blocks(tool=Tool.DBMATE), "the tables of the other tool are in no migration of this one"


def test_the_table_of_rails_is_not_that_of_dbmate(tmp_path: Path, catalog: Catalog) -> None:
    zoo = Adopting(
        tmp_path, catalog, DBMATE.but(tables="CREATE TABLE ar_internal_metadata (key PRIMARY KEY, value);")
    )
    with pytest.raises(UsageError, match="holds no history"):
        zoo.plan()


def test_new_migrations_go_on_from_there(tmp_path: Path, catalog: Catalog) -> None:
    from steward_app.services.migrate.new import create

    zoo = Adopting(tmp_path, catalog, DBMATE)
    zoo.adopt()
    assert create(zoo.into, "more").name == "V20260103120001__more.sql"
    with open_write(zoo.path) as session, session.transaction():
        session.run("CREATE TABLE by_hand (x)")
    assert len(zoo.history()) == 2
