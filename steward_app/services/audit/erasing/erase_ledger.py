"""What an erasure inside the log leaves in the ledger: the states that held what was erased, so that none comes back.

An entry is made of each state of a row, just as the log tells it. It speaks of the whole content of a row and not of
its key alone: a row that is there in another state, now or in a restore point, is not concerned.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from steward_app.catalog.erasure import Action, Entry, Shape
from steward_app.db import Session, fold, qualified, quote
from steward_app.db.content import ValueReader
from steward_app.services.audit.engine import log
from steward_app.services.audit.engine.model import NOT_KEPT, Change, Key, Mode, NotKept, Op, Value
from steward_app.services.audit.engine.values import bound, same
from steward_app.services.audit.erasing.erase_select import Chosen
from steward_app.services.audit.past.erased_cells import ErasedCells
from steward_app.services.audit.past.lineage import Lineage, Version, lineages, live_names
from steward_app.services.audit.past.overlay import read_row
from steward_app.services.audit.past.row_changes import RowChanges
from steward_app.services.erasure import Erasure, LedgerKey
from steward_app.services.erasure.hashing import Hasher

_MOST_COLUMNS = 900
"""By so many columns a row is known: SQLite gives 2,000 terms of a query, and each takes two."""
State = Mapping[str, Value]
"""The columns of a row whose values are known, by their names then."""


def entries(session: Session, chosen: Sequence[Chosen], account: Erasure, key: LedgerKey) -> Iterator[Entry]:
    """The entries for values that are about to be erased; nothing is written.

    There is one at least: a restore point whose log holds what was erased is then restored without its log.
    """
    made, reader, number = set[tuple[str, str]](), ValueReader(session), 0
    for line in lineages(session):
        for each in chosen:
            if each.audited.tid not in line.by_tid:
                continue
            for row, state, gone in _states(session, line, each):
                shape = _shape(each, state)
                commitment = Hasher(key, shape).commitment(_encoded(session, reader, state))
                if (shape.id, commitment) not in made:
                    made.add((shape.id, commitment))
                    number += 1
                    yield _entry(account, key, row, shape, commitment, gone)
    if not number:
        shape = Shape(chosen[0].audited.name, (), ((chosen[0].audited.columns[0].name, "BLOB"),))
        yield _entry(account, key, _nobody(), shape, os.urandom(32).hex(), ())


def _entry(
    account: Erasure, key: LedgerKey, row: str, shape: Shape, commitment: str, gone: Sequence[str]
) -> Entry:
    return Entry(
        database_id=account.database_id,
        operation_id=account.operation_id,
        shape=shape,
        key_id=key.id,
        identity=row,
        commitment=commitment,
        action=Action.CHANGED if gone else Action.DELETED,
        changes=dict.fromkeys(gone),
        request_id=account.request_id,
        kept_until=account.kept_until,
    )


def _nobody() -> str:
    """An identity that no row has, since what counts is the content; the states of one row share one."""
    return os.urandom(32).hex()


def _shape(chosen: Chosen, state: State) -> Shape:
    """The columns whose values are known, read as they are stored."""
    return Shape(chosen.audited.name, (), tuple((name, "BLOB") for name in state))


def _encoded(session: Session, reader: ValueReader, state: State) -> tuple[bytes, ...]:
    """The values of a state as the content hash takes them, in order of declaration."""
    marks = [bound(value) for value in state.values()]
    source = ", ".join(f"{mark} AS c{place}" for place, (mark, _) in enumerate(marks))
    terms = reader.terms([f"c{place}" for place in range(len(marks))])
    row = session.one(f"SELECT {terms} FROM (SELECT {source})", [value for _, value in marks])
    return reader.read(row) if row else ()


def _states(session: Session, line: Lineage, chosen: Chosen) -> Iterator[tuple[str, State, tuple[str, ...]]]:
    """Each state of a row that held what goes, with the columns that are emptied; () where the whole row goes."""
    seqs, rows = set(chosen.seqs), RowChanges(session, line)
    for change in log.changes_at(session, chosen.audited, chosen.seqs):
        if change.seq not in seqs:
            continue
        life = _on_from(rows, line, change)
        seqs -= {each.seq for each in life}
        is_gone = life[-1].new_key is None
        emptied = _emptied(chosen)
        if not is_gone and not emptied:  # only what names it
            continue
        row, live = _nobody(), None if is_gone else _live(session, line, life[-1])
        for state in _told(line, chosen, life, live, ErasedCells(session)):
            if len(state) > len(chosen.audited.row_key):
                yield (
                    row,
                    _few(state, (*chosen.audited.row_key, *emptied)),
                    () if is_gone and chosen.columns is None else emptied,
                )


def _few(state: State, first: Sequence[str]) -> State:
    """No more columns of a state than can be read at once, these before others."""
    if len(state) <= _MOST_COLUMNS:
        return state
    names = dict.fromkeys(name for name in (*first, *state) if name in state)
    return {name: state[name] for name in islice(names, _MOST_COLUMNS)}


def _on_from(rows: RowChanges, line: Lineage, first: Change) -> list[Change]:
    """A change, and all that came after it of the same row."""
    version = line.by_tid[first.tid]
    if first.new_key is None or version in line.unlinked or version.key_order is None:
        return [first]
    return [first, *rows.forward(version.key_now(first.new_key), first.seq)]


def _emptied(chosen: Chosen) -> tuple[str, ...]:
    """The columns that go, but for those that name a row."""
    named = {fold(name) for name in chosen.audited.row_key}
    kept = [
        each.name
        for each in chosen.audited.columns
        if each.mode is Mode.FULL and fold(each.name) not in named
    ]
    return tuple(name for name in kept if chosen.columns is None or name in chosen.columns)


def _live(session: Session, line: Lineage, last: Change) -> State | None:
    """The row as it is now, by the names of now; None where that cannot be told."""
    newest, version = line.newest, line.by_tid[last.tid]
    if last.new_key is None or not line.armed or newest.tid not in live_names(session):
        return None
    if version in line.unlinked or version.key_order is None:
        return None
    names = (newest.rowid,) if newest.by_rowid else newest.primary_key
    found = read_row(
        session,
        qualified(line.name),
        [quote(each.name) for each in newest.columns],
        [(f"l.{quote(name)}", "") for name in names],
        version.key_now(last.new_key),
    )
    return None if found is None else {each.name: found[at] for at, each in enumerate(newest.columns)}


def _told(
    line: Lineage, chosen: Chosen, life: Sequence[Change], live: State | None, erased: ErasedCells
) -> Iterator[State]:
    """The states before and after each chosen change, walked back to from the row's end; not the one it is in now."""
    wanted, version = set(chosen.seqs), line.by_tid[chosen.audited.tid]
    state: dict[str, Value | NotKept] = dict(live or {})
    standing = _then(version, state) if live is not None else None
    for change in reversed(life):
        of = line.by_tid[change.tid]
        is_wanted = change.seq in wanted and change.tid == chosen.audited.tid
        if change.new_key is not None:
            state |= _key(of, change.new_key)
            after = _then(version, state)
            if is_wanted and (standing is None or not _equal(after, standing)):
                yield after
        if change.op is Op.INSERT:
            return
        gone = erased.columns(of.audited, change.seq)
        state |= {
            of.columns.get(then, then): NOT_KEPT if then in gone else cell.old
            for then, cell in change.cells.items()
        }
        state |= _key(of, change.key)
        before = _then(version, state)
        if is_wanted and (standing is None or not _equal(before, standing)):
            yield before


def _key(version: Version, key: Key) -> dict[str, Value]:
    """The columns that name a row, by the names of now."""
    names = version.audited.row_key
    return {version.columns.get(name, name): value for name, value in zip(names, key, strict=bool(names))}


def _then(version: Version, state: Mapping[str, Value | NotKept]) -> State:
    """A state in the words of a version, in order of declaration, as far as it is known."""
    found: dict[str, Value] = {}
    for each in version.audited.columns:
        value = state.get(version.columns.get(each.name, each.name), NOT_KEPT)
        if not isinstance(value, NotKept):
            found[each.name] = value
    return found


def _equal(one: State, other: State) -> bool:
    return one.keys() == other.keys() and all(same(value, other[name]) for name, value in one.items())
