"""The triggers that write the log, as SQL that plain SQLite 3.40 runs for every client, with an untrusted schema too.

Only operators, `typeof`, `julianday`, CASE and bit shifts. What they have to withstand:

* NULL, text of another case under NOCASE, 1 and 1.0: a change is what differs in bytes or in type.
* REPLACE removes rows without firing anything. Rows that the statement may displace are copied into a pen before it,
  and logged after it when they are gone. Who still stands was not displaced: the statement was ignored, or became an
  UPDATE.
* With `recursive_triggers` on, REPLACE does fire, and cascades may remove what waits in the pen: whose removal the log
  tells since it was copied was not displaced.
* The triggers made last fire first. Ours are made last, so that the log tells an UPDATE before those that other
  triggers make because of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from steward_app.db.names import fold, quote
from steward_app.services.audit import names
from steward_app.services.audit.ddl import listed, logged, numbered, owners, penned
from steward_app.services.audit.layout import Layout
from steward_app.services.audit.model import KeyPart, Op, Shape, ShapeColumn, UniqueKey

AT = "CAST((julianday() - 2440587.5) * 86400000.0 + 0.5 AS INTEGER)"
"""The moment the statement began, in milliseconds since 1970; the same for all its rows."""
TICK = f"UPDATE {names.CLOCK} SET seq = seq + 1 WHERE id = 1"

_LEAST = -(1 << 63)
_FREE = frozenset({"INTEGER", "NUMERIC"})


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger of ours: its name, and its text exactly as SQLite stores it."""

    name: str
    sql: str


def triggers(shape: Shape, layout: Layout) -> tuple[Trigger, ...]:
    """The triggers of one table, in the order in which they are made: the last one fires first."""
    return tuple(_Writer(shape, layout).triggers())


def leftovers(shape: Shape, layout: Layout) -> tuple[str, ...]:
    """Statements that log who waits in the pen and is gone, and empty it."""
    return tuple(_Writer(shape, layout).displaced(""))


class _Writer:
    """Writes the triggers of one table."""

    def __init__(self, shape: Shape, layout: Layout) -> None:
        self._shape = shape
        self._layout = layout
        self._table = quote(shape.table)
        self._rowid = quote(shape.rowid) if shape.rowid else ""
        self._log = names.log_table(layout.tid)
        self._pen = names.pen_table(layout.tid)
        self._values = names.values_table(layout.tid)
        self._columns = {fold(column.name): column for column in shape.columns}

    def triggers(self) -> Iterator[Trigger]:
        for event, side in (("INSERT", "new"), ("DELETE", "old")):
            op = Op.INSERT if event == "INSERT" else Op.DELETE
            yield self._trigger(f"after_{event.lower()}", f"AFTER {event}", "", self._full(op, side))
        yield self._trigger("after_update", "AFTER UPDATE", self._changed(), self._update())
        if not self._displacing:
            return
        keys = ", ".join(map(quote, self._shape.unique_columns))
        yield self._trigger("displaced_insert", "AFTER INSERT", self._waits(""), self.displaced("insert"))
        yield self._trigger(
            "displaced_update", f"AFTER UPDATE OF {keys}", self._waits("old"), self.displaced("update")
        )
        if self._shape.nested and self._layout.kept:
            yield self._follow()
        insert, update = self._conflicts(update=False), self._conflicts(update=True)
        yield self._trigger(
            "before_insert", "BEFORE INSERT", _any(self._exist(insert)), self._capture(insert, "")
        )
        yield self._trigger(
            "before_update",
            f"BEFORE UPDATE OF {keys}",
            _any(self._exist(update)),
            self._capture(update, "old"),
        )

    @property
    def _displacing(self) -> bool:
        return bool(self._shape.unique_columns)

    def _trigger(self, what: str, event_sql: str, when_sql: str, body: Sequence[str]) -> Trigger:
        own = names.trigger(self._layout.tid, what)
        when = f" WHEN {when_sql}" if when_sql else ""
        statements = "".join(f" {statement};" for statement in body)
        return Trigger(own, f"CREATE TRIGGER {own} {event_sql} ON {self._table}{when} BEGIN{statements} END")

    # --- the log of a change -----------------------------------------------------------------------------------------

    def _full(self, op: Op, side: str) -> list[str]:
        """A row that came, or one that went, whole."""
        letter = "n" if op is Op.INSERT else "o"
        head = f"seq, at, op, txn, rid{listed(self._full_columns(letter))}"
        rid = f"{side}.{self._rowid}" if self._rowid else "NULL"
        own = self._layout.key if self._layout.wide else self._layout.kept
        values_sql = listed(self._cells(side, own))
        return [
            TICK,
            f"INSERT INTO {self._log} ({head}) SELECT c.seq, {AT}, {int(op)}, c.txn, {rid}{values_sql}"
            f" FROM {names.CLOCK} AS c",
            *self._beside(0 if letter == "o" else 1, partial(self._cells, side), "", ""),
        ]

    def _full_columns(self, letter: str) -> tuple[str, ...]:
        if self._layout.wide:
            return numbered("k", len(self._layout.key))
        return tuple(f"{letter}{place}" for place in self._layout.kept)

    def _cells(self, side: str, places: Sequence[int]) -> tuple[str, ...]:
        return tuple(f"{side}.{self._name(place)}" for place in places)

    def _update(self) -> list[str]:
        """What changed in a row: the mask, and old and new values of what it covers."""
        layout = self._layout
        masks = numbered("m", layout.masks)
        old = f"old.{self._rowid}" if self._rowid else "NULL"
        new = (
            f"CASE WHEN old.{self._rowid} <> new.{self._rowid} THEN new.{self._rowid} END"
            if self._rowid
            else "NULL"
        )
        if layout.wide:
            values = self._cells("old", layout.key)
        else:
            values = (*self._where_changed("old", layout.kept), *self._where_changed("new", layout.kept))
        made = ", ".join(f"{mask_sql} AS m{at}" for at, mask_sql in enumerate(self._masks()))
        return [
            TICK,
            f"INSERT INTO {self._log} (seq, at, op, txn, rid, nrid{listed(masks + logged(layout))})"
            f" SELECT c.seq, {AT}, 1, c.txn, {old}, {new}{listed(tuple(f'z.{mask}' for mask in masks))}{listed(values)}"
            f" FROM {names.CLOCK} AS c, (SELECT {made}) AS z",
            *(
                statement
                for number, side in enumerate(("old", "new"))
                for statement in self._beside(
                    number,
                    partial(self._where_changed, side),
                    f" JOIN {self._log} AS z ON z.seq = c.seq",
                    " OR ".join(f"z.{mask}" for mask in masks),
                )
            ),
        ]

    def _where_changed(self, side: str, places: Sequence[int]) -> tuple[str, ...]:
        terms = []
        for place in places:
            mask, bit = self._layout.bit(place)
            cell = f"{side}.{self._name(place)}"
            always = side == "old" and place in self._layout.key and not self._layout.wide
            terms.append(cell if always else f"CASE WHEN z.m{mask} & {bit} THEN {cell} END")
        return tuple(terms)

    def _beside(
        self, side: int, cells: Callable[[Sequence[int]], tuple[str, ...]], source_sql: str, when_sql: str
    ) -> Iterator[str]:
        """Of a wide log, the rows of values."""
        if not self._layout.wide:
            return
        where = f" WHERE {when_sql}" if when_sql else ""
        for at, part in enumerate(self._layout.parts):
            yield (
                f"INSERT INTO {self._values} (k{listed(numbered('v', len(part)))})"
                f" SELECT c.seq * 4 + {2 * side + at}{listed(cells(part))} FROM {names.CLOCK} AS c{source_sql}{where}"
            )

    def _masks(self) -> Iterator[str]:
        terms: list[list[str]] = [[] for _ in range(self._layout.masks)]
        for place in self._layout.flagged:
            mask, bit = self._layout.bit(place)
            shift = bit.bit_length() - 1
            terms[mask].append(f"({_differs(self._shape.columns[place])} << {shift})")
        return (" + ".join(of_mask) or "0" for of_mask in terms)

    def _changed(self) -> str:
        moved = [f"old.{self._rowid} <> new.{self._rowid}"] if self._rowid else []
        return _any([*moved, *(_differs(self._shape.columns[place]) for place in self._layout.flagged)])

    # --- rows that REPLACE displaces ---------------------------------------------------------------------------------

    def _conflicts(self, *, update: bool) -> list[str]:
        """For each key, which rows `x` the row to be written would collide with."""
        but_itself = ""
        if update:
            same = self._same_row("x", "old")
            but_itself = f" AND NOT ({same})"
        found = [f"x.{self._rowid} = new.{self._rowid}{but_itself}"] if self._rowid else []
        return [*found, *(self._collides(unique) + but_itself for unique in self._shape.uniques)]

    def _collides(self, unique: UniqueKey) -> str:
        terms = [
            f"x.{quote(part.column)} = {self._given(part.column)} COLLATE {quote(part.collation)}"
            for part in unique.parts
        ]
        return " AND ".join([*terms, f"({unique.where_sql})"] if unique.where_sql else terms)

    def _given(self, of_column: str) -> str:
        """The value a row will have: REPLACE puts the default in the place of a NULL that may not stand."""
        cell = f"new.{quote(of_column)}"
        column = self._columns.get(fold(of_column))
        return f"coalesce({cell}, {column.filled_sql})" if column and column.filled_sql else cell

    def _same_row(self, one: str, another: str) -> str:
        if self._rowid:
            return f"{one}.{self._rowid} = {another}.{self._rowid}"
        return " AND ".join(
            f"{one}.{quote(part.column)} = {another}.{quote(part.column)} COLLATE {quote(part.collation)}"
            for part in self._shape.key
        )

    def _exist(self, conflicts: Sequence[str]) -> list[str]:
        return [f"EXISTS (SELECT 1 FROM {self._table} AS x WHERE {each})" for each in conflicts]

    def _waits(self, owner: str) -> str:
        """Whether rows wait for this very statement. One inside another, a foreign key's, leaves them waiting."""
        own = ""
        if self._shape.nested:
            given = zip(owners(self._layout), self._owner(owner), strict=False)
            own = " WHERE " + " AND ".join(f"{held} IS {cell}" for held, cell in given)
        return f"EXISTS (SELECT 1 FROM {self._pen}{own})"

    def _owner(self, side: str) -> tuple[str, ...]:
        """What names the row whose UPDATE it is; of an INSERT nothing does."""
        if not side:
            return ("NULL",)
        if self._rowid:
            return (f"{side}.{self._rowid}",)
        return self._cells(side, self._layout.key)

    def _capture(self, conflicts: Sequence[str], owner: str) -> list[str]:
        layout = self._layout
        owned = self._owner(owner)
        into = listed(owners(layout)[: len(owned)] + penned(layout))
        rid = f"x.{self._rowid}" if self._rowid else "NULL"
        own = layout.key if layout.wide else layout.kept
        cells = listed(tuple(f"x.{self._name(place)}" for place in own))
        seq = f"(SELECT seq FROM {names.CLOCK})"
        statements = [f"DELETE FROM {self._pen}"]
        for conflict_sql in conflicts:
            again = f" AND NOT EXISTS (SELECT 1 FROM {self._pen} AS p WHERE {self._is_penned('x', 'p')})"
            statements.append(
                f"INSERT INTO {self._pen} (seq, rid{into}) SELECT {seq}, {rid}{listed(owned)}{cells} FROM {self._table} AS x WHERE {conflict_sql}{again}"
            )
        if layout.wide:
            statements.insert(0, f"DELETE FROM {self._values} WHERE k < 0")
            statements += [
                f"INSERT INTO {self._values} (k{listed(numbered('v', len(part)))})"
                f" SELECT -(2 * p.n + {at}) - 1{listed(tuple(f'x.{self._name(place)}' for place in part))}"
                f" FROM {self._pen} AS p JOIN {self._table} AS x ON {self._is_penned('x', 'p')}"
                for at, part in enumerate(layout.parts)
            ]
        return statements

    def _is_penned(self, row: str, pen: str) -> str:
        """Whether `row` is the one that waits under `pen`."""
        if self._rowid:
            return f"{row}.{self._rowid} = {pen}.rid"
        return " AND ".join(
            f"{row}.{quote(part.column)} = {pen}.{held} COLLATE {quote(part.collation)}"
            for part, held in self._key_columns()
        )

    def _key_columns(self) -> Iterator[tuple[KeyPart, str]]:
        """The parts of the key that names a row, with the columns of log and pen that hold them before a change."""
        for at, (part, place) in enumerate(zip(self._shape.key, self._layout.key, strict=True)):
            yield part, f"k{at}" if self._layout.wide else f"o{place}"

    def displaced(self, by: str) -> list[str]:
        """Log who waits in the pen and is gone, before the change that displaced them.

        Args:
            by: "insert" or "update", where a new row may stand in the place of one that waits.
        """
        layout, pen = self._layout, self._pen
        gone = f"NOT EXISTS (SELECT 1 FROM {self._table} AS x WHERE {self._is_penned('x', pen)})"
        displaced = gone
        if by:
            displaced = f"({gone} OR ({self._is_penned('new', pen)}))"
        if by == "update":  # the row that was moved itself may wait there since a statement that was ignored
            displaced += f" AND NOT ({self._is_penned('old', pen)})"
        told = f"EXISTS (SELECT 1 FROM {self._log} AS l WHERE l.seq > {pen}.seq AND {self._left()})"
        rank = f"(SELECT count(*) FROM {pen} AS z WHERE z.n <= p.n)"
        own = penned(layout)
        into = listed(numbered("k", len(layout.key)) if layout.wide else own)
        statements = [
            f"DELETE FROM {pen} WHERE NOT ({displaced} AND NOT {told})",
            f"INSERT INTO {self._log} (seq, at, op, txn, rid{into})"
            f" SELECT c.seq + {rank}, {AT}, {int(Op.DISPLACED)}, c.txn, p.rid{listed(tuple(f'p.{o}' for o in own))}"
            f" FROM {names.CLOCK} AS c, {pen} AS p",
            f"UPDATE {names.CLOCK} SET seq = seq + (SELECT count(*) FROM {pen}) WHERE id = 1",
            f"DELETE FROM {pen}",
        ]
        if layout.wide:
            n = "((-k - 1) / 2)"
            statements.insert(
                1, f"DELETE FROM {self._values} WHERE k < 0 AND {n} NOT IN (SELECT n FROM {pen})"
            )
            statements.insert(
                3,
                f"UPDATE {self._values} SET k = ((SELECT seq FROM {names.CLOCK}) + (SELECT count(*) FROM {pen} AS z"
                f" WHERE z.n <= {n})) * 4 + (-k - 1) % 2 WHERE k < 0",
            )
        return statements

    def _left(self) -> str:
        """Whether a change `l` tells that the row that waits in the pen left its place."""
        if self._rowid:
            return f"l.rid = {self._pen}.rid AND (l.op >= 2 OR l.nrid IS NOT NULL)"
        same = " AND ".join(
            f"l.{held} = {self._pen}.{held} COLLATE {quote(part.collation)}"
            for part, held in self._key_columns()
        )
        bits: dict[int, int] = {}
        for place in self._layout.key:
            mask, bit = self._layout.bit(place)
            bits[mask] = bits.get(mask, 0) | bit
        moved = " OR ".join(f"l.m{mask} & {bit}" for mask, bit in bits.items())
        return f"{same} AND (l.op >= 2 OR (l.op = 1 AND ({moved})))"

    def _follow(self) -> Trigger:
        """A row that changes while it waits in the pen waits as it is now."""
        layout, who = self._layout, self._is_penned("old", self._pen)
        stays = f"{who} AND {self._same_row('old', 'new')}"
        if layout.wide:
            body = [
                f"UPDATE {self._values} SET {self._set('v', part)} WHERE k IN"
                f" (SELECT -(2 * n + {at}) - 1 FROM {self._pen} WHERE {stays})"
                for at, part in enumerate(layout.parts)
            ]
        else:
            sets = ", ".join(f"o{place} = new.{self._name(place)}" for place in layout.kept)
            body = [f"UPDATE {self._pen} SET {sets} WHERE {stays}"]
        waits = f"EXISTS (SELECT 1 FROM {self._pen} WHERE {who})"
        return self._trigger("penned_update", "AFTER UPDATE", waits, body)

    def _set(self, letter: str, places: Sequence[int]) -> str:
        return ", ".join(f"{letter}{at} = new.{self._name(place)}" for at, place in enumerate(places))

    def _name(self, place: int) -> str:
        return quote(self._layout.columns[place])


def _differs(column: ShapeColumn) -> str:
    """Whether a column changed in bytes or in type, and no dearer than its affinity asks for.

    Text compares with text alone where it is text by affinity. A REAL that is a whole number becomes an INTEGER where
    affinity is numeric, but for the least one. Where there is no affinity, equal numbers may differ in type.
    """
    old, new = (f"{side}.{quote(column.name)}" for side in ("old", "new"))
    collated = " COLLATE BINARY" if column.collation != "BINARY" else ""
    differ = f"{old}{collated} IS NOT {new}"
    types = f"typeof({old}) <> typeof({new})"
    if column.exact or column.affinity in ("TEXT", "REAL"):
        return f"({differ})"
    if column.affinity in _FREE:
        return f"({differ} OR ({old} <= {_LEAST} AND {types}))"
    return f"({differ} OR {types})"


def _any(terms_sql: Sequence[str]) -> str:
    """The terms joined by OR, nested evenly: SQLite allows no expression to be deeper than 1,000."""
    if len(terms_sql) <= 2:
        return " OR ".join(terms_sql) or "0"
    half = len(terms_sql) // 2
    return f"({_any(terms_sql[:half])}) OR ({_any(terms_sql[half:])})"
