"""Undoing one operation: exactly the migrations that it applied, the beginning of a history, or a repair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from steward_app.catalog import Catalog
from steward_app.catalog.journal import Record
from steward_app.db import open_read
from steward_app.kernel.errors import ErrorCode, Refused
from steward_app.kernel.plan import Plan
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services import restore
from steward_app.services.migrate import history
from steward_app.services.migrate.folder import folder_of
from steward_app.services.migrate.model import Applied, Entry, Origin, State
from steward_app.services.migrate.run import service
from steward_app.services.migrate.run.course import Wanted
from steward_app.services.migrate.run.series import TakeBack
from steward_app.services.migrate.run.unbegin import Unbegin, begun_by
from steward_app.services.migrate.run.unrepair import Unrepair, repaired_by
from steward_app.services.migrate.status import newest, status
from steward_app.services.operation import Operation, Undo

_UNCHANGED = "Nothing was changed."


def undo_of_apply(catalog: Catalog | None, done: Record) -> Undo | None:
    """What takes back the migrations of one apply: their own files, else the restore point made before them."""
    if catalog is None:
        return None
    known = catalog
    return Undo(
        cast("Operation[object]", TakeBack(known)),
        lambda context: plan_undo_of(known, done, context),
        others=(restore.RestoreInPlace.name,),
        by=service,
    )


def undo_of_beginning(done: Record) -> Undo:
    """What takes the beginning of a history out again."""
    return Undo(
        cast("Operation[object]", Unbegin()),
        lambda context: Unbegin().plan(begun_by(done), context),
        by=service,
    )


def undo_of_repair(done: Record) -> Undo | None:
    """What puts the history back as it was before a repair."""
    request = repaired_by(done)
    if request is None:
        return None
    return Undo(
        cast("Operation[object]", Unrepair()),
        lambda context: Unrepair().plan(request, context),
        by=service,
    )


def plan_undo_of(catalog: Catalog, done: Record, context: Context) -> Plan:
    """Plan to take back what one apply did.

    Raises `Refused` where it was taken back already, where something was applied after it, and where nothing leads
    back.
    """
    wanted = _wanted(done)
    with open_read(wanted.path, context) as session, session.snapshot():
        found, rows = status(session, wanted.folder), history.read(session)
    standing = [row for row in newest(rows).values() if row.origin is not Origin.UNDO]
    mine = [row for row in standing if row.operation_id == done.started.operation_id]
    if not mine:
        raise Refused(
            ErrorCode.NOT_ALLOWED,
            "What was applied then is not in the history of the file any more: it was taken back, or another state of"
            " the file was restored.",
            hint=_UNCHANGED,
        )
    begins = min(row.rank for row in mine)
    others = [row for row in standing if row not in mine]
    if later := [row.file for row in others if row.rank > begins]:
        was = "was" if len(later) == 1 else "were"
        raise Refused(
            ErrorCode.NOT_ALLOWED,
            f"{', '.join(map(quoted, later))} {was} applied after it.",
            hint=f"{_UNCHANGED} Take that back first.",
        )
    below = max((row.version for row in others), default=0)
    if all(row.version > below for row in mine):
        return service.plan_undo(catalog, replace(wanted, target=below), context)
    return service.plan_by_point(catalog, wanted, _entries(found.entries, mine), rows, found, context)


def _wanted(done: Record) -> Wanted:
    request = cast("dict[str, Any]", done.started.data["request"])
    path, folder = Path(str(done.started.data["path"])), Path(str(request["folder"]))
    if not folder.is_dir():
        folder = folder_of(path, must_be_there=False)
    values = {str(name): str(value) for name, value in request["values"].items()}
    return Wanted(path, done.started.database_id, folder, values=values)


def _entries(there: Sequence[Entry], mine: Sequence[Applied]) -> list[Entry]:
    """The entries of rows, also of those whose file is gone."""
    known = {entry.applied.rank: entry for entry in there if entry.applied}
    return [known.get(row.rank, Entry(State.MISSING, applied=row)) for row in mine]
