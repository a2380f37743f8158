"""What a copy for release is still good for, as frozen values. Nothing here holds a value of a row."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from math import log, sqrt

from steward_app.kernel.text import quoted
from steward_app.services.privacy.model import Place, place_id


class Measure(StrEnum):
    """How the values of a column are compared."""

    NUMBERS = "numbers"  # 1 less the Kolmogorov-Smirnov distance; dates are numbers of days
    VALUES = "values"  # 1 less the total variation distance of the shares of each value
    INFORMATION = (
        "information"  # entropy after over entropy before: values that were replaced one by one keep all
    )
    NOTHING = "nothing"  # the column was empty, or is of BLOBs


class CorrelationKind(StrEnum):
    """How two columns are related."""

    PEARSON = "pearson"
    SPEARMAN = "spearman"
    CRAMERS_V = "cramers_v"


@dataclass(frozen=True, slots=True)
class Figures:
    """A column in one file.

    Attributes:
        rows: looked at; `nulls` and `distinct` are of these.
        mean, deviation, quantiles: of numbers, and of dates as days since 1970; quantiles at 5, 25, 50, 75 and 95 %;
            None and () for everything else, and for fewer than 10 of them.
        entropy: in bits.
    """

    rows: int
    nulls: int
    distinct: int
    entropy: float
    mean: float | None = None
    deviation: float | None = None
    quantiles: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class ColumnUtility:
    """How far a column is what it was.

    Attributes:
        total_variation: of the shares of its values, from 0 to 1.
        kolmogorov_smirnov: of its numbers, from 0 to 1, or None.
        earth_movers: of its numbers, in units of the column, or None.
        kept: usefulness kept by the column, from 0 to 1, by `measure`.
    """

    place: Place
    measure: Measure
    before: Figures
    after: Figures
    total_variation: float
    kolmogorov_smirnov: float | None
    earth_movers: float | None
    kept: float
    id: str = field(init=False, default="")

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", place_id(self.place))

    @property
    def lost(self) -> float:
        """Usefulness lost, from 0 to 1."""
        return 1.0 - self.kept


@dataclass(frozen=True, slots=True)
class Correlation:
    """How strongly two columns are related, in both files; `after` is 0 where a column says nothing any more.

    Attributes:
        chance_before, chance_after: how strong chance alone makes a relation of so many rows, or what counts as weak.
    """

    kind: CorrelationKind
    first: Place
    second: Place
    before: float
    after: float
    chance_before: float = 0.1
    chance_after: float = 0.1

    @property
    def was_there(self) -> bool:
        """Whether the original has it, beyond chance."""
        return abs(self.before) >= self.chance_before

    @property
    def counts(self) -> bool:
        """Whether one of the files has it, beyond chance: the others are no relations."""
        return self.was_there or abs(self.after) >= self.chance_after

    @property
    def change(self) -> float:
        """The difference, without a sign."""
        return abs(self.after - self.before)


@dataclass(frozen=True, slots=True)
class LinkUtility:
    """A foreign key in both files.

    Attributes:
        rows, joined: child rows whose key has no NULL, and those of them that find their parent.
        children: mean number of joined children of a parent.
        kept: share of the pairs of child and parent that a join still gives as it did, from 0 to 1.
    """

    table: str
    columns: tuple[str, ...]
    parent: str
    rows_before: int
    joined_before: int
    children_before: float
    rows_after: int
    joined_after: int
    children_after: float
    kept: float


@dataclass(frozen=True, slots=True)
class QueryUtility:
    """A saved query on both files.

    Attributes:
        name, table: as the steward saved it.
        before, after: what it gives: rows.
        share_before, share_after: of the rows of the table.
        error: relative error of the share: 0 is none, 1 is as much as the answer itself; None where it cannot be asked.
        problem: why it cannot be asked of the copy, in a sentence, or "".
    """

    name: str
    table: str
    before: int
    after: int
    share_before: float
    share_after: float
    error: float | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class TableRows:
    """How many rows a table has in both files, and how many of them were looked at."""

    table: str
    before: int
    after: int
    looked_at_before: int
    looked_at_after: int

    @property
    def off_by(self) -> float:
        """How far the share of a value or the distance of numbers may be off, in 95 of 100 cases; 0 for all rows.

        Dvoretzky, Kiefer and Wolfowitz, with the constant of Massart (1990), for each file of which rows were drawn.
        """
        files = ((self.before, self.looked_at_before), (self.after, self.looked_at_after))
        return sum(sqrt(log(2 / 0.05) / (2 * looked)) for rows, looked in files if 0 < looked < rows)

    @property
    def words(self) -> str:
        """What was looked at, in a sentence; "" where it was everything."""
        if not self.off_by:
            return ""
        return (
            f"Of {quoted(self.table)}, {self.looked_at_before:,} of {self.before:,} rows and {self.looked_at_after:,}"
            f" of {self.after:,} of the copy were drawn at random: the share of a value and the distance of numbers are"
            f" off by {100 * self.off_by:.2f} percentage points at most, in 95 of 100 cases."
        )


@dataclass(frozen=True, slots=True)
class UtilityReport:
    """What a copy is still good for.

    Attributes:
        kept: usefulness kept, from 0 to 1: the mean of the parts that there are (columns, correlations, links, saved
            queries), each the mean of its items.
        parts: those means by name: "columns", "correlations", "links", "queries".
        correlations: those which changed most, at most 200, those that count first.
        correlations_compared: how many count: one of the files has them, beyond chance.
        correlations_by_chance: how many do not.
        not_compared: sentences: what could not be compared, and why.
        sampled: whether a table was too large to be looked at as a whole.
    """

    source: str
    copy: str
    made_at: str
    seconds: float
    kept: float
    parts: tuple[tuple[str, float], ...]
    tables: tuple[TableRows, ...]
    columns: tuple[ColumnUtility, ...]
    correlations: tuple[Correlation, ...] = ()
    correlations_compared: int = 0
    correlations_by_chance: int = 0
    links: tuple[LinkUtility, ...] = ()
    queries: tuple[QueryUtility, ...] = ()
    not_compared: tuple[str, ...] = ()

    @property
    def largest_change(self) -> Correlation | None:
        """The correlation that changed most, of those that count."""
        counting = (each for each in self.correlations if each.counts)
        return max(counting, key=lambda each: each.change, default=None)

    @property
    def sampled(self) -> bool:
        """Whether a table was too large to be looked at as a whole."""
        return any(t.looked_at_before < t.before or t.looked_at_after < t.after for t in self.tables)
