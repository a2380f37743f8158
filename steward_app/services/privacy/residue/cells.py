"""Short values: compared with whole cells of their own column, since their bytes stand everywhere by chance."""

from __future__ import annotations

from collections.abc import Iterator

from steward_app.db import ReadSession, qualified, quote
from steward_app.db.any_text import in_utf_8
from steward_app.db.query import readable
from steward_app.kernel.errors import Failure
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.residue.model import NotSearched, Searched, Where
from steward_app.services.privacy.residue.tally import Tally

_WANTED = "steward_residue_short"
_AT_ONCE = 10_000


class ShortValues:
    """The short values of the places, in a table of SQLite's own, outside memory. Made in `session.temporary()`."""

    def __init__(self, session: ReadSession) -> None:
        self._session = session
        self._waiting: dict[tuple[int, SqlValue], None] = {}
        session.all(
            f"CREATE TEMP TABLE {_WANTED} (number INTEGER PRIMARY KEY, place INTEGER, value, UNIQUE (place, value))"
        )

    def add(self, place: int, value: SqlValue) -> None:
        """A value of a place, by its number. The same may come again."""
        self._waiting[place, value] = None
        if len(self._waiting) == _AT_ONCE:
            self._write()

    def counts(self) -> Iterator[tuple[int, int]]:
        """How many different ones each place has that has any."""
        self._write()
        sql = f"SELECT place, count(*) FROM temp.{_WANTED} GROUP BY place"
        return ((int(place or 0), int(many or 0)) for place, many in self._session.all(sql))

    def search(self, number: int, each: Searched, tally: Tally, context: Context) -> NotSearched | None:
        """Count the cells of a column that are one of its short values; what could not be looked at.

        Text is compared in any case of A to Z.
        """
        place, session = each.place, self._session
        many = dict(self.counts()).get(number, 0)
        if not many:
            return None
        if place.path or not place.table:
            return NotSearched("short values inside JSON, or of no column", "they stand by chance", many)
        column, table = quote(place.column), qualified(place.table)
        among = each.among
        if among:
            table = f"(SELECT {column} FROM {table} WHERE {among.sql})"
        sql = (
            f"SELECT count(*) AS hits FROM {table} AS t CROSS JOIN temp.{_WANTED} AS w"  # row by row of the table
            f" ON +t.{column} = w.value COLLATE NOCASE AND w.place = {number:d} AND typeof(t.{column}) <> 'blob'"
        )
        reason = next((p.reason for p in each.permitted if p.place == place), None)
        if reason is None:
            sql = f"SELECT sum(hits), count(*) FROM ({sql} GROUP BY w.number)"
        session.all(
            f"CREATE INDEX IF NOT EXISTS temp.{_WANTED}_value ON {_WANTED} (value COLLATE NOCASE, place)"
        )
        try:
            with session.under(context), readable(place.table):
                counted = session.one(sql, among.bound if among else ())
                hits, *different = (int(found or 0) for found in counted or (0, 0))
        except Failure:
            return NotSearched(
                f"short values in {place.table}.{place.column}", "the result has no such column, or it cannot be read",
                many,
            )  # fmt: skip
        if reason is not None:
            tally.allowed(place, reason, hits)
        elif hits:
            tally.found_cells(Where.CELL, place, hits, different[0], (place,))
        return None

    def _write(self) -> None:
        by_kind: dict[bool, list[tuple[int, SqlValue]]] = {False: [], True: []}
        for place, value in self._waiting:
            raw = _raw(value) if isinstance(value, str) and not value.isascii() else None
            by_kind[raw is not None].append((place, value if raw is None else raw))
        self._waiting.clear()
        for are_raw, rows in by_kind.items():
            value_sql = "CAST(? AS TEXT)" if are_raw else "?"
            self._session.run_many(
                f"INSERT OR IGNORE INTO temp.{_WANTED} (place, value) VALUES (?, {value_sql})", rows
            )


def _raw(text: str) -> bytes | None:
    """The bytes of a text of which some are no letters of UTF-8; None for others."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return in_utf_8(text)
    return None
