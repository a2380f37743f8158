"""A key that was shut out of a store: what was written before stays open to it, on any computer."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from builders import a_database
from builders.stores import UnsyncedDisk
from steward_app.catalog import Catalog, open_catalog
from steward_app.catalog.stores import Store
from steward_app.db import open_write
from steward_app.db.image import same_image
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.services import backup, restore
from steward_app.services.backup import recipients
from steward_app.services.backup.capture import capture
from steward_app.services.backup.connect import reached
from steward_app.services.backup.init import init_store
from steward_app.services.backup.naming import mend_naming_key
from steward_app.services.backup.store import layout
from steward_app.services.backup.store.keys import KeyMode, NewKeys, Unlocking, make_keys
from steward_app.services.operation import Confirmation
from steward_app.storage.age import Identity
from steward_app.storage.disk import using


@pytest.fixture(autouse=True)
def unsynced() -> Iterator[None]:
    with using(UnsyncedDisk()):
        yield


@pytest.fixture
def path(tmp_path: Path) -> Path:
    rows = [(n, "x" * 100) for n in range(50)]
    return a_database(tmp_path, "riverside.db").with_table("visit", "id INTEGER, note", rows=rows).build()


@pytest.fixture
def new(tmp_path: Path) -> NewKeys:
    return make_keys(KeyMode.KEY, sheet=True)


@pytest.fixture
def store(catalog: Catalog, path: Path, tmp_path: Path, new: NewKeys) -> Store:
    return init_store(catalog, path, str(tmp_path / "store"), Context(), new_keys=new)[0]


def shut_out(catalog: Catalog, path: Path, store: Store, key: Identity) -> None:
    plan = recipients.plan_remove_recipient(catalog, path, store, key.public_key, Context())
    recipients.change_recipients(catalog, plan, Context(), Confirmation.of(plan))


def two_points(catalog: Catalog, path: Path, store: Store, new: NewKeys, copy: Path) -> tuple[str, str]:
    """One from before the sheet was shut out, and one from after; the database of the first is copied."""
    copy.write_bytes(path.read_bytes())
    before = capture(catalog, path, store, Context()).point
    assert new.sheet is not None
    shut_out(catalog, path, store, new.sheet)
    with open_write(path) as session, session.transaction(Context()):
        session.run("UPDATE visit SET note = 'after'")
    return before, capture(catalog, path, store, Context()).point


def test_an_old_point_comes_back_on_a_new_computer_and_a_new_one_does_not(
    catalog: Catalog, path: Path, store: Store, new: NewKeys, tmp_path: Path
) -> None:
    before, after = two_points(catalog, path, store, new, tmp_path / "copy.db")
    (tmp_path / "another").mkdir()
    assert new.sheet is not None
    given = Unlocking(key=new.sheet.reveal())
    with open_catalog(tmp_path / "another") as other:
        listed = backup.list_in_store(other, store.url, Context(), given)
        assert [point.id for point in listed] == [after, before]
        back, not_back = tmp_path / "back.db", tmp_path / "not.db"
        plan = restore.plan_restore_from_store(
            other, store.url, Context(), point=before, to=back, given=given
        )
        restore.restore(other, plan, Context(), given=given)
        assert same_image(tmp_path / "copy.db", back, Context())
        with pytest.raises(Failure) as closed:
            plan = restore.plan_restore_from_store(
                other, store.url, Context(), point=after, to=not_back, given=given
            )
            restore.restore(other, plan, Context(), given=given)
        assert closed.value.code is ErrorCode.WRONG_KEY
        assert not not_back.exists()


@pytest.mark.parametrize("points", [0, 1])
def test_a_new_sheet_says_from_when_on_it_opens(
    catalog: Catalog, path: Path, store: Store, tmp_path: Path, points: int
) -> None:
    if points:
        capture(catalog, path, store, Context())
    identity = Identity.generate()
    plan = recipients.plan_add_recipient(catalog, path, store, identity.public_key, Context())
    _, written = recipients.add_on_a_sheet(
        catalog, plan, identity, tmp_path / "sheet.html", Context(), Confirmation.of(plan)
    )
    for text in (written.warning, (tmp_path / "sheet.html").read_text()):
        assert ("every backup in this store" in text) != bool(points)
        assert ("and none made before" in text) == bool(points)


@pytest.mark.usefixtures("age_and_zstd")
def test_the_script_in_the_docs_restores_an_old_point(
    catalog: Catalog, path: Path, store: Store, new: NewKeys, tmp_path: Path
) -> None:
    before, _ = two_points(catalog, path, store, new, tmp_path / "copy.db")
    assert new.sheet is not None
    (key := tmp_path / "key.txt").write_text(new.sheet.reveal().reveal() + "\n")
    script, out = Path(__file__).parents[3] / "docs/restore_a_point.py", tmp_path / "out.db"
    command = [sys.executable, str(script), store.url, before, str(out), str(key)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "compared with their hashes" in ran.stdout
    assert same_image(tmp_path / "copy.db", out, Context())


def test_the_list_says_who_was_shut_out_and_a_naming_key_that_is_mended_opens_for_them(
    catalog: Catalog, path: Path, store: Store, new: NewKeys, tmp_path: Path
) -> None:
    assert new.sheet is not None
    place = Path(store.url, layout.DESCRIPTOR)
    assert "former" not in json.loads(place.read_text())
    two_points(catalog, path, store, new, tmp_path / "copy.db")
    assert json.loads(place.read_text())["former"] == [new.sheet.public_key]
    Path(store.url, layout.NAMING_KEY).unlink()
    with reached(catalog, store, Context()) as found:
        assert mend_naming_key(found, Context())
    given = Unlocking(key=new.sheet.reveal())
    with reached(catalog, store, Context(), given=given) as found:
        assert found.store.unlocked
    plan = recipients.plan_add_recipient(catalog, path, store, new.sheet.public_key, Context())
    recipients.change_recipients(catalog, plan, Context(), Confirmation.of(plan))
    told = json.loads(place.read_text())
    assert "former" not in told
    assert told["recipients"] == [new.identity.public_key, new.sheet.public_key]
