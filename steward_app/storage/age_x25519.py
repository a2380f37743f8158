"""Reading age files with a private key (the X25519 recipient of the age format), as quickly as the machine can.

pyrage reads them, too, and has the last word on each that this does not open. But it takes eight times as long, and
holds the interpreter meanwhile: whoever restores a large database would wait for it more than for the disk. Here the
ciphers are those of the cryptography package.
"""

from __future__ import annotations

import hmac
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from steward_app.kernel.secret import Secret
from steward_app.storage.age_format import (
    NONCE_BYTES,
    TAG_BYTES,
    VERSION,
    derived,
    from_base64,
    header_mac,
    opened_payload,
    to_base64,
)

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

_START: Final = VERSION + b"\n"
_STANZA: Final = b"-> X25519 "
_END: Final = b"\n---"
_MAC_CHARACTERS: Final = 43
_FILE_KEY_BYTES: Final = 16
_MOST_HEADER_BYTES: Final = 64 << 10
_BECH32: Final = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"
_KEY_CHARACTERS: Final = 52  # 32 bytes, 5 bits in each; a checksum follows


def opened(data: bytes, private_key: Secret) -> bytes | None:
    """What an age file holds, every byte of it authenticated; None where this key or this code does not open it.

    Args:
        private_key: one whose checksum is known to be right.
    """
    end = data.find(_END, 0, _MOST_HEADER_BYTES)
    if end < 0 or not data.startswith(_START):
        return None
    head = data[: end + len(_END)]
    payload = len(head) + 1 + _MAC_CHARACTERS + 1
    try:
        file_key = _file_key(head, _scalar(private_key))
        if file_key is None:
            return None
        ending = b" " + to_base64(header_mac(file_key, head)) + b"\n"
        if not hmac.compare_digest(data[len(head) : payload], ending):
            return None
        nonce = data[payload : payload + NONCE_BYTES]
        return opened_payload(memoryview(data)[payload + NONCE_BYTES :], file_key, nonce)
    except ValueError:
        return None


def _file_key(head: bytes, scalar: bytes) -> bytes | None:
    """The key of the file, from the first stanza that the private key opens. Raises ValueError for a strange one."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    private = X25519PrivateKey.from_private_bytes(scalar)
    lines = head.split(b"\n")
    for line, body in pairwise(lines):
        if line.startswith(_STANZA):
            unwrapped = _unwrapped(private, from_base64(line.removeprefix(_STANZA)), from_base64(body))
            if unwrapped is not None:
                return unwrapped
    return None


def _unwrapped(private: X25519PrivateKey, share: bytes, wrapped: bytes) -> bytes | None:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    secret = private.exchange(X25519PublicKey.from_public_bytes(share))
    key = derived(secret, share + private.public_key().public_bytes_raw(), VERSION + b"/X25519")
    if len(wrapped) != _FILE_KEY_BYTES + TAG_BYTES:
        raise ValueError("not the length of a file key")
    try:
        return ChaCha20Poly1305(key).decrypt(bytes(12), wrapped, None)
    except InvalidTag:
        return None  # for another


def _scalar(private_key: Secret) -> bytes:
    """The 32 bytes in "AGE-SECRET-KEY-1...", which is Bech32."""
    text = private_key.reveal().upper().rpartition("1")[2]
    value = 0
    for character in text[:_KEY_CHARACTERS]:
        value = value << 5 | _BECH32.index(character)
    return (value >> 4).to_bytes(32, "big")
