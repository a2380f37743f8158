"""How two files of the same history differ, row by row: a file and the copy something was done to.

Rows are found again by a key; `db.tally` says in one pass over both tables what became of their values.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from steward_app.db.names import all_of, any_of, qualified, quote
from steward_app.db.session import Session
from steward_app.kernel.values import Key

BEFORE = "steward_before"
"""The schema under which a session sees the earlier file."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Rows of one table that came, changed and went, from the earlier file to the later one."""

    inserted: int = 0
    updated: int = 0
    deleted: int = 0


@dataclass(frozen=True, slots=True)
class Both:
    """A column that both tables have.

    Attributes:
        one_class: equal values in it are of one storage class, too, so that this need not be asked: the column takes
            only TEXT, or only REAL, in both (1 and 1.0 are equal, and stand in one column only where it takes both).
    """

    before: str
    after: str
    one_class: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """How rows of a table are found again in the earlier file.

    Attributes:
        before, after: names of the table.
        on: columns that name a row in both, none of them NULL, as (before, after): a primary key, or the rowid.
        by_rowid: the first of `on` is the rowid: SQLite goes by it and by no index.
        backwards: the rows of the earlier table are read in order and those of the later one looked up, else the other
            way round.
    """

    before: str
    after: str
    on: tuple[tuple[str, str], ...]
    by_rowid: bool = False
    backwards: bool = False

    @property
    def sql(self) -> str:
        """The pairs of rows, as what stands behind FROM: `a` is the later row, `b` the earlier one."""
        return self._joined("CROSS JOIN")

    @property
    def all_sql(self) -> str:
        """As `sql`, with the rows of the table that is read in order that have no partner."""
        return self._joined("LEFT JOIN")

    @property
    def alone_sql(self) -> str:
        """Whether a row of `all_sql` has no partner."""
        return f"a.{quote(self.on[0][1])} IS NULL" if self.backwards else f"b.{quote(self.on[0][0])} IS NULL"

    def _joined(self, how_sql: str) -> str:
        later, earlier = f"{qualified(self.after)} AS a", f"{qualified(self.before, BEFORE)} AS b"
        outer, inner = (earlier, later) if self.backwards else (later, earlier)
        looked_up = " NOT INDEXED" if self.by_rowid else ""
        return f"{outer} NOT INDEXED {how_sql} {inner}{looked_up} ON {self.same_sql}"

    @property
    def same_sql(self) -> str:
        """Whether `a` and `b` are the same row."""
        return all_of([f"a.{quote(after)} = b.{quote(before)}" for before, after in self.on])


@contextmanager
def beside(session: Session, before: Path) -> Iterator[None]:
    """In the block, the session sees the earlier file too. It must not be in a transaction."""
    session.all(f"ATTACH ? AS {BEFORE}", (str(before),))
    try:
        yield
    finally:
        session.all(f"DETACH {BEFORE}")


def compare_rows(session: Session, table: str, key: Sequence[str], columns: Sequence[str]) -> Difference:
    """How a table differs from the one of the same name in the file that stands `beside`.

    Args:
        key: the columns that name a row in both, none of them NULL: a primary key, or the rowid.
        columns: what is compared, value and storage class; those both tables have.
    """
    match = Match(table, table, tuple((name, name) for name in key))
    differing = any_of([differs(Both(name, name)) for name in columns])
    return Difference(
        inserted=session.count(f"SELECT count(*) FROM {_added(match)}"),
        updated=session.count(f"SELECT count(*) FROM {match.sql} WHERE {differing}") if columns else 0,
        deleted=session.count(f"SELECT count(*) FROM {_lost(match)}"),
    )


def rows_before(session: Session, table: str) -> int:
    """Rows of a table of the earlier file."""
    return session.count(f"SELECT count(*) FROM {qualified(table, BEFORE)}")


def rows_after(session: Session, table: str) -> int:
    """Rows of a table of the later file."""
    return session.count(f"SELECT count(*) FROM {qualified(table)}")


def rows_without(session: Session, table: str, columns: Sequence[str], schema: str = "main") -> bool:
    """Whether a row has NULL in one of some columns."""
    return any(
        session.count(f"SELECT EXISTS (SELECT 1 FROM {qualified(table, schema)} WHERE {quote(each)} IS NULL)")
        for each in columns
    )


def looks_up(session: Session, match: Match) -> bool:
    """Whether SQLite finds a row at once, and does not read a whole table for each.

    It cannot use an index where the columns of a key are of another type or compare otherwise than they did.
    """
    steps = session.all(f"EXPLAIN QUERY PLAN SELECT count(*) FROM {match.sql}")
    return any(str(detail).startswith("SEARCH ") for *_, detail in steps)


def paired(session: Session, match: Match, *, once: bool = False) -> int:
    """Rows of the later table that are found in the earlier one.

    Args:
        once: each row that is looked up counts once, where several of the other table may have it for a partner: keys
            that are of another type than they were, or compare otherwise.
    """
    if once:
        alias, names = (
            ("a", [after for _, after in match.on]) if match.backwards else ("b", [b for b, _ in match.on])
        )
        key = ", ".join(f"{alias}.{quote(name)}" for name in names)
        return session.count(f"SELECT count(*) FROM (SELECT DISTINCT {key} FROM {match.sql})")
    return session.count(f"SELECT count(*) FROM {match.sql}")


def lost_keys(session: Session, match: Match, key: Sequence[str], most: int) -> tuple[Key, ...]:
    """Keys of the first rows that are in the earlier table only."""
    names = ", ".join(f"b.{quote(each)}" for each in key)
    try:
        return tuple(session.all(f"SELECT {names} FROM {_lost(match)} LIMIT {most}"))
    except UnicodeDecodeError:  # a key that is text and not valid: it cannot be told
        return ()


def under_another_key(session: Session, match: Match, columns: Sequence[Both], added: int, lost: int) -> int:
    """How many rows that are in the later table only are, in `columns`, one that is in the earlier one only.

    Args:
        added, lost: how many rows there are of either; no more are looked for.
    """
    newest = (
        f" ORDER BY a.{quote(match.on[0][1])} DESC" if match.by_rowid else ""
    )  # the rest is not read then
    later = _told("a", [each.after for each in columns], f"{_added(match)}{newest} LIMIT {added}", "1, 0")
    earlier = _told("b", [each.before for each in columns], f"{_lost(match)} LIMIT {lost}", "0, 1")
    both = f"SELECT * FROM ({later}) UNION ALL SELECT * FROM ({earlier})"
    told = f"SELECT sum(steward_came) AS c, sum(steward_went) AS w FROM ({both})"
    return session.count(
        f"SELECT coalesce(sum(min(c, w)), 0) FROM ({told} GROUP BY {_each_value(len(columns))})"
    )


def apart(session: Session, before: str, after: str, columns: Sequence[Both]) -> Difference:
    """Rows that came and went where nothing names a row: each as often as the same values stand in one file only."""
    later = _told("a", [each.after for each in columns], f"{qualified(after)} AS a", "1, 0")
    earlier = _told("b", [each.before for each in columns], f"{qualified(before, BEFORE)} AS b", "0, 1")
    told = f"SELECT sum(steward_came) - sum(steward_went) AS n FROM ({later} UNION ALL {earlier})"
    row = session.one(
        f"SELECT coalesce(sum(max(n, 0)), 0), coalesce(sum(max(-n, 0)), 0)"
        f" FROM ({told} GROUP BY {_each_value(len(columns))})"
    )
    came, went = (int(str(number)) for number in row or (0, 0))
    return Difference(came, 0, went)


def differs(column: Both) -> str:
    """1 and 1.0 and '1' are different values here, as are 'a' and 'A' whatever the column's collation.

    The signs keep SQLite from turning the one value into the type of the other's column before it compares.
    """
    one, two = f"a.{quote(column.after)}", f"b.{quote(column.before)}"
    unlike = f"+{one} IS NOT +{two} COLLATE BINARY"
    return unlike if column.one_class else f"({unlike} OR typeof({one}) <> typeof({two}))"


def _added(match: Match) -> str:
    return f"{match.all_sql} WHERE {match.alone_sql}"


def _lost(match: Match) -> str:
    return _added(replace(match, backwards=True))


def _told(alias: str, names: Sequence[str], source_sql: str, counted: str) -> str:
    """Rows with the values to compare as v0, v1, ..., and on which side each stands."""
    values = "".join(f", +{alias}.{quote(name)} AS v{number}" for number, name in enumerate(names))
    came, went = counted.split(", ")
    return f"SELECT {came} AS steward_came, {went} AS steward_went{values} FROM {source_sql}"


def _each_value(count: int) -> str:
    return ", ".join(f"v{number} COLLATE BINARY, typeof(v{number})" for number in range(count))
