"""Reads the log of a table: every change with its values as they were stored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from steward_app.db import Session
from steward_app.kernel.values import SqlValue
from steward_app.services.audit.engine import names
from steward_app.services.audit.engine.ddl import logged, numbered
from steward_app.services.audit.engine.layout import Layout, layout
from steward_app.services.audit.engine.model import (
    NOT_KEPT,
    AuditedTable,
    Cell,
    Change,
    Key,
    Mode,
    NotKept,
    Op,
    Value,
)
from steward_app.services.audit.engine.values import StoredValues, bound

_HEAD = ("seq", "at", "op", "txn", "rid", "nrid")
_FEW = 400  # places in one list
_NO_END = (1 << 63) - 1
_BATCH = 2_000  # rows that are read at once
_WIDE_BATCH = 50  # rows of a thousand values


def changes(
    session: Session,
    audited: AuditedTable,
    *,
    first_seq: int = 1,
    last_seq: int | None = None,
    key: Key | None = None,
    newest_first: bool = False,
) -> Iterator[Change]:
    """The changes of one version of a table between two numbers, in order.

    Args:
        key: only those of the row that had this key before, or has it after.
        newest_first: in the opposite order.
    """
    decode = _Decoder(audited)
    found = rows(session, audited, first_seq=first_seq, last_seq=last_seq, key=key, newest_first=newest_first)
    for row in found:
        change = decode(row)
        if key is None or key in (change.key, change.new_key):
            yield change


def changes_at(session: Session, audited: AuditedTable, seqs: Sequence[int]) -> Iterator[Change]:
    """The changes with these numbers, in order; those of other tables are left out."""
    decode = _Decoder(audited)
    ordered = sorted(seqs)
    for start in range(0, len(ordered), _FEW):
        few = ordered[start : start + _FEW]
        chosen = f"seq IN ({', '.join(map(str, few))})"
        yield from map(decode, _read(session, layout(audited), few[0], few[-1], chosen, ()))


def rows(
    session: Session,
    audited: AuditedTable,
    *,
    first_seq: int = 1,
    last_seq: int | None = None,
    key: Key | None = None,
    newest_first: bool = False,
) -> Iterator[tuple[Value, ...]]:
    """The same as plain rows, for who reads very many: seq, at, op, txn, rid, nrid, the masks, then old values of the
    kept columns and new values of the kept columns, in the order of `layout(audited).kept`.
    """
    places = layout(audited)
    chosen, bindings = _of_key(audited, places, key) if key is not None else ("", ())
    last = _NO_END - 1 if last_seq is None else last_seq
    return _read(session, places, first_seq, last, chosen, bindings, newest_first=newest_first)


def _read(
    session: Session,
    places: Layout,
    first: int,
    last: int,
    chosen_sql: str,
    bindings: Sequence[SqlValue],
    *,
    newest_first: bool = False,
) -> Iterator[tuple[Value, ...]]:
    terms = (*_HEAD, *numbered("m", places.masks), *logged(places))
    chosen = f" AND {chosen_sql}" if chosen_sql else ""
    log = _Query(names.log_table(places.tid), "seq", chosen, first, last, newest_first)
    found = log.rows(StoredValues(session), terms, bindings, _BATCH)
    return _with_values(session, places, found, log) if places.wide else found


@dataclass(frozen=True, slots=True)
class _Query:
    """A range of a table of ours by its INTEGER PRIMARY KEY, in either direction."""

    source: str
    number: str
    chosen_sql: str
    first: int
    last: int
    newest_first: bool

    @property
    def end(self) -> int:
        return self.first if self.newest_first else self.last

    @property
    def after(self) -> int:
        """The place before the first that is read."""
        return self.last + 1 if self.newest_first else self.first - 1

    def rows(
        self, values: StoredValues, terms_sql: Sequence[str], bindings: Sequence[SqlValue], batch: int
    ) -> Iterator[tuple[Value, ...]]:
        """The rows, so many at once. The first term is the number."""
        near, far, order = (">=", "<", "DESC") if self.newest_first else ("<=", ">", "ASC")
        at, after = self.number, self.after
        rest = (
            f"FROM main.{self.source} WHERE {at} {near} ?{self.chosen_sql} AND {at} {far} ?"
            f" ORDER BY {at} {order} LIMIT ?"
        )
        while True:
            found = values.some(terms_sql, rest, self.end, *bindings, after, batch)
            yield from found
            if len(found) < batch:
                return
            after = int(str(found[-1][0]))


def _with_values(
    session: Session, places: Layout, found: Iterator[tuple[Value, ...]], log: _Query
) -> Iterator[tuple[Value, ...]]:
    """Rows of a wide log, with their values from the table beside it; both are read in the same order."""
    last = min(4 * log.last + 3, _NO_END - 1)
    query = _Query(names.values_table(places.tid), "k", "", 4 * log.first, last, log.newest_first)
    terms = ("k", *numbered("v", max(map(len, places.parts))))
    beside = query.rows(StoredValues(session), terms, (), _WIDE_BATCH)
    waiting = next(beside, None)
    head = len(_HEAD) + places.masks
    keyed = [places.kept.index(place) for place in places.key]
    for row in found:
        seq = int(str(row[0]))
        values: list[Value] = [None] * (2 * len(places.kept))
        while waiting is not None and _not_past(int(str(waiting[0])) // 4, seq, log):
            k = int(str(waiting[0])) - 4 * seq
            if 0 <= k < 4:
                side, part = divmod(k, 2)
                at = side * len(places.kept) + sum(map(len, places.parts[:part]))
                size = len(places.parts[part])
                values[at : at + size] = waiting[1 : 1 + size]
            waiting = next(beside, None)
        if row[2] == Op.UPDATE:  # its key is told where it stayed, too
            for index, value in zip(keyed, row[head:], strict=True):
                values[index] = value
        yield (*row[:head], *values)


def _not_past(of: int, seq: int, log: _Query) -> bool:
    return of >= seq if log.newest_first else of <= seq


def _of_key(audited: AuditedTable, places: Layout, key: Key) -> tuple[str, tuple[SqlValue, ...]]:
    """What finds the changes of one row in SQL; nothing where it is looked for in what was read."""
    if audited.by_rowid:
        number = key[0] if isinstance(key[0], int) else None
        return "(rid = ? OR nrid = ?)", (number, number)
    if places.wide:
        return "", ()
    before, after = [], []
    values: list[SqlValue] = []
    for place, value in zip(places.key, key, strict=True):
        mask, bit = places.bit(place)
        mark, one = bound(value)
        before.append(f"o{place} IS {mark}")
        after.append(f"CASE WHEN op = 0 OR m{mask} & {bit} THEN n{place} ELSE o{place} END IS {mark}")
        values.append(one)
    sql = f"((op > 0 AND {' AND '.join(before)}) OR (op < 2 AND {' AND '.join(after)}))"
    return sql, (*values, *values)


class _Decoder:
    """Makes a `Change` of a row of the log."""

    def __init__(self, audited: AuditedTable) -> None:
        places = layout(audited)
        self._tid = audited.tid
        self._by_rowid = audited.by_rowid
        self._alias = audited.alias
        self._old = len(_HEAD) + places.masks
        self._new = self._old + len(places.kept)
        at = {place: index for index, place in enumerate(places.kept)}
        column = audited.columns
        self._kept = [(column[place].name, index) for place, index in at.items()]
        self._unkept = [c.name for c in column if c.mode is Mode.FLAG and c.name != audited.alias]
        self._bits = [(*places.bit(p), column[p].name, at.get(p)) for p in places.flagged]
        self._key = [(*places.bit(place), at[place]) for place in places.key]

    def __call__(self, row: tuple[Value, ...]) -> Change:
        seq, stamp, op, txn, rid, nrid = row[:6]
        match op:
            case 0:
                cells = self._whole(row, self._new, rid, came=True)
                key: Key = tuple(row[self._new + index] for _, _, index in self._key)
                after: Key | None = key
            case 1:
                cells = self._changed(row, rid, nrid)
                key, after = self._keys(row)
            case _:
                cells = self._whole(row, self._old, rid, came=False)
                key, after = tuple(row[self._old + index] for _, _, index in self._key), None
        named, now = key, after
        if self._by_rowid:
            named = (rid,)
            now = None if after is None else (rid if nrid is None else nrid,)
        return Change(
            seq=seq,  # type: ignore[arg-type]
            at=stamp,  # type: ignore[arg-type]
            op=Op(op),  # type: ignore[arg-type]
            txn=txn,  # type: ignore[arg-type]
            tid=self._tid,
            key=named,
            new_key=now,
            cells=cells,
            primary_key=named if self._alias else key,
        )

    def _whole(self, row: tuple[Value, ...], start: int, rid: Value, *, came: bool) -> dict[str, Cell]:
        cells = {self._alias: Cell(None, rid) if came else Cell(rid, None)} if self._alias else {}
        for name in self._unkept:
            cells[name] = Cell(None, NOT_KEPT) if came else Cell(NOT_KEPT, None)
        for name, index in self._kept:
            value = row[start + index]
            cells[name] = Cell(None, value) if came else Cell(value, None)
        return cells

    def _changed(self, row: tuple[Value, ...], rid: Value, nrid: Value) -> dict[str, Cell]:
        cells = {self._alias: Cell(rid, nrid)} if self._alias and nrid is not None else {}
        for mask, bit, name, index in self._bits:
            if row[6 + mask] & bit:  # type: ignore[operator]
                old: Value | NotKept = NOT_KEPT if index is None else row[self._old + index]
                cells[name] = Cell(old, NOT_KEPT if index is None else row[self._new + index])
        return cells

    def _keys(self, row: tuple[Value, ...]) -> tuple[Key, Key]:
        before = tuple(row[self._old + index] for _, _, index in self._key)
        after = tuple(
            row[self._new + index] if row[6 + mask] & bit else row[self._old + index]  # type: ignore[operator]
            for mask, bit, index in self._key
        )
        return before, after
