"""Addresses of e-mail in words: name (at) host.org. What is looked for is the host behind such words.

Very many addresses have few hosts. Each address in each of the ways to write it would be ten strings more to look for;
so the name before the host tells whose it is, where one is found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.residue.crowds import Near
from steward_app.services.privacy.residue.forms import LONGEST, encoded, is_host_looked_for
from steward_app.services.privacy.written_mails import MOSTLY, parted

_NAME: Final = LONGEST // 2
"""Letters of a name that are compared, from its end on: as many as UTF-16 has in the bytes that are read."""

_HOST: Final = LONGEST // 2 - max(map(len, MOSTLY))


@dataclass(frozen=True, slots=True)
class Names:
    """The names of the addresses of one host, each with the numbers of what it stands for."""

    numbers: dict[bytes, tuple[int, ...]]
    sizes: tuple[int, ...]

    def members(self, near: Near) -> tuple[int, ...]:
        """What those stand for that end where the words for the sign begin."""
        data = near(-LONGEST, LONGEST).lower()
        letters = data[-2::-2][::-1] if data.endswith(b"\0") else data
        ends = (letters[-size:] for size in self.sizes if size <= len(letters))
        return tuple(number for end in ends for number in self.numbers.get(end, ()))


def by_host(values: Sequence[SqlValue]) -> dict[str, list[int]]:
    """The hosts of the addresses among some values, of long ones their beginning, with the numbers of these."""
    found: dict[str, list[int]] = {}
    for number, value in enumerate(values):
        if isinstance(value, str) and is_host_looked_for(value):
            found.setdefault(parted(value)[1].lower()[:_HOST], []).append(number)
    return found


def strings_of(host: str) -> Iterator[bytes]:
    """A host behind the words for the sign, as files may hold it."""
    for sign in MOSTLY:
        yield from encoded(f"{sign}{host}")


def names_of(addresses: Iterable[tuple[int, str]]) -> Names:
    """The names of addresses of one host, each with a number."""
    numbers: dict[bytes, tuple[int, ...]] = {}
    for number, address in addresses:
        name = parted(address)[0].lower().encode()[-_NAME:]
        numbers[name] = (*numbers.get(name, ()), number)
    return Names(numbers, tuple(sorted({len(name) for name in numbers}, reverse=True)))
