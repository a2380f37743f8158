"""What all age files have in common (the age format, version 1, described at age-encryption.org/v1).

age-encryption.org/v1           the first line
-> X25519 ...                   a stanza for each that opens it, with the file key wrapped for it
--- <mac>                       over all of the above, with a key made of the file key
<nonce><chunks>                 64 KiB each, sealed with a key made of the file key and the nonce
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable
from io import BytesIO
from itertools import pairwise
from typing import Final

VERSION: Final = b"age-encryption.org/v1"
NONCE_BYTES: Final = 16
TAG_BYTES: Final = 16
FILE_KEY_BYTES: Final = 16
_CHUNK_BYTES: Final = 64 << 10
_STANZA: Final = b"-> "
_END: Final = b"\n---"
_MAC_CHARACTERS: Final = 43
_MOST_HEADER_BYTES: Final = 64 << 10

Unwrap = Callable[[bytes, bytes], bytes | None]
"""What gives the file key from a stanza: the words after its arrow, and its body. None where it is for another."""


def derived(secret: bytes, salt: bytes, purpose: bytes) -> bytes:
    """A key of 32 bytes for one purpose (HKDF with SHA-256)."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), length=32, salt=salt, info=purpose).derive(secret)


def header_mac(file_key: bytes, head: bytes) -> bytes:
    """The code over the header, from its first line to the dashes before the code."""
    return hmac.digest(derived(file_key, b"", b"header"), head, "sha256")


def to_base64(data: bytes) -> bytes:
    """As age writes bytes in its header: without padding."""
    return base64.b64encode(data).rstrip(b"=")


def from_base64(text: bytes) -> bytes:
    """Raises ValueError for what `to_base64` would not have written."""
    data = base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    if to_base64(data) != text:
        raise ValueError("not written as age writes it")
    return data


def sealed_payload(data: bytes, file_key: bytes, nonce: bytes) -> bytes:
    """The bytes in sealed chunks; the last one is marked, so that none can be cut off."""
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    cipher = ChaCha20Poly1305(derived(file_key, nonce, b"payload"))
    starts = range(0, len(data) or 1, _CHUNK_BYTES)
    return b"".join(
        cipher.encrypt(_chunk_nonce(number, start == starts[-1]), data[start : start + _CHUNK_BYTES], None)
        for number, start in enumerate(starts)
    )


def opened(data: bytes, unwrap: Unwrap) -> bytes | None:
    """What an age file holds, every byte of it authenticated; None where no stanza is unwrapped.

    Raises ValueError where the file is not as it was written, or not as it is read here.
    """
    end = data.find(_END, 0, _MOST_HEADER_BYTES)
    if end < 0 or not data.startswith(VERSION + b"\n"):
        raise ValueError("it does not begin as an age file does")
    head = data[: end + len(_END)]
    stanzas = (pair for pair in pairwise(head.split(b"\n")) if pair[0].startswith(_STANZA))
    keys = (unwrap(line.removeprefix(_STANZA), from_base64(body)) for line, body in stanzas)
    file_key = next((key for key in keys if key is not None), None)
    if file_key is None:
        return None
    payload = len(head) + 1 + _MAC_CHARACTERS + 1
    ending = b" " + to_base64(header_mac(file_key, head)) + b"\n"
    if not hmac.compare_digest(data[len(head) : payload], ending):
        raise ValueError("its header is not as it was written")
    nonce = data[payload : payload + NONCE_BYTES]
    return _opened_payload(memoryview(data)[payload + NONCE_BYTES :], file_key, nonce)


def unwrapped(wrapped: bytes, key: bytes) -> bytes | None:
    """The file key in the body of a stanza; None where the key is another. Raises ValueError for any other body."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    if len(wrapped) != FILE_KEY_BYTES + TAG_BYTES:
        raise ValueError("not the length of a file key")
    try:
        return ChaCha20Poly1305(key).decrypt(bytes(12), wrapped, None)
    except InvalidTag:
        return None


def _opened_payload(sealed: memoryview, file_key: bytes, nonce: bytes) -> bytes:
    """The bytes that `sealed_payload` sealed. Raises ValueError where they are not as they were written."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    cipher = ChaCha20Poly1305(derived(file_key, nonce, b"payload"))
    step = _CHUNK_BYTES + TAG_BYTES
    starts = range(0, len(sealed) or 1, step)
    if len(starts) > 1 and len(sealed) - starts[-1] <= TAG_BYTES:
        raise ValueError("the last chunk is empty, and it is not the only one")
    plain = BytesIO()  # grows in place, where a list of pieces would be held beside what is joined of it
    try:
        for number, start in enumerate(starts):
            of_chunk = _chunk_nonce(number, start == starts[-1])
            plain.write(cipher.decrypt(of_chunk, sealed[start : start + step], None))
    except InvalidTag:
        raise ValueError("a chunk is not as it was written") from None
    return plain.getvalue()


def _chunk_nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])
