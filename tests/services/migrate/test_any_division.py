"""Any table made two, and the two made one again: no value and no rule is lost, and each step leads back exactly."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from builders import a_database
from steward_app.db import open_read, open_write, quote
from steward_app.db.runner import unenforced
from steward_app.kernel.errors import StewardError
from steward_app.kernel.values import Row
from steward_app.services.migrate.desired.diff import way_back
from steward_app.services.migrate.edit.model import (
    AddColumn,
    CreateObject,
    Edit,
    MergeTable,
    SetDefault,
    SplitTable,
)
from steward_app.services.migrate.edit.write import write

from .any_edits import definition, run, texts
from .desired.generated import Made, schemas
from .edit.test_keeping import told

VALUES = ("NULL", "1", "-2.5", "'3'", "'a'", "'A '", "x'00ff'", "''", "9e999", "'1e2'")


def file_of(folder: Path, made: Made, data: st.DataObject) -> Path:
    """A file with rows of every kind of value, as far as its rules take them."""
    rows = []
    for table, columns in made.columns.items():
        into = ", ".join(map(quote, ("id", *columns)))
        for number in data.draw(st.lists(st.integers(-3, 40), unique=True, max_size=4)):
            values = ", ".join([str(number), *(data.draw(st.sampled_from(VALUES)) for _ in columns)])
            rows.append(f"INSERT OR IGNORE INTO {quote(table)} ({into}) VALUES ({values})")
    path = a_database(folder).with_sql(*made.statements).build()
    with open_write(path) as session, unenforced(session):
        for row in rows:
            with suppress(StewardError), session.transaction():  # what a STRICT table does not take
                session.run(row)
    return path


def whole(path: Path) -> tuple[dict[str, str], dict[str, list[Row]]]:
    with open_read(path) as session:
        assert session.all("PRAGMA integrity_check") == [("ok",)]
        return texts(path), told(session)


def joined(path: Path, table: str, columns: tuple[str, ...], other: str = "") -> list[Row]:
    """The rows of a table with their types; from two tables where it is split."""
    source = f"{quote(table)} LEFT JOIN {quote(other)} ON part_of = id" if other else quote(table)
    said = ", ".join(f"typeof({quote(c)}), CAST({quote(c)} AS BLOB)" for c in ("id", *columns))
    with open_read(path) as session:
        return sorted(session.all(f"SELECT {said} FROM {source}"), key=repr)


def made_and_back(path: Path, *edits: Edit) -> bool:
    """Make edits, take them back, see that all is as before, and make them again; whether there is a way back."""
    before = whole(path)
    with open_write(path) as session:
        statements, back = write(session, edits).statements, way_back(session, edits)
        run(session, statements)
    if back is None:
        return False
    after = whole(path)
    with open_write(path) as session:
        run(session, back)
    assert whole(path) == before
    with open_write(path) as session:
        run(session, statements)
    assert whole(path) == after
    return True


@settings(max_examples=25)
@given(schemas(), st.data())
def test_a_table_is_split_and_merged_without_a_loss(made: Made, data: st.DataObject) -> None:
    table = data.draw(st.sampled_from(sorted(name for name in made.columns)))
    columns = made.columns[table]
    assume(columns)
    moved = tuple(data.draw(st.lists(st.sampled_from(columns), unique=True, min_size=1)))
    with TemporaryDirectory() as folder:
        path = file_of(Path(folder), made, data)
        was, rows = texts(path), joined(path, table, columns)
        try:
            assert made_and_back(path, SplitTable(table, 'pa"rt', moved, "part_of"))
        except StewardError:
            assert (texts(path), joined(path, table, columns)) == (was, rows)
            return
        now = texts(path)
        assert joined(path, table, columns, 'pa"rt') == rows
        for column in columns:
            home = 'pa"rt' if column in moved else table
            assert definition(now[home], column) == definition(was[table], column)
        others = now.keys() - {table, 'pa"rt'} - {name for name in now if "INDEX" in now[name]}
        assert {name: now[name] for name in others} == {name: was[name] for name in others}

        counted = "part_of INTEGER PRIMARY KEY" in now['pa"rt'] or "WITHOUT ROWID" in now['pa"rt']
        assert made_and_back(path, MergeTable(table, 'pa"rt', "part_of", complete=True)) == counted
        assert joined(path, table, columns) == rows
        for column in columns:
            assert definition(texts(path)[table], column) == definition(was[table], column)


@settings(max_examples=25)
@given(schemas(), st.data())
def test_a_table_is_split_among_other_changes_and_all_is_taken_back(made: Made, data: st.DataObject) -> None:
    table, other = (data.draw(st.sampled_from(sorted(made.columns))) for _ in range(2))
    assume(made.columns[table])
    moved = tuple(data.draw(st.lists(st.sampled_from(made.columns[table]), unique=True, min_size=1)))
    around: list[Edit] = [
        AddColumn(other, "early INT", after=data.draw(st.sampled_from(("", "FIRST")))),
        SetDefault(other, "early", "7"),
        CreateObject("CREATE TABLE third (x INTEGER PRIMARY KEY, y)"),
    ]
    behind: list[Edit] = [
        AddColumn("part", "late TEXT DEFAULT 'x'"),
        AddColumn(table, "later INT", after=data.draw(st.sampled_from(("", "FIRST")))),
        CreateObject("CREATE INDEX on_third ON third (y)"),
    ]
    before = data.draw(st.lists(st.sampled_from(range(3)), unique=True).map(sorted))
    edits = [
        *(around[at] for at in before if at != 1 or 0 in before),
        SplitTable(table, "part", moved, "part_of"),
    ]
    edits += (behind[at] for at in range(3) if at < 2 or 2 in before)
    with TemporaryDirectory() as folder:
        path = file_of(Path(folder), made, data)
        was = whole(path)
        try:
            assert made_and_back(path, *edits)
        except StewardError:
            assert whole(path) == was
