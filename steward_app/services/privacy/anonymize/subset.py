"""Which rows a copy holds: a share of a table or a filter, closed over foreign keys.

    chosen     rows of one table, by a keyed draw or by the filter
    children   of every chosen row, the rows that point to it, and those that point to them
    parents    of all of these, what they point to, and what that points to; their other children stay out

The table chosen from only gets more rows where others need them as parents: else a share of the employees would pull in
everybody below them. Following both ways without end would bring nearly everything along.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from steward_app.db import ReadSession, Session, all_of, fold, qualified, quote
from steward_app.db.bounded import MOST_ON_EMPTY, TooLong, bounded
from steward_app.db.query import check_query
from steward_app.db.raw_rows import RawRows
from steward_app.db.row_bytes import encoded
from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.rules import Limits, Relation, Subset
from steward_app.services.schema.model import Schema, Table, TableKind

_DRAWN = "temp.steward_subset_drawn"
_STEPS_A_ROW = 500  # of SQLite, that a filter gets: enough to look into another table by an index


@dataclass(frozen=True, slots=True)
class Edge:
    """Rows of `child` point to rows of `parent` by equal values."""

    child: Table
    columns: tuple[str, ...]
    parent: Table
    parent_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The rows that go along, as temporary tables of the session that chose them.

    Attributes:
        places: by table, the temporary table that holds the keys of its rows.
        keys: by table, what names a row.
        counts: rows of each table that go along; those without an entry go along whole.
        whole: tables that have nothing to do with the one chosen from.
        out: by table, the temporary table with the keys of rows that are left out all the same.
        left_out: how many those are.
        judged: the most that is asked of the groups of a table; rows of others only follow those they point to.
    """

    places: Mapping[str, str]
    keys: Mapping[str, tuple[str, ...]]
    counts: Mapping[str, int]
    whole: tuple[str, ...]
    out: Mapping[str, str] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)
    judged: Mapping[str, Limits] = field(default_factory=dict)

    def where_sql(self, table: str, alias: str) -> str:
        """The condition under which a row goes along, or "" where all do."""
        within, out = self.places.get(table), self.out.get(table)
        if within is None and out is None:
            return ""
        key = self.keys[table]
        row = ", ".join(f"{alias}.{quote(name)}" for name in key)
        names = ", ".join(f"k{at}" for at in range(len(key)))
        parts = [f"({row}) IN (SELECT {names} FROM {within})"] if within else []
        parts += [f"({row}) NOT IN (SELECT {names} FROM {out})"] if out else []
        return " AND ".join(parts)


def choose(session: ReadSession, schema: Schema, subset: Subset, key: bytes, context: Context) -> Chosen:
    """Choose the rows of a subset. Inside `snapshot()`; the same key and rows give the same choice.

    Raises `UsageError` for a table or filter that is not there, `Refused` where rows of a table concerned have no name.
    """
    start = _table(schema, subset.table)
    every = tuple(edges_of(schema, subset.relations))
    concerned = _connected(start, every)
    edges = [edge for edge in every if edge.child.name in concerned]  # tables aside may point to one another
    ordinary = [table for table in schema.tables if table.kind is TableKind.TABLE and not table.ours]
    within = [table for table in ordinary if table.name in concerned]
    keys = {table.name: key_of(table) for table in within}
    places = {table.name: f"temp.steward_subset_{number}" for number, table in enumerate(within)}
    chosen = Chosen(places, keys, {}, tuple(t.name for t in ordinary if t.name not in concerned))
    with session.temporary(), session.under(context):
        for table in within:
            make_place(session, places[table.name], len(keys[table.name]))
        if subset.fraction is not None:
            _draw(session, start, chosen, subset.fraction, key)
        else:
            _filter(session, start, chosen, subset.where)
        level = follow(session, [e for e in edges if e.child is not start], chosen, 0, context, down=True)
        for place in places.values():
            session.all(f"UPDATE {place} SET level = {level}")
        follow(session, edges, chosen, level, context, down=False)
    counts = {name: session.count(f"SELECT count(*) FROM {place}") for name, place in places.items()}
    return Chosen(places, keys, counts, chosen.whole)


def chosen_from(subset: Subset) -> str:
    """Which rows are chosen, before those that belong to them: "10 % of the rows of “patient”"."""
    if subset.fraction is not None:
        return f"{100 * subset.fraction:.4g} % of the rows of {quoted(subset.table)}"
    return f"The rows of {quoted(subset.table)} that fit the filter"


def part_taken(subset: Subset | None) -> str:
    """Why groups of a copy are smaller than those of the database, in a sentence; "" where all rows go along."""
    if subset is None:
        return ""
    what = chosen_from(subset)
    return f"Groups are small since a part is taken: {what[0].lower()}{what[1:]}."


def edges_of(schema: Schema, relations: Sequence[Relation]) -> Iterator[Edge]:
    """The foreign keys, and what else was said to be one."""
    for child in schema.tables:
        for key in child.foreign_keys if child.kind is TableKind.TABLE and not child.ours else ():
            parent = schema.table(key.parent_table) if key.parent_table else None
            if parent is None or parent.kind is not TableKind.TABLE:
                continue
            if len(key.columns) == len(key.parent_columns) and _usable(parent, key.parent_columns):
                yield Edge(child, key.columns, parent, key.parent_columns)
    for said in relations:
        child, parent = _table(schema, said.table), _table(schema, said.parent)
        if not (_usable(child, said.columns) and _usable(parent, said.parent_columns)) or len(
            said.columns
        ) != len(said.parent_columns):
            raise UsageError(
                ErrorCode.BAD_POLICY,
                f"The relation of {quoted(said.table)} to {quoted(said.parent)} names columns that are not there.",
                hint="Nothing was changed. Correct it in the rules of the release.",
            )
        yield Edge(child, said.columns, parent, said.parent_columns)


def _usable(table: Table, columns: Sequence[str]) -> bool:
    return bool(columns) and all(table.column(name) is not None for name in columns)


def _connected(start: Table, edges: Sequence[Edge]) -> set[str]:
    """The tables that have to do with the one chosen from, over any number of relations."""
    found, grown = {start.name}, True
    while grown:
        size = len(found)
        for edge in edges:
            if edge.child.name in found or edge.parent.name in found:
                found |= {edge.child.name, edge.parent.name}
        grown = len(found) > size
    return found


def make_place(session: Session, place: str, width: int) -> None:
    """An empty temporary table for keys of so many columns."""
    key = ", ".join(f"k{at}" for at in range(width))
    made_sql = place.removeprefix("temp.")
    session.all(f"DROP TABLE IF EXISTS {place}")
    session.all(
        f"CREATE TEMP TABLE {made_sql} ({key}, level INTEGER NOT NULL, PRIMARY KEY ({key})) WITHOUT ROWID"
    )
    session.all(f"CREATE INDEX temp.{made_sql}_level ON {made_sql} (level)")


def _draw(session: Session, start: Table, chosen: Chosen, fraction: float, key: bytes) -> None:
    """Choose a share of the rows by a keyed hash of what names them: the nearest whole number, at least one."""
    names, place = chosen.keys[start.name], chosen.places[start.name]
    kept = ", ".join(f"k{at}" for at in range(len(names)))
    session.all(f"DROP TABLE IF EXISTS {_DRAWN}")
    session.all(f"CREATE TEMP TABLE {_DRAWN.removeprefix('temp.')} (h INTEGER NOT NULL, {kept})")
    raw = RawRows(session, kept=range(len(names)))  # a key may hold a text that is none
    rows = session.execute(f"SELECT {raw.terms(list(map(quote, names)))} FROM {qualified(start.name)}")
    session.run_many(
        f"INSERT INTO {_DRAWN} VALUES ({raw.bindings(len(names) + 1)})",
        (raw.given((_hash(start, row, key), *row)) for row in map(raw.read, rows)),
    )
    total = session.count(f"SELECT count(*) FROM {_DRAWN}")
    wanted = min(total, max(1, round(total * fraction)))
    session.all(f"INSERT INTO {place} SELECT {kept}, 0 FROM {_DRAWN} ORDER BY h, {kept} LIMIT ?", (wanted,))
    session.all(f"DROP TABLE {_DRAWN}")


def _hash(start: Table, row: Sequence[SqlValue], key: bytes) -> int:
    digest = hashlib.blake2b(
        b"".join([start.name.encode("utf-8", "surrogatepass"), b"\0", *map(encoded, row)]),
        digest_size=8,
        key=key[:64],
        person=b"steward subset",
    ).digest()
    return int.from_bytes(digest, "big") >> 1


def _filter(session: Session, start: Table, chosen: Chosen, where: str) -> None:
    names = ", ".join(map(quote, chosen.keys[start.name]))
    query = check_query(session, f"SELECT {names}, 0 FROM {qualified(start.name)} WHERE ({where}\n)")
    place_sql = chosen.places[start.name]
    rows = session.count(f"SELECT count(*) FROM {qualified(start.name)}")
    try:
        with bounded(session, MOST_ON_EMPTY + rows * _STEPS_A_ROW):
            session.all(f"INSERT INTO {place_sql} {query.sql}")
    except TooLong:
        raise UsageError(
            ErrorCode.TOO_LARGE,
            f"The filter of {quoted(start.name)} takes too long: it was stopped after"
            f" {MOST_ON_EMPTY + rows * _STEPS_A_ROW:,} steps.",
            hint="Nothing was changed. A recursive query that never ends is a reason, or a query over another table for"
            " every row: add an index for it, or write a filter that looks at the row itself.",
        ) from None


def follow(
    session: Session, edges: Sequence[Edge], chosen: Chosen, level: int, context: Context, *, down: bool
) -> int:
    """Take in what the rows of a level point to, or what points to them, level by level; the level after the last."""
    while True:
        context.checkpoint()
        added = sum(_step(session, edge, chosen, level, down=down) for edge in edges)
        level += 1
        if not added:
            return level


def _step(session: Session, edge: Edge, chosen: Chosen, level: int, *, down: bool) -> int:
    near, far = (edge.parent, edge.child) if down else (edge.child, edge.parent)
    near_alias, far_alias = ("p", "c") if down else ("c", "p")
    near_place, far_place = chosen.places[near.name], chosen.places[far.name]
    before = session.count(f"SELECT count(*) FROM {far_place}")
    same = all_of(
        [
            f"p.{quote(theirs)} = +c.{quote(ours)}" if not down else f"p.{quote(theirs)} = c.{quote(ours)}"
            for ours, theirs in zip(edge.columns, edge.parent_columns, strict=True)
        ]
    )
    named = all_of(
        [f"{near_alias}.{quote(name)} = s.k{at}" for at, name in enumerate(chosen.keys[near.name])]
    )
    far_key = ", ".join(f"{far_alias}.{quote(name)}" for name in chosen.keys[far.name])
    session.all(
        f"INSERT OR IGNORE INTO {far_place} SELECT {far_key}, {level + 1} FROM {near_place} AS s"
        f" JOIN {qualified(near.name)} AS {near_alias} ON {named}"
        f" JOIN {qualified(far.name)} AS {far_alias} ON {same} WHERE s.level = {level}"
    )
    return session.count(f"SELECT count(*) FROM {far_place}") - before


def key_of(table: Table) -> tuple[str, ...]:
    """What names a row of a table. Raises `Refused` where nothing does."""
    if table.rowid_name:
        return (table.rowid_name,)
    if table.key_columns:
        return table.key_columns
    raise Refused(
        ErrorCode.BLOCKED,
        f"Rows of {quoted(table.name)} cannot be chosen: it has no primary key, and its columns took the names of the"
        " row number.",
        hint="Nothing was changed. Make the copy of all rows, or give the table a primary key.",
    )


def _table(schema: Schema, name: str) -> Table:
    found = schema.table(name)
    if found is None or found.kind is not TableKind.TABLE or fold(found.name).startswith("_steward_"):
        raise UsageError(
            ErrorCode.UNKNOWN_OBJECT,
            f"There is no table {quoted(name)}.",
            hint="Nothing was changed. Name a table of the database.",
        )
    return found
