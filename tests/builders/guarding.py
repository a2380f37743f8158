"""An audit installed, armed again and removed through the pipeline, for tests, in few words."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import apsw

from builders.operations import known
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.kernel.plan import Plan
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services.audit.engine.model import Mode
from steward_app.services.audit.guard import guarding
from steward_app.services.audit.guard.guarding import Request
from steward_app.services.audit.guard.install import InstallRequest
from steward_app.services.audit.guard.rearm import RearmRequest
from steward_app.services.audit.guard.remove import RemoveRequest
from steward_app.services.audit.seals.verdict import Verdict
from steward_app.services.audit.seals.verify import verify
from steward_app.services.operation import Confirmation


def planned(catalog: Catalog, request: Request) -> Plan:
    return guarding.plan_guarding(catalog, request, Context())


def done(catalog: Catalog, request: Request) -> Receipt:
    """Plan and carry out, with every confirmation given."""
    plan = planned(catalog, request)
    return guarding.carry_out(catalog, plan, Context(), confirmation=Confirmation.of(plan))


def to_install(
    catalog: Catalog,
    path: Path,
    *tables: str,
    columns: Mapping[str, Mode] | None = None,
    measured: bool = False,
) -> InstallRequest:
    return InstallRequest(path, known(catalog, path).id, tables, columns or {}, measured)


def to_remove(catalog: Catalog, path: Path, *tables: str, drop_log: bool = False) -> RemoveRequest:
    return RemoveRequest(path, known(catalog, path).id, tables, drop_log=drop_log)


def to_rearm(catalog: Catalog, path: Path, *tables: str) -> RearmRequest:
    return RearmRequest(path, known(catalog, path).id, tables)


def install(catalog: Catalog, path: Path, *tables: str, columns: Mapping[str, Mode] | None = None) -> Receipt:
    return done(catalog, to_install(catalog, path, *tables, columns=columns))


def remove(catalog: Catalog, path: Path, *tables: str, drop_log: bool = False) -> Receipt:
    return done(catalog, to_remove(catalog, path, *tables, drop_log=drop_log))


def rearm(catalog: Catalog, path: Path, *tables: str) -> Receipt:
    return done(catalog, to_rearm(catalog, path, *tables))


def stored(path: Path) -> list[tuple[object, ...]]:
    """Every object of the file as it is stored, but for the record of operations."""
    connection = apsw.Connection(str(path))
    rows = connection.execute(
        "SELECT type, name, tbl_name, sql FROM sqlite_schema"
        " WHERE tbl_name <> '_steward_operations' AND name <> 'sqlite_sequence' ORDER BY rowid"
    ).fetchall()
    connection.close()
    return rows


def verified(path: Path, *, full: bool = True) -> Verdict:
    with open_read(path) as session, session.snapshot():
        return verify(session, full=full)
