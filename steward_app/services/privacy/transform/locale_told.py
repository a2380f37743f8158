"""Which locale made-up names and addresses take: the one that the values themselves tell.

Telephone numbers and countries tell a region, towns a locale, names a language. What stands in the lists of several
counts for each of them by a part: "Maria" says little and "Wolfgang" much.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Final

from steward_app.db import Session
from steward_app.services.privacy.discover.folding import fold_all
from steward_app.services.privacy.discover.model import Scan, Verdict
from steward_app.services.privacy.faker_lists import entries, provider
from steward_app.services.privacy.transform.columns_read import sample
from steward_app.services.privacy.transform.lists import DEFAULT_LOCALE, locales

_NAMES = frozenset({"given_name", "family_name", "person_name"})
_WEIGHTS: Final[Mapping[str, float]] = {"phone": 2.0, "country": 2.0, "city": 1.0, "names": 1.0}
_FEWEST = 3  # values that say something
_FEWEST_NAMES = 20
_CLEARLY = 1.4  # times as much as for the next language: most names are at home in several
_ENOUGH = 0.5  # of all that could speak for a locale
_LISTS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "names": ("person", ("first_names", "first_names_female", "first_names_male", "last_names")),
    "city": ("address", ("cities",)),
}


def told_locale(session: Session, scan: Scan) -> str:
    """The locale that personal columns speak for; the usual one where they speak for none."""
    values: dict[str, list[str]] = {}
    for each in scan.columns:
        topic = "names" if each.kind in _NAMES else each.kind
        if topic in _WEIGHTS and each.verdict is Verdict.PERSONAL and not each.place.path:
            found = sample(session, each.place.table, each.place.column)
            values.setdefault(topic, []).extend(value for value in found if isinstance(value, str))
    told = {topic: _shares(topic, found) for topic, found in values.items()}
    names = told.pop("names", {})
    told = {topic: shares for topic, shares in {**told, "names": _clearly(names)}.items() if shares}
    if not told:
        return DEFAULT_LOCALE
    scores = {locale: _score(locale, told) for locale in locales() if provider("person", locale)}

    def rank(locale: str) -> tuple[float, float, bool, str]:
        return -scores[locale], -names.get(_language(locale), 0.0), not _is_usual(locale), locale

    best = min(scores, key=rank)
    return best if scores[best] >= _ENOUGH * sum(_WEIGHTS[topic] for topic in told) else DEFAULT_LOCALE


def _language(locale: str) -> str:
    return locale.partition("_")[0]


def _score(locale: str, told: Mapping[str, Mapping[str, float]]) -> float:
    region = locale.partition("_")[2]
    says = {"phone": region, "country": region, "city": locale, "names": _language(locale)}
    return sum(_WEIGHTS[topic] * shares.get(says[topic], 0.0) for topic, shares in told.items())


def _is_usual(locale: str) -> bool:
    """Whether a language is meant by it where nothing tells the region."""
    return locale == DEFAULT_LOCALE or locale.partition("_")[2] == _language(locale).upper()


def _shares(topic: str, values: Iterable[str]) -> dict[str, float]:
    """Which share of the values that say something speaks for each region, locale or language."""
    found: defaultdict[str, float] = defaultdict(float)
    spoke = 0
    for value in values:
        options = _says(topic, value)
        spoke += bool(options)
        for each in options:
            found[each] += 1 / len(options)
    fewest = _FEWEST_NAMES if topic == "names" else _FEWEST
    return {each: parts / spoke for each, parts in found.items()} if spoke >= fewest else {}


def _clearly(names: Mapping[str, float]) -> dict[str, float]:
    """The one language that names speak for, where it is clear."""
    first, second = [*sorted(names.values(), reverse=True), 0.0, 0.0][:2]
    return {each: 1.0 for each, share in names.items() if share == first >= _CLEARLY * second}


def _says(topic: str, value: str) -> frozenset[str]:
    if topic == "phone":
        return _region_of(value)
    if topic == "country":
        return _countries().get(value.strip().casefold(), frozenset())
    said = _listed(topic)
    words = [value, *value.split()] if topic == "names" else [value]
    every = (said.get(word, frozenset()) for word in fold_all(words))
    return frozenset().union(*every)


def _region_of(number: str) -> frozenset[str]:
    """The regions that the country code of a telephone number belongs to, the first one for shared codes."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

    digits = "".join(letter for letter in number if letter.isdigit())
    if number.strip().startswith("00"):
        digits = digits[2:]
    elif not number.strip().startswith(("+", "(+")):
        return frozenset()
    regions = (COUNTRY_CODE_TO_REGION_CODE.get(int(digits[:size])) for size in (1, 2, 3) if digits[:size])
    return frozenset(found[0] for found in regions if found)


@cache
def _countries() -> Mapping[str, frozenset[str]]:
    from faker.providers.date_time import Provider

    return {
        name.casefold(): frozenset({country.alpha_2_code})
        for country in Provider.countries
        for name in (country.name, country.alpha_2_code, country.alpha_3_code)
    }


@cache
def _listed(topic: str) -> Mapping[str, frozenset[str]]:
    """For each folded entry of the lists, the languages or locales that have it."""
    found: dict[str, set[str]] = {}
    for locale in locales():
        says = _language(locale) if topic == "names" else locale
        for entry in fold_all(list(_entries(topic, locale))):
            found.setdefault(entry, set()).add(says)
    return {entry: frozenset(says) for entry, says in found.items()}


def _entries(topic: str, locale: str) -> Iterator[str]:
    of, attributes = _LISTS[topic]
    lists = provider(of, locale)
    for attribute in attributes:
        for entry in entries(lists, attribute):
            if isinstance(entry, str) and len(entry) > 1 and "\x1f" not in entry:
                yield entry
