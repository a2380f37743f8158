"""Opening age files with our own reading of the format: the same as pyrage does, and never more."""

from __future__ import annotations

import pyrage
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from steward_app.kernel.secret import Secret
from steward_app.storage import age, age_x25519
from steward_app.storage.age import Identity

KEY = Identity.generate()
OTHER = Identity.generate()
CHUNK = 64 << 10


def opened(sealed: bytes, key: Identity = KEY) -> bytes | None:
    return age_x25519.opened(sealed, key.reveal())


@pytest.mark.parametrize(
    "size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK - 1, 2 * CHUNK, 2 * CHUNK + 1, 5 * CHUNK + 17]
)
def test_every_length_at_the_borders_of_chunks(size: int) -> None:
    data = bytes(n % 251 for n in range(size))
    assert opened(age.encrypt(data, [KEY.public_key])) == data


@given(st.binary(max_size=2000), st.integers(0, 3))
@settings(max_examples=40)
def test_it_opens_what_pyrage_seals_to_any_of_several(data: bytes, place: int) -> None:
    keys = [Identity.generate().public_key for _ in range(3)]
    keys.insert(place, KEY.public_key)
    sealed = age.encrypt(data, keys)
    assert opened(sealed) == data
    assert opened(sealed, OTHER) is None


def test_keys_of_every_kind_are_read_as_pyrage_reads_them() -> None:
    for _ in range(100):
        key = Identity.generate()
        assert opened(age.encrypt(b"x", [key.public_key]), key) == b"x"


@given(st.binary(min_size=1, max_size=300), st.floats(0, 1, exclude_max=True), st.integers(0, 7))
@example(b"x", 0.0, 0)
@settings(max_examples=150)
def test_no_changed_bit_and_no_cut_is_opened(data: bytes, place: float, bit: int) -> None:
    sealed = age.encrypt(data, [OTHER.public_key, KEY.public_key])
    at = int(place * len(sealed))
    flipped = sealed[:at] + bytes([sealed[at] ^ 1 << bit]) + sealed[at + 1 :]
    for damaged in (flipped, sealed[:at], sealed + b"\0"):
        assert opened(damaged) is None
        with pytest.raises(pyrage.DecryptError):
            pyrage.decrypt(damaged, [pyrage.x25519.Identity.from_str(KEY.reveal().reveal())])


def test_chunks_cannot_be_left_out_or_change_places() -> None:
    sealed = age.encrypt(bytes(3 * CHUNK), [KEY.public_key])
    start, step = len(sealed) - 3 * (CHUNK + 16), CHUNK + 16
    head, chunks = sealed[:start], [sealed[start + n * step : start + (n + 1) * step] for n in range(3)]
    assert opened(head + b"".join(chunks)) == bytes(3 * CHUNK)
    for order in ([0, 1], [0, 2], [1, 0, 2], [0, 1, 2, 2], [2], []):
        assert opened(head + b"".join(chunks[n] for n in order)) is None


def test_what_only_a_passphrase_opens_is_left_to_pyrage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("steward_app.storage.age_passphrase.WORK_FACTOR", 6)
    assert opened(age.encrypt_with_passphrase(b"x", Secret("correct horse"))) is None
    assert opened(b"") is None
    assert opened(b"age-encryption.org/v1\n---") is None
