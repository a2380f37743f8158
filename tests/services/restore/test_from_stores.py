"""Points in stores come back as whole-file points do: to a new file, in place, exported; and on a new computer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from builders import a_database
from builders.erasing import Ledger
from steward_app.catalog import Catalog, identity, journal, open_catalog
from steward_app.catalog.stores import Store
from steward_app.db import open_read, open_write
from steward_app.db.image import same_image
from steward_app.kernel import clock
from steward_app.kernel.errors import Cancelled, ErrorCode, Failure, StewardError
from steward_app.kernel.plan import Plan
from steward_app.kernel.progress import Context, Progress
from steward_app.kernel.receipt import Receipt
from steward_app.services import backup, restore
from steward_app.services.backup.capture import capture
from steward_app.services.backup.connect import opened, reached
from steward_app.services.backup.init import init_store
from steward_app.services.backup.ledger import put, take_in
from steward_app.services.backup.store.keys import KeyMode, NewKeys, Unlocking, make_keys
from steward_app.services.erasure import LedgerKey, own_key
from steward_app.services.operation import Confirmation
from steward_app.storage.secrets import open_secrets

ROWS = [(n, f"Person number {n}") for n in range(1, 41)]
every_store = pytest.mark.parametrize("kind", ["none", "age"])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path, "riverside.db")
        .with_table("patient", "id INTEGER PRIMARY KEY, name", rows=ROWS)
        .in_wal_mode()
        .build()
    )


def computer(folder: Path) -> Catalog:
    """Another computer, which knows nothing yet."""
    folder.mkdir()
    return open_catalog(folder)


def captured(catalog: Catalog, path: Path, store: Store, copy: Path | None = None) -> str:
    if copy is not None:
        copy.write_bytes(path.read_bytes())
    return capture(catalog, path, store, Context(), contents=True).point


def write(path: Path, sql: str) -> None:
    with open_write(path) as session, session.transaction():
        session.run(sql)


def names(path: Path) -> list[object]:
    with open_read(path) as session:
        return [name for (name,) in session.execute("SELECT name FROM patient ORDER BY id")]


def given(new_keys: NewKeys | None) -> Unlocking | None:
    return Unlocking(key=new_keys.identity.reveal()) if new_keys else None


def restored(catalog: Catalog, path: Path, point: str, to: Path | None = None) -> tuple[Plan, Receipt]:
    plan = restore.plan_restore(catalog, path, point, Context(), to=to)
    return plan, restore.restore(catalog, plan, Context(), Confirmation.of(plan))


@every_store
def test_every_point_comes_back_as_it_was(catalog: Catalog, path: Path, store: Store, tmp_path: Path) -> None:
    first = captured(catalog, path, store, tmp_path / "first")
    write(path, "UPDATE patient SET name = 'changed' WHERE id = 3")
    second = captured(catalog, path, store, tmp_path / "second")
    write(path, "DELETE FROM patient")
    for point, name in ((first, "first"), (second, "second")):
        target = tmp_path / f"{name}.restored.db"
        plan, receipt = restored(catalog, path, point, target)
        assert not plan.needs_confirmation
        assert target.read_bytes() == (tmp_path / name).read_bytes()
        assert target.stat().st_mode & 0o077 == 0
        assert receipt.result == {"point": point, "file": str(target), "compared": "1 table, 40 rows"}
        exported = tmp_path / f"{name}.exported.db"
        plan = restore.plan_export(catalog, path, point, exported, Context())
        receipt = restore.restore(catalog, plan, Context())
        assert (receipt.operation, receipt.sentence) == ("backup.export", f"Exported to “{exported.name}”")
        assert exported.read_bytes() == target.read_bytes()


@every_store
def test_in_place_with_a_rehearsal_and_back(catalog: Catalog, path: Path, store: Store) -> None:
    point = captured(catalog, path, store)
    write(path, "DELETE FROM patient WHERE id > 10")
    plan = restore.plan_restore(catalog, path, point, Context())
    assert [(c.table, c.rows_before, c.rows_after) for c in plan.changes] == [("patient", 10, 40)]
    rehearsal = restore.rehearse(catalog, plan, Context())
    assert rehearsal.passed
    assert len(names(path)) == 10
    receipt = restore.restore(catalog, plan, Context(), Confirmation.of(plan))
    assert names(path) == [name for _, name in ROWS]
    restored(catalog, path, receipt.restore_point)
    assert len(names(path)) == 10


def test_a_database_that_is_gone_is_made_anew_at_its_place(
    catalog: Catalog, path: Path, tmp_path: Path
) -> None:
    store, _ = init_store(catalog, path, str(tmp_path / "store"), Context(), new_keys=None)
    point = captured(catalog, path, store)
    known_as = backup.database_id(catalog, path, Context())
    path.unlink()
    restored(catalog, path, point)
    assert names(path) == [name for _, name in ROWS]
    assert backup.database_id(catalog, path, Context()) == known_as


def test_another_page_size_comes_back_as_a_new_file_only(
    catalog: Catalog, path: Path, tmp_path: Path
) -> None:
    store, _ = init_store(catalog, path, str(tmp_path / "store"), Context(), new_keys=None)
    point = captured(catalog, path, store)
    with open_write(path) as session:
        session.run("PRAGMA journal_mode = DELETE")
        session.run("PRAGMA page_size = 8192")
        session.run("VACUUM")
    plan = restore.plan_restore(catalog, path, point, Context())
    assert [finding.code for finding in plan.blocking] == ["other_page_size"]
    restored(catalog, path, point, tmp_path / "new.db")


def test_a_database_of_zero_bytes_comes_back(catalog: Catalog, tmp_path: Path) -> None:
    empty = tmp_path / "empty.db"
    empty.write_bytes(b"")
    store, _ = init_store(catalog, empty, str(tmp_path / "store"), Context(), new_keys=None)
    point = captured(catalog, empty, store)
    restored(catalog, empty, point, tmp_path / "new.db")
    assert (tmp_path / "new.db").read_bytes() == b""


@every_store
def test_a_new_computer_needs_the_store_and_a_key_alone(
    catalog: Catalog, path: Path, store: Store, new_keys: NewKeys | None, tmp_path: Path
) -> None:
    first = captured(catalog, path, store, tmp_path / "first")
    write(path, "DELETE FROM patient WHERE id = 1")
    captured(catalog, path, store, tmp_path / "second")
    with computer(tmp_path / "another") as other:
        listed = backup.list_in_store(other, store.url, Context())
        assert [point.id for point in listed][1:] == [first]
        for point, copy in (("", "second"), (first, "first")):
            target = tmp_path / f"{copy}.db"
            plan = restore.plan_restore_from_store(
                other, store.url, Context(), to=target, point=point, given=given(new_keys)
            )
            restore.restore(other, plan, Context(), given=given(new_keys))
            assert target.read_bytes() == (tmp_path / copy).read_bytes()
        assert backup.database_id(other, tmp_path / "second.db", Context()) == store.database_id
        assert backup.database_id(other, tmp_path / "first.db", Context()) != store.database_id
        with other.reading() as session:
            assert not [e for e in journal.events(session) if "SECRET" in str(e.data)]


def test_where_the_database_is_known_a_restored_copy_does_not_take_its_place(
    catalog: Catalog, path: Path, tmp_path: Path
) -> None:
    store, _ = init_store(catalog, path, str(tmp_path / "store"), Context(), new_keys=None)
    captured(catalog, path, store)
    plan = restore.plan_restore_from_store(catalog, store.url, Context(), to=tmp_path / "copy.db")
    restore.restore(catalog, plan, Context())
    with catalog.reading() as session:
        assert identity.get(session, store.database_id).path == path


@pytest.mark.parametrize("kind", ["age"])
def test_without_the_key_the_fingerprint_is_told(
    catalog: Catalog, path: Path, store: Store, new_keys: NewKeys, tmp_path: Path
) -> None:
    captured(catalog, path, store)
    with computer(tmp_path / "another") as other:
        for key, code in ((None, ErrorCode.NEEDS_KEY), (make_keys(KeyMode.KEY), ErrorCode.WRONG_KEY)):
            with pytest.raises(Failure) as raised:
                restore.plan_restore_from_store(
                    other, store.url, Context(), to=tmp_path / "new.db", given=given(key)
                )
            assert raised.value.code is code
            assert new_keys.identity.fingerprint in raised.value.message
    assert not (tmp_path / "new.db").exists()


def test_a_store_of_another_database_is_refused(catalog: Catalog, path: Path, tmp_path: Path) -> None:
    store, _ = init_store(catalog, path, str(tmp_path / "store"), Context(), new_keys=None)
    point = captured(catalog, path, store)
    other = a_database(tmp_path, "other.db").with_table("u", "b").build()
    theirs, _ = init_store(catalog, other, str(tmp_path / "theirs"), Context(), new_keys=None)
    (tmp_path / "store").rename(tmp_path / "ours")
    (tmp_path / "theirs").rename(tmp_path / "store")
    with pytest.raises(StewardError) as raised:
        restored(catalog, path, point, tmp_path / "new.db")
    assert raised.value.code is ErrorCode.WHICH_DATABASE
    assert theirs.database_id != store.database_id
    assert not (tmp_path / "new.db").exists()


def _flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 4
    file.chmod(0o600)
    file.write_bytes(bytes(data))


@every_store
@pytest.mark.parametrize("harm", [_flip, Path.unlink])
@pytest.mark.parametrize("folder", ["packs", "maps", "points"])
def test_what_is_damaged_is_named_and_nothing_is_left_at_the_target(
    catalog: Catalog, path: Path, store: Store, tmp_path: Path, harm: Callable[[Path], None], folder: str
) -> None:
    point = captured(catalog, path, store)
    plan = restore.plan_restore(catalog, path, point, Context(), to=tmp_path / "new.db")
    (file,) = (each for each in (tmp_path / "store" / folder).rglob("*") if each.is_file())
    harm(file)
    with pytest.raises(StewardError) as raised:
        restore.restore(catalog, plan, Context())
    assert point in raised.value.message
    assert raised.value.hint
    assert not [each for each in tmp_path.iterdir() if each.name.startswith(("new", ".steward"))]
    assert not list(catalog.scratch.iterdir())


def test_damaged_details_keep_no_data_back(catalog: Catalog, path: Path, tmp_path: Path) -> None:
    store, _ = init_store(catalog, path, str(tmp_path / "store"), Context(), new_keys=None)
    point = captured(catalog, path, store)
    (details,) = (each for each in (tmp_path / "store" / "details").rglob("*") if each.is_file())
    _flip(details)
    restored(catalog, path, point, tmp_path / "new.db")
    assert same_image(tmp_path / "new.db", path, Context())


def test_a_cancel_leaves_nothing(catalog: Catalog, path: Path, tmp_path: Path) -> None:
    store, _ = init_store(catalog, path, str(tmp_path / "store"), Context(), new_keys=None)
    plan = restore.plan_restore(
        catalog, path, captured(catalog, path, store), Context(), to=tmp_path / "new.db"
    )

    def stop(told: Progress) -> None:
        if told.unit == "pages":
            context.cancel()

    context = Context(stop)
    with pytest.raises(Cancelled):
        restore.restore(catalog, plan, context)
    assert not (tmp_path / "new.db").exists()


# Erasures


@pytest.fixture
def ledger(catalog: Catalog, store: Store) -> Ledger:
    return Ledger(catalog, store.database_id, own_key(open_secrets(), store.database_id))


def erase(ledger: Ledger, path: Path, where_sql: str) -> None:
    ledger.erase(path, "patient", where_sql, at=clock.to_text(clock.now()))


@every_store
def test_nobody_comes_back_by_any_way(
    catalog: Catalog, path: Path, store: Store, ledger: Ledger, tmp_path: Path
) -> None:
    point = captured(catalog, path, store)
    erase(ledger, path, "id = 7")
    for target in (tmp_path / "new.db", tmp_path / "exported.db"):
        plan = (
            restore.plan_restore(catalog, path, point, Context(), to=target)
            if target.stem == "new"
            else restore.plan_export(catalog, path, point, target, Context())
        )
        assert any("erased since then" in each for each in plan.sentences)
        receipt = restore.restore(catalog, plan, Context())
        assert receipt.checks[-1].title == "Erased rows brought back: 0"
        assert b"Person number 7" not in target.read_bytes()
        assert len(names(target)) == 39
    with restore.point_image(catalog, path, point, Context()) as then:
        assert b"Person number 7" not in then.path.read_bytes()
    restored(catalog, path, point)
    assert len(names(path)) == 39


@every_store
def test_a_new_computer_learns_from_the_store_who_was_erased(
    catalog: Catalog, path: Path, store: Store, ledger: Ledger, new_keys: NewKeys | None, tmp_path: Path
) -> None:
    point = captured(catalog, path, store)
    erase(ledger, path, "id = 7")
    with reached(catalog, store, Context(), to_read=True) as found:
        assert put(catalog, found, store.database_id, Context())
        assert not put(catalog, found, store.database_id, Context())
    with computer(tmp_path / "another") as other:
        target = tmp_path / "new.db"
        plan = restore.plan_restore_from_store(
            other, store.url, Context(), to=target, point=point, given=given(new_keys)
        )
        assert any("1 row was erased since then" in each for each in plan.sentences)
        restore.restore(other, plan, Context(), given=given(new_keys))
        assert b"Person number 7" not in target.read_bytes()


def test_two_machines_unite_their_ledgers_and_old_damage_does_not_matter(
    catalog: Catalog, path: Path, tmp_path: Path
) -> None:
    store, _ = init_store(catalog, path, str(tmp_path / "store"), Context(), new_keys=None)
    captured(catalog, path, store)
    known_as = store.database_id
    erase(Ledger(catalog, known_as, own_key(open_secrets(), known_as)), path, "id = 7")
    with computer(tmp_path / "another") as other, opened(other, store.url, Context()) as found:
        key = own_key(open_secrets(other.directory), known_as)
        assert isinstance(key, LedgerKey)
        erase(Ledger(other, known_as, key), path, "id = 8")
        assert put(catalog, found, known_as, Context())
        assert put(other, found, known_as, Context())
        assert take_in(catalog, found, known_as, Context()) == 1
    first, second = sorted((tmp_path / "store" / "ledger").iterdir())
    _flip(first)
    with computer(tmp_path / "third") as third, opened(third, store.url, Context()) as found:
        assert take_in(third, found, known_as, Context()) == 2
    _flip(second)
    unknown = pytest.raises(Failure, match="nobody can tell which people were erased")
    with computer(tmp_path / "fourth") as fourth, unknown:
        restore.plan_restore_from_store(fourth, store.url, Context(), to=tmp_path / "new.db")
