"""What attacks on a copy for release found, as frozen values. Nothing here holds a value of a row."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from steward_app.services.privacy.model import Place, place_id

WHOM_IT_NAMES: Final = "The persons are those whom the column names, not those whom its rows are about."


class AttackKind(StrEnum):
    """What the attacker does."""

    LINKAGE = "linkage"  # finds the row of somebody about whom some columns are known
    SINGLING_OUT = (
        "singling_out"  # finds a description in the copy that fits exactly one person of the original
    )
    BRUTE_FORCE = "brute_force"  # computes what stands in a column for every possible original
    DICTIONARY = "dictionary"  # the same for a list of originals that the attacker has
    ARITHMETIC = "arithmetic"  # takes one known pair and turns the others back by the same amount
    FREQUENCY = "frequency"  # matches pseudonyms with originals by how often they occur
    DIFFERENCE = "difference"  # compares two releases
    COMPOSITION = "composition"  # takes what the groups of two releases have in common
    AVERAGING = "averaging"  # averages noise over the rows of a person
    INTERVALS = "intervals"  # finds a person by the days between dates
    ORDER = "order"  # takes rows in the order of the original
    LENGTH = "length"  # finds a value by how long it is
    INFERENCE = "inference"  # guesses something sensitive about somebody of whom some columns are known


class Truth(StrEnum):
    """How it is known which row of the copy is whose."""

    KEPT_KEYS = "kept_keys"  # the primary key is in the copy as it was
    RECOMPUTED = "recomputed"  # the key of the pseudonyms gives the new primary key of each row
    POSITION = "position"  # rows stand in the order of the original, which other columns confirm
    CONTENT = "content"  # what both files have in common occurs once in each: more may belong together
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What an attacker may know about a person: columns of a table.

    Attributes:
        name: of the attacker, in words: "a neighbour"; may be empty.
    """

    table: str
    columns: tuple[str, ...]
    name: str = ""


@dataclass(frozen=True, slots=True)
class Interval:
    """Where a figure lies with 95 % confidence."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Pairs:
    """How the rows of one table of the copy were told to belong to those of the original.

    Attributes:
        rows, copy_rows: of the table, before and after.
        pairs: rows of the original whose row in the copy is known.
        agreement: share of the pairs in which columns that are kept agree; None where no such column can tell.
    """

    table: str
    truth: Truth
    rows: int
    copy_rows: int
    pairs: int
    agreement: float | None = None


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack that was carried out. Counts are of persons; where nobody says whose a row is, of rows.

    Attributes:
        places: the columns it used: known to the attacker, or turned back.
        title: in a sentence: what is known, and what was tried.
        persons: whom the table is about.
        tried: those of them that were attacked: all, or a sample.
        claimed: for whom the attack named one row or value.
        reidentified: of them, those it named rightly.
        likely: right on average, where the attacker takes one of the candidates that fit best.
        interval: of `likely` as a share of the persons.
        guessing: right on average by guessing alone, of those tried; `guessing_interval` of it, in persons.
        limit: largest share of persons that may be re-identified; None: no more than guessing alone gives.
        beats: whether it re-identified more than its limit.
        seconds: it took.
        details: sentences: what was enumerated, what was left out.
        judged: False where the attacker knows more than the rules take attackers to know: told, and never beats.
        unfinished: sentences: what the time, or the room, was not enough for.
    """

    kind: AttackKind
    table: str
    places: tuple[Place, ...]
    title: str
    persons: int
    tried: int
    claimed: int
    reidentified: int
    likely: float
    interval: Interval
    guessing: float
    guessing_interval: Interval
    limit: float | None
    beats: bool
    seconds: float
    details: tuple[str, ...] = ()
    judged: bool = True
    unfinished: tuple[str, ...] = ()
    id: str = field(init=False, default="")

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", f"{self.kind}:{','.join(place_id(place) for place in self.places)}")

    @property
    def rate(self) -> float:
        """Share of the persons tried that it got right on average."""
        return self.likely / self.tried if self.tried else 0.0

    @property
    def beyond_guessing(self) -> bool:
        """Whether it is right more often than guessing alone."""
        return max(self.reidentified, self.likely) > self.guessing_interval.high

    @property
    def sampled(self) -> bool:
        """Whether a sample of the persons was attacked."""
        return self.tried < self.persons


@dataclass(frozen=True, slots=True)
class NotTried:
    """An attack that could not be carried out, and why, in a sentence."""

    kind: AttackKind
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class AttackReport:
    """All attacks on a copy.

    Attributes:
        source, copy, other: paths; `other` of the release it was compared with, or "".
        rules: name of the rules of the copy, or "" where they were read off the copy.
        made_at: RFC 3339, UTC.
        truth: how the true rows are known, table by table.
        basis: what was known of the copy, and what was not, in sentences.
    """

    source: str
    copy: str
    other: str
    rules: str
    made_at: str
    seconds: float
    attacks: tuple[Attack, ...]
    not_tried: tuple[NotTried, ...] = ()
    truth: tuple[Pairs, ...] = ()
    basis: tuple[str, ...] = ()

    @property
    def beaten(self) -> tuple[Attack, ...]:
        """The attacks that re-identified more than their limits allow."""
        return tuple(attack for attack in self.attacks if attack.beats)

    @property
    def strongest(self) -> Attack | None:
        """The attack that got the largest share of the persons right."""
        return max(self.attacks, key=lambda attack: attack.rate, default=None)
