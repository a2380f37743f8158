"""The small JSON documents of a store, each with a seal over itself, so that any change is noticed.

The seal is BLAKE3 over the document without it: keys sorted, no spaces, everything but ASCII escaped; keyed with the
naming key in an encrypted store, where nobody without that key can make one.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from typing import Any

from steward_app.services.backup.store.sealing import digest


class BadSeal(ValueError):
    """A document that is not as it was written."""


def canonical(document: Mapping[str, Any]) -> bytes:
    """The bytes a seal is over."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("ascii")


def to_json(document: Mapping[str, Any], key: bytes | None) -> bytes:
    """The document with its seal, as it is stored."""
    sealed = {**document, "seal": digest(canonical(document), key).hex()}
    return json.dumps(sealed, indent=1, allow_nan=False).encode("ascii") + b"\n"


def from_json(data: bytes) -> tuple[dict[str, Any], str]:
    """A document without its seal, and the seal. Raises ValueError when it is none."""
    try:
        document = json.loads(data)
        seal = document.pop("seal")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ValueError("not a document of a store") from error
    if not isinstance(document, dict) or not isinstance(seal, str):
        raise ValueError("not a document of a store")
    return document, seal


def check(document: Mapping[str, Any], seal: str, key: bytes | None) -> None:
    """Raise `BadSeal` where the seal is not the document's."""
    made = digest(canonical(document), key).hex()
    if not hmac.compare_digest(made.encode("ascii"), seal.encode("utf-8", "replace")):
        raise BadSeal("not as it was written")
