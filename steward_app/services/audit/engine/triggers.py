"""The triggers that write the log, as SQL that plain SQLite 3.40 runs for every client, with an untrusted schema too.

Only operators, `typeof`, `julianday`, CASE and bit shifts. What they have to withstand:

* NULL, text of another case under NOCASE, 1 and 1.0: a change is what differs in bytes or in type.
* REPLACE removes rows without firing anything: `pens`.
* The triggers made last fire first. Ours are made last, so that the log tells an UPDATE before those that other
  triggers make because of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from steward_app.db.names import quote
from steward_app.services.audit.engine import names
from steward_app.services.audit.engine.ddl import listed, logged, numbered
from steward_app.services.audit.engine.layout import Layout
from steward_app.services.audit.engine.model import Op, Shape, ShapeColumn
from steward_app.services.audit.engine.pens import AT, TICK, Part, Pens

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
    return tuple(Pens(shape, layout).leftovers())


class _Writer:
    """Writes the triggers of one table."""

    def __init__(self, shape: Shape, layout: Layout) -> None:
        self._shape = shape
        self._layout = layout
        self._table = quote(shape.table)
        self._rowid = quote(shape.rowid) if shape.rowid else ""
        self._log = names.log_table(layout.tid)
        self._values = names.values_table(layout.tid)
        self._pens = Pens(shape, layout)

    def triggers(self) -> Iterator[Trigger]:
        told = self._pens.told_already()
        deleted = [*self._full(Op.DELETE, "old"), *self._pens.forget_deleted()]
        inserted = [*self._pens.after_insert(), *self._full(Op.INSERT, "new")]
        yield self._trigger(Part("after_insert", "AFTER INSERT", "", inserted))
        yield self._trigger(Part("after_delete", "AFTER DELETE", f"NOT {told}" if told else "", deleted))
        yield self._trigger(Part("after_update", "AFTER UPDATE", self._changed(), self._update()))
        yield from map(self._trigger, self._pens.parts())

    def _trigger(self, part: Part) -> Trigger:
        own = names.trigger(self._layout.tid, part.what)
        when = f" WHEN {part.when_sql}" if part.when_sql else ""
        body = "".join(f" {statement};" for statement in part.body)
        return Trigger(
            own,
            f"CREATE TRIGGER {own} {part.event_sql} ON {part.on_sql or self._table}{when} BEGIN{body} END",
        )

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
            terms[mask].append(f"({differs(self._shape.columns[place])} << {shift})")
        return (" + ".join(of_mask) or "0" for of_mask in terms)

    def _changed(self) -> str:
        moved = [f"old.{self._rowid} <> new.{self._rowid}"] if self._rowid else []
        return any_of([*moved, *(differs(self._shape.columns[place]) for place in self._layout.flagged)])

    def _name(self, place: int) -> str:
        return quote(self._layout.columns[place])


def differs(column: ShapeColumn) -> str:
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


def any_of(terms_sql: Sequence[str]) -> str:
    """The terms joined by OR, nested evenly: SQLite allows no expression to be deeper than 1,000."""
    if len(terms_sql) <= 2:
        return " OR ".join(terms_sql) or "0"
    half = len(terms_sql) // 2
    return f"({any_of(terms_sql[:half])}) OR ({any_of(terms_sql[half:])})"
