"""From any schema to any other: the file has it afterwards, and keeps the values of columns that are in both."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from steward_app.db import open_read, quote
from steward_app.db.names import fold
from steward_app.kernel.values import Row
from steward_app.services.migrate.keys_lost import keys_lost
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Column, Generated, Schema

from .generated import Made, schemas
from .walking import everything_gone, found, made, reached, run


def schema_of(path: Path) -> Schema:
    with open_read(path) as session:
        return read_schema(session)


def kept(one: Column, other: Column | None) -> bool:
    """Whether the values of a column are to stay as they are."""
    return (
        other is not None
        and fold(one.affinity) == fold(other.affinity)
        and {one.generated, other.generated} == {Generated.NO}
    )


def values(path: Path, table: str, columns: list[str]) -> list[Row]:
    asked = ", ".join(f"typeof({quote(each)}), {quote(each)}" for each in ("id", *columns))
    with open_read(path) as session:
        return session.all(f"SELECT {asked} FROM {quote(table)} ORDER BY id")


@settings(max_examples=40)
@given(schemas(), schemas())
def test_the_file_gets_the_schema_and_keeps_its_values(before: Made, after: Made) -> None:
    with tempfile.TemporaryDirectory() as folder:
        alone = any(
            "UNIQUE" in each for each in after.statements
        )  # a new column has its default in every row
        path = made(Path(folder), "file.db", *before.statements, *before.rows(1 if alone else 3))
        other = made(Path(folder), "other.db", *after.statements)
        one, two = schema_of(path), schema_of(other)
        assume(not list(keys_lost(one, two)))  # which is refused
        compared = {
            table.name: [c.name for c in table.columns if kept(c, there.column(c.name))]
            for table in one.tables
            if table.name in before.columns and (there := two.table(table.name)) is not None
        }
        rows = {name: values(path, name, columns) for name, columns in compared.items()}
        reached(path, other, everything_gone(path))
        assert {name: values(path, name, columns) for name, columns in compared.items()} == rows


@settings(max_examples=25)
@given(st.data())
def test_what_comes_goes_again(data: st.DataObject) -> None:
    after = data.draw(schemas())
    tables = len(after.columns)
    many = data.draw(st.integers(1, len(after.statements)))
    first = [quote(name) for name in after.columns][data.draw(st.integers(0, tables - 1))]
    before = Made(after.statements[:many], dict(list(after.columns.items())[:many]))
    more = f'ALTER TABLE {first} ADD COLUMN "come" INT DEFAULT 1'
    with tempfile.TemporaryDirectory() as folder:
        one = made(Path(folder), "one.db", *before.statements)
        path = made(Path(folder), "file.db", *before.statements, *before.rows(2))
        other = made(Path(folder), "other.db", *after.statements, more)
        rows = {name: values(path, name, list(columns)) for name, columns in before.columns.items()}
        way = reached(path, other)
        assert way.losses == ()
        assert way.undo
        run(path, way.undo)
        assert found(path, one).nothing
        assert {name: values(path, name, list(columns)) for name, columns in before.columns.items()} == rows
