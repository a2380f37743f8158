"""Drills: what passes is proven, what does not is said, and the evidence can be verified by anybody."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from blake3 import blake3

from builders import a_database
from steward_app.catalog import Catalog, chain, journal, keys, points
from steward_app.catalog.points import Point, PointState
from steward_app.catalog.stores import Store
from steward_app.db import open_write
from steward_app.kernel.errors import ErrorCode, Failure, UsageError
from steward_app.kernel.progress import Context
from steward_app.services.backup import drills
from steward_app.services.backup.capture import capture
from steward_app.services.backup.connect import reached
from steward_app.services.backup.create import create, plan_create
from steward_app.services.backup.init import init_store
from steward_app.services.backup.store import records
from steward_app.services.backup.store.keys import KeyMode, NewKeys, Unlocking, make_keys
from steward_app.services.backup.store.model import ProofState
from steward_app.services.restore.drill import drill


@pytest.fixture
def path(tmp_path: Path) -> Path:
    rows = [(n, f"2026-11-{n % 20 + 1:02d} 10:00:00") for n in range(300)]
    table = a_database(tmp_path, "riverside.db").with_table(
        "visit", "id INTEGER PRIMARY KEY, seen_at", rows=rows
    )
    return table.in_wal_mode().build()


@pytest.fixture
def new_keys() -> NewKeys:
    return make_keys(KeyMode.KEY)


@pytest.fixture
def store(catalog: Catalog, path: Path, tmp_path: Path, new_keys: NewKeys) -> Store:
    return init_store(catalog, path, str(tmp_path / "store"), Context(), name="NAS", new_keys=new_keys)[0]


def _capture(catalog: Catalog, path: Path, store: Store, times: int) -> list[str]:
    made = []
    for number in range(times):
        with open_write(path) as session, session.transaction(Context()):
            session.run("DELETE FROM visit WHERE id = ?", (number,))
        made.append(capture(catalog, path, store, Context(), contents=True).point)
    return made


def _point(catalog: Catalog, point: str) -> Point:
    with catalog.reading() as session:
        return points.find(session, point)


def test_the_newest_and_an_older_point_are_proven(catalog: Catalog, path: Path, store: Store) -> None:
    made = _capture(catalog, path, store, 3)
    newest, older = drill(catalog, path, Context(), chance=random.Random(1))
    assert (newest.point, newest.passed, older.passed) == (made[-1], True, True)
    assert older.point in made[:-1]
    assert newest.tables == 1
    assert newest.rows == 297
    assert {check.title: check.detail for check in newest.checks} == {
        "Every page is as it was written": "4 of 4 pages",
        "It holds together": "",
        "Foreign keys are as in the database": "",
        "Every table holds the rows it held": "1 table, 297 rows",
        "Age of its newest dated row when it was made": _age(newest.checks),
        "Erased rows brought back: 0": "nothing was erased since this state",
        "The journal of this computer is an unbroken chain": "",
    }
    assert _point(catalog, newest.point).state is PointState.PROVEN
    with reached(catalog, store, Context()) as found:
        told = {(proof.point_id, proof.state) for proof in records.proofs(found.store, Context())}
    assert told == {(newest.point, ProofState.PROVEN), (older.point, ProofState.PROVEN)}
    assert list(catalog.scratch.glob("scratch-*")) == []


def _age(checks: object) -> str:
    (told,) = [c.detail for c in checks if c.title.startswith("Age of")]  # type: ignore[attr-defined]
    assert told.endswith("old, in “visit”")
    return str(told)


def test_what_was_measured_is_kept_in_the_journal(catalog: Catalog, path: Path, store: Store) -> None:
    _capture(catalog, path, store, 1)
    (done,) = drill(catalog, path, Context())
    assert done.rto_seconds > 0
    assert 0 <= done.rpo_seconds < 60
    with catalog.reading() as session:
        (kept,) = drills.drills(session, done.database_id)
    assert kept == done


def test_the_evidence_is_signed_and_changing_it_is_noticed(
    catalog: Catalog, path: Path, store: Store
) -> None:
    _capture(catalog, path, store, 1)
    (done,) = drill(catalog, path, Context())
    signed = Path(done.evidence)
    document, _ = keys.read_signed(signed.read_bytes(), name=signed.name)
    assert (document["passed"], document["point"], document["store"]) == (True, done.point, "NAS")
    assert signed.with_suffix(".pdf").read_bytes().startswith(b"%PDF-")
    changed = json.loads(signed.read_text())
    changed["rows"] += 1
    with pytest.raises(Failure) as raised:
        keys.read_signed(json.dumps(changed).encode(), name=signed.name)
    assert raised.value.code is ErrorCode.VERIFY_FAILED


def test_evidence_whose_file_is_lost_stands_in_the_journal(
    catalog: Catalog, path: Path, store: Store
) -> None:
    _capture(catalog, path, store, 1)
    (done,) = drill(catalog, path, Context())
    file = Path(done.evidence)
    was = file.read_bytes()
    file.unlink()
    with catalog.reading() as session:
        (event,) = journal.events(session, database_id=done.database_id, operation=drills.OPERATION)
        assert chain.verify(session).holds
    kept = str(event.data[drills.SIGNED]).encode("ascii")
    assert kept == was
    assert blake3(kept).hexdigest() == done.evidence_hash == event.data["evidence_hash"]
    document, _ = keys.read_signed(kept, name=file.name)
    assert document["id"] == done.id


def test_a_damaged_pack_fails_the_drill_and_the_point(
    catalog: Catalog, path: Path, store: Store, tmp_path: Path
) -> None:
    (point,) = _capture(catalog, path, store, 1)
    (pack,) = (tmp_path / "store" / "packs").rglob("*.age")
    data = bytearray(pack.read_bytes())
    data[len(data) // 2] ^= 1
    pack.chmod(0o600)
    pack.write_bytes(data)
    (done,) = drill(catalog, path, Context())
    assert not done.passed
    assert "did not pass its drill" in done.sentence
    assert _point(catalog, point).state is PointState.FAILED
    (again,) = drill(catalog, path, Context())
    assert (again.point, again.passed) == (point, False), "where no point is sound, that is not passed over"


def test_without_the_private_key_nothing_is_proven_and_nothing_is_said(
    catalog: Catalog, path: Path, tmp_path: Path, new_keys: NewKeys
) -> None:
    store, _ = init_store(
        catalog, path, str(tmp_path / "store"), Context(), new_keys=new_keys, keep_key=False
    )
    (point,) = _capture(catalog, path, store, 1)
    with pytest.raises(Failure) as raised:
        drill(catalog, path, Context())
    assert raised.value.code is ErrorCode.NEEDS_KEY
    assert _point(catalog, point).state is PointState.TAKEN
    (done,) = drill(catalog, path, Context(), given=Unlocking(key=new_keys.identity.reveal()))
    assert done.passed


def test_whole_file_points_are_drilled_where_there_is_no_store(catalog: Catalog, path: Path) -> None:
    create(catalog, plan_create(catalog, path, Context(), prove=False), Context())
    (done,) = drill(catalog, path, Context())
    assert (done.passed, done.store_id) == (True, "")
    assert _point(catalog, done.point).state is PointState.PROVEN


def test_a_broken_journal_fails_the_drill_and_not_the_point(
    catalog: Catalog, path: Path, store: Store
) -> None:
    (point,) = _capture(catalog, path, store, 1)
    with catalog.unit() as unit:
        unit.session.run("DROP TRIGGER journal_is_not_edited")
        unit.session.run("UPDATE journal SET actor = 'somebody else' WHERE seq = 1")
        unit.commit()
    (done,) = drill(catalog, path, Context())
    assert not done.passed
    assert _point(catalog, point).state is PointState.PROVEN


def test_nothing_to_drill_is_said(catalog: Catalog, path: Path) -> None:
    with pytest.raises(UsageError, match="no restore point"):
        drill(catalog, path, Context())
    with catalog.reading() as session:
        assert journal.events(session, operation="backup.drill") == ()
