"""From the first point to the restore on a new computer, on real servers: slow ones, cut lines, and little promised."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from builders.guarded import Guarded, guarded
from builders.hostile import with_little_memory
from builders.stores import UnsyncedDisk
from faults.test_unplugged_stores import WORK
from servers.proxy import Proxy
from servers.rclone import BUCKET, KEY_ID, SECRET, RcloneS3
from servers.sshd import Sshd, sshd_is_missing, trust
from steward_app.catalog import stores
from steward_app.catalog.points import PointState
from steward_app.kernel.errors import ErrorCode, Failure, StewardError
from steward_app.kernel.progress import Context
from steward_app.services import backup, restore
from steward_app.services.operation import Confirmation
from steward_app.services.restore import drill
from steward_app.storage import local
from steward_app.storage.disk import using
from steward_app.storage.objects import Patience, opening

pytestmark = pytest.mark.faults


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No waiting for a disk, little for a server, and what the tester's own home holds plays no part."""
    hasty = Patience(connect_seconds=5, silence_seconds=2, pauses_seconds=(0.05, 0.1, 0.2))
    monkeypatch.setattr(opening, "Patience", lambda: hasty)
    (home := tmp_path / "user").mkdir()
    (home / ".ssh").mkdir(mode=0o700)
    for name, value in {
        "HOME": str(home),
        "USERPROFILE": str(home),
        "NO_PROXY": "127.0.0.1,localhost",
        "AWS_ACCESS_KEY_ID": KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET,
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    with using(UnsyncedDisk()):
        yield


@pytest.fixture
def server(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[RcloneS3 | Sshd | None]:
    """`rclone serve s3`, which ignores conditional puts, or OpenSSH's; None for a folder."""
    if request.param == "folder":
        yield None
        return
    if request.param == "s3":
        with RcloneS3(tmp_path / "server") as rclone:
            yield rclone
        return
    assert not sshd_is_missing(), sshd_is_missing()
    with Sshd(tmp_path / "server", sftp="internal-sftp") as sshd:
        trust(tmp_path / "user", sshd)
        yield sshd


def _url(server: RcloneS3 | Sshd | None, tmp_path: Path, port: int = 0) -> str:
    if server is None:
        return str(tmp_path / "riverside-store")
    if isinstance(server, RcloneS3):
        return server.url("riverside", port=port)
    if port:
        known = tmp_path / "user/.ssh/known_hosts"
        known.write_text(known.read_text() + server.known_hosts_line.replace(f":{server.port}", f":{port}"))
    return server.url(tmp_path / "riverside-store", port=port)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Slow lines to both with `--all-faults`; else to one. A folder where it makes a difference."""
    name = metafunc.function.__name__
    both = "slow" not in name or metafunc.config.getoption("--all-faults")
    kinds = ["s3", "sftp"] if both else ["s3"]
    metafunc.parametrize("server", [*kinds, "folder"] if "end" in name else kinds, indirect=True)


def test_from_the_first_point_to_a_new_computer(tmp_path: Path, server: RcloneS3 | Sshd) -> None:
    with guarded(tmp_path, _url(server, tmp_path), encrypted=True, wal=True) as here:
        made = here.captures(3)
        assert here.capture() == made[-1]
        assert [point.id for point in backup.look(here.catalog, here.path, Context()).points] == made[::-1]
        verdicts, _ = backup.verify_store(here.catalog, here.store, Context())
        assert all(verdict.sound for verdict in verdicts)
        assert all(done.passed for done in drill(here.catalog, here.path, Context()))
        for point in made:
            here.restore(point)
        here.restore_on_a_new_computer(tmp_path / "new computer")
        here.restore_on_a_new_computer(tmp_path / "another", made[0])
        here.prune()
        here.settled()


def test_slow_and_cut_lines(tmp_path: Path, server: RcloneS3 | Sshd) -> None:
    with Proxy(server.port) as line:
        url = _url(server, tmp_path, line.port)
        with guarded(tmp_path, url, encrypted=True, rows=2000) as here:
            made = here.captures(1)
            for counts in ((4_000,), (9_000, 2_000), (1_000, 6_000, 12_000)):
                line.cut_after(*counts)
                made += here.captures(1)
            line.cut_after()
            line.slow(400_000)
            made += here.captures(1)
            here.restore(made[-1])
            line.slow(0)
            _silent_line(here, line)
            made += here.captures(1)
            for point in made:
                here.restore(point)
            verdicts, _ = backup.verify_store(here.catalog, here.store, Context())
            assert all(verdict.sound for verdict in verdicts)
            here.settled()


def test_lines_that_are_cut_or_silent_under_everything_else(
    tmp_path: Path, server: RcloneS3 | Sshd, every: bool
) -> None:
    """What is cut is tried again and goes through; what stays silent is told, and says nothing of the points."""
    with (
        Proxy(server.port) as line,
        guarded(tmp_path, _url(server, tmp_path, line.port), encrypted=True) as here,
    ):
        (point,) = here.captures(1)
        for number, work in enumerate(WORK):
            line.cut_after(4_000, 1_500)
            work(here, point)
            line.cut_after()
            if not (every or number == 0):
                continue
            line.stall()
            with pytest.raises(Failure) as raised:
                work(here, point)
            assert raised.value.code is ErrorCode.OFFLINE, (work, raised.value.message)
            line.flow()
            restore.settle(here.catalog, here.path, Context())
            assert all(each.state is not PointState.FAILED for each in here.known())
            work(here, point)
        here.restore(point)
        here.settled()


class MeasuringDisk(UnsyncedDisk):
    """Knows how large the largest file became."""

    largest_bytes = 0

    def write(self, descriptor: int, data: bytes | memoryview) -> int:
        taken = super().write(descriptor, data)
        self.largest_bytes = max(self.largest_bytes, os.fstat(descriptor).st_size)
        return taken


ENDLESS_BYTES, FREE_BYTES = 400 << 20, 64 << 20


@pytest.mark.skipif("os.name == 'nt'", reason="it limits memory")
def test_objects_without_end(
    tmp_path: Path, server: RcloneS3 | Sshd | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever keeps the store makes its objects grow: neither disk nor memory is filled, and nothing comes of it."""
    folder = (
        server.folder / BUCKET / "riverside" if isinstance(server, RcloneS3) else tmp_path / "riverside-store"
    )
    monkeypatch.setattr(local, "free_bytes", lambda path: FREE_BYTES)
    with guarded(tmp_path, _url(server, tmp_path), encrypted=True) as here:
        (point,) = here.captures(1)
        backup.create_plain(here.catalog, here.path, here.store, Context())
        honest = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        for kinds in (("packs", "plain"), ("maps",), ("details",), ("points",), ("keys",), ("store.json",)):
            grown = [path for path in honest if path.relative_to(folder).parts[0] in kinds]
            assert grown
            for path in grown:
                os.truncate(path, ENDLESS_BYTES)
            if isinstance(server, RcloneS3):  # it remembers what lies there
                server.stop()
                server.start()
            with using(disk := MeasuringDisk()):
                told = with_little_memory(partial(_everything, here, tmp_path))
            assert disk.largest_bytes < FREE_BYTES * 9 // 10, kinds
            assert kinds == ("keys",) or told, kinds
            assert list(tmp_path.glob("**/*.part*")) == []
            for path in grown:
                path.write_bytes(honest[path])
        if isinstance(server, RcloneS3):
            server.stop()
            server.start()
        backup.verify_store(here.catalog, here.store, Context())
        here.restore(point)
        here.restore(here.captures(1)[0])
        here.settled()


def _everything(here: Guarded, tmp_path: Path) -> list[str]:
    """What a steward is told who lists, verifies and restores all there is."""
    told = []
    target = tmp_path / "restored.db"
    for point in here.known():
        try:
            plan = restore.plan_restore(here.catalog, here.path, point.id, Context(), to=target)
            restore.restore(here.catalog, plan, Context(), Confirmation.of(plan))
        except StewardError as error:
            told.append(error.message)
        target.unlink(missing_ok=True)
    for prove in (False, True):
        try:
            verdicts, _ = backup.verify_store(here.catalog, here.store, Context(), prove=prove)
            told += [problem for verdict in verdicts for problem in verdict.problems]
        except StewardError as error:
            told.append(error.message)
    return told


def _silent_line(here: Guarded, line: Proxy) -> None:
    """A server that goes silent: told in so many words, remembered, and over with the next run."""
    line.stall()
    here.write()
    (visit,) = backup.go_round(here.catalog, here.path, Context())
    line.flow()
    assert "cut" in visit.problem or "silent" in visit.problem or "answer" in visit.problem
    with here.catalog.reading() as session:
        assert stores.get(session, here.store.id).problem
    restore.settle(here.catalog, here.path, Context())
