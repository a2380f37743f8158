"""What would come of rows beside all others: keys and values that may stand only once, and links between tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from steward_app.db import Session, fold, qualified, quote
from steward_app.kernel.values import SqlValue
from steward_app.services.audit.engine.model import Key, NotKept, UniqueKey, Value
from steward_app.services.audit.engine.values import StoredValues, bound
from steward_app.services.audit.undo.families import Family, Image
from steward_app.services.audit.undo.model import ONLY_ROW, Conflict, ConflictKind
from steward_app.services.audit.undo.walk import Row
from steward_app.services.schema.model import ForeignKey, Schema, Table

_MOST_VALUES = 900  # bound in one statement
_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")

Met = tuple[Row, Conflict]
"""A row that cannot be as it shall, and why."""


@dataclass(frozen=True, slots=True)
class _Once:
    """What may stand only once. `is_key`: it names the row."""

    columns: tuple[str, ...]
    collations: tuple[str, ...]
    where_sql: str = ""
    is_key: bool = False

    def of(self, row: Row) -> Key | None:
        """What the row shall have there, as it compares; None where a NULL keeps it from standing in the way."""
        values = [row.value(name) for name in self.columns]
        if any(value is None or isinstance(value, NotKept) for value in values):
            return None
        return tuple(map(collated, values, self.collations))  # type: ignore[arg-type]


class Meeting:
    """The rows that something is done to, among all that are there."""

    def __init__(
        self,
        session: Session,
        schema: Schema,
        families: Sequence[Family],
        rows: Sequence[Row],
        live: Mapping[int, Mapping[Key, Image]],
    ) -> None:
        """Args:
        live: by family, the rows of now among all keys that the rows had in the log.
        """
        self._session = session
        self._live = live
        self._schema = schema
        self._families = {each.table.name: each for each in families if each.table is not None}
        self._rows: dict[str, list[Row]] = {}
        self._by_key: dict[tuple[str, Key], Row] = {}
        self._coming: dict[tuple[str, tuple[str, ...]], set[Key]] = {}
        for row in rows:
            if row.touched:
                self._rows.setdefault(row.family.name, []).append(row)
                if row.before is not None:
                    self._by_key[row.family.name, row.before] = row

    def conflicts(self) -> Iterator[Met]:
        """What stands in the way."""
        for rows in self._rows.values():
            family = rows[0].family
            for once in _all_once(family):
                yield from self._clashing(family, rows, once)
            if family.table is not None:
                for key in family.table.foreign_keys:
                    yield from self._without_parent(rows, key)
                for child, key in self._schema.referring(family.table.name):
                    yield from self._pointed_to(rows, child, key)

    def _clashing(self, family: Family, rows: Sequence[Row], once: _Once) -> Iterator[Met]:
        wanted: dict[Key, Row] = {}
        asked: list[Key] = []
        kind = ConflictKind.KEY_TAKEN if once.is_key else ConflictKind.UNIQUE_CLASH
        for row in rows:
            if not row.exists or not (row.now is None or once.where_sql or _changes(row, once.columns)):
                continue
            value = once.of(row)
            if value is None or not self._covers(family, row, once.where_sql):
                continue
            other = wanted.setdefault(value, row)
            if other is not row:
                yield row, _conflict(kind, row, once.columns, family.name, other.after or ())
            elif not (once.is_key and self._is_free(row)):
                asked.append(value)
        found = self._match(family, once, asked) if asked else {}
        for value, key in found.items():
            row, holder = wanted[value], self._by_key.get((family.name, key))
            if holder is not row and (holder is None or self._stays(family, holder, once)):
                yield row, _conflict(kind, row, once.columns, family.name, key)

    def _is_free(self, row: Row) -> bool:
        """Whether it is known that no row of now has the number under which a row comes back."""
        if not row.family.current.by_rowid or row.now is not None or row.after != row.key:
            return False
        return row.key not in self._live.get(row.family.current.tid, {})

    def _stays(self, family: Family, holder: Row, once: _Once) -> bool:
        """Whether a row that something is done to keeps what it holds there."""
        return (
            holder.exists
            and not _changes(holder, once.columns)
            and self._covers(family, holder, once.where_sql)
        )

    def _match(self, family: Family, once: _Once, values: Sequence[Key]) -> dict[Key, Key]:
        """The rows of now that have these values, by value."""
        names = [
            f"{quote(c)} COLLATE {quote(how)}" for c, how in zip(once.columns, once.collations, strict=True)
        ]
        covered = f" AND ({once.where_sql})" if once.where_sql else ""
        read = [*family.key, *once.columns]
        found: dict[Key, Key] = {}
        for row in self._among(family.name, names, values, read, covered):
            at = len(family.key)
            found[tuple(map(collated, row[at:], once.collations))] = row[:at]
        return found

    def _covers(self, family: Family, row: Row, where_sql: str) -> bool:
        """Whether a partial index would cover the row as it shall be."""
        if not where_sql or family.shape is None:
            return True
        terms, values = [], []
        for column in family.shape.columns:
            value = row.value(column.name)
            mark, one = ("NULL", None) if isinstance(value, NotKept) else bound(value)
            term = _with_affinity(mark, value, column.affinity)
            terms.append(f"{term} COLLATE {quote(column.collation)} AS {quote(column.name)}")
            values += [one] if "?" in mark else []
        source = f"(SELECT {', '.join(terms)}) AS {quote(family.name)}"
        return bool(self._session.value(f"SELECT 1 FROM {source} WHERE {where_sql}", values))

    def _without_parent(self, rows: Sequence[Row], key: ForeignKey) -> Iterator[Met]:
        parent = self._schema.table(key.parent_table) if key.parent_table else None
        if parent is None or key.mismatch or len(key.columns) != len(key.parent_columns):
            return
        known: dict[Key, bool] = {}
        for row in rows:
            if not row.exists or not (row.now is None or _changes(row, key.columns)):
                continue
            value = _values(row, key.columns)
            if value is None:
                continue
            if value not in known:
                known[value] = self._has_parent(parent, key, value)
            if not known[value]:
                yield row, _conflict(ConflictKind.MISSING_PARENT, row, key.columns, parent.name)

    def _has_parent(self, parent: Table, key: ForeignKey, value: Key) -> bool:
        family = self._families.get(parent.name)
        named = family.key if family else parent.key_columns
        marks = [bound(each) for each in value]
        is_row = " AND ".join(
            f"{quote(c)} = {m}" for c, (m, _) in zip(key.parent_columns, marks, strict=True)
        )
        source = f"FROM {qualified(parent.name)} WHERE {is_row}"
        for found in StoredValues(self._session).some(
            list(map(quote, named)), source, *(o for _, o in marks)
        ):
            row = self._by_key.get((parent.name, found))
            if row is None or (row.exists and not _changes(row, key.parent_columns)):
                return True
        return self._comes(parent, key.parent_columns, value)

    def _pointed_to(self, rows: Sequence[Row], child: Table, key: ForeignKey) -> Iterator[Met]:
        if child.problem or key.mismatch or len(key.columns) != len(key.parent_columns):
            return
        parent = rows[0].family.table
        assert parent is not None
        leaving: dict[Key, Row] = {}
        for row in rows:
            if row.now is None or (row.exists and not _changes(row, key.parent_columns)):
                continue
            value = tuple(row.now.get(_own(row, name)) for name in key.parent_columns)
            if None not in value and not self._comes(parent, key.parent_columns, value):
                leaving[tuple(_as_compared(parent, key.parent_columns, value))] = row
        if not leaving:
            return
        family = self._families.get(child.name)
        named = family.key if family else child.key_columns
        names = [
            _compared(child, parent, *pair) for pair in zip(key.columns, key.parent_columns, strict=True)
        ]
        told: set[int] = set()
        for found in self._among(child.name, names, list(leaving), [*named, *key.columns]):
            pointer, at = self._by_key.get((child.name, found[: len(named)])), found[len(named) :]
            if pointer is not None and (not pointer.exists or _changes(pointer, key.columns)):
                continue
            row_gone = leaving.get(tuple(_as_compared(parent, key.parent_columns, at)))
            row_gone = row_gone or next(iter(leaving.values()))
            if id(row_gone) not in told:
                told.add(id(row_gone))
                yield (
                    row_gone,
                    _conflict(
                        ConflictKind.POINTED_TO, row_gone, key.columns, child.name, found[: len(named)]
                    ),
                )

    def _comes(self, table: Table, columns: Sequence[str], value: Key) -> bool:
        """Whether a row gets these values by the undo itself."""
        place = (table.name, tuple(columns))
        if place not in self._coming:
            self._coming[place] = {
                tuple(_as_compared(table, columns, values))
                for row in self._rows.get(table.name, ())
                if row.exists and (row.now is None or _changes(row, columns))
                if (values := _values(row, columns)) is not None
            }
        return tuple(_as_compared(table, columns, value)) in self._coming[place]

    def _among(
        self,
        table: str,
        names_sql: Sequence[str],
        values: Sequence[Key],
        read: Sequence[str],
        more_sql: str = "",
    ) -> Iterator[tuple[Value, ...]]:
        """Rows of now in which these terms have one of these values."""
        reader, told = StoredValues(self._session), list(map(quote, read))
        size = _MOST_VALUES // len(names_sql)
        for start in range(0, len(values), size):
            some = [[bound(value) for value in each] for each in values[start : start + size]]
            among = ", ".join(f"({', '.join(mark for mark, _ in each)})" for each in some)
            single = len(names_sql) == 1
            terms = names_sql[0] if single else f"({', '.join(names_sql)})"
            chosen = f"{terms} IN ({among})" if single else f"{terms} IN (VALUES {among})"
            bindings: list[SqlValue] = [value for each in some for _, value in each]
            yield from reader.some(told, f"FROM {qualified(table)} WHERE {chosen}{more_sql}", *bindings)


def collated(value: Value, collation: str) -> Value:
    """A value as a collation of SQLite's own compares it."""
    if isinstance(value, str):
        match fold(collation):
            case "nocase":
                return value.translate(_LOWER)
            case "rtrim":
                return value.rstrip(" ")
    return value


def _all_once(family: Family) -> Iterator[_Once]:
    """What may stand only once in a table: what names rows first."""
    if family.shape is None:
        return
    if family.current.by_rowid:
        yield _Once(family.key, ("BINARY",), is_key=True)
    known = {fold(name): name for name in family.columns}
    for unique in family.shape.uniques:
        if all(fold(part.column) in known for part in unique.parts):
            yield _once(unique, known, family)


def _once(unique: UniqueKey, known: dict[str, str], family: Family) -> _Once:
    columns = tuple(known[fold(part.column)] for part in unique.parts)
    is_key = not family.current.by_rowid and set(columns) == set(family.key) and not unique.where_sql
    return _Once(columns, tuple(part.collation for part in unique.parts), unique.where_sql, is_key)


def _with_affinity(mark_sql: str, value: Value | NotKept, affinity: str) -> str:
    """A value that compares as in its column: beside it `1` is '1' where the column holds text. It stays what it is."""
    if affinity == "TEXT" and isinstance(value, str):
        return f"CAST({mark_sql} AS TEXT)"
    if affinity in ("INTEGER", "REAL", "NUMERIC") and isinstance(value, int | float):
        return f"CAST({mark_sql} AS NUMERIC)"
    return mark_sql


def _conflict(
    kind: ConflictKind, row: Row, constraint: tuple[str, ...], other_table: str, other_key: Key = ()
) -> Conflict:
    named = row.before or row.after or row.key
    return Conflict(
        kind,
        row.family.name,
        named,
        ONLY_ROW,
        other_table=other_table,
        other_key=other_key,
        constraint=constraint,
    )


def _changes(row: Row, columns: Sequence[str]) -> bool:
    changed = {fold(name) for name in row.changed}
    return any(fold(name) in changed for name in columns)


def _own(row: Row, name: str) -> str:
    """A column's name as the family has it."""
    return next((each for each in row.family.columns if fold(each) == fold(name)), name)


def _values(row: Row, columns: Sequence[str]) -> Key | None:
    """What the row shall have there; None where one of it is NULL or not known."""
    values = [row.value(_own(row, name)) if _has(row, name) else None for name in columns]
    if any(value is None or isinstance(value, NotKept) for value in values):
        return None
    return tuple(values)  # type: ignore[arg-type]


def _has(row: Row, name: str) -> bool:
    return any(fold(each) == fold(name) for each in row.family.columns)


def _as_compared(table: Table, columns: Sequence[str], values: Sequence[Value]) -> Iterator[Value]:
    """Values as they compare in columns of a table: by their collation, and numbers in text as numbers."""
    for name, value in zip(columns, values, strict=True):
        column = table.column(name)
        if column is None:
            yield value
        elif isinstance(value, str) and column.affinity in ("INTEGER", "REAL", "NUMERIC"):
            yield _number(value)
        elif isinstance(value, int | float) and column.affinity == "TEXT":
            yield str(value)
        else:
            yield collated(value, column.collation)


def _number(text: str) -> Value:
    try:
        return float(text)
    except ValueError:
        return text


def _compared(child: Table, parent: Table, ours: str, theirs: str) -> str:
    """A column that points somewhere, compared by the collation of what it points to."""
    mine, its = child.column(ours), parent.column(theirs)
    if mine is None or its is None or fold(mine.collation) == fold(its.collation):
        return quote(ours)
    return f"{quote(ours)} COLLATE {quote(its.collation)}"
