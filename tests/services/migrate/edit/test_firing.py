"""Triggers fire in the order in which they did, whatever is made again."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from steward_app.db import open_read, open_write
from steward_app.db.runner import unenforced
from steward_app.services.migrate.desired.diff import diff, way_back
from steward_app.services.migrate.desired.read import desired_schema
from steward_app.services.migrate.edit.model import (
    CreateObject,
    DropObject,
    Edit,
    ReplaceObject,
    SetType,
)
from steward_app.services.migrate.edit.write import write


def trigger(name: str, on: str = "t", when: str = "AFTER INSERT", said: str = "") -> str:
    said = said or name
    return f"CREATE TRIGGER {name} {when} ON {on} BEGIN INSERT INTO log VALUES ('{said}'); END"


TABLES = ("CREATE TABLE t(a)", "CREATE TABLE log(said)", "CREATE VIEW v AS SELECT a FROM t")
NAMES = ("one", "two", "three")
CHANGED = trigger("two", said="changed")


def database(tmp_path: Path, *triggers: str) -> Path:
    made = triggers or tuple(trigger(name) for name in NAMES)
    return a_database(tmp_path).with_sql(*TABLES, *made).build()


def run(path: Path, statements: tuple[str, ...]) -> None:
    with open_write(path) as session, unenforced(session), session.transaction():
        for statement in statements:
            session.run(statement)


def written(path: Path, *edits: Edit) -> tuple[str, ...]:
    with open_read(path) as session:
        return write(session, edits).statements


def fired(path: Path, into: str = "t") -> list[str]:
    with open_write(path) as session, session.transaction():
        session.run("DELETE FROM log")
        session.run(f"INSERT INTO {into} VALUES (1)")
        return [str(said) for (said,) in session.all("SELECT said FROM log ORDER BY rowid")]


@pytest.mark.parametrize(
    "edits",
    [
        [ReplaceObject("trigger", "two", CHANGED)],
        [DropObject("trigger", "two"), SetType("t", "a", "INT"), CreateObject(CHANGED)],
    ],
    ids=["replaced", "dropped and made"],
)
def test_a_trigger_that_is_made_again_keeps_its_place(tmp_path: Path, edits: list[Edit]) -> None:
    path = database(tmp_path)
    assert fired(path) == ["three", "two", "one"]
    run(path, written(path, *edits))
    assert fired(path) == ["three", "changed", "one"]


def test_what_fires_at_another_time_is_not_touched(tmp_path: Path) -> None:
    path = database(tmp_path, trigger("one"), trigger("two"), trigger("gone", when="AFTER DELETE"))
    found = written(path, ReplaceObject("trigger", "two", CHANGED))
    assert found == ('DROP TRIGGER "main"."two"', CHANGED)


def test_a_trigger_that_is_new_fires_first(tmp_path: Path) -> None:
    path = database(tmp_path)
    run(path, written(path, CreateObject(trigger("new")), ReplaceObject("trigger", "two", CHANGED)))
    assert fired(path) == ["new", "three", "changed", "one"]


def test_a_view_that_says_something_else_keeps_its_triggers(tmp_path: Path) -> None:
    path = database(tmp_path, *(trigger(name, "v", "INSTEAD OF INSERT") for name in NAMES))
    run(path, written(path, ReplaceObject("view", "v", "CREATE VIEW v AS SELECT a + 1 AS a FROM t")))
    assert fired(path, "v") == ["three", "two", "one"]


def test_a_way_to_a_schema_and_back_keeps_the_order(tmp_path: Path) -> None:
    path = database(tmp_path)
    to = tmp_path / "wanted.sql"
    wanted = (*TABLES, trigger("one", said="changed"), trigger("three"))
    to.write_text(";\n".join(wanted) + ";\n", encoding="utf-8")
    with open_read(path) as session, desired_schema(to) as desired:
        found = diff(session, desired)
        back = way_back(session, found.edits)
    run(path, found.statements)
    assert fired(path) == ["three", "changed"]
    assert found.undo == back
    assert back is not None
    run(path, back)
    assert fired(path) == ["three", "two", "one"]
