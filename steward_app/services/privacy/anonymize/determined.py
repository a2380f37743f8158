"""Kept columns that tell what rules take away in the same row: a birth date in three parts or as a serial number, a
town beside a shortened postcode, a number that every person has of their own.

Rows are compared, not names. That a column which hardly repeats goes with another says nothing; that all rows of one
value have one value of another, again and again, does not come by chance.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from steward_app.db import ReadSession, fold, qualified, quote
from steward_app.db.any_text import rows_of_any_text
from steward_app.db.query import readable
from steward_app.kernel.errors import Failure
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.plan import Json, Plan
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.anonymize.findings import follows, ruled
from steward_app.services.privacy.anonymize.kept_personal import how_personal
from steward_app.services.privacy.classify.model import Classification
from steward_app.services.privacy.dates import read_day
from steward_app.services.privacy.discover.model import Scan, TableRole
from steward_app.services.privacy.model import Identifies, Place, Technique, place_id
from steward_app.services.privacy.references import whole_number
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.schema.model import Schema, Table, TableKind

CODE: Final = "kept_columns_tell_changed_ones"

_ROWS: Final = 5_000
_LEAST_ROWS: Final = 20
_NEARLY_ALL: Final = 0.98
_UNLIKELY: Final = math.log(10_000)  # to one, against chance
_LEAST_COARSER: Final = 3  # different values of what goes with a coarser one
_MOST_TOLD: Final = 12
_NOT_COMPARED: Final = frozenset({Technique.KEEP, Technique.JSON, Technique.REDACT, Technique.BLOB})
_COARSER: Final = frozenset({Technique.GENERALIZE, Technique.ROUND, Technique.MICROAGGREGATE, Technique.MASK})
_PARTS: Final[tuple[tuple[str, Callable[[date], int]], ...]] = (
    ("the day of the month in", lambda day: day.day),
    ("the month of", lambda day: day.month),
    ("the year of", lambda day: day.year),
)
_AS_WRITTEN: Final = tuple(
    f"{one}{sign}{other}" for sign in "-./" for one, other in (("%m", "%d"), ("%d", "%m"))
)

Values = Sequence[SqlValue]


@dataclass(frozen=True, slots=True)
class Determined:
    """A kept column, and what it tells.

    Attributes:
        how: in words, before the name of the other column.
        other: the changed column; None where each row has a value of its own.
    """

    place: Place
    how: str
    other: Place | None = None

    @property
    def words(self) -> str:
        """“person.born_day” is the day of the month in “person.born”."""
        return f"{quoted(place_id(self.place))} {self.how}{f' {quoted(place_id(self.other))}' if self.other else ''}"


def determined(
    session: ReadSession,
    schema: Schema,
    rules: ReleaseRules,
    scan: Scan | None,
    decided: Classification,
    context: Context,
) -> Iterator[Determined]:
    """The columns that go along without a rule, and tell what is changed beside them. Inside `snapshot()`.

    Args:
        rules: extended over foreign keys.
    """
    empty = {fold(name) for name in rules.empty}
    tables = scan.tables if scan else ()
    people = {fold(each.table) for each in tables if each.role is TableRole.PERSON}
    for table in schema.tables:
        if table.kind is not TableKind.TABLE or table.ours or fold(table.name) in empty:
            continue
        context.checkpoint()
        changed = [
            rule
            for rule in rules.rules
            if fold(rule.place.table) == fold(table.name)
            and not rule.place.path
            and rule.technique not in _NOT_COMPARED
        ]
        kept = list(_kept(table, rules, scan, decided)) if changed else []
        if kept:
            yield from _of_table(session, table, kept, changed, is_people=fold(table.name) in people)


def told(found: Sequence[Determined]) -> Iterator[Finding]:
    """A warning that names them."""
    if not found:
        return
    one = len(found) == 1
    more = f"; and {len(found) - _MOST_TOLD:,} more" if len(found) > _MOST_TOLD else ""
    yield Finding(
        CODE,
        Severity.WARNING,
        f"{plural(len(found), 'column')} {'goes' if one else 'go'} along unchanged and"
        f" {'tells' if one else 'tell'} persons apart, or what rules take away in the same row",
        Subject("database"),
        detail="; ".join(each.words for each in found[:_MOST_TOLD]) + more,
        remedies=(
            "Give each the rule of the column that it tells, or “remove”.",
            "Where it must stay, name it among what others know (“quasi_identifiers”), so that it is measured.",
        ),
        count=len(found),
    )


def in_receipt(plan: Plan) -> dict[str, Json]:
    """What the receipt says of it; nothing where there is none."""
    kept = next((each.detail for each in plan.findings if each.code == CODE), "")
    return {"kept_and_telling": kept} if kept else {}


def _kept(
    table: Table, rules: ReleaseRules, scan: Scan | None, decided: Classification
) -> Iterator[tuple[str, bool]]:
    """The columns without a rule, each with whether it is personal; but for keys.

    What leads to a person by itself stops the plan on its own.
    """
    keys = [key.columns for key in table.foreign_keys]
    keys += [table.primary_key.columns] if table.primary_key else []
    of_keys = {fold(name) for columns in keys for name in columns}
    for column in table.columns:
        place = Place(table.name, column.name)
        how = how_personal(place, scan, decided)
        if (
            (how is None or how[0] is not Identifies.DIRECT)
            and fold(column.name) not in of_keys
            and not ruled(rules, place)
            and not follows(table, column, rules)
        ):
            yield column.name, how is not None


def _of_table(
    session: ReadSession,
    table: Table,
    kept: Sequence[tuple[str, bool]],
    changed: Sequence[Rule],
    *,
    is_people: bool,
) -> Iterator[Determined]:
    names = [*(name for name, _ in kept), *(rule.place.column for rule in changed)]
    columns = _read(session, table.name, names)
    if not columns or len(columns[0]) < _LEAST_ROWS:
        return
    others = [
        _Other(rule, values, _days(values))
        for rule, values in zip(changed, columns[len(kept) :], strict=True)
    ]
    for (name, personal), values in zip(kept, columns, strict=False):
        place = Place(table.name, name)
        ways = ((how, other) for other in others if (how := other.told_by(values)))
        if first := next(ways, None):
            yield Determined(place, first[0], first[1].rule.place)
        elif personal and is_people and _is_of_each(values):
            yield Determined(place, "is different in each row")


@dataclass(frozen=True, slots=True)
class _Other:
    """A changed column, its values, and the days that they are; None where they are none."""

    rule: Rule
    values: Values
    days: Sequence[date | None] | None

    def told_by(self, kept: Values) -> str:
        """How a kept column tells it, in words; "" where it does not."""
        if self.days is not None and (how := _part_of(kept, self.days)):
            known = how.startswith("is the year") and self.rule.technique is Technique.GENERALIZE
            return "" if known else how
        one, other = _leads(kept, self.values), _leads(self.values, kept)
        if one and other:
            return "goes one to one with"
        if one:
            return "tells"
        coarser = self.rule.technique in _COARSER and len(set(kept)) >= _LEAST_COARSER
        return "follows from" if other and coarser else ""


def _read(session: ReadSession, table: str, names: Sequence[str]) -> list[Values]:
    """The values of some columns in the first rows; BLOBs count as nothing."""
    terms = ", ".join(f"iif(typeof({quote(name)}) = 'blob', NULL, {quote(name)})" for name in names)
    try:
        with readable(table):
            rows = list(rows_of_any_text(session, f"SELECT {terms} FROM {qualified(table)} LIMIT {_ROWS:d}"))
    except Failure:
        return []
    return list(zip(*rows, strict=True))


def _days(values: Values) -> Sequence[date | None] | None:
    """The days that texts are, where nearly all are some."""
    found = [read_day(value) if isinstance(value, str) else None for value in values]
    filled = sum(value is not None for value in values)
    days = [date.fromordinal(each.ordinal) if each else None for each in found]
    return days if filled and sum(day is not None for day in days) >= _NEARLY_ALL * filled else None


def _part_of(kept: Values, days: Sequence[date | None]) -> str:
    """Which part of dates a column holds, or that it counts their days."""
    pairs = [(value, day) for value, day in zip(kept, days, strict=True) if value is not None and day]
    numbers = [(number, day) for value, day in pairs if (number := _number(value)) is not None]
    if len(pairs) < _LEAST_ROWS:
        return ""
    if len(numbers) == len(pairs):
        for how, part in _PARTS:
            if len({number for number, _ in numbers}) > 1 and all(n == part(day) for n, day in numbers):
                return f"is {how}"
        if len({number - day.toordinal() for number, day in numbers}) == 1:
            return "counts the days to"
    if any(all(str(value).rstrip(".") == day.strftime(form) for value, day in pairs) for form in _AS_WRITTEN):
        return "is the day and month of"
    return ""


def _number(value: SqlValue) -> int | None:
    return whole_number(value.lstrip("0") if isinstance(value, str) else value)


def _leads(one: Values, other: Values) -> bool:
    """Whether each value of a column has one value of another beside it, and that does not come by chance."""
    pairs = [pair for pair in zip(one, other, strict=True) if None not in pair]
    firsts = len({first for first, _ in pairs})
    if len(pairs) < _LEAST_ROWS or len(set(pairs)) != firsts:
        return False
    counted = Counter(second for _, second in pairs)
    alike = sum((count / len(pairs)) ** 2 for count in counted.values())
    return len(counted) > 1 and -(len(pairs) - firsts) * math.log(alike) >= _UNLIKELY


def _is_of_each(values: Values) -> bool:
    """Whether each row has a value of its own: a number or a code, and nothing that is measured."""
    filled = [value for value in values if value is not None]
    if len(filled) < _LEAST_ROWS or any(isinstance(value, float) for value in filled):
        return False
    return len(set(filled)) >= _NEARLY_ALL * len(filled)
