"""Writing age files that a passphrase opens (the scrypt recipient of the age format, version 1).

pyrage reads them and writes them too, but when it writes it takes as much work and memory as the computer does in a
second: half a gigabyte on a quick one, and a file that a slow one may refuse to open. Here the work is always the same.
The format is described at age-encryption.org/v1; a test has pyrage and the age program read what this writes.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import Final

WORK_FACTOR: Final = 17  # scrypt's N is 2**17: 128 MB, and some tenths of a second for every guess
_START: Final = b"age-encryption.org/v1"
_CHUNK_BYTES: Final = 64 << 10


def seal(data: bytes, passphrase: str) -> bytes:
    """An age file with those bytes, for small ones."""
    file_key = secrets.token_bytes(16)
    head = b"\n".join([_START, *_stanza(file_key, passphrase), b"---"])
    mac = hmac.digest(_derived(file_key, b"", b"header"), head, "sha256")
    nonce = secrets.token_bytes(16)
    return head + b" " + _base64(mac) + b"\n" + nonce + _payload(data, _derived(file_key, nonce, b"payload"))


def _stanza(file_key: bytes, passphrase: str) -> tuple[bytes, bytes]:
    """The file key, wrapped with a key made from the passphrase."""
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    salt = secrets.token_bytes(16)
    key = hashlib.scrypt(
        passphrase.encode("utf-8"),
        salt=_START + b"/scrypt" + salt,
        n=1 << WORK_FACTOR,
        r=8,
        p=1,
        maxmem=(128 * 8 << WORK_FACTOR) + (1 << 20),
        dklen=32,
    )
    wrapped = ChaCha20Poly1305(key).encrypt(bytes(12), file_key, None)
    return b"-> scrypt %s %d" % (_base64(salt), WORK_FACTOR), _base64(wrapped)


def _payload(data: bytes, key: bytes) -> bytes:
    """The bytes in sealed chunks; the last one is marked, so that none can be cut off."""
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    chunks = [data[at : at + _CHUNK_BYTES] for at in range(0, len(data), _CHUNK_BYTES)] or [b""]
    cipher, last = ChaCha20Poly1305(key), len(chunks) - 1
    return b"".join(
        cipher.encrypt(number.to_bytes(11, "big") + bytes([number == last]), chunk, None)
        for number, chunk in enumerate(chunks)
    )


def _derived(file_key: bytes, salt: bytes, purpose: bytes) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), length=32, salt=salt, info=purpose).derive(file_key)


def _base64(data: bytes) -> bytes:
    return base64.b64encode(data).rstrip(b"=")
