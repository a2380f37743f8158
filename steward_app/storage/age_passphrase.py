"""Writing age files that a passphrase opens (the scrypt recipient of the age format, version 1).

pyrage reads them and writes them too, but when it writes it takes as much work and memory as the computer does in a
second: half a gigabyte on a quick one, and a file that a slow one may refuse to open. Here the work is always the same.
The format is described at age-encryption.org/v1; a test has pyrage and the age program read what this writes.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

from steward_app.storage.age_format import NONCE_BYTES, VERSION, header_mac, sealed_payload, to_base64

WORK_FACTOR: Final = 17  # scrypt's N is 2**17: 128 MB, and some tenths of a second for every guess


def seal(data: bytes, passphrase: str) -> bytes:
    """An age file with those bytes, for small ones."""
    file_key = secrets.token_bytes(16)
    head = b"\n".join([VERSION, *_stanza(file_key, passphrase), b"---"])
    nonce = secrets.token_bytes(NONCE_BYTES)
    mac = to_base64(header_mac(file_key, head))
    return head + b" " + mac + b"\n" + nonce + sealed_payload(data, file_key, nonce)


def _stanza(file_key: bytes, passphrase: str) -> tuple[bytes, bytes]:
    """The file key, wrapped with a key made from the passphrase."""
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    salt = secrets.token_bytes(16)
    key = hashlib.scrypt(
        passphrase.encode("utf-8"),
        salt=VERSION + b"/scrypt" + salt,
        n=1 << WORK_FACTOR,
        r=8,
        p=1,
        maxmem=(128 * 8 << WORK_FACTOR) + (1 << 20),
        dklen=32,
    )
    wrapped = ChaCha20Poly1305(key).encrypt(bytes(12), file_key, None)
    return b"-> scrypt %s %d" % (to_base64(salt), WORK_FACTOR), to_base64(wrapped)
