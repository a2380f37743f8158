"""Any schema with any rows, changed by any migrations of ours: rehearsed, applied and taken back, it is what it was."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders.migrating import Migrating
from steward_app.catalog import Catalog
from steward_app.db import Session, open_read, quote, schema_rows
from steward_app.db.tokens import significant, tokenize, unquote
from steward_app.kernel.errors import Failure, StewardError
from steward_app.kernel.progress import Context
from steward_app.kernel.values import Row
from steward_app.services.migrate.edit.model import (
    AddColumn,
    AddConstraint,
    CreateObject,
    Edit,
    MoveColumn,
    RenameColumn,
    RenameTable,
    SetDefault,
    SetNotNull,
)
from steward_app.services.migrate.files import from_edits, save
from steward_app.services.migrate.model import State
from steward_app.services.migrate.run import service

from ..desired.generated import Made, schemas  # noqa: TID252  the same schemas as for what is desired

FAILS = (
    "CREATE TABLE half (x); INSERT INTO half VALUES (1);"
    " INSERT INTO half SELECT abs(-9223372036854775807 - x) FROM half;"
)


@st.composite
def edits(draw: st.DrawFn, made: Made, number: int) -> Edit:
    """An edit that loses nothing. Some are of what the edits before have renamed, and cannot be written."""
    table = draw(st.sampled_from(sorted(made.columns)))
    column = draw(st.sampled_from(("id", *made.columns[table])))
    return draw(
        st.sampled_from(
            (
                AddColumn(table, f"new{number} INT"),
                AddColumn(table, f"new{number} TEXT DEFAULT '${{x}}; --'", after="FIRST"),
                RenameColumn(table, column, f"an{number} \"other'"),
                RenameTable(table, f"a{number} \"table'"),
                SetDefault(table, column, "12"),
                SetNotNull(table, column, on=True),
                MoveColumn(table, column, "FIRST"),
                AddConstraint(table, f"CHECK ({quote(column)} > 0)"),
                CreateObject(f"CREATE TABLE new{number} (x INTEGER PRIMARY KEY, y REFERENCES new{number})"),
                CreateObject(f"CREATE INDEX new{number} ON {quote(table)} ({quote(column)} DESC)"),
            )
        )
    )


def rows_of(session: Session, made: Made) -> dict[str, list[Row]]:
    """The rows of the tables by their rowids, each value with its type."""
    found = {}
    for table, columns in made.columns.items():
        asked = ", ".join(f"typeof({quote(name)}), {quote(name)}" for name in ("id", *columns))
        found[table] = session.all(f"SELECT {asked} FROM {quote(table)} ORDER BY id")
    return found


def values(session: Session) -> list[str]:
    """All values of all tables of the file, wherever they stand; but those of columns that are computed or new."""
    return sorted(
        repr((str(kind), value))
        for row in schema_rows(session)
        if row.type == "table" and not row.name.startswith(("_steward", "sqlite_"))
        for name in session.all("SELECT name FROM pragma_table_info(?, 'main')", (row.name,))
        if not str(name[0]).startswith("new")
        for kind, value in session.all(
            f"SELECT typeof({quote(str(name[0]))}), {quote(str(name[0]))} FROM {quote(row.name)}"
        )
    )


def texts(session: Session) -> dict[str, tuple[str, ...]]:
    """Every object's text, as SQLite reads it: RENAME writes names in quotes."""
    return {
        row.name: tuple(unquote(token.text) for token in significant(tokenize(row.sql)))
        for row in schema_rows(session)
        if row.sql and not row.name.startswith("_steward")
    }


def written(file: Migrating, data: st.DataObject, made: Made) -> bool:
    """Write a migration of several edits, or of those of them that go together; whether there is one."""
    wanted = [data.draw(edits(made, number)) for number in range(data.draw(st.integers(1, 4)))]
    with open_read(file.path) as session:
        for many in range(len(wanted), 0, -1):
            with suppress(StewardError):
                new = from_edits(session, wanted[:many], file.folder, "Edit it")
                assert new.undo_path
                save(new)
                return True
    return False


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_what_is_applied_keeps_the_rows_and_is_taken_back_exactly(
    catalog: Catalog, data: st.DataObject
) -> None:
    made = data.draw(schemas())
    with tempfile.TemporaryDirectory() as folder:
        sql = ";\n".join((*made.statements, *made.rows(2)))
        file = Migrating(Path(folder), catalog, sql, wal=data.draw(st.booleans()))
        if not written(file, data, made):
            return
        file.write("V0002__fails.sql", FAILS)
        with open_read(file.path) as session:
            before, rows, held = texts(session), rows_of(session, made), values(session)

        assert service.rehearse(catalog, file.plan(target=1), Context()).passed
        with open_read(file.path) as session:
            assert (texts(session), rows_of(session, made)) == (before, rows)
        with pytest.raises(Failure, match="integer overflow"):
            file.apply()

        assert file.states() == {"V0001__edit_it.sql": State.APPLIED, "V0002__fails.sql": State.PENDING}
        with open_read(file.path) as session:
            assert values(session) == held
            assert "half" not in texts(session)
        taking_back = file.folder / "U0001__edit_it.sql"
        told = taking_back.read_text()
        if data.draw(st.booleans()):  # the restore point is what is left
            taking_back.unlink()
            told = ""
        file.undo()

        with open_read(file.path) as session:
            after = texts(session)
            assert (after.keys(), rows_of(session, made)) == (before.keys(), rows)
            for name, text in after.items():
                # what SQLite writes at the end of a column now is no other text, and the file says that it does
                assert text == before[name] or (
                    sorted(text) == sorted(before[name]) and f"“{name}”: " in told
                )
            assert session.all("PRAGMA integrity_check") == [("ok",)]
        assert set(file.states().values()) == {State.PENDING}
