"""Which hierarchy a rule of the policy means, and which suits a column."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from steward_app.kernel.clock import now
from steward_app.kernel.plan import Json
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.dates import BIRTH, Clock, clock_of, last_of_births, looks_like_days
from steward_app.services.privacy.hierarchies.kinds import (
    ANY,
    DATE_LEVELS,
    Countries,
    Dates,
    Hierarchy,
    Listed,
    Networks,
    Prefix,
    Ranges,
)
from steward_app.storage import read_whole

_LIMIT_BYTES = 64 << 20
_TOO_SHORT = "the hierarchy {} needs a value and a coarser one in every line, with ; between"


def from_options(options: Mapping[str, Json], folder: Path | None = None) -> Hierarchy:
    """The hierarchy that a rule of the policy means.

    Args:
        folder: where a file of it is looked for: the folder of the policy.

    Raises ValueError, in a sentence, where it means none.
    """
    match options.get("hierarchy"):
        case "ranges":
            return Ranges(tuple(_numbers(options.get("steps", [5, 10, 20]), "steps")))
        case "dates":
            levels = options.get("levels")
            clock = options.get("clock")
            return Dates(
                tuple(str(each) for each in levels) if isinstance(levels, list) else DATE_LEVELS,
                options.get("month_first") is True,
                Clock(str(clock)) if clock else None,
            )
        case "prefix":
            return Prefix(tuple(int(each) for each in _numbers(options.get("keep", [3, 2, 1]), "keep")))
        case "values":
            return _listed(options.get("values"))
        case "file":
            return from_file(str(options.get("file", "")), folder)
        case "countries":
            return Countries()
        case "networks":
            return Networks()
    raise ValueError("a hierarchy is one of: ranges, dates, prefix, values, file, countries, networks")


def level_of(hierarchy: Hierarchy, options: Mapping[str, Json]) -> int:
    """The level that a rule means, by number or title; 1 where it says nothing. Raises ValueError."""
    wanted, titles = options.get("level", 1), hierarchy.titles
    if isinstance(wanted, str) and wanted in titles:
        return titles.index(wanted)
    if isinstance(wanted, int) and not isinstance(wanted, bool) and 0 <= wanted < len(titles):
        return wanted
    raise ValueError(f"there is no such level; the levels are: {', '.join(titles)}")


def from_file(file: str, folder: Path | None = None) -> Listed:
    """A hierarchy as ARX keeps it: a line a value, ";" between it and its coarser values. Raises ValueError."""
    path = (folder or Path()) / file
    try:
        text = read_whole(path, limit_bytes=_LIMIT_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"the hierarchy {path.name} is not UTF-8") from None
    reader = csv.reader(io.StringIO(text), delimiter=";")
    coarser: dict[str, tuple[str, ...]] = {}
    lines: dict[str, int] = {}
    for row in reader:
        value, *levels = (cell.strip() for cell in row) if row else ("",)
        if row and not levels:
            raise ValueError(_TOO_SHORT.format(path.name))
        if row and coarser.setdefault(value, tuple(levels)) != tuple(levels):
            raise ValueError(
                f"lines {lines[value]:,} and {reader.line_num:,} of the hierarchy {path.name} say different things of"
                " one value"
            )
        lines.setdefault(value, reader.line_num)
    if not coarser:
        raise ValueError(_TOO_SHORT.format(path.name))
    return Listed(coarser, file)


def suggest(kind: str, values: Sequence[SqlValue]) -> Hierarchy:
    """A hierarchy that suits a column.

    Args:
        kind: its type of personal data, or "".
        values: distinct ones, all or a sample.
    """
    known = [value for value in values if value is not None and value != ""]
    numbers = [value for value in known if isinstance(value, int | float)]
    if kind == "country" or kind == "nationality":
        return Countries()
    if kind == "ip":
        return Networks()
    if looks_like_days(known):
        return Dates(last=last_of_births(known, now().year)) if kind == BIRTH else Dates()
    if numbers and len(numbers) == len(known):
        clock = clock_of(numbers) if kind.endswith("_date") else None
        return Dates(clock=clock) if clock else Ranges(_steps(kind, numbers))
    longest = max((len(value) for value in known if isinstance(value, str)), default=0)
    if kind == "postcode" or (longest <= 12 and any(any(map(str.isdigit, str(value))) for value in known)):
        return Prefix(tuple(range(min(max(longest - 1, 1), 6), 0, -1)))
    return Listed({str(value): (ANY,) for value in known} or {"": (ANY,)})


def _steps(kind: str, numbers: Sequence[int | float]) -> tuple[float, ...]:
    if kind == "age":
        return (5, 10, 20)
    spread = max(numbers) - min(numbers)
    unit = 10.0 ** math.floor(math.log10(spread / 50)) if spread > 50 else 1.0
    integers = all(isinstance(number, int) for number in numbers)
    return tuple(int(unit * factor) if integers else unit * factor for factor in (5, 10, 50))


def _listed(values: Json) -> Listed:
    if not isinstance(values, dict) or not values:
        raise ValueError("a hierarchy of values needs them, each with its coarser values")
    return Listed(
        {
            str(value): tuple(str(each) for each in coarser) if isinstance(coarser, list) else (str(coarser),)
            for value, coarser in values.items()
        }
    )


def _numbers(said: Json, name: str) -> list[float]:
    numbers = said if isinstance(said, list) else [said]
    if not all(isinstance(each, int | float) and not isinstance(each, bool) for each in numbers):
        raise ValueError(f"{name} are numbers")
    return [each for each in numbers if isinstance(each, int | float)]
