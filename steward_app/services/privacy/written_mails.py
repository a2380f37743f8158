"""Addresses of e-mail as people write them for people: name (at) host.org, name [at] host [dot] org, a.b AT host.org"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

_BRACKETED: Final = "at|ät|@|arroba|arobase|arobas|chiocciola|małpa|malpa"
_BARE: Final = "at|ät|arroba|arobase|chiocciola|małpa|malpa"
_DOT: Final = "dot|punkt|point|punto|ponto|kropka|tečka|punt|prik"
_AT: Final = rf" ?[(\[{{<] ?(?i:{_BRACKETED}) ?[)\]}}>] ?"


_SIGNS: Final = r"\pL\d_"
_HOST: Final = rf"[{_SIGNS}][{_SIGNS}-]*"
_BETWEEN: Final = rf"(?:\.| ?[(\[{{] ?(?i:{_DOT}) ?[)\]}}] ?| (?i:{_DOT}) )"
_DOMAIN: Final = rf"{_HOST}(?:{_BETWEEN}{_HOST})*{_BETWEEN}"
IN_WORDS: Final = (
    rf"[{_SIGNS}.%+-]+{_AT}{_DOMAIN}[a-zA-Z]{{2,}}"
    rf"|(?:\pL[\pL%+-]*[\d._][{_SIGNS}.%+-]* (?i:{_BARE})"
    rf"|[{_SIGNS}.%+-]+ (?:AT|ÄT|ARROBA|AROBASE)) {_DOMAIN}[a-z]{{2,}}"
)
"""The expression for such an address, in RE2: its time grows with the text alone.

Without brackets only what is no word may stand before “at” (a dot or digit is in it), or AT has capitals, and the host
ends in small letters: “look at example.com” is none.
"""

_SIGN: Final = re.compile(rf"{_AT}| (?i:{_BARE}) ")
_POINT: Final = re.compile(rf" ?[(\[{{] ?(?i:{_DOT}) ?[)\]}}] ?| (?i:{_DOT}) ")
_MAIL: Final = re.compile(r"([^\s@<>]+)@([^\s@<>]+\.[^\s@<>.]+)")
MOSTLY: Final = (" (at) ", "(at)", " [at] ", "[at]", " at ")
"""What people mostly write for the sign."""

_MARKS: Final = (b"(at", b"[at", b" at ", b"arroba", b"arobas")


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Where such addresses stand in a text."""
    if _SIGN.search(text):
        yield from (found.span() for found in _expression().finditer(text))


def plain(written: str) -> str:
    """An address in words as a program writes it."""
    before, _, after = _SIGN.sub("@", written, count=1).partition("@")
    return f"{before}@{_POINT.sub('.', after)}" if after else written


def in_other_words(address: str) -> tuple[str, ...]:
    """The ways in which people mostly write an address for people; nothing for what is none."""
    name, host = parted(address)
    return tuple(f"{name}{sign}{host}" for sign in MOSTLY) if host else ()


def parted(address: str) -> tuple[str, str]:
    """The name and the host of an address that a program wrote; two times "" of what is none."""
    found = _MAIL.fullmatch(address)
    return (found[1], found[2]) if found else ("", "")


@cache
def _expression() -> Any:
    import re2

    return re2.compile(IN_WORDS)


def with_signs(small: bytes) -> bytes:
    """Texts in UTF-8 and small letters, with an @ where a usual word for one stands."""
    for mark in _MARKS:
        small = small.replace(mark, b"@")
    return small
