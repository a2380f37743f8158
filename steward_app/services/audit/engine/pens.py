"""Triggers that log the rows which REPLACE displaces.

REPLACE removes rows without firing anything. So BEFORE a row is written, the rows that stand in its way are copied into
a pen, and AFTER it those that are gone are logged as displaced, before the change that displaced them. Who still
stands was not displaced: the statement was ignored, or became an UPDATE.

With `recursive_triggers` on, REPLACE does fire the DELETE triggers, and foreign keys may remove what waits in the pen:
whose removal the log tells since it was copied was not displaced.

Where a table refers to itself, or other triggers write to it, statements run inside one another: between a row's
BEFORE and its AFTER, others are written. Then a row in the pen names the statement it waits for, only that one lets it
go, what changes while it waits is followed, and what was told early as displaced is not told again as deleted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from steward_app.db.names import fold, quote
from steward_app.services.audit.engine import names
from steward_app.services.audit.engine.ddl import listed, numbered, owners, penned
from steward_app.services.audit.engine.layout import Layout
from steward_app.services.audit.engine.model import KeyPart, Op, Shape, UniqueKey

AT = "CAST((julianday() - 2440587.5) * 86400000.0 + 0.5 AS INTEGER)"
"""The moment the statement began, in milliseconds since 1970; the same for all its rows."""


TICK = f"UPDATE {names.CLOCK} SET seq = seq + 1 WHERE id = 1"
"""Gives the next change its number, which `clock.seq` then is."""


@dataclass(frozen=True, slots=True)
class Part:
    """A trigger but for its name: when it fires, and what it does.

    Attributes:
        on_sql: the table it waits at, where that is not the audited one.
    """

    what: str
    event_sql: str
    when_sql: str
    body: Sequence[str]
    on_sql: str = ""


class Pens:
    """Writes what has to do with the pen of one table."""

    def __init__(self, shape: Shape, layout: Layout) -> None:
        self._shape = shape
        self._layout = layout
        self._table = quote(shape.table)
        self._rowid = quote(shape.rowid) if shape.rowid else ""
        self._log = names.log_table(layout.tid)
        self._pen = names.pen_table(layout.tid)
        self._values = names.values_table(layout.tid)
        self._columns = {fold(column.name): column for column in shape.columns}

    def parts(self) -> Iterator[Part]:
        """The triggers, in the order in which they are made: the last one fires first."""
        if not self.needed:
            return
        keys = ", ".join(map(quote, self._shape.unique_columns))
        insert, update = self._conflicts(update=False), self._conflicts(update=True)
        yield self._displaced()
        yield Part("displaced_update", f"AFTER UPDATE OF {keys}", "", self._let_go("new", "old"))
        if self._shape.nested and self._layout.kept:
            yield self._follow()
        yield Part(
            "before_insert", "BEFORE INSERT", self._stand_in_the_way(insert), self._capture(insert, "")
        )
        yield Part(
            "before_update",
            f"BEFORE UPDATE OF {keys}",
            self._stand_in_the_way(update),
            self._capture(update, "old"),
        )

    @property
    def needed(self) -> bool:
        """Whether a row can displace another at all."""
        return bool(self._shape.unique_columns)

    def conflicts(self) -> list[str]:
        """For each key, which rows `x` a row to be inserted would displace."""
        return self._conflicts(update=False)

    # --- before ------------------------------------------------------------------------------------------------------

    def _conflicts(self, *, update: bool) -> list[str]:
        """For each key, which rows `x` the row to be written would collide with."""
        but_itself = f" AND NOT ({self._same_row('x', 'old')})" if update else ""
        found = [f"x.{self._rowid} = new.{self._rowid}{but_itself}"] if self._rowid else []
        return [*found, *(self._collides(unique) + but_itself for unique in self._shape.uniques)]

    def _collides(self, unique: UniqueKey) -> str:
        terms = [
            f"{held} = {given} COLLATE {quote(part.collation)}"
            for part in unique.parts
            for held, given in [self._held_and_given(part)]
        ]
        return " AND ".join([*terms, f"({unique.where_sql})"] if unique.where_sql else terms)

    def _held_and_given(self, part: KeyPart) -> tuple[str, str]:
        """What a key compares: of a row `x` that is there, and of the one to come."""
        if not part.expression_sql:
            return f"x.{quote(part.column)}", self._given(part.column)
        row = ", ".join(f"{self._given(name)} AS {quote(name)}" for name in self._shape.readable)
        expression_sql = part.expression_sql
        return f"({expression_sql})", f"(SELECT {expression_sql} FROM (SELECT {row}))"

    def _given(self, of_column: str) -> str:
        """The value a row will have: REPLACE puts the default in the place of a NULL that may not stand."""
        cell = f"new.{quote(of_column)}"
        column = self._columns.get(fold(of_column))
        return f"coalesce({cell}, {column.filled_sql})" if column and column.filled_sql else cell

    def _stand_in_the_way(self, conflicts: Sequence[str]) -> str:
        return " OR ".join(f"EXISTS (SELECT 1 FROM {self._table} AS x WHERE {each})" for each in conflicts)

    def _capture(self, conflicts: Sequence[str], owner: str) -> list[str]:
        layout, owned = self._layout, self._owner(owner)
        into = listed(owners(layout)[: len(owned)] + penned(layout))
        rid = f"x.{self._rowid}" if self._rowid else "NULL"
        cells = self._cells("x", layout.key if layout.wide else layout.kept)
        taken = f"(SELECT seq FROM {names.CLOCK}), {rid}{listed(owned + cells)}"
        waits = (
            f"EXISTS (SELECT 1 FROM {self._pen} AS p WHERE {self._is_penned('x', 'p')} AND p.told IS NULL)"
        )
        return [
            *([self._tell("", "")] if self._shape.nested else self._empty("1")),
            *(
                f"INSERT INTO {self._pen} (seq, rid{into}) SELECT {taken} FROM {self._table} AS x"
                f" WHERE {conflict_sql} AND NOT {waits}"
                for conflict_sql in conflicts
            ),
            *self._capture_values(),
        ]

    def _capture_values(self) -> Iterator[str]:
        if not self._layout.wide:
            return
        for at, part in enumerate(self._layout.parts):
            yield (
                f"INSERT INTO {self._values} (k{listed(numbered('v', len(part)))})"
                f" SELECT -(2 * p.n + {at}) - 1{listed(self._cells('x', part))}"
                f" FROM {self._pen} AS p JOIN {self._table} AS x ON {self._is_penned('x', 'p')}"
                f" WHERE p.told IS NULL AND -(2 * p.n + {at}) - 1 NOT IN (SELECT k FROM {self._values} WHERE k < 0)"
            )

    # --- after -------------------------------------------------------------------------------------------------------

    def after_insert(self) -> list[str]:
        """What an INSERT does before it is logged itself."""
        return self._let_go("new", "") if self.needed else []

    def leftovers(self) -> list[str]:
        """Log who waits and is gone while nobody writes, and empty the pen."""
        return [self._tell("", ""), *self._empty("1")]

    def _let_go(self, new: str, owner: str) -> list[str]:
        told = self._tell(new, owner)
        if not self._shape.nested:  # who was not displaced goes when the pen is filled again
            return [told]
        given = zip(owners(self._layout), self._owner(owner), strict=False)
        return [told, *self._empty(" AND ".join(f"{held} IS {cell}" for held, cell in given))]

    def _tell(self, new: str, old: str) -> str:
        """Have those leave the pen who are gone, and so be logged, before the change that displaced them.

        Args:
            new: the row that may stand in the place of one that waits, or "".
            old: the row that was there before; it may wait itself since a statement that was ignored. Or "".
        """
        pen = self._pen
        gone = f"NOT EXISTS (SELECT 1 FROM {self._table} AS x WHERE {self._is_penned('x', pen)})"
        if new:
            gone = f"({gone} OR ({self._is_penned(new, pen)}))"
        if old:
            gone += f" AND NOT ({self._is_penned(old, pen)})"
        return f"DELETE FROM {pen} WHERE told IS NULL AND {gone}"

    def _displaced(self) -> Part:
        """Logs who leaves the pen as displaced: a trigger of the pen, which costs nothing while the pen is empty."""
        layout = self._layout
        own = penned(layout)
        body = [
            TICK,
            f"INSERT INTO {self._log} (seq, at, op, txn, rid{listed(own)}) SELECT c.seq, {AT}, {int(Op.DISPLACED)},"
            f" c.txn, old.rid{listed(_of('old', own))} FROM {names.CLOCK} AS c",
        ]
        if layout.wide:
            body += [
                f"UPDATE {self._values} SET k = (SELECT seq FROM {names.CLOCK}) * 4 + {at}"
                f" WHERE k = -(2 * old.n + {at}) - 1"
                for at in range(len(layout.parts))
            ]
        if self._shape.nested:
            named = (*owners(layout), *self._key_held())
            body.append(
                f"INSERT INTO {self._pen} (rid, told{listed(named)}) SELECT old.rid, c.seq{listed(_of('old', named))}"
                f" FROM {names.CLOCK} AS c"
            )
        left = f"EXISTS (SELECT 1 FROM {self._log} AS l WHERE l.seq > old.seq AND {self._left()})"
        when = f"old.told IS NULL AND NOT {left}"
        return Part("displaced", "AFTER DELETE", when, body, on_sql=self._pen)

    def _empty(self, which_sql: str) -> Iterator[str]:
        """Let rows go that were not displaced, and what reminds of those that were told."""
        yield f"UPDATE {self._pen} SET told = 0 WHERE {which_sql}"
        yield f"DELETE FROM {self._pen} WHERE {which_sql}"
        if self._layout.wide:
            waiting = f"SELECT n FROM {self._pen}"
            yield f"DELETE FROM {self._values} WHERE k < 0 AND ((-k - 1) / 2) NOT IN ({waiting})"

    def _left(self) -> str:
        """Whether a change `l` tells that a row of the pen, `old`, left its place."""
        if self._rowid:
            return "l.rid = old.rid AND (l.op >= 2 OR l.nrid IS NOT NULL)"
        same = " AND ".join(
            f"l.{held} = old.{held} COLLATE {quote(part.collation)}" for part, held in self._key()
        )
        return f"{same} AND (l.op >= 2 OR (l.op = 1 AND ({self._key_changed('l')})))"

    def _key_changed(self, log: str) -> str:
        """Whether an update `l` gave a row another key, as keys compare: `a` for `A` is none under NOCASE."""
        terms = []
        for part, place in zip(self._shape.key, self._layout.key, strict=True):
            mask, bit = self._layout.bit(place)
            same = f"{log}.n{place} = {log}.o{place} COLLATE {quote(part.collation)}"
            terms.append(f"({log}.m{mask} & {bit}{'' if self._layout.wide else f' AND NOT ({same})'})")
        return " OR ".join(terms)

    def _came(self) -> str:
        """Whether a change `l` put a row into the place of one of the pen, `p`."""
        if self._rowid:
            return "(l.op = 0 AND l.rid = p.rid) OR l.nrid = p.rid"
        if self._layout.wide:
            return f"l.op = 0 OR (l.op = 1 AND ({self._key_changed('l')}))"
        same = []
        for part, place in zip(self._shape.key, self._layout.key, strict=True):
            mask, bit = self._layout.bit(place)
            now = f"CASE WHEN l.op = 0 OR l.m{mask} & {bit} THEN l.n{place} ELSE l.o{place} END"
            same.append(f"{now} = p.o{place} COLLATE {quote(part.collation)}")
        return f"l.op < 2 AND {' AND '.join(same)}"

    # --- statements inside statements --------------------------------------------------------------------------------

    def told_already(self) -> str:
        """Whether the log told the row that is deleted as displaced, and not that it came again since; or "".

        SQLite fires the DELETE triggers of a displaced row after what foreign keys do because of it.
        """
        if not (self.needed and self._shape.nested):
            return ""
        return (
            f"EXISTS (SELECT 1 FROM {self._pen} AS p WHERE p.told > 0 AND {self._is_penned('old', 'p')}"
            f" AND NOT EXISTS (SELECT 1 FROM {self._log} AS l WHERE l.seq > p.told AND ({self._came()})))"
        )

    def forget_deleted(self) -> list[str]:
        """A row that was deleted waits no more."""
        if not (self.needed and self._shape.nested):
            return []
        return list(self._empty(f"told IS NULL AND {self._is_penned('old', self._pen)}"))

    def _follow(self) -> Part:
        """A row that changes while it waits in the pen waits as it is now."""
        layout, who = self._layout, self._is_penned("old", self._pen)
        stays = f"told IS NULL AND {who} AND {self._same_row('old', 'new')}"
        if layout.wide:
            body = [
                f"UPDATE {self._values} SET {self._set('v', range(len(part)), part)} WHERE k IN"
                f" (SELECT -(2 * n + {at}) - 1 FROM {self._pen} WHERE {stays})"
                for at, part in enumerate(layout.parts)
            ]
        else:
            body = [f"UPDATE {self._pen} SET {self._set('o', layout.kept, layout.kept)} WHERE {stays}"]
        return Part("penned_update", "AFTER UPDATE", f"EXISTS (SELECT 1 FROM {self._pen} WHERE {who})", body)

    def _set(self, letter: str, numbers: Sequence[int], places: Sequence[int]) -> str:
        pairs = zip(numbers, self._cells("new", places), strict=True)
        return ", ".join(f"{letter}{number} = {cell}" for number, cell in pairs)

    def _owner(self, side: str) -> tuple[str, ...]:
        """What names the row whose UPDATE it is; of an INSERT nothing does."""
        if not side:
            return ("NULL",)
        if self._rowid:
            return (f"{side}.{self._rowid}",)
        return self._cells(side, self._layout.key)

    # --- rows --------------------------------------------------------------------------------------------------------

    def _key_held(self) -> tuple[str, ...]:
        return () if self._rowid else tuple(held for _, held in self._key())

    def _same_row(self, one: str, another: str) -> str:
        if self._rowid:
            return f"{one}.{self._rowid} = {another}.{self._rowid}"
        return " AND ".join(
            f"{one}.{quote(part.column)} = {another}.{quote(part.column)} COLLATE {quote(part.collation)}"
            for part in self._shape.key
        )

    def _is_penned(self, row: str, pen: str) -> str:
        """Whether `row` is the one that waits under `pen`."""
        if self._rowid:
            return f"{row}.{self._rowid} = {pen}.rid"
        return " AND ".join(
            f"{row}.{quote(part.column)} = {pen}.{held} COLLATE {quote(part.collation)}"
            for part, held in self._key()
        )

    def _key(self) -> Iterator[tuple[KeyPart, str]]:
        """The parts of the key that names a row, with the columns of log and pen that hold them before a change."""
        for at, (part, place) in enumerate(zip(self._shape.key, self._layout.key, strict=True)):
            yield part, f"k{at}" if self._layout.wide else f"o{place}"

    def _cells(self, side: str, places: Sequence[int]) -> tuple[str, ...]:
        return tuple(f"{side}.{quote(self._layout.columns[place])}" for place in places)


def _of(side: str, columns: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"{side}.{each}" for each in columns)
