"""Hashing, comparing and grouping, on images of any kind."""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.staged import applied, hashed
from steward_app.db import pages
from steward_app.services.backup.store.scan_packs import Packs, Spool
from steward_app.services.backup.store.scan_pages import Base, Scan
from steward_app.services.backup.store.staging import BLOCKS, HASHES, PACK_BYTES

SIZES = st.sampled_from([512, 1024, 4096, 16_384, 65_536])


class Walked:
    """One scan of an image in a folder of its own."""

    def __init__(
        self,
        image: bytes,
        size: int,
        folder: Path,
        previous: Path | None = None,
        key: bytes | None = None,
        *,
        spooled: bool = False,
    ) -> None:
        self.folder, self.size, self.count, self.key = folder, size, len(image) // size, key
        folder.mkdir()
        file = folder / "image.db"
        file.write_bytes(image)
        descriptors = len(pages._descriptors)
        held = pages.of_copy(file, size, self.count, "wal")
        packs, spool = Packs(folder, key), Spool(folder)
        with Base.of(previous, size, key) as base:
            scan = Scan(held, base, key, folder, spool if spooled else packs)
            self.root = scan.run(lambda done, total: None)
        for group in spool.drain():
            packs.add(group)
        self.packs = packs.finish()
        self.changed = scan.changed
        for descriptor in pages._descriptors[descriptors:]:  # of a file that is no database
            os.close(descriptor)
        del pages._descriptors[descriptors:]

    @property
    def hashes(self) -> Path:
        return self.folder / HASHES

    def over(self, before: bytes) -> bytes:
        return applied(before, self.folder, self.size, self.count, self.key)


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)


@st.composite
def histories(draw: st.DrawFn) -> tuple[int, list[bytes]]:
    """A page size, and images of which each comes from the one before by changes, growth and shrinking."""
    size = draw(SIZES)
    seed = draw(st.integers(0, 2**16))
    chance = random.Random(seed)
    longest = min(600, (2 << 20) // size)
    count = draw(st.integers(0, longest))
    image = [chance.randbytes(8) * (size // 8) for _ in range(count)]
    images = [b"".join(image)]
    for _ in range(2):
        count = draw(st.one_of(st.just(len(image)), st.integers(0, longest)))
        image = image[:count] + [chance.randbytes(8) * (size // 8) for _ in range(count - len(image))]
        for place in chance.sample(range(count), draw(st.integers(0, min(count, 20)))):
            image[place] = chance.randbytes(8) * (size // 8)
        images.append(b"".join(image))
    return size, images


@settings(max_examples=30)
@given(histories(), st.booleans(), st.booleans(), st.booleans())
def test_what_is_staged_makes_each_image_of_the_one_before(
    history: tuple[int, list[bytes]], keyed: bool, spooled: bool, with_blocks: bool
) -> None:
    size, images = history
    key = b"k" * 32 if keyed else None
    with tempfile.TemporaryDirectory() as made:
        before, previous = b"", None
        for number, image in enumerate(images):
            walked = Walked(image, size, Path(made) / str(number), previous, key, spooled=spooled)
            assert walked.over(before) == image
            assert walked.changed == sum(
                image[at : at + size] != before[at : at + size] for at in range(0, len(image), size)
            )
            assert walked.root == hashed(walked.hashes.read_bytes(), key)
            packs = sorted(walked.folder.glob("*.pack"))
            assert [(p.stat().st_size, hashed(p.read_bytes(), key).hex()) for p in packs] == walked.packs
            before, previous = image, walked.hashes
            if not with_blocks:
                (walked.folder / BLOCKS).unlink()


def test_hashes_of_blocks_are_believed_of_their_own_pages_only(folder: Path) -> None:
    chance = random.Random(1)
    one, two = chance.randbytes(64 * 1024), chance.randbytes(64 * 1024)
    first = Walked(one, 1024, folder / "one")
    second = Walked(two, 1024, folder / "two", first.hashes)
    (second.folder / BLOCKS).replace(first.folder / BLOCKS)  # says that nothing changed, of other hashes
    third = Walked(two, 1024, folder / "three", first.hashes)
    assert third.changed == 64
    assert third.over(one) == two
    other_size = Walked(two, 2048, folder / "four", third.hashes)
    assert other_size.changed == 32
    other_key = Walked(two, 1024, folder / "five", third.hashes, b"x" * 32)
    assert other_key.changed == 64


def test_an_image_with_no_change_stages_nothing(folder: Path) -> None:
    image = random.Random(2).randbytes(300 * 4096)
    first = Walked(image, 4096, folder / "one")
    again = Walked(image, 4096, folder / "two", first.hashes)
    assert (again.changed, again.packs, again.root) == (0, [], first.root)
    assert (again.folder / "groups.bin").read_bytes() == b""
    assert again.hashes.read_bytes() == first.hashes.read_bytes()


def test_packs_are_closed_at_their_size(folder: Path) -> None:
    image = random.Random(3).randbytes(70 << 20)  # nothing to compress
    walked = Walked(image, 65_536, folder / "one")
    sizes = [size for size, _ in walked.packs]
    assert len(sizes) == 4  # of frames a little larger than half of one, which are not cut
    assert max(sizes) <= PACK_BYTES
    assert walked.over(b"") == image
