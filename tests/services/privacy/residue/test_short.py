"""Short strings are found wherever they stand, as a plain search finds them, by either library."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward_app.services.privacy.residue import short
from steward_app.services.privacy.residue.short import places, short_strings

_LETTERS = [b"\0", b"\n", b"a", b"b", b"\\", b".", b"(", b"\x7f", b"\x80", b"\xff"]


def plainly(strings: Sequence[bytes], numbers: Sequence[int], window: bytes) -> list[tuple[int, int]]:
    """Every place of every string, one after the other."""
    return sorted(
        (at, n)
        for n in numbers
        for at in range(len(window) - len(strings[n]) + 1)
        if window.startswith(strings[n], at)
    )


few = st.integers(1, 4).flatmap(
    lambda letters: st.tuples(
        st.lists(
            st.lists(st.sampled_from(_LETTERS[:letters]), min_size=5, max_size=14).map(b"".join),
            min_size=1, max_size=12, unique=True,
        ),
        st.lists(st.sampled_from(_LETTERS[:letters]), max_size=80).map(b"".join),
    )
)  # fmt: skip
wide = st.tuples(
    st.lists(
        st.lists(st.sampled_from(_LETTERS), min_size=5, max_size=14).map(b"".join), min_size=1, unique=True
    ),
    st.lists(st.sampled_from(_LETTERS), max_size=40).map(b"".join),
)


@pytest.mark.parametrize("limit", [50_000, 0], ids=["few", "many"])
@given(case=few | wide, planted=st.booleans())
def test_every_place_is_found(limit: int, case: tuple[list[bytes], bytes], planted: bool) -> None:
    strings, window = case
    if planted:
        window = window + strings[0] + window[:3] + strings[-1]
    numbers = list(range(0, len(strings), 2))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(short, "_FEW", limit)
        found = short_strings(strings, numbers)
    for given_as in (window, memoryview(window)):
        assert sorted(found.find(given_as)) == plainly(strings, numbers, window)


def test_strings_that_share_their_end_or_their_beginning_are_told_apart() -> None:
    strings = [(b"%02d@mail.example" % n)[:14] for n in range(100)] + [
        b"example.%02d" % n for n in range(100)
    ]
    window = b"..07@mail.example..example.42..example.4@mail.example"
    numbers = list(range(len(strings)))
    assert sorted(short_strings(strings, numbers).find(window)) == plainly(strings, numbers, window) != []


def test_a_string_at_the_very_beginning_and_end_of_a_window() -> None:
    strings = [b"xx-shared-end", b"yy-shared-end", b"shared"]
    found = short_strings(strings, [0, 1, 2])
    assert sorted(found.find(b"shared-end")) == [(0, 2)]
    assert sorted(found.find(b"xx-shared-end")) == [(0, 0), (3, 2)]


def test_threads_search_at_once() -> None:
    strings = [b"%08d" % (n * 7919) for n in range(2_000)]
    numbers = list(range(len(strings)))
    found = short_strings(strings, numbers)
    windows = [b"".join(strings[start::17]) * 3 for start in range(64)]
    with ThreadPoolExecutor(4) as pool:
        for window, hits in zip(windows, pool.map(found.find, windows), strict=True):
            assert {n for _, n in hits} >= set(range(windows.index(window), 2_000, 17))
            assert all(window.startswith(strings[n], at) for at, n in hits)


@given(
    data=st.lists(st.sampled_from(_LETTERS[:3]), max_size=60).map(b"".join),
    string=st.lists(st.sampled_from(_LETTERS[:3]), min_size=2, max_size=4).map(b"".join),
)
def test_the_places_of_one_string(data: bytes, string: bytes) -> None:
    assert places(data, string) == [at for at, _ in plainly([string], [0], data)]
