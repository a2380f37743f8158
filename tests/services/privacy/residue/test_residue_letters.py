"""Windows of a file are searched with small letters: each byte as `bytes.lower` would have it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from steward_app.services.privacy.residue import matcher
from steward_app.services.privacy.residue.matcher import small_letters

EVERY_BYTE = bytes(range(256))


@given(st.binary(max_size=300))
def test_letters_become_small_and_nothing_else_changes(window: bytes) -> None:
    assert small_letters(window) == window.lower()


def test_windows_longer_than_what_is_worked_on_at_once_come_back_whole() -> None:
    window = EVERY_BYTE * (2 * matcher._LETTERS // len(EVERY_BYTE)) + b"AnnA"
    assert small_letters(window) == window.lower()


def test_each_thread_has_windows_of_its_own() -> None:
    ours = small_letters(b"OURS")
    with ThreadPoolExecutor(1) as pool:
        theirs = pool.submit(small_letters, b"THEIRS AND LONGER").result()
    assert (bytes(ours), bytes(theirs)) == (b"ours", b"theirs and longer")
