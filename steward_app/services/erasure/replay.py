"""Replaying the ledger on a state of a database that is about to be handed over.

Each table that the ledger names is read from end to end, since a keyed hash cannot be looked up: what is read is the
key alone, and the whole row where it is one of the ledger's. The file is then written anew, so that nothing of what was
taken out is left in it, and every table is read once more: what is handed over holds no erased row.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from steward_app.catalog import Catalog, erasure, quarantine
from steward_app.db import Session, WriteSession, fold, open_read, qualified, quote
from steward_app.db.content import ValueReader
from steward_app.db.rework import remove_side_files, reworking, write_anew
from steward_app.kernel.errors import ErrorCode, Failure, Refused
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.kernel.values import Key
from steward_app.services.erasure.children import follow
from steward_app.services.erasure.fit import locator
from steward_app.services.erasure.found import FoundRows
from steward_app.services.erasure.indexes import drop_samples, left_alone, only_index_triggers, renew
from steward_app.services.erasure.judge import Judge, Keys, Way, require_keys
from steward_app.services.erasure.model import Fate, ReplayReport, State, TableReplay
from steward_app.services.schema import Table, read_schema

_BETWEEN_REPORTS = 5_000
_DAMAGE = (ErrorCode.DAMAGED, ErrorCode.MALFORMED_SCHEMA, ErrorCode.TRUNCATED)


def replay(
    catalog: Catalog, state: State, keys: Keys, context: Context, *, rehearsing: bool = False
) -> ReplayReport:
    """Take out of a file what was erased since it was made. Nothing is done where nothing was.

    The file is ours alone and nobody gets it when this raises. Rows that may be erased ones are listed in quarantine.

    Args:
        keys: from `ledger_keys`.
        rehearsing: nobody will get the file, so no row is listed in quarantine.

    Raises:
        Refused: a key of the ledger is not here, or erased rows cannot be told from others in this state, or cannot be
            taken out of it.
        Failure: the state is damaged, or the disk is full.
        Cancelled: stopped on request.
    """
    with catalog.reading() as ledger:
        entries = sum(erasure.counts(ledger, state.database_id, state.made_at).values())
        if not entries:
            return ReplayReport(state.made_at)
        require_keys(ledger, state.database_id, state.made_at, keys)
        with _in_a_stewards_words():
            report = _taken_out(None if rehearsing else catalog, ledger, state, keys, context)
            _prove(ledger, state, keys, context)
            remove_side_files(state.file)
    return ReplayReport(state.made_at, entries, *report)


_Done = tuple[tuple[TableReplay, ...], tuple[str, ...], tuple[str, ...]]


def _taken_out(catalog: Catalog | None, ledger: Session, state: State, keys: Keys, context: Context) -> _Done:
    with reworking(state.file) as session:
        with session.under(context):
            schema = read_schema(session, context)
            judge = Judge(ledger, session, schema, state.database_id, state.made_at, keys)
            _require_usable(judge)
            with session.transaction():
                done = _rework(catalog, session, judge, state, context)
        context.report(0, note="Writing the file anew")
        context.checkpoint()
        write_anew(session, context)
    return done


def _rework(
    catalog: Catalog | None, session: WriteSession, judge: Judge, state: State, context: Context
) -> _Done:
    found = FoundRows(session, judge)
    looked_at = {
        fold(table.name): _look(session, judge, found, table, context) for table in _concerned(judge)
    }
    with only_index_triggers(session, judge.schema):
        found.make_changes()
        follow(found, judge, context)
        if catalog is not None:
            with catalog.unit() as unit:
                quarantine.add(unit, found.waiting(state))
                unit.commit()
        context.report(0, note="Taking out what was erased")
        context.checkpoint()
        found.take_out()
    replayed = tuple(found.counted(each, looked_at.get(fold(each.table.name), 0)) for each in found.lists)
    tables = {*looked_at, *(fold(each.table) for each in replayed if each.touched)}
    renewed = renew(session, judge.schema, tables)
    drop_samples(session, tables)
    notes = tuple(
        f"Rows were erased from {quoted(table)}, which is not in this state, and neither is a table with its columns."
        for table in judge.missing
    ) + tuple(
        f"The full-text table {quoted(table)} keeps text of its own, which no trigger takes out again. Look whether "
        "text of erased rows is in it."
        for table in left_alone(judge.schema, tables, set(looked_at))
    )
    found.clear()
    return replayed, renewed, notes


def _concerned(judge: Judge) -> Iterator[Table]:
    return (table for table in judge.schema.tables if fold(table.name) in judge.ways)


def _look(session: WriteSession, judge: Judge, found: FoundRows, table: Table, context: Context) -> int:
    """List the rows of a table that the ledger speaks of; how many rows there are."""
    listing, rows = found.of(table), 0
    for key, hit in _scan(session, judge, table, context):
        rows += 1
        if hit:
            judged = judge.at(table, listing.names, key)
            if judged.fate is not Fate.CLEAR:
                found.add(listing, key, judged, gone=not judged.may_return)
    if not table.primary_key:
        found.trust_content(listing)
    return rows


def _scan(session: Session, judge: Judge, table: Table, context: Context) -> Iterator[tuple[Key, bool]]:
    """Each row by its locator, and whether its key or its content may be one of the ledger's."""
    context.report(0, unit="rows", note=table.name)
    reader, names = ValueReader(session), locator(table)
    ways = judge.ways[fold(table.name)]
    probes = {probe: way.hasher for way in ways for probe in _probes(way)}
    read_sql = tuple(dict.fromkeys(sql for probe in probes for sql in probe.values_sql))  # each but once
    looks = [
        (
            [read_sql.index(sql) for sql in probe.values_sql],
            hasher.marks(by_key=probe.by_key),
            judge.marks(table, by_key=probe.by_key, key_id=probe.key_id),
        )
        for probe, hasher in probes.items()
    ]
    terms, start = [*map(quote, names), reader.terms(read_sql)], len(names)
    query = f"SELECT {', '.join(terms)} FROM {qualified(table.name)}"
    for number, row in enumerate(session.execute(query), start=1):
        if number % _BETWEEN_REPORTS == 0:
            context.checkpoint()
            context.report(number, unit="rows", note=table.name)
        values = reader.read(row[start:])
        hit = any(mark_of([values[at] for at in places]) in marks for places, mark_of, marks in looks)
        yield row[: len(names)], hit


@dataclass(frozen=True, slots=True)
class _Probe:
    """Something to look for in every row: its key, or its content, under one key of the ledger."""

    by_key: bool
    key_id: str
    table: str
    values_sql: tuple[str, ...]


def _probes(way: Way) -> tuple[_Probe, ...]:
    named = way.hasher.key_id, fold(way.fit.shape.table)
    by_key = (_Probe(True, *named, way.fit.key_sql),) if way.by_key else ()
    return by_key + ((_Probe(False, *named, way.fit.row_sql),) if way.by_content else ())


def _require_usable(judge: Judge) -> None:
    if judge.unusable:
        tables = ", ".join(map(quoted, judge.unusable))
        raise Refused(
            ErrorCode.BLOCKED,
            f"Rows were erased after this state was made, and in it they cannot be told from others: the key of "
            f"{tables} was another one then.",
            hint="Nothing was handed over, since erased people might come back. Choose a newer restore point, or "
            "bring back the other tables one by one.",
        )


def _prove(ledger: Session, state: State, keys: Keys, context: Context) -> None:
    """Read every table again and find no erased row."""
    with open_read(state.file) as session, session.snapshot(), session.under(context):
        schema = read_schema(session, context)
        judge = Judge(ledger, session, schema, state.database_id, state.made_at, keys)
        context.checkpoint()
        for table in _concerned(judge):
            by_key_too = {Fate.UNCERTAIN} if table.primary_key else set()
            for key, hit in _scan(session, judge, table, context):
                if (
                    hit
                    and judge.at(table, locator(table), key).fate in {Fate.ERASED, Fate.CHANGED} | by_key_too
                ):
                    raise Failure(
                        ErrorCode.VERIFY_FAILED,
                        f"An erased row was still in {quoted(table.name)} after it had been taken out.",
                        hint="Nothing was handed over. Please report this.",
                    )
    context.checkpoint()


@contextmanager
def _in_a_stewards_words() -> Iterator[None]:
    try:
        yield
    except Failure as failure:
        if failure.code not in _DAMAGE:
            raise
        raise Failure(
            failure.code,
            "Rows were erased after this state was made, and they cannot be taken out of it: the database was damaged "
            "then.",
            hint="Nothing was handed over, since erased people might come back. Choose another restore point.",
        ) from failure
