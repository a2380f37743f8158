"""What leads from the schema of a file to another one, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from steward_app.db.names import fold
from steward_app.kernel.text import plural, quoted, visible
from steward_app.services.migrate.edit.model import Edit
from steward_app.services.schema.diff import Change


@dataclass(frozen=True, slots=True)
class Rename:
    """Something that is there now and goes on under another name. `table` is "" where it is a table itself."""

    table: str
    before: str
    after: str

    @property
    def sentence(self) -> str:
        """For a person: "Column “a” of “t” is renamed to “b”"."""
        what = f"Column {quoted(self.before)} of {quoted(self.table)}" if self.table else quoted(self.before)
        return f"{what if self.table else f'Table {what}'} is renamed to {quoted(self.after)}"


@dataclass(frozen=True, slots=True)
class Place:
    """A column, or with "" for `column` a table, by its names in the file as it is or as it is to be."""

    table: str
    column: str = ""

    @property
    def said(self) -> str:
        """How it is typed: "table" or "table.column"."""
        return f"{self.table}.{self.column}" if self.column else self.table


@dataclass(frozen=True, slots=True)
class Key:
    """What no two rows of a table have the same in, by its UNIQUE or PRIMARY KEY, under its names in the file."""

    table: str
    columns: tuple[str, ...]

    @property
    def said(self) -> str:
        """How it is typed: "table(column, column)"."""
        return f"{self.table}({', '.join(self.columns)})"

    @property
    def folded(self) -> tuple[str, frozenset[str]]:
        """The same for every way to write it: neither letters' case nor the order of the columns count."""
        return fold(self.table), frozenset(map(fold, self.columns))


@dataclass(frozen=True, slots=True)
class Answers:
    """What the steward decided.

    Attributes:
        renames: what goes on under another name.
        gone: what really goes, with what it holds.
        indexes: names of UNIQUE indexes that really go, with their rule.
        keys: UNIQUE and PRIMARY KEY of tables that really go.
        fills: an expression over the row for each column, for the rows that have no value in it.
        values: an expression over the row for each column, for every row: how its values are converted.
    """

    renames: tuple[Rename, ...] = ()
    gone: tuple[Place, ...] = ()
    fills: tuple[tuple[Place, str], ...] = ()
    values: tuple[tuple[Place, str], ...] = ()
    indexes: tuple[str, ...] = ()
    keys: tuple[Key, ...] = ()


def counted(number: int | None, what: str) -> str:
    """So many of something: "3 rows"; also where the number is not known."""
    return (
        f"{what}s that cannot be counted before what waits has run"
        if number is None
        else plural(number, what)
    )


class Asks(StrEnum):
    """What a question is about."""

    RENAME = "rename"  # something goes and something comes: are they the same?
    FILL = "fill"  # a column must have a value, and rows have none
    GONE = "gone"  # what a virtual table holds cannot come along
    LOST = "lost"  # something goes with what it holds
    COMPUTED = "computed"  # a column is computed from now on, so its values go
    UNIQUE = "unique"  # a UNIQUE index or UNIQUE of a table goes, and nothing else keeps its rule
    PRIMARY_KEY = "primary_key"  # the same of a primary key


@dataclass(frozen=True, slots=True)
class Question:
    """What must be decided before a migration is written, since a guess could lose data.

    Attributes:
        candidates: of a rename, what it may be called from now on, the most alike first.
        index, key: the UNIQUE index that goes, or the UNIQUE or PRIMARY KEY of a table.
        keyed: what no two rows have the same in, as text.
        rows: of a fill, how many rows have no value; of what goes, how many rows or values it holds; None where that
            is not known before what waits has run.
    """

    asks: Asks
    place: Place
    candidates: tuple[str, ...] = ()
    rows: int | None = 0
    index: str = ""
    key: Key | None = None
    keyed: str = ""

    @property
    def about(self) -> str:
        """What it is about, as an answer says it."""
        return self.index or (self.key or self.place).said

    @property
    def gone(self) -> Answers:
        """The answer that it goes."""
        if self.index:
            return Answers(indexes=(self.index,))
        return Answers(keys=(self.key,)) if self.key else Answers(gone=(self.place,))

    @property
    def sentence(self) -> str:
        """The question for a person."""
        if self.asks is Asks.FILL:
            has = "has" if self.rows == 1 else "may have" if self.rows is None else "have"
            some = "Rows of" if self.rows is None else f"{plural(self.rows, 'row')} of"
            return (
                f"{some} {quoted(self.place.table)} {has} no value for"
                f" {quoted(self.place.column)}, which must have one. What do they get?"
            )
        if self.asks is Asks.GONE:
            held = f"what it holds of {counted(self.rows, 'row')}"
            if self.place.column:
                held = f"{counted(self.rows, 'value')} of its column {quoted(self.place.column)}"
            return (
                f"The virtual table {quoted(self.place.table)} is to be made anew, and {held} cannot come along."
                " Does it go?"
            )
        if self.index or self.key:
            rule = "PRIMARY KEY" if self.asks is Asks.PRIMARY_KEY else "UNIQUE"
            what = (
                f"UNIQUE index {quoted(self.index)}" if self.index else f"{rule} ({visible(self.keyed, 80)})"
            )
            return (
                f"The {what} of {quoted(self.place.table)} is not wanted any more, and nothing else keeps two rows"
                f" from having the same in {visible(self.keyed, 80) if self.index else 'it'}. Does it go?"
            )
        if self.asks is Asks.COMPUTED:
            return (
                f"Column {quoted(self.place.column)} of {quoted(self.place.table)} is to be computed, and holds"
                f" {counted(self.rows, 'value')}. Do they go?"
            )
        if self.asks is Asks.LOST:
            what, held = f"Table {quoted(self.place.table)}", counted(self.rows, "row")
            if self.place.column:
                what = f"Column {quoted(self.place.column)} of {quoted(self.place.table)}"
                held = counted(self.rows, "value")
            return f"{what} is not wanted any more, and holds {held}. Does it go with them?"
        what = f"Table {quoted(self.place.table)} goes"
        if self.place.column:
            what = f"Column {quoted(self.place.column)} of {quoted(self.place.table)} goes"
        names = " or ".join(map(quoted, self.candidates[:3]))
        return f"{what}, and {names} {'comes' if len(self.candidates) == 1 else 'come'}. Is it renamed?"


@dataclass(frozen=True, slots=True)
class Desired:
    """The way from one schema to another.

    Attributes:
        edits: what leads there, in order; () while there are questions.
        statements: the same as SQL, each without a semicolon at its end.
        rebuilt: tables that are written anew, row by row.
        renames: what goes on under another name, those that differ in the case of letters only too.
        changes: what is another one afterwards, besides the renames.
        losses: what is lost of the rows, a sentence each.
        questions: what must be answered first.
        written_otherwise: objects whose text is another one than the desired, and says the same.
        undo: statements that lead back, or None where something is lost.
    """

    edits: tuple[Edit, ...] = ()
    statements: tuple[str, ...] = ()
    rebuilt: tuple[str, ...] = ()
    renames: tuple[Rename, ...] = ()
    changes: tuple[Change, ...] = ()
    losses: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    written_otherwise: tuple[str, ...] = ()
    undo: tuple[str, ...] | None = None

    @property
    def nothing(self) -> bool:
        """Whether the file has the desired schema already."""
        return not self.edits and not self.questions

    @property
    def sentences(self) -> tuple[str, ...]:
        """What changes, a sentence each."""
        return (
            *(rename.sentence for rename in self.renames),
            *(change.sentence for change in self.changes),
        )
