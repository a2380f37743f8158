"""Kept columns that tell what rules take away in the same row: a birth date in three parts or as a serial number, a
town beside a shortened postcode, a number that every person has of their own, a key that is equal to a changed one.

Rows are compared, not names. That a column which hardly repeats goes with another says nothing; that all rows of one
value have one value of another, again and again, does not come by chance.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from steward_app.db import ReadSession, fold
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.plan import Json, Plan
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.privacy.anonymize.findings import follows, ruled
from steward_app.services.privacy.anonymize.kept_personal import how_personal
from steward_app.services.privacy.classify.model import Classification
from steward_app.services.privacy.discover.model import Scan, TableRole
from steward_app.services.privacy.following import (
    LEAST_ROWS,
    NEARLY_ALL,
    Values,
    days_of,
    equal,
    first_values,
    leads,
    part_of,
)
from steward_app.services.privacy.model import Identifies, Place, Technique, place_id
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.schema.model import Schema, Table, TableKind

CODE: Final = "kept_columns_tell_changed_ones"

_LEAST_COARSER: Final = 3  # different values of what goes with a coarser one
_MOST_TOLD: Final = 12
_NOT_COMPARED: Final = frozenset({Technique.KEEP, Technique.JSON, Technique.REDACT, Technique.BLOB})
_COARSER: Final = frozenset({Technique.GENERALIZE, Technique.ROUND, Technique.MICROAGGREGATE, Technique.MASK})


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


@dataclass(frozen=True, slots=True)
class _Kept:
    """A column without a rule.

    Attributes:
        of_key: of a primary or foreign key, which rows have in common by what they are: what it is equal to counts.
    """

    name: str
    personal: bool
    of_key: bool


def _kept(table: Table, rules: ReleaseRules, scan: Scan | None, decided: Classification) -> Iterator[_Kept]:
    """The columns without a rule. What leads to a person by itself stops the plan on its own."""
    keys = [key.columns for key in table.foreign_keys]
    keys += [table.primary_key.columns] if table.primary_key else []
    of_keys = {fold(name) for columns in keys for name in columns}
    for column in table.columns:
        place = Place(table.name, column.name)
        how = how_personal(place, scan, decided)
        if (
            (how is None or how[0] is not Identifies.DIRECT)
            and not ruled(rules, place)
            and not follows(table, column, rules)
        ):
            yield _Kept(column.name, how is not None, fold(column.name) in of_keys)


def _of_table(
    session: ReadSession, table: Table, kept: Sequence[_Kept], changed: Sequence[Rule], *, is_people: bool
) -> Iterator[Determined]:
    names = [*(each.name for each in kept), *(rule.place.column for rule in changed)]
    columns = first_values(session, table.name, names)
    if not columns or len(columns[0]) < LEAST_ROWS:
        return
    others = [
        _Other(rule, values, days_of(values))
        for rule, values in zip(changed, columns[len(kept) :], strict=True)
    ]
    for each, values in zip(kept, columns, strict=False):
        place = Place(table.name, each.name)
        ways = ((how, other) for other in others if (how := other.told_by(values, of_key=each.of_key)))
        if first := next(ways, None):
            yield Determined(place, first[0], first[1].rule.place)
        elif each.personal and not each.of_key and is_people and _is_of_each(values):
            yield Determined(place, "is different in each row")


@dataclass(frozen=True, slots=True)
class _Other:
    """A changed column, its values, and the days that they are; None where they are none."""

    rule: Rule
    values: Values
    days: Sequence[date | None] | None

    def told_by(self, kept: Values, *, of_key: bool) -> str:
        """How a kept column tells it, in words; "" where it does not."""
        if equal(kept, self.values):
            return "is the same as"
        if of_key:
            return ""
        if self.days is not None and (how := part_of(kept, self.days)):
            known = how.startswith("is the year") and self.rule.technique is Technique.GENERALIZE
            return "" if known else how
        one, other = leads(kept, self.values), leads(self.values, kept)
        if one and other:
            return "goes one to one with"
        if one:
            return "tells"
        coarser = self.rule.technique in _COARSER and len(set(kept)) >= _LEAST_COARSER
        return "follows from" if other and coarser else ""


def _is_of_each(values: Values) -> bool:
    """Whether each row has a value of its own: a number or a code, and nothing that is measured."""
    filled = [value for value in values if value is not None]
    if len(filled) < LEAST_ROWS or any(isinstance(value, float) for value in filled):
        return False
    return len(set(filled)) >= NEARLY_ALL * len(filled)
