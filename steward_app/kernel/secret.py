"""A text that nobody may see by accident: a private key, a passphrase."""

from __future__ import annotations

import hmac
from typing import Final, NoReturn

HIDDEN: Final = "Secret(hidden)"


class Secret:
    """Holds a text and gives it only to who asks by name; in a message, a log or a traceback it is `Secret(hidden)`.

    It cannot be pickled, copied into JSON or compared by looking at how long comparing takes.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, to be used where it stands and kept nowhere."""
        return self._text

    def __repr__(self) -> str:
        return HIDDEN

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        ours, theirs = (each._text.encode("utf-8", "surrogatepass") for each in (self, other))
        return hmac.compare_digest(ours, theirs)

    def __hash__(self) -> int:
        return hash(self._text)

    def __bool__(self) -> bool:
        return bool(self._text)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret does not travel")
