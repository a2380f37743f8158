"""Stores of a database: made, connected on a new computer, forgotten; with and without a key."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from steward_app.catalog import Catalog, journal, open_catalog
from steward_app.catalog.stores import Encryption
from steward_app.kernel.errors import ErrorCode, Failure, Refused, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.secret import Secret
from steward_app.services.backup.connect import connect, opened, reached, stores_of
from steward_app.services.backup.create import create, plan_create
from steward_app.services.backup.disconnect import disconnect
from steward_app.services.backup.init import init_store
from steward_app.services.backup.known import database_id
from steward_app.services.backup.list import list_points
from steward_app.services.backup.store.keys import KeyMode, Unlocking, make_keys
from steward_app.services.backup.verify import verify
from steward_app.storage.secrets import open_secrets


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return a_database(tmp_path, "riverside.db").with_table("t", "a").build()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "drive").mkdir()
    return tmp_path / "drive" / "riverside"


def _another_computer(tmp_path: Path) -> Catalog:
    (tmp_path / "another").mkdir(exist_ok=True)
    return open_catalog(tmp_path / "another")


def test_a_store_without_encryption_is_made_and_known(catalog: Catalog, path: Path, place: Path) -> None:
    store, receipt = init_store(catalog, path, str(place), Context(), new_keys=None)
    assert (store.name, store.encryption, receipt.sentence) == (
        "riverside",
        Encryption.NONE,
        "Made the store “riverside”",
    )
    assert stores_of(catalog, path, Context()) == (store,)
    with opened(catalog, str(place), Context(), known_as=store.database_id) as found:
        assert found.readable
        assert found.store.descriptor.store_id == store.id


def test_a_key_that_is_kept_reads_and_one_that_is_not_writes_only(
    catalog: Catalog, path: Path, tmp_path: Path
) -> None:
    for name, keep_key in (("kept", True), ("given away", False)):
        new = make_keys(KeyMode.KEY)
        store, _ = init_store(catalog, path, str(tmp_path / name), Context(), new_keys=new, keep_key=keep_key)
        with reached(catalog, store, Context()) as found:
            assert (found.store.unlocked, found.readable) == (True, keep_key)
        if not keep_key:
            with pytest.raises(Failure) as raised, reached(catalog, store, Context(), to_read=True):
                raise AssertionError
            assert raised.value.code is ErrorCode.NEEDS_KEY
            given = Unlocking(key=new.identity.reveal())
            with reached(catalog, store, Context(), given=given, to_read=True) as found:
                assert found.readable


def test_a_new_computer_connects_with_the_store_and_a_key_alone(
    catalog: Catalog, path: Path, place: Path, tmp_path: Path
) -> None:
    new = make_keys(KeyMode.PASSPHRASE, passphrase=Secret("correct horse"))
    made, _ = init_store(catalog, path, str(place), Context(), new_keys=new)
    assert new.sheet is not None
    with _another_computer(tmp_path) as other:
        by_sheet = Unlocking(key=new.sheet.reveal())
        with pytest.raises(Refused, match="another database"):
            connect(other, path, str(place), Context(), given=by_sheet)
        again = connect(other, path, str(place), Context(), given=by_sheet, same=True)
        assert (again.id, again.database_id) == (made.id, made.database_id)
        assert database_id(other, path, Context()) == made.database_id
        with pytest.raises(Failure) as failed, reached(other, again, Context(), to_read=True):
            raise AssertionError
        assert failed.value.code is ErrorCode.NEEDS_KEY


def test_a_store_is_connected_again_by_its_passphrase(catalog: Catalog, path: Path, place: Path) -> None:
    new = make_keys(KeyMode.PASSPHRASE, passphrase=Secret("correct horse"))
    made, _ = init_store(catalog, path, str(place), Context(), new_keys=new)
    with pytest.raises(Failure) as failed:
        connect(catalog, path, str(place), Context(), given=Unlocking(passphrase=Secret("wrong")))
    assert failed.value.code is ErrorCode.WRONG_KEY
    disconnect(catalog, path, "riverside", Context())
    assert open_secrets(catalog.directory).names() == ()
    given = Unlocking(passphrase=Secret("correct horse"))
    again = connect(catalog, path, str(place), Context(), given=given, name="NAS", keep_key=True)
    assert (again.id, again.name) == (made.id, "NAS")
    with reached(catalog, again, Context(), to_read=True) as found:
        assert found.readable


def test_a_point_made_before_the_store_was_connected_again_goes_along(
    catalog: Catalog, path: Path, place: Path, tmp_path: Path
) -> None:
    made, _ = init_store(catalog, path, str(place), Context(), new_keys=None)
    with _another_computer(tmp_path) as other:
        receipt = create(other, plan_create(other, path, Context(), prove=False), Context())
        again = connect(other, path, str(place), Context(), same=True)
        assert again.database_id == made.database_id
        assert [point.id for point in list_points(other, path, Context())] == [
            (receipt.result or {})["point"]
        ]
        (verdict,) = verify(other, path, Context())
        assert verdict.sound


def test_a_database_with_a_history_of_its_own_does_not_take_another_name(
    catalog: Catalog, path: Path, place: Path, tmp_path: Path
) -> None:
    init_store(catalog, path, str(place), Context(), new_keys=None)
    other = a_database(tmp_path, "other.db").with_table("u", "b").build()
    mine, _ = init_store(catalog, other, str(tmp_path / "mine"), Context(), new_keys=None)
    with pytest.raises(Refused, match="known on this computer as another database"):
        connect(catalog, other, str(place), Context(), same=True)
    assert stores_of(catalog, other, Context()) == (mine,)


def test_a_second_store_in_the_same_place_is_refused_and_the_first_is_left_as_it_is(
    catalog: Catalog, path: Path, place: Path
) -> None:
    first, _ = init_store(catalog, path, str(place), Context(), new_keys=make_keys(KeyMode.KEY))
    before = {each: each.read_bytes() for each in place.rglob("*") if each.is_file()}
    with pytest.raises(Refused, match="There is a store already"):
        init_store(catalog, path, str(place), Context(), name="again", new_keys=make_keys(KeyMode.KEY))
    assert {each: each.read_bytes() for each in place.rglob("*") if each.is_file()} == before
    assert stores_of(catalog, path, Context()) == (first,)
    with reached(catalog, first, Context(), to_read=True):
        pass


def test_a_name_that_is_taken_leaves_no_half_made_store(catalog: Catalog, path: Path, tmp_path: Path) -> None:
    init_store(catalog, path, str(tmp_path / "one"), Context(), name="NAS", new_keys=None)
    with pytest.raises(UsageError, match="has a store “NAS” already"):
        init_store(
            catalog, path, str(tmp_path / "two"), Context(), name="NAS", new_keys=make_keys(KeyMode.KEY)
        )
    assert [each for each in (tmp_path / "two").rglob("*") if each.is_file()] == []
    assert open_secrets(catalog.directory).names() == ()


def test_a_store_of_another_database_is_refused(
    catalog: Catalog, path: Path, place: Path, tmp_path: Path
) -> None:
    init_store(catalog, path, str(place), Context(), new_keys=None)
    other = a_database(tmp_path, "other.db").with_table("u", "b").build()
    with pytest.raises(Refused, match="belongs to another database"):
        connect(catalog, other, str(place), Context())
    assert stores_of(catalog, other, Context()) == ()


def test_a_drive_that_is_unplugged_is_told_and_remembered(catalog: Catalog, path: Path, place: Path) -> None:
    store, _ = init_store(catalog, path, str(place), Context(), new_keys=None)
    place.rename(place.with_name("elsewhere"))
    with pytest.raises(Failure) as raised, reached(catalog, store, Context()):
        raise AssertionError
    assert raised.value.code is ErrorCode.STORE_MISSING
    (known,) = stores_of(catalog, path, Context())
    assert known.problem == raised.value.message
    assert not place.exists()


def test_the_journal_tells_of_every_store(catalog: Catalog, path: Path, place: Path) -> None:
    store, _ = init_store(catalog, path, str(place), Context(), new_keys=None)
    disconnect(catalog, path, store.name, Context())
    connect(catalog, path, str(place), Context())
    with catalog.reading() as session:
        events = journal.events(session, database_id=store.database_id, operation="backup")
    assert [(event.operation, event.phase.value) for event in events] == [
        ("backup.connect", "note"),
        ("backup.disconnect", "note"),
        ("backup.init", "finished"),
        ("backup.init", "note"),
        ("backup.init", "started"),
    ]
