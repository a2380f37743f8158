"""Every point that was announced restores to the bytes that were captured."""

from __future__ import annotations

import random
import stat
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.stores import StoreInAFolder, UnsyncedDisk, a_store
from steward_app.kernel.errors import Refused
from steward_app.kernel.progress import Context
from steward_app.services.backup.store import reader
from steward_app.services.backup.store.map import DELTAS_AT_MOST
from steward_app.services.backup.store.model import StoredPoint
from steward_app.storage.disk import using

PAGE = 512


def image(seed: int, pages: int, page_size: int = PAGE) -> bytes:
    return random.Random(seed).randbytes(pages * page_size)


def changed(data: bytes, page: int, page_size: int = PAGE) -> bytes:
    """The image with a byte of one page (from 0) changed."""
    at = page * page_size
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


def test_a_first_point_and_one_that_stands_on_it(made: StoreInAFolder) -> None:
    first_image = image(1, 40)
    first = made.write(first_image)
    second_image = changed(changed(first_image, 3), 39) + image(2, 5)
    second = made.write(second_image, first)
    assert made.restore(first) == first_image
    assert made.restore(second) == second_image
    assert second.manifest.maps[0] == first.manifest.maps[0]
    assert len(second.manifest.maps) == 2
    assert second.manifest.new_bytes < first.manifest.new_bytes
    assert second.manifest.sequence == 2


def test_points_are_listed_oldest_first(made: StoreInAFolder) -> None:
    stored = [made.write(image(n, 3)) for n in range(4)]
    listing = reader.points(made.store, Context())
    assert listing.points == tuple(stored)
    assert listing.damaged == ()
    assert [name.name for name in reader.point_names(made.store, Context())] == [p.name for p in stored]


def test_a_chain_of_more_points_than_deltas_may_stand_on_a_keyframe(made: StoreInAFolder) -> None:
    data = image(1, 2000)
    points: list[StoredPoint] = [made.write(data, frame_pages=256)]
    for number in range(DELTAS_AT_MOST + 4):
        data = changed(data, number * 7)
        points.append(made.write(data, points[-1]))
    lengths = [len(point.manifest.maps) for point in points]
    assert max(lengths) == DELTAS_AT_MOST + 1
    assert lengths[DELTAS_AT_MOST + 1] == 1, "a keyframe of its own"
    for point in (points[0], points[DELTAS_AT_MOST], points[DELTAS_AT_MOST + 1], points[-1]):
        assert made.restore(point) == made.captured[point.name]


def test_deltas_that_outweigh_their_keyframe_become_one(made: StoreInAFolder) -> None:
    first = made.write(image(1, 64))
    second = made.write(image(2, 64), first)
    third = made.write(image(3, 64), second)
    assert [len(each.manifest.maps) for each in (first, second, third)] in ([1, 2, 1], [1, 1, 1])
    assert set(third.manifest.packs).isdisjoint(first.manifest.packs), (
        "nothing of the first is needed any more"
    )
    assert made.restore(third) == image(3, 64)


def test_a_keyframe_merged_from_many_names_only_packs_that_are_needed(made: StoreInAFolder) -> None:
    data = image(1, 8)
    point = made.write(data)
    for _ in range(DELTAS_AT_MOST + 2):
        data = changed(data, 0)
        point = made.write(data, point)
    assert made.restore(point) == data
    assert len(point.manifest.packs) < DELTAS_AT_MOST


@pytest.mark.parametrize("page_size", [512, 1024, 4096, 65536])
def test_pages_of_every_size(made: StoreInAFolder, page_size: int) -> None:
    data = image(5, 9, page_size) + bytes(3 * page_size)
    assert made.restore(made.write(data, page_size=page_size)) == data


def test_full_frames_of_256_pages(made: StoreInAFolder) -> None:
    data = image(5, 700)
    assert made.restore(made.write(data, frame_pages=256)) == data


def test_an_empty_file_is_a_point(made: StoreInAFolder) -> None:
    first = made.write(image(1, 4))
    empty = made.write(b"", first)
    again = made.write(image(2, 4), empty)
    assert [made.restore(each) for each in (first, empty, again)] == [image(1, 4), b"", image(2, 4)]


def test_another_page_size_stands_alone(made: StoreInAFolder) -> None:
    from steward_app.services.backup.store.model import BaseUnusable

    first = made.write(image(1, 8))
    with pytest.raises(BaseUnusable, match="another page size"):
        made.write(image(1, 8), first, page_size=1024)
    second = made.write(image(1, 8), page_size=1024)
    assert made.restore(second) == image(1, 8)


def test_the_file_is_private_and_never_takes_the_place_of_another(
    made: StoreInAFolder, tmp_path: Path
) -> None:
    point = made.write(image(1, 4))
    target = tmp_path / "back.db"

    def restore() -> None:
        reader.read_point(
            made.store, point.manifest, made.identity, target, Context(), scratch=tmp_path / "scratch"
        )

    restore()
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    target.write_bytes(b"mine")
    with pytest.raises(Refused, match="exists already"):
        restore()
    assert target.read_bytes() == b"mine"
    assert list((tmp_path / "scratch").iterdir()) == []


@pytest.mark.parametrize(
    ("left", "name"),
    [("clinic.db-wal", "clinic.db"), ("clinic.db-journal", "clinic.db"), ("clinic.db", "clinic.db-wal")],
)
def test_nothing_is_restored_to_where_sqlite_would_play_a_log_over_it(
    made: StoreInAFolder, tmp_path: Path, left: str, name: str
) -> None:
    point = made.write(image(1, 4))
    (tmp_path / left).write_bytes(b"SQLite format 3\0")
    with pytest.raises(Refused):
        reader.read_point(
            *(made.store, point.manifest, made.identity, tmp_path / name, Context()),
            scratch=tmp_path / "scratch",
        )
    assert not (tmp_path / name).exists()


def test_any_key_of_an_encrypted_store_restores(tmp_path: Path) -> None:
    made = a_store(tmp_path, encrypted=True)
    point = made.write(image(1, 4))
    made.identity = made.sheet
    assert made.restore(point) == image(1, 4)


pages = st.one_of(
    st.just(bytes(PAGE)),
    st.integers(0, 255).map(lambda b: bytes([b]) * PAGE),
    st.binary(max_size=40).map(lambda b: b.ljust(PAGE, b"\0")),
)


@st.composite
def histories(draw: st.DrawFn) -> list[list[bytes]]:
    """States of a file, each made of the one before: pages changed, added, cut off, moved."""
    states = [draw(st.lists(pages, max_size=24))]
    for _ in range(draw(st.integers(0, 5))):
        now = list(states[-1])
        for at in draw(st.lists(st.integers(0, 23), max_size=6)):
            if at < len(now):
                now[at] = draw(pages)
        now = now[: draw(st.integers(0, len(now)))] if draw(st.booleans()) else now
        now += draw(st.lists(pages, max_size=8))
        if now and draw(st.booleans()):
            now = now[1:] + now[:1]
        states.append(now)
    return states


@settings(max_examples=25)
@given(history=histories(), encrypted=st.booleans(), frame_pages=st.sampled_from([1, 3, 256]), data=st.data())
def test_every_point_of_a_history_restores(
    history: list[list[bytes]], encrypted: bool, frame_pages: int, data: st.DataObject
) -> None:
    with TemporaryDirectory() as folder, using(UnsyncedDisk()):
        made = a_store(Path(folder), encrypted=encrypted)
        points: list[StoredPoint] = []
        for state in history:
            base = data.draw(st.sampled_from([None, *points[-2:]]))
            points.append(made.write(b"".join(state), base, frame_pages=frame_pages))
        for point, state in zip(points, history, strict=True):
            assert made.restore(point) == b"".join(state)
