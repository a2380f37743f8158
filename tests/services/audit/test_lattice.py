"""The sum of a set: whatever the order and the way to it, the same things give the same hash."""

from __future__ import annotations

import random

from blake3 import blake3
from hypothesis import given, settings
from hypothesis import strategies as st

from steward_app.services.audit.seals.lattice import EMPTY, LatticeHash


def plainly(things: list[bytes]) -> bytes:
    """The definition: 1,024 numbers of 16 bits, added one by one."""
    lanes = [0] * 1024
    for thing in things:
        spread = blake3(thing).digest(length=2048)
        for at in range(1024):
            lanes[at] = (lanes[at] + int.from_bytes(spread[2 * at : 2 * at + 2], "little")) % 65536
    return b"".join(lane.to_bytes(2, "little") for lane in lanes)


@settings(max_examples=25)
@given(st.lists(st.binary(max_size=20), max_size=12), st.integers())
def test_it_is_the_sum_of_the_definition_in_any_order(things: list[bytes], seed: int) -> None:
    shuffled = list(things)
    random.Random(seed).shuffle(shuffled)
    ours = LatticeHash()
    for thing in shuffled:
        ours.add(thing)
    assert ours.state == plainly(things)


@settings(max_examples=25)
@given(st.lists(st.binary(max_size=20), max_size=8), st.lists(st.binary(max_size=20), max_size=8))
def test_what_was_taken_out_leaves_no_trace(kept: list[bytes], gone: list[bytes]) -> None:
    ours = LatticeHash()
    for thing in (*gone, *kept):
        ours.add(thing)
    ours = LatticeHash(ours.state)
    for thing in gone:
        ours.remove(thing)
    assert ours.state == plainly(kept)
    for thing in kept:
        ours.remove(thing)
    assert ours.state == EMPTY
