"""The store in a folder: the contract, and what can happen to a folder."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from builders.processes import as_nobody, common_folder
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.storage import disk as disks
from steward_app.storage.objects import ObjectStore, open_objects
from storage.objects.conformance import ObjectStoreContract, names


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "store of mine"


@pytest.fixture
def store(root: Path) -> Iterator[ObjectStore]:
    with open_objects(str(root), create=True) as store:
        yield store


@pytest.fixture
def again(store: ObjectStore, root: Path) -> Callable[[], ObjectStore]:
    return lambda: open_objects(root.as_uri())


@pytest.fixture
def fill(root: Path) -> Callable[[list[str]], None]:
    def fill(wanted: list[str]) -> None:
        for name in wanted:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).touch()

    return fill


class TestFolderStore(ObjectStoreContract):
    pass


class BreakingDisk(disks.Disk):
    """Fails the chosen step with the chosen error."""

    def __init__(self, fail_at: int, number: int) -> None:
        self.fail_at = fail_at
        self.number = number
        self.steps: list[str] = []

    def _step(self, name: str) -> None:
        self.steps.append(name)
        if len(self.steps) == self.fail_at:
            raise OSError(self.number, os.strerror(self.number))

    def open_new(self, path: Path, *, private: bool) -> int:
        self._step("open")
        return super().open_new(path, private=private)

    def write(self, descriptor: int, data: bytes) -> int:
        self._step("write")
        return super().write(descriptor, data)

    def fsync(self, descriptor: int) -> None:
        self._step("fsync")
        super().fsync(descriptor)

    def rename(self, source: Path, target: Path) -> None:
        self._step("rename")
        super().rename(source, target)

    def make_directory(self, path: Path, *, private: bool) -> None:
        self._step("make folder")
        super().make_directory(path, private=private)

    def fsync_directory(self, path: Path) -> None:
        self._step("fsync folder")
        super().fsync_directory(path)


STEPS = [
    "make folder",
    "fsync folder",
    "make folder",
    "fsync folder",
    "open",
    "write",
    "fsync",
    "rename",
    "fsync folder",
]


def test_every_step_of_a_put_reaches_the_disk(store: ObjectStore) -> None:
    disk = BreakingDisk(0, 0)
    with disks.using(disk):
        store.put("packs/ab/x.zst", b"x")
    assert disk.steps == STEPS


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, ErrorCode.DISK_FULL),
        (errno.EDQUOT, ErrorCode.DISK_FULL),
        (errno.EACCES, ErrorCode.NO_PERMISSION),
        (errno.EROFS, ErrorCode.NO_PERMISSION),
        (errno.EIO, ErrorCode.IO_ERROR),
    ],
)
def test_a_step_that_fails_is_said_and_the_next_run_does_it(
    store: ObjectStore, root: Path, number: int, code: ErrorCode
) -> None:
    for at in range(1, len(STEPS) + 1):
        with disks.using(BreakingDisk(at, number)), pytest.raises(Failure) as raised:
            store.put("packs/ab/x.zst", b"x")
        assert raised.value.code is code
        assert str(root) in raised.value.message
        assert raised.value.hint
        assert not list(root.rglob(".*"))
        store.put("packs/ab/x.zst", b"x")
        assert store.get("packs/ab/x.zst") == b"x"
        shutil.rmtree(root / "packs")


def test_the_folder_is_made_only_when_asked_and_only_in_a_folder_that_is_there(tmp_path: Path) -> None:
    for url, create in ((tmp_path / "usb", False), (tmp_path / "usb" / "store", True)):
        with pytest.raises(Failure) as raised:
            open_objects(str(url), create=create)
        assert raised.value.code is ErrorCode.STORE_MISSING
        assert "Nothing was written anywhere else." in raised.value.hint
    assert list(tmp_path.iterdir()) == []
    with open_objects(str(tmp_path / "usb"), create=True), open_objects(str(tmp_path / "usb"), create=True):
        assert stat.S_IMODE((tmp_path / "usb").stat().st_mode) == 0o700


def every_use(store: ObjectStore, target: Path) -> dict[str, Callable[[], object]]:
    return {
        "put": lambda: store.put("packs/ab/y.zst", b"y"),
        "get": lambda: store.get("packs/ab/x.zst"),
        "get_to": lambda: store.get_to("packs/ab/x.zst", target),
        "info": lambda: store.info("packs/ab/x.zst"),
        "list": lambda: list(store.list()),
        "delete": lambda: store.delete("packs/ab/x.zst"),
        "sweep": lambda: store.sweep(datetime.now(UTC)),
        "free_bytes": store.free_bytes,
    }


@pytest.mark.parametrize("use", ["put", "get", "get_to", "info", "list", "delete", "sweep", "free_bytes"])
def test_an_unplugged_drive_is_never_written_beside(
    store: ObjectStore, root: Path, tmp_path: Path, use: str
) -> None:
    store.put("packs/ab/x.zst", b"x")
    root.rename(tmp_path / "elsewhere")
    with pytest.raises(Failure) as gone:
        every_use(store, tmp_path / "target")[use]()
    root.mkdir()  # what is left where a drive was: an empty folder
    with pytest.raises(Failure) as replaced:
        every_use(store, tmp_path / "target")[use]()
    assert (gone.value.code, replaced.value.code) == (ErrorCode.STORE_MISSING, ErrorCode.STORE_MISSING)
    assert list(root.iterdir()) == []
    assert not (tmp_path / "target").exists()
    assert (tmp_path / "elsewhere/packs/ab/x.zst").read_bytes() == b"x"


def test_a_drive_unplugged_in_the_middle_of_a_put(store: ObjectStore, root: Path, tmp_path: Path) -> None:
    class Unplugging(disks.Disk):
        def fsync(self, descriptor: int) -> None:
            root.rename(tmp_path / "elsewhere")
            super().fsync(descriptor)

    with disks.using(Unplugging()), pytest.raises(Failure) as raised:
        store.put("packs/ab/x.zst", b"x")
    assert raised.value.code is ErrorCode.STORE_MISSING
    assert not root.exists()


def test_a_file_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Failure) as raised:
        open_objects(str(tmp_path / "file"))
    assert raised.value.code is ErrorCode.BAD_PATH


@pytest.mark.skipif(os.name != "posix", reason="rights are another matter on Windows")
def test_a_store_without_permission() -> None:
    with common_folder() as folder:
        (folder / "closed").mkdir(mode=0o700)
        (folder / "read-only/packs").mkdir(parents=True)
        (folder / "read-only/packs/x").write_bytes(b"x")
        (folder / "read-only/packs").chmod(0o555)
        (folder / "read-only").chmod(0o555)
        if os.geteuid() != 0:
            (folder / "closed").chmod(0)

        def code(work: Callable[[], object]) -> str:
            try:
                work()
            except Failure as failure:
                return f"{failure.code}"
            return ""

        def write(work: Callable[[ObjectStore], object]) -> Callable[[], object]:
            return lambda: work(open_objects(str(folder / "read-only")))

        found = as_nobody(
            lambda: [
                code(lambda: open_objects(str(folder / "closed"))),
                code(lambda: open_objects(str(folder / "closed" / "store"))),
                code(write(lambda store: store.put("packs/y", b"y"))),
                code(write(lambda store: store.put("maps/y", b"y"))),
                code(write(lambda store: store.delete("packs/x"))),
                code(write(lambda store: store.get("packs/x"))),
            ]
        )
        (folder / "read-only").chmod(0o755)
        (folder / "read-only/packs").chmod(0o755)
    assert found == ["no_permission"] * 5 + [""]


@pytest.mark.skipif(os.name != "posix", reason="rights are another matter on Windows")
def test_what_is_stored_is_the_owners_unless_the_folder_is_shared(tmp_path: Path) -> None:
    for mode, wanted in ((0o700, 0o600), (0o755, 0o600), (0o2775, 0o644)):
        root = tmp_path / f"{mode:o}"
        root.mkdir()
        root.chmod(mode)
        before = os.umask(0o022)
        try:
            with open_objects(str(root)) as store:
                store.put("packs/x", b"x")
        finally:
            os.umask(before)
        assert stat.S_IMODE((root / "packs/x").stat().st_mode) == wanted


def test_what_a_killed_writer_left_is_hidden_and_swept_by_age(store: ObjectStore, root: Path) -> None:
    store.put("packs/00/x.zst", b"x")
    old, new = (f".steward-0123456789ab-0123456{n}.part" for n in "78")
    for name, days in ((old, 8), (new, 1), (".of the steward", 9)):
        (root / "packs/00" / name).write_bytes(b"half")
        then = (datetime.now(UTC) - timedelta(days=days)).timestamp()
        os.utime(root / "packs/00" / name, (then, then))
    os.utime(root / "packs/00/x.zst", (0, 0))
    assert names(store) == ["packs/00/x.zst"]
    assert store.sweep(datetime.now(UTC) - timedelta(days=7)) == 1
    assert sorted(path.name for path in (root / "packs/00").glob(".*")) == [".of the steward", new]


def test_strangers_in_the_folder_are_no_objects(store: ObjectStore, root: Path, tmp_path: Path) -> None:
    (root / "lost+found").mkdir()
    (root / "Read me.txt").write_text("a note of the steward's own")
    (root / "loop").symlink_to(root, target_is_directory=True)
    store.put("store.json", b"{}")
    assert names(store) == ["store.json"]


def test_free_space_is_told(store: ObjectStore, root: Path) -> None:
    free = store.free_bytes()
    assert free is not None
    assert abs(free - shutil.disk_usage(root).free) < 1 << 30


@pytest.mark.skipif(os.name == "nt", reason="links and pipes as POSIX has them")
def test_nothing_is_written_through_a_link_and_nobody_waits_for_a_pipe(
    store: ObjectStore, root: Path, tmp_path: Path
) -> None:
    (elsewhere := tmp_path / "elsewhere").mkdir()
    (elsewhere / "ab.zst").write_bytes(b"mine")
    (root / "packs").symlink_to(elsewhere)
    for attempt in (
        lambda: store.put("packs/ab.zst", b"ours"),
        lambda: store.put("packs/ab/ab.zst", b"ours"),
        lambda: store.delete("packs/ab.zst"),
    ):
        with pytest.raises(Failure, match="link to another place"):
            attempt()
    assert [(each.name, each.read_bytes()) for each in elsewhere.iterdir()] == [("ab.zst", b"mine")]
    os.mkfifo(root / "store.json")
    (root / "endless.json").symlink_to("/dev/zero")
    for name in ("store.json", "endless.json"):
        with pytest.raises(Failure) as raised:
            store.get(name)
        assert raised.value.code is ErrorCode.NOT_FOUND
        with pytest.raises(Failure):
            store.get_to(name, tmp_path / "got")
    assert not (tmp_path / "got").exists()
