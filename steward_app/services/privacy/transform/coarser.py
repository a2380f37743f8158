"""Values by a hierarchy: the label of their level, or where a column takes no label what it begins with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.dates import DayForm
from steward_app.services.privacy.hierarchies import Hierarchy
from steward_app.services.privacy.hierarchies.beginnings import beginnings
from steward_app.services.privacy.transform.cells import CellStep, every_class


def generalized(
    hierarchy: Hierarchy,
    level: int,
    *,
    labels: bool,
    form: DayForm | None,
    otherwise: Callable[[SqlValue], SqlValue],
) -> CellStep:
    """The step of a column.

    Args:
        labels: "30-39", "1980"; else the storage class stays: 30, "1980-01-01", and
            for what says nothing what `otherwise` gives.
        form: in which days are written that are no labels.
    """

    def labelled(values: Sequence[Any]) -> list[SqlValue]:
        return hierarchy.at(values, level)

    def beginning(values: Sequence[Any]) -> list[SqlValue]:
        found = beginnings(hierarchy, level, values, form)
        return [
            otherwise(before) if after is None else after for before, after in zip(values, found, strict=True)
        ]

    return CellStep(every_class(labelled if labels else beginning))
