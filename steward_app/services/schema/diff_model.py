"""What differs between two schemas, as frozen values."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from steward_app.kernel.finding import Subject
from steward_app.kernel.text import quoted, visible

_LONGEST_SHOWN = 120  # characters of a text in a sentence


class ChangeKind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Difference:
    """One property that is not the same, as text: "yes" and "no", "" for none."""

    what: str
    before: str
    after: str

    @property
    def sentence(self) -> str:
        """The difference for a person: "type TEXT → INTEGER"."""
        return f"{self.what} {_shown(self.before)} → {_shown(self.after)}"


@dataclass(frozen=True, slots=True)
class Change:
    """One object that is not the same in both. `differences` is empty where it came or went as a whole."""

    kind: ChangeKind
    subject: Subject
    differences: tuple[Difference, ...] = ()

    @property
    def id(self) -> str:
        """A name for the change: the same for the same kind of change of the same object."""
        subject = self.subject
        parts = (self.kind, subject.kind, subject.table, subject.name, *subject.columns)
        digest = hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
        return f"c_{digest[:12]}"

    @property
    def sentence(self) -> str:
        """The change for a person: "Column “a” of “t” changed: type TEXT → INTEGER"."""
        subject = self.subject
        name = subject.name or ", ".join(subject.columns)
        own = name and name != subject.table
        sentence = subject.kind[:1].upper() + subject.kind[1:]
        sentence += f" {quoted(name)}" if name else ""
        sentence += f" of {quoted(subject.table)}" if subject.table and (own or not name) else ""
        details = "; ".join(difference.sentence for difference in self.differences)
        return f"{sentence} {self.kind}{': ' if details else ''}{details}"


@dataclass(frozen=True, slots=True)
class RenameHint:
    """Something that went and something like it that came: perhaps the same under a new name.

    Attributes:
        table: the table whose column it is, or "" for a table.
        likeness: from 0 to 1, how much the two have in common.
    """

    table: str
    before: str
    after: str
    likeness: float

    @property
    def sentence(self) -> str:
        """The suggestion for a person."""
        what = (
            f"Column {quoted(self.before)} of {quoted(self.table)}"
            if self.table
            else f"Table {quoted(self.before)}"
        )
        return f"{what} may have been renamed to {quoted(self.after)}"


@dataclass(frozen=True, slots=True)
class SchemaDiff:
    """What differs from one schema to another, in the order of the tables; `renames` are suggestions only."""

    changes: tuple[Change, ...]
    renames: tuple[RenameHint, ...] = ()

    @property
    def identical(self) -> bool:
        """True when nothing differs."""
        return not self.changes


def _shown(text: str) -> str:
    return visible(text, _LONGEST_SHOWN) if text else "none"
