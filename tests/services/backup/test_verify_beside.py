"""Holds, proofs and copies of the ledger are verified, too: what is damaged or was taken away is told and mended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from builders import a_database
from builders.erasing import Ledger
from builders.stores import UnsyncedDisk
from steward_app.catalog import Catalog, open_catalog
from steward_app.catalog.stores import Store
from steward_app.kernel import clock
from steward_app.kernel.progress import Context
from steward_app.services import backup
from steward_app.services.backup import ledger
from steward_app.services.backup.capture import capture
from steward_app.services.backup.connect import reached
from steward_app.services.backup.init import init_store
from steward_app.services.backup.store import layout, records
from steward_app.services.backup.store.keys import KeyMode, make_keys
from steward_app.services.backup.store.model import ProofState
from steward_app.services.erasure import own_key
from steward_app.storage.disk import using
from steward_app.storage.secrets import open_secrets


@pytest.fixture(autouse=True)
def unsynced() -> Iterator[None]:
    with using(UnsyncedDisk()):
        yield


@pytest.fixture
def path(tmp_path: Path) -> Path:
    rows = [(1, "a"), (2, "b")]
    return (
        a_database(tmp_path, "riverside.db")
        .with_table("visit", "id INTEGER PRIMARY KEY, note", rows=rows)
        .build()
    )


@pytest.fixture(params=["none", "age", "public key only"])
def store(catalog: Catalog, path: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Store:
    new = None if request.param == "none" else make_keys(KeyMode.KEY)
    keep_key = request.param != "public key only"
    return init_store(catalog, path, str(tmp_path / "store"), Context(), new_keys=new, keep_key=keep_key)[0]


@pytest.fixture
def point(catalog: Catalog, path: Path, store: Store) -> str:
    return capture(catalog, path, store, Context(), reason="by hand").point


def garbage(path: Path) -> None:
    path.write_bytes(b"garbage\n")


def flip(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:])


def gone(path: Path) -> None:
    path.unlink()


def problems(catalog: Catalog, path: Path) -> tuple[str, ...]:
    told = backup.verify_all(catalog, path, Context())
    (reading,) = told.stores
    assert bool(told.wrong) == bool(reading.problems)
    assert ("all as they were written" in reading.sentence) != bool(reading.problems)
    return reading.problems


def held(store: Store, point: str) -> Path:
    (found,) = Path(store.url, "holds").glob(f"{point}.json*")
    return found


@pytest.mark.parametrize("damage", [garbage, flip, gone])
def test_a_hold_that_was_damaged_or_taken_away_is_told_and_written_anew(
    catalog: Catalog, path: Path, store: Store, point: str, damage: Callable[[Path], None]
) -> None:
    backup.hold(catalog, path, point, "Case 12", Context())
    assert problems(catalog, path) == ()
    damage(held(store, point))
    if damage is flip and "age" in held(store, point).name:
        with reached(catalog, store, Context()) as found:
            if not found.readable:  # nobody without the private key can look into it
                assert problems(catalog, path) == ()
                return
    (told,) = problems(catalog, path)
    assert told.startswith(f"The legal hold of the restore point {point} ")
    assert backup.find_point(catalog, path, point, Context()).held == "Case 12"
    assert problems(catalog, path) == ()
    with reached(catalog, store, Context()) as found:
        assert records.holds(found.store, Context()) == {point}
        if found.readable:
            assert records.read_hold(found.store, point, found.identity, Context())["why"] == "Case 12"


def test_a_hold_that_another_computer_released_is_not_missed(
    catalog: Catalog, path: Path, store: Store, point: str, tmp_path: Path
) -> None:
    backup.hold(catalog, path, point, "Case 12", Context())
    with reached(catalog, store, Context()) as found:
        records.release(found.store, point, clock.to_text(clock.now()), Context())
    assert problems(catalog, path) == ()
    assert backup.find_point(catalog, path, point, Context()).held == ""
    backup.hold(catalog, path, point, "Case 13", Context())
    gone(held(store, point))
    assert len(problems(catalog, path)) == 1


def test_a_release_that_nobody_with_the_keys_wrote_releases_nothing(
    catalog: Catalog, path: Path, store: Store, point: str
) -> None:
    backup.hold(catalog, path, point, "Case 12", Context())
    gone(held(store, point))
    Path(store.url, layout.release(point)).write_text(f'{{"point_id": "{point}", "seal": "{"0" * 64}"}}')
    backup.refresh(catalog, store, Context())
    assert backup.find_point(catalog, path, point, Context()).held == "Case 12"


@pytest.mark.parametrize("damage", [garbage, flip])
def test_a_damaged_proof_is_told(
    catalog: Catalog, path: Path, store: Store, point: str, damage: Callable[[Path], None]
) -> None:
    with reached(catalog, store, Context()) as found:
        at = clock.to_text(clock.now())
        name = records.write_proof(found.store, point, at, ProofState.PROVEN, {"by": "drill"}, Context())
        noticed = damage is garbage or found.readable
    assert problems(catalog, path) == ()
    damage(Path(store.url, name))
    told = problems(catalog, path)
    assert [name in each for each in told] == [True] * noticed


def test_a_copy_of_the_ledger_that_is_missing_is_told_and_written_anew(
    catalog: Catalog, path: Path, store: Store, point: str, tmp_path: Path
) -> None:
    key = own_key(open_secrets(catalog.directory), store.database_id)
    Ledger(catalog, store.database_id, key).erase(path, "visit", "id = 1", at=clock.to_text(clock.now()))
    with reached(catalog, store, Context()) as found:
        ledger.put(catalog, found, store.database_id, Context())
    assert problems(catalog, path) == ()
    for copy in Path(store.url, "ledger").iterdir():
        copy.unlink()
    (told,) = problems(catalog, path)
    assert told.startswith("1 copy of the erasure ledger was not in the store any more")
    assert problems(catalog, path) == ()
    if store.encryption.value == "none":
        (tmp_path / "another").mkdir()
        with open_catalog(tmp_path / "another") as other:
            new = backup.connect(other, path, store.url, Context(), same=True)
            with reached(other, new, Context()) as found:
                assert ledger.put(other, found, new.database_id, Context()) is False
