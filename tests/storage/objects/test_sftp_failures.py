"""What can go wrong between us and an SFTP server, each with OpenSSH's own server and a steward's words for it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from servers.limits import small_files_only
from servers.ports import free_port
from servers.proxy import Proxy
from servers.sshd import SFTP_SERVER, Sshd, make_key, trust
from steward_app.kernel.errors import Cancelled, ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.kernel.secret import Secret
from steward_app.storage.objects import (
    Credentials,
    Patience,
    Trust,
    accept_host_key,
    host_key,
    open_objects,
)

BIG = os.urandom(1_200_000)

pytestmark = pytest.mark.usefixtures("openssh")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "store"
    root.mkdir()
    return root


@pytest.fixture
def known(ssh_home: Path, sshd: Sshd) -> Path:
    trust(ssh_home, sshd)
    return ssh_home


def failure(work: Callable[[], object]) -> Failure:
    with pytest.raises(Failure) as raised:
        work()
    assert raised.value.message
    assert raised.value.hint
    return raised.value


def test_an_unknown_server_is_refused_with_its_fingerprint_until_it_is_accepted(
    sshd: Sshd, ssh_home: Path, root: Path, hasty: Patience
) -> None:
    trust(ssh_home, sshd)
    (ssh_home / ".ssh/known_hosts").write_text("not a line of known_hosts\n")
    url = sshd.url(root)
    said = failure(lambda: open_objects(url, patience=hasty))
    key = host_key(url, patience=hasty)
    assert said.code is ErrorCode.UNKNOWN_HOST_KEY
    assert key.fingerprint in said.message
    assert key.fingerprint.startswith("SHA256:")
    assert (key.trust, key.algorithm) == (Trust.NEW, "ssh-ed25519")
    accept_host_key(key)
    accept_host_key(key)
    with open_objects(url, patience=hasty) as store:
        store.put("store.json", b"{}")
    assert host_key(url, patience=hasty).trust is Trust.KNOWN
    assert (ssh_home / ".ssh/known_hosts").read_text() == "not a line of known_hosts\n"


def test_a_changed_host_key_is_refused_and_can_be_accepted(
    tmp_path: Path, ssh_home: Path, root: Path, hasty: Patience
) -> None:
    with Sshd(tmp_path / "sshd") as server:
        trust(ssh_home, server)
        (ssh_home / ".ssh/known_hosts").unlink()
        url = server.url(root)
        accept_host_key(host_key(url, patience=hasty))
        with open_objects(url, patience=hasty):
            pass
        server.stop()
        server.new_host_key()
        server.start()
        said = failure(lambda: open_objects(url, patience=hasty))
        key = host_key(url, patience=hasty)
        assert said.code is ErrorCode.HOST_KEY_CHANGED
        assert key.fingerprint in said.message
        assert key.trust is Trust.CHANGED
        accept_host_key(key)
        with open_objects(url, patience=hasty):
            pass


def test_a_key_the_server_does_not_know(sshd: Sshd, known: Path, root: Path, hasty: Patience) -> None:
    make_key(known / ".ssh/id_ed25519")
    said = failure(lambda: open_objects(sshd.url(root), patience=hasty))
    assert said.code is ErrorCode.LOGIN_REFUSED


def test_a_wrong_password_is_refused_and_never_repeated(
    sshd: Sshd, known: Path, root: Path, hasty: Patience
) -> None:
    make_key(known / ".ssh/id_ed25519")
    credentials = Credentials(password=Secret("open sesame 7"))
    said = failure(lambda: open_objects(sshd.url(root), credentials=credentials, patience=hasty))
    assert said.code is ErrorCode.LOGIN_REFUSED
    everything = f"{said.message}{said.hint}{said.__cause__!r}{credentials!r}"
    assert "sesame" not in everything


def test_a_key_file_of_the_callers(
    sshd: Sshd, known: Path, root: Path, tmp_path: Path, hasty: Patience
) -> None:
    mine = make_key(tmp_path / "mine", "a passphrase")
    with (sshd.folder / "authorized_keys").open("a") as authorized:
        authorized.write((tmp_path / "mine.pub").read_text())
    (known / ".ssh/id_ed25519").unlink()
    url = sshd.url(root)

    def opened(path: Path, passphrase: str | None) -> str:
        credentials = Credentials(key_file=path, key_passphrase=Secret(passphrase) if passphrase else None)
        try:
            with open_objects(url, credentials=credentials, patience=hasty):
                return ""
        except Failure as failed:
            assert failed.code is ErrorCode.LOGIN_REFUSED
            return failed.message

    (tmp_path / "no key").write_text("this is not a key")
    assert opened(mine, "a passphrase") == ""
    assert "needs its passphrase" in opened(mine, None)
    assert "not opened by this passphrase" in opened(mine, "another")
    assert "not a private key" in opened(tmp_path / "no key", None)
    assert "cannot be read" in opened(tmp_path / "gone", None)


def test_a_key_file_that_the_address_names(
    sshd: Sshd, known: Path, root: Path, tmp_path: Path, hasty: Patience
) -> None:
    (known / ".ssh/id_ed25519").rename(known / "backups.key")
    with open_objects(f"{sshd.url(root)}?key_file=~/backups.key", patience=hasty) as store:
        assert store.info("nothing") is None
    for other in ("~/gone.key", "~no such user here/key"):
        with pytest.raises(Failure) as raised:
            open_objects(f"{sshd.url(root)}?key_file={other}", patience=hasty)
        assert (raised.value.code, "cannot be read" in raised.value.message) == (
            ErrorCode.LOGIN_REFUSED,
            True,
        )


def test_no_server_there(ssh_home: Path, hasty: Patience) -> None:
    for url, words in (
        (f"sftp://someone@127.0.0.1:{free_port()}/store", "refused the connection"),
        ("sftp://someone@nohost.invalid/store", "There is no server named"),
    ):
        said = failure(lambda url=url: open_objects(url, patience=hasty))
        assert said.code is ErrorCode.OFFLINE
        assert words in said.message


def test_a_server_that_says_nothing_is_given_up(sshd: Sshd, known: Path, root: Path) -> None:
    short = Patience(connect_seconds=0.3, silence_seconds=0.3, pauses_seconds=(0.01,))
    with Proxy(sshd.port) as line:
        line.stall()
        said = failure(lambda: open_objects(sshd.url(root, port=line.port), patience=short))
    assert said.code is ErrorCode.OFFLINE
    assert "did not answer" in said.message


def test_the_folder_is_made_only_when_asked_and_missed_when_gone(
    sshd: Sshd, known: Path, root: Path, tmp_path: Path, hasty: Patience
) -> None:
    for url, create in ((sshd.url(root / "usb"), False), (sshd.url(root / "usb/store"), True)):
        said = failure(lambda url=url, create=create: open_objects(url, create=create, patience=hasty))
        assert said.code is ErrorCode.STORE_MISSING
    (root / "file").touch()
    assert failure(lambda: open_objects(sshd.url(root / "file"), patience=hasty)).code is ErrorCode.BAD_PATH
    with open_objects(sshd.url(root), patience=hasty) as store:
        store.put("packs/ab/x.zst", b"x")
        root.rename(tmp_path / "elsewhere")
        uses: list[Callable[[], object]] = [
            lambda: store.put("packs/ab/y.zst", b"y"),
            lambda: store.get("packs/ab/x.zst"),
            lambda: store.info("packs/ab/x.zst"),
            lambda: list(store.list()),
            lambda: store.delete("packs/ab/x.zst"),
        ]
        assert {failure(use).code for use in uses} == {ErrorCode.STORE_MISSING}
    assert not root.exists()


def test_a_store_without_permission(shared_folder: Path, ssh_home: Path, hasty: Patience) -> None:
    root = os.geteuid() == 0  # who is refused nothing; the server has nobody log in then
    options = "ForceCommand internal-sftp"
    with Sshd(shared_folder / "sshd", sftp="internal-sftp", options=options) as server:
        trust(ssh_home, server)
        (shared_folder / "closed").mkdir(mode=0o700 if root else 0)
        (shared_folder / "read-only").mkdir()
        (shared_folder / "read-only").chmod(0o555)

        def url(name: str) -> str:
            return server.url(shared_folder / name, user="nobody" if root else "")

        assert failure(lambda: open_objects(url("closed"), patience=hasty)).code is ErrorCode.NO_PERMISSION
        with open_objects(url("read-only"), patience=hasty) as store:
            said = failure(lambda: store.put("store.json", b"{}"))
            assert said.code is ErrorCode.NO_PERMISSION
            assert "store.json" in said.message
        (shared_folder / "closed").chmod(0o700)


def test_a_server_that_takes_no_more_bytes(
    tmp_path: Path, ssh_home: Path, root: Path, hasty: Patience
) -> None:
    with Sshd(tmp_path / "sshd", before=small_files_only(1_000_000)) as server:
        trust(ssh_home, server)
        with open_objects(server.url(root), patience=hasty) as store:
            store.put("packs/small.zst", BIG[:900_000])
            said = failure(lambda: store.put("packs/big.zst", BIG))
            assert [each.name for each in store.list()] == ["packs/small.zst"]
            assert store.get("packs/small.zst") == BIG[:900_000]
    assert said.code is ErrorCode.DISK_FULL
    assert "packs/big.zst" in said.message
    assert not list(root.rglob(".*"))


def test_a_server_without_the_extensions(tmp_path: Path, ssh_home: Path, root: Path, hasty: Patience) -> None:
    with Sshd(tmp_path / "sshd", sftp=f"{SFTP_SERVER} -P posix-rename,fsync,statvfs") as server:
        trust(ssh_home, server)
        with open_objects(server.url(root), patience=hasty) as store:
            for data in (b"one", b"one", b"two"):
                store.put("store.json", data)
                assert store.get("store.json") == data
            assert store.free_bytes() is None


def test_what_a_killed_writer_left_is_hidden_and_swept_by_age(
    sshd: Sshd, known: Path, root: Path, hasty: Patience
) -> None:
    now = datetime.now(UTC)
    old, new = (root / "packs/00" / f".steward-0123456789ab-0123456{n}.part" for n in "78")
    old.parent.mkdir(parents=True)
    for path, days in ((old, 8), (new, 1)):
        path.write_bytes(b"half")
        os.utime(path, ((now - timedelta(days=days)).timestamp(),) * 2)
    with open_objects(sshd.url(root), patience=hasty) as store:
        assert list(store.list()) == []
        assert store.sweep(now - timedelta(days=7)) == 1
    assert list(old.parent.iterdir()) == [new]


def test_free_space_is_told(sshd: Sshd, known: Path, root: Path, hasty: Patience) -> None:
    with open_objects(sshd.url(root), patience=hasty) as store:
        free = store.free_bytes()
    assert free is not None
    assert free > 0


def test_a_line_that_is_cut_is_tried_again(
    sshd: Sshd, known: Path, root: Path, tmp_path: Path, hasty: Patience
) -> None:
    with Proxy(sshd.port) as line:
        (known / ".ssh/known_hosts").write_text(sshd.known_hosts_line.replace(str(sshd.port), str(line.port)))
        line.cut_after(400_000, 1_000_000)
        with open_objects(sshd.url(root, port=line.port), patience=hasty) as store:
            store.put("packs/a.zst", BIG)
            assert line.connections == 3
            line.cut()
            store.get_to("packs/a.zst", tmp_path / "back")
            line.cut()
            assert [each.size_bytes for each in store.list()] == [len(BIG)]
    assert (tmp_path / "back").read_bytes() == BIG


def test_a_line_that_stays_cut_is_given_up_and_nothing_half_is_seen(
    sshd: Sshd, known: Path, root: Path, hasty: Patience
) -> None:
    with Proxy(sshd.port) as line:
        (known / ".ssh/known_hosts").write_text(sshd.known_hosts_line.replace(str(sshd.port), str(line.port)))
        line.cut_after(*[400_000] * 9)
        with open_objects(sshd.url(root, port=line.port), patience=hasty) as store:
            said = failure(lambda: store.put("packs/a.zst", BIG))
            assert said.code is ErrorCode.OFFLINE
            assert "4 times in a row" in said.message
            line.cut_after()
            assert list(store.list()) == []
            store.put("packs/a.zst", BIG)
            assert store.get("packs/a.zst") == BIG
            line.cut()
            line.cut_after(*[400_000] * 9)
            assert failure(lambda: store.put("packs/a.zst", BIG)).code is ErrorCode.OFFLINE
            line.cut_after()
            line.cut()
            assert store.get("packs/a.zst") == BIG  # what was there before stays


def test_a_line_that_goes_silent_is_not_waited_for_for_ever(sshd: Sshd, known: Path, root: Path) -> None:
    short = Patience(connect_seconds=0.5, silence_seconds=0.5, pauses_seconds=(0.01,))
    with Proxy(sshd.port) as line:
        (known / ".ssh/known_hosts").write_text(sshd.known_hosts_line.replace(str(sshd.port), str(line.port)))
        with open_objects(sshd.url(root, port=line.port), patience=short) as store:
            line.stall()
            said = failure(lambda: store.put("packs/a.zst", BIG))
            assert said.code is ErrorCode.OFFLINE
            line.flow()
            store.put("packs/a.zst", BIG)


def test_a_slow_line_is_waited_for(sshd: Sshd, known: Path, root: Path) -> None:
    short = Patience(connect_seconds=5, silence_seconds=0.5, pauses_seconds=())
    with Proxy(sshd.port) as line:
        (known / ".ssh/known_hosts").write_text(sshd.known_hosts_line.replace(str(sshd.port), str(line.port)))
        with open_objects(sshd.url(root, port=line.port), patience=short) as store:
            line.slow(1_000_000)
            began = time.monotonic()
            store.put("packs/a.zst", BIG)
            assert time.monotonic() - began > 2 * short.silence_seconds


def test_a_transfer_on_a_slow_line_is_cancelled_at_once(
    sshd: Sshd, known: Path, root: Path, hasty: Patience
) -> None:
    with Proxy(sshd.port) as line:
        (known / ".ssh/known_hosts").write_text(sshd.known_hosts_line.replace(str(sshd.port), str(line.port)))
        with open_objects(sshd.url(root, port=line.port), patience=hasty) as store:
            line.slow(100_000)
            context = Context()
            threading.Timer(0.3, context.cancel).start()
            with pytest.raises(Cancelled):
                store.put("packs/a.zst", BIG, context)
            line.slow(0)
    assert not (root / "packs/a.zst").exists()


def test_a_server_that_is_gone_in_the_middle(
    tmp_path: Path, ssh_home: Path, root: Path, hasty: Patience
) -> None:
    with Sshd(tmp_path / "sshd") as server:
        trust(ssh_home, server)
        with open_objects(server.url(root), patience=hasty) as store:
            store.put("store.json", b"{}")
            server.stop()
            assert failure(lambda: store.get("store.json")).code is ErrorCode.OFFLINE
            server.start()
            assert store.get("store.json") == b"{}"
