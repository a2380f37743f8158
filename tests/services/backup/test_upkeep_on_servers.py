"""Verifying and pruning stores on real servers: OpenSSH's, and `rclone serve s3`, which knows no conditional puts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from builders import a_database
from builders.points import at_time
from servers.rclone import BUCKET, KEY_ID, SECRET, RcloneS3
from servers.sshd import Sshd, sshd_is_missing, trust
from steward_app.catalog import Catalog
from steward_app.catalog.points import PointState
from steward_app.db import open_write
from steward_app.kernel import clock
from steward_app.kernel.progress import Context
from steward_app.services import backup
from steward_app.services.backup import retention
from steward_app.services.backup.capture import capture
from steward_app.services.backup.connect import reached
from steward_app.services.backup.init import init_store
from steward_app.services.backup.store.keys import KeyMode, make_keys
from steward_app.services.operation import Confirmation

ORPHAN = "packs/ab/" + "ab" * 32 + ".zst"


@dataclass(frozen=True)
class Served:
    """A store on a server: its address, the folder it lies in, and a block in which that may be changed by hand."""

    url: str
    folder: Path
    by_hand: Callable[[], AbstractContextManager[object]] = nullcontext


def by_sftp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    (tmp_path / "user/.ssh").mkdir(parents=True, mode=0o700)
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    if missing := sshd_is_missing():
        assert os.name == "nt" or os.geteuid() != 0, missing
        pytest.skip(missing)
    with Sshd(tmp_path / "sshd", sftp="internal-sftp") as server:
        trust(tmp_path / "user", server)
        yield Served(server.url(tmp_path / "nas"), tmp_path / "nas")


def by_s3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    for name in [each for each in os.environ if each.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY_ID)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    with RcloneS3(tmp_path / "s3") as server:

        @contextmanager
        def stopped() -> Iterator[None]:
            """It remembers for minutes what lies in a folder."""
            server.stop()
            yield
            server.start()

        yield Served(server.url("nas"), server.folder / BUCKET / "nas", stopped)


@pytest.fixture(params=[by_sftp, by_s3])
def served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Served]:
    serve: Callable[[Path, pytest.MonkeyPatch], Iterator[Served]] = request.param
    yield from serve(tmp_path, monkeypatch)


def test_a_store_on_a_server_is_verified_and_pruned(catalog: Catalog, tmp_path: Path, served: Served) -> None:
    made = a_database(tmp_path, "riverside.db").with_table("visit", "id, note", rows=[(1, "x" * 9000)])
    path = made.in_wal_mode().build()
    store, _ = init_store(catalog, path, served.url, Context(), new_keys=make_keys(KeyMode.KEY))
    for number in range(3):
        with open_write(path) as session, session.transaction(Context()):
            session.run("INSERT INTO visit VALUES (?, ?)", (number, str(number) * 5000))
        newest = capture(catalog, path, store, Context()).point
    told = backup.verify_all(catalog, path, Context())
    assert [verdict.state for verdict in told.items] == [PointState.CHECKED] * 3
    assert told.stores[0].objects_read == told.stores[0].objects

    victim = max((served.folder / "maps").iterdir(), key=lambda each: each.stat().st_size)
    whole = victim.read_bytes()
    with served.by_hand():
        victim.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    told = backup.verify_all(catalog, path, Context())
    assert told.wrong
    assert all(victim.name in verdict.problems[0] for verdict in told.items if not verdict.sound)
    with served.by_hand():
        victim.write_bytes(whole)
    assert backup.verify_all(catalog, path, Context()).wrong == 0

    with reached(catalog, store, Context()) as found:
        found.store.objects.put(ORPHAN, b"left by a writer that was killed")
    long_ago = (clock.now() - timedelta(days=20)).timestamp()
    with served.by_hand():
        for each in served.folder.rglob("*"):
            if each.is_file():
                os.utime(each, (long_ago, long_ago))
    backup.set_schedule(catalog, path, Context(), keep=retention.parse("1min:1min"))
    with at_time(clock.now() + timedelta(minutes=3)):
        plan = backup.plan_prune(catalog, path, Context())
        assert "2 points of 3 go, 1 stay" in plan.sentences[0]
        result = backup.prune(catalog, plan, Context(), Confirmation.of(plan)).result or {}
    assert result["points"] == 2
    assert not (served.folder / ORPHAN).exists()
    (verdict,) = backup.verify(catalog, path, Context(), prove=True)
    assert (verdict.id, verdict.state) == (newest, PointState.PROVEN)


def test_a_store_on_a_server_is_repaired(catalog: Catalog, tmp_path: Path, served: Served) -> None:
    path = a_database(tmp_path, "riverside.db").with_table("visit", "id", rows=[("x" * 9000,)]).build()
    store, _ = init_store(catalog, path, served.url, Context(), new_keys=None)
    point = capture(catalog, path, store, Context()).point
    (pack,) = (served.folder / "packs").rglob("*.zst")
    with served.by_hand():
        pack.write_bytes(bytes(pack.stat().st_size))
    assert backup.verify_all(catalog, path, Context()).wrong
    plan = backup.plan_repair(catalog, path, Context(), store=store.name)
    done = backup.repair(catalog, plan, Context(), Confirmation.of(plan))
    assert (done.left, [each.state for each in done.points]) == ({}, [PointState.CHECKED])
    (verdict,) = backup.verify(catalog, path, Context(), prove=True)
    assert (verdict.id, verdict.state) == (point, PointState.PROVEN)
