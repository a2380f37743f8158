"""A finding: something a steward should know about a file, with the way to the rows and to the remedy."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum

from steward_app.kernel.values import Key


class Severity(StrEnum):
    """How much it matters. In order: sort with `rank`."""

    ERROR = "error"  # the data or the schema is broken
    WARNING = "warning"  # it can hurt: not enforced, slow, surprising
    NOTE = "note"  # worth knowing

    @property
    def rank(self) -> int:
        return {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}[self]


@dataclass(frozen=True, slots=True)
class Subject:
    """What a finding is about. Names are as written in the file: hostile, to be escaped where shown.

    Attributes:
        kind: "database", "table", "column", "foreign key", "check", "index", "view", "trigger", ...
        table: the table or view it stands in, or "".
        name: the object's own name (constraint, index, trigger), or "".
        columns: the columns concerned, in order.
    """

    kind: str
    table: str = ""
    name: str = ""
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found.

    Attributes:
        code: stable name of the kind, e.g. "foreign_key_orphans".
        severity: how much it matters.
        title: one short sentence with the number in it: "17 diagnoses point to a visit that is gone".
        detail: what it means, in plain words; may be empty.
        subject: what it is about.
        count: rows concerned, exact; None when it was not counted.
        key_columns: names of the columns whose values stand in `sample_keys`.
        sample_keys: keys of the first rows concerned (never other values).
        query: SQL that lists the rows, runnable as it is; "" where rows make no sense.
        remedies: what can be done, a sentence each, mildest first.
        blocks: in a plan, True when the plan cannot be applied as long as this stands.
    """

    code: str
    severity: Severity
    title: str
    subject: Subject
    detail: str = ""
    count: int | None = None
    key_columns: tuple[str, ...] = ()
    sample_keys: tuple[Key, ...] = ()
    query: str = ""
    remedies: tuple[str, ...] = ()
    blocks: bool = False
    id: str = field(init=False, default="")  # a default, so that it stands in JSON too

    def __post_init__(self) -> None:
        subject = self.subject
        parts = (self.code, subject.kind, subject.table, subject.name, *subject.columns)
        digest = hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
        object.__setattr__(self, "id", f"f_{digest[:12]}")
