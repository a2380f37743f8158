"""Rows that a copy leaves out because those alike do not reach its limits, with all that points to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from steward_app.db import ReadSession, qualified, quote
from steward_app.kernel.errors import ErrorCode, Refused
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.anonymize.subset import Chosen, Edge, edges_of, follow, key_of, make_place
from steward_app.services.privacy.demands import Demand, demands
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.reach import source
from steward_app.services.privacy.risk.after import small_combinations
from steward_app.services.privacy.risk.persons import person_columns
from steward_app.services.privacy.risk.staying import Asked
from steward_app.services.privacy.rules import ReleaseRules
from steward_app.services.privacy.transform.alone import become
from steward_app.services.schema.model import Schema, TableKind

_SMALL = "temp.steward_small_groups"


def without_small_groups(
    session: ReadSession, schema: Schema, rules: ReleaseRules, chosen: Chosen | None, context: Context
) -> Chosen | None:
    """Leave the rows out whose group does not reach what the rules ask of their table: k, l, t, the highest risk.

    Where several rows are of one person, groups count persons.
    Groups are those of the whole table: where a part of the rows is chosen, they can be smaller. Inside `snapshot()`.
    """
    asked = [each for each in demands(schema, rules) if Asked.of(each.limits).anything]
    if not asked:
        return chosen
    ordinary = [table for table in schema.tables if table.kind is TableKind.TABLE and not table.ours]
    keys = {table.name: key_of(table) for table in ordinary if table.rowid_name or table.key_columns}
    out = {name: f"temp.steward_left_out_{number}" for number, name in enumerate(keys)}
    gone = Chosen(out, keys, {}, ())
    with session.temporary(), session.under(context):
        for name, place in out.items():
            make_place(session, place, len(keys[name]))
        for demand in asked:
            _take_out(session, schema, demand, rules, gone, context)
        edges: list[Edge] = [
            edge for edge in edges_of(schema, ()) if edge.child.name in keys and edge.parent.name in keys
        ]
        follow(session, edges, gone, 0, context, down=True)
        counts = {name: session.count(f"SELECT count(*) FROM {place}") for name, place in out.items()}
    left = {name: count for name, count in counts.items() if count}
    return _without(session, chosen, gone, left)


def _take_out(
    session: ReadSession,
    schema: Schema,
    demand: Demand,
    rules: ReleaseRules,
    gone: Chosen,
    context: Context,
) -> None:
    table, by, asked = demand.table, demand.by, Asked.of(demand.limits)
    wanted = source(schema, table, by)
    name = wanted.table.name
    if name not in gone.places:
        raise Refused(
            ErrorCode.BLOCKED,
            f"Rows of {quoted(name)} cannot be left out: nothing names a row of it.",
            hint="Nothing was changed. Give the table a primary key, or take its quasi-identifiers away.",
        )
    columns = [f"c{at}" for at in range(len(wanted.columns_sql))]
    marks = ", ".join("?" * len(columns))

    def becomes(values: Sequence[SqlValue], place: Place) -> Sequence[SqlValue]:
        return become(values, rules.at(place))

    person = person_columns(session, schema, rules, name)
    told = demand.told if asked.of_sensitive else ()
    read = source(schema, table, (*by, *told, *person))
    found = list(small_combinations(session, read, len(by), becomes, asked, context, person=len(person)))
    session.all(f"DROP TABLE IF EXISTS {_SMALL}")
    session.all(f"CREATE TEMP TABLE {_SMALL.removeprefix('temp.')} ({', '.join(columns)})")
    try:
        session.run_many(f"INSERT INTO {_SMALL} VALUES ({marks})", found)
    except UnicodeEncodeError:
        raise Refused(
            ErrorCode.BLOCKED,
            f"A quasi-identifier of {quoted(name)} holds text that is not valid.",
            hint="Nothing was changed. Empty that column in the copy, or take it from the quasi-identifiers.",
        ) from None
    session.all(
        f"CREATE INDEX temp.steward_small_groups_all ON {_SMALL.removeprefix('temp.')} ({', '.join(columns)})"
    )
    same = " AND ".join(
        f"g.{place_sql} IS {sql} COLLATE BINARY"
        for place_sql, sql in zip(columns, wanted.columns_sql, strict=True)
    )
    row = ", ".join(f"t.{quote(each)}" for each in gone.keys[name])
    place_sql = gone.places[name]
    session.all(
        f"INSERT OR IGNORE INTO {place_sql} SELECT {row}, 0 FROM {wanted.from_sql} JOIN {_SMALL} AS g ON {same}"
    )
    session.all(f"DROP TABLE {_SMALL}")


def _without(
    session: ReadSession, chosen: Chosen | None, gone: Chosen, left: Mapping[str, int]
) -> Chosen | None:
    """What goes along, less what is left out."""
    if not left:
        return chosen
    base = chosen or Chosen({}, {}, {}, ())
    result = replace(
        base,
        keys={**base.keys, **{name: gone.keys[name] for name in left}},
        out={name: gone.places[name] for name in left},
        left_out=left,
    )
    counts = dict(base.counts)
    for name in left:
        where = result.where_sql(name, "t")
        counts[name] = session.count(f"SELECT count(*) FROM {qualified(name)} AS t WHERE {where}")
    return replace(result, counts=counts)
