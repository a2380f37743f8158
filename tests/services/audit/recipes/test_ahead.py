"""Tables under audit are compared with their log before the file is locked; under the lock only what differed then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from builders import a_database
from builders.guarding import install, verified
from builders.recipes import add, remove, renew
from builders.under_audit import run
from steward_app.catalog import Catalog
from steward_app.db import Session, WriteSession, open_read, open_write
from steward_app.kernel.progress import Context
from steward_app.services.audit.engine import tables
from steward_app.services.audit.guard import versions
from steward_app.services.audit.guard.status import audit_status
from steward_app.services.audit.recipes import AppendOnly, SoftDelete, UpdatedAt, under_audit
from steward_app.services.audit.seals.oddities import GAP
from steward_app.storage.secrets import open_secrets

Compared = list[type[Session]]
NAMES = ("visit", "step")


@pytest.fixture
def path(catalog: Catalog, tmp_path: Path) -> Path:
    made = (
        a_database(tmp_path, "clinic.db")
        .with_table("visit", "id INTEGER PRIMARY KEY, note, state", rows=[(n, "a", 1) for n in range(9)])
        .with_table(
            "step",
            "visit REFERENCES visit ON DELETE CASCADE, n, PRIMARY KEY (visit, n)) WITHOUT ROWID --",
            rows=[(1, 1), (2, 1)],
        )
        .build()
    )
    install(catalog, made)
    return made


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> Compared:
    """With which sessions whole tables were compared."""
    found: Compared = []
    compare: Callable[..., Iterator[Any]] = versions.reconcile

    def noting(session: Session, *args: Any, **more: Any) -> Iterator[Any]:
        found.append(type(session))
        return compare(session, *args, **more)

    monkeypatch.setattr(versions, "reconcile", noting)
    return found


def unseen(path: Path, *statements: str) -> None:
    connection = apsw.Connection(str(path))
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_TRIGGER, 0)
    for each in statements:
        connection.execute(each)
    connection.close()


def gap_keys(path: Path) -> list[tuple[str, str]]:
    """The rows that events of the log name as changed unseen."""
    with open_read(path) as session:
        names = {each.tid: each.name for each in tables.tables(session)}
        gaps = [each for each in tables.events(session) if each.kind == GAP]
    return [
        (names[gap.tid], str(row["key"])) for gap in gaps for row in gap.detail.get("rows", ()) if gap.tid
    ]  # type: ignore[attr-defined]


def test_no_whole_table_is_read_under_the_lock(catalog: Catalog, path: Path, compared: Compared) -> None:
    run(path, "UPDATE visit SET state = 5 WHERE id = 3")
    add(catalog, path, SoftDelete("visit"))
    run(path, "DROP TRIGGER _steward_recipe_1_delete_1")
    renew(catalog, path)
    add(catalog, path, UpdatedAt("step"))
    remove(catalog, path, 2)
    remove(catalog, path, drop_data=True)
    assert compared and WriteSession not in compared
    assert audit_status(path).gaps == 0 and verified(path).holds


@pytest.mark.parametrize("spec", [UpdatedAt("visit"), UpdatedAt("step"), AppendOnly("visit")])
def test_what_changed_unseen_is_told_once(
    catalog: Catalog, path: Path, compared: Compared, spec: UpdatedAt | AppendOnly
) -> None:
    unseen(
        path,
        "UPDATE visit SET state = 'x' WHERE id = 2",
        "UPDATE visit SET state = 'x' WHERE id = 3",
        "DELETE FROM visit WHERE id = 4",
        "INSERT INTO step VALUES (5, 5)",
        "DELETE FROM step WHERE visit = 1",
    )
    run(path, "UPDATE visit SET state = 'seen' WHERE id = 3")  # what sealing tells
    add(catalog, path, spec)
    assert WriteSession not in compared
    told, left = verified(path), {"visit": 3, "step": 2}
    assert not told.problems and told.differences is not None
    assert {each.table for each in told.differences} == left.keys() - {spec.table}
    named = [each for each in gap_keys(path) if each[0] == spec.table]
    assert len(named) == len(set(named)) == left[spec.table]


@pytest.mark.parametrize("between", ["UPDATE visit SET state = 8 WHERE id = 7", ""])
def test_what_is_written_between_looking_and_locking_is_not_missed(
    catalog: Catalog, path: Path, compared: Compared, between: str
) -> None:
    with under_audit.looked_ahead(path, NAMES, Context()) as ahead:
        assert ahead.holds and len(compared) == 2
        unseen(path, "UPDATE visit SET state = 'late' WHERE id = 8")
        if between:
            run(path, between)
        assert not ahead.holds
        with (
            open_write(path) as session,
            session.transaction(),
            under_audit.kept(session, open_secrets(catalog.directory), NAMES, "a test", Context(), ahead),
        ):
            session.run("ALTER TABLE visit ADD COLUMN more")
    assert WriteSession in compared
    assert audit_status(path).gaps == 1 and verified(path).holds
