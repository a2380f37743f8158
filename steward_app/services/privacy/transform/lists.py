"""Names, streets and towns by locale: the lists that Faker ships. Its generators are never used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from steward_app.services.privacy.faker_lists import entries, provider

DEFAULT_LOCALE = "en_GB"
_FILLED_UP_FROM = "en_US"
_PER_LIST = 1 << 13
_CODES: Mapping[str, str] = {
    **dict.fromkeys(("AT", "AU", "BE", "BG", "CH", "DK", "HU", "LI", "LU", "NO", "NZ", "SI", "ZA"), "%###"),
    **dict.fromkeys(("CN", "IN", "RO", "RU"), "%#####"),
    **dict.fromkeys(("CZ", "GR", "SE", "SK"), "%## ##"),
    "BR": "%####-###",
    "CA": "?%? %?%",
    "GB": "??% #??",
    "IE": "?%# ?#?#",
    "JP": "%##-####",
    "NL": "%### ??",
    "PL": "%#-###",
    "PT": "%###-###",
}
_CODE = "%####"
_JOINED = frozenset({"da", "de", "fi", "nl", "no", "sv"})  # Bergstraße, Dorpsweg


@dataclass(frozen=True, slots=True)
class Lists:
    """What pseudonyms of one locale are made of; no list has the same entry twice or is empty.

    Attributes:
        number_first: "12 High Street" and not "Hochstraße 12".
        code_first: "12345 Ulm" and not "Ulm, 12345".
        code: the form of a postcode: # is a digit, % one that is not 0, ? a letter.
    """

    given: tuple[str, ...]
    family: tuple[str, ...]
    streets: tuple[str, ...]
    towns: tuple[str, ...]
    number_first: bool
    code_first: bool
    code: str


@lru_cache(maxsize=8)
def lists_of(locale: str) -> Lists:
    """The lists of a locale ("de_AT"); where there are none, those of its language or of `en_GB`."""
    locale = _known(locale)
    person, address = _provider("person", locale), _provider("address", locale)
    given = _distinct(entries(person, "first_names"))
    family = _distinct([*entries(person, "last_names"), *entries(person, "unisex_last_names")])
    if len(family) < 50:
        family = _distinct([*family, *entries(_provider("person", _FILLED_UP_FROM), "last_names")])
    language = locale.split("_")[0]
    return Lists(
        given,
        family,
        _streets(address, family, language),
        _towns(address, family),
        number_first=language in ("en", "fr"),
        code_first=language != "en",
        code=_CODES.get(locale.partition("_")[2], _CODE),
    )


def locales() -> tuple[str, ...]:
    """The locales that there are names for."""
    from faker.config import AVAILABLE_LOCALES

    return tuple(sorted(AVAILABLE_LOCALES))


def _streets(address: type, family: tuple[str, ...], language: str) -> tuple[str, ...]:
    known = [*entries(address, "street_names"), *entries(address, "streets")]
    if known:
        return _distinct(known)
    prefixes = entries(address, "street_prefixes_long") or entries(address, "street_prefixes")
    if prefixes:
        return _distinct(f"{prefix} {name}" for name in family for prefix in prefixes[:5])
    suffixes = [
        each.strip()
        for each in entries(address, "street_suffixes_long") or entries(address, "street_suffixes")
    ]
    if language in _JOINED:
        return _distinct(f"{name}{suffix.lower()}" for name in family for suffix in suffixes[:8])
    return _distinct(f"{name} {suffix}" for name in family for suffix in suffixes[:8])


def _towns(address: type, family: tuple[str, ...]) -> tuple[str, ...]:
    known = [each if isinstance(each, str) else each[0] for each in entries(address, "cities")]
    if known:
        return _distinct(known)
    suffixes = entries(address, "city_suffixes") or ["ton"]
    return _distinct(f"{name}{suffix}" for name in family for suffix in suffixes[:8])


def _distinct(said: Iterable[str]) -> tuple[str, ...]:
    """Entries once each, in an order that does not depend on how Faker lists them."""
    return tuple(sorted({entry.strip() for entry in said if entry.strip()}))[:_PER_LIST] or ("Doe",)


def has_lists(locale: str) -> bool:
    """Whether there are names for a locale, or for another one of its language."""
    return locale.split("_")[0] in {each.split("_")[0] for each in locales()}


def _known(locale: str) -> str:
    """The locale, another one of its language, or the usual one."""
    known = locales()
    same = (each for each in known if each.split("_")[0] == locale.split("_")[0])
    return locale if locale in known else next(same, DEFAULT_LOCALE)


def _provider(kind: str, locale: str) -> type:
    known = [each for each in locales() if each.split("_")[0] == locale.split("_")[0]]
    tried = (provider(kind, each) for each in (locale, *known, DEFAULT_LOCALE))
    found = next((each for each in tried if each is not None), None)
    if found is None:
        raise ModuleNotFoundError(f"faker.providers.{kind}.{DEFAULT_LOCALE}")
    return found
