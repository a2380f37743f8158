"""What takes long to make from the rules, made once for the same rules."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Generic, Protocol, TypeVar

_KEPT = 2  # the program's own rules, and those with a steward's beside them


class Digested(Protocol):
    """Rules that tell by a digest what they hold."""

    @property
    def digest(self) -> str: ...


_R = TypeVar("_R", bound=Digested)
_T = TypeVar("_T")


class _Held(Generic[_R]):
    """Rules as an argument that is not compared: their digest is."""

    def __init__(self, rules: _R) -> None:
        self.rules = rules

    def __hash__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held)


def once_for_rules(make: Callable[[_R], _T]) -> Callable[[_R], _T]:
    """The same function, whose last results are kept by the digest of the rules they were made of."""

    @lru_cache(maxsize=_KEPT)
    def made(digest: str, held: _Held[_R]) -> _T:
        return make(held.rules)

    return lambda rules: made(rules.digest, _Held(rules))
