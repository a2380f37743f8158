"""What the residue scan is asked, and what it answers. Values of rows are nowhere in the answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from steward_app.kernel.text import plural, quoted
from steward_app.services.privacy.among import Among
from steward_app.services.privacy.model import Place, place_id


class Where(StrEnum):
    """In what part of the file, or beside it, something was found."""

    CELL = "cell"  # a row of a table
    INDEX = "index"  # an entry of an index
    FULL_TEXT = "full_text"  # a full-text index still answers for it, or keeps its words
    PACKED = "packed"  # in a compressed BLOB of a row
    HASHED = "hashed"  # not the value, but a hash of it that anybody makes who has a list of them
    STATISTICS = "statistics"  # sqlite_stat1, sqlite_stat4
    SCHEMA = "schema"  # the text of a table, index, view or trigger
    GAP = "gap"  # the unused middle of a page
    FREEBLOCK = "freeblock"  # where a cell of a page was deleted
    FREELIST = "freelist"  # a page that is free
    OVERFLOW = "overflow"  # a page that continues a long row, beyond the end of the row
    UNREACHED = (
        "unreached"  # a page that no table, index or list leads to; the lock page; behind the last page
    )
    RESERVED = "reserved"  # bytes at the end of pages that SQLite leaves to extensions
    SUPERSEDED = "superseded"  # a page of the file that has a newer version in the write-ahead log
    WAL = "wal"  # a frame of the write-ahead log that no longer counts
    JOURNAL = "journal"
    SHM = "shm"


@dataclass(frozen=True, slots=True)
class Permitted:
    """Where the plan lets original values stand, and why: "shuffle", "small domain".

    Attributes:
        apart: paths in the JSON of the column that have rules of their own, and are not meant.
        no_json: of a column of JSON, what stands there that is none: it goes whole. Nothing else is meant.
        among: the rows that are meant; None for all.
    """

    place: Place
    reason: str
    apart: tuple[str, ...] = ()
    no_json: bool = False
    among: Among | None = None


@dataclass(frozen=True, slots=True)
class Searched:
    """A column, or a path in its JSON, whose original values must be gone.

    Attributes:
        permitted: where they may stand in the result all the same.
        leads: each value leads to a person by itself.
        texts: the values are texts. What is permitted to a text is not to a value that leads to a person elsewhere,
            though a text may be that value and nothing else.
        apart: of a path in JSON, the other paths of the column that have rules.
        key: its whole numbers are each those of one thing or person, and are looked for in JSON, too, where a path
            holds mostly these.
        ends: not its values, but the ends that nearly each of its codes has for its own (`ends_of_codes`), unless codes
            that are written so are the same by chance.
        names: it has names of persons, which are looked for as links and names of files have them, too.
        family: the column of family names beside its given ones: not its values, but the whole names that both make.
        births: its days of birth are hidden: where texts hold them, the report says so.
        among: the rows that are meant; None for all.
    """

    place: Place
    permitted: tuple[Permitted, ...] = ()
    leads: bool = False
    texts: bool = False
    apart: tuple[str, ...] = ()
    key: bool = False
    names: bool = False
    family: str = ""
    births: bool = False
    ends: bool = False
    among: Among | None = None


@dataclass(frozen=True, slots=True)
class Originals:
    """How many values of one place were looked for.

    Attributes:
        values: different ones, without NULL and empty.
        as_cells: too short to be looked for anywhere but as whole cells of their own column.
        not_searched: too common or too short to be looked for at all.
    """

    place: Place
    values: int
    as_cells: int = 0
    not_searched: int = 0


@dataclass(frozen=True, slots=True)
class Residue:
    """Original values found in one part of the file.

    Attributes:
        file: name of the file: of the database, or of a side file.
        name: of the table, index or schema object; of leftovers, to which their page belongs; "" where there is none.
        column: "" where there is none, or it is not known.
        hits: how often.
        values: how many different values; where one was looked for in several rounds, at least so many.
        pages: numbers of the first pages they stand on (of the journal: none).
        frames: numbers of the first frames of a write-ahead log.
        path: in the JSON of the column; "" where that is not known.
        of: the places of the original that the values come from; of rows, as far as that is known.
    """

    where: Where
    file: str
    name: str
    column: str
    hits: int
    values: int
    pages: tuple[int, ...] = ()
    frames: tuple[int, ...] = ()
    path: str = ""
    of: tuple[Place, ...] = ()

    @property
    def part(self) -> str:
        """The column, and the path in it: “data:$.patient”."""
        return f"{self.column}:{self.path}" if self.path else self.column


@dataclass(frozen=True, slots=True)
class Allowed:
    """Original values that stand where the plan permits them.

    Attributes:
        place: without a column where it is what an index computes, or stands over the edge of two columns.
        reason: as the plan says it.
        index: the name of the index that computes it; "" of a column.
    """

    place: Place
    reason: str
    hits: int
    index: str = ""

    @property
    def words(self) -> str:
        """Where they stand."""
        table = quoted(self.place.table)
        if self.index:
            return f"what the index {quoted(self.index)} on {table} computes"
        return place_id(self.place) if self.place.column else f"rows of {table}"


@dataclass(frozen=True, slots=True)
class NotSearched:
    """What was not looked at, in words, and how many of it there are (0: not counted)."""

    what: str
    reason: str
    count: int = 0


@dataclass(frozen=True, slots=True)
class Alike:
    """Numbers of a place that a key has too, of which nothing tells whether they are its own: they are no find.

    Attributes:
        values: different ones.
    """

    place: Place
    key: Place
    values: int


@dataclass(frozen=True, slots=True)
class Looked:
    """A place that was searched, in words: "free pages", with how many bytes it has."""

    what: str
    bytes: int


@dataclass(frozen=True, slots=True)
class ResidueReport:
    """What a residue scan found.

    Attributes:
        target: name of the file that was searched.
        values: different original values that were looked for.
        found: worst first; empty means "0 found in the places searched".
        chance: hits that are part of a longer word which stands in a cell of its own right: counted, not found.
        searched: in which files and parts.
        alike: numbers that may be those of a key.
    """

    target: str
    values: int
    originals: tuple[Originals, ...]
    found: tuple[Residue, ...]
    allowed: tuple[Allowed, ...]
    chance: int
    searched: tuple[Looked, ...]
    not_searched: tuple[NotSearched, ...]
    alike: tuple[Alike, ...] = ()

    @property
    def is_clean(self) -> bool:
        """True when nothing was found in the places searched."""
        return not self.found

    @property
    def hits(self) -> int:
        """How often an original value was found."""
        return sum(each.hits for each in self.found)

    def of(self, where: Where) -> int:
        """How often an original value was found in one part."""
        return sum(each.hits for each in self.found if each.where is where)


def sentence(report: ResidueReport) -> str:
    """The result in words: "0 of 5,966 original values found in the places searched"."""
    if report.is_clean:
        return f"0 of {report.values:,} original values found in the places searched."
    found = {each.where for each in report.found}
    parts = _listed([words for where, words in WORDS.items() if where in found])
    return f"Original values were found {plural(report.hits, 'time')}: in {parts}."


WORDS = {
    Where.CELL: "rows",
    Where.INDEX: "indexes",
    Where.FULL_TEXT: "full-text indexes",
    Where.PACKED: "compressed BLOBs and encoded texts",
    Where.HASHED: "hashes without a key",
    Where.STATISTICS: "statistics",
    Where.SCHEMA: "the schema",
    Where.GAP: "gaps in pages",
    Where.FREEBLOCK: "deleted cells of pages",
    Where.FREELIST: "free pages",
    Where.OVERFLOW: "overflow pages",
    Where.UNREACHED: "pages nothing leads to",
    Where.RESERVED: "reserved bytes of pages",
    Where.SUPERSEDED: "pages that wait for a checkpoint",
    Where.WAL: "old frames of the write-ahead log",
    Where.JOURNAL: "the journal",
    Where.SHM: "the index of the write-ahead log",
}


def _listed(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
