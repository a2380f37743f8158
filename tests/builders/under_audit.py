"""Tables under audit, for tests: put there, written to by whoever, and read back in few words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import apsw

from builders.audited import Case
from steward_app.db import open_read, open_write
from steward_app.services.audit.engine import log, tables
from steward_app.services.audit.engine.arm import arm
from steward_app.services.audit.engine.model import AuditedTable, Mode, Shape
from steward_app.services.audit.engine.replay import live
from steward_app.services.audit.engine.shape import shape_of
from steward_app.services.audit.guard.armed import Armed, status
from steward_app.services.schema import read_schema


def shape_in(path: Path, name: str) -> Shape:
    """What the audit sees of a table."""
    with open_read(path) as session:
        schema = read_schema(session)
        table = schema.table(name)
        assert table is not None
        return shape_of(table, schema)


def put_under_audit(path: Path, *names: str, modes: Mapping[str, Mode] | None = None) -> Case:
    """Put tables under audit, and note what they hold, to be checked with `builders.audited.check`."""
    import random

    case = Case(path, random.Random(0), [])
    with open_write(path) as session, session.transaction():
        schema = read_schema(session)
        for name in names:
            table = schema.table(name)
            assert table is not None
            case.audited.append(arm(session, shape_of(table, schema), modes))
        case.base = [live(session, each) for each in case.audited]
    return case


def run(path: Path, *statements: str, **pragmas: int) -> list[str]:
    """Run statements as another program does; what SQLite said against those that failed."""
    said = []
    connection = apsw.Connection(str(path))
    for name, value in pragmas.items():
        connection.execute(f"PRAGMA {name} = {value}")
    for statement in statements:
        try:
            connection.execute(statement).fetchall()
        except apsw.Error as error:
            said.append(str(error))
    connection.close()
    return said


def told(path: Path, audited: AuditedTable) -> list[tuple[str, object, dict[str, tuple[object, object]]]]:
    """What the log tells: what happened, the key before (one value where it is one), and the cells."""
    with open_read(path) as session:
        return [
            (
                change.op.name.lower(),
                change.key[0] if len(change.key) == 1 else change.key,
                {name: (cell.old, cell.new) for name, cell in change.cells.items()},
            )
            for change in log.changes(session, audited)
        ]


def happened(path: Path, audited: AuditedTable) -> list[tuple[str, object]]:
    """The same without the cells."""
    return [(what, key) for what, key, _ in told(path, audited)]


def armed(path: Path) -> Sequence[Armed]:
    """How it stands with the audit."""
    with open_read(path) as session:
        return status(session, read_schema(session))


def number_of_changes(path: Path) -> int:
    with open_read(path) as session:
        return tables.last_seq(session)
