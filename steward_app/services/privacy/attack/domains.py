"""What an attacker tries who has no list of the persons: every date, number, phone, postcode and common name.

A domain is a name and everything in it, in the order in which it is tried. Nothing is read from the original.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from steward_app.services.privacy.faker_lists import entries, provider

YEARS: Final = 100
_LAST_YEAR: Final = 2029
_FORMATS: Final = (
    "{y}-{m:02}-{d:02}", "{d:02}.{m:02}.{y}", "{d:02}/{m:02}/{y}", "{m:02}/{d:02}/{y}", "{y}{m:02}{d:02}",
    "{d:02}{m:02}{y}", "{d:02}.{m:02}.{short:02}", "{d}.{m}.{y}", "{d}. {m}. {y}", "{d:02}. {m:02}. {y}",
    "{d:02}.{m:02}.{y}.", "{y}.{m:02}.{d:02}.", "{y}. {m:02}. {d:02}.",
)  # fmt: skip
_SMALL_NUMBERS: Final = 1_000_000
_WIDTHS: Final = (4, 5, 6, 8)
_PREFIXES: Final = ("P", "P-", "PAT", "PAT-", "K", "C", "ID", "ID-", "user", "user_", "emp", "E")
_MAILS: Final = ("gmail.com", "example.org", "example.com", "outlook.com", "yahoo.com", "web.de", "gmx.de")
_LOCALES: Final = ("en_GB", "en_US", "de_DE", "fr_FR", "es_ES", "it_IT")
_NAMES_A_LOCALE: Final = 400
_MOBILE: Final = ("+49151", "+49170", "0151", "0170", "+447700", "07700", "+3361", "06", "+3462", "+3934")


@dataclass(frozen=True, slots=True)
class Domain:
    """A set of values that people think of.

    Attributes:
        name: in a sentence: "birth dates of 100 years in 7 ways of writing".
        size: how many there are.
        values: all of them, in order.
    """

    name: str
    size: int
    values: Callable[[], Iterator[str]]


def domains() -> tuple[Domain, ...]:
    """All of them, quickest first."""
    days = (date(_LAST_YEAR, 12, 31) - date(_LAST_YEAR - YEARS, 12, 31)).days
    names = len(_firsts()), len(_lasts())
    return (
        Domain("words for sex, yes and no, blood groups and grades", len(_WORDS), lambda: iter(_WORDS)),
        Domain(
            f"all {days:,} dates of {YEARS} years in {len(_FORMATS)} ways of writing",
            days * len(_FORMATS),
            _dates,
        ),
        Domain(
            f"whole numbers below {_SMALL_NUMBERS:,}, plain and with zeros before them",
            _SMALL_NUMBERS + sum(min(10**width, _SMALL_NUMBERS) for width in _WIDTHS),
            _numbers,
        ),
        Domain("first names and last names, in three ways of writing", 3 * sum(names), _single_names),
        Domain("identifiers of a letter or a word and a number", len(_PREFIXES) * 110_000 * 2, _labelled),
        Domain(
            "pairs of a common first and last name, and e-mail addresses made of them",
            names[0] * names[1] * (4 + 2 * len(_MAILS)),
            _full_names,
        ),
        Domain("mobile numbers of common prefixes", len(_MOBILE) * 10**6, _phones),
        Domain("numbers of up to nine digits", 10**9 - _SMALL_NUMBERS, _large_numbers),
    )


_THOUGHT_OF: Final = (
    "m f d w x u male female man woman diverse other unknown yes no true false y n 0 1 j ja nein oui non"
    " a+ a- b+ b- ab+ ab- 0+ 0- o+ o- single married divorced widowed ledig verheiratet geschieden verwitwet"
    " positive negative positiv negativ pending none"
)
_WORDS: Final = tuple(
    form for word in _THOUGHT_OF.split() for form in dict.fromkeys((word, word.upper(), word.capitalize()))
)


def _dates() -> Iterator[str]:
    first, last = date(_LAST_YEAR - YEARS + 1, 1, 1), date(_LAST_YEAR, 12, 31)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    for form in _FORMATS:
        for day in days:
            yield form.format(y=day.year, m=day.month, d=day.day, short=day.year % 100)


def _numbers() -> Iterator[str]:
    yield from map(str, range(_SMALL_NUMBERS))
    for width in _WIDTHS:
        for number in range(min(10**width, _SMALL_NUMBERS)):
            yield f"{number:0{width}d}"


def _large_numbers() -> Iterator[str]:
    yield from map(str, range(_SMALL_NUMBERS, 10**9))


def _labelled() -> Iterator[str]:
    for prefix in _PREFIXES:
        for number in range(10_000):
            yield f"{prefix}{number}"
            yield f"{prefix}{number:04d}"
        for number in range(100_000):
            yield f"{prefix}{number:05d}"
            yield f"{prefix}{number:06d}"


def _single_names() -> Iterator[str]:
    for name in (*_firsts(), *_lasts()):
        yield name
        yield name.lower()
        yield name.upper()


def _full_names() -> Iterator[str]:
    for first in _firsts():
        for last in _lasts():
            yield f"{first} {last}"
            yield f"{last}, {first}"
            yield f"{first} {last}".lower()
            yield f"{first} {last}".upper()
            low, high = first.lower(), last.lower()
            for host in _MAILS:
                yield f"{low}.{high}@{host}"
                yield f"{low[:1]}.{high}@{host}"


def _phones() -> Iterator[str]:
    for prefix in _MOBILE:
        for number in range(10**6):
            yield f"{prefix}{number:06d}"


def _firsts() -> tuple[str, ...]:
    return _names("first_names")


def _lasts() -> tuple[str, ...]:
    return _names("last_names")


def _names(which: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for locale in _LOCALES:
        found.update(dict.fromkeys(entries(provider("person", locale), which)[:_NAMES_A_LOCALE]))
    return tuple(found)
