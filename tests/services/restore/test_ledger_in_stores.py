"""The copies of the erasure ledger in a store: nobody without its keys adds one, or takes one away unnoticed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from builders.erasing import Ledger
from builders.guarded import Guarded, guarded
from steward_app.catalog import Catalog, erasure, open_catalog
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.services import backup, restore
from steward_app.services.backup.connect import Opened, opened
from steward_app.services.backup.ledger import put, take_in
from steward_app.services.backup.store import sealing
from steward_app.services.backup.store.keys import Unlocking
from steward_app.services.erasure import export_ledger, next_copy, own_key
from steward_app.storage.secrets import open_secrets


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Guarded]:
    with guarded(tmp_path, encrypted=True) as here:
        here.captures(1)
        yield here


def erase(here: Guarded, catalog: Catalog, number: int) -> None:
    known_as = here.store.database_id
    ledger = Ledger(catalog, known_as, own_key(open_secrets(catalog.directory), known_as))
    ledger.erase(here.path, "visit", f"id = {number}", at=clock.to_text(clock.now()))


def said(here: Guarded, catalog: Catalog | None = None, *, readable: bool = True) -> bool:
    """Have a computer put what it knows into the store."""
    catalog = catalog or here.catalog
    with reached(here, catalog) as found:
        return put(
            catalog,
            found if readable else replace(found, identity=None),
            here.store.database_id,
            Context(),
        )


@contextmanager
def reached(here: Guarded, catalog: Catalog) -> Iterator[Opened]:
    assert here.keys is not None
    given = Unlocking(key=here.keys.identity.reveal())
    with opened(catalog, here.store.url, Context(), given=given, to_read=True) as found:
        yield found


@contextmanager
def another(here: Guarded, folder: Path) -> Iterator[Catalog]:
    """Another computer, which knows nothing."""
    folder.mkdir(exist_ok=True)
    with open_catalog(folder) as catalog:
        yield catalog


def learnt(here: Guarded, folder: Path) -> int:
    """How many erasures a new computer learns of from the store."""
    with another(here, folder) as catalog, reached(here, catalog) as found:
        try:
            return take_in(catalog, found, here.store.database_id, Context())
        finally:
            with catalog.reading() as session:
                told = list(erasure.every(session, here.store.database_id))
            assert all(entry.operation_id != "planted" for entry in told)


def copies(here: Guarded) -> list[Path]:
    return sorted((here.folder / "ledger").iterdir())


def _planted(here: Guarded, folder: Path, name: Callable[[str], str]) -> Path:
    """A copy by somebody who may write to the store's place and knows its recipients, and nothing else."""
    with another(here, folder) as catalog:
        secrets = open_secrets(catalog.directory)
        erase(here, catalog, 50)
        data = export_ledger(catalog, secrets, here.store.database_id)
        start = next_copy(catalog, here.store.database_id, [each.name for each in copies(here)], again=True)
        assert data
        assert start
        with reached(here, catalog) as found:
            target = here.folder / name(start.removesuffix(".json"))
            target.write_bytes(sealing.seal(data, found.store))
    return target


NAMES: dict[str, Callable[[str], str]] = {
    "as it was before there were marks": lambda start: f"{start}.json.age",
    "with a mark by chance": lambda start: f"{start}-{'5' * 32}.json.age",
    "far ahead": lambda start: f"ledger/99999999-{start[-32:]}-{'5' * 32}.json.age",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_planted_copy_is_told_and_not_taken_in(
    here: Guarded, tmp_path: Path, name: Callable[[str], str]
) -> None:
    erase(here, here.catalog, 1)
    assert said(here)
    planted = _planted(here, tmp_path / "thief", name)
    with pytest.raises(Failure, match="was not written by a computer that has the keys") as raised:
        learnt(here, tmp_path / "new")
    assert raised.value.code is ErrorCode.VERIFY_FAILED
    target = tmp_path / "restored.db"
    with pytest.raises(Failure, match="nobody can tell which people were erased"):
        restore.plan_restore(here.catalog, here.path, here.known()[0].id, Context(), to=target)
    erase(here, here.catalog, 2)
    (visit,) = backup.go_round(here.catalog, here.path, Context())
    assert visit.point
    assert "was not written by a computer" in visit.problem
    planted.unlink()
    assert [path.name[:8] for path in copies(here)] == ["00000001", "00000002"]
    assert learnt(here, tmp_path / "new") == 1  # the first it knows already
    assert learnt(here, tmp_path / "newer") == 2


def test_a_copy_under_another_name_or_of_another_store_is_none(here: Guarded, tmp_path: Path) -> None:
    erase(here, here.catalog, 1)
    said(here)
    (first,) = copies(here)
    erase(here, here.catalog, 2)
    said(here)
    again = first.rename(first.with_name(first.name.replace("00000001", "00000007")))
    with pytest.raises(Failure, match="was not written by"):
        learnt(here, tmp_path / "new")
    again.unlink()
    assert learnt(here, tmp_path / "newer") == 2


def test_what_is_taken_away_is_missed_or_not_needed(here: Guarded, tmp_path: Path) -> None:
    for number in (1, 2, 3):
        erase(here, here.catalog, number)
        assert said(here)
    first, second, third = copies(here)
    second.unlink()  # the third says what it said
    first.unlink()
    assert learnt(here, tmp_path / "one") == 3
    kept = third.read_bytes()
    third.unlink()
    with another(here, tmp_path / "two") as knows_nothing, reached(here, knows_nothing) as found:
        assert take_in(knows_nothing, found, here.store.database_id, Context()) == 0  # nobody can notice
    assert said(here)  # but who has seen it: it is said anew, once
    assert not said(here)
    (fourth,) = copies(here)
    assert fourth.name.startswith("00000004-")
    assert learnt(here, tmp_path / "three") == 3
    third.write_bytes(kept)
    assert learnt(here, tmp_path / "four") == 3


def test_a_gap_that_no_other_copy_fills_is_told(here: Guarded, tmp_path: Path) -> None:
    for number in (1, 2):
        erase(here, here.catalog, number)
        assert said(here)
    with another(here, tmp_path / "makes backups only") as other:
        erase(here, other, 3)
        assert said(here, other, readable=False)
        assert not said(here, other, readable=False)
        assert [path.name[:8] for path in copies(here)] == ["00000001", "00000002", "00000003"]
        _, second, _ = copies(here)
        second.unlink()
        with pytest.raises(Failure, match="Copy 2 of the erasure ledger is not in the store"):
            learnt(here, tmp_path / "new")
        assert said(here)  # the computer that wrote it does so again
        assert not said(here, other, readable=False)
        assert not said(here)
        assert learnt(here, tmp_path / "newer") == 3


def test_copies_from_before_there_were_marks_count_when_a_known_computer_signed_them(
    here: Guarded, tmp_path: Path
) -> None:
    for number in (1, 2):
        erase(here, here.catalog, number)
        secrets, known_as = open_secrets(here.catalog.directory), here.store.database_id
        with reached(here, here.catalog) as found:
            name = next_copy(
                here.catalog, known_as, [f"ledger/{path.name}" for path in copies(here)] if number > 1 else []
            )
            data = export_ledger(here.catalog, secrets, known_as)
            assert name
            assert data
            found.store.objects.put(f"{name}.age", sealing.seal(data, found.store))
    with pytest.raises(Failure, match="was not written by"):
        learnt(here, tmp_path / "new")
    assert said(here)
    assert not said(here)
    assert len(copies(here)) == 3
    assert learnt(here, tmp_path / "newer") == 2
    for old in copies(here)[:2]:
        old.unlink()
    assert learnt(here, tmp_path / "newest") == 2
