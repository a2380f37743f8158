"""Rows that a copy leaves out because those alike do not reach its limits, with all that points to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from steward_app.db import ReadSession, qualified, quote
from steward_app.kernel.errors import ErrorCode, Refused
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.privacy.anonymize.subset import Chosen, Edge, edges_of, follow, key_of, make_place
from steward_app.services.privacy.demands import Demand, demands
from steward_app.services.privacy.reach import asked_source, known_table
from steward_app.services.privacy.risk.after import small_combinations
from steward_app.services.privacy.risk.persons import TELLS_APART, person_columns
from steward_app.services.privacy.risk.staying import Asked
from steward_app.services.privacy.rules import Limits, ReleaseRules
from steward_app.services.privacy.transform.alone import Alone
from steward_app.services.schema.model import Schema, Table, TableKind

_SMALL = "temp.steward_small_groups"


def without_small_groups(
    session: ReadSession, schema: Schema, rules: ReleaseRules, chosen: Chosen | None, context: Context
) -> Chosen | None:
    """Leave the rows out whose group does not reach what the rules ask of their table: k, l, t, the highest risk.

    Where several rows are of one person, groups count persons. What is left out of one table, or by what is known
    along one way, makes other groups smaller: all is judged again until nothing more has to go.
    Groups are those of the copy: where a part of the rows is chosen, only these count. Inside `snapshot()`.
    """
    asked = [each for each in demands(schema, rules) if Asked.of(each.limits).anything]
    if not asked:
        return chosen
    ordinary = [table for table in schema.tables if table.kind is TableKind.TABLE and not table.ours]
    keys = {table.name: key_of(table) for table in ordinary if table.rowid_name or table.key_columns}
    out = {name: f"temp.steward_left_out_{number}" for number, name in enumerate(keys)}
    within = chosen.places if chosen else {}
    gone = Chosen(within, keys, {}, (), out)
    said = rules.subset.relations if rules.subset else ()
    edges = [edge for edge in edges_of(schema, said) if edge.child.name in keys and edge.parent.name in keys]
    with session.temporary(), session.under(context):
        for name, place in out.items():
            make_place(session, place, len(keys[name]))
        alone = Alone(session, schema, rules, context)
        _judge(session, schema, asked, rules, alone, gone, edges, context)
        for name, place in within.items():
            _forget_others(session, out[name], place, len(keys[name]))
        counts = {name: _count(session, place) for name, place in out.items()}
    left = {name: count for name, count in counts.items() if count}
    return _without(session, chosen, gone, left, _judged(asked))


def _judge(
    session: ReadSession,
    schema: Schema,
    asked: Sequence[Demand],
    rules: ReleaseRules,
    alone: Alone,
    gone: Chosen,
    edges: Sequence[Edge],
    context: Context,
) -> None:
    """Take rows out, with what points to them, until all others reach everything that is asked."""
    noted = replace(gone, places=gone.out)
    # How many rows of its table were gone when a demand was met: it still is, as long as no others go.
    met: dict[Demand, int] = {}
    level = 0
    while True:
        for demand in asked:
            table = known_table(schema, demand.table)
            place = _place(table, gone)
            before = _count(session, place)
            if met.get(demand) == before:
                continue
            _take_out(session, schema, demand, rules, alone, gone, level, context, some_gone=before > 0)
            met[demand] = _count(session, place)
            if met[demand] > before:
                level = follow(session, edges, noted, level, context, down=True)
        if all(met[each] == _count(session, _place(known_table(schema, each.table), gone)) for each in asked):
            return


def _judged(asked: Sequence[Demand]) -> dict[str, Limits]:
    """The most that anything asks of the groups of each table."""
    found: dict[str, Limits] = {}
    for each in asked:
        told = each.limits if each.told else replace(each.limits, l_diversity=None, t_closeness=None)
        found[each.table] = found.get(each.table, Limits()).strictest(replace(told, left_out=None))
    return found


def _forget_others(session: ReadSession, place: str, within: str, width: int) -> None:
    """Of the rows that are noted as left out, forget those that were not chosen in the first place."""
    names = ", ".join(f"k{at}" for at in range(width))
    session.all(f"DELETE FROM {place} WHERE ({names}) NOT IN (SELECT {names} FROM {within})")


def _count(session: ReadSession, place: str) -> int:
    return session.count(f"SELECT count(*) FROM {place}")


def _place(table: Table, gone: Chosen) -> str:
    """Where the keys of the rows of a table are noted that are left out. Raises `Refused` where nothing names a row."""
    if table.name in gone.out:
        return gone.out[table.name]
    raise Refused(
        ErrorCode.BLOCKED,
        f"Rows of {quoted(table.name)} cannot be left out: nothing names a row of it.",
        hint="Nothing was changed. Give the table a primary key, or take its quasi-identifiers away.",
    )


def _take_out(
    session: ReadSession,
    schema: Schema,
    demand: Demand,
    rules: ReleaseRules,
    alone: Alone,
    gone: Chosen,
    level: int,
    context: Context,
    *,
    some_gone: bool,
) -> None:
    """Note the rows that do not reach what is asked of them while those noted before are not there.

    Args:
        gone: where they are noted, and which rows are chosen.
    """
    by, asked = demand.by, Asked.of(demand.limits)
    name = known_table(schema, demand.table).name
    key, place = gone.keys[name], gone.out[name]
    row = ", ".join(f"t.{quote(each)}" for each in key)

    staying_sql = (gone if some_gone else replace(gone, out={})).where_sql(name, "t")
    # Where of each person one row stays, the copy counts rows, also those of nobody.
    person = person_columns(session, schema, rules, name, led=demand.led, where_sql=staying_sql)
    told = demand.told if asked.of_sensitive else ()
    lost = {rule.place for rule in rules.rules if rule.technique not in TELLS_APART}
    read = asked_source(schema, name, by, told, person, lost).but(staying_sql)
    found = list(small_combinations(session, read, len(by), alone.become, asked, context, person=len(person)))
    if not found:
        return
    columns = [f"c{at}" for at in range(len(by))]
    marks = ", ".join("?" * len(columns))
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
        for place_sql, sql in zip(columns, read.columns_sql, strict=False)
    )
    small = replace(read, from_sql=f"{read.from_sql} JOIN {_SMALL} AS g ON {same}")
    session.all(f"INSERT OR IGNORE INTO {place} SELECT {row}, {level} FROM {small.rows_sql}")
    session.all(f"DROP TABLE {_SMALL}")


def _without(
    session: ReadSession,
    chosen: Chosen | None,
    gone: Chosen,
    left: Mapping[str, int],
    judged: Mapping[str, Limits],
) -> Chosen | None:
    """What goes along, less what is left out."""
    if not left:
        return chosen
    base = chosen or Chosen({}, {}, {}, ())
    result = replace(
        base,
        keys={**base.keys, **{name: gone.keys[name] for name in left}},
        out={name: gone.out[name] for name in left},
        left_out=left,
        judged=judged,
    )
    counts = dict(base.counts)
    for name in left:
        where = result.where_sql(name, "t")
        counts[name] = session.count(f"SELECT count(*) FROM {qualified(name)} AS t WHERE {where}")
    return replace(result, counts=counts)
