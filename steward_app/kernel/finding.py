"""A finding: something a steward should know about a file, with the way to the rows and to the remedy."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from steward_app.kernel.text import quoted
from steward_app.kernel.values import Key

_MOST_NAMES = 60


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
        alike: what is said of several findings that say the same of one thing each, before and after their number:
            ("The rule of “patient.id” holds for", "columns too"); () where each is told by itself.
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
    alike: tuple[str, ...] = ()
    id: str = field(init=False, default="")  # a default, so that it stands in JSON too

    def __post_init__(self) -> None:
        subject = self.subject
        parts = (self.code, subject.kind, subject.table, subject.name, *subject.columns)
        digest = hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
        object.__setattr__(self, "id", f"f_{digest[:12]}")


def gathered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """For people to read: what stops a plan first, then the gravest; one for all that say the same of a column each."""
    groups: dict[object, list[Finding]] = {}
    for at, each in enumerate(findings):
        same = (each.code, each.severity, each.blocks, each.alike, each.detail, each.remedies)
        groups.setdefault(same if each.alike else at, []).append(each)
    told = [_told_together(group) for group in groups.values()]
    return tuple(sorted(told, key=lambda each: (not each.blocks, each.severity.rank)))


def _told_together(group: Sequence[Finding]) -> Finding:
    first, names = group[0], list(dict.fromkeys(_name(each.subject) for each in group))
    if len(names) == 1:
        return first
    before, after = first.alike
    more = f" and {len(names) - _MOST_NAMES:,} more" if len(names) > _MOST_NAMES else ""
    shown = ", ".join(map(quoted, names[:_MOST_NAMES])) + more
    return replace(
        first,
        title=f"{before} {len(names):,} {after}".strip(),
        subject=Subject("database"),
        detail=f"{first.detail}\n{shown}".strip(),
        count=len(names),
        alike=(),
    )


def _name(subject: Subject) -> str:
    place = ".".join((subject.table, *subject.columns)) or subject.name
    return f"{place}:{subject.name}" if subject.name.startswith("$") else place
