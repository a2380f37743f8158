"""The documents of `steward restore` that no service has. Apart from the commands, since their types must be loaded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from steward_app.cli.rows_documents import key_to_id
from steward_app.services.restore import Difference, DifferencePage
from steward_app.services.restore.compare import LeftOut, OneSided, TableDifference
from steward_app.services.rows import Cell, look_personal


@dataclass(frozen=True, slots=True)
class CompareDocument:
    """How a database differs now from a restore point.

    Attributes:
        point, made_at: the restore point, and the moment it is of.
        items: the tables that both have; `removed` rows were there then and are not now, `added` ones came since.
        gone: tables that were there then and are not now.
        new: tables that were made since.
        left_out: tables that hold rows and are not compared, and why.
    """

    database: str
    point: str
    made_at: str
    items: tuple[TableDifference, ...]
    gone: tuple[OneSided, ...]
    new: tuple[OneSided, ...]
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True)
class RowDifferenceDocument:
    """A row that differs. `id` names it for `--key` and `--after`; cells stand in the order of the columns.

    Attributes:
        then, now: its cells; empty where it was not there.
        differs: the columns that differ, where it is there in both.
    """

    id: str
    then: tuple[Cell, ...]
    now: tuple[Cell, ...]
    differs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CompareRowsDocument:
    """Rows of a table that differ in one way.

    Attributes:
        kind: "removed", "added" or "changed".
        hidden: columns left out since they look personal.
        more: whether there are more; ask for those after the last id.
    """

    database: str
    point: str
    table: str
    kind: str
    key_columns: tuple[str, ...]
    columns: tuple[str, ...]
    hidden: tuple[str, ...]
    more: bool
    items: tuple[RowDifferenceDocument, ...]


def compare_document(database: str, point: str, made_at: str, found: Difference) -> CompareDocument:
    """A comparison of all tables."""
    return CompareDocument(database, point, made_at, found.tables, found.gone, found.new, found.left_out)


def rows_document(database: str, point: str, page: DifferencePage, *, personal: bool) -> CompareRowsDocument:
    """Rows that differ, without the columns that look personal unless they were asked for."""
    hidden = (
        set()
        if personal
        else {each.column for each in look_personal(page.columns, page.table, Path(database))}
    )
    shown = [at for at, name in enumerate(page.columns) if name not in hidden]
    return CompareRowsDocument(
        database,
        point,
        page.table,
        page.kind.value,
        page.key_columns,
        tuple(page.columns[at] for at in shown),
        tuple(name for name in page.columns if name in hidden),
        page.more,
        tuple(
            RowDifferenceDocument(
                key_to_id(row.key),
                tuple(row.then[at] for at in shown) if row.then else (),
                tuple(row.now[at] for at in shown) if row.now else (),
                row.columns,
            )
            for row in page.rows
        ),
    )
