"""age files that a passphrase opens (the scrypt recipient of the age format, version 1).

pyrage reads them and writes them too, but when it writes it takes as much work and memory as the computer does in a
second: half a gigabyte on a quick one, and a file that a slow one may refuse to open. Here the work is always the same.
When pyrage reads one, everything else in the program stands still for seconds; here other threads go on.
The format is described at age-encryption.org/v1; a test has pyrage and the age program read what this writes.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

from steward_app.storage.age_format import (
    FILE_KEY_BYTES,
    NONCE_BYTES,
    VERSION,
    from_base64,
    header_mac,
    opened,
    sealed_payload,
    to_base64,
    unwrapped,
)

WORK_FACTOR: Final = 17  # scrypt's N is 2**17: 128 MB, and some tenths of a second for every guess
_KIND: Final = b"scrypt "
_SALT_BYTES: Final = 16


class WrongPassphrase(Exception):
    """The file is sealed with another one."""


def seal(data: bytes, passphrase: str) -> bytes:
    """An age file with those bytes, for small ones."""
    file_key = secrets.token_bytes(FILE_KEY_BYTES)
    head = b"\n".join([VERSION, *_stanza(file_key, passphrase), b"---"])
    nonce = secrets.token_bytes(NONCE_BYTES)
    mac = to_base64(header_mac(file_key, head))
    return head + b" " + mac + b"\n" + nonce + sealed_payload(data, file_key, nonce)


def unsealed(data: bytes, passphrase: str) -> bytes | None:
    """What such a file holds; None where it takes more work than `seal` does, or is not as it was written.

    Raises `WrongPassphrase`.
    """

    def unwrap(words: bytes, body: bytes) -> bytes:
        salt, _, work = words.removeprefix(_KIND).partition(b" ")
        if not words.startswith(_KIND) or work not in _WORK_THAT_IS_DONE:
            raise ValueError("not what is opened here")
        key = unwrapped(body, _key(passphrase, from_base64(salt), int(work)))
        if key is None:
            raise WrongPassphrase
        return key

    try:
        return opened(data, unwrap)
    except ValueError:
        return None


_WORK_THAT_IS_DONE: Final = frozenset(str(work).encode("ascii") for work in range(1, WORK_FACTOR + 1))


def _stanza(file_key: bytes, passphrase: str) -> tuple[bytes, bytes]:
    """The file key, wrapped with a key made from the passphrase."""
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    salt = secrets.token_bytes(_SALT_BYTES)
    wrapped = ChaCha20Poly1305(_key(passphrase, salt, WORK_FACTOR)).encrypt(bytes(12), file_key, None)
    return b"-> scrypt %s %d" % (to_base64(salt), WORK_FACTOR), to_base64(wrapped)


def _key(passphrase: str, salt: bytes, work: int) -> bytes:
    if len(salt) != _SALT_BYTES:
        raise ValueError("not the length of a salt")
    return hashlib.scrypt(
        passphrase.encode("utf-8"),
        salt=VERSION + b"/scrypt" + salt,
        n=1 << work,
        r=8,
        p=1,
        maxmem=(128 * 8 << work) + (1 << 20),
        dklen=32,
    )
