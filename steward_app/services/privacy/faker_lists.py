"""The lists of names, streets and towns that Faker ships, by topic and locale. Its generators are never used."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from importlib import import_module
from typing import Any


def provider(topic: str, locale: str) -> type | None:
    """What holds the lists of a topic ("person", "address", "job") in a locale ("de_AT"); None where nothing does."""
    try:
        return import_module(f"faker.providers.{topic}.{locale}").Provider  # type: ignore[no-any-return]
    except ModuleNotFoundError:
        return None


def entries(found: type | None, name: str) -> list[Any]:
    """One of its lists: texts, or pairs of a code and a text. Empty where it has none of that name."""
    listed = getattr(found, name, ())
    if not isinstance(listed, Collection):
        return []  # made of other lists when it is asked of a provider
    return list(listed.keys() if isinstance(listed, Mapping) else listed)
