"""The key with which this machine signs what it says: evidence of drills, copies of the erasure ledger.

Ed25519, so that a stranger can verify with the public key alone and cannot sign. The private key is among the secrets
of the machine. What is signed is either any bytes, with the signature beside them, or a JSON document that carries its
signature: the member `signature`, made over the rest in its canonical form. docs/keys.md tells how anybody verifies.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.secret import Secret
from steward_app.storage.secrets import Secrets

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ALGORITHM: Final = "Ed25519"
_SECRET_NAME: Final = "machine/signing-key"  # noqa: S105  the name it is kept under
_MEMBER: Final = "signature"


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed, and what proves it.

    Attributes:
        key_id: the first 16 hex characters of the SHA-256 of the public key; what people compare.
        public_key: the 32 bytes of the public key, in base64.
        signature: 64 bytes, in base64.
    """

    key_id: str
    public_key: str
    signature: str

    @property
    def pem(self) -> str:
        """The public key as openssl reads it."""
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(self.public_key))
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return key.public_bytes(serialization.Encoding.PEM, form).decode("ascii")


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The private key that signs, and what names it."""

    key_id: str
    private: Secret


def signing_key(secrets: Secrets) -> SigningKey:
    """The key of this machine with its private part, to be written where its owner says; made where there is none."""
    return signing_key_of(Secret(_text(_private_key(secrets).private_bytes_raw())))


def signing_key_of(private: Secret) -> SigningKey:
    """The key of a private part, in base64. Raises ValueError for what is none."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(private.reveal(), validate=True))
    return SigningKey(_key_id(key.public_key().public_bytes_raw()), private)


def keep_signing_key(key: SigningKey, secrets: Secrets) -> None:
    """Sign with this key from now on, in the place of the one before."""
    secrets.set(_SECRET_NAME, key.private)


def sign(document: bytes, secrets: Secrets) -> Signature:
    """Sign bytes with this machine's key, which is made when it is first used. Raises `Failure` of the secrets."""
    key = _private_key(secrets)
    public_key = key.public_key().public_bytes_raw()
    return Signature(_key_id(public_key), _text(public_key), _text(key.sign(document)))


def verify(document: bytes, signature: Signature) -> bool:
    """Whether these very bytes were signed with the private key that belongs to the signature's public key.

    Whose key that is, is another question: compare `key_id` with one noted elsewhere, such as on a recovery sheet.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        public_key, signed = (
            base64.b64decode(each, validate=True) for each in (signature.public_key, signature.signature)
        )
        Ed25519PublicKey.from_public_bytes(public_key).verify(signed, document)
    except (InvalidSignature, ValueError):
        return False
    return signature.key_id == _key_id(public_key)


def signing_key_id(secrets: Secrets) -> str:
    """The id of this machine's signing key, to be noted where a stranger looks for it."""
    return _key_id(_private_key(secrets).public_key().public_bytes_raw())


def known_signing_key_id(secrets: Secrets) -> str:
    """The same; "" as long as nothing was signed, since looking makes no key."""
    return signing_key_id(secrets) if _SECRET_NAME in secrets.names() else ""


def canonical(document: Mapping[str, Any]) -> bytes:
    """A JSON document as it is signed: sorted keys, no spaces, ASCII only. Raises ValueError for what is not JSON."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return text.encode("ascii")


def signed_json(document: Mapping[str, Any], secrets: Secrets) -> bytes:
    """A JSON document that carries its signature, readable and in lines. `read_signed` reads it.

    Numbers with a fraction are written differently by other languages: such a document says them as text.
    """
    made = sign(canonical(document), secrets)
    member = {
        "algorithm": ALGORITHM,
        "key_id": made.key_id,
        "public_key": made.public_key,
        "signature": made.signature,
    }
    return json.dumps({**document, _MEMBER: member}, indent=1, ensure_ascii=True).encode("ascii") + b"\n"


def read_signed(data: bytes, *, name: str) -> tuple[dict[str, Any], Signature]:
    """A signed JSON document without its signature, and the signature, which holds.

    Args:
        name: of the document, for the error.

    Raises `Failure` DAMAGED when it is no signed document, VERIFY_FAILED when it was changed after it was signed.
    """
    try:
        document = json.loads(data)
        member = document.pop(_MEMBER)
        if member["algorithm"] != ALGORITHM:
            raise ValueError("another algorithm")
        found = Signature(*(str(member[each]) for each in ("key_id", "public_key", "signature")))
        signed = canonical(document)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Failure(
            ErrorCode.DAMAGED,
            f"“{name}” is not a signed document.",
            hint="It was left as it is, and not used.",
        ) from None
    if not verify(signed, found):
        raise Failure(
            ErrorCode.VERIFY_FAILED,
            f"“{name}” was changed after it was signed.",
            hint="It was left as it is, and not used. Look for another copy of it.",
        )
    return document, found


def _private_key(secrets: Secrets) -> Ed25519PrivateKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    kept = secrets.get_or_set(
        _SECRET_NAME, lambda: Secret(_text(Ed25519PrivateKey.generate().private_bytes_raw()))
    )
    try:
        return Ed25519PrivateKey.from_private_bytes(base64.b64decode(kept.reveal(), validate=True))
    except (binascii.Error, ValueError):
        raise Failure(
            ErrorCode.DAMAGED,
            f"What this computer keeps as “{_SECRET_NAME}” is not a signing key.",
            hint="Nothing was signed. Remove it, and a new one is made; what was signed before stays verifiable.",
        ) from None


def _key_id(public_key: bytes) -> str:
    return hashlib.sha256(public_key).hexdigest()[:16]


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
