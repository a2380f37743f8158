"""Words that texts of some languages have and that mean nobody, though people are called so: May, Winter, Roman."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from steward_app.services.privacy.faker_lists import entries, provider
from steward_app.services.privacy.plain_letters import spellings
from steward_app.storage.shipped import resource

_LANGUAGES: Final = ("en_US", "de_DE", "fr_FR", "es_ES", "it_IT", "pl_PL", "nl_NL", "da_DK", "cs_CZ", "ru_RU")


@cache
def words_of_keys() -> Mapping[str, Any]:
    """The lists of ours."""
    return _list("words_of_keys")


@cache
def ordinary() -> tuple[str, ...]:
    """The common words of some languages, and those of the list of ours."""
    common = (
        word
        for language in _LANGUAGES
        for word in entries(provider("lorem", language), "word_list")
        if isinstance(word, str)
    )
    return (*common, *words_of_keys()["ordinary"].split())


@cache
def doubtful() -> frozenset[str]:
    """Names that are words, too, in small letters and without accents."""
    lists: Mapping[str, str] = words_of_keys()["doubtful"]
    return frozenset(
        (*_list("nicknames")["words"], *(word for some in lists.values() for word in some.split()))
    )


def is_common(word: str) -> bool:
    """Whether a word in small letters without accents is one of them."""
    return word in _all()


@cache
def _all() -> frozenset[str]:
    return doubtful().union(spelling for word in ordinary() for spelling in spellings(word))


def _list(name: str) -> Mapping[str, Any]:
    from ruamel.yaml import YAML

    said: Mapping[str, Any] = YAML(typ="safe", pure=True).load(resource("rules", "privacy", f"{name}.yaml"))
    return said
