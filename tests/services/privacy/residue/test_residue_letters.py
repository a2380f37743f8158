"""Windows of a file are searched with small letters: each byte as `bytes.lower` would have it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from steward_app.services.privacy.residue import matcher
from steward_app.services.privacy.residue.matcher import small_letters

EVERY_BYTE = bytes(range(256))


@given(st.binary(max_size=300))
def test_letters_become_small_and_nothing_else_changes(window: bytes) -> None:
    assert small_letters(window) == window.lower()


def test_windows_longer_than_what_is_worked_on_at_once_come_back_whole() -> None:
    window = EVERY_BYTE * (2 * matcher._BLOCK // len(EVERY_BYTE)) + b"AnnA"
    assert small_letters(window) == window.lower()
