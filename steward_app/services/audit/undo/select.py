"""Which changes are meant, and which later ones concern the same rows."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from heapq import merge
from itertools import islice

from steward_app.db import Session, any_of, fold
from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.text import quoted
from steward_app.kernel.values import SqlValue
from steward_app.services.audit.engine import log, names, tables
from steward_app.services.audit.engine.model import AuditedTable, Change, Key, Op, Txn, Value
from steward_app.services.audit.engine.writers import Writers
from steward_app.services.audit.past.find_row import find_row
from steward_app.services.audit.past.lineage import Version
from steward_app.services.audit.past.moments import Times, from_milliseconds
from steward_app.services.audit.undo.families import Family
from steward_app.services.audit.undo.model import Selection

_MANY = 10_000  # numbers of rows in one statement
MOST = 250_000
"""Changes that are looked at together: they are held in memory, with the rows they concern."""
_FEW = 20  # keys that are looked for one by one
_UNCHANGED = "Nothing was changed."


class Found:
    """Changes of some tables by number, with the family of each."""

    def __init__(self) -> None:
        self.changes: dict[int, Change] = {}
        self.families: dict[int, Family] = {}

    def add(self, family: Family, version: Version, changes: Iterable[Change]) -> bool:
        """Add changes of one version; whether any was new."""
        before = len(self.changes)
        order = version.key_order
        if order is not None and (version.numbers or order != tuple(range(len(order)))):
            changes = (_as_now(version, change) for change in changes)
        for change in changes:
            self.changes[change.seq] = change
            self.families[change.seq] = family
        return len(self.changes) > before

    def keys(self, family: Family) -> set[Key]:
        """What named rows of a family before and after these changes."""
        of = (change for seq, change in self.changes.items() if self.families[seq] is family)
        return {key for change in of for key in (change.key, change.new_key) if key is not None}

    @property
    def first(self) -> int:
        """The oldest change."""
        return min(self.changes)


def checked(session: Session, families: Sequence[Family], wanted: Selection) -> Selection:
    """A selection with the column as its table spells it.

    Raises `UsageError` where it names a table, column, writer or transaction that the log does not know.
    """
    if wanted.writer is not None or wanted.txns:
        _require_signed(session, wanted)
    if not wanted.column:
        return wanted
    known = [name for family in _named(families, wanted.table) for name in family.columns]
    spelt = next((name for name in known if fold(name) == fold(wanted.column)), None)
    if spelt is None:
        where = f" of {quoted(wanted.table)}" if wanted.table else ""
        raise UsageError(
            ErrorCode.UNKNOWN_OBJECT,
            f"Nothing is logged of a column {quoted(wanted.column)}{where}.",
            hint=f"{_UNCHANGED} Logged are: {_some(known)}.",
        )
    return replace(wanted, column=spelt)


def _require_signed(session: Session, wanted: Selection) -> None:
    actors, known = Writers(session).actors(), {each.txn for each in tables.txns(session)}
    if wanted.writer is not None and wanted.writer not in actors:
        hint = f"Changes are signed by {_some(actors)}." if actors else "No change is signed."
        raise UsageError(
            ErrorCode.UNKNOWN_OBJECT,
            f"No change is signed by {quoted(wanted.writer)}.",
            hint=f"{_UNCHANGED} {hint}",
        )
    for txn in wanted.txns:
        if txn not in known:
            raise UsageError(
                ErrorCode.UNKNOWN_OBJECT, f"The log has no transaction {txn:,}.", hint=_UNCHANGED
            )


def _some(told: Sequence[str]) -> str:
    return f"{', '.join(map(quoted, told[:12]))}{', …' * (len(told) > 12)}"


def select(session: Session, families: Sequence[Family], wanted: Selection) -> Found:
    """The changes that meet a selection.

    Raises `UsageError` where nothing is said of which, or a table that is not under audit is named, and `Refused` where
    they are too many.
    """
    if wanted == Selection() or wanted == Selection(newest=True):
        raise UsageError(ErrorCode.BAD_REQUEST, "Which changes? Nothing was chosen.", hint=_UNCHANGED)
    found, meant = Found(), list[tuple[Family, Version, Sequence[int]]]()
    first, last = _between(session, wanted)
    for family in _named(families, wanted.table):
        keys = _keys(session, family, wanted.key) if wanted.key is not None else None
        for version in family.versions.values():
            among = None if keys is None else list(_of_rows(session, version, first, keys))
            meant.append((family, version, _seqs(session, version.audited, wanted, first, last, among)))
    _require_few([seqs for _, _, seqs in meant])
    for family, version, seqs in meant:
        changes = _read(session, version.audited, seqs)
        if wanted.column:
            changes = (c for c in changes if c.op is Op.UPDATE and wanted.column in family.cells(c))
        found.add(family, version, changes)
    if wanted.newest:
        _only_newest(found)
    return found


def later(session: Session, found: Found) -> Found:
    """The changes after the first of these that concern the same rows, by whatever key they have meanwhile."""
    others = Found()
    first = found.first
    if tables.last_seq(session) - first + 1 == len(found.changes):
        return others
    for family in {each.current.tid: each for each in found.families.values()}.values():
        known: set[Key] = set()
        while new := (found.keys(family) | others.keys(family)) - known:
            known |= new
            for version in family.versions.values():
                seqs = [s for s in _of_rows(session, version, first, new) if s not in found.changes]
                _require_room(others, seqs)
                others.add(family, version, _read(session, version.audited, seqs))
    return others


def read(session: Session, families: Sequence[Family], seqs: Iterable[int]) -> Found:
    """The changes with these numbers."""
    found, wanted = Found(), sorted(seqs)
    for family in families:
        for version in family.versions.values():
            found.add(family, version, log.changes_at(session, version.audited, wanted))
    return found


def newest_of_row(
    session: Session, family: Family, key: Key, columns: Sequence[str], first: int
) -> int | None:
    """The newest change from `first` on that gave a row one of these columns as it is now, or took the row away."""
    for version in sorted(family.versions.values(), key=lambda each: -each.audited.tid):
        for change in log.changes(session, version.audited, first_seq=first, key=key, newest_first=True):
            if change.op is not Op.UPDATE or not set(columns).isdisjoint(family.cells(change)):
                return change.seq
    return None


def signed(session: Session, seqs: Iterable[int], found: Found) -> dict[int, Txn]:
    """The transactions of these changes, as far as they were signed, by number of the change."""
    known = {each.txn: each for each in tables.txns(session)} if found.changes else {}
    told = {}
    for seq in seqs:
        change = found.changes.get(seq)
        txn = known.get(change.txn) if change is not None and change.txn is not None else None
        if txn is not None and (txn.last_seq is None or seq <= txn.last_seq):
            told[seq] = txn
    return told


def _named(families: Sequence[Family], table: str) -> Sequence[Family]:
    if not table:
        return families
    exact = [each for each in families if each.name == table]
    found = exact or [each for each in families if each.name.casefold() == table.casefold()]
    if not found:
        raise UsageError(ErrorCode.UNKNOWN_OBJECT, f"{quoted(table)} is not under audit.", hint=_UNCHANGED)
    return found


def _require_few(meant: Sequence[Sequence[int]]) -> None:
    """Raise `Refused` where too many are meant, before any of them is read."""
    total = sum(map(len, meant))
    if total > MOST:
        newest = next(islice(merge(*map(reversed, meant), reverse=True), MOST - 1, None))
        last = max(seqs[-1] for seqs in meant if seqs)
        raise Refused(
            ErrorCode.TOO_LARGE,
            f"{total:,} changes are meant, and at most {MOST:,} can be undone at once.",
            hint=f"{_UNCHANGED} Undo the newest first, which are {newest} to {last}, or go back to a restore point.",
        )


def _require_room(found: Found, more: Sequence[int]) -> None:
    if len(found.changes) + len(more) > MOST:
        raise Refused(
            ErrorCode.TOO_LARGE,
            f"More than {MOST:,} later changes concern the same rows, which are too many to be looked at together.",
            hint=f"{_UNCHANGED} Undo newer changes first, or go back to a restore point.",
        )


def _between(session: Session, wanted: Selection) -> tuple[int, int]:
    """The first and last change by time, transactions taken whole."""
    first, last = 1, tables.last_seq(session)
    times = Times(session)
    if wanted.since_ms is not None:
        first = times.moment(from_milliseconds(wanted.since_ms - 1)).seq + 1
    if wanted.until_ms is not None:
        last = times.moment(from_milliseconds(wanted.until_ms - 1)).seq
    return first, last


def _seqs(
    session: Session,
    audited: AuditedTable,
    wanted: Selection,
    first: int,
    last: int,
    among: Sequence[int] | None,
) -> Sequence[int]:
    if among is not None and len(among) > _MANY:
        of_rows = set(among)
        return [seq for seq in _seqs(session, audited, wanted, first, last, None) if seq in of_rows]
    writers = Writers(session)
    txns = _txns(session, wanted)
    if txns is not None:
        first = max(first, min((each.first_seq or 0 for each in txns), default=last + 1))
        last = min(last, max((each.last_seq or last for each in txns), default=0))
    terms: list[str] = ["seq BETWEEN ? AND ?"]
    values: list[SqlValue] = [first, last]
    if wanted.ranges:
        terms.append(any_of(["seq BETWEEN ? AND ?"] * len(wanted.ranges)))
        values += [number for each in wanted.ranges for number in each]
    if txns is not None:
        terms.append(writers.signed_sql(f" AND x.txn IN ({', '.join(str(each.txn) for each in txns)})"))
    if wanted.unknown_writer:
        terms.append(writers.unknown_sql())
    if among is not None:
        terms.append(f"seq IN ({', '.join(map(str, among))})")
    chosen = " AND ".join(f"({each})" for each in terms)
    source = f"main.{names.log_table(audited.tid)} AS l"
    rows = session.execute(f"SELECT seq FROM {source} WHERE {chosen} ORDER BY seq", values)
    return array("q", (seq for (seq,) in rows if isinstance(seq, int)))


def _txns(session: Session, wanted: Selection) -> Sequence[Txn] | None:
    """The transactions that are meant; None where nothing is said of them."""
    if not wanted.txns and not wanted.operation and wanted.writer is None:
        return None
    return [
        each
        for each in tables.txns(session)
        if (not wanted.txns or each.txn in wanted.txns)
        and wanted.operation in ("", each.operation_id)
        and wanted.writer in (None, each.actor)
    ]


def _keys(session: Session, family: Family, key: Key) -> set[Key]:
    """What names a row in the log: where that is its hidden rowid, it is found by its primary key, too."""
    return {found := find_row(session, family.name, key), _in_text(family, found)}


def _in_text(family: Family, key: Key) -> Key:
    """A key with numbers as text where its columns make that of them: people type both alike."""
    columns = [family.table.column(name) if family.table else None for name in family.key]
    if len(columns) != len(key):
        return key
    return tuple(
        str(value) if isinstance(value, int) and column is not None and column.affinity == "TEXT" else value
        for value, column in zip(key, columns, strict=True)
    )


def _read(session: Session, audited: AuditedTable, seqs: Sequence[int]) -> Iterator[Change]:
    if not seqs:
        return iter(())
    whole = session.count(
        f"SELECT count(*) FROM main.{names.log_table(audited.tid)} WHERE seq BETWEEN ? AND ?",
        (seqs[0], seqs[-1]),
    )
    if whole == len(seqs):
        return log.changes(session, audited, first_seq=seqs[0], last_seq=seqs[-1])
    return log.changes_at(session, audited, seqs)


def _of_rows(session: Session, version: Version, first: int, keys: set[Key]) -> Iterator[int]:
    """The changes from `first` on of the rows with these keys of now."""
    audited = version.audited
    if version.key_order is None or (audited.to_seq is not None and audited.to_seq < first):
        return
    if audited.by_rowid:
        yield from _of_numbers(session, audited, first, [version.key_then(key)[0] for key in keys])
        return
    then = {version.key_then(key) for key in keys}
    if len(then) <= _FEW:
        for key in then:
            yield from (change.seq for change in log.changes(session, audited, first_seq=first, key=key))
        return
    for change in log.changes(session, audited, first_seq=first):
        if change.key in then or change.new_key in then:
            yield change.seq


def _of_numbers(
    session: Session, audited: AuditedTable, first: int, rowids: Sequence[Value]
) -> Iterator[int]:
    numbers = sorted(number for number in rowids if isinstance(number, int))
    for start in range(0, len(numbers), _MANY):
        among = ", ".join(map(str, numbers[start : start + _MANY]))
        for (seq,) in session.execute(
            f"SELECT seq FROM main.{names.log_table(audited.tid)} WHERE seq >= ? AND (rid IN ({among})"
            f" OR nrid IN ({among})) ORDER BY seq",
            (first,),
        ):
            yield int(str(seq))


def _as_now(version: Version, change: Change) -> Change:
    """A change with its keys as they are written now."""
    after = None if change.new_key is None else version.key_now(change.new_key)
    return replace(change, key=version.key_now(change.key), new_key=after)


def _only_newest(found: Found) -> None:
    """Leave of each row its newest change. Rows are told apart by the keys they have."""
    taken: set[tuple[int, Key]] = set()
    for seq in sorted(found.changes, reverse=True):
        change, family = found.changes[seq], found.families[seq].current.tid
        keys = {(family, key) for key in (change.key, change.new_key) if key is not None}
        if not keys.isdisjoint(taken):
            del found.changes[seq], found.families[seq]
        taken |= keys
