"""What the edit engine writes, carried out by the runner: under audit, beside other programs, where nothing may be
written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from builders import a_database
from builders.guarding import install, verified
from builders.migrating import CLINIC, Migrating, other_program
from builders.operations import known
from builders.processes import as_nobody, common_folder
from steward_app.catalog import Catalog, open_catalog
from steward_app.db import open_read
from steward_app.kernel.errors import ErrorCode, Failure, StewardError
from steward_app.kernel.finding import Severity
from steward_app.kernel.progress import Context
from steward_app.services.audit.guard.armed import State, status
from steward_app.services.migrate import model
from steward_app.services.migrate.edit.model import (
    Edit,
    MergeTable,
    RenameColumn,
    RenameTable,
    SetDefault,
    SetType,
    SplitTable,
)
from steward_app.services.migrate.files import from_edits, save
from steward_app.services.migrate.run import service
from steward_app.services.migrate.run.course import Wanted
from steward_app.services.operation import Confirmation
from steward_app.services.schema import read_schema

FAMILY = """
CREATE TABLE person (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, street TEXT, city TEXT, born INT);
CREATE TABLE visit (id INTEGER PRIMARY KEY, person_id INT NOT NULL REFERENCES person ON DELETE CASCADE, note TEXT);
CREATE TABLE line (id INTEGER PRIMARY KEY, visit_id INT NOT NULL REFERENCES visit ON DELETE CASCADE, fee INT);
CREATE TABLE badge (person_id INTEGER PRIMARY KEY REFERENCES person ON DELETE CASCADE, colour TEXT NOT NULL);
CREATE TABLE gone (what TEXT);
CREATE TRIGGER told AFTER DELETE ON visit BEGIN INSERT INTO gone VALUES (old.id); END;
CREATE TRIGGER seen AFTER UPDATE ON person BEGIN INSERT INTO gone VALUES ('changed'); END;
INSERT INTO person VALUES (1, 'Ada', 'Elm 1', 'York', 1815), (2, 'Bo', NULL, 'Hull', NULL), (7, 'Cy', '', '', 0);
INSERT INTO visit VALUES (1, 1, 'a'), (2, 1, 'b'), (3, 2, NULL);
INSERT INTO line VALUES (10, 1, 5), (11, 3, 6);
INSERT INTO badge VALUES (1, 'red'), (2, 'blue'), (7, 'none');
"""
TABLES = ("person", "visit", "line", "badge", "gone")


MODES = pytest.mark.parametrize("family", ["delete", "wal"], indirect=True)


@pytest.fixture
def family(request: pytest.FixtureRequest, tmp_path: Path, catalog: Catalog) -> Migrating:
    made = Migrating(tmp_path, catalog, FAMILY, wal=getattr(request, "param", "") == "wal")
    install(catalog, made.path, "person", "visit", "line", "badge")
    made.sql("UPDATE person SET name = 'Eve' WHERE id = 1", "DELETE FROM gone")
    return made


def write(file: Migrating, edits: Sequence[Edit]) -> bool:
    """Write the migration of edits; whether it can be taken back by a file."""
    with open_read(file.path) as session:
        new = from_edits(session, edits, file.folder, "Edit it")
    save(new)
    return new.undo_path is not None


def rows(file: Migrating, *tables: str) -> dict[str, list[tuple[object, ...]]]:
    return {table: file.all(f"SELECT * FROM {table} ORDER BY 1") for table in tables}


def texts(file: Migrating) -> dict[str, str]:
    named = "SELECT name, sql FROM sqlite_schema WHERE name NOT GLOB '_steward*' AND sql IS NOT NULL"
    return {str(name): str(sql) for name, sql in file.all(named)}


def logged(file: Migrating) -> int:
    """Changes of rows that the audit has logged."""
    logs = file.all(
        "SELECT name FROM sqlite_schema WHERE name GLOB '_steward_audit_log_*' AND type = 'table'"
    )
    return sum(len(file.all(f'SELECT 1 FROM "{name}"')) for (name,) in logs)


def armed(file: Migrating) -> set[str]:
    with open_read(file.path) as session:
        return {each.table for each in status(session, read_schema(session)) if each.state is State.ARMED}


@pytest.mark.parametrize(
    "edit",
    [
        SetType("person", "born", "REAL"),
        SetDefault("visit", "note", "'none'"),
    ],
    ids=["parent", "child and parent"],
)
def test_a_table_under_audit_is_written_anew_and_no_child_is_deleted(family: Migrating, edit: Edit) -> None:
    before, log = rows(family, *TABLES), logged(family)
    was = texts(family)
    write(family, [edit])
    plan = family.plan()
    assert all(each.passed for each in service.rehearse(family.catalog, plan, Context()).checks)
    family.carry_out(plan, unrehearsed="")
    assert rows(family, *TABLES) == before  # nothing is cascaded, and no trigger of the table has fired
    assert logged(family) == log
    assert armed(family) == {"person", "visit", "line", "badge"}
    family.sql("PRAGMA foreign_keys = ON; DELETE FROM person WHERE id = 2")
    assert rows(family, "visit", "gone") == {"visit": [(1, 1, "a"), (2, 1, "b")], "gone": [("3",)]}
    assert verified(family.path).holds
    family.undo()
    assert texts(family) == was
    assert armed(family) == {"person", "visit", "line", "badge"}
    assert verified(family.path).holds


def test_a_table_under_audit_is_split_and_taken_back(family: Migrating) -> None:
    before, was, log = rows(family, *TABLES), texts(family), logged(family)
    assert write(family, [SplitTable("person", "address", ("street", "city"), "person_id")])
    family.apply()
    assert rows(family, "person", "address", "visit", "gone") == {
        "person": [(1, "Eve", 1815), (2, "Bo", None), (7, "Cy", 0)],
        "address": [(1, "Elm 1", "York"), (2, None, "Hull"), (7, "", "")],
        "visit": before["visit"],
        "gone": [],
    }
    assert logged(family) == log
    assert armed(family) == {"person", "visit", "line", "badge"}
    family.sql("UPDATE person SET name = 'Ida' WHERE id = 7")
    assert logged(family) == log + 1
    assert verified(family.path).holds
    family.sql("UPDATE person SET name = 'Cy' WHERE id = 7", "DELETE FROM gone")
    plan = service.plan_undo(family.catalog, family.wanted(), Context())
    assert plan.operation == "migrate.undo"
    assert "“address” goes, with 3 rows; a statement before it reads them." in plan.sentences
    family.carry_out(plan)
    assert (rows(family, *TABLES), texts(family)) == (before, was)
    assert armed(family) == {"person", "visit", "line", "badge"}
    assert verified(family.path).holds


@pytest.mark.parametrize("complete", [True, False])
def test_a_table_under_audit_is_merged_and_taken_back(family: Migrating, complete: bool) -> None:
    before, was, log = rows(family, *TABLES), texts(family), logged(family)
    assert write(family, [MergeTable("person", "badge", "person_id", complete=complete)]) == complete
    family.apply()
    assert [row[-1] for row in rows(family, "person")["person"]] == ["red", "blue", "none"]
    assert rows(family, "visit", "gone") == {"visit": before["visit"], "gone": []}
    assert logged(family) == log
    assert armed(family) == {"person", "visit", "line"}
    assert verified(family.path).holds
    family.undo()
    assert (rows(family, *TABLES), texts(family)) == (before, was)
    assert verified(family.path).holds


def test_rows_that_would_be_lost_in_a_merge_stop_it_and_nothing_is_changed(family: Migrating) -> None:
    write(family, [MergeTable("person", "badge", "person_id")])
    family.sql("INSERT INTO badge VALUES (99, 'gold')")
    before, was = rows(family, *TABLES), texts(family)
    with pytest.raises(Failure, match="each row of badge belongs to one of person"):
        family.apply()
    assert (rows(family, *TABLES), texts(family)) == (before, was)
    assert set(family.states().values()) == {model.State.PENDING}


@MODES
@pytest.mark.parametrize("doing", ["BEGIN; SELECT * FROM person", "BEGIN IMMEDIATE"])
def test_another_program_is_in_the_way_of_a_table_that_is_written_anew(family: Migrating, doing: str) -> None:
    write(family, [SetType("person", "born", "REAL")])
    plan = family.plan()
    before, was = rows(family, *TABLES), texts(family)
    with other_program(family.path) as other:
        for statement in doing.split(";"):
            other.execute(statement).fetchall()
        with pytest.raises(Failure) as refused:
            family.carry_out(plan)
        assert refused.value.code is ErrorCode.LOCKED
    assert (rows(family, *TABLES), texts(family)) == (before, was)
    family.apply()
    assert rows(family, "visit", "line") == {name: before[name] for name in ("visit", "line")}


@MODES
def test_beside_a_reader_in_wal_it_is_applied_and_the_reader_keeps_what_it_saw(family: Migrating) -> None:
    [(mode,)] = family.all("PRAGMA journal_mode")
    write(family, [SplitTable("person", "address", ("street", "city"), "person_id")])
    before = rows(family, "visit")
    with other_program(family.path) as other:
        other.execute("BEGIN")
        seen = other.execute("SELECT * FROM person ORDER BY id").fetchall()
        if mode == "wal":
            family.apply(beside=True)
        else:
            with pytest.raises(Failure) as refused:
                family.apply(beside=True)
            assert refused.value.code is ErrorCode.LOCKED
        assert other.execute("SELECT * FROM person ORDER BY id").fetchall() == seen
        other.execute("COMMIT")
        now = len(other.execute("SELECT * FROM person").fetchone())
        assert now == (3 if mode == "wal" else 5)
    assert rows(family, "visit") == before


def test_where_nothing_may_be_written_nothing_is(monkeypatch: pytest.MonkeyPatch) -> None:
    with common_folder() as common:
        home = common / "home"
        home.mkdir()
        monkeypatch.setenv("STEWARD_HOME", str(home))
        first, path = (common / name / "clinic.db" for name in ("first", "here"))
        for each in (first, path):
            each.parent.mkdir()
            a_database(each.parent, each.name).with_sql(CLINIC).build()
            (each.parent / "migrations").mkdir()
        # once by somebody who may, since nobody may be unable to read Python's own library later
        assert (writing(first), applying(first)) == ("", "")
        for each in (home, *home.rglob("*")):
            each.chmod(0o777)
        before, here, folder = path.read_bytes(), path.parent, path.parent / "migrations"
        for place in (path, folder, here):
            place.chmod(0o444 if place == path else 0o555)
        assert as_nobody(lambda: writing(path)) == ErrorCode.NO_PERMISSION.value
        assert list(folder.iterdir()) == []
        folder.chmod(0o777)
        assert as_nobody(lambda: writing(path)) == ""
        assert as_nobody(lambda: applying(path)) == ErrorCode.BLOCKED.value
        path.chmod(0o666)
        assert as_nobody(lambda: applying(path)) == ErrorCode.BLOCKED.value  # no journal can stand beside it
        assert path.read_bytes() == before
        assert sorted(each.name for each in here.iterdir()) == ["clinic.db", "migrations"]
        here.chmod(0o777)
        assert as_nobody(lambda: applying(path)) == ""


def writing(path: Path) -> str:
    """Write a migration beside a file: the code of the error, or ""."""
    with open_read(path) as session:
        new = from_edits(session, [SetType("visit", "note", "BLOB")], path.parent / "migrations", "Edit it")
    return code_of(lambda: save(new))


def applying(path: Path) -> str:
    """Apply what waits, likewise."""

    def apply() -> None:
        with open_catalog() as catalog:
            wanted = Wanted(path, known(catalog, path).id, path.parent / "migrations")
            plan = service.plan_apply(catalog, wanted, Context())
            service.apply(catalog, plan, Context(), Confirmation.of(plan), unrehearsed="a test")

    return code_of(apply)


def code_of(work: Callable[[], object]) -> str:
    """The code of the error that ends it, or ""."""
    try:
        work()
    except StewardError as error:
        return error.code.value
    return ""


def test_a_table_that_is_searched_is_renamed_applied_and_taken_back(tmp_path: Path, catalog: Catalog) -> None:
    file = Migrating(
        tmp_path,
        catalog,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT);"
        "CREATE VIRTUAL TABLE f USING fts5(a, b, content='t', content_rowid='id');"
        "CREATE TRIGGER ai AFTER INSERT ON t BEGIN INSERT INTO f(rowid, a, b) VALUES (new.id, new.a, new.b); END;"
        "INSERT INTO t VALUES (5, 'hello world', 'one');",
    )
    was = texts(file)
    assert write(file, [RenameTable("t", "note"), RenameColumn("note", "a", "body")])
    plan = file.plan()
    assert not [each for each in plan.findings if each.severity >= Severity.ERROR], plan.findings
    assert all(each.passed for each in service.rehearse(catalog, plan, Context()).checks)
    file.carry_out(plan, unrehearsed="")
    found = "SELECT rowid, body FROM f WHERE f MATCH 'hello'"
    assert file.all(found) == [(5, "hello world")]
    file.sql("INSERT INTO note VALUES (6, 'hello', '')")
    assert len(file.all(found)) == 2
    file.undo()
    assert file.all("SELECT rowid, a FROM f WHERE f MATCH 'hello' AND rowid = 5") == [(5, "hello world")]
    assert {name: sql for name, sql in texts(file).items() if name != "t"} == {
        name: sql for name, sql in was.items() if name != "t"
    }
