"""Telephone numbers as programs write them: +48 630 859 467, 0048630859467, 48630859467, 0630-859-467, 630859467.

What stays the same is the number within its country, without the code of the country and what is dialled before it at
home: mostly a zero, but 06 in Hungary and 8 in Russia.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from functools import lru_cache
from itertools import accumulate
from random import Random
from typing import Final, NamedTuple

# ITU-T E.164 country codes; what follows begins with another digit.
COUNTRY: Final = (
    r"1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|"
    r"(?:2[1-689]|3[578]|42|5[09]|6[7-9]|8[035-9]|9[679])\d"
)
LEAST: Final = 8
"""Digits within a country from which on a number says whose it is."""

LONGEST: Final = 15
_WRITTEN: Final = re.compile(r"[+(]*\d[\d ()./-]*", re.ASCII)
_SIGNS: Final = str.maketrans("", "", "+() ./-")
_ABROAD: Final = re.compile(rf"(?:{COUNTRY})0?(?=[1-9])")
_CODE: Final = re.compile(COUNTRY)
_TRIED: Final = 64  # numbers of one length that begin alike: of those that a country has, many are given out
_RUN: Final = re.compile(r"\d+", re.ASCII)
_LONGEST_RUN: Final = LONGEST + 2  # digits: 00 before the code
_BEFORE: Final = 6  # digits that may stand before a number: 00, the code of a country, the zero of an area
_GROUPED: Final = re.compile(
    r"(?<![\w.,])\+?\(?[0-9](?:[ ()./\u00a0\u2010-\u2013-]{0,3}[0-9])"
    rf"{{{LEAST - 1},{2 * _LONGEST_RUN}}}(?!\w)"
)
_GROUPS: Final = {8: ((2, 2, 2, 2),), 9: ((3, 3, 3), (1, 2, 2, 2, 2)), 10: ((3, 3, 4),)}
"""How digits within a country are mostly put together where dots are between them; a zero before a single one."""


def digits(text: str) -> str:
    """All digits of what may be a telephone number, "" of anything else."""
    found = text.translate(_SIGNS) if _WRITTEN.fullmatch(text) else ""
    return found if LEAST <= len(found) <= LONGEST + 2 else ""


def at_home(text: str) -> str:
    """The number within its country, as far as a text says the country; "" of what is no number."""
    found = digits(text)
    if text.lstrip("( ").startswith("+") or found.startswith("00"):
        found = found.removeprefix("00") if not text.lstrip("( ").startswith("+") else found
        abroad = _ABROAD.match(found)
        found = found[abroad.end() :] if abroad else found
    found = found.lstrip("0")
    return found if len(found) >= LEAST else ""


def homes(text: str) -> Iterator[str]:
    """The number within its country, and without what it may begin with where nothing says so: a code, 06."""
    if home := at_home(text):
        yield home
        if code := code_before(home, ""):
            yield home.removeprefix(code)
        yield from _behind_prefix(digits(text))


class Run(NamedTuple):
    """Digits with signs between them, from `start` to `end` of a text."""

    start: int
    end: int
    digits: str


def grouped(text: str) -> Iterator[list[Run]]:
    """What may be a telephone number with any signs between its digits, each as all that it may be: 21 9 4941.4482.

    What stands before or behind it may be another number: 2 or more of the groups are one.
    """
    for found in _GROUPED.finditer(text):
        groups = list(_RUN.finditer(text, *found.span()))
        begins = [found.start(), *(group.start() for group in groups[1:])]  # with the + or ( before the first
        some = [
            Run(begins[at], groups[end - 1].end(), "".join(group[0] for group in groups[at:end]))
            for at in range(len(groups))
            for end in range(len(groups), at + 1, -1)
        ]
        if may_be := [run for run in some if LEAST <= len(run.digits) <= _LONGEST_RUN]:
            yield may_be


def known(run: str, homes: Container[str]) -> str:
    """Which of some numbers within their countries digits are, behind the code of one or without; "" for none."""
    run = run.lstrip("0")
    parts = (run[at:] for at in range(_BEFORE + 1))
    return next((part for part in parts if part in homes and (part == run or is_behind_code(run, part))), "")


def in_groups(home: str) -> tuple[str, ...]:
    """A number within its country with dots between its digits, as people put them: 931.767.775, 06.12.34.56.78."""
    found = []
    for sizes in _GROUPS.get(len(home), ()):
        ends = list(accumulate(sizes))
        parts = [home[end - size : end] for size, end in zip(sizes, ends, strict=True)]
        parts[0] = parts[0].rjust(2, "0")
        found.append(".".join(parts))
    return tuple(found)


def may_be(text: str) -> tuple[str, ...]:
    """The numbers within a country that a text may mean: 48630859467 may begin with the code of one."""
    home = at_home(text)
    abroad = _ABROAD.match(home) if len(home) > LEAST else None
    rest = home[abroad.end() :] if abroad else ""
    return tuple(
        dict.fromkeys(each for each in (home, rest, *_behind_prefix(digits(text))) if len(each) >= LEAST)
    )


def stands_in(text: str, home: str) -> bool:
    """Whether a number within its country stands in a text behind the code of a country that has such a number."""
    at = text.find(home)
    return at >= 0 and any(is_behind_code(run.group(), home) for run in _RUN.finditer(text))


def is_behind_code(run: str, home: str) -> bool:
    """Whether digits are a number within its country behind the code of one, or behind what is dialled at home."""
    return run.endswith(home) and (run == f"0{home}" or home in _behind_prefix(run) or is_abroad(run))


def is_abroad(run: str) -> bool:
    """Whether digits are a number that some country gives out, from the code of the country on."""
    import phonenumbers

    try:
        number = phonenumbers.parse("+" + run.removeprefix("00"))
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_valid_number(number)


def code_before(run: str, region: str) -> str:
    """The code of a country that digits begin with, where no + or 00 says so, or what is dialled before them at home,
    other than zeros; "" where they are a number and nothing else.

    Nothing tells but the code, how many digits follow, and the first of these.

    Args:
        region: where a number is at home, if it can be: “ES”.
    """
    own = _code_of(region)
    if own and run.startswith(own) and _is_given_out(own, run[len(own) :]):
        return own
    if own and _is_given_out(own, run):
        return ""
    if own and (prefix := next((each for each in _prefixes() if _is_dialled(each, run, own)), "")):
        return prefix
    found = _CODE.match(run)
    return found[0] if found and _is_given_out(found[0], run[found.end() :]) else ""


def _behind_prefix(run: str) -> Iterator[str]:
    """The numbers within countries that digits are behind what is dialled there before them, other than zeros.

    Short ones are left out: 06 12 34 56 78 is a whole number in more countries than one.
    """
    for prefix, codes in _prefixes().items():
        home = run.removeprefix(prefix).lstrip("0")
        if len(home) > LEAST and any(_is_dialled(prefix, run, code) for code in codes):
            yield home


def _is_dialled(prefix: str, run: str, code: str) -> bool:
    """Whether digits are a number of a country behind what is dialled there."""
    before = run.startswith(prefix) and code in _prefixes()[prefix]
    return before and _is_given_out(code, run.removeprefix(prefix).lstrip("0"))


@lru_cache(maxsize=1)
def _prefixes() -> Mapping[str, frozenset[str]]:
    """What is dialled before numbers at home, other than a zero or the code, with the codes of such countries: 06, 8.

    Where a number was kept as a whole number, the zero before it is lost.
    """
    from phonenumbers import SUPPORTED_REGIONS, PhoneMetadata

    found: dict[str, set[str]] = {}
    for metadata in (PhoneMetadata.metadata_for_region(region, None) for region in SUPPORTED_REGIONS):
        prefix, code = (metadata.national_prefix or "", str(metadata.country_code)) if metadata else ("", "")
        for each in {prefix, prefix.lstrip("0")} - {"", "0", code}:
            found.setdefault(each, set()).add(code)
    longest_first = sorted(found, key=len, reverse=True)
    return {prefix: frozenset(found[prefix]) for prefix in longest_first}


def _is_given_out(code: str, number: str) -> bool:
    return LEAST <= len(number) <= LONGEST and _are_given_out(code, len(number), number[0])


@lru_cache(maxsize=1 << 14)
def _are_given_out(code: str, length: int, first: str) -> bool:
    """Whether people behind the code of a country have numbers of a length that begin with this digit."""
    chance = Random(f"{length}/{first}")  # noqa: S311  the same trials every time, no secret
    tried = [f"{first}{chance.randrange(10 ** (length - 1)):0{length - 1}}" for _ in range(_TRIED)]
    return any(pattern.fullmatch(each) for pattern in _of_people(code, length) for each in tried)


@lru_cache(maxsize=1 << 12)
def _of_people(code: str, length: int) -> tuple[re.Pattern[str], ...]:
    """What numbers of a length look like that people behind the code of a country have."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

    regions = COUNTRY_CODE_TO_REGION_CODE.get(int(code), ())
    found: dict[str, None] = {}
    for metadata in filter(None, (PhoneMetadata.metadata_for_region(region, None) for region in regions)):
        general = metadata.general_desc.possible_length if metadata.general_desc else ()
        for each in filter(None, (metadata.fixed_line, metadata.mobile)):
            if length in (each.possible_length or general) and each.national_number_pattern:
                found[each.national_number_pattern] = None
    return tuple(map(re.compile, found))


@lru_cache(maxsize=1024)
def _code_of(region: str) -> str:
    import phonenumbers

    return str(phonenumbers.country_code_for_region(region) or "")
