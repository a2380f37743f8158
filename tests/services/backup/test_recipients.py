"""Keys that are let into a store and shut out: every key that is listed opens every point that is made after."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from builders import a_database
from builders.erasing import Ledger
from builders.points import at_time
from steward_app.catalog import Catalog, erasure, journal, open_catalog
from steward_app.catalog.points import PointState
from steward_app.catalog.stores import Store
from steward_app.db import open_write
from steward_app.db.image import same_image
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, Failure, Refused, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.secret import Secret
from steward_app.services import backup, restore
from steward_app.services.backup import recipients
from steward_app.services.backup.connect import reached
from steward_app.services.backup.init import init_store
from steward_app.services.backup.recipients import list_recipients
from steward_app.services.backup.recipients_told import Recipient
from steward_app.services.backup.store import layout, reader
from steward_app.services.backup.store.keys import KeyMode, NewKeys, Unlocking, make_keys
from steward_app.services.erasure import own_key
from steward_app.services.operation import Confirmation
from steward_app.storage import age
from steward_app.storage.age import Identity
from steward_app.storage.objects import ObjectStore
from steward_app.storage.objects.folder import FolderStore
from steward_app.storage.objects.opening import wrapping
from steward_app.storage.secrets import open_secrets

T = TypeVar("T")

NEW = Identity(Secret("AGE-SECRET-KEY-1J0SEH5GDLYLVLA8TGQSVJX9JP2FEYE6F88PLX45Q9YNY337K0AUSMY34Z5"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    rows = [(n, "x" * 500) for n in range(200)]
    return (
        a_database(tmp_path, "riverside.db")
        .with_table("visit", "id INTEGER PRIMARY KEY, note", rows=rows)
        .build()
    )


@pytest.fixture
def own() -> NewKeys:
    return make_keys(KeyMode.KEY, sheet=False)


@pytest.fixture
def store(catalog: Catalog, path: Path, tmp_path: Path, own: NewKeys) -> Store:
    made, _ = init_store(catalog, path, str(tmp_path / "store"), Context(), new_keys=own)
    go(catalog, path)
    return made


def go(catalog: Catalog, path: Path) -> str:
    """Bring the stores up to date; the id of the point that holds the database now."""
    (visit,) = backup.go_round(catalog, path, Context())
    assert not visit.problem, visit.problem
    return visit.point


def write(path: Path, row: int) -> None:
    with open_write(path) as session, session.transaction(Context()):
        session.run("UPDATE visit SET note = ? WHERE id = ?", (f"changed {row}" * 40, row))


def let_in(catalog: Catalog, path: Path, store: Store, key: str = NEW.public_key) -> None:
    plan = recipients.plan_add_recipient(catalog, path, store, key, Context())
    recipients.change_recipients(catalog, plan, Context(), Confirmation.of(plan))


def shut_out(catalog: Catalog, path: Path, store: Store, key: str = NEW.public_key) -> None:
    plan = recipients.plan_remove_recipient(catalog, path, store, key, Context())
    recipients.change_recipients(catalog, plan, Context(), Confirmation.of(plan))


def opens(store: Store, name: str, key: Identity) -> bool:
    """Whether a key opens an object, by age alone."""
    try:
        age.decrypt((Path(store.url) / name).read_bytes(), key, name=name)
    except Failure as error:
        assert error.code is ErrorCode.WRONG_KEY
        return False
    return True


def opened_by(catalog: Catalog, store: Store, key: Identity) -> set[str]:
    """The points of which a key opens every object that is named."""
    with reached(catalog, store, Context()) as found:
        listing = reader.points(found.store, Context())
    assert not listing.damaged
    return {
        each.manifest.id
        for each in listing.points
        if all(opens(store, name, key) for name in each.manifest.objects)
    }


def told(catalog: Catalog, store: Store, key: Identity = NEW) -> Recipient:
    return next(each for each in list_recipients(catalog, store, Context()) if each.id == key.public_key)


def test_a_key_that_is_let_in_opens_every_point_made_after_and_none_before(
    catalog: Catalog, path: Path, store: Store, own: NewKeys, tmp_path: Path
) -> None:
    write(path, 1)
    before = go(catalog, path)
    let_in(catalog, path, store)
    assert opens(store, layout.NAMING_KEY, NEW)
    assert opened_by(catalog, store, NEW) == set()
    assert (told(catalog, store).opens, told(catalog, store).points, told(catalog, store).since) == (0, 2, "")
    after = {go(catalog, path)}  # nothing was written to the database, and a point is made all the same
    for row in range(2, 6):
        write(path, row)
        after.add(go(catalog, path))
    assert before not in after
    assert go(catalog, path) in after
    assert opened_by(catalog, store, NEW) == after
    assert opened_by(catalog, store, own.identity) > after
    assert (told(catalog, store).opens, told(catalog, store).points) == (5, 7)
    assert told(catalog, store, own.identity).opens == 7

    (tmp_path / "colleague").mkdir()
    with open_catalog(tmp_path / "colleague") as theirs:
        for point in after:
            out = tmp_path / f"{point}.db"
            given = Unlocking(key=NEW.reveal())
            plan = restore.plan_restore_from_store(
                theirs, store.url, Context(), to=out, point=point, given=given
            )
            restore.restore(theirs, plan, Context(), given=given)
            assert out.stat().st_size == path.stat().st_size
        assert len(backup.list_in_store(theirs, store.url, Context(), given)) == 7
        with pytest.raises(Failure) as closed:
            restore.plan_restore_from_store(
                theirs, store.url, Context(), to=tmp_path / "no.db", point=before, given=given
            )
        assert closed.value.code is ErrorCode.WRONG_KEY


def test_the_points_after_share_packs_again(
    catalog: Catalog, path: Path, store: Store, tmp_path: Path
) -> None:
    let_in(catalog, path, store)
    go(catalog, path)
    packs = len(list((tmp_path / "store/packs").rglob("*.age")))
    write(path, 3)
    go(catalog, path)
    with reached(catalog, store, Context()) as found:
        *_, base, newest = reader.points(found.store, Context()).points
    assert set(base.manifest.packs) < set(newest.manifest.packs)
    assert len(list((tmp_path / "store/packs").rglob("*.age"))) == packs + 1
    assert newest.manifest.new_bytes < base.manifest.new_bytes


def test_plain_points_open_too(catalog: Catalog, path: Path, store: Store) -> None:
    backup.create_plain(catalog, path, store, Context())
    let_in(catalog, path, store)
    backup.create_plain(catalog, path, store, Context())
    assert len(opened_by(catalog, store, NEW)) == 1
    backup.verify_store(catalog, store, Context(), prove=True)
    states = {point.state for point in backup.list_points(catalog, path, Context())}
    assert states == {PointState.PROVEN}


def test_what_a_killed_writer_sealed_to_the_keys_of_before_is_not_taken_for_the_new_point(
    catalog: Catalog, path: Path, tmp_path: Path, own: NewKeys
) -> None:
    store, _ = init_store(catalog, path, str(tmp_path / "store"), Context(), new_keys=own)
    go(catalog, path)
    for manifest in (tmp_path / "store/points").iterdir():
        manifest.unlink()  # as if it had not come so far
    let_in(catalog, path, store)
    made = go(catalog, path)
    assert made in opened_by(catalog, store, NEW)


class Meanwhile(FolderStore):
    """Does something once, when the first pack was written."""

    def __init__(self, of: ObjectStore, do: Callable[[], None]) -> None:
        super().__init__(Path(of.where))
        self._do: Callable[[], None] | None = do

    def put(self, name: str, data: bytes | Path, context: Context | None = None) -> None:
        super().put(name, data, context)
        if name.startswith("packs/") and self._do:
            do, self._do = self._do, None
            do()


def test_a_writer_that_did_not_know_of_it_makes_no_point(
    catalog: Catalog, path: Path, store: Store, own: NewKeys, tmp_path: Path
) -> None:
    (tmp_path / "another").mkdir()
    with open_catalog(tmp_path / "another") as another:
        given = Unlocking(key=own.identity.reveal())
        same = backup.connect(another, path, store.url, Context(), given=given, same=True)

        def elsewhere() -> None:
            with wrapping(lambda objects: objects):
                let_in(another, path, same)

        write(path, 7)
        with wrapping(lambda objects: Meanwhile(objects, elsewhere)):
            (visit,) = backup.go_round(catalog, path, Context())
    assert "Who can open the store" in visit.problem
    assert len(backup.list_points(catalog, path, Context())) == 1
    made = go(catalog, path)
    assert opened_by(catalog, store, NEW) == {made}


def test_two_keys_let_in_at_different_times(catalog: Catalog, path: Path, store: Store, own: NewKeys) -> None:
    third = Identity.generate()
    let_in(catalog, path, store)
    first = go(catalog, path)
    let_in(catalog, path, store, third.public_key)
    second = go(catalog, path)
    assert opened_by(catalog, store, NEW) == {first, second}
    assert opened_by(catalog, store, third) == {second}
    assert [each.opens for each in list_recipients(catalog, store, Context())] == [3, 2, 1]
    shut_out(catalog, path, store)
    write(path, 4)
    last = go(catalog, path)
    assert opened_by(catalog, store, third) == {second, last}
    assert last not in opened_by(catalog, store, NEW)


def test_a_key_that_is_shut_out_opens_nothing_that_is_written_after(
    catalog: Catalog, path: Path, store: Store, own: NewKeys, tmp_path: Path
) -> None:
    let_in(catalog, path, store)
    before = go(catalog, path)
    written = set((tmp_path / "store").rglob("*.age"))
    shut_out(catalog, path, store)
    write(path, 9)
    after = go(catalog, path)
    assert opened_by(catalog, store, NEW) == {before}
    assert opened_by(catalog, store, own.identity) >= {before, after}
    for each in set((tmp_path / "store").rglob("*.age")) - written:
        name = each.relative_to(tmp_path / "store").as_posix()
        assert opens(store, name, NEW) == (name == layout.NAMING_KEY)
    let_in(catalog, path, store)
    assert told(catalog, store).opens == 0
    assert go(catalog, path) in opened_by(catalog, store, NEW)


def test_what_is_told_before_and_after(catalog: Catalog, path: Path, store: Store) -> None:
    plan = recipients.plan_add_recipient(catalog, path, store, NEW.public_key, Context())
    said = " ".join(plan.sentences)
    assert "opens every restore point that is made in “store” from now on" in said
    assert "The restore point that is there stays closed to it" in said
    assert "the next point stands alone" in said
    with pytest.raises(Refused):
        recipients.change_recipients(catalog, plan, Context())
    receipt = recipients.change_recipients(catalog, plan, Context(), Confirmation.of(plan))
    assert [check.passed for check in receipt.checks] == [True, True]
    plan = recipients.plan_remove_recipient(catalog, path, store, NEW.fingerprint, Context())
    said = " ".join(plan.sentences)
    assert "What is written to “store” from now on does not open" in said
    assert plan.blocking == ()
    with catalog.reading() as session:
        events = journal.events(session, operation="backup.recipients")
    assert [each.phase.value for each in events][::-1] == ["started", "finished"]
    assert "AGE-SECRET" not in repr(events)


def test_a_plan_that_no_longer_fits_is_refused(catalog: Catalog, path: Path, store: Store) -> None:
    plan = recipients.plan_add_recipient(catalog, path, store, NEW.public_key, Context())
    third = Identity.generate().public_key
    let_in(catalog, path, store, third)
    with pytest.raises(Refused) as stale:
        recipients.change_recipients(catalog, plan, Context(), Confirmation.of(plan))
    assert stale.value.code is ErrorCode.STALE_PLAN
    assert [each.id for each in list_recipients(catalog, store, Context())][1:] == [third]


def test_what_cannot_be_done(
    catalog: Catalog, path: Path, store: Store, own: NewKeys, tmp_path: Path
) -> None:
    for key in ("age1nonsense", own.identity.public_key, "AGE-SECRET-KEY-1"):
        with pytest.raises(UsageError):
            recipients.plan_add_recipient(catalog, path, store, key, Context())
    for key in ("", NEW.public_key):
        with pytest.raises(UsageError):
            recipients.plan_remove_recipient(catalog, path, store, key, Context())
    plan = recipients.plan_remove_recipient(catalog, path, store, own.identity.public_key, Context())
    assert [each.code for each in plan.blocking] == ["last_key", "key_in_use"]
    let_in(catalog, path, store)
    plan = recipients.plan_remove_recipient(catalog, path, store, own.identity.public_key, Context())
    assert [each.code for each in plan.findings] == ["key_in_use", "older_points"]
    with pytest.raises(Refused):
        recipients.change_recipients(catalog, plan, Context(), Confirmation.of(plan))
    plain, _ = init_store(catalog, path, str(tmp_path / "plain"), Context(), new_keys=None)
    assert list_recipients(catalog, plain, Context()) == ()
    with pytest.raises(UsageError, match="not encrypted"):
        recipients.plan_add_recipient(catalog, path, plain, NEW.public_key, Context())


class Broken(FolderStore):
    """Takes no description of the store."""

    def put(self, name: str, data: bytes | Path, context: Context | None = None) -> None:
        if name == layout.DESCRIPTOR and NEW.public_key.encode() in (
            data if isinstance(data, bytes) else b""
        ):
            raise Failure(ErrorCode.DISK_FULL, "The store is full.")
        super().put(name, data, context)


def test_what_cannot_be_finished_is_taken_back(catalog: Catalog, path: Path, store: Store) -> None:
    before = (Path(store.url) / layout.DESCRIPTOR).read_bytes()
    with wrapping(lambda objects: Broken(Path(objects.where))), pytest.raises(Failure, match="full"):
        let_in(catalog, path, store)
    assert (Path(store.url) / layout.DESCRIPTOR).read_bytes() == before
    assert not opens(store, layout.NAMING_KEY, NEW)
    go(catalog, path)
    let_in(catalog, path, store)


def test_the_watcher_makes_the_first_point_for_it_though_nobody_wrote(
    catalog: Catalog, path: Path, store: Store
) -> None:
    backup.set_schedule(catalog, path, Context(), every_minutes=5)
    let_in(catalog, path, store)
    with at_time(clock.now() + timedelta(minutes=6)):
        restore.tend(catalog, path, Context(), unchanged=True)
    assert told(catalog, store).opens == 1


def test_the_ledger_of_erasures_opens_to_it(
    catalog: Catalog, path: Path, store: Store, tmp_path: Path
) -> None:
    key = own_key(open_secrets(), store.database_id)
    Ledger(catalog, store.database_id, key).erase(path, "visit", "id = 5")
    go(catalog, path)
    copies = [f"ledger/{each.name}" for each in (Path(store.url) / "ledger").iterdir()]
    assert [opens(store, each, NEW) for each in copies] == [False]
    let_in(catalog, path, store)
    newest = max(f"ledger/{each.name}" for each in (Path(store.url) / "ledger").iterdir())
    assert newest not in copies
    assert opens(store, newest, NEW)
    write(path, 6)
    made = go(catalog, path)
    assert len(list((Path(store.url) / "ledger").iterdir())) == 2
    (tmp_path / "colleague").mkdir()
    with open_catalog(tmp_path / "colleague") as theirs:
        given, to = Unlocking(key=NEW.reveal()), tmp_path / "out.db"
        plan = restore.plan_restore_from_store(theirs, store.url, Context(), to=to, point=made, given=given)
        restore.restore(theirs, plan, Context(), given=given)
        with theirs.reading() as session:
            assert erasure.state(session, store.database_id)


def test_a_computer_that_cannot_read_the_store_lets_a_key_in(
    catalog: Catalog, path: Path, own: NewKeys, tmp_path: Path
) -> None:
    store, _ = init_store(catalog, path, str(tmp_path / "store"), Context(), new_keys=own, keep_key=False)
    go(catalog, path)
    let_in(catalog, path, store)
    made = go(catalog, path)
    write(path, 8)
    after = {made, go(catalog, path)}
    assert opened_by(catalog, store, NEW) == after


@pytest.mark.usefixtures("age_and_zstd")
def test_the_script_in_the_docs_restores_with_a_key_that_was_let_in(
    catalog: Catalog, path: Path, store: Store, tmp_path: Path
) -> None:
    let_in(catalog, path, store)
    go(catalog, path)
    write(path, 8)
    made, key, out = go(catalog, path), tmp_path / "key.txt", tmp_path / "out.db"
    key.write_text(NEW.reveal().reveal() + "\n")
    script = Path(__file__).parents[3] / "docs/restore_a_point.py"
    ran = subprocess.run(
        [sys.executable, script, store.url, made, out, key], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert "compared with their hashes" in ran.stdout
    assert same_image(path, out, Context())


def test_a_description_with_other_numbers_than_keys_is_not_believed(
    catalog: Catalog, path: Path, store: Store
) -> None:
    place = Path(store.url) / layout.DESCRIPTOR
    good = json.loads(place.read_text())
    for since in ([1, 2], [-1], [10**13], ["1"], "1", {}, None):
        place.write_text(json.dumps({**good, "since": since}))
        with pytest.raises(Failure) as damaged:
            list_recipients(catalog, store, Context())
        assert damaged.value.code is ErrorCode.DAMAGED


def test_a_colleague_makes_and_drills_points_with_the_key_that_was_let_in(
    catalog: Catalog, path: Path, store: Store, tmp_path: Path
) -> None:
    let_in(catalog, path, store)
    go(catalog, path)
    assert "or the whole database" not in " ".join(backup.plan_round(catalog, path, Context()).sentences)
    (tmp_path / "colleague").mkdir()
    with open_catalog(tmp_path / "colleague") as theirs:
        given = Unlocking(key=NEW.reveal())
        backup.connect(theirs, path, store.url, Context(), given=given, keep_key=True, same=True)
        backup.refresh_all(theirs, path, Context())
        write(path, 8)
        shared = go(theirs, path)
        (drilled,) = restore.drill(theirs, path, Context(), chance=_Last())
        assert (drilled.point, drilled.passed) == (shared, True)
        states = {point.state for point in backup.list_points(theirs, path, Context())}
        assert PointState.FAILED not in states
    assert shared in opened_by(catalog, store, NEW)
    with reached(catalog, store, Context()) as found:
        newest = reader.points(found.store, Context()).points[-1].manifest
    assert len(newest.maps) == 2


class _Last(random.Random):
    """Chooses the oldest point."""

    def choice(self, seq: Sequence[T]) -> T:  # type: ignore[override]
        return seq[-1]


def test_a_ledger_that_only_the_store_knows_has_to_be_read_first(
    catalog: Catalog, path: Path, own: NewKeys, tmp_path: Path
) -> None:
    store, _ = init_store(catalog, path, str(tmp_path / "store"), Context(), new_keys=own, keep_key=False)
    go(catalog, path)
    given = Unlocking(key=own.identity.reveal())
    (tmp_path / "another").mkdir()
    with open_catalog(tmp_path / "another") as another:
        backup.connect(another, path, store.url, Context(), given=given, keep_key=True, same=True)
        key = own_key(open_secrets(another.directory), store.database_id)
        Ledger(another, store.database_id, key).erase(path, "visit", "id = 5")
        go(another, path)
    with pytest.raises(Failure) as needed:
        let_in(catalog, path, store)
    assert needed.value.code is ErrorCode.NEEDS_KEY
    plan = recipients.plan_add_recipient(catalog, path, store, NEW.public_key, Context(), given=given)
    recipients.change_recipients(catalog, plan, Context(), Confirmation.of(plan), given=given)
    newest = max(f"ledger/{each.name}" for each in (Path(store.url) / "ledger").iterdir())
    assert opens(store, newest, NEW)


class Killed(BaseException):
    pass


class NotAtOnce(FolderStore):
    """Has no atomic rename, and the writer is killed between removing the old description and writing the new one."""

    def put(self, name: str, data: bytes | Path, context: Context | None = None) -> None:
        if name == layout.DESCRIPTOR:
            self.delete(name)
            raise Killed
        super().put(name, data, context)


def test_a_description_that_was_lost_on_the_way_is_put_back(
    catalog: Catalog, path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (Path(store.url) / layout.DESCRIPTOR).read_bytes()
    with monkeypatch.context() as dying, wrapping(lambda objects: NotAtOnce(Path(objects.where))):
        dying.setattr(recipients.ChangeRecipients, "withdraw", lambda *_: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            let_in(catalog, path, store)
    assert not (Path(store.url) / layout.DESCRIPTOR).exists()
    assert restore.settle(catalog, path, Context()) != ()
    assert (Path(store.url) / layout.DESCRIPTOR).read_bytes() == before
    assert not opens(store, layout.NAMING_KEY, NEW)
