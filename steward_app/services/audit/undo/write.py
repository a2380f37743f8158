"""Gives rows what they shall hold, and reads all of it again.

Rows that go leave first, then come those that change, then those that come back. Where rows exchange what may stand
only once, one of them waits under a value that is free.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TypeAlias

from steward_app.db import Session, WriteSession, fold, qualified, quote
from steward_app.kernel.errors import ErrorCode, Failure, Refused
from steward_app.kernel.plan import Check, TableChange
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.kernel.values import SqlValue
from steward_app.services.audit.engine.model import RawText, Value
from steward_app.services.audit.engine.values import bound, same
from steward_app.services.audit.undo.families import Family, Image
from steward_app.services.audit.undo.model import Conflict, ConflictKind
from steward_app.services.audit.undo.walk import Row
from steward_app.services.schema.check.predicates import orphan_sql
from steward_app.services.schema.model import ForeignKey, Schema, Table

_AT_ONCE = 300
_FREE_BITS = 62
_MOST_CHECKED = 100

Statement: TypeAlias = tuple[str, tuple[SqlValue, ...]]


def by_table(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Rows by the name of their table."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.family.name, []).append(row)
    return found


def changes(session: Session, rows: Sequence[Row]) -> tuple[TableChange, ...]:
    """How many rows come, change and go, per table. Before anything is written."""
    told = []
    for name, some in by_table(rows).items():
        before = session.count(f"SELECT count(*) FROM {qualified(name)}")
        came = sum(row.now is None for row in some)
        gone = sum(not row.exists for row in some)
        told.append(TableChange(name, before, before + came - gone, came, len(some) - came - gone, gone))
    return tuple(told)


def statements(rows: Sequence[Row]) -> dict[str, int]:
    """The statements with marks in the place of values, and for how many rows each is run."""
    told: dict[str, int] = {}
    for some in by_table(rows).values():
        for row in sorted(some, key=lambda each: (each.exists, each.now is None)):
            sql = (_delete if not row.exists else _insert if row.now is None else _update)(row)[0]
            told[sql] = told.get(sql, 0) + 1
    return told


def write(session: WriteSession, rows: Sequence[Row], context: Context) -> None:
    """Carry it out. Raises `Refused` where a rule of the table does not let a row be as it was."""
    for done, (name, some) in enumerate(by_table(rows).items()):
        context.report(done, unit="tables", note=name)
        context.checkpoint()
        _Table(session, some[0].family).write(some)


class _Table:
    """Writes the rows of one table."""

    def __init__(self, session: WriteSession, family: Family) -> None:
        self._session = session
        self._family = family

    def write(self, rows: Sequence[Row]) -> None:
        self._require_none(self._run([(row, _delete(row)) for row in rows if not row.exists]))
        put_back = [(row, _insert(row)) for row in rows if row.now is None and row.exists]
        put_back += self._update([row for row in rows if row.now is not None and row.exists])
        self._require_none(self._run(put_back))

    def _update(self, rows: Sequence[Row]) -> list[tuple[Row, Statement]]:
        """Change rows; the statements for those that had to be taken out, and come back at the end."""
        waiting = [(row, _update(row)) for row in rows]
        parked: set[int] = set()
        taken_out: list[tuple[Row, Statement]] = []
        while waiting:
            refused = self._run(waiting)
            if len(refused) < len(waiting):
                waiting = refused
                continue
            row = next((row for row, _ in refused if id(row) not in parked), None)
            if row is None:
                self._require_none(refused)
                break
            parked.add(id(row))
            waiting = [each for each in refused if each[0] is not row]
            moved = self._park(row)
            if moved is not None:
                waiting.append((row, moved))
            elif self._family.loses:
                self._require_none(refused)
            else:
                self._require_none(self._run([(row, _delete(row))]))
                taken_out.append((row, _insert(row)))
        return taken_out

    def _park(self, row: Row) -> Statement | None:
        """Give a row free values where it exchanges some; the statement that finds it then, or None if none fits."""
        shape = self._family.shape
        once = {fold(name) for name in (*self._family.key, *(shape.unique_columns if shape else ()))}
        free: dict[str, Value] = {name: self._free(name) for name in row.changed if fold(name) in once}
        if not free:
            return None
        sql, values = _update_to(row, free)
        if self._run([(row, (sql, values))]):
            return None
        assert row.now is not None
        return _update_to(row, row.changed, {**row.now, **free})

    def _free(self, name: str) -> Value:
        """A value that no row has in a column."""
        family = self._family
        assert family.table is not None
        column = family.table.column(name)
        number = -secrets.randbits(_FREE_BITS) - 1
        if column is None or column.rowid_alias:
            return number
        if not column.not_null and name not in family.key:
            return None
        match column.affinity:
            case "INTEGER" | "NUMERIC":
                return number
            case "REAL":
                return float(number)
            case "BLOB" if fold(column.declared_type) == "blob":
                return secrets.token_bytes(16)
        return secrets.token_hex(16)

    def _run(self, wanted: Sequence[tuple[Row, Statement]]) -> list[tuple[Row, Statement]]:
        """Run statements; those that a constraint refused."""
        groups: dict[str, list[tuple[Row, Statement]]] = {}
        for each in wanted:
            groups.setdefault(each[1][0], []).append(each)
        return [refused for sql, group in groups.items() for refused in self._run_one(sql, group)]

    def _run_one(self, sql: str, group: Sequence[tuple[Row, Statement]]) -> Iterator[tuple[Row, Statement]]:
        left = iter(group)
        at: tuple[Row, Statement] = group[0]

        def bindings() -> Iterator[tuple[SqlValue, ...]]:
            nonlocal at
            for at in left:
                yield at[1][1]

        while True:
            try:
                self._session.run_many(sql, bindings())
            except Failure as failure:
                if failure.code is not ErrorCode.CONSTRAINT:
                    raise
                yield at
            else:
                return

    def _require_none(self, refused: Sequence[tuple[Row, Statement]]) -> None:
        if refused:
            name = quoted(self._family.name)
            raise Refused(
                ErrorCode.BLOCKED,
                f"{plural(len(refused), 'row')} of {name} cannot be as before: a rule of the table refuses it.",
                hint="Everything was rolled back; the file is as it was before.",
            )


def compared(session: WriteSession, rows: Sequence[Row]) -> tuple[Check, ...]:
    """Every row holds what it shall, and those that shall go are gone."""
    told = []
    for name, some in by_table(rows).items():
        family = some[0].family
        shall = {row.after: row for row in some if row.exists}
        keys = {row.before for row in some if row.now is not None} | shall.keys()
        there = family.live(session, [key for key in keys if key is not None])
        wrong = sum(key not in shall for key in there)
        for key, row in shall.items():
            image = there.get(key) if key is not None else None
            wrong += image is None or not _holds(image, row)
        detail = f"{plural(wrong, 'row')} differ" if wrong else f"{plural(len(some), 'row')} compared"
        told.append(Check(f"Rows of {quoted(name)} are as before", not wrong, detail))
    return tuple(told)


def linked(
    session: WriteSession, schema: Schema, rows: Sequence[Row], conflicts: Sequence[Conflict] = ()
) -> tuple[Check, ...]:
    """No row points to nothing that did not before, or at the time it goes back to, which `conflicts` tell."""
    told = []
    then = {
        (each.table, each.constraint, each.key)
        for each in conflicts
        if each.kind is ConflictKind.MISSING_THEN
    }
    for name, some in by_table(rows).items():
        table = some[0].family.table
        assert table is not None
        wrong = 0
        for key in table.foreign_keys:
            held = [
                row for row in some if (name, key.columns, row.before or row.after or row.key) not in then
            ]
            wrong += _orphans(session, schema, table, key, held) if held else 0
        wrong += sum(_left_alone(session, schema, child, key, some) for child, key in schema.referring(name))
        detail = f"{plural(wrong, 'row points', 'rows point')} to nothing" if wrong else ""
        told.append(Check(f"No foreign key is broken by rows of {quoted(name)}", not wrong, detail))
    return tuple(told)


def _orphans(
    session: WriteSession, schema: Schema, table: Table, key: ForeignKey, rows: Sequence[Row]
) -> int:
    links = {fold(name) for name in key.columns}
    family = rows[0].family
    keys = [
        row.after
        for row in rows
        if row.exists and (row.now is None or any(fold(name) in links for name in row.changed))
    ]
    broken = "" if key.mismatch else orphan_sql(schema, table, key)
    return _count(session, table, family.key, keys, broken) if broken else 0


def _left_alone(
    session: WriteSession, schema: Schema, child: Table, key: ForeignKey, rows: Sequence[Row]
) -> int:
    broken = "" if key.mismatch or child.problem else orphan_sql(schema, child, key)
    named = {fold(name): name for name in rows[0].family.columns}
    columns = [named.get(fold(name), "") for name in key.parent_columns]
    if not broken or not all(columns) or len(columns) != len(key.columns):
        return 0
    left = [
        tuple(row.now[name] for name in columns)
        for row in rows
        if row.now is not None and (not row.exists or any(name in row.changed for name in columns))
    ]
    return _count(session, child, key.columns, [each for each in left if None not in each], broken)


def _count(
    session: WriteSession,
    table: Table,
    columns: Sequence[str],
    values: Sequence[tuple[Value, ...] | None],
    where_sql: str,
) -> int:
    """How many rows with one of these values meet a condition."""
    found = 0
    terms = ", ".join(f"{quote(table.name)}.{quote(name)}" for name in columns)
    for start in range(0, len(values), _AT_ONCE):
        some = [[bound(v) for v in each] for each in values[start : start + _AT_ONCE] if each is not None]
        among = ", ".join(f"({', '.join(mark for mark, _ in each)})" for each in some)
        chosen = f"{terms} IN ({among})" if len(columns) == 1 else f"({terms}) IN (VALUES {among})"
        found += session.count(
            f"SELECT count(*) FROM {qualified(table.name)} WHERE {chosen} AND ({where_sql})",
            [value for each in some for _, value in each],
        )
    return found


def _delete(row: Row) -> Statement:
    assert row.now is not None
    where, values = _is(row.family, row.now, row.now)
    return f"DELETE FROM {qualified(row.family.name)} WHERE {where}", values


def _update(row: Row) -> Statement:
    return _update_to(row, row.changed)


def _update_to(row: Row, cells: dict[str, Value], held: Image | None = None) -> Statement:
    """Give a row values. `held`: what it holds by then, where that is not what it holds now."""
    held = held or row.now
    assert held is not None
    where, found = _is(row.family, held, cells)
    marks, values = _given(tuple(cells.values()))
    # A constraint that says ON CONFLICT REPLACE would remove another row: OR ABORT has the last word.
    return _update_sql(row.family.name, tuple(cells), marks, where), (*values, *found)


def _insert(row: Row) -> Statement:
    cells: dict[str, Value] = row.cells if row.now is None else {**row.now, **row.cells}
    marks, values = _given(tuple(cells.values()))
    return _insert_sql(row.family.name, tuple(cells), marks), values


@lru_cache(maxsize=256)
def _update_sql(table: str, names: tuple[str, ...], marks: tuple[str, ...], where_sql: str) -> str:
    sets = ", ".join(f"{quote(name)} = {mark}" for name, mark in zip(names, marks, strict=True))
    return f"UPDATE OR ABORT {qualified(table)} SET {sets} WHERE {where_sql}"


@lru_cache(maxsize=256)
def _insert_sql(table: str, names: tuple[str, ...], marks: tuple[str, ...]) -> str:
    columns = ", ".join(map(quote, names))
    return f"INSERT OR ABORT INTO {qualified(table)} ({columns}) VALUES ({', '.join(marks)})"


@lru_cache(maxsize=256)
def _is_sql(
    key: tuple[str, ...], names: tuple[str, ...], key_marks: tuple[str, ...], marks: tuple[str, ...]
) -> str:
    terms = [f"{quote(name)} = {mark}" for name, mark in zip(key, key_marks, strict=True)]
    terms += [f"{quote(name)} IS {mark}" for name, mark in zip(names, marks, strict=True)]
    return " AND ".join(terms)


def _given(values: tuple[Value, ...]) -> tuple[tuple[str, ...], tuple[SqlValue, ...]]:
    """The marks that stand for values in SQL, and what is bound to them."""
    if not any(type(value) is RawText for value in values):
        return ("?",) * len(values), values  # type: ignore[return-value]
    given = [bound(value) for value in values]
    return tuple(mark for mark, _ in given), tuple(value for _, value in given)


def _is(family: Family, held: Image, checked: Iterable[str]) -> Statement:
    """Finds a row by its key, as long as its cells hold what they did when the undo was looked at.

    Of very many cells that is left to `compared`: SQLite takes no longer condition.
    """
    names = tuple(name for name in checked if name not in family.key)
    names = names if len(names) <= _MOST_CHECKED else ()
    key_marks, key = _given(tuple([held[name] for name in family.key]))
    marks, values = _given(tuple([held[name] for name in names]))
    return _is_sql(family.key, names, key_marks, marks), (*key, *values)


def _holds(image: Image, row: Row) -> bool:
    """Whether a row holds what it shall, and in all other columns what it did."""
    shall = row.cells if row.now is None else {**row.now, **row.cells}
    if image != shall and not image.keys() > shall.keys():
        return False
    return all(map(same, map(image.__getitem__, shall), shall.values()))
