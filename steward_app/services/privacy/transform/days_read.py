"""How the days of a column are written, as far as a part of its values tells."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from steward_app.db import Session
from steward_app.kernel.clock import now
from steward_app.services.privacy.dates import (
    BIRTH,
    LAST_OF_TWO,
    Clock,
    DayForm,
    WrittenDay,
    has_month_first,
    last_of_births,
    read_day,
    usual_form,
    usual_months,
)
from steward_app.services.privacy.hierarchies import Dates
from steward_app.services.privacy.month_names import Series
from steward_app.services.privacy.rules import Rule
from steward_app.services.privacy.transform import columns_read

OLDEST = 110
"""Years that somebody may be old."""


@dataclass(frozen=True, slots=True)
class DaysRead:
    """How the days of a column are written.

    Attributes:
        month_first: "03/04/2020" is the 4th of March.
        clock: how numbers tell days; None: they do not.
        form: the one that is used most; None where no text tells a day.
        last: the last year that two digits mean.
        months: the list of months that their names are from; "" where there are none.
    """

    month_first: bool
    clock: Clock | None
    form: DayForm | None
    last: int
    months: Series

    def day(self, text: str) -> WrittenDay | None:
        """The day with which a text of the column begins."""
        return read_day(text, month_first=self.month_first, last=self.last, months=self.months)

    def read_by(self, hierarchy: Dates) -> Dates:
        """A hierarchy that reads days as they are written, as far as it does not say itself how it does."""
        hierarchy = replace(hierarchy, last=self.last, months=self.months)
        if hierarchy.clock:
            return hierarchy
        return replace(hierarchy, month_first=hierarchy.month_first or self.month_first, clock=self.clock)


def days_read(session: Session, rule: Rule) -> DaysRead:
    """Look at a part of the values of the column of a rule."""
    values = columns_read.of_rule(session, rule)
    month_first, months = has_month_first(values), usual_months(values)
    return DaysRead(
        month_first,
        columns_read.clock(values),
        usual_form(values, month_first=month_first, months=months),
        last_of_births(values, now().year) if rule.options.get("kind") == BIRTH else LAST_OF_TWO,
        months,
    )


def either_century(session: Session, rule: Rule) -> list[int]:
    """The years of births that two digits mean, one for each, where a hundred years later or before may be meant, too.

    Somebody who was born then would be alive, or was when others of the column were.
    """
    last, this_year = days_read(session, rule).last, now().year
    values = columns_read.of_rule(session, rule)
    found = (read_day(value, last=last) for value in values if isinstance(value, str))
    years = [date.fromordinal(each.ordinal).year for each in found if each and each.of_two_digits]
    return sorted(year for year in years if year + 100 <= this_year or year - 100 >= this_year - OLDEST)
