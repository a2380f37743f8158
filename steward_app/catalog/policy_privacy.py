"""What the policy says of personal data: the classification, and the rules of copies for release."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from pydantic import Field, model_validator

from steward_app.catalog.policy_section import Day, Listed, Names, Section, Text
from steward_app.catalog.policy_words import Category, Identifies, Level, Origin, Technique
from steward_app.db.names import fold


class _Processing(Section):
    """What the record of processing (Art. 30 GDPR) asks for; said of a table, or of a column where it differs."""

    purpose: Text = ""
    legal_basis: Text = ""
    retention: Text = ""
    recipients: Listed[str] = Field(default_factory=list)


class ColumnClass(_Processing):
    """What a column, or a path in its JSON, is: personal, or not linked to a person, which needs a reason.

    Attributes:
        type: name of a type of `resources/rules/privacy/kinds.yaml`, which says what is not said here.
        not_personal: why it is not linked to a person; then nothing is said of how it identifies.
        belongs_to: whose data it is: the columns of a foreign key to the table of the person; none for the row itself.
        decided_by, decided_on: who decided, and on which day (ISO 8601).
    """

    type: Text = ""
    identifies: Identifies | None = None
    category: Category | None = None
    level: Level | None = None
    origin: Origin | None = None
    belongs_to: Listed[str] = Field(default_factory=list)
    not_personal: Text = ""
    decided_by: Text = ""
    decided_on: Text = ""
    paths: Names[ColumnClass] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_or_the_other(self) -> Self:
        if self.not_personal and (self.type or self.identifies is not None or self.category is not None):
            raise ValueError("a column is personal, or not linked to a person, never both")
        return self


class TableClass(_Processing):
    """What the columns of a table are.

    Attributes:
        subjects: whom its rows are about, in a word of the steward: "patients"; "" where about nobody.
        not_personal: why no row of it is linked to a person; it then holds for every column that says nothing else.
    """

    subjects: Text = ""
    not_personal: Text = ""
    columns: Names[ColumnClass] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        _require_once(self.columns)
        return self


class Controller(Section):
    """Who is responsible (Art. 30(1)(a)), as the register says it."""

    name: Text = ""
    contact: Text = ""
    representative: Text = ""
    protection_officer: Text = ""
    transfers: Text = ""  # to third countries, Art. 30(1)(e)
    security: Text = ""  # measures in general, Art. 30(1)(g)


class Handling(Section):
    """What a level asks for."""

    encrypted_backups: bool | None = None
    audit: bool | None = None
    no_plain_export: bool | None = None


class ClassificationPolicy(Section):
    """The classification of a database."""

    controller: Controller = Field(default_factory=Controller)
    handling: Names[Handling] = Field(default_factory=dict)
    tables: Names[TableClass] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        _require_once(self.tables)
        unknown = next((name for name in self.handling if name not in set(Level)), None)
        if unknown is not None:
            raise ValueError(f"“{unknown}” is no level; the levels are {', '.join(Level)}")
        return self


class RulePolicy(Section):
    """What is done with a column of a copy: a technique, with what it asks for beside it."""

    technique: Technique
    options: dict[str, Any] = Field(default_factory=dict)
    paths: Names[RulePolicy] = Field(default_factory=dict)


class RelationPolicy(Section):
    """Rows that point to rows of another table by equal values, without a declared foreign key."""

    table: str
    columns: list[str]
    parent: str
    parent_columns: list[str]


class SubsetPolicy(Section):
    """Which rows a copy holds."""

    table: str
    fraction: float | None = Field(default=None, gt=0, le=1)
    where: Text = ""
    relations: Listed[RelationPolicy] = Field(default_factory=list)


class TableLimitsPolicy(Section):
    """What one table of a copy must reach; k: 1 and l_diversity: 1 ask for nothing, and so do 1 for t and risk."""

    k: int | None = Field(default=None, ge=1)
    l_diversity: int | None = Field(default=None, ge=1)
    t_closeness: float | None = Field(default=None, ge=0, le=1)
    risk: float | None = Field(default=None, ge=0, le=1)
    left_out: float | None = Field(default=None, ge=0, le=1)  # share of the rows that may stay out


class LimitsPolicy(TableLimitsPolicy):
    """What a copy must reach: every table with quasi-identifiers, and single ones otherwise."""

    tables: Names[TableLimitsPolicy] = Field(default_factory=dict)


class ReleasePolicy(Section):
    """The rules of one kind of copy for release."""

    key: Text = ""
    recipient: Text = ""
    purpose: Text = ""
    until: Day = ""
    locale: Text = "en_GB"
    subset: SubsetPolicy | None = None
    empty: Listed[str] = Field(default_factory=list)  # tables that the copy has without rows
    renumber: Listed[str] = Field(default_factory=list)  # tables whose rows get new hidden row numbers
    limits: LimitsPolicy = Field(default_factory=LimitsPolicy)
    quasi_identifiers: Names[list[str]] = Field(default_factory=dict)
    sensitive: Names[list[str]] = Field(default_factory=dict)
    persons: Names[list[str]] = Field(default_factory=dict)  # tell whose row it is: groups count persons
    tables: Names[Names[RulePolicy]] = Field(default_factory=dict)
    undecided: Names[list[str]] = Field(default_factory=dict)  # wait for a rule: no copy is made before


def _require_once(names: Iterable[str]) -> None:
    """Raise ValueError where two names mean the same to SQLite: one would be decided, and nobody could say which."""
    seen: dict[str, str] = {}
    for name in names:
        before = seen.setdefault(fold(name), name)
        if before != name:
            raise ValueError(f"“{before}” and “{name}” are the same to SQLite; say it once")
