"""What the options of a rule say, read from the policy with an error for each that cannot be understood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from steward_app.kernel.plan import Json
from steward_app.services.privacy.kinds import kinds
from steward_app.services.privacy.model import Technique

_Word = TypeVar("_Word", bound=StrEnum)

_COMMON = frozenset({"kind", "why"})
ALLOWED: Mapping[Technique, frozenset[str]] = {
    technique: _COMMON | frozenset(names.split())
    for technique, names in {
        Technique.KEEP: "names",
        Technique.REMOVE: "",
        Technique.FIXED: "value nulls",
        Technique.MASK: "keep_first keep_last sign",
        Technique.PSEUDONYM: "domain locale",
        Technique.PERMUTE: "domain range",
        Technique.TOKEN: "domain prefix length",
        Technique.SHIFT: "days person month_first clock",
        Technique.GENERALIZE: "hierarchy level as steps levels keep values file month_first clock",
        Technique.ROUND: "to",
        Technique.NOISE: "distribution scale relative low high",
        Technique.SHUFFLE: "group",
        Technique.MICROAGGREGATE: "k with",
        Technique.REDACT: "replace dates beside types rules",
        Technique.JSON: "",
        Technique.BLOB: "",
    }.items()
}
"""What may stand in the options of each technique. `kind` is the type of personal data, `why` a remark."""

_PART = frozenset({"technique", "options"})
_OF_WHOLE_COLUMNS = (Technique.SHUFFLE, Technique.MICROAGGREGATE, Technique.JSON, Technique.BLOB)
PARTS = tuple(each.value for each in ALLOWED if each not in (*_OF_WHOLE_COLUMNS, Technique.REDACT))
"""What may be done with a part of the values of a column."""


class BadOption(ValueError):
    """An option cannot be understood; says which and what it may be."""


@dataclass(frozen=True, slots=True)
class Options:
    """The options of one rule, by type."""

    said: Mapping[str, Json]

    def text(self, name: str, default: str) -> str:
        """A text, at most 100 characters."""
        value = self.said.get(name, default)
        if not isinstance(value, str) or len(value) > 100:
            raise BadOption(f"{name} is a short text")
        return value

    def whole(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number within bounds."""
        value = self.said.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise BadOption(f"{name} is a whole number from {low:,} to {high:,}")
        return value

    def number(self, name: str, default: float | None = None) -> float:
        """A number; one without a default must be said."""
        value = self.said.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise BadOption(f"{name} is a number")
        return value

    def maybe_number(self, name: str) -> float | None:
        """A number, or None where nothing is said."""
        return None if self.said.get(name) is None else self.number(name)

    def yes(self, name: str, default: bool = False) -> bool:
        """Yes or no."""
        value = self.said.get(name, default)
        if not isinstance(value, bool):
            raise BadOption(f"{name} is true or false")
        return value

    def word(self, name: str, words: type[_Word], default: _Word | None = None) -> _Word | None:
        """One of some words; None where nothing is said and there is no default."""
        value = self.said.get(name)
        if value is None:
            return default
        try:
            return words(str(value))
        except ValueError:
            raise BadOption(f"{name} is one of: {', '.join(words)}") from None

    def names(self, name: str) -> tuple[str, ...]:
        """Names of columns: one, or a list of them."""
        value = self.said.get(name, [])
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
            raise BadOption(f"{name} is a list of columns")
        return tuple(str(each) for each in listed)

    def types(self, name: str) -> dict[str, str]:
        """What is of which type of personal data, by words."""
        value = self.said.get(name, {})
        if not isinstance(value, dict) or not all(each in kinds() for each in value.values()):
            raise BadOption(f"{name} says of words which type of “steward privacy kinds” they mean")
        return {str(word): str(kind) for word, kind in value.items()}

    def parts(self, name: str) -> dict[str, tuple[Technique, dict[str, Json]]]:
        """What is done with which values, by words: each a technique with its options."""
        value = self.said.get(name, {})
        if not isinstance(value, dict):
            raise BadOption(f"{name} says of words what is done with the values beside them")
        return {str(word): self._part(name, str(word), each) for word, each in value.items()}

    def _part(self, name: str, word: str, said: Json) -> tuple[Technique, dict[str, Json]]:
        options = said.get("options", {}) if isinstance(said, dict) else None
        if not isinstance(said, dict) or not isinstance(options, dict) or said.keys() - _PART:
            raise BadOption(f"{name} says of {word} a technique, and its options at most")
        technique = str(said.get("technique"))
        if technique not in PARTS:
            raise BadOption(f"{name} says of {word} one of: {', '.join(PARTS)}")
        return Technique(technique), options

    def hops(self, name: str) -> tuple[tuple[str, ...], ...]:
        """Foreign keys to follow, one after another, each by its columns."""
        value = self.said.get(name)
        if value is None:
            return ()
        if isinstance(value, list) and value and all(isinstance(each, list) for each in value):
            return tuple(Options({name: each}).names(name) for each in value)
        return (self.names(name),)

    def range(self, name: str) -> tuple[int, int] | None:
        """The smallest and the largest of whole numbers."""
        value = self.said.get(name)
        if value is None:
            return None
        numbers = value if isinstance(value, list) else []
        # a policy file that is read to be written again gives 0 as a kind of int
        whole = [int(each) for each in numbers if isinstance(each, int) and not isinstance(each, bool)]
        if not len(numbers) == len(whole) == 2:
            raise BadOption(f"{name} is the smallest and the largest whole number")
        low, high = whole
        if not 0 < high - low < 1 << 62:
            raise BadOption(f"{name} is the smallest and the largest whole number")
        return low, high


def check_names(technique: Technique, said: Mapping[str, Json]) -> None:
    """Raise `BadOption` where something is said that the technique does not know."""
    unknown = sorted(set(said) - ALLOWED[technique])
    if unknown:
        known = ", ".join(sorted(ALLOWED[technique] - _COMMON)) or "nothing"
        raise BadOption(f"{technique} has no option {unknown[0]}; it has: {known}")
