"""A table that a tool rebuilt, before it is armed again: its history is still told under its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from builders.sealed import put_under_audit, sealed, writing
from steward_app.db import open_read
from steward_app.services.audit.erasing.erase import numbered
from steward_app.services.audit.past.history import Asked, History
from steward_app.services.audit.past.lineage import lineages
from steward_app.services.audit.past.recycle_bin import RecycleBin
from steward_app.services.audit.undo.families import families
from steward_app.services.schema.check import structure_findings
from steward_app.services.schema.introspect import read_schema


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Two tables with a change and a deleted row each; the second has no key of its own."""
    path = (
        a_database(tmp_path, "rebuilt.db")
        .with_sql("CREATE TABLE bed (town TEXT PRIMARY KEY, beds INT) WITHOUT ROWID")
        .with_rows("bed", [("a", 1), ("b", 2), ("c", 3)])
        .with_table("nokey", "a, b", rows=[(1, 2), (3, 4)])
        .build()
    )
    put_under_audit(path, "bed", "nokey")
    with writing(path) as session:
        session.run("UPDATE bed SET beds = 9 WHERE town = 'a'")
        session.run("DELETE FROM bed WHERE town = 'c'")
        session.run("DELETE FROM nokey WHERE a = 3")
    sealed(path)
    return path


def rebuild(path: Path, select: str) -> None:
    with writing(path) as session:
        session.run(f"CREATE TABLE made AS {select}")
        session.run("DROP TABLE bed")
        session.run("ALTER TABLE made RENAME TO bed")


@pytest.mark.parametrize("select", ["SELECT * FROM bed", "SELECT beds FROM bed"])
def test_a_rebuilt_table_keeps_its_name_and_its_history(path: Path, select: str) -> None:
    rebuild(path, select)
    with open_read(path) as session:
        assert [each.name for each in lineages(session)] == ["bed", "nokey"]
        history = History(session)
        assert {entry.table for entry in history.page(Asked(table="bed")).entries} == {"bed"}
        families(session, read_schema(session))
        assert [table for table, _ in numbered(session)] == ["nokey"]


def test_the_bin_leaves_out_a_table_whose_rows_cannot_be_looked_up(path: Path) -> None:
    def tables() -> list[str]:
        with open_read(path) as session:
            return sorted(row.table for row in RecycleBin(session).rows())

    assert tables() == ["bed", "nokey"]
    rebuild(path, "SELECT * FROM bed")
    assert tables() == ["bed", "nokey"]
    with writing(path) as session:
        session.run("ALTER TABLE bed RENAME COLUMN town TO place")
    assert tables() == ["nokey"]
    with writing(path) as session:
        session.run("DROP TABLE bed")
    assert tables() == ["nokey"]


def test_triggers_that_wait_for_the_number_of_a_row_are_not_broken(path: Path) -> None:
    with writing(path) as session:
        session.run("CREATE TRIGGER odd UPDATE OF nil ON nokey BEGIN SELECT 1; END")
        session.run("CREATE TABLE wr (k TEXT PRIMARY KEY) WITHOUT ROWID")
        session.run("CREATE TRIGGER numberless UPDATE OF rowid ON wr BEGIN SELECT 1; END")
    with open_read(path) as session:
        found = structure_findings(read_schema(session))
    broken = {finding.subject.name for finding in found if finding.code == "broken_trigger"}
    assert broken == {"odd", "numberless"}
