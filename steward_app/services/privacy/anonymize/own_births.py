"""Days of birth that stand in texts about the very person, while rules hide them in their column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from steward_app.db import Session, qualified, quote
from steward_app.db.any_text import legible, rows_of_any_text
from steward_app.kernel.finding import Finding, Severity
from steward_app.kernel.text import plural
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.among import Among
from steward_app.services.privacy.dates import BIRTH, day_of
from steward_app.services.privacy.days_beyond_chance import days_beside_words, held_beyond_chance
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.own_person import MOST_ROWS, rows_beside, some_sql, standing_at
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.privacy.transform.beside import parts_of
from steward_app.services.privacy.transform.cells import CellStep
from steward_app.services.privacy.transform.columns_read import sample
from steward_app.services.privacy.transform.contract_words import against
from steward_app.services.privacy.transform.days_read import DaysRead, days_read
from steward_app.services.privacy.transform.json_text import cell_step
from steward_app.services.privacy.transform.model import Transforms
from steward_app.services.privacy.written_days import days_in, days_in_names
from steward_app.services.schema.model import Schema, TableKind

_MOST_BIRTHS: Final = 200_000


@dataclass(frozen=True, slots=True)
class _Births:
    """A column of days of birth that rules hide, or the rows of it that are meant, and how they are written."""

    place: Place
    read: DaysRead
    among: Among | None

    def day(self, value: SqlValue) -> int | None:
        if isinstance(value, str):
            found = self.read.day(value)
            return found.ordinal if found else None
        if isinstance(value, int | float) and self.read.clock is not None:
            return day_of(value, self.read.clock)
        return None

    def days(self, session: Session) -> frozenset[int]:
        """All of the column, or at a path those of its first rows."""
        place, column = self.place, quote(self.place.column)
        if place.path:
            values: Iterable[SqlValue] = sample(session, place.table, place.column, place.path, self.among)
        else:
            meant, bound = (self.among.sql, self.among.bound) if self.among else ("1", ())
            there = (
                f"FROM {qualified(place.table)} WHERE {meant} AND {column} IS NOT NULL LIMIT {_MOST_BIRTHS:d}"
            )
            rows = rows_of_any_text(session, f"SELECT DISTINCT {column} {there}", bound)
            values = (value for (value,) in rows)
        return frozenset(day for value in values if (day := self.day(value)) is not None)


def with_days_taken(session: Session, schema: Schema, rules: ReleaseRules) -> ReleaseRules:
    """Proposed rules, under which texts with days of birth, of their own person or beyond chance, lose days.

    Inside `snapshot()`.
    """
    births = list(_hidden(session, schema, rules))
    left = [rule.place for rule in rules.rules if _leaves_days(rule)] if births else []
    taken = {place for place in left if _count(session, schema, place, births)[0]}
    born = [each.days(session) for each in births] if len(taken) < len(left) else []
    taken |= {place for place in left if place not in taken and _hold_births(session, schema, place, born)}
    return replace(
        rules,
        rules=tuple(
            replace(rule, options={**rule.options, "dates": True}) if rule.place in taken else rule
            for rule in rules.rules
        ),
    )


def _hold_births(session: Session, schema: Schema, place: Place, born: Sequence[frozenset[int]]) -> bool:
    """Whether the first texts of a column hold days of birth more often than chance would: no key may say whose."""
    table = schema.table(place.table)
    if table is None or table.kind is not TableKind.TABLE or not table.column(place.column):
        return False
    column = quote(place.column)
    there = f"FROM {qualified(place.table)} WHERE {some_sql(column, place.path)} LIMIT {MOST_ROWS:d}"
    cells = (cell for (cell,) in rows_of_any_text(session, f"SELECT {column} {there}"))
    texts = (text for cell in cells for text in standing_at(session, cell, place.path))
    found = (days_beside_words(legible(text)) for text in texts if isinstance(text, str))
    days = [each for each in found if each]
    return bool(days) and any(held_beyond_chance(days, each) for each in born)


def told(session: Session, schema: Schema, transforms: Transforms) -> Iterator[Finding]:
    """A warning for each column of texts that keeps days of birth of those whom its rows are about."""
    births = list(_hidden(session, schema, transforms.rules))
    for rule in transforms.rules.rules if births else ():
        table = transforms.table(rule.place.table)
        if not _leaves_days(rule) or table is None:
            continue
        count, of = _count(session, schema, rule.place, births, cell_step(table, rule.place))
        if count:
            yield against(
                rule,
                "births_left",
                f"would leave the day of birth of the very person in {count:,} of the {plural(of, 'text')} looked at",
                detail="Other rules hide that day in its own column. Whoever has the copy reads it here.",
                count=count,
                remedies=("Say “dates: true”, so that these texts lose days.",),
                severity=Severity.WARNING,
            )


def _hidden(session: Session, schema: Schema, rules: ReleaseRules) -> Iterator[_Births]:
    for rule in (part for each in rules.rules for part in (each, *parts_of(each))):
        changed = rule.technique not in (Technique.KEEP, Technique.REDACT)
        if rule.options.get("kind") == BIRTH and changed:
            table = schema.table(rule.place.table)
            if table is not None and table.column(rule.place.column) is not None:
                yield _Births(rule.place, days_read(session, rule), rule.among)


def _leaves_days(rule: Rule) -> bool:
    return rule.technique is Technique.REDACT and rule.options.get("dates") is not True


def _count(
    session: Session, schema: Schema, place: Place, births: list[_Births], step: CellStep | None = None
) -> tuple[int, int]:
    """How many texts hold the day of birth of their own person, and of how many."""
    for each in births:
        if each.among is not None:
            continue  # it stands in a row of its own
        for rows in rows_beside(session, schema, place, [each.place]):
            texts = [row.text for row in rows]
            after = texts if step is None else [str(text) for text in step.changed(texts)]
            days = [{each.day(value) for value in row.others} for row in rows]
            count = sum(
                any(not own.isdisjoint(found.ordinals) for found in (*days_in(text), *days_in_names(text)))
                for text, own in zip(after, days, strict=True)
            )
            if count:
                return count, len(rows)
    return 0, 0
