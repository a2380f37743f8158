"""The types of personal data that the program knows, and what each is taken for until the steward says otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from steward_app.services.privacy.model import Category, Identifies, Level, Origin
from steward_app.storage.shipped import resource


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of personal data.

    Attributes:
        name: stable: "email".
        title: as a list shows it: "E-mail address".
        means: in a sentence: "an e-mail address".
        technique: what a copy for release does with it unless told otherwise; a value of `rules.Technique`.
    """

    name: str
    title: str
    means: str
    identifies: Identifies
    category: Category
    level: Level
    origin: Origin
    technique: str


@lru_cache(maxsize=1)
def kinds() -> Mapping[str, Kind]:
    """All types by name, in the order in which they are offered."""
    from ruamel.yaml import YAML

    document = YAML(typ="safe", pure=True).load(resource("rules", "privacy", "kinds.yaml"))
    return {name: _kind(name, said) for name, said in document["kinds"].items()}


def _kind(name: str, said: Mapping[str, str]) -> Kind:
    return Kind(
        name,
        said["title"],
        said["means"],
        Identifies(said["identifies"]),
        Category(said.get("category", "ordinary")),
        Level(said["level"]),
        Origin(said.get("origin", "provided")),
        said["technique"],
    )
