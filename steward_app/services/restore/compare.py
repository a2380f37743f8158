"""What is different now from an earlier state of the file: table by table, then the rows themselves.

The earlier state is an image: a whole database file that nobody writes. It is only ever read, and the two are
read as of one moment. Values are compared with their storage class, and NULL is equal to NULL.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from steward_app.db import Session, fold, open_read, qualified, quote
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.db.image import IMAGE, open_image, with_image
from steward_app.db.integrity import structure_check
from steward_app.kernel.errors import ErrorCode, Failure, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.restore.pairs import Pair, left_out, ordinary, pair_of
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema, Table


class Kind(StrEnum):
    """What became of a row since."""

    REMOVED = "removed"  # it was there then, and is not now
    ADDED = "added"  # it is there now, and was not then
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class TableDifference:
    """How one table that both have differs.

    Attributes:
        rows_then, rows_now: how many rows it had and has.
        removed, added, changed: rows, since then. A table without a key has no changed rows, only removed and added.
        keyless: its rows have no key, so that they are compared as wholes.
        gone_columns, new_columns: columns that only one of the two has; they are not compared.
        problem: why its rows were not compared, in words; the counts of differences are 0 then.
    """

    table: str
    rows_then: int
    rows_now: int
    removed: int = 0
    added: int = 0
    changed: int = 0
    keyless: bool = False
    gone_columns: tuple[str, ...] = ()
    new_columns: tuple[str, ...] = ()
    problem: str = ""

    @property
    def same(self) -> bool:
        """True when both have the same columns, every row was compared, and none differs."""
        drifted = self.gone_columns or self.new_columns
        return not (self.removed or self.added or self.changed or self.problem or drifted)


@dataclass(frozen=True, slots=True)
class OneSided:
    """A table that only one of the two states has."""

    table: str
    rows: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A table that is not compared, and why."""

    table: str
    why: str


@dataclass(frozen=True, slots=True)
class Difference:
    """How the file differs now from an earlier state.

    Attributes:
        tables: those that both have, in the order of the file; also those that are the same.
        gone: tables that were there then, with their rows then.
        new: tables that were made since, with their rows now.
        left_out: tables that hold rows and are not compared.
    """

    tables: tuple[TableDifference, ...]
    gone: tuple[OneSided, ...]
    new: tuple[OneSided, ...]
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True)
class Both:
    """A session that sees the file and the image, and their schemas."""

    session: Session
    then: Schema
    now: Schema


@contextmanager
def both(path: Path, image: Path, context: Context) -> Iterator[Both]:
    """The file and an image of an earlier moment, to be read together as of one moment.

    Raises `Failure` when one of them cannot be read; which of the two is damaged is told right.
    """
    then = image_schema(image, context)
    with (
        open_read(path, context) as session,
        about_image(image),
        with_image(session, image),
        session.temporary(),
        session.snapshot(),
        session.under(context),
    ):
        yield Both(session, then, read_schema(session, context))


def image_schema(image: Path, context: Context) -> Schema:
    """The schema of an image. Raises `Failure` when it is gone or cannot be read."""
    if not image.exists():
        raise Failure(
            ErrorCode.NOT_FOUND,
            f"The earlier state is not there: {image}",
            hint="Nothing was changed. Bring the file back to this place, or choose another restore point.",
        )
    with open_image(image) as session:
        return read_schema(session, context)


@contextmanager
def about_image(image: Path) -> Iterator[None]:
    """In the block, damage found is said of the image where it is the image that is damaged."""
    try:
        yield
    except Failure as error:
        if error.code is not ErrorCode.DAMAGED:
            raise
        with open_image(image) as session:
            problems = structure_check(session, Context(), quick=True, limit=1).problems
        if not problems:
            raise
        raise Failure(
            ErrorCode.DAMAGED,
            f"The earlier state is damaged: {image.name}",
            hint="Nothing was changed. Choose another restore point.",
        ) from error


def compare(path: Path, image: Path, context: Context, *, table: str = "") -> Difference:
    """How the file differs now from an image of an earlier moment.

    Args:
        table: only this one.

    Raises:
        UsageError: neither has that table.
        Failure: one of the two cannot be read. Cancelled: on request.
    """
    with both(path, image, context) as two:
        then = {fold(each.name): each for each in ordinary(two.then)}
        now = {fold(each.name): each for each in ordinary(two.now)}
        if table:
            then, now = ({k: t for k, t in side.items() if k == fold(table)} for side in (then, now))
            if not then and not now:
                raise _unknown(two, table)
        found = []
        for number, name in enumerate(n for n in then if n in now):
            context.report(number, len(then), unit="tables", note=now[name].name)
            context.checkpoint()
            found.append(_difference(two.session, pair_of(two.session, number, then[name], now[name])))
        skipped = dict(() if table else (*left_out(two.then), *left_out(two.now)))
        return Difference(
            tables=tuple(found),
            gone=tuple(
                OneSided(t.name, _count(two.session, t, IMAGE)) for k, t in then.items() if k not in now
            ),
            new=tuple(OneSided(t.name, _count(two.session, t)) for k, t in now.items() if k not in then),
            left_out=tuple(LeftOut(*each) for each in skipped.items()),
        )


def pair_named(two: Both, name: str) -> Pair:
    """A table that both have. Raises `UsageError`."""
    then = next((t for t in ordinary(two.then) if fold(t.name) == fold(name)), None)
    now = next((t for t in ordinary(two.now) if fold(t.name) == fold(name)), None)
    if then is None or now is None:
        raise _unknown(two, name)
    return pair_of(two.session, 0, then, now)


def bag_sql(pair: Pair, side: int) -> str:
    """The rowids of a table without a key whose rows stand more often on one side (0: then, 1: now) than on the other.

    Equal rows are counted: where three were and two are, one is removed.
    """
    inner = []
    for number, (source_sql, names, rowid) in enumerate(
        (
            (pair.then_sql, [then for then, _ in pair.columns], pair.key[0]),
            (pair.now_sql, [now for _, now in pair.columns], pair.key_now[0]),
        )
    ):
        values = ", ".join(f"{quote(each)} AS c{at}" for at, each in enumerate(names))
        inner.append(f"SELECT {quote(rowid)} AS id, {number} AS side, {values or 'NULL'} FROM {source_sql}")
    whole = ", ".join(f"typeof(c{at}), c{at} COLLATE BINARY" for at in range(len(pair.columns))) or "1"
    ranked = (
        f"SELECT id, side, sum(side = {1 - side}) OVER (PARTITION BY {whole}) AS others,"
        f" row_number() OVER (PARTITION BY {whole}, side ORDER BY id) AS place"
        f" FROM ({' UNION ALL '.join(inner)})"
    )
    return f"SELECT id FROM ({ranked}) WHERE side = {side} AND place > others"


def _difference(session: Session, pair: Pair) -> TableDifference:
    assert pair.now is not None
    facts = TableDifference(
        pair.name,
        _count(session, pair.then, IMAGE),
        _count(session, pair.now),
        keyless=pair.keyless,
        gone_columns=pair.gone,
        new_columns=tuple(column.name for column in pair.new),
        problem=pair.problem,
    )
    if pair.problem:
        return facts
    try:
        with in_sqlites_words():
            removed, added, changed = _counts(session, pair, facts)
    except SqliteSays as said:
        return replace(facts, problem=str(said))
    return replace(facts, removed=removed, added=added, changed=changed)


def _counts(session: Session, pair: Pair, facts: TableDifference) -> tuple[int, int, int]:
    if pair.keyless:
        removed, added = (session.count(f"SELECT count(*) FROM ({bag_sql(pair, side)})") for side in (0, 1))
        return removed, added, 0
    # an aggregate may not read more than 2,000 columns of two tables; LIMIT keeps the inner query apart from it
    row = session.one(
        f"SELECT count(*), coalesce(sum(d), 0) FROM (SELECT {pair.differs_somewhere_sql()} AS d"
        f" FROM {pair.then_sql} AS i JOIN {pair.now_sql} AS m ON {pair.same_key_sql()} LIMIT -1)"
    )
    assert row is not None
    shared, changed = (int(str(value)) for value in row)
    return facts.rows_then - shared, facts.rows_now - shared, changed


def _count(session: Session, table: Table, schema: str = "main") -> int:
    return session.count(f"SELECT count(*) FROM {qualified(table.name, schema)}")


def _unknown(two: Both, name: str) -> UsageError:
    there = "now" if any(fold(t.name) == fold(name) for t in ordinary(two.now)) else ""
    then = "then" if any(fold(t.name) == fold(name) for t in ordinary(two.then)) else ""
    if there or then:
        only = f"{quoted(name)} is there {there or then} only, so that no rows of it can be compared."
        return UsageError(ErrorCode.UNKNOWN_OBJECT, only)
    return UsageError(
        ErrorCode.UNKNOWN_OBJECT, f"There is no table {quoted(name)} whose rows can be compared, then or now."
    )
