"""What setting up needs, read on worker threads by calling services."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from PySide6.QtWidgets import QWidget

from steward_app.catalog import Catalog
from steward_app.db import ReadSession, fold
from steward_app.gui.pages.audit.setup.plan_step import Way
from steward_app.kernel.progress import Context
from steward_app.services import backup
from steward_app.services.audit.engine.model import Mode, Shape
from steward_app.services.audit.engine.shape import shape_of
from steward_app.services.audit.guard import guarding
from steward_app.services.audit.guard.armed import State
from steward_app.services.audit.guard.choice import always_logged, listed
from steward_app.services.audit.guard.forecast import Forecast
from steward_app.services.audit.guard.guarding import Request
from steward_app.services.audit.guard.install import Install, InstallRequest
from steward_app.services.audit.guard.status import AuditStatus, TableStatus
from steward_app.services.rows.personal import hidden_columns
from steward_app.services.schema.model import Schema
from steward_app.services.schema.snapshot import schema_of
from steward_app.services.schema.statistics import RowCount, estimate_rows

Extra: TypeAlias = Callable[[], tuple[QWidget, ...]]


@dataclass(frozen=True, slots=True)
class Line:
    """A table of the file, as the list of tables shows it.

    Attributes:
        shape: what the audit sees of it; None where the table is gone.
        status: how it stands with its audit; None where it is not under audit.
        rows: about how many it has, where that can be told.
        needed: the columns, folded, that name its rows and are always logged in full.
        personal: the columns that look personal.
    """

    table: str
    shape: Shape | None
    status: TableStatus | None = None
    rows: RowCount | None = None
    needed: frozenset[str] = frozenset()
    personal: frozenset[str] = frozenset()

    @property
    def can_be_audited(self) -> bool:
        """Whether it can be put under audit now."""
        return self.status is None and self.shape is not None and not self.shape.refused

    @property
    def is_armed(self) -> bool:
        """Whether it is under audit, and as it should be."""
        return self.status is not None and self.status.state is State.ARMED


def read_lines(file: Any, status: AuditStatus, context: Context) -> tuple[Line, ...]:
    """Every table that is or may be put under audit, by name."""
    schema = schema_of(file, context)

    def count(session: ReadSession) -> Mapping[str, RowCount]:
        with session.under(context):
            return _rows(session, schema, context)

    rows = file.cached("audit-rows", count, rows_of=None)
    standing = {fold(each.table): each for each in status.tables}
    lines = []
    for table in listed(schema):
        context.checkpoint()
        shape = shape_of(table, schema)
        status_of = standing.pop(fold(table.name), None)
        personal = hidden_columns(table, file.path)
        lines.append(Line(table.name, shape, status_of, rows.get(table.name), always_logged(shape), personal))
    lines += [Line(each.table, None, each) for each in standing.values()]
    return tuple(sorted(lines, key=lambda line: fold(line.table)))


def measure(
    catalog: Catalog, file: Any, tables: Sequence[str], columns: Mapping[str, Mode], context: Context
) -> tuple[Forecast, ...]:
    """What the audit of these tables will cost."""
    request = replace(_request(catalog, file, tables, columns, context), measured=True)
    return Install(catalog).forecasts(request, context)


def preview_sql(
    catalog: Catalog, file: Any, table: str, columns: Mapping[str, Mode], context: Context
) -> tuple[str, ...]:
    """The exact SQL that puts one table under audit."""
    return Install(catalog).plan(_request(catalog, file, (table,), columns, context), context).sql


def database_id(catalog: Catalog, file: Any, context: Context) -> str:
    """Which database of the catalog the file is. Raises where only the steward can tell."""
    return backup.database_id(catalog, file.path, context)


def way_to(
    catalog: Catalog, file: Any, doing: str, ask: Callable[[str], Request], extra: Extra = tuple
) -> Way:
    """How an operation on the audit is planned, rehearsed and carried out.

    Args:
        ask: makes the request, once it is known which database the file is.
    """
    return Way(
        doing,
        lambda context: guarding.plan_guarding(catalog, ask(database_id(catalog, file, context)), context),
        lambda plan, context, said: guarding.carry_out(catalog, plan, context, confirmation=said),
        lambda plan, context: guarding.rehearse(catalog, plan, context),
        extra,
    )


def _request(
    catalog: Catalog, file: Any, tables: Sequence[str], columns: Mapping[str, Mode], context: Context
) -> InstallRequest:
    named = database_id(catalog, file, context)
    return InstallRequest(file.path, named, tuple(tables), dict(columns), measured=False)


def _rows(session: ReadSession, schema: Schema, context: Context) -> dict[str, RowCount]:
    found = {}
    for table in listed(schema):
        context.checkpoint()
        if (rows := estimate_rows(session, table)) is not None:
            found[table.name] = rows
    return found
