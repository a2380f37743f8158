"""Reading age files with a private key (the X25519 recipient of the age format), as quickly as the machine can.

pyrage reads them, too, and has the last word on each that this does not open. But it takes eight times as long, and
holds the interpreter meanwhile: whoever restores a large database would wait for it more than for the disk. Here the
ciphers are those of the cryptography package.
"""

from __future__ import annotations

from typing import Final

from steward_app.kernel.secret import Secret
from steward_app.storage import age_format

_KIND: Final = b"X25519 "
_BECH32: Final = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"
_KEY_CHARACTERS: Final = 52  # 32 bytes, 5 bits in each; a checksum follows


def opened(data: bytes, private_key: Secret) -> bytes | None:
    """What an age file holds, every byte of it authenticated; None where this key or this code does not open it.

    Args:
        private_key: one whose checksum is known to be right.
    """
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

    private = X25519PrivateKey.from_private_bytes(_scalar(private_key))
    public = private.public_key().public_bytes_raw()

    def unwrap(words: bytes, body: bytes) -> bytes | None:
        if not words.startswith(_KIND):
            return None
        share = age_format.from_base64(words.removeprefix(_KIND))
        secret = private.exchange(X25519PublicKey.from_public_bytes(share))
        key = age_format.derived(secret, share + public, age_format.VERSION + b"/X25519")
        return age_format.unwrapped(body, key)

    try:
        return age_format.opened(data, unwrap)
    except ValueError:
        return None


def _scalar(private_key: Secret) -> bytes:
    """The 32 bytes in "AGE-SECRET-KEY-1...", which is Bech32."""
    text = private_key.reveal().upper().rpartition("1")[2]
    value = 0
    for character in text[:_KEY_CHARACTERS]:
        value = value << 5 | _BECH32.index(character)
    return (value >> 4).to_bytes(32, "big")
