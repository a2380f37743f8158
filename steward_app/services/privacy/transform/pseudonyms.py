"""Real-looking keyed pseudonyms: names, e-mail addresses, telephone numbers, streets, towns, accounts, IBANs.

The same value gives the same pseudonym wherever key, domain and locale are the same: in another table, another file,
next year. Values that differ by case or by space inside only give pseudonyms that differ by case only.

A pseudonym of a UNIQUE column is one to one: names and streets then carry a keyed sign of 50 bits, and values that
differ by odd spelling only (`eVa`, `Eva  B`) a second one. Addresses of e-mail always carry it, so that a UNIQUE column
and one that is not agree. Telephone numbers, IBANs, cards and postcodes are permuted, which is one to one by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import compress, count
from operator import eq
from typing import TYPE_CHECKING

from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.latin_letters import in_latin_letters
from steward_app.services.privacy.made_up_addresses import HOSTS, SIGNS, SIGNS_OF_ONE
from steward_app.services.privacy.transform.cells import CellStep, Many, as_text_in_bytes, every_class
from steward_app.services.privacy.transform.form_kept import FormKept
from steward_app.services.privacy.transform.houses_kept import houses_kept
from steward_app.services.privacy.transform.keyed import Prf
from steward_app.services.privacy.transform.lists import Lists, lists_of
from steward_app.services.privacy.transform.numbers_kept import card, iban
from steward_app.services.privacy.transform.permutation import Permutation
from steward_app.services.privacy.transform.phones_kept import PhonesKept

if TYPE_CHECKING:
    from steward_app.services.privacy.transform.keyed import Numbers

_SPACES = re.compile(r"\s+")
_SIGNS = {"#": "0123456789", "%": "123456789", "?": "ABCDEFGHJKLMNPRSTUVWXY"}  # none that looks like another


@dataclass(frozen=True, slots=True)
class Domain:
    """What pseudonyms are made for.

    Attributes:
        label: values with the same label share their pseudonyms.
        injective: different values must stay different: a column of it is UNIQUE.
        nocase, rtrim: the collation that decides which values are different.
        numeric: a column of it has a numeric affinity.
    """

    label: str
    injective: bool = False
    nocase: bool = False
    rtrim: bool = False
    numeric: bool = False

    def canonical(self, value: str) -> str:
        """What stands for all texts that the collation takes for one."""
        text = value.rstrip(" ") if self.rtrim else value
        return text.translate(_ASCII_SMALL) if self.nocase else text


_ASCII_SMALL = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}

Maker = Callable[["_Drawn"], list[str]]


@dataclass(frozen=True, slots=True)
class _Drawn:
    """What is drawn for some values: two numbers each, and signs that make one to one."""

    first: Numbers
    second: Numbers
    lists: Lists
    signs: Sequence[str]

    def of(self, entries: Sequence[str], numbers: Numbers) -> list[str]:
        """An entry for each number."""
        return list(map(entries.__getitem__, (numbers % len(entries)).tolist()))


def _given(drawn: _Drawn) -> list[str]:
    return drawn.of(drawn.lists.given, drawn.first)


def _family(drawn: _Drawn) -> list[str]:
    return drawn.of(drawn.lists.family, drawn.first)


def _person(drawn: _Drawn) -> list[str]:
    given, family = drawn.of(drawn.lists.given, drawn.first), drawn.of(drawn.lists.family, drawn.second)
    return [f"{one} {two}" for one, two in zip(given, family, strict=True)]


def _email(drawn: _Drawn) -> list[str]:
    given = drawn.of(_all_plain(drawn.lists.given), drawn.first)
    family = drawn.of(_all_plain(drawn.lists.family), drawn.second)
    hosts = drawn.of(HOSTS, drawn.second >> 40)  # type: ignore[arg-type]
    return [f"{a}.{b}.{c}@{d}" for a, b, c, d in zip(given, family, drawn.signs, hosts, strict=True)]


def _account(drawn: _Drawn) -> list[str]:
    family = drawn.of(_all_plain(drawn.lists.family), drawn.first)
    return [f"{name}{signs}" for name, signs in zip(family, drawn.signs, strict=True)]


def _street(drawn: _Drawn) -> list[str]:
    streets = drawn.of(drawn.lists.streets, drawn.first)
    numbers = (drawn.second % 120 + 1).tolist()
    if drawn.lists.number_first:
        return [f"{number} {street}" for street, number in zip(streets, numbers, strict=True)]
    return [f"{street} {number}" for street, number in zip(streets, numbers, strict=True)]


def _town(drawn: _Drawn) -> list[str]:
    return drawn.of(drawn.lists.towns, drawn.first)


def _address(drawn: _Drawn) -> list[str]:
    towns = drawn.of(drawn.lists.towns, drawn.second >> 20)  # type: ignore[arg-type]
    codes = _codes(drawn.lists.code, (drawn.first >> 30).tolist())
    if drawn.lists.code_first:
        return [f"{a}, {code} {b}" for a, b, code in zip(_street(drawn), towns, codes, strict=True)]
    return [f"{a}, {b} {code}" for a, b, code in zip(_street(drawn), towns, codes, strict=True)]


def _codes(form: str, numbers: list[int]) -> Iterator[str]:
    """A postcode of the form for each number; see `Lists.code`."""
    places = [_SIGNS.get(sign, sign) for sign in reversed(form)]
    for number in numbers:
        signs = []
        for each in places:
            number, at = divmod(number, len(each))
            signs.append(each[at])
        yield "".join(reversed(signs))


_MAKERS: Mapping[str, Maker] = {
    "given_name": _given,
    "family_name": _family,
    "person_name": _person,
    "email": _email,
    "account": _account,
    "street": _street,
    "city": _town,
    "address": _address,
}
_SIGNED = frozenset({"email", "account"})  # always
_PHONE, _STREET = "phone", "street"
_PERMUTED: Mapping[str, Callable[[FormKept], Many]] = {
    "iban": iban,
    "card": card,
    "postcode": lambda kept: kept.texts,
    "person_number": lambda kept: kept.texts,
    "bank_account": lambda kept: kept.texts,
}
KINDS = (*_MAKERS, _PHONE, *_PERMUTED)
"""The types that there are real-looking pseudonyms of."""


def signed(kind: str, *, injective: bool) -> bool:
    """Whether pseudonyms of the type carry the keyed sign that makes them one to one, with a chance of 2**-50."""
    return kind in _MAKERS and (injective or kind in _SIGNED)


def pseudonym(kind: str, key: bytes, domain: Domain, locale: str) -> CellStep:
    """The step of a column: of every storage class, numbers and bytes staying what they are."""
    permutation = Permutation(key, f"{domain.label}:{kind}")
    kept = FormKept(permutation, numeric=domain.numeric)
    integers: Many = kept.integers
    texts: Many
    if kind == _PHONE:
        phones = PhonesKept(permutation, locale.partition("_")[2], kept)
        integers, texts = phones.integers, phones.texts
    elif kind in _PERMUTED:
        texts = _PERMUTED[kind](kept)
    else:
        texts = Made(kind, key, domain, locale)
        if kind == _STREET:
            texts = houses_kept(texts, kept)
    return CellStep(
        every_class(
            texts, integers=integers, reals=whole_reals(integers), blobs=as_text_in_bytes(texts, kept.blobs)
        )
    )


def whole_reals(integers: Many) -> Many:
    """Reals without a fraction go as the whole numbers do; others keep their place before the point only."""

    def many(values: Sequence[float]) -> list[SqlValue]:
        small = [abs(value) < 2**53 for value in values]
        numbers = integers([int(value) if fits else 0 for value, fits in zip(values, small, strict=True)])
        return [float(number or 0) if fits else 0.0 for number, fits in zip(numbers, small, strict=True)]

    return many


class Made:
    """Pseudonyms of texts that are made from lists."""

    def __init__(self, kind: str, key: bytes, domain: Domain, locale: str) -> None:
        self._make = _MAKERS[kind]
        self._prf = Prf(key, f"{domain.label}:{kind}")
        self._odd = Prf(key, f"{domain.label}:{kind}:as written")
        self._domain = domain
        self._lists = lists_of(locale)
        self._within = kind in _SIGNED  # the sign is a part of what is made
        self._signed = signed(kind, injective=domain.injective)

    def __call__(self, values: Sequence[str]) -> list[SqlValue]:
        small = _all_small(values)
        bare = values if small else list(map(str.strip, values))
        plain = values if small else _all_loose(bare)
        first, second = self._prf.of_texts(plain)
        signs = _signs(first, second) if self._signed else ()
        made = self._make(_Drawn(first, second, self._lists, signs))
        if self._signed and not self._within:
            made = [f"{text} {sign}" for text, sign in zip(made, signs, strict=True)]
        if not (small and self._within):  # which are small already
            made = _all_as(bare, made)
        self._never_itself(bare, plain, made)
        if small:
            return list(made)
        if self._signed:
            self._told_apart(bare, plain, made)
        if sum(map(len, values)) == sum(map(len, bare)):
            return list(made)
        return [
            text if len(value) == len(core) else value.replace(core, text, 1)
            for value, core, text in zip(values, bare, made, strict=True)
        ]

    def _never_itself(self, bare: Sequence[str], plain: Sequence[str], made: list[str]) -> None:
        """Where chance drew the value itself, the next one is taken. The sign of a UNIQUE column rules it out."""
        if self._signed:
            return
        for place in compress(count(), map(eq, plain, map(str.lower, made))):
            value = plain[place]
            first, second = self._odd.of_texts([value])
            for _ in range(8):
                again = self._make(_Drawn(first, second, self._lists, ()))[0]
                if again.lower() != value:
                    break
                first, second = first + 1, second + 1
            made[place] = _as(bare[place], again)

    def _told_apart(self, bare: Sequence[str], plain: Sequence[str], made: list[str]) -> None:
        """Values that differ by spelling alone get a second sign each, from the spelling."""
        canonical = self._domain.canonical
        for place, (value, loose) in enumerate(zip(bare, plain, strict=True)):
            if value == loose:
                continue
            text = made[place]
            cased = not self._domain.nocase and len({text.lower(), text.upper(), text.title()}) == 3
            if canonical(value) != canonical(_as(value, loose) if cased else loose):
                odd = _signs(*self._odd.of_texts([canonical(value)]))[0]
                head, at, host = made[place].partition("@")
                made[place] = f"{head}.{odd}{at}{host}" if at else f"{head} {odd}"


def _all_small(values: Sequence[str]) -> bool:
    """Whether all of them are plain small letters, digits and signs, without spaces: as addresses of e-mail are."""
    joined = "".join(values)
    return (
        joined.isascii()
        and joined.islower()
        and len(joined.split(None, 1)) == 1
        and not joined[-1:].isspace()
    )


def _all_loose(values: Sequence[str]) -> list[str]:
    """As `_loose`, for many."""
    joined = "\n".join(values)
    if joined.isascii() and "  " not in joined and "\t" not in joined:
        found = joined.lower().split("\n")
        if len(found) == len(values):
            return found
    return list(map(_loose, values))


def _loose(value: str) -> str:
    """A text without what people vary: case, and how much space stands between words."""
    text = value.casefold() if not value.isascii() else value.lower()
    return _SPACES.sub(" ", text) if "  " in text or "\t" in text or "\n" in text else text


def _all_as(values: Sequence[str], texts: list[str]) -> list[str]:
    """As `_as`, for many."""
    if not any(
        any(map(is_so, each))
        for is_so, each in ((str.islower, values), (str.isupper, values), (str.islower, texts))
    ):
        return texts
    return list(map(_as, values, texts))


def _as(value: str, text: str) -> str:
    """A text in the case of a value: all small, all capitals, words with capitals; else as lists write it."""
    if value.islower():
        return text.lower()
    if value.isupper():
        return text.upper()
    return text.title() if text.islower() and value.istitle() else text


@lru_cache(maxsize=16)
def _all_plain(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(_plain, names))


def _plain(name: str) -> str:
    """A name as addresses of e-mail have it."""
    from unicodedata import normalize

    text = next(iter(in_latin_letters(name)), name.casefold())
    for letter, written in (
        ("ä", "ae"),
        ("ö", "oe"),
        ("ü", "ue"),
        ("ß", "ss"),
        ("ø", "o"),
        ("æ", "ae"),
        ("ł", "l"),
    ):
        text = text.replace(letter, written)
    ascii_only = normalize("NFKD", text).encode("ascii", "ignore").decode()
    return "".join(letter for letter in ascii_only if letter.isalnum()) or "person"


def _signs(first: Numbers, second: Numbers) -> list[str]:
    """Ten signs for each pair of numbers, from bits that the lists are not drawn from."""
    import numpy as np

    alphabet = np.frombuffer(SIGNS.encode(), dtype="u1")
    bits = (first >> np.uint64(32)) ^ (second << np.uint64(18))
    shifts = np.arange(0, 5 * SIGNS_OF_ONE, 5, dtype=np.uint64)
    places = (bits[:, None] >> shifts) & np.uint64(31)
    joined = alphabet[places.astype(np.int64)].tobytes().decode("ascii")
    return [joined[start : start + SIGNS_OF_ONE] for start in range(0, len(joined), SIGNS_OF_ONE)]
