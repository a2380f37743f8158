"""The bounds that a JSON Schema holds values to: of numbers, of lengths, of counts."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sized
from typing import Any, Final

_TEXTS: Final = {"string", "bytes"}
_SIZES: Final[tuple[tuple[str, str, set[str], str, type[Sized]], ...]] = (
    ("minLength", "maxLength", _TEXTS, "characters", str),
    ("minItems", "maxItems", {"array"}, "items", list),
    ("minProperties", "maxProperties", {"object"}, "properties", dict),
)


def bounds(read: Mapping[str, Any], written: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Where a reader is tighter than a writer: the reader's keyword, and the bound in words."""
    from steward_app.services.schema.registry.values import kinds

    shared = kinds(read) & kinds(written)
    if shared & {"integer", "number"}:
        whole = "number" not in shared
        (low, low_word), (high, high_word) = _low(read, whole), _high(read, whole)
        if low > _low(written, whole)[0]:
            yield low_word, f"{_SIGNS[low_word]} {read[low_word]}"
        if high < _high(written, whole)[0]:
            yield high_word, f"{_SIGNS[high_word]} {read[high_word]}"
    for least, most, of, noun, _ in _SIZES:
        if shared & of:
            if read.get(least, 0) > written.get(least, 0):
                yield least, f"at least {read[least]} {noun}"
            if read.get(most, math.inf) < written.get(most, math.inf):
                yield most, f"at most {read[most]} {noun}"


def within(schema: Mapping[str, Any], value: Any) -> bool:
    """Whether a value keeps within the bounds for its kind."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return (
            schema.get("minimum", -math.inf) <= value <= schema.get("maximum", math.inf)
            and not value <= schema.get("exclusiveMinimum", -math.inf)
            and not value >= schema.get("exclusiveMaximum", math.inf)
        )
    for least, most, _, _, kind in _SIZES:
        if isinstance(value, kind):
            return bool(schema.get(least, 0) <= len(value) <= schema.get(most, math.inf))
    return True


_SIGNS: Final = {
    "minimum": "at least",
    "maximum": "at most",
    "exclusiveMinimum": "more than",
    "exclusiveMaximum": "less than",
}


def _low(schema: Mapping[str, Any], whole: bool) -> tuple[tuple[float, bool], str]:
    """The lower bound as something that compares, the tighter the greater, with its keyword."""
    least, above = schema.get("minimum", -math.inf), schema.get("exclusiveMinimum", -math.inf)
    if whole:
        least, above = _up(least), _down(above)
        return ((above + 1, False), "exclusiveMinimum") if above + 1 > least else ((least, False), "minimum")
    return ((above, True), "exclusiveMinimum") if above >= least else ((least, False), "minimum")


def _high(schema: Mapping[str, Any], whole: bool) -> tuple[tuple[float, bool], str]:
    """The same of the upper bound: the tighter the smaller."""
    most, below = schema.get("maximum", math.inf), schema.get("exclusiveMaximum", math.inf)
    if whole:
        most, below = _down(most), _up(below)
        return ((below - 1, True), "exclusiveMaximum") if below - 1 < most else ((most, True), "maximum")
    return ((below, False), "exclusiveMaximum") if below <= most else ((most, True), "maximum")


def _up(number: float) -> float:
    return number if math.isinf(number) else math.ceil(number)


def _down(number: float) -> float:
    return number if math.isinf(number) else math.floor(number)
