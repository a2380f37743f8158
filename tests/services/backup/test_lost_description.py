"""A store whose description is lost: nothing of it is overwritten, and nothing is said of its points."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from builders.stores import UnsyncedDisk
from steward_app.catalog import Catalog
from steward_app.catalog.points import PointState
from steward_app.catalog.stores import Store
from steward_app.kernel.errors import ErrorCode, Failure, Refused
from steward_app.kernel.progress import Context
from steward_app.kernel.secret import Secret
from steward_app.services import backup
from steward_app.services.backup.capture import capture
from steward_app.services.backup.connect import connect, reached
from steward_app.services.backup.init import init_store
from steward_app.services.backup.store import layout
from steward_app.services.backup.store.keys import KeyMode, NewKeys, Unlocking, make_keys
from steward_app.services.backup.verify_store import verify_store
from steward_app.storage.disk import using

OURS = Secret("correct horse")


def _passphrase(text: Secret) -> NewKeys:
    return make_keys(KeyMode.PASSPHRASE, passphrase=text, sheet=False)


def _bytes_in(place: Path) -> dict[Path, bytes]:
    return {each: each.read_bytes() for each in place.rglob("*") if each.is_file()}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return a_database(tmp_path, "riverside.db").with_table("t", "a", rows=[(1,)]).build()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def store(catalog: Catalog, path: Path, place: Path) -> Store:
    with using(UnsyncedDisk()):
        made, _ = init_store(catalog, path, str(place), Context(), new_keys=_passphrase(OURS))
        capture(catalog, path, made, Context(), reason="by hand", contents=True)
    return made


def test_no_new_store_is_made_over_one_whose_description_is_lost(
    catalog: Catalog, path: Path, place: Path, store: Store
) -> None:
    description = place / layout.DESCRIPTOR
    kept = description.read_bytes()
    description.unlink()
    before = _bytes_in(place)
    for keys in (_passphrase(Secret("another")), None):
        with pytest.raises(Refused, match=r"lies a backup store whose “store\.json” is gone"):
            init_store(catalog, path, str(place), Context(), name="again", new_keys=keys)
        assert _bytes_in(place) == before
    description.write_bytes(kept)
    with reached(catalog, store, Context(), given=Unlocking(passphrase=OURS), to_read=True) as found:
        assert found.readable


@pytest.mark.parametrize("left", ["keys", "points"])
def test_whatever_is_left_of_a_store_keeps_a_new_one_away(
    catalog: Catalog, path: Path, place: Path, store: Store, left: str
) -> None:
    for each in _bytes_in(place):
        if each.relative_to(place).parts[0] != left:
            each.unlink()
    before = _bytes_in(place)
    assert before
    with pytest.raises(Refused, match="lies a backup store"):
        init_store(catalog, path, str(place), Context(), name="again", new_keys=_passphrase(OURS))
    assert _bytes_in(place) == before


def test_nobody_is_advised_to_make_a_store_where_one_lost_its_description(
    catalog: Catalog, path: Path, place: Path, store: Store
) -> None:
    (place / layout.DESCRIPTOR).unlink()
    with pytest.raises(Failure) as raised:
        connect(catalog, path, str(place), Context(), given=Unlocking(passphrase=OURS))
    assert raised.value.code is ErrorCode.DAMAGED
    assert "“store.json” is not in the store" in raised.value.message
    assert "make a store" not in raised.value.hint


def test_points_of_another_store_are_neither_listed_nor_called_failed(
    catalog: Catalog, path: Path, place: Path, tmp_path: Path
) -> None:
    with using(UnsyncedDisk()):
        store, _ = init_store(catalog, path, str(place), Context(), new_keys=None)
        made = capture(catalog, path, store, Context(), reason="by hand", contents=True)
        other, _ = init_store(catalog, path, str(tmp_path / "other"), Context(), new_keys=None)
    description = place / layout.DESCRIPTOR
    kept = description.read_bytes()
    description.write_bytes((Path(other.url) / layout.DESCRIPTOR).read_bytes())
    backup.disconnect(catalog, path, store.name, Context())
    backup.disconnect(catalog, path, other.name, Context())
    wrong = connect(catalog, path, str(place), Context())
    verdicts, told = verify_store(catalog, wrong, Context())
    assert verdicts == ()
    assert len(told.problems) == 1
    assert "does not belong to the store" in told.problems[0]
    assert not (place / "proofs").exists()
    backup.disconnect(catalog, path, wrong.name, Context())
    description.write_bytes(kept)
    again = connect(catalog, path, str(place), Context())
    (verdict,), told = verify_store(catalog, again, Context())
    assert (verdict.id, verdict.state, told.problems) == (made.point, PointState.CHECKED, ())


@pytest.mark.parametrize("name", ["a.txt", "Summer in Łódź.jpg", "photos/1.jpg"])
def test_no_store_is_mixed_into_a_folder_with_other_files(
    catalog: Catalog, path: Path, place: Path, name: str
) -> None:
    (place / name).parent.mkdir(parents=True)
    (place / name).write_bytes(b"mine")
    with pytest.raises(Refused, match="Other files lie at") as raised:
        init_store(catalog, path, str(place), Context(), new_keys=_passphrase(OURS))
    assert name.partition("/")[0] in raised.value.message
    assert _bytes_in(place) == {place / name: b"mine"}
    init_store(catalog, path, str(place / "store"), Context(), new_keys=None)


def test_what_is_hidden_in_a_folder_is_no_hindrance(catalog: Catalog, path: Path, place: Path) -> None:
    place.mkdir()
    (place / ".DS_Store").write_bytes(b"")
    init_store(catalog, path, str(place), Context(), new_keys=None)
