"""Lists of names, towns, countries and occupations, from the lists of the faker package; its generator is not used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from steward_app.services.privacy.discover.folding import fold_all
from steward_app.services.privacy.faker_lists import entries, provider

_LOCALES = [
    "en_GB",
    "en_US",
    "en_IE",
    "de_DE",
    "de_AT",
    "de_CH",
    "fr_FR",
    "fr_CH",
    "fr_BE",
    "es_ES",
    "es_MX",
    "it_IT",
    "pt_PT",
    "pt_BR",
    "nl_NL",
    "nl_BE",
    "pl_PL",
    "sv_SE",
    "da_DK",
    "no_NO",
    "fi_FI",
    "cs_CZ",
    "sk_SK",
    "hu_HU",
    "ro_RO",
    "hr_HR",
    "sl_SI",
    "et_EE",
    "lt_LT",
    "lv_LV",
    "tr_TR",
    "is_IS",
    "ga_IE",
]
LISTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "given_name": (
        "person",
        ("first_names", "first_names_female", "first_names_male", "first_names_unisex"),
    ),
    "family_name": (
        "person",
        ("last_names", "last_names_female", "last_names_male", "male_last_names", "unisex_last_names"),
    ),
    "city": ("address", ("cities", "concelhos", "real_city_names")),
    "region": ("address", ("states", "counties", "regions", "departments", "provinces", "distritos")),
    "country": ("address", ("countries", "alpha_2_country_codes", "alpha_3_country_codes")),
    "street": ("address", ("streets", "street_names")),
    "job": ("job", ("jobs",)),
    "language": ("person", ("language_names",)),
}


def listed() -> Mapping[str, frozenset[str]]:
    """The lists by name, folded. Takes a part of a second the first time."""
    return {name: entries_of(name) for name in LISTS}


@cache
def entries_of(name: str) -> frozenset[str]:
    """One of the lists, folded."""
    return frozenset(_entries(*LISTS[name]))


def _entries(topic: str, attributes: Iterable[str]) -> Iterator[str]:
    for locale in _LOCALES:
        found = provider(topic, locale)
        for attribute in attributes:
            texts = list(_texts(entries(found, attribute)))
            if texts:
                yield from fold_all(texts)


def _texts(listed: Iterable[object]) -> Iterator[str]:
    """Entries are texts, or pairs of a code and a text; codes of three letters and more are kept."""
    for entry in listed:
        for text in (entry,) if isinstance(entry, str) else tuple(entry) if isinstance(entry, tuple) else ():
            if isinstance(text, str) and len(text) > 1 and "\x1f" not in text:
                yield text.strip()
