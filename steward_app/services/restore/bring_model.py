"""What is asked for when rows are brought back, what stands in the way, and what can be answered."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from steward_app.kernel.values import Key


class ConflictKind(StrEnum):
    """What can stand in the way of a row that comes back."""

    DIFFERS = "differs"  # it is there now, with other values
    NUMBER_TAKEN = "number_taken"  # its number is taken by what looks like another row
    UNIQUE_CLASH = "unique_clash"  # another row has a value now that may stand only once
    MISSING_PARENT = "missing_parent"  # it points to a row that is not there, and does not come back
    REFUSED = "refused"  # a rule of the table as it is now does not accept it
    TABLE_GONE = "table_gone"  # the table is not there any more
    HAS_CHILDREN = "has_children"  # the row is to be taken out, and rows point to it now
    ERASED = "erased"  # it belongs to somebody who was erased since: it stays out


class Answer(StrEnum):
    """What can be done about it."""

    KEEP = "keep"  # the row stays as it is now
    OLD = "old"  # the old values take the place of those of now
    NEW_NUMBER = "new_number"  # it comes back under a new number, and what points to it follows
    LEAVE_OUT = "leave_out"  # it stays out, with what points to it
    BRING_PARENT = "bring_parent"  # the row it points to comes back, too
    RECREATE = "recreate"  # the table is made again as it was


ANSWERS: dict[ConflictKind, tuple[Answer, ...]] = {
    ConflictKind.DIFFERS: (Answer.KEEP, Answer.OLD, Answer.LEAVE_OUT),
    ConflictKind.NUMBER_TAKEN: (Answer.NEW_NUMBER, Answer.LEAVE_OUT, Answer.KEEP, Answer.OLD),
    ConflictKind.UNIQUE_CLASH: (Answer.LEAVE_OUT,),
    ConflictKind.MISSING_PARENT: (Answer.LEAVE_OUT, Answer.BRING_PARENT),
    ConflictKind.REFUSED: (Answer.LEAVE_OUT,),
    ConflictKind.TABLE_GONE: (Answer.RECREATE, Answer.LEAVE_OUT),
    ConflictKind.HAS_CHILDREN: (Answer.KEEP,),
    ConflictKind.ERASED: (),
}
"""What may be answered to each."""

DEFAULTS: dict[ConflictKind, Answer] = {
    ConflictKind.DIFFERS: Answer.KEEP,
    ConflictKind.TABLE_GONE: Answer.RECREATE,
    ConflictKind.ERASED: Answer.LEAVE_OUT,
}
"""What is done where nothing is answered; what is not here blocks the plan. None of these overwrites anything."""


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer of the steward: to all conflicts of a kind, to those of one table, or to one row of it.

    The more it says, the more it weighs.

    Attributes:
        table: "" for all.
        key: of the row then; () for all rows of the table.
    """

    kind: ConflictKind
    answer: Answer
    table: str = ""
    key: Key = ()


@dataclass(frozen=True, slots=True)
class Conflict:
    """What stands in the way of some rows of one table, all answered alike.

    Attributes:
        rows: how many.
        answer: what will be done about them; None where it must be answered first, which blocks the plan.
        answers: what may be answered.
        key_columns, sample_keys: the first of the rows, by their keys then.
    """

    kind: ConflictKind
    table: str
    rows: int
    answer: Answer | None
    answers: tuple[Answer, ...]
    key_columns: tuple[str, ...] = ()
    sample_keys: tuple[Key, ...] = ()

    @property
    def blocks(self) -> bool:
        return self.answer is None


class Extent(StrEnum):
    """How much of a table comes back."""

    ROWS = "rows"  # chosen rows
    MISSING = "missing"  # every row that is missing now
    CONTENT = (
        "content"  # all of it: missing rows come back, others get their old values, new ones are taken out
    )


@dataclass(frozen=True, slots=True)
class BringRequest:
    """Rows of one table that shall be brought back from an image of an earlier moment.

    Attributes:
        path: the user's file.
        image: a whole database file of the earlier moment that nobody writes.
        table: by its name then, or now.
        extent: chosen rows, missing rows, or all of the table.
        keys: the chosen rows, by their keys then.
        children: with the rows that pointed to them, and those that pointed to these.
        without: tables whose rows are not wanted as children.
        parents: with the rows they need and that are missing now.
        choices: the steward's answers.
        triggers: let the triggers of the file run.
        point: id of the restore point that the image is of, or "".
        made_at: the moment the image is of; RFC 3339, UTC, or "" where nobody knows it.
    """

    path: Path
    database_id: str
    image: Path
    table: str
    extent: Extent = Extent.ROWS
    keys: tuple[Key, ...] = ()
    children: bool = True
    without: tuple[str, ...] = ()
    parents: bool = True
    choices: tuple[Choice, ...] = ()
    triggers: bool = False
    point: str = ""
    made_at: str = ""


@dataclass(frozen=True, slots=True)
class Branch:
    """What comes of one table.

    Attributes:
        found: rows of then that were gathered.
        missing: of these, the rows that come back.
        overwritten: rows of now that get their old values.
        same: rows that are there as they were.
        kept: rows that differ, and stay as they are now.
        out: rows that stay out.
        taken_out: rows of now that go.
        origin: "chosen", "children" or "parents": how its rows were found; the first that holds.
    """

    table: str
    found: int
    missing: int
    overwritten: int
    same: int
    kept: int
    out: int
    taken_out: int
    origin: str


@dataclass(frozen=True, slots=True)
class Outlook:
    """What bringing rows back would do, table by table, and what stands in the way."""

    branches: tuple[Branch, ...]
    conflicts: tuple[Conflict, ...]
