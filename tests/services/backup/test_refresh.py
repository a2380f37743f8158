"""Looking into a store: the catalog learns what is in it, from names wherever they are enough."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from builders import a_database, steward
from steward_app.catalog import Catalog, open_catalog, points
from steward_app.catalog.points import Point, PointState
from steward_app.catalog.stores import Encryption, Store
from steward_app.db import open_write
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.services.backup.capture import capture
from steward_app.services.backup.connect import connect, reached
from steward_app.services.backup.init import init_store
from steward_app.services.backup.refresh import refresh, refresh_all
from steward_app.services.backup.store import records
from steward_app.services.backup.store.keys import KeyMode, NewKeys, StoreKeys, Unlocking, keep, make_keys
from steward_app.services.backup.store.model import ProofState
from steward_app.storage.secrets import open_secrets


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path, "riverside.db")
        .with_table("visit", "id", rows=[(1,), (2,)])
        .in_wal_mode()
        .build()
    )


@pytest.fixture
def store(catalog: Catalog, path: Path, tmp_path: Path) -> Store:
    return init_store(catalog, path, str(tmp_path / "store"), Context(), new_keys=make_keys(KeyMode.KEY))[0]


def _capture(catalog: Catalog, path: Path, store: Store, times: int = 1) -> list[str]:
    made = []
    for number in range(times):
        with open_write(path) as session, session.transaction(Context()):
            session.run("INSERT INTO visit VALUES (?)", (number,))
        made.append(capture(catalog, path, store, Context(), reason=f"Number {number}", contents=True).point)
    return made


def _known(catalog: Catalog, store: Store) -> dict[str, Point]:
    with catalog.reading() as session:
        return {point.id: point for point in points.of_database(session, store.database_id)}


def _forget_points(catalog: Catalog, store: Store) -> None:
    with catalog.unit() as unit:
        for point in _known(catalog, store):
            points.delete(unit, point)
        unit.commit()


def test_a_lost_catalog_learns_every_point_again(catalog: Catalog, path: Path, store: Store) -> None:
    _capture(catalog, path, store, 2)
    before = _known(catalog, store)
    _forget_points(catalog, store)
    now = refresh(catalog, store, Context())
    assert _known(catalog, store) == before
    assert now.size_bytes > 0


def test_without_the_private_key_the_list_is_whole_and_only_reasons_are_unknown(
    catalog: Catalog, path: Path, store: Store, tmp_path: Path
) -> None:
    _capture(catalog, path, store, 2)
    before = _known(catalog, store)
    with reached(catalog, store, Context()) as found:
        assert found.identity is not None
        key = found.identity.reveal()
    (tmp_path / "new").mkdir()
    with open_catalog(tmp_path / "new") as other:
        again = connect(other, path, store.url, Context(), given=Unlocking(key=key), same=True)
        refresh(other, again, Context())
        unknown = {"reason": "", "operation_id": "", "source_path": Path(), "tables": (), "computer": ""}
        assert _known(other, again) == {name: replace(point, **unknown) for name, point in before.items()}


def test_proofs_and_holds_are_learnt_from_their_names(catalog: Catalog, path: Path, store: Store) -> None:
    first, second = _capture(catalog, path, store, 2)
    with reached(catalog, store, Context()) as found:
        for number, state in enumerate((ProofState.CHECKED, ProofState.PROVEN)):
            at = f"2026-11-20T10:0{number}:00.000Z"
            records.write_proof(found.store, first, at, state, {}, Context())
        records.write_proof(found.store, second, at, ProofState.FAILED, {}, Context())
        records.write_hold(found.store, first, {"why": "A court asked"}, Context())
    refresh(catalog, store, Context())
    known = _known(catalog, store)
    assert (known[first].state, known[first].state_at, bool(known[first].held)) == (
        PointState.PROVEN,
        at,
        True,
    )
    assert (known[second].state, known[second].held) == (PointState.FAILED, "")
    with reached(catalog, store, Context()) as found:
        records.release(found.store, first, at, Context())
    refresh(catalog, store, Context())
    assert _known(catalog, store)[first].held == ""


def test_a_point_that_should_be_there_and_is_not_is_missing_until_it_is_back(
    catalog: Catalog, path: Path, store: Store, tmp_path: Path
) -> None:
    (point,) = _capture(catalog, path, store)
    (manifest,) = (tmp_path / "store" / "points").iterdir()
    away = manifest.rename(tmp_path / manifest.name)
    refresh(catalog, store, Context())
    assert _known(catalog, store)[point].state is PointState.MISSING
    away.rename(manifest)
    refresh(catalog, store, Context())
    assert _known(catalog, store)[point].state is PointState.TAKEN


def test_a_point_that_was_thinned_out_elsewhere_goes_from_the_list(
    catalog: Catalog, path: Path, store: Store, tmp_path: Path
) -> None:
    old, new = _capture(catalog, path, store, 2)
    with catalog.unit() as unit:
        aged = replace(_known(catalog, store)[old], made_at="2020-01-01T00:00:00.000Z")
        points.replace(unit, aged)
        unit.commit()
    next(each for each in (tmp_path / "store" / "points").iterdir() if old in each.name).unlink()
    refresh(catalog, store, Context())
    assert set(_known(catalog, store)) == {new}


def test_a_manifest_that_is_damaged_is_listed_as_failed(
    catalog: Catalog, path: Path, store: Store, tmp_path: Path
) -> None:
    (point,) = _capture(catalog, path, store)
    (manifest,) = (tmp_path / "store" / "points").iterdir()
    manifest.chmod(0o600)
    manifest.write_bytes(manifest.read_bytes().replace(b'"pages":', b'"Pages":'))
    _forget_points(catalog, store)
    refresh(catalog, store, Context())
    assert _known(catalog, store)[point].state is PointState.FAILED


def test_all_stores_are_looked_into_and_a_silent_one_says_why(
    catalog: Catalog, path: Path, store: Store, tmp_path: Path
) -> None:
    other, _ = init_store(catalog, path, str(tmp_path / "other"), Context(), new_keys=None)
    assert other.encryption is Encryption.NONE
    (tmp_path / "other").rename(tmp_path / "unplugged")
    problems = {each.name: bool(each.problem) for each in refresh_all(catalog, path, Context())}
    assert problems == {"store": False, "other": True}
    with pytest.raises(Failure) as raised:
        refresh(catalog, other, Context())
    assert raised.value.code is ErrorCode.STORE_MISSING
    (tmp_path / "unplugged").rename(tmp_path / "other")
    assert [each.problem for each in refresh_all(catalog, path, Context())] == ["", ""]


def test_another_computer_is_named_and_what_a_missing_key_hid_is_learnt_with_it(
    catalog: Catalog, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = make_keys(KeyMode.KEY)
    store = init_store(catalog, path, str(tmp_path / "shared"), Context(), new_keys=new, keep_key=False)[0]
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr("socket.gethostname", lambda: "ward-3")
        (made,) = _capture(catalog, path, store)
    before = _known(catalog, store)[made]
    assert before.computer == "ward-3"
    _forget_points(catalog, store)
    refresh(catalog, store, Context())  # without the private key
    hidden = _known(catalog, store)[made]
    assert (hidden.computer, hidden.reason, hidden.tables) == ("", "", ())
    assert "not known without the private key" in steward("backup", "list", path).out
    keep(open_secrets(catalog.directory), store.id, _keys(store, new), identity=True)
    refresh(catalog, store, Context())
    assert _known(catalog, store)[made] == before
    assert "Number 0, on ward-3" in steward("backup", "list", path).out


def _keys(store: Store, new: NewKeys) -> StoreKeys:
    return StoreKeys(store.id, new.recipients, new.naming_key, new.identity)
