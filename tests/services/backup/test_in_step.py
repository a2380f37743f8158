"""Which stores hold the newest state, also where a run went to one of them alone."""

from __future__ import annotations

from pathlib import Path

from builders import a_database
from steward_app.catalog import Catalog
from steward_app.db import open_write
from steward_app.kernel.progress import Context
from steward_app.services.backup.init import init_store
from steward_app.services.backup.rounds import go_round
from steward_app.services.backup.status import StoreStanding, status


def _told(catalog: Catalog, database_id: str) -> dict[str, StoreStanding]:
    return {each.store.name: each.standing for each in status(catalog, database_id).stores}


def test_a_run_to_one_store_leaves_the_others_in_step_until_something_changes(
    catalog: Catalog, tmp_path: Path
) -> None:
    path = a_database(tmp_path).with_table("visit", "id INTEGER PRIMARY KEY", rows=[(1,)]).build()
    for name in ("one", "two"):
        store, _ = init_store(catalog, path, str(tmp_path / name), Context(), name=name, new_keys=None)
    go_round(catalog, path, Context())
    in_step = {"one": StoreStanding.IN_STEP, "two": StoreStanding.IN_STEP}
    go_round(catalog, path, Context(), only=["two"])  # nothing changed
    assert _told(catalog, store.database_id) == in_step

    init_store(catalog, path, str(tmp_path / "three"), Context(), name="three", new_keys=None)
    go_round(
        catalog, path, Context(), only=["three"], contents=True
    )  # the same state, in a store that is new
    assert _told(catalog, store.database_id) == {**in_step, "three": StoreStanding.IN_STEP}

    with open_write(path) as session, session.transaction(Context()):
        session.run("INSERT INTO visit VALUES (2)")
    go_round(catalog, path, Context(), only=["three"], contents=True)
    behind = {"one": StoreStanding.BEHIND, "two": StoreStanding.BEHIND, "three": StoreStanding.IN_STEP}
    assert _told(catalog, store.database_id) == behind
    go_round(catalog, path, Context())
    assert set(_told(catalog, store.database_id).values()) == {StoreStanding.IN_STEP}
