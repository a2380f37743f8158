"""The catalog is damaged and set aside: what stores hold is known again, and nobody who was erased comes back."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from builders.erasing import Ledger
from steward_app.catalog import open_catalog
from steward_app.catalog.set_aside import set_aside
from steward_app.kernel import clock
from steward_app.kernel.progress import Context
from steward_app.services import backup, restore
from steward_app.services.backup.connect import connect, reached
from steward_app.services.backup.init import init_store
from steward_app.services.backup.ledger import put
from steward_app.services.backup.store.keys import KeyMode, make_keys
from steward_app.services.erasure import own_key
from steward_app.storage.secrets import open_secrets


@pytest.mark.parametrize("encrypted", [False, True])
def test_a_file_point_brings_nobody_back_once_the_store_is_connected(
    tmp_path: Path, steward_home: Path, encrypted: bool
) -> None:
    rows = [(n, f"Person number {n}") for n in range(1, 41)]
    path = a_database(tmp_path / "clinic.db").with_table("patient", "id INTEGER PRIMARY KEY, name", rows=rows)
    database, url = path.build(), str(tmp_path / "store")
    with open_catalog() as catalog:
        plan = backup.plan_create(catalog, database, Context(), prove=False)
        point = str((backup.create(catalog, plan, Context()).result or {})["point"])
        keys = make_keys(KeyMode.KEY) if encrypted else None
        store, _ = init_store(catalog, database, url, Context(), new_keys=keys)
        ledger = Ledger(catalog, store.database_id, own_key(open_secrets(), store.database_id))
        ledger.erase(database, "patient", "id = 7", at=clock.to_text(clock.now()))
        with reached(catalog, store, Context(), to_read=True) as found:
            assert put(catalog, found, store.database_id, Context())
    (steward_home / "catalog.sqlite").write_bytes(b"\xa5" * 20_000)
    set_aside()
    with open_catalog() as catalog:
        connect(catalog, database, url, Context(), same=True)
        target = tmp_path / "restored.db"
        again = restore.plan_restore(catalog, database, point, Context(), to=target)
        assert any("1 row was erased since then" in each for each in again.sentences)
        restore.restore(catalog, again, Context())
    assert b"Person number 6" in target.read_bytes()
    assert b"Person number 7" not in target.read_bytes()
