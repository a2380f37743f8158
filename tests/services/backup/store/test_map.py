"""The map codec: what is written is read, and what makes no sense is refused."""

from __future__ import annotations

from array import array
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward_app.kernel.progress import Context
from steward_app.services.backup.store import sealing
from steward_app.services.backup.store.map import (
    Group,
    MapHeader,
    MapKind,
    read_groups,
    read_header,
    resolve,
    runs,
    write_map,
)


@st.composite
def groups(draw: st.DrawFn, packs: int = 3, pages: int = 40) -> Group:
    numbers = sorted(draw(st.sets(st.integers(1, pages), min_size=1, max_size=20)))
    slots = bytes(draw(st.permutations(range(len(numbers)))))
    return Group(
        draw(st.integers(0, packs - 1)),
        draw(st.integers(0, 1 << 40)),
        draw(st.integers(1, 1 << 30)),
        array("I", numbers),
        slots,
        draw(st.binary(min_size=32 * len(numbers), max_size=32 * len(numbers))),
    )


def header(kind: MapKind = MapKind.KEYFRAME, pages: int = 40, page_size: int = 4096) -> MapHeader:
    return MapHeader(kind, page_size, pages, ("packs/a", "packs/b", "packs/c"))


def a_map(path: Path, told: MapHeader, records: list[Group]) -> Path:
    write_map(path, told, [group.to_bytes() for group in records])
    return path


def whole(pages: int = 40, byte: int = 0) -> Group:
    """A record of every page, all with one hash."""
    hashes = bytes([byte]) * 32 * pages
    return Group(0, 0, 100, array("I", range(1, pages + 1)), bytes(range(pages)), hashes)


@settings(max_examples=50)
@given(records=st.lists(groups(), max_size=8))
def test_a_map_is_read_as_it_was_written(records: list[Group]) -> None:
    with TemporaryDirectory() as folder:
        path = a_map(Path(folder) / "map", header(), records)
        with sealing.decompressed(path, 1 << 30) as source:
            assert read_header(source) == header()
            assert list(read_groups(source, 3)) == records


@settings(max_examples=30)
@given(later=st.lists(st.lists(groups(), max_size=4), max_size=4))
def test_later_records_override_earlier_ones(later: list[list[Group]]) -> None:
    expected = {page: (0, page - 1, bytes(32)) for page in range(1, 41)}
    for group in (group for records in later for group in records):
        for at, page in enumerate(group.pages):
            expected[page] = (group.pack, group.slots[at], group.hashes[at * 32 : at * 32 + 32])
    with TemporaryDirectory() as folder:
        scratch = Path(folder)
        maps = [a_map(scratch / "0", header(), [whole()])]
        maps += [a_map(scratch / f"{n}", header(MapKind.DELTA), each) for n, each in enumerate(later, 1)]
        page_map = resolve(maps, scratch, Context())
        assert page_map.hashes.read_bytes() == b"".join(expected[page][2] for page in range(1, 41))
        found = {
            page: (group.pack, group.slots[at], group.hashes[at * 32 : at * 32 + 32])
            for group in page_map.live_groups()
            for at, page in enumerate(group.pages)
        }
        assert found == expected
        assert page_map.needed_packs() == sorted({pack for pack, _, _ in expected.values()})
        packs = page_map.write_keyframe(scratch / "merged")
        (again := scratch / "again").mkdir()
        merged = resolve([scratch / "merged"], again, Context())
        assert merged.packs == list(packs)
        assert merged.hashes.read_bytes() == page_map.hashes.read_bytes()


def test_pages_that_were_cut_off_do_not_come_back_with_their_old_contents(tmp_path: Path) -> None:
    maps = [
        a_map(tmp_path / "0", header(), [whole()]),
        a_map(tmp_path / "1", header(MapKind.DELTA, pages=10), []),
        a_map(tmp_path / "2", header(MapKind.DELTA, pages=40), []),
    ]
    with pytest.raises(ValueError, match="where every page is"):
        resolve(maps, tmp_path, Context())


@pytest.mark.parametrize(
    "maps",
    [
        [(MapKind.DELTA, 4096)],
        [(MapKind.KEYFRAME, 4096), (MapKind.KEYFRAME, 4096)],
        [(MapKind.KEYFRAME, 4096), (MapKind.DELTA, 1024)],
        [],
    ],
    ids=["no keyframe", "two keyframes", "two page sizes", "none"],
)
def test_maps_that_are_no_chain(tmp_path: Path, maps: list[tuple[MapKind, int]]) -> None:
    files = [
        a_map(tmp_path / str(n), header(kind, page_size=size), [whole()])
        for n, (kind, size) in enumerate(maps)
    ]
    with pytest.raises(ValueError, match=r"keyframe|page sizes|no maps"):
        resolve(files, tmp_path, Context())


@pytest.mark.parametrize("cut", [1, 17, 18, 40, 500])
def test_a_map_that_is_cut_off(tmp_path: Path, cut: int) -> None:
    data = b"".join([whole().to_bytes(), whole(byte=1).to_bytes()])
    with pytest.raises(ValueError, match="cut off"):
        list(read_groups(BytesIO(data[:-cut]), 1))


def test_records_that_make_no_sense() -> None:
    for pack, pages in ((3, [1, 2]), (0, []), (0, list(range(1, 258)))):
        group = Group(pack, 0, 1, array("I", pages), bytes(len(pages) % 256 or 1), bytes(32 * len(pages)))
        with pytest.raises(ValueError, match=r"does not name|no pages"):
            list(read_groups(BytesIO(group.to_bytes()), 3))


@pytest.mark.parametrize("pages", [[2, 1], [3, 3], [0], [5, 6, 6]])
def test_pages_of_a_record_ascend(pages: list[int]) -> None:
    with pytest.raises(ValueError, match="ascend"):
        list(runs(pages))


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{}\n",
        b"not json\n",
        b'{"format":"data-steward-map/2","kind":"delta","page_size_bytes":512,"pages":1,"packs":[]}\n',
        b'{"format":"data-steward-map/1","kind":"delta","page_size_bytes":500,"pages":1,"packs":[]}\n',
        b'{"format":"data-steward-map/1","kind":"delta","page_size_bytes":512,"pages":-1,"packs":[]}\n',
        b'{"format":"data-steward-map/1","kind":"other","page_size_bytes":512,"pages":1,"packs":[]}\n',
        b'{"format":"data-steward-map/1","kind":"delta","page_size_bytes":512,"pages":1,"packs":[7]}\n',
    ],
)
def test_headers_that_are_none(line: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_header(BytesIO(line))


def test_what_is_no_zstd_frame(tmp_path: Path) -> None:
    (path := tmp_path / "map").write_bytes(b"anything else")
    with pytest.raises(ValueError, match="zstd"):
        resolve([path], tmp_path, Context())
