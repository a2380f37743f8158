"""A file and edits drawn for it at random, with a record of where each column of it came from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, get_args

from hypothesis import strategies as st

from builders import a_database
from steward_app.db import WriteSession, open_read, open_write, quote
from steward_app.db.migration_files import read_any
from steward_app.db.migration_script import read_script
from steward_app.db.runner import run_script
from steward_app.kernel.progress import Context
from steward_app.kernel.values import Row
from steward_app.services.migrate.edit import text
from steward_app.services.migrate.edit.model import (
    FIRST,
    AddColumn,
    AddConstraint,
    DropColumn,
    MoveColumn,
    RenameColumn,
    RenameTable,
    SetCollation,
    SetDefault,
    SetGenerated,
    SetNotNull,
    SetOption,
    SetPrimaryKey,
    SetType,
    TableEdit,
)
from steward_app.services.migrate.edit.write import write
from steward_app.services.migrate.files import save, written
from steward_app.services.migrate.run.placeholders import fill

from .desired.generated import Made

Kind = Literal[
    "add",
    "drop",
    "rename",
    "move",
    "type",
    "default",
    "not null",
    "collation",
    "rule",
    "strict",
    "rowid",
    "key",
    "generated",
    "table",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
_OF_TABLES: tuple[Kind, ...] = ("add", "rule", "strict", "rowid", "key", "table")


@dataclass
class Walk:
    """A file on its way.

    Attributes:
        tables: each table by its name now, and its columns with values of their own by theirs: where the values came
            from, as table and column, or None of one that was added.
        retyped: columns, by where they came from, whose values may have been converted.
        renumbered: tables, by their names in the beginning, whose rows may have other rowids.
        touched: the same of those that an edit was about.
        renamed: whether anything has another name.
    """

    path: Path
    tables: dict[str, dict[str, tuple[str, str] | None]]
    edits: list[TableEdit] = field(default_factory=list)
    retyped: set[tuple[str, str] | None] = field(default_factory=set)
    touched: set[tuple[str, str] | None] = field(default_factory=set)
    renumbered: set[str] = field(default_factory=set)
    renamed: bool = False

    def take(self, edit: TableEdit) -> None:
        """An edit was made: what it did to names."""
        self.edits.append(edit)
        columns = self.tables[edit.table]
        match edit:
            case AddColumn(_, definition):
                columns[definition.split()[0]] = None
            case DropColumn(_, column):
                del columns[column]
            case RenameColumn(_, column, name):
                columns[name] = columns.pop(column)
                self.renamed = True
            case RenameTable(_, name):
                self.tables[name] = self.tables.pop(edit.table)
                self.renamed = True
            case SetType(_, column):
                self.retyped.add(columns[column])
                self.touched.add(columns[column])
            case SetDefault(_, column) | SetNotNull(_, column) | SetCollation(_, column):
                self.touched.add(columns[column])
            case SetGenerated(_, column):
                del columns[column]  # its values are not its own any more
            case SetPrimaryKey():
                self.touched |= set(columns.values())
                self.renumber(columns)
            case SetOption(_, "STRICT", False):
                self.touched |= set(columns.values())  # one of the type ANY has none then
            case SetOption(_, "WITHOUT ROWID"):
                self.renumber(columns)
            case _:
                pass

    def renumber(self, columns: dict[str, tuple[str, str] | None]) -> None:
        """Rows of a table may have other rowids."""
        self.renumbered |= {came_from[0] for came_from in columns.values() if came_from is not None}


@contextmanager
def walk(schema: Made, rows: int = 3) -> Iterator[Walk]:
    """A file with a schema and rows, one of them gone, so that numbers have a gap."""
    with TemporaryDirectory() as folder:
        builder = a_database(Path(folder)).with_sql(*schema.statements, *schema.rows(rows))
        path = builder.with_sql(
            *(f"DELETE FROM {quote(name)} WHERE id = 2" for name in schema.columns)
        ).build()
        yield Walk(path, {t: {c: (t, c) for c in columns} for t, columns in schema.columns.items()})


def edit(data: st.DataObject, at: Walk) -> TableEdit:
    """An edit of what is there; SQLite may not accept it."""
    number = len(at.edits)
    table = data.draw(st.sampled_from(sorted(at.tables)))
    columns = sorted(at.tables[table])
    kind = data.draw(st.sampled_from(KINDS if columns else _OF_TABLES))
    place = data.draw(st.sampled_from((*columns, "id", FIRST, "")))
    if kind == "add":
        said = data.draw(
            st.sampled_from(
                ("INT DEFAULT 1", "TEXT", "INT NOT NULL DEFAULT (2 + 3) -- new, )", "INT REFERENCES t(id)")
            )
        )
        return AddColumn(table, f"new{number} {said}", place)
    if kind == "rule":
        return AddConstraint(
            table, data.draw(st.sampled_from(("CHECK (id < 1000)", "UNIQUE (id)", "CONSTRAINT c CHECK (1)")))
        )
    if kind == "strict":
        return SetOption(table, "STRICT", data.draw(st.booleans()))
    if kind == "rowid":
        return SetOption(table, "WITHOUT ROWID", data.draw(st.booleans()))
    if kind == "key":
        key = data.draw(st.lists(st.sampled_from(("id", *columns)), unique=True, max_size=2))
        return SetPrimaryKey(table, tuple(key), autoincrement=data.draw(st.booleans()))
    if kind == "table":
        return RenameTable(table, f'tab{number} "x')
    column = data.draw(st.sampled_from(columns))
    match kind:
        case "drop":
            return DropColumn(table, column)
        case "rename":
            return RenameColumn(table, column, f"col{number}'s")
        case "move":
            return MoveColumn(table, column, place or FIRST)
        case "type":
            return SetType(table, column, data.draw(st.sampled_from(("INTEGER", "TEXT", "REAL"))))
        case "default":
            return SetDefault(table, column, data.draw(st.sampled_from(("", "'a;)'", "(1 + 1)"))))
        case "not null":
            return SetNotNull(table, column, data.draw(st.booleans()))
        case "generated":
            return SetGenerated(table, column, "id * 2", stored=data.draw(st.booleans()))
    return SetCollation(table, column, data.draw(st.sampled_from(("", "NOCASE", "RTRIM"))))


def apply(path: Path, *edits: TableEdit) -> None:
    """Make edits as the runner does: in one transaction, foreign keys not enforced."""
    with open_write(path) as session:
        written = write(session, edits)
        run(session, written.statements)


def run(session: WriteSession, statements: tuple[str, ...]) -> None:
    """Run statements as the runner does, by way of a file."""
    with TemporaryDirectory() as folder:
        new = written(Path(folder), "Edits", statements)
        save(new)
        migration = read_any(new.path)
    script = read_script(migration, fill(migration, {}))
    with session.transaction():
        run_script(session, script, Context())


def texts(path: Path) -> dict[str, str]:
    """The text of every object that has one."""
    with open_read(path) as session:
        found = session.all(
            "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT GLOB 'sqlite_*'"
        )
        return {str(name): str(sql) for name, sql in found}


def values(at: Walk) -> dict[tuple[str, str], list[Row]]:
    """The values of every column that was there in the beginning, with storage class and rowid."""
    found: dict[tuple[str, str], list[Row]] = {}
    with open_read(at.path) as session:
        for name, columns in at.tables.items():
            without = session.value("SELECT wr FROM pragma_table_list(?) WHERE schema = 'main'", (name,))
            rowid = "id" if without else "rowid"
            for column, came_from in columns.items():
                if came_from is not None:
                    said = quote(column)
                    found[came_from] = session.all(
                        f"SELECT {rowid}, id, typeof({said}), {said} FROM {quote(name)} ORDER BY id"
                    )
    return found


def counters(path: Path) -> dict[str, object]:
    """The highest number that each table ever gave."""
    with open_read(path) as session:
        if session.value("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'") is None:
            return {}
        return {str(name): seq for name, seq in session.all("SELECT name, seq FROM sqlite_sequence")}


def definition(sql: str, column: str) -> str:
    """What a table says of a column, as it stands there."""
    found = text.column(text.spans(sql), column)
    return sql[found.start : found.end]
