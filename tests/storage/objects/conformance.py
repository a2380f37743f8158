"""What every store of objects keeps to, whatever it is. `ObjectStoreContract` is run over each kind."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward_app.kernel.errors import Cancelled, ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.storage import local
from steward_app.storage.objects import ObjectStore, TooLarge, check_name, gathering, in_parallel

PART = st.from_regex(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,30}", fullmatch=True)
NAMES = st.lists(PART, min_size=1, max_size=3).map("/".join)

NO_NAMES = ("", "/a", "a/", "a//b", "../a", "a/../b", ".a", "a/.b", "a b", "ä", "a\\b", "a\n", "x" * 201)


def names(store: ObjectStore, prefix: str = "") -> list[str]:
    return sorted(each.name for each in store.list(prefix))


class ObjectStoreContract:
    """Subclasses bring the fixtures `store` (open, empty) and `again`, which opens the same store once more."""

    def test_what_was_put_is_there(self, store: ObjectStore, again: Callable[[], ObjectStore]) -> None:
        before = datetime.now(UTC)
        store.put("packs/ab/one.zst", b"one")
        assert store.get("packs/ab/one.zst") == b"one"
        info = store.info("packs/ab/one.zst")
        assert info is not None
        assert (info.name, info.size_bytes) == ("packs/ab/one.zst", 3)
        assert abs(info.modified_at - before) < timedelta(seconds=30)
        with again() as other:
            assert other.get("packs/ab/one.zst") == b"one"
            assert [(each.name, each.size_bytes) for each in other.list()] == [("packs/ab/one.zst", 3)]

    @pytest.mark.parametrize("size", [0, 1, 65_537, 11_000_000])
    def test_a_file_goes_there_and_back(self, store: ObjectStore, tmp_path: Path, size: int) -> None:
        source, target = tmp_path / "source", tmp_path / "target"
        source.write_bytes(os.urandom(size))
        store.put("packs/00/big.zst", source)
        store.get_to("packs/00/big.zst", target)
        assert target.read_bytes() == source.read_bytes()
        info = store.info("packs/00/big.zst")
        assert info is not None
        assert info.size_bytes == size
        assert names(store) == ["packs/00/big.zst"]

    def test_what_grows_beyond_all_measure_is_not_read_into_memory(
        self, store: ObjectStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store.put("packs/ab/one.zst", os.urandom(300_000))
        monkeypatch.setattr(gathering, "MOST_BYTES", 300_000)
        assert len(store.get("packs/ab/one.zst")) == 300_000
        monkeypatch.setattr(gathering, "MOST_BYTES", 299_999)
        with pytest.raises(Failure, match="larger than anything") as raised:
            store.get("packs/ab/one.zst")
        assert raised.value.code is ErrorCode.DAMAGED

    def test_no_more_is_fetched_than_there_can_be(
        self, store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        data = os.urandom(3_000_000)
        store.put("maps/one.zst", data)
        (folder := tmp_path / "fetched").mkdir()
        assert store.get("maps/one.zst", most_bytes=len(data)) == data
        store.get_to("maps/one.zst", folder / "one", most_bytes=len(data))
        assert (folder / "one").read_bytes() == data
        for work in (
            lambda: store.get("maps/one.zst", most_bytes=len(data) - 1),
            lambda: store.get_to("maps/one.zst", folder / "two", most_bytes=len(data) - 1),
        ):
            with pytest.raises(TooLarge, match="larger than anything"):
                work()
        monkeypatch.setattr(local, "free_bytes", lambda path: 3_000_000)
        with pytest.raises(Failure, match="larger than the space that is free") as raised:
            store.get_to("maps/one.zst", folder / "two")
        assert raised.value.code is ErrorCode.DISK_FULL
        assert [path.name for path in folder.iterdir()] == ["one"]

    def test_the_same_again_does_no_harm_and_other_bytes_replace(self, store: ObjectStore) -> None:
        for data in (b"first", b"first", b"second, and longer", b"3"):
            store.put("store.json", data)
            assert store.get("store.json") == data
        assert names(store) == ["store.json"]

    def test_what_is_not_there(self, store: ObjectStore, tmp_path: Path) -> None:
        store.put("maps/here.map", b"x")
        for name in ("maps/gone.map", "nowhere/at/all.map"):
            assert store.info(name) is None
            with pytest.raises(Failure) as raised:
                store.get(name)
            assert raised.value.code is ErrorCode.NOT_FOUND
            with pytest.raises(Failure) as raised:
                store.get_to(name, tmp_path / "target")
            assert raised.value.code is ErrorCode.NOT_FOUND
            store.delete(name)
        assert list(tmp_path.glob("target*")) == []
        assert names(store, "nowhere/") == []
        assert names(store, "maps/g") == []
        assert store.info("maps") is None

    def test_deleted_is_gone(self, store: ObjectStore) -> None:
        store.put("points/a.json", b"a")
        store.put("points/b.json", b"b")
        store.delete("points/a.json")
        store.delete("points/a.json")
        assert names(store) == ["points/b.json"]
        assert store.info("points/a.json") is None

    def test_a_prefix_is_the_beginning_of_a_name(self, store: ObjectStore) -> None:
        everything = [
            "a.json",
            "ab/one",
            "ab/only",
            "ab/two",
            "abc/one",
            "points/20261120T104000.123Z-x.json",
        ]
        for name in everything:
            store.put(name, name.encode())
        assert names(store) == everything
        for prefix in ("a", "ab", "ab/", "ab/on", "ab/two", "abc/", "points/2026", "z"):
            assert names(store, prefix) == [name for name in everything if name.startswith(prefix)]

    def test_thousands_are_listed(self, store: ObjectStore, fill: Callable[[list[str]], None]) -> None:
        wanted = [f"packs/{n % 40:02x}/{n:05d}.zst" for n in range(1300)]
        fill(wanted)
        assert names(store) == sorted(wanted)
        assert names(store, "packs/00/") == sorted(name for name in wanted if name.startswith("packs/00/"))

    def test_several_at_once(self, store: ObjectStore) -> None:
        items = {f"packs/{n % 8:02x}/{n}.zst": os.urandom(10_000 + n) for n in range(40)}

        def put(item: tuple[str, bytes], context: Context) -> str:
            store.put(*item, context)
            return item[0]

        assert list(in_parallel(store, put, items.items(), Context())) == list(items)
        got = in_parallel(store, store.get, items, Context())
        assert dict(zip(items, got, strict=True)) == items

    def test_a_cancelled_transfer_leaves_nothing(self, store: ObjectStore, tmp_path: Path) -> None:
        source = tmp_path / "source"
        source.write_bytes(b"x" * 1_000_000)
        context = Context()
        context.cancel()
        with pytest.raises(Cancelled):
            store.put("packs/00/x.zst", source, context)
        assert names(store) == []
        store.put("packs/00/x.zst", source)
        with pytest.raises(Cancelled):
            store.get_to("packs/00/x.zst", tmp_path / "target", context)
        assert not (tmp_path / "target").exists()

    def test_it_is_a_dictionary(self, store: ObjectStore) -> None:
        examples = count()

        @settings(max_examples=10)
        @given(objects=st.dictionaries(NAMES.map(str.lower), st.binary(max_size=300), max_size=4))
        def check(objects: dict[str, bytes]) -> None:
            part = next(examples)  # each in a part of its own: folders stay when they are empty
            objects = {f"{part}/{name}": data for name, data in objects.items()}
            for name in list(objects):  # a folder cannot hold a file and a folder of one name
                if any(other.startswith(f"{name}/") for other in objects):
                    del objects[name]
            for name, data in objects.items():
                store.put(name, data)
            assert {name: store.get(name) for name in names(store)} == objects
            for name in objects:
                store.delete(name)
            assert names(store) == []

        check()

    def test_a_name_that_is_none_is_refused(self, store: ObjectStore) -> None:
        for name in NO_NAMES:
            for call in (check_name, store.get, store.info, store.delete, lambda bad: store.put(bad, b"")):
                with pytest.raises(ValueError, match="name of an object"):
                    call(name)
        assert names(store) == []

    def test_nothing_unfinished_is_swept_before_its_time(self, store: ObjectStore) -> None:
        store.put("packs/00/x.zst", b"x")
        assert store.sweep(datetime.now(UTC) + timedelta(days=1)) == 0
        assert names(store) == ["packs/00/x.zst"]

    def test_closed_twice(self, again: Callable[[], ObjectStore]) -> None:
        store = again()
        assert store.where
        assert store.transfers > 0
        store.close()
        store.close()
