"""Rows that VACUUM gave other numbers, by which the log names them.

SQLite numbers the rows of a table without INTEGER PRIMARY KEY anew when the file is vacuumed: 1, 2, 3 and so on, in the
order that they have. Which row had which number is therefore known from the numbers that the baseline and the changes
since hold, and the hashes of the baseline, which hold a row with its number, prove it.

It is found as long as nothing was logged of the table since. Whoever seals writes it down (`RENUMBERED`), so that it is
known afterwards, too. The rows are compared under the numbers of before; a new version of the table has to begin.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import merge

from steward_app.db import Session, quote
from steward_app.kernel.values import Row
from steward_app.services.audit.engine import names, tables
from steward_app.services.audit.engine.model import AuditedTable, Op
from steward_app.services.audit.engine.values import Values
from steward_app.services.audit.seals import chain, seal_tables
from steward_app.services.audit.seals.baseline import HASH_BYTES, Baseline
from steward_app.services.audit.seals.blocks import pairs
from steward_app.services.audit.seals.chain import Chain
from steward_app.services.audit.seals.live import LiveRows
from steward_app.services.audit.seals.records import Form, Records
from steward_app.services.audit.seals.unwind import unwind

RENUMBERED = "renumbered"
"""The kind of event that tells of it."""
_TRIED = 64  # rows


class FormerRows:
    """The rows of a table under the numbers that they had before. Read like `LiveRows`."""

    def __init__(self, live: LiveRows, numbers: Sequence[int]) -> None:
        """Args:
        numbers: of before, ascending: the first is that of row 1.
        """
        self._live = live
        self.numbers = numbers
        self.name = live.name
        self.comparable = True

    def every(self) -> Iterator[Row]:
        """All rows, in the order of their numbers."""
        for number, row in zip(self.numbers, self._live.every(), strict=True):
            yield (number, *row[1:])

    def row(self, key: Row) -> Row | None:
        """The row that had this number."""
        number = key[0]
        if not isinstance(number, int):
            return None
        place = bisect_left(self.numbers, number)
        if place == len(self.numbers) or self.numbers[place] != number:
            return None
        row = self._live.row((place + 1,))
        return None if row is None else (number, *row[1:])

    def key_of(self, row: Row) -> Row:
        """What named a row."""
        return row[:1]


@dataclass(frozen=True, slots=True)
class Renumbering:
    """That the rows of a table have other numbers.

    Attributes:
        rows: under the numbers of before; None where changes were logged since, and that cannot be told any more.
        told: an event of the log says so already.
    """

    rows: FormerRows | None
    told: bool


def renumbering(session: Session, audited: AuditedTable, *, name: str = "") -> Renumbering | None:
    """Whether the rows of a table have other numbers than in the log. Costs two reads where they have not.

    Args:
        name: of the table by now, where it has another one.
    """
    base = seal_tables.base_table(audited.tid)
    found = Chain.read(session) if audited.by_rowid and not audited.alias else None
    if found is None or not seal_tables.is_there(session, base):
        return None
    form = Form.of(audited)
    live, baseline = (
        LiveRows(Values(session), audited, form, name=name),
        Baseline(session, form, found.base_key),
    )
    if not live.comparable:
        return None
    told = _told_at(session, audited)
    if told is None and _stands(session, base, live, baseline):
        return None
    if told is not None and _is_logged_since(session, audited, told):
        return Renumbering(None, True)
    numbers = _numbers(session, audited, live, base)
    if numbers is not None and (told is not None or _fits(session, audited, live, baseline, numbers)):
        return Renumbering(FormerRows(live, numbers), told is not None)
    return Renumbering(None, True) if told is not None else None


def is_untold(session: Session) -> bool:
    """Whether rows of some table have other numbers and the log does not say so yet."""
    found = (renumbering(session, each) for each in seal_tables.audited(session, current=True, strict=False))
    return any(each is not None and not each.told for each in found)


def _told_at(session: Session, audited: AuditedTable) -> int | None:
    found = session.value(
        f"SELECT max(seq) FROM main.{names.EVENT} WHERE kind = ? AND tid = ?", (RENUMBERED, audited.tid)
    )
    return found if isinstance(found, int) else None


def _is_logged_since(session: Session, audited: AuditedTable, seq: int) -> bool:
    log = quote(names.log_table(audited.tid))
    return session.value(f"SELECT 1 FROM main.{log} WHERE seq > ? LIMIT 1", (seq,)) is not None


def _stands(session: Session, base: str, live: LiveRows, baseline: Baseline) -> bool:
    """Whether the row with the highest number of the baseline is where it was: VACUUM moves that one first of all."""
    last = session.one(f"SELECT block, CAST(data AS BLOB) FROM {quote(base)} ORDER BY block DESC LIMIT 1")
    if last is None or not isinstance(last[0], int) or not isinstance(last[1], bytes):
        return True
    low, expected = max(pairs(last[1], HASH_BYTES), default=(0, b""))
    return not expected or baseline.hash(live.row((last[0] << 8 | low,))) == expected


def _numbers(session: Session, audited: AuditedTable, live: LiveRows, base: str) -> Sequence[int] | None:
    """The numbers of the rows before they got those of now; None where now they are not those that VACUUM gives."""
    sealed = chain.last_seal(session)
    log, after = quote(names.log_table(audited.tid)), sealed.last_seq if sealed else 0
    counted = session.count(f"SELECT coalesce(sum(length(data)), 0) FROM {quote(base)}") // (HASH_BYTES + 1)
    counted += session.count(
        f"SELECT coalesce(sum(op = {Op.INSERT:d}) - sum(op >= {Op.DELETE:d}), 0) FROM main.{log} WHERE seq > ?",
        (after,),
    )
    number = quote(audited.rowid)
    ends = session.one(f"SELECT min({number}), max({number}) FROM {quote(live.name)}")
    if counted < 1 or ends != (1, counted):
        return None
    there: dict[int, bool] = {}
    for op, rid, nrid in session.execute(
        f"SELECT op, rid, nrid FROM main.{log} WHERE seq > ? ORDER BY seq", (after,)
    ):
        if isinstance(rid, int) and (op != Op.UPDATE or nrid is not None):
            there[rid] = op == Op.INSERT
        if isinstance(nrid, int):
            there[nrid] = True
    stayed = (each for each in _of_baseline(session, base) if each not in there)
    found = array("q", merge(stayed, sorted(each for each, is_there in there.items() if is_there)))
    return found if len(found) == counted and found[-1] != counted else None


def _of_baseline(session: Session, base: str) -> Iterator[int]:
    for block, data in session.execute(f"SELECT block, CAST(data AS BLOB) FROM {quote(base)} ORDER BY block"):
        if isinstance(block, int) and isinstance(data, bytes):
            for low, _ in pairs(data, HASH_BYTES):
                yield block << 8 | low


def _fits(
    session: Session, audited: AuditedTable, live: LiveRows, baseline: Baseline, numbers: Sequence[int]
) -> bool:
    """Whether rows that nothing was logged of, and that have another number now, hold what they held before."""
    sealed = chain.last_seal(session)
    log, after = quote(names.log_table(audited.tid)), sealed.last_seq if sealed else 0
    changes = session.execute(f"SELECT rid, nrid FROM main.{log} WHERE seq > ?", (after,))
    touched = {each for row in changes for each in row}
    moved = [place for place, number in enumerate(numbers) if number != place + 1 and number not in touched]
    former = FormerRows(live, numbers)
    tried = [numbers[place] for place in moved[:: max(1, len(moved) // _TRIED)]]
    if not tried:  # all that moved was changed since, too: it is walked back
        form = Form.of(audited)
        records = Records(Values(session), form).backward(after + 1, tables.last_seq(session))
        back = baseline.hashed(unwind(former, form, records))
        return 2 * len(baseline.check(live.name, back)) < len(back.keys)
    fitting = sum(baseline.of((each,)) == baseline.hash(former.row((each,))) for each in tried)
    return 2 * fitting > len(tried)
