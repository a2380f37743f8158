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
_OF_NAMES = [
    "ar_AA",
    "ar_DZ",
    "ar_PS",
    "ar_SA",
    "az_AZ",
    "bg_BG",
    "bn_BD",
    "de_LI",
    "de_LU",
    "el_GR",
    "en_IN",
    "en_KE",
    "en_NG",
    "en_NZ",
    "en_PK",
    "en_TH",
    "es_AR",
    "es_CA",
    "es_CL",
    "es_CO",
    "fa_IR",
    "fr_CA",
    "fr_DZ",
    "gu_IN",
    "ha_NG",
    "he_IL",
    "hi_IN",
    "hy_AM",
    "id_ID",
    "ig_NG",
    "ja_JP",
    "ka_GE",
    "ko_KR",
    "mk_MK",
    "mr_IN",
    "ne_NP",
    "or_IN",
    "ru_RU",
    "si_LK",
    "sw",
    "ta_IN",
    "th_TH",
    "tw_GH",
    "uk_UA",
    "uz_UZ",
    "vi_VN",
    "yo_NG",
    "zh_CN",
    "zh_TW",
    "zu_ZA",
]
"""Further locales, of whose lists those of names are used: towns and trades of theirs are rather words elsewhere."""
_LEAST_LATIN = 3  # letters of a name of those: "He", "An" and "So" are words
LISTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "given_name": (
        "person",
        (
            "first_names",
            "first_names_female",
            "first_names_male",
            "first_names_unisex",
            "middle_names",
            "first_romanized_names",
            "first_kana_names",
        ),
    ),
    "family_name": (
        "person",
        (
            "last_names",
            "last_names_female",
            "last_names_male",
            "male_last_names",
            "unisex_last_names",
            "last_names_unisex",
            "last_romanized_names",
            "last_kana_names",
        ),
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
        yield from _of_locale(topic, locale, attributes)
    for locale in _OF_NAMES if topic == "person" and "language_names" not in attributes else ():
        for entry in _of_locale(topic, locale, attributes):
            if not entry.isascii() or len(entry) >= _LEAST_LATIN:
                yield entry


def _of_locale(topic: str, locale: str, attributes: Iterable[str]) -> Iterator[str]:
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
