"""Addresses of e-mail that pseudonyms are: of names from a list, with signs of their own, at hosts that nobody has."""

from __future__ import annotations

import re
from typing import Final

SIGNS: Final = "123456789abcdefghjkmnpqrstuvwxyz"
SIGNS_OF_ONE: Final = 10
"""Signs of 5 bits each."""

HOSTS: Final = ("example.org", "example.com", "example.net")
"""RFC 2606."""

_MADE_UP: Final = re.compile(
    rf"[\w.'-]{{1,200}}\.[{SIGNS}]{{{SIGNS_OF_ONE}}}@(?:{'|'.join(map(re.escape, HOSTS))})\b", re.IGNORECASE
)


def without_made_up_addresses(text: str) -> str:
    """A text without them: somebody may be called as one of them begins, by chance."""
    return _MADE_UP.sub("@", text) if "@example." in text.lower() else text
