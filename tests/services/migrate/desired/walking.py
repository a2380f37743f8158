"""A file changed to what is desired, as a migration changes it."""

from __future__ import annotations

from pathlib import Path

from builders import a_database
from steward_app.db import open_read, open_write
from steward_app.db.runner import unenforced
from steward_app.services.migrate.desired.diff import diff
from steward_app.services.migrate.desired.model import Answers, Desired, Place
from steward_app.services.migrate.desired.read import desired_schema
from steward_app.services.migrate.desired.rules import keys_of
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import TableKind


def made(folder: Path, name: str, *statements: str) -> Path:
    """A file that these statements made."""
    return a_database(folder, name).with_sql(*statements).build()


def found(path: Path, desired: Path, answers: Answers | None = None, *, exact: bool = False) -> Desired:
    """What leads from one to the other."""
    with open_read(path) as session, desired_schema(desired) as wanted:
        return diff(session, wanted, answers, exact=exact)


def run(path: Path, statements: tuple[str, ...]) -> None:
    """Run statements as the runner does."""
    with open_write(path) as session:
        session.run("PRAGMA foreign_keys = ON")
        with unenforced(session), session.transaction():
            for statement in statements:
                session.run(statement)


def reached(path: Path, desired: Path, answers: Answers | None = None, *, exact: bool = False) -> Desired:
    """Change a file; afterwards nothing is left to change, and the file holds together."""
    way = found(path, desired, answers, exact=exact)
    assert way.questions == ()
    run(path, way.statements)
    left = found(path, desired, exact=exact)
    assert left.nothing, left.edits
    with open_read(path) as session:
        assert session.all("PRAGMA integrity_check") == [("ok",)]
    return way


def everything_gone(path: Path) -> Answers:
    """Nothing is renamed."""
    with open_read(path) as session:
        tables = [t for t in read_schema(session).tables if t.kind is TableKind.TABLE]
    return Answers(
        gone=tuple(Place(t.name, c) for t in tables for c in ("", *(column.name for column in t.columns))),
        indexes=tuple(index.name for t in tables for index in t.indexes if index.sql),
        keys=tuple(key for t in tables for key in keys_of(t)),
    )


def texts(path: Path) -> dict[str, str | None]:
    """The text of every object of a file."""
    with open_read(path) as session:
        return {str(name): sql for name, sql in session.all("SELECT name, sql FROM sqlite_schema")}  # type: ignore[misc]
