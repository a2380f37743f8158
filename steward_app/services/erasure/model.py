"""What is said of a row, and of a state of a database, in the light of the erasure ledger."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from steward_app.catalog.quarantine import Why
from steward_app.kernel.plan import Check
from steward_app.kernel.text import plural
from steward_app.kernel.values import SqlValue


class Fate(StrEnum):
    """What becomes of a row of an old state."""

    CLEAR = "clear"  # nothing in the ledger speaks of it
    ERASED = "erased"  # it is an erased row: it does not come back
    CHANGED = "changed"  # it comes back with `Judgement.changes`
    UNCERTAIN = "uncertain"  # a person decides; until then it does not come back, or with `changes` where there are any


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the ledger says of one row.

    Attributes:
        changes: what stands in columns instead, by their names in that state.
        entry_id: the entry that decided it, "" for a row that is clear.
        why: why it is uncertain.
        key_id: of the key that entry was made with.
        commitment: of that entry.
    """

    fate: Fate
    changes: dict[str, SqlValue] = field(default_factory=dict)
    entry_id: str = ""
    why: Why | None = None
    key_id: str = ""
    commitment: str = ""

    @property
    def may_return(self) -> bool:
        """Whether the row may come back, with its `changes` where there are any."""
        return self.fate in (Fate.CLEAR, Fate.CHANGED) or bool(self.changes)


CLEAR = Judgement(Fate.CLEAR)


@dataclass(frozen=True, slots=True)
class State:
    """A state of a database, as a file that nobody has yet.

    Attributes:
        database_id: of the database it is a state of, whose ledger counts.
        made_at: the moment it is a picture of; RFC 3339 in UTC.
        source: where it comes from: the id of a restore point.
    """

    file: Path
    database_id: str
    made_at: str
    source: str


@dataclass(frozen=True, slots=True)
class TableReplay:
    """What became of the rows of one table, named as in the state.

    Attributes:
        rows: rows that were looked at.
        erased: taken out: they are erased ones.
        changed: rows that kept their place with other values in some columns.
        with_parent: taken out with a row they belong to, as the schema says.
        unlinked: rows that point to nothing now, as the schema says.
        quarantined: taken out, or blanked, until a person decides.
    """

    table: str
    rows: int = 0
    erased: int = 0
    changed: int = 0
    with_parent: int = 0
    unlinked: int = 0
    quarantined: int = 0

    @property
    def touched(self) -> bool:
        return any((self.erased, self.changed, self.with_parent, self.unlinked, self.quarantined))


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """What replaying the ledger did to a state that is handed over.

    Attributes:
        made_at: the moment of the state.
        entries: entries newer than that.
        tables: the tables looked at, and those that lost rows with them.
        renewed: full-text indexes that were built anew.
        notes: what a steward should know, a sentence each; tables are named, rows never.
        brought_back: erased rows that were found when everything was read again; 0, or the state is not handed over.
    """

    made_at: str
    entries: int = 0
    tables: tuple[TableReplay, ...] = ()
    renewed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    brought_back: int = 0

    @property
    def erased(self) -> int:
        """Rows erased again: taken out, or changed as they had been."""
        return sum(each.erased + each.changed for each in self.tables)

    @property
    def quarantined(self) -> int:
        return sum(each.quarantined for each in self.tables)

    @property
    def check(self) -> Check:
        """For the receipt and the evidence: "Erased rows brought back: 0"."""
        return Check(f"Erased rows brought back: {self.brought_back}", self.brought_back == 0, self.detail)

    @property
    def detail(self) -> str:
        """What was done, in words: "12 rows erased again in 3 tables, 1 waits for a decision"."""
        if not self.entries:
            return "nothing was erased since this state"
        parts = [f"{plural(self.erased, 'row')} erased again"]
        along = sum(each.with_parent for each in self.tables)
        if along:
            parts.append(f"{plural(along, 'row')} taken out with them")
        if self.quarantined:
            parts.append(f"{plural(self.quarantined, 'row waits', 'rows wait')} for a decision")
        return ", ".join(parts)
