"""How the days of a column are written, as far as a part of its values tells."""

from __future__ import annotations

from dataclasses import dataclass, replace

from steward_app.db import Session
from steward_app.services.privacy.dates import Clock, DayForm, usual_form
from steward_app.services.privacy.hierarchies import Dates
from steward_app.services.privacy.transform import columns_read
from steward_app.services.schema.model import Column, Table


@dataclass(frozen=True, slots=True)
class DaysRead:
    """How the days of a column are written.

    Attributes:
        month_first: "03/04/2020" is the 4th of March.
        clock: how numbers tell days; None: they do not.
        form: the one that is used most; None where no text tells a day.
    """

    month_first: bool
    clock: Clock | None
    form: DayForm | None

    def read_by(self, hierarchy: Dates) -> Dates:
        """A hierarchy that reads days as they are written, as far as it does not say itself how it does."""
        if hierarchy.clock:
            return hierarchy
        return replace(hierarchy, month_first=hierarchy.month_first or self.month_first, clock=self.clock)


def days_read(session: Session, table: Table, column: Column) -> DaysRead:
    """Look at a part of the values of a column."""
    values = columns_read.sample(session, table.name, column.name)
    month_first = columns_read.month_first(values)
    return DaysRead(month_first, columns_read.clock(values), usual_form(values, month_first=month_first))
