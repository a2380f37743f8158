"""Which combinations a copy leaves out: those whose group does not reach its limits once columns are coarsened."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias

from steward_app.db import ReadSession
from steward_app.kernel.errors import ErrorCode, Refused
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.kernel.values import Row, SqlValue
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.reach import Source
from steward_app.services.privacy.risk.grouping import labels
from steward_app.services.privacy.risk.read import TooMany, Tuples, read_tuples
from steward_app.services.privacy.risk.sensitive import Shares, blank_of, in_order, shares_of
from steward_app.services.privacy.risk.staying import Asked, staying
from steward_app.services.privacy.risk.whose import Whose, read_whose

if TYPE_CHECKING:
    from steward_app.services.privacy.risk.grouping import Real, Whole

Becomes: TypeAlias = Callable[[Sequence[SqlValue], Place], Sequence[SqlValue]]


def small_combinations(
    session: ReadSession,
    wanted: Source,
    many: int,
    becomes: Becomes,
    asked: Asked,
    context: Context,
    *,
    person: int = 0,
) -> Iterator[Row]:
    """Values of the original's quasi-identifiers, in the order of `wanted`, of all rows that the copy leaves out.

    Raises `Refused` where the combinations are too many for memory.

    Args:
        becomes: what values at a place are in the copy, as far as that is known before it is made.
        many: so many of the columns are quasi-identifiers; those after them are sensitive.
        person: so many of the last tell whose row it is, and groups count persons; 0 to count rows.
    """
    import numpy as np

    whose = None
    try:
        if person:
            tuples, whose = read_whose(session, wanted, len(wanted.reached) - person, context)
        else:
            tuples = read_tuples(session, wanted, context)
    except TooMany:
        raise Refused(
            ErrorCode.TOO_LARGE,
            f"The table {quoted(wanted.table.name)} has too many different combinations to find small groups in.",
            hint="Nothing was changed. Take fewer or coarser quasi-identifiers"
            + (", or let its groups count rows (“persons” in the policy)." if person else "."),
        ) from None
    columns, values = [], []
    for at, reached in enumerate(wanted.reached[: len(wanted.reached) - person]):
        numbers: dict[SqlValue, int] = {}
        after = becomes(tuples.values[at], Place(reached.table, reached.column))
        codes = np.array([numbers.setdefault(value, len(numbers)) for value in after], dtype=np.int64)
        columns.append(codes[tuples.codes[:, at]])
        values.append(tuple(numbers))
    label, groups = labels(columns[:many], [len(each) for each in values[:many]], len(tuples.weights))
    counted = _Counted(tuples, whose)
    size = counted.sizes(label, groups)
    ordered = [in_order(each) for each in values[many:]] if asked.of_sensitive else []
    shares = [
        counted.shares(label, groups, ranks[codes], len(ranks), blank_of(of))
        for (ranks, _), codes, of in zip(ordered, columns[many:], values[many:], strict=False)
    ]
    stay = staying(size, shares, [are_numbers for _, are_numbers in ordered], asked)
    out = np.unique(tuples.codes[~stay[label], :many], axis=0) if groups else ()
    for entry in out:
        yield tuple(here[code] for here, code in zip(tuples.values[:many], entry.tolist(), strict=True))


class _Counted:
    """Counts the rows of combinations, or, where it is known who has them, persons."""

    def __init__(self, tuples: Tuples, whose: Whose | None) -> None:
        self._weights, self._whose = tuples.weights, whose

    def sizes(self, label: Whole, groups: int) -> Real:
        """Of each group."""
        import numpy as np

        if self._whose is not None:
            return self._whose.counted(label, groups)
        return np.bincount(label, weights=self._weights, minlength=groups).astype(float)

    def shares(self, label: Whole, groups: int, rank: Whole, values: int, blank: int) -> Shares:
        """How often each value of a column stands in each group."""
        if self._whose is not None:
            return self._whose.shares(label, groups, rank, values, blank)
        return shares_of(label, groups, rank, values, self._weights, blank)
