"""What is done with each column of a copy for release. Values only: `transform` carries them out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TypeVar

from steward_app.db.names import fold
from steward_app.kernel.plan import Json
from steward_app.services.privacy.among import Among
from steward_app.services.privacy.model import Place, Technique

_Number = TypeVar("_Number", int, float)
SILENT = (Technique.REMOVE, Technique.FIXED)
"""Techniques after which every row says the same."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What is done at one place.

    Attributes:
        options: of the technique, as the policy has them: `{"keep_last": 4}`.
        among: the rows it is about, where a rule of the place says another for each key beside it; None for all.
    """

    place: Place
    technique: Technique
    options: Mapping[str, Json] = field(default_factory=dict)
    among: Among | None = None


@dataclass(frozen=True, slots=True)
class Relation:
    """Rows of `table` point to rows of `parent` by equal values, without a declared foreign key."""

    table: str
    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Subset:
    """Which rows a copy holds: a share of `table`, or those for which `where` is true, and all they point to.

    Attributes:
        fraction: above 0, at most 1; None where `where` is given.
        where: an SQL expression over the table's columns, or "".
        relations: those that no foreign key declares, and that are followed too.
    """

    table: str
    fraction: float | None = None
    where: str = ""
    relations: tuple[Relation, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """What a copy must reach. Risks are shares from 0 to 1. None: no limit.

    Attributes:
        left_out: share of the rows of a table that may stay out of the copy so that the others reach it.
    """

    k: int | None = None
    l_diversity: int | None = None
    t_closeness: float | None = None
    risk: float | None = None
    left_out: float | None = None

    @property
    def of_sensitive(self) -> bool:
        """Whether anything is asked of sensitive columns."""
        return (self.l_diversity or 1) > 1 or (1.0 if self.t_closeness is None else self.t_closeness) < 1

    def over(self, others: Limits) -> Limits:
        """These limits, and of the others what these do not say."""
        said = {each.name: getattr(self, each.name) for each in fields(self)}
        return replace(others, **{name: value for name, value in said.items() if value is not None})

    def strictest(self, others: Limits) -> Limits:
        """Of each limit the one that asks for more."""
        return Limits(
            k=_of(max, self.k, others.k),
            l_diversity=_of(max, self.l_diversity, others.l_diversity),
            t_closeness=_of(min, self.t_closeness, others.t_closeness),
            risk=_of(min, self.risk, others.risk),
            left_out=_of(min, self.left_out, others.left_out),
        )


def _of(choose: Callable[..., _Number], *said: _Number | None) -> _Number | None:
    """The one that asks for most, of those that ask."""
    return choose((each for each in said if each is not None), default=None)


@dataclass(frozen=True, slots=True)
class ReleaseRules:
    """All rules of one kind of copy, as the policy keeps them under `releases`.

    Attributes:
        name: of the rules: "research".
        rules: at most one a place; a column without one is kept.
        key: name of the key of its pseudonyms in the key store; the same name gives the same pseudonyms everywhere.
        quasi_identifiers, sensitive: per table, the columns by which and about which somebody could be found.
        persons: per table, the columns that tell whose row it is, so that groups count persons; () to count rows.
        limits: of every table with quasi-identifiers; `table_limits` of single ones, which count before them.
        recipient, purpose, until: for whom, what for, until which day (ISO 8601).
        locale: of names and addresses that are made: "en_GB".
        empty: tables that a copy has without any row: logs of changes, which hold what was changed.
        renumber: tables whose rows get new hidden row numbers, since the old ones tell the order they came in.
        undecided: per table, columns that wait for a rule: there is no copy before each has one.
    """

    name: str
    rules: tuple[Rule, ...]
    key: str = ""
    subset: Subset | None = None
    quasi_identifiers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sensitive: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    persons: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    table_limits: Mapping[str, Limits] = field(default_factory=dict)
    recipient: str = ""
    purpose: str = ""
    until: str = ""
    locale: str = "en_GB"
    empty: tuple[str, ...] = ()
    renumber: tuple[str, ...] = ()
    undecided: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def at(self, place: Place) -> Rule | None:
        """The rule of a place, or None where the values are kept."""
        return next((rule for rule in self.rules if rule.place == place), None)

    @property
    def waiting(self) -> tuple[Place, ...]:
        """The columns that wait for a rule and have none. Names compare as in SQLite."""
        ruled = {(fold(rule.place.table), fold(rule.place.column)) for rule in self.rules}
        places = (Place(table, name) for table, names in self.undecided.items() for name in names)
        return tuple(each for each in places if (fold(each.table), fold(each.column)) not in ruled)

    def limits_of(self, table: str) -> Limits:
        """What a table must reach: its own limits, and of those for all what its own do not say."""
        return self.table_limits.get(table, Limits()).over(self.limits)

    def with_limits(self, table: str, limits: Limits) -> ReleaseRules:
        """The rules with other limits of one table; none of its own where they say nothing."""
        others = {name: each for name, each in self.table_limits.items() if name != table}
        return replace(self, table_limits=others if limits == Limits() else {**others, table: limits})

    def judges(self, table: str) -> bool:
        """Whether groups of a table's rows are looked at: by its known columns, or for its sensitive ones."""
        return bool(self.quasi_identifiers.get(table) or self.told_of(table))

    def told_of(self, table: str) -> tuple[str, ...]:
        """The sensitive columns of a table that still say something in the copy."""
        silent = {rule.place for rule in self.rules if rule.technique in SILENT}
        return tuple(name for name in self.sensitive.get(table, ()) if Place(table, name) not in silent)
