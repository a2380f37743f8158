"""Relations that nobody declared: suspected from names and types, then measured on the values.

A suspicion is a column whose name says it points to another table (`staff_id` to the key of `staff`). What it is
worth is measured: how many of its distinct values are found in the parent's key. Huge tables are sampled from
many places, so that the cost is bounded; `exact` reads every row.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.db.names import fold, qualified, quote
from steward_app.db.session import Session
from steward_app.kernel.progress import Context
from steward_app.services.schema.model import Column, Schema, Table, TableKind
from steward_app.services.schema.statistics import RowidRange, rowid_range

T = TypeVar("T")

_PLACES = 32  # places of a huge table that are looked at
_ROWS_A_PLACE = 64
_READ_WHOLE = 5_000  # rows up to which a table is read whole
_LEAST_INCLUDED = 0.5  # below, the values speak against the name
_MOST_PARENTS = 3  # suspicions measured for one column
_MOST_NAMESAKES = 20  # keys of one name; of more, the name says nothing
_MOST_WORDS = 12  # words of a name that are looked at
_NUMERIC = frozenset({"INTEGER", "REAL", "NUMERIC"})
KEY_WORDS = frozenset(
    {"id", "ids", "code", "key", "no", "nr", "num", "number", "ref", "fk", "uuid", "guid", "pk"}
)
_TOO_COMMON = KEY_WORDS | {
    "name",
    "title",
    "type",
    "status",
    "value",
    "date",
    "description",
    "position",
    "sort",
}
_UP = frozenset({"parent", "manager", "supervisor", "report", "boss", "head", "superior", "root"})


@dataclass(frozen=True, slots=True)
class InferredRelation:
    """A relation that is not declared but that names and values suggest.

    Attributes:
        child, child_columns: where the values point from.
        parent, parent_columns: the key they seem to point to.
        confidence: from 0 to 1; see `confidence`.
        included: distinct child values (NULL left out) that are found in the parent, of those looked at.
        distinct: distinct child values looked at.
        sampled: True when only a sample of the child's rows was looked at.
        evidence: why, in sentences without values of rows.
    """

    child: str
    child_columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]
    confidence: float
    included: int
    distinct: int
    sampled: bool
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A relation that names and types suggest; `weight` from 0 to 1."""

    child: Table
    child_columns: tuple[str, ...]
    parent: Table
    parent_columns: tuple[str, ...]
    weight: float
    reason: str


def infer_relations(
    session: Session,
    schema: Schema,
    context: Context | None = None,
    *,
    exact: bool = False,
    least_confidence: float = 0.3,
) -> tuple[InferredRelation, ...]:
    """The relations names suggest and values bear out, most certain first.

    Args:
        exact: read every row instead of a sample of huge tables.
        least_confidence: leave out what is less certain.

    Raises:
        Cancelled: when the context was cancelled.
    """
    context = context or Context()
    suspicions = suspect(schema)
    found: dict[tuple[str, tuple[str, ...]], InferredRelation] = {}
    with session.under(context):
        for done, suspicion in enumerate(suspicions):
            context.checkpoint()
            context.report(done, len(suspicions), unit="relations", note=suspicion.child.name)
            relation = _measure(session, suspicion, exact=exact)
            if relation is None or relation.confidence < least_confidence:
                continue
            place = (relation.child, relation.child_columns)
            if place not in found or found[place].confidence < relation.confidence:
                found[place] = relation
    return tuple(sorted(found.values(), key=lambda r: (-r.confidence, r.child, r.child_columns)))


def suspect(schema: Schema) -> tuple[Suspicion, ...]:
    """What names and types alone suggest, in order of the tables; nothing is read from the rows."""
    tables = [t for t in schema.tables if t.kind is TableKind.TABLE and not t.problem]
    keys = _Keys(tables)
    suspicions: list[Suspicion] = []
    for child in tables:
        declared = {tuple(map(fold, key.columns)) for key in child.foreign_keys}
        for column in child.columns:
            if not column.hidden and (fold(column.name),) not in declared:
                suspicions += _suspect_column(child, column, keys.near(child, column))
        for suspicion in _suspect_composite(child, keys.composite(child)):
            if tuple(map(fold, suspicion.child_columns)) not in declared:
                suspicions.append(suspicion)
    return tuple(suspicions)


def confidence(weight: float, included: int, distinct: int) -> float:
    """How sure the measured suspicion is, from 0 to 1.

    The part of the values that is found counts most (squared: one orphan in ten is a lot), then the weight of
    the name, then how many different values there were: a single one proves little. Without any value the name
    alone stays, at half its weight.
    """
    if not distinct:
        return round(weight / 2, 2)
    return round((included / distinct) ** 2 * math.sqrt(weight) * distinct / (distinct + 1), 2)


def unique_columns(table: Table) -> list[tuple[str, ...]]:
    """Every set of columns that names a row of the table: primary key first."""
    found: dict[tuple[str, ...], None] = {}
    if table.primary_key:
        found[table.primary_key.columns] = None
    for index in table.indexes:
        columns = tuple(term.name for term in index.columns)
        if index.unique and not index.where and all(columns) and columns != ("rowid",):
            found[columns] = None
    return list(found)


class _Keys:
    """The keys of all tables, found by words: a column is compared with the few it could mean."""

    def __init__(self, tables: Sequence[Table]) -> None:
        self._by_first: dict[str, list[tuple[Table, tuple[str, ...]]]] = defaultdict(list)
        self._by_words: dict[tuple[str, ...], list[tuple[Table, Column]]] = defaultdict(list)
        self._of_table: dict[str, list[tuple[Table, Column]]] = defaultdict(list)
        for table in tables:
            for columns in unique_columns(table):
                key = table.column(columns[0])
                if len(columns) > 1:
                    self._by_first[fold(columns[0])].append((table, columns))
                elif key is not None:
                    self._of_table[table.name].append((table, key))
                    for words in {words_of(table.name), words_of(key.name)}:
                        self._by_words[words].append((table, key))

    def near(self, child: Table, column: Column) -> list[tuple[Table, Column]]:
        """Keys whose table or column is named by neighbouring words of the column's name, and the child's own."""
        words = words_of(column.name)[:_MOST_WORDS]
        parts = {words[i:j] for i in range(len(words)) for j in range(i + 1, len(words) + 1)}
        found = {
            (t.name, k.name): (t, k) for part in sorted(parts) for t, k in _telling(self._by_words.get(part))
        }
        found |= {(t.name, k.name): (t, k) for t, k in self._of_table.get(child.name, ())}
        return list(found.values())

    def composite(self, child: Table) -> list[tuple[Table, tuple[str, ...]]]:
        """Keys of several columns whose first column has a namesake in the child."""
        firsts = dict.fromkeys(fold(column.name) for column in child.columns)
        return [key for first in firsts for key in _telling(self._by_first.get(first))]


def _telling(keys: list[T] | None) -> list[T]:
    """The keys, unless there are so many of that name (`id` in every table) that it says nothing."""
    return keys if keys and len(keys) <= _MOST_NAMESAKES else []


def _suspect_column(child: Table, column: Column, keys: Iterable[tuple[Table, Column]]) -> list[Suspicion]:
    suspicions = []
    for parent, key in keys:
        if (parent is child and key.name == column.name) or not _comparable(column, key):
            continue
        weight, reason = _weight(child, column, parent, key)
        if weight:
            suspicions.append(Suspicion(child, (column.name,), parent, (key.name,), weight, reason))
    suspicions.sort(key=lambda s: -s.weight)
    return suspicions[:_MOST_PARENTS]


def _suspect_composite(child: Table, parents: Iterable[tuple[Table, tuple[str, ...]]]) -> Iterator[Suspicion]:
    """A key of several columns whose names, not all of them common, stand in another table."""
    for parent, columns in parents:
        if parent is child:
            continue
        pairs = [(child.column(name), parent.column(name)) for name in columns]
        if not all(own and target and _comparable(own, target) for own, target in pairs):
            continue
        if any(fold(name) not in _TOO_COMMON for name in columns):
            names = tuple(own.name for own, _ in pairs if own)
            reason = f"all columns of the key of {parent.name} stand in {child.name} by name"
            yield Suspicion(child, names, parent, columns, 0.7, reason)


def _comparable(child: Column, parent: Column) -> bool:
    if child.affinity == parent.affinity or not child.declared_type or not parent.declared_type:
        return True
    return child.affinity in _NUMERIC and parent.affinity in _NUMERIC


def _weight(child: Table, column: Column, parent: Table, key: Column) -> tuple[float, str]:
    """What the names are worth, and why."""
    words, table, target = words_of(column.name), words_of(parent.name), words_of(key.name)
    is_primary = key.key_position > 0
    own_key = column.key_position and child.primary_key and len(child.primary_key.columns) == 1
    if words == target and not _TOO_COMMON.issuperset(words):
        names_table = table == words[: len(table)]
        weight = 0.95 if names_table else 0.5
        if own_key and not names_table:
            return 0.0, ""
        return weight if parent is not child else 0.0, f"both are called {key.name}"
    if words == table + target:
        return 0.95, f"the name is made of {parent.name} and {key.name}"
    if len(words) > len(table) and words[: len(table)] == table and set(words[len(table) :]) <= KEY_WORDS:
        return (0.6, f"the name is made of {parent.name} and a word for a key") if is_primary else (0.0, "")
    if words == table and is_primary:
        return 0.7, f"the name is that of {parent.name}"
    if parent is child and is_primary and words[:1] and words[0] in _UP:
        return 0.7, "the name speaks of a row above in the same table"
    for whole in (table + target, target if not _TOO_COMMON.issuperset(target) else ()):
        if whole and len(words) > len(whole) and words[-len(whole) :] == tuple(whole):
            return 0.75, f"the name ends as the key of {parent.name}"
    return 0.0, ""


@lru_cache(maxsize=50_000)
def words_of(name: str) -> tuple[str, ...]:
    """A name's words, small, in the singular: "OrderLines" and "order_line" are the same."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return tuple(_singular(word.casefold()) for word in re.split(r"[\W_]+", spaced) if word)


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _measure(session: Session, suspicion: Suspicion, *, exact: bool) -> InferredRelation | None:
    rows, bindings, sampled = _rows(session, suspicion.child, suspicion.child_columns, exact=exact)
    columns = [f"v{i}" for i in range(len(suspicion.child_columns))]
    matches = " AND ".join(
        f"p.{quote(key)} = {value}" for key, value in zip(suspicion.parent_columns, columns, strict=True)
    )
    not_null = " AND ".join(f"{value} IS NOT NULL" for value in columns)
    sql = (
        f"SELECT count(*), coalesce(sum(EXISTS (SELECT 1 FROM {qualified(suspicion.parent.name)} AS p"
        f" WHERE {matches})), 0) FROM (SELECT DISTINCT * FROM ({rows}) WHERE {not_null})"
    )
    try:
        with in_sqlites_words():
            row = session.one(sql, bindings)
    except SqliteSays:
        return None
    distinct, included = (value if isinstance(value, int) else 0 for value in row or (0, 0))
    if distinct and included / distinct < _LEAST_INCLUDED:
        return None
    return InferredRelation(
        child=suspicion.child.name,
        child_columns=suspicion.child_columns,
        parent=suspicion.parent.name,
        parent_columns=suspicion.parent_columns,
        confidence=confidence(suspicion.weight, included, distinct),
        included=included,
        distinct=distinct,
        sampled=sampled,
        evidence=(suspicion.reason, _counted(included, distinct, sampled=sampled)),
    )


def _counted(included: int, distinct: int, *, sampled: bool) -> str:
    if not distinct:
        return "there are no values to compare yet"
    among = "different values of a sample" if sampled else "different values"
    return f"{included:,} of {distinct:,} {among} are found in the parent"


def _rows(
    session: Session, table: Table, columns: Sequence[str], *, exact: bool
) -> tuple[str, tuple[int, ...], bool]:
    """A query for the columns as v0, v1, ... over all rows or a sample, its bindings, and whether it is a sample."""
    values = ", ".join(f"{quote(column)} AS v{i}" for i, column in enumerate(columns))
    select = f"SELECT {values} FROM {qualified(table.name)}"
    extent: RowidRange | None = rowid_range(session, table)
    if exact or (extent is not None and extent.span <= _READ_WHOLE):
        return select, (), False
    if extent is None:  # no rowid to jump by: the first rows in key order
        limit = _PLACES * _ROWS_A_PLACE
        more = session.value(f"SELECT 1 FROM {qualified(table.name)} LIMIT 1 OFFSET ?", (limit,))
        return f"{select} LIMIT ?", (limit,), more is not None
    place = f"SELECT * FROM ({select} WHERE {extent.name} >= ? LIMIT {_ROWS_A_PLACE})"
    starts = tuple(extent.first + extent.span * i // _PLACES for i in range(_PLACES))
    return " UNION ALL ".join([place] * _PLACES), starts, True
