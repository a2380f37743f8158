"""The cache of a store: what was put is given, what is damaged is not there, memory stays constant."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward_app.kernel.errors import Cancelled, ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.services.backup.store.cache import StoreCache
from steward_app.storage.age import Identity
from steward_app.storage.disk import Disk, using

KEY = Identity.generate()
NAME = "pt_1/hashes.bin"


@pytest.fixture
def cache(steward_home: Path) -> StoreCache:
    return StoreCache(steward_home, "store-1", KEY)


@given(data=st.binary(max_size=200) | st.integers(60_000, 200_000).map(bytes))
@settings(max_examples=25)
def test_what_was_put_is_given(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.mktemp("cache")
    cache, source, target = StoreCache(folder, "s", KEY), folder / "in", folder / "out"
    source.write_bytes(data)
    cache.put("a", data, Context())
    cache.put("b", source, Context())
    for name in ("a", "b"):
        assert cache.get(name, Context()) == data
        assert cache.get_to(name, target, Context())
        assert target.read_bytes() == data
        assert target.stat().st_mode & 0o777 == 0o600
        target.unlink()  # a target that happens to look like a database would not be replaced


def test_it_is_closed_to_everybody_else(cache: StoreCache, steward_home: Path) -> None:
    cache.put(NAME, b"customers" * 100, Context())
    (file,) = (path for path in steward_home.rglob("*") if path.is_file())
    assert file == steward_home / "cache" / "store-1" / "pt_1" / "hashes.bin.age"
    assert b"customers" not in file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o600
    assert StoreCache(steward_home, "store-1", Identity.generate()).get(NAME, Context()) is None
    assert StoreCache(steward_home, "store-2", KEY).get(NAME, Context()) is None


@given(place=st.floats(0, 1, exclude_max=True), cut=st.booleans())
@settings(max_examples=40)
def test_a_damaged_piece_is_not_there(
    tmp_path_factory: pytest.TempPathFactory, place: float, cut: bool
) -> None:
    folder = tmp_path_factory.mktemp("cache")
    cache, target = StoreCache(folder, "s", KEY), folder / "out"
    cache.put("a", bytes(70_000), Context())
    file = folder / "cache" / "s" / "a.age"
    data = bytearray(file.read_bytes())
    at = int(place * len(data))
    data[at] ^= 0x10
    file.write_bytes(data[:at] if cut else data)
    assert cache.get("a", Context()) is None
    assert not cache.get_to("a", target, Context())
    assert not target.exists()
    cache.put("a", b"new", Context())
    assert cache.get("a", Context()) == b"new"


def test_what_is_missing_is_not_there(cache: StoreCache, steward_home: Path, tmp_path: Path) -> None:
    assert cache.get(NAME, Context()) is None
    assert not cache.get_to(NAME, tmp_path / "out", Context())
    assert cache.names() == ()
    cache.forget(NAME)
    cache.forget_all()
    (steward_home / "cache" / "store-1" / f"{NAME}.age").mkdir(parents=True)
    assert cache.get(NAME, Context()) is None


def test_pieces_are_listed_and_forgotten(cache: StoreCache) -> None:
    for name in (NAME, "pt_1/maps/1", "base"):
        cache.put(name, b"x", Context())
    assert cache.names() == ("base", NAME, "pt_1/maps/1")
    cache.forget(NAME)
    assert cache.names() == ("base", "pt_1/maps/1")
    cache.forget_all()
    assert cache.names() == ()


def test_names_stay_inside(cache: StoreCache) -> None:
    for name in ("../x", "/etc/x", "", "a/../x", "a//b"):
        with pytest.raises(ValueError, match="name"):
            cache.put(name, b"", Context())


class _Full(Disk):
    def write(self, descriptor: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")


def test_a_full_disk_is_said_and_the_old_piece_stays(cache: StoreCache, tmp_path: Path) -> None:
    cache.put(NAME, b"old", Context())
    with using(_Full()):
        with pytest.raises(Failure) as caught:
            cache.put(NAME, bytes(3_000_000), Context())
        assert caught.value.code is ErrorCode.DISK_FULL
        with pytest.raises(Failure) as caught:
            cache.get_to(NAME, tmp_path / "out", Context())
        assert caught.value.code is ErrorCode.DISK_FULL
    assert cache.get(NAME, Context()) == b"old"
    assert cache.names() == (NAME,)


def test_a_cancel_leaves_the_old_piece(cache: StoreCache, tmp_path: Path) -> None:
    cache.put(NAME, b"old", Context())
    stopped = Context()
    stopped.cancel()
    for act in (
        lambda: cache.put(NAME, b"new", stopped),
        lambda: cache.get(NAME, stopped),
        lambda: cache.get_to(NAME, tmp_path / "out", stopped),
    ):
        with pytest.raises(Cancelled):
            act()
    assert cache.get(NAME, Context()) == b"old"
    assert not (tmp_path / "out").exists()


LARGE = """
import resource, sys
from pathlib import Path
from steward_app.kernel.progress import Context
from steward_app.services.backup.store.cache import StoreCache
from steward_app.storage.age import Identity
folder = Path(sys.argv[1])
cache = StoreCache(folder, "s", Identity.generate())
cache.put("small", bytes(3_000_000), Context())
cache.get_to("small", folder / "out", Context())
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with (folder / "large").open("wb") as file:
    file.truncate(160 << 20)
cache.put("large", folder / "large", Context())
assert cache.get_to("large", folder / "out", Context())
assert (folder / "out").stat().st_size == 160 << 20
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_memory_stays_the_same_whatever_the_size(tmp_path: Path) -> None:
    run = [sys.executable, "-c", LARGE, str(tmp_path)]
    grown_mb = int(subprocess.run(run, capture_output=True, text=True, check=True).stdout)
    assert grown_mb < 16
