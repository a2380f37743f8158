"""Putting tables under audit, arming them again and taking them out, with what must hold after."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from builders import a_database
from builders.guarding import done, install, rearm, remove, stored
from builders.operations import known
from builders.sealed import by_hand
from builders.under_audit import run
from faults.points import DATABASE, home
from steward_app.db import open_read, open_write
from steward_app.db.integrity import integrity_check
from steward_app.kernel.progress import Context
from steward_app.services.audit.engine.model import Mode
from steward_app.services.audit.guard.columns import ColumnsRequest
from steward_app.services.audit.guard.guarding import carry_out, plan_guarding
from steward_app.services.audit.guard.install import InstallRequest
from steward_app.services.audit.guard.rearm import RearmRequest
from steward_app.services.audit.guard.remove import RemoveRequest
from steward_app.services.audit.guard.status import audit_status
from steward_app.services.audit.seals import chain, receipt
from steward_app.services.audit.seals.verify import verify
from steward_app.services.operation import Confirmation

FEWER = {"person.note": Mode.FLAG}


@dataclass(frozen=True)
class Standing:
    """What there is of an audit: objects as stored, the state of each table, whether the log holds."""

    objects: tuple[tuple[object, ...], ...]
    tables: tuple[tuple[str, str], ...]
    holds: bool


def build(folder: Path, *, wal: bool = False) -> Standing:
    """Two tables, nothing under audit."""
    builder = a_database(folder, DATABASE).with_pragma("page_size = 1024")
    builder.with_table(
        "person", "id INTEGER PRIMARY KEY, name TEXT, note", rows=[(n, "x" * 50, n) for n in range(9)]
    )
    builder.with_table("place", "town TEXT PRIMARY KEY, n", rows=[("a", 1), ("b", 2)])
    path = (builder.in_wal_mode() if wal else builder).build()
    with home(folder) as catalog:
        known(catalog, path)
    return state(folder)


def build_audited(folder: Path, *, wal: bool = False) -> Standing:
    """Both under audit, with a change that is not sealed."""
    build(folder, wal=wal)
    with home(folder) as catalog:
        install(catalog, folder / DATABASE)
    run(folder / DATABASE, "UPDATE person SET note = 'changed' WHERE id = 3")
    return state(folder)


def build_stale(folder: Path, *, wal: bool = False) -> Standing:
    """The same, when one table has another shape and the other was written to behind the log."""
    build_audited(folder, wal=wal)
    run(
        folder / DATABASE,
        "ALTER TABLE person ADD COLUMN more",
        "DROP TRIGGER _steward_audit_2_after_update",
        "UPDATE place SET n = 7",
    )
    return state(folder)


def build_renumbered(folder: Path) -> Standing:
    """A table under audit whose rows VACUUM gave other numbers, with a change before that is not sealed."""
    build(folder)
    path = folder / DATABASE
    run(
        path,
        "CREATE TABLE visit (n)",
        "INSERT INTO visit VALUES (1), (2), (3), (4)",
        "DELETE FROM visit WHERE n = 2",
    )
    with home(folder) as catalog:
        install(catalog, path)
    run(path, "UPDATE visit SET n = 'changed' WHERE n = 4", "VACUUM")
    return state(folder)


def build_unseen(folder: Path) -> Standing:
    """Both are armed, a row of one was changed unseen, and the other is gone."""
    build_audited(folder)
    by_hand(folder / DATABASE, "UPDATE person SET note = 'unseen' WHERE id = 4")
    run(folder / DATABASE, "DROP TABLE place")
    return state(folder)


def state(folder: Path) -> Standing:
    """What the file holds now."""
    path = folder / DATABASE
    with open_write(path) as session:
        assert integrity_check(session, Context()) == ()
    standing = audit_status(path)
    with open_read(path) as session, session.snapshot():
        holds = not verify(session, live=False).problems
    return Standing(
        tuple(sorted(stored(path), key=str)),
        tuple((each.table, each.state.value) for each in standing.tables),
        holds,
    )


def put_under_audit(folder: Path, context: Context) -> None:
    with home(folder) as catalog:
        path = folder / DATABASE
        request = InstallRequest(path, known(catalog, path).id, measured=False)
        plan = plan_guarding(catalog, request, context)
        carry_out(catalog, plan, context, confirmation=Confirmation.of(plan))


def arm_again(folder: Path, context: Context) -> None:
    with home(folder) as catalog:
        path = folder / DATABASE
        plan = plan_guarding(catalog, RearmRequest(path, known(catalog, path).id), context)
        carry_out(catalog, plan, context, confirmation=Confirmation.of(plan))


def choose_columns(folder: Path, context: Context) -> None:
    with home(folder) as catalog:
        path = folder / DATABASE
        plan = plan_guarding(catalog, ColumnsRequest(path, known(catalog, path).id, FEWER), context)
        carry_out(catalog, plan, context, confirmation=Confirmation.of(plan))


def take_out(folder: Path, context: Context) -> None:
    _remove(folder, context, drop_log=False)


def drop(folder: Path, context: Context) -> None:
    _remove(folder, context, drop_log=True)


def finish(folder: Path, what: str) -> None:
    """The same once more, unbroken."""
    with home(folder) as catalog:
        path = folder / DATABASE
        if what == "install":
            install(catalog, path)
        elif what == "rearm":
            rearm(catalog, path)
        elif what == "columns":
            done(catalog, ColumnsRequest(path, known(catalog, path).id, FEWER))
        else:
            remove(catalog, path, drop_log=what == "drop")


def kept_seal(folder: Path) -> tuple[int, int]:
    """The number of the seal whose receipt is kept outside, and of the newest one; 0 where there is none."""
    with home(folder) as catalog, open_read(folder / DATABASE) as session:
        found, last = chain.Chain.read(session), chain.last_seal(session)
        kept = (
            receipt.kept(catalog.directory, found.log.hex(), known(catalog, folder / DATABASE).id)
            if found
            else None
        )
        return kept.n if kept else 0, last.n if last else 0


def _remove(folder: Path, context: Context, *, drop_log: bool) -> None:
    with home(folder) as catalog:
        path = folder / DATABASE
        plan = plan_guarding(
            catalog, RemoveRequest(path, known(catalog, path).id, drop_log=drop_log), context
        )
        carry_out(catalog, plan, context, confirmation=Confirmation.of(plan))
