"""What a scan for personal data finds, as frozen values. Nothing here holds a value of a row."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from steward_app.services.privacy.model import InSchema, Place, place_id


class Verdict(StrEnum):
    """What a scan says of a column."""

    PERSONAL = "personal"
    NOT_PERSONAL = "not_personal"  # nothing of a person was found, and enough was looked at to say so
    UNKNOWN = "unknown"  # nobody can tell: a release waits until the steward decides
    EMPTY = "empty"  # there is nothing in it yet


class Source(StrEnum):
    """Where evidence comes from."""

    HEADER = "header"  # the name of the column
    TABLE = "table"  # the name of the table
    VALUES = "values"  # the form of the values
    CHECK_DIGITS = "check_digits"
    WORDS = "words"  # names or terms of a list
    NEIGHBOURS = "neighbours"  # what the other columns of the table are
    FOREIGN_KEY = "foreign_key"
    DISTINCTNESS = "distinctness"
    TYPE = "type"  # declared type, comment, CHECK
    MAGIC_BYTES = "magic_bytes"
    SAME_VALUES = "same_values"  # a column of another table holds the same values


class TableRole(StrEnum):
    """What the rows of a table are."""

    PERSON = "person"  # a row is a person
    SATELLITE = "satellite"  # a row says more of one person: an address, a login
    TRANSACTION = "transaction"  # a row is something that happened with a person
    REFERENCE = "reference"  # shared: a country, a product
    SYSTEM = "system"  # of a program, not of the steward's work


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason.

    Attributes:
        share: of the filled cells looked at, from 0 to 1; None where it is not about cells.
        strength: how much it says for the type, from -1 (against) to 1.
        sentence: short and without any value: "Names in 61 % of samples".
    """

    source: Source
    strength: float
    sentence: str
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A type that a column may be of; `confidence` from 0 to 1."""

    kind: str
    confidence: float


@dataclass(frozen=True, slots=True)
class ColumnScan:
    """What was found in a column, or at a path in its JSON.

    Attributes:
        declared_type: as written; "" for a path.
        rows: of the table; `filled`: cells looked at that are neither NULL nor blank; `looked_at`: cells looked at.
        distinct: different values among those looked at.
        kind: name of a type in `kinds`, or "".
        confidence: of `kind`, or of the verdict that there is none; from 0 to 1.
        others: next best types, best first.
        subject: how its row leads to a person: () for a row that is one, else the columns of a foreign key;
            None where it does not.
        missed_at_most: share of rows that could hold personal data and not have been seen, at 95 % confidence;
            0 when every cell was looked at.
    """

    place: Place
    declared_type: str
    rows: int
    looked_at: int
    filled: int
    distinct: int
    verdict: Verdict
    kind: str
    confidence: float
    evidence: tuple[Evidence, ...] = ()
    others: tuple[Candidate, ...] = ()
    subject: tuple[str, ...] | None = None
    missed_at_most: float = 0.0
    id: str = field(init=False, default="")

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", place_id(self.place))


@dataclass(frozen=True, slots=True)
class SameValues:
    """Two columns that hold the same identities without a declared foreign key.

    Attributes:
        share: of the child's distinct values that stand in the parent.
        written: how they are written, in words, where they are numbers or codes inside texts: “in lists”; else "".
    """

    child: Place
    parent: Place
    share: float
    written: str = ""


@dataclass(frozen=True, slots=True)
class TableScan:
    """What a table is.

    Attributes:
        reason: why, in a short sentence.
        people: the table of the persons its rows are about, itself where they are persons; "" where about nobody.
    """

    table: str
    role: TableRole
    reason: str
    rows: int
    people: str = ""


@dataclass(frozen=True, slots=True)
class NotLookedAt:
    """A table or column that the scan could not look at, and why, in a sentence.

    Attributes:
        unreadable: SQLite cannot read it, or not all of it: personal data may stand there that nobody sees.
    """

    table: str
    column: str
    why: str
    unreadable: bool = False


@dataclass(frozen=True, slots=True)
class Scan:
    """A whole scan.

    Attributes:
        schema_hash: of the schema it saw.
        rules: digest of the rule packs it used, the steward's own included.
        made_at: RFC 3339, UTC.
        full: every cell was looked at, not a sample.
        cells: cells looked at; `seconds` it took.
        again: tables that were read this time; the others are as in the scan before.
        unsure: those of them that were scanned before, and of which nothing tells whether they changed since.
        in_schema: values of persons that stand in the text of the schema, of tables that were read whole.
    """

    path: str
    schema_hash: str
    rules: str
    made_at: str
    full: bool
    cells: int
    seconds: float
    tables: tuple[TableScan, ...]
    columns: tuple[ColumnScan, ...]
    same_values: tuple[SameValues, ...] = ()
    not_looked_at: tuple[NotLookedAt, ...] = ()
    again: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()
    in_schema: tuple[InSchema, ...] = ()

    def at(self, place: Place) -> ColumnScan | None:
        """What was found at a place, or None."""
        return next((column for column in self.columns if column.place == place), None)
