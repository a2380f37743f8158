"""Looking for a row or a value in one image. What was erased since is told as such, and never shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from blake3 import blake3

from steward_app.catalog import Catalog
from steward_app.catalog.points import Point
from steward_app.db import ReadSession, fold
from steward_app.db.content import ValueReader
from steward_app.db.image import open_image
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.kernel.values import Key, SqlValue
from steward_app.services.restore.erased import Gate, gate
from steward_app.services.restore.find_model import RowQuestion, ValueQuestion
from steward_app.services.restore.pairs import stored
from steward_app.services.rows import Cell, Hit, Searched
from steward_app.services.rows.cells import cell_sql, decode_cell, tolerant
from steward_app.services.rows.find import find
from steward_app.services.rows.order import equals, every
from steward_app.services.rows.source import Source, Term, column_term, source_of
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema, Table, TableKind


@dataclass(frozen=True, slots=True)
class Look:
    """What one image gave.

    Attributes:
        state: a hash over the row; "" where it is not there.
        places: (table, column) to rows with the value, and whether there are more.
        erased: it is there, and was erased since.
        problems: tables that could not be looked into, and why.
    """

    state: str = ""
    columns: tuple[str, ...] = ()
    cells: tuple[Cell, ...] = ()
    places: Mapping[tuple[str, str], tuple[int, bool]] = field(default_factory=dict)
    erased: bool = False
    problems: tuple[str, ...] = ()

    @property
    def there(self) -> bool:
        return bool(self.state or self.places)


def look(
    catalog: Catalog, image: Path, point: Point, question: RowQuestion | ValueQuestion, context: Context
) -> Look:
    """Look for what was asked in the image of a point. Raises `Failure` where it is damaged."""
    with open_image(image) as session, session.under(context):
        schema = read_schema(session, context)
        with gate(catalog, image, schema, point.database_id, point.made_at) as ledger:
            if isinstance(question, RowQuestion):
                return _row(session, schema, question, ledger)
            return _values(session, schema, question, ledger, context)


def _row(session: ReadSession, schema: Schema, question: RowQuestion, ledger: Gate) -> Look:
    table = _table(schema, question.table)
    if table is None:
        return Look()
    source = source_of(table)
    named = _key(table, source, len(question.key))
    if named is None:
        return Look(problems=(f"Rows of {quoted(table.name)} were named by another key then",))
    key_columns, terms = named
    same = every(*(equals(term, part) for term, part in zip(terms, question.key, strict=True)))
    columns = stored(table)
    reader = ValueReader(session)
    values = [source.sql_of(column) for column in columns]
    rest = f"FROM {source.sql} WHERE {same.sql}"
    row = next(iter(session.execute(f"SELECT {reader.terms(values)} {rest}", same.bindings)), None)
    if row is None:
        return Look()
    stays, changes = _judged(ledger, table, key_columns, question.key)
    if not stays:
        return Look(erased=True)

    def read(raw: bool) -> tuple[Cell, ...]:
        cells = ", ".join(cell_sql(value, raw=raw) for value in values)
        (found,) = session.all(f"SELECT {cells} {rest}", same.bindings)
        return tuple(decode_cell(value) for value in found)

    shown = tolerant(read)
    names = tuple(column.name for column in columns)
    if changes:
        as_erased = {fold(name): value for name, value in changes.items()}
        shown = tuple(
            _as_cell(as_erased[fold(name)]) if fold(name) in as_erased else cell
            for name, cell in zip(names, shown, strict=True)
        )
    told = "\0".join(names).encode("utf-8", "surrogatepass")
    digest = blake3(told + b"".join(reader.read(row)) + repr(sorted(changes)).encode())
    return Look(digest.hexdigest(), names, shown)


def _key(table: Table, source: Source, parts: int) -> tuple[tuple[str, ...], tuple[Term, ...]] | None:
    """The primary key where it has so many parts, else what names rows elsewhere in this program."""
    columns = [column for name in table.key_columns if (column := table.column(name))]
    if len(columns) == parts == len(table.key_columns):
        return table.key_columns, tuple(column_term(table, column) for column in columns)
    if source.key is not None and len(source.key.terms) == parts:
        return source.key.columns, source.key.terms
    return None


def _values(
    session: ReadSession, schema: Schema, question: ValueQuestion, ledger: Gate, context: Context
) -> Look:
    table = _table(schema, question.table) if question.table else None
    if question.table and table is None:
        return Look()
    counted: dict[tuple[str, str], int] = {}
    capped: set[str] = set()
    problems: list[str] = []
    erased = False
    tables = (table.name,) if table else ()
    for found in find(session, schema, question.value, context, match=question.match, tables=tables):
        if isinstance(found, Searched):
            capped |= {found.table} if found.capped else set()
            problems += [f"{quoted(found.table)}: {found.problem}"] if found.problem else []
        elif not question.column or fold(question.column) == fold(found.column):
            if _hidden(ledger, schema, found):
                erased = True
            else:
                place = (found.table, found.column)
                counted[place] = counted.get(place, 0) + 1
    places = {place: (rows, place[0] in capped) for place, rows in counted.items()}
    return Look(places=places, erased=erased and not places, problems=tuple(problems))


def _hidden(ledger: Gate, schema: Schema, hit: Hit) -> bool:
    """Whether the row of a hit was erased since, or the cell was changed by it. Without a key nobody can tell."""
    table = schema.table(hit.table)
    if table is None or ledger.judge is None or not ledger.judge.concerns(table.name):
        return False
    if not hit.key:
        return True
    stays, changes = _judged(ledger, table, hit.key_columns, hit.key)
    return not stays or fold(hit.column) in map(fold, changes)


def _judged(
    ledger: Gate, table: Table, columns: tuple[str, ...], key: Key
) -> tuple[bool, Mapping[str, SqlValue]]:
    if ledger.judge is None or not ledger.judge.concerns(table.name):
        return True, {}
    judged = ledger.judge.at(table, columns, key)
    return judged.may_return, judged.changes


def _table(schema: Schema, name: str) -> Table | None:
    table = schema.table(name)
    return table if table is not None and table.kind is TableKind.TABLE else None


def _as_cell(value: SqlValue) -> Cell:
    return value if not isinstance(value, bytes) else None
