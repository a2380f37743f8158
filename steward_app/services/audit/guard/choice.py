"""Which tables and columns are to be audited: what was asked for, as the file knows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from steward_app.db import Session, fold
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.finding import Finding
from steward_app.kernel.text import quoted
from steward_app.services.audit.engine.model import Mode, Shape
from steward_app.services.audit.engine.shape import shape_of
from steward_app.services.audit.guard.armed import status
from steward_app.services.audit.guard.trial import Chosen
from steward_app.services.audit.seals.seal_tables import audited
from steward_app.services.schema.model import Schema, Table, TableKind

_UNCHANGED = "Nothing was changed."
_SILENT = (TableKind.VIEW, TableKind.SHADOW, TableKind.SYSTEM)


@dataclass(frozen=True, slots=True)
class Choice:
    """What is to be put under audit.

    Attributes:
        left_out: why a table cannot be; of tables that were not named, only those that hold rows of their own.
        hazards: of those that can be, what is not logged faithfully.
        already: tables that are under audit.
    """

    chosen: tuple[Chosen, ...]
    left_out: tuple[Finding, ...]
    hazards: tuple[Finding, ...]
    already: tuple[str, ...]


def choose(session: Session, schema: Schema, tables: Sequence[str], columns: Mapping[str, Mode]) -> Choice:
    """What was asked for.

    Args:
        tables: by name; empty for all that are not under audit.
        columns: modes by "table.column".

    Raises `UsageError` for a table or column that is not there, or is under audit already, or of which less is asked
    to be logged than what names its rows.
    """
    standing = status(session, schema) if audited(session) else ()
    already = {fold(each.table): each.table for each in standing}
    wanted = [_named(schema, name) for name in tables] or listed(schema)
    for table in wanted:
        if tables and fold(table.name) in already:
            raise _usage(
                f"{quoted(table.name)} is under audit already.", "“steward audit status” shows how it stands."
            )
    shapes = [shape_of(table, schema) for table in wanted if fold(table.name) not in already]
    can = [shape for shape in shapes if not shape.refused]
    told = told_modes(schema, can, columns)
    modes = {
        table: {column: mode for column, mode in named.items() if mode is not Mode.FULL}
        for table, named in told.items()
    }
    return Choice(
        tuple(Chosen(shape, modes.get(shape.table, {})) for shape in can),
        tuple(_first_blocking(shape) for shape in shapes if shape.refused),
        tuple(finding for shape in can for finding in shape.findings),
        tuple(already.values()),
    )


def listed(schema: Schema) -> tuple[Table, ...]:
    """The tables that a steward may want under audit, whether or not they can be: those with rows of their own."""
    return tuple(table for table in schema.tables if not table.ours and table.kind not in _SILENT)


def always_logged(shape: Shape) -> frozenset[str]:
    """The columns, as `fold` writes them, that name the rows of a table: they are always logged in full."""
    return frozenset({fold(shape.alias)} if shape.rowid else {fold(part.column) for part in shape.key})


def table_names(schema: Schema, names: Sequence[str]) -> tuple[str, ...]:
    """Tables as the file writes their names. Raises `UsageError` for one that is not there."""
    return tuple(_named(schema, name).name for name in names)


def _first_blocking(shape: Shape) -> Finding:
    return next(finding for finding in shape.findings if finding.blocks)


def _named(schema: Schema, name: str) -> Table:
    found = schema.table(name)
    if found is None:
        raise _usage(f"There is no table {quoted(name)}.", "“steward schema show” lists the tables.")
    return found


def told_modes(
    schema: Schema, shapes: Sequence[Shape], columns: Mapping[str, Mode]
) -> dict[str, dict[str, Mode]]:
    """What was asked for of columns, by table and column as the file writes them.

    Args:
        shapes: the tables that may be named.
        columns: modes by "table.column".

    Raises `UsageError` for a column that is not there, is not of these tables, or names their rows.
    """
    chosen = {fold(shape.table): shape for shape in shapes}
    made: dict[str, dict[str, Mode]] = {}
    for text, mode in columns.items():
        found = list(dict.fromkeys(_columns(schema, text)))
        if len(found) != 1:
            why = "could be several columns" if found else "is no column of this file"
            raise _usage(f"{quoted(text)} {why}.", "Write it as table.column.")
        table, column = found[0]
        shape = chosen.get(fold(table))
        if shape is None:
            raise _usage(f"{quoted(table)} is not among the tables that are under audit or to be put there.")
        _require_fits(shape, column, mode)
        made.setdefault(shape.table, {})[column] = mode
    return made


def _columns(schema: Schema, text: str) -> Iterator[tuple[str, str]]:
    """Every column that "a.b.c" may name: dots may stand in the name of the table or of the column."""
    parts = text.split(".")
    for at in range(1, len(parts)):
        table = schema.table(".".join(parts[:at]))
        wanted = fold(".".join(parts[at:]))
        if table is not None:
            yield from ((table.name, each.name) for each in table.columns if fold(each.name) == wanted)


def _require_fits(shape: Shape, column: str, mode: Mode) -> None:
    if fold(column) not in {fold(each.name) for each in shape.columns}:
        raise _usage(f"{quoted(column)} of {quoted(shape.table)} is computed from others, and is not stored.")
    if mode is not Mode.FULL and fold(column) in always_logged(shape):
        raise _usage(
            f"{quoted(column)} names the rows of {quoted(shape.table)} and is always logged in full."
        )


def _usage(message: str, hint: str = "") -> UsageError:
    return UsageError(ErrorCode.BAD_REQUEST, message, hint=f"{_UNCHANGED} {hint}".strip())
