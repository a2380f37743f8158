"""What the overview needs, read on worker threads by calling services. Nothing here reads a whole table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from steward_app.catalog import Catalog, journal
from steward_app.catalog.journal import ENDS, Event, Phase
from steward_app.db import OpenState, ReadSession
from steward_app.kernel.finding import Finding, Severity
from steward_app.kernel.progress import Context
from steward_app.services.audit.engine import tables
from steward_app.services.audit.engine.names import PREFIX, is_ours
from steward_app.services.audit.guard import verified
from steward_app.services.audit.guard.alarm import audit_alarms
from steward_app.services.audit.seals import chain, seal_tables
from steward_app.services.schema.check import constraints, structure_findings
from steward_app.services.schema.introspect import read_settings
from steward_app.services.schema.model import Schema, Settings, TableKind
from steward_app.services.schema.snapshot import schema_of
from steward_app.services.schema.statistics import (
    Certainty,
    RowCount,
    Space,
    estimate_rows,
    measure_space,
)

_LATELY = 5
AUDIT = PREFIX


@dataclass(frozen=True, slots=True)
class AuditRead:
    """How it stands with the audit of the file.

    Attributes:
        alarms: what is wrong with it, the worst first.
        unsealed: changes that no seal protects yet.
        tables: how many are under audit.
        verified_at: when its log was last verified, and held; "" where it did not, or nobody did.
    """

    alarms: tuple[Finding, ...] = ()
    unsealed: int = 0
    tables: int = 0
    verified_at: str = ""


@dataclass(frozen=True, slots=True)
class FileRead:
    """The file as it is now.

    Attributes:
        size_bytes: of the file on the disk, as the header of the window says it.
        rows: about how many rows each ordinary table has, where that can be told.
        constraints: how many there are.
        notices: what was noticed when it was opened, worst first.
        structure: what the schema alone tells, without a look at a row.
    """

    schema: Schema
    settings: Settings
    rows: Mapping[str, RowCount]
    constraints: int
    state: OpenState
    notices: tuple[Finding, ...]
    structure: tuple[Finding, ...]
    size_bytes: int

    @property
    def damaged(self) -> bool:
        """Whether opening it found that it is damaged; only a check can tell that it is not."""
        return any(notice.severity is Severity.ERROR for notice in self.notices)

    def count(self, *kinds: TableKind) -> int:
        """How many tables of these kinds there are, our own apart."""
        return sum(1 for table in self.schema.tables if table.kind in kinds and not table.ours)

    @property
    def all_rows(self) -> RowCount | None:
        """Rows of all ordinary tables; None where nothing is known of any."""
        ordinary = self.count(TableKind.TABLE)
        if ordinary and not self.rows:
            return None
        kinds = {rows.certainty for rows in self.rows.values()}
        if len(self.rows) < ordinary:
            kinds.add(Certainty.AT_LEAST)
        order = (Certainty.AT_LEAST, Certainty.ABOUT, Certainty.EXACT)
        certainty = next((kind for kind in order if kind in kinds), Certainty.EXACT)
        return RowCount("", sum(rows.rows for rows in self.rows.values()), certainty, "")


def read_file(file: Any, context: Context) -> FileRead:
    """Schema, settings and estimates of rows: a few seeks a table."""
    schema = schema_of(file, context)

    def look(session: ReadSession) -> tuple[Settings, dict[str, RowCount]]:
        with session.under(context):
            return read_settings(session), _rows(session, schema, context)

    settings, rows = file.cached("overview", look, rows_of=None)
    promises = len(constraints(schema))
    structure, size = structure_findings(schema), file.identity.file.stat().st_size
    return FileRead(schema, settings, rows, promises, file.state, file.notices, structure, size)


def read_lately(catalog: Catalog, database_id: str) -> tuple[Event, ...]:
    """The last things done with this database, newest first."""
    with catalog.reading() as session:
        return journal.events(session, database_id=database_id, phases=(*ENDS, Phase.NOTE), limit=_LATELY)


def read_audit(catalog: Catalog, file: Any, database_id: str, context: Context) -> AuditRead:
    """How it stands with the audit of the file, and with its recipes; nothing where it has neither."""
    with file.read() as session, session.snapshot(), session.under(context):
        is_audited = tables.is_audited(session)
        unsealed = chain.unsealed(session) if is_audited else 0
        watched = len(seal_tables.audited(session, current=True, strict=False)) if is_audited else 0
        last = verified.last(catalog, session, database_id)
    found = audit_alarms(catalog, file.path, database_id, context)
    told = tuple(each for each in found if each.severity is not Severity.NOTE)
    return AuditRead(told, unsealed, watched, "" if last.problems else last.at)


def measure(file: Any, context: Context) -> tuple[Space, ...]:
    """Where the space is, largest first; what a virtual table keeps in tables of its own counts as its own.

    What the audit keeps is one, under the name `AUDIT`.
    """
    schema = schema_of(file, context)

    def look(session: ReadSession) -> tuple[Space, ...]:
        return measure_space(session, schema, context)

    owners = {table.name: table.owner for table in schema.tables if table.owner}
    summed: dict[str, Space] = {}
    for space in file.cached("space", look, rows_of=None):
        name = AUDIT if is_ours(space.table) else owners.get(space.table, space.table)
        known = summed.get(name, Space(name, 0, 0, 0))
        summed[name] = replace(
            known,
            table_bytes=known.table_bytes + space.table_bytes,
            index_bytes=known.index_bytes + space.index_bytes,
            unused_bytes=known.unused_bytes + space.unused_bytes,
        )
    return tuple(sorted(summed.values(), key=lambda space: -space.bytes))


def _rows(session: ReadSession, schema: Schema, context: Context) -> dict[str, RowCount]:
    found: dict[str, RowCount] = {}
    for table in schema.tables:
        context.checkpoint()
        if (
            table.kind is TableKind.TABLE
            and not table.ours
            and (rows := estimate_rows(session, table)) is not None
        ):
            found[table.name] = rows
    return found
