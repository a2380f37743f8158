"""What the risk of being found again is measured for, and what was measured, as frozen values.

Nothing here holds a value of a row; rows are named by their keys alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from steward_app.kernel.values import SqlValue


@dataclass(frozen=True, slots=True)
class Population:
    """The larger group that a table is a part of, for the risk that a journalist poses.

    Attributes:
        path: the file it stands in; None for the same file.
        by: its columns that match the quasi-identifiers, in their order; () where they have the same names.
    """

    table: str
    path: Path | None = None
    by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """What is measured.

    Attributes:
        table: whose rows are the records.
        by: the quasi-identifiers, by which somebody could be found. A column of the table, "clinic.town" for a column
            of a table that its foreign keys lead to, or "clinic_id>town" where several lead there.
        sensitive: columns about which something could be learnt, written likewise.
        person: columns that tell whose row it is. Groups are then counted in persons, not in rows.
        threshold: a record is at risk where the chance to find its person is higher than this, from 0 to 1.
    """

    table: str
    by: tuple[str, ...]
    sensitive: tuple[str, ...] = ()
    person: tuple[str, ...] = ()
    population: Population | None = None
    threshold: float = 0.2


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many groups have a size: `groups` groups of `size` records each look alike."""

    size: int
    groups: int


@dataclass(frozen=True, slots=True)
class Chances:
    """The chance of finding the right person, from 0 to 1.

    Attributes:
        highest: of any record.
        average: over all records.
        above: share of the records whose chance is above the threshold.
        records_above: how many those are.
    """

    highest: float
    average: float
    above: float
    records_above: int


@dataclass(frozen=True, slots=True)
class SensitiveRisk:
    """What can be learnt of a sensitive column from the group that a person is in; the worst group counts.

    Attributes:
        distinct: values in the whole table; NULL is none, here and in all that follows but t.
        l_distinct: different values in the poorest group.
        l_entropy: exp of the entropy of the poorest group: 2.0 says as much as two values in equal shares.
        c_recursive: smallest whole c for which the table is recursive (c, l_distinct)-diverse; None where
            `l_distinct` is below 2, so that no c is.
        t_equal: how far a group's shares are from the table's, 0 to 1, with any two values equally far apart.
        t_ordered: the same with numbers apart by their rank; None where not all values are numbers.
    """

    column: str
    distinct: int
    l_distinct: int
    l_entropy: float
    c_recursive: int | None
    t_equal: float
    t_ordered: float | None

    @property
    def t(self) -> float:
        """What a limit is held against: numbers apart by their rank, other values equally."""
        return self.t_equal if self.t_ordered is None else self.t_ordered


@dataclass(frozen=True, slots=True)
class Pull:
    """How much one quasi-identifier makes groups smaller.

    Attributes:
        distinct: its different values.
        k_without, uniques_without, average_without: k, records alone in their group, and average chance
            if it were not known.
        drop: how far the average chance falls then; the column with the highest pulls most.
    """

    column: str
    distinct: int
    k_without: int
    uniques_without: int
    average_without: float
    drop: float


@dataclass(frozen=True, slots=True)
class SmallRows:
    """Rows that stand in the smallest groups, by their keys.

    Attributes:
        key: columns that name a row; () where the table has none, and `rows` is then empty.
        rows: keys and the size of the group, smallest first.
        more: whether there are more than were asked for.
    """

    key: tuple[str, ...]
    rows: tuple[tuple[tuple[SqlValue, ...], int], ...]
    more: bool


@dataclass(frozen=True, slots=True)
class Risk:
    """The risk of one table.

    Attributes:
        records: rows; where the question named what tells persons apart, what a person has of one combination.
        groups: of records alike in all quasi-identifiers.
        k: size of the smallest group; 0 for a table without rows.
        uniques: records alone in their group.
        sizes: how many groups there are of each size, smallest first.
        prosecutor: chances of one who knows that the person is in the table.
        journalist: of one who knows only that the person is in the population; None where none was given.
        k_map: smallest group of the population that a record of the table belongs to, or None.
        outside: records whose group does not stand in the population at all.
        leading_nowhere: rows that do not lead to all that is asked about in other tables, or to nobody: they do not
            count.
        person_else: the ways that tell whose a row is where the columns that were named do not; () without such.
        marketer: share of all records that are found when every one is guessed.
        columns: what each quasi-identifier does, the one that pulls most first.
    """

    table: str
    by: tuple[str, ...]
    records: int
    groups: int
    k: int
    uniques: int
    sizes: tuple[Sizes, ...]
    threshold: float
    prosecutor: Chances
    marketer: float
    journalist: Chances | None = None
    k_map: int | None = None
    outside: int = 0
    sensitive: tuple[SensitiveRisk, ...] = ()
    columns: tuple[Pull, ...] = ()
    leading_nowhere: int = 0
    person_else: tuple[str, ...] = ()

    @property
    def leading_to(self) -> tuple[str, ...]:
        """The columns of other tables that are learnt: only rows that lead there were counted."""
        return tuple(each.column for each in self.sensitive if ">" in each.column)


class Why(StrEnum):
    """Why a column is suggested as a quasi-identifier."""

    KIND = "kind"  # a type that identifies in combination: a birth date, a postcode
    DISTINCTNESS = "distinctness"  # its values divide the rows into small groups


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A column that should be taken for a quasi-identifier.

    Attributes:
        column: as `Question.by` takes it.
        share_alone: of the rows, those whose value no other row has.
        sentence: the reason, in words.
    """

    column: str
    why: Why
    distinct: int
    share_alone: float
    sentence: str


@dataclass(frozen=True, slots=True)
class Level:
    """How far one quasi-identifier is coarsened; 0 is not at all.

    Attributes:
        top: its highest level, where nothing is left of the value.
        lost: share of what its values say that is lost, 0 to 1.
    """

    column: str
    level: int
    top: int
    lost: float


@dataclass(frozen=True, slots=True)
class Node:
    """One way to coarsen: a level for each column, and records left out whose group stays too small.

    Attributes:
        risk: the highest chance to find a person, 1 / k.
        kept: share of what the quasi-identifiers say that is kept, 0 to 1; what is left out counts as lost.
        left_out: records.
        diversity, closeness: different values of a sensitive column in the poorest group, and how far the farthest
            group is from the whole (t); None where no sensitive column was named.
    """

    levels: tuple[int, ...]
    k: int
    risk: float
    kept: float
    left_out: int
    diversity: int | None = None
    closeness: float | None = None
