"""Names for things we make: operations, plans, restore points, requests."""

from __future__ import annotations

import secrets
import uuid

from steward_app.kernel import clock

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id(prefix: str) -> str:
    """A short name that sorts by time and does not repeat: prefix, 50 bits of milliseconds, 50 bits of chance."""
    milliseconds = int(clock.now().timestamp() * 1000)
    return f"{prefix}_{_base32(milliseconds, 10)}{_base32(secrets.randbits(50), 10)}"


def new_uuid() -> str:
    """A random UUID, for the identity of a database."""
    return str(uuid.uuid4())


def _base32(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, digit = divmod(number, 32)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
