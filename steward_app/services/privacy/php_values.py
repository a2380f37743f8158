"""Values as PHP writes them into texts: a:1:{s:4:"name";s:8:"Ada Berg";}. Many programs of the web keep them in cells.

Before each text stands how many bytes it has (in UTF-8), and PHP reads nothing where one of these numbers is wrong. So
what becomes another one is a text, number or key, with the number of its bytes.
https://www.php.net/manual/en/function.serialize.php
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from steward_app.services.privacy.changes import Change, changed
from steward_app.services.privacy.own_keys import own_key

_SIGNS: Final = (':"', ":{", "|")
_MAY_BE: Final = re.compile(r'[asO]:\d{1,9}:[{"]|\|[id]:')
_BEGINS: Final = re.compile(
    rb'(?<!\w)(?:a:\d{1,9}:\{|[sO]:\d{1,9}:")|(?<=\|)[id]:[-\d]'
)  # “n|i:1;” is of a session
_TOKEN: Final = re.compile(
    rb'(?P<other>N;|b:[01];|[rR]:\d+;|E:\d+:"[\w\\:]+";)'
    rb"|(?P<number>i:-?\d+;|d:(?:-?[\d.]+(?:[eE][+-]?\d+)?|-?INF|NAN);)"
    rb'|s:(?P<size>\d{1,9}):"|(?:O:\d{1,9}:"[^"]+"|a):(?P<members>\d{1,9}):\{'
)
_DEEPEST: Final = 32  # arrays in arrays; what is deeper is no value, so that no text takes long to be read

Changes = Callable[[str], Sequence[Change]]
"""The changes of a text, in order and apart."""


class _Unreadable(ValueError):
    """Some bytes are no value."""


class _Part(NamedTuple):
    """A text or number of a value, in bytes: its letters or digits, and all of it.

    Attributes:
        keys: of a key, all of its array; else None.
    """

    start: int
    end: int
    begins: int
    ends: int
    keys: set[str] | None


@dataclass(slots=True)
class PhpValue:
    """A value that begins at a place of a text."""

    start: int
    data: bytes
    begins: int
    ends: int = 0
    end: int = 0
    parts: list[_Part] = field(default_factory=list)

    def changes(self, of_text: Changes) -> Iterator[Change]:
        """Those of the text around it, by what changes in its texts and numbers."""
        at, letters = self.begins, self.start
        for start, end, instead in (each for part in self.parts for each in self._of(part, of_text)):
            first = letters + len(self.data[at:start].decode())
            at, letters = end, first + len(self.data[start:end].decode())
            yield Change(first, letters, instead)

    def read(self, at: int, depth: int = 0, keys: set[str] | None = None) -> int:
        """Note the parts of the value at a place; where it ends.

        Args:
            keys: it is one of the keys of an array, which are noted there.
        """
        token = _TOKEN.match(self.data, at)
        if token is None or depth > _DEEPEST:
            raise _Unreadable
        if token["other"]:
            return token.end()
        if token["members"]:
            return self._read_array(token.end(), int(token["members"]), depth)
        if token["number"]:
            self._note(_Part(at + 2, token.end() - 1, at, token.end(), keys))
            return token.end()
        end = token.end() + int(token["size"])
        if self.data[end : end + 2] != b'";':
            raise _Unreadable
        self._note(_Part(token.end(), end, at, end + 2, keys))
        return end + 2

    def _read_array(self, at: int, members: int, depth: int) -> int:
        keys: set[str] = set()
        for place in range(members):
            counts = f"i:{place};".encode()
            if self.data.startswith(counts, at):  # the place in a list is nobody's number
                at += len(counts)
            elif self.data[at : at + 1] in (b"i", b"s"):
                at = self.read(at, depth + 1, keys)
            else:
                raise _Unreadable
            at = self.read(at, depth + 1)
        if self.data[at : at + 1] != b"}":
            raise _Unreadable
        return at + 1

    def _note(self, part: _Part) -> None:
        try:
            text = self.data[part.start : part.end].decode()
        except UnicodeDecodeError:
            raise _Unreadable from None
        if part.keys is not None:
            part.keys.add(text)
        self.parts.append(part)

    def _of(self, part: _Part, of_text: Changes) -> Iterator[tuple[int, int, str]]:
        """The changes of a part, in bytes."""
        is_text = self.data.startswith(b"s", part.begins)
        first, last = (part.start, part.end) if is_text else (part.begins, part.ends)
        before = self.data[first:last].decode()
        found = of_text(before)  # of a number with what it is: “1” alone, as in a cell, may be somebody's
        if not found:
            return
        after = changed(before, found) if is_text else found[0].instead
        if part.keys is not None:
            after = own_key(after, part.keys)
            yield part.begins, part.ends, f's:{_size(after)}:"{after}";'
        elif not is_text:
            yield part.start, part.end, "0"
        else:
            yield part.begins + 2, part.start - 2, str(_size(after))
            at, letters = part.start, 0
            for start, end, instead in found:
                first = at + _size(before[letters:start])
                at, letters = first + _size(before[start:end]), end
                yield first, at, instead


def php_values(text: str) -> list[PhpValue]:
    """The values in a text, each with all in it. What has a wrong number of bytes is none, nor is what is no UTF-8."""
    found: list[PhpValue] = []
    if not (any(each in text for each in _SIGNS) and _MAY_BE.search(text)):
        return found
    try:
        data = text.encode()
    except UnicodeEncodeError:
        return found
    at = letters = 0
    while begins := _BEGINS.search(data, at):
        letters += len(data[at : begins.start()].decode())
        value, at = PhpValue(letters, data, begins.start()), begins.start()
        try:
            value.ends = value.read(at)
        except _Unreadable:
            at, letters = at + 1, letters + 1
            continue
        letters += len(data[at : value.ends].decode())
        at, value.end = value.ends, letters
        found.append(value)
    return found


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))
