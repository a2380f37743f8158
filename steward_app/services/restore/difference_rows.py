"""The rows of one table that differ now from an earlier state, in pages, all of them or those that hold a text."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from steward_app.db import Session, any_of, quote
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.kernel.values import Key, SqlValue
from steward_app.services.restore.compare import Both, Kind, bag_sql, both, pair_named
from steward_app.services.restore.pairs import Pair, require_nameable
from steward_app.services.rows import cells
from steward_app.services.rows.find import Match, Matcher
from steward_app.services.rows.model import Cell

_MOST_COLUMNS = 600  # of a page: then, now and whether they differ must fit one result


@dataclass(frozen=True, slots=True)
class RowDifference:
    """A row that differs. `then` or `now` is () where there is none; cells stand in the order of the page's columns."""

    kind: Kind
    key: Key
    then: tuple[Cell, ...]
    now: tuple[Cell, ...]
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DifferencePage:
    """Rows of one table that differ in one way, in order of their keys.

    Attributes:
        columns: of the cells: those that both have, by their names now.
        rows: of each, `columns` names those that differ.
        more: whether there are more; ask for those after the last key.
    """

    table: str
    kind: Kind
    key_columns: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[RowDifference, ...]
    more: bool


def difference_page(
    path: Path,
    image: Path,
    table: str,
    kind: Kind,
    context: Context,
    *,
    after: Key = (),
    limit: int = 100,
    find: str = "",
) -> DifferencePage:
    """Some of the rows of a table that differ in one way.

    Args:
        after: the key of the last row seen; () for the first rows.
        find: only those with this text in a value, of then or of now; capitals do not matter. "" for all.

    Raises `UsageError` for a table that is not in both, and `Failure` where its rows cannot be compared.
    """
    with both(path, image, context) as two:
        pair = _comparable(two, table)
        require_nameable(pair, after)
        columns = pair.columns[:_MOST_COLUMNS]
        # a value that is not valid text is read again in another way
        which = _Which(pair, kind, find)
        rows = cells.tolerant(lambda raw: _rows(two.session, which, columns, after, limit + 1, raw))
    names = tuple(now for _, now in columns)
    key_columns = pair.key if kind is Kind.REMOVED else pair.key_now
    return DifferencePage(pair.name, kind, key_columns, names, tuple(rows[:limit]), len(rows) > limit)


def count_differing(
    path: Path, image: Path, table: str, kind: Kind, context: Context, *, find: str = ""
) -> int:
    """How many rows of a table differ in one way and hold a text. Arguments and errors as of `difference_page`."""
    with both(path, image, context) as two:
        which = _Which(_comparable(two, table), kind, find)
        return two.session.count(f"SELECT count(*) {which.sql}", which.bindings)


def _comparable(two: Both, table: str) -> Pair:
    pair = pair_named(two, table)
    if pair.problem:
        raise Failure(ErrorCode.NOT_ALLOWED, f"{quoted(table)} cannot be compared: {pair.problem}.")
    return pair


class _Which:
    """FROM and WHERE of the rows of a table that differ in one way and hold a text, with the bindings of it."""

    def __init__(self, pair: Pair, kind: Kind, find: str) -> None:
        self.pair, self.kind = pair, kind
        self.sql = _which_sql(pair, kind)
        self.bindings: tuple[SqlValue, ...] = ()
        if not find:
            return
        matcher = Matcher(find, Match.CONTAINS)
        places = [f"i.{quote(name)}" for name, _ in pair.columns] if kind is not Kind.ADDED else []
        places += [f"m.{quote(name)}" for _, name in pair.columns] if kind is not Kind.REMOVED else []
        self.sql += f" AND {any_of([matcher.on(place) for place in places])}"
        self.bindings = matcher.bindings


def _rows(
    session: Session,
    which: _Which,
    columns: tuple[tuple[str, str], ...],
    after: Key,
    limit: int,
    raw: bool,
) -> list[RowDifference]:
    pair, kind = which.pair, which.kind
    side, key = ("i", pair.key) if kind is Kind.REMOVED else ("m", pair.key_now)
    then = [cells.cell_sql(f"i.{quote(name)}", raw=raw) for name, _ in columns]
    now = [cells.cell_sql(f"m.{quote(name)}", raw=raw) for _, name in columns]
    flags = [pair.differs_sql(*names) for names in columns]
    chosen = {Kind.REMOVED: then, Kind.ADDED: now, Kind.CHANGED: [*then, *now, *flags]}[kind]
    places = [f"{side}.{quote(name)}" for name in key]
    beyond = f" AND ({', '.join(places)}) > ({', '.join('?' * len(after))})" if after else ""
    sql = (
        f"SELECT {', '.join([*(cells.value_sql(each, raw=raw) for each in places), *chosen])}"
        f" {which.sql}{beyond} ORDER BY {', '.join(places)} LIMIT ?"
    )
    found = []
    for row in session.execute(sql, (*which.bindings, *after, limit)):
        named = tuple(cells.decode_value(value, raw=raw) for value in row[: len(key)])
        rest = row[len(key) :]
        shown = [cells.decode_cell(value) for value in rest[: len(columns) * (1 + (kind is Kind.CHANGED))]]
        old, new = shown[: len(columns)], shown[len(columns) :]
        if kind is Kind.ADDED:
            old, new = [], shown
        differing = rest[2 * len(columns) :] if kind is Kind.CHANGED else ()
        names = tuple(name for (_, name), flag in zip(columns, differing, strict=False) if flag)
        found.append(RowDifference(kind, named, tuple(old), tuple(new), names))
    return found


def _which_sql(pair: Pair, kind: Kind) -> str:
    """FROM and WHERE for the rows that differ in one way."""
    if pair.keyless:
        if kind is Kind.CHANGED:
            return f"FROM {pair.then_sql} AS i JOIN {pair.now_sql} AS m ON 0 WHERE 0"
        of_then = kind is Kind.REMOVED
        rows_sql = f"{pair.then_sql} AS i" if of_then else f"{pair.now_sql} AS m"
        rowid_sql = f"i.{quote(pair.key[0])}" if of_then else f"m.{quote(pair.key_now[0])}"
        return f"FROM {rows_sql} WHERE {rowid_sql} IN ({bag_sql(pair, 0 if of_then else 1)})"
    same = pair.same_key_sql()
    if kind is Kind.CHANGED:
        differs_sql = pair.differs_somewhere_sql()
        return f"FROM {pair.now_sql} AS m JOIN {pair.then_sql} AS i ON {same} WHERE ({differs_sql})"
    one, two = (f"{pair.then_sql} AS i", f"{pair.now_sql} AS m")
    if kind is Kind.ADDED:
        one, two = two, one
    return f"FROM {one} WHERE NOT EXISTS (SELECT 1 FROM {two} WHERE {same})"
