"""What verifying a log gives, as frozen values. Sentences name tables, numbers and keys, never other values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from steward_app.services.audit.seals.unwind import Difference


class ProblemKind(StrEnum):
    """What is not as it was sealed."""

    CHANGED = "changed"  # a record of the log, or the secret of its row
    MISSING = "missing"
    INSERTED = "inserted"
    MOVED = "moved"  # two records have changed places
    TRANSACTION = "transaction"  # who wrote, and why
    TABLE = "table"  # what a table was
    SEAL = "seal"
    SIGNATURE = "signature"
    BASELINE = "baseline"
    LIST = "list"  # of which changes concern which row
    OBJECT = "object"  # a trigger, an index or a table that the audit did not make so
    ERASURE = "erasure"
    OTHER_LOG = "other_log"  # the receipt is of another one
    CUT_OFF = "cut_off"  # the receipt knows seals that are not there any more


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is not as it was sealed.

    Attributes:
        sentence: what it is, naming it.
        seal: the number of the seal concerned, or 0.
        seq: the number of the change or event, or 0.
        tid: the version of the table, or None.
    """

    kind: ProblemKind
    sentence: str
    seal: int = 0
    seq: int = 0
    tid: int | None = None


@dataclass(frozen=True, slots=True)
class ReceiptRead:
    """A receipt that the log was compared with.

    Attributes:
        n: the number of the seal it is of.
        sealed_at: when that was sealed, RFC 3339.
        key_id: of who signed it.
    """

    n: int
    sealed_at: str
    key_id: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verifying a log gave.

    Attributes:
        log: the name of the log, in hex; "" where nothing was ever sealed.
        seals: how many there are, and `sealed` how many changes and events they cover.
        pruned: how many of those have left for an archive; their seals stay.
        unsealed: changes and events since, which nothing protects yet.
        problems: all that is not as it was sealed; the first is of the lowest number.
        keys: how many seals each key has signed, by its id.
        receipt: the receipt that the log was compared with, or None.
        differences: rows changed behind the log's back; None when the tables were not read.
        notes: what is worth knowing and proves nothing: a clock that went back.
    """

    log: str
    seals: int
    sealed: int
    pruned: int
    unsealed: int
    problems: tuple[Problem, ...]
    keys: Mapping[str, int]
    receipt: ReceiptRead | None = None
    differences: tuple[Difference, ...] | None = None
    notes: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether all is as it was sealed, and the tables are what the log says."""
        return not self.problems and not self.differences
