"""The leaves of the log: one for each change and event by its number, then transactions and tables.

Sealing and verifying make them here, from the values as they stand in the file.
"""

from __future__ import annotations

import marshal
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b, sha256

from steward_app.db import Session, quote
from steward_app.kernel.values import Row
from steward_app.services.audit.engine import names
from steward_app.services.audit.engine.model import AuditedTable
from steward_app.services.audit.engine.values import Values
from steward_app.services.audit.seals import commitment, seal_tables
from steward_app.services.audit.seals.blocks import Blocks
from steward_app.services.audit.seals.commitment import COMMITMENT_BYTES, SECRET_BYTES
from steward_app.services.audit.seals.encoding import VERSION
from steward_app.services.audit.seals.records import Form, Records

_EVENTS = ("seq", "at_us", "kind", "tid", "detail")
_TXNS = (
    "txn",
    "begun_us",
    "actor",
    "application",
    "host",
    "pid",
    "reason",
    "operation_id",
    "undo_of",
    "first_seq",
)
_TABLES = ("tid", "name", "earlier", "without_rowid", "row_key", "columns", "from_seq")


@dataclass
class Leaves:
    """Leaves by their place.

    Attributes:
        of: one for each number from the first; None where the log has nothing of that number.
        twice: numbers that two records have.
    """

    of: list[bytes | None]
    twice: list[int] = field(default_factory=list)

    def put(self, place: int, seq: int, leaf: bytes) -> None:
        if self.of[place] is not None:
            self.twice.append(seq)
        else:
            self.of[place] = leaf


class LeafReader:
    """Makes leaves from a file. Reads the list of audited tables once.

    Args:
        only: the tables to look at, where it is known that no others have changes.
    """

    def __init__(self, session: Session, only: Collection[int] | None = None) -> None:
        self._session = session
        self._values = Values(session)
        present = seal_tables.present(session)
        self._watched = [
            _Watched(session, self._values, table)
            for table in seal_tables.audited(session, strict=False)
            if names.log_table(table.tid) in present and (only is None or table.tid in only)
        ]

    def changes(self, first: int, last: int, whole: Mapping[int, bytes] | None = None) -> Leaves:
        """The leaves of the tree of changes, from one number to another.

        Args:
            whole: for changes of which values were erased, the commitment that is kept in their place.
        """
        found = Leaves([None] * (last - first + 1))
        for watched in self._watched:
            watched.leaves(found, first, last, whole or {})
        for event in self._events(first, last):
            found.put(_seq(event) - first, _seq(event), commitment.plain_leaf(commitment.EVENT, event))
        return found

    def cells(
        self, first: int, last: int, opened: Mapping[int, tuple[commitment.Opening, ...]] | None = None
    ) -> Leaves:
        """The leaves of the tree of cells. `opened` are the changes of which values were erased."""
        found = Leaves([None] * (last - first + 1))
        for watched in self._watched:
            for record in watched.records.between(first, last):
                seq = _seq(record)
                openings = (opened or {}).get(seq) or watched.openings(record)
                leaf = commitment.cells_leaf(watched.form.header(record), openings)
                found.put(seq - first, seq, leaf)
        for event in self._events(first, last):
            found.put(_seq(event) - first, _seq(event), commitment.plain_leaf(commitment.EVENT, event))
        return found

    def definitions(
        self, after_txn: int, last_txn: int, after_tid: int, last_tid: int
    ) -> Iterator[tuple[bytes, int, bytes]]:
        """The leaves of transactions, then of tables, each with its kind and its number."""
        for kind, table, columns, after, last in (
            (commitment.TRANSACTION, names.TXN, _TXNS, after_txn, last_txn),
            (commitment.TABLE, names.TABLE, _TABLES, after_tid, last_tid),
        ):
            if after >= last:
                continue
            number = quote(columns[0])
            rest = f"FROM main.{quote(table)} WHERE {number} >= ? AND {number} <= ? ORDER BY {number}"
            for row in self._values.rows(columns, rest, after + 1, last):
                yield kind, _seq(row), commitment.plain_leaf(kind, row)

    def records(self, first: int, last: int) -> Iterator[tuple[AuditedTable, Form, Row]]:
        """Every record, table by table."""
        for watched in self._watched:
            for record in watched.records.between(first, last):
                yield watched.table, watched.form, record

    def record(self, seq: int) -> tuple[AuditedTable, Form, Row] | None:
        """The record of one number."""
        return next(self.records(seq, seq), None)

    def openings(self, form: Form, record: Row) -> tuple[commitment.Opening, ...]:
        """The cell commitments of a record, from its values and the secret of its row."""
        return self._of(form).openings(record)

    def secret(self, form: Form, record: Row) -> bytes:
        """The secret of the row of a record; empty where it has none (any more)."""
        return self._of(form).secret(record)

    def leaf_if(self, form: Form, record: Row, seq: int) -> bytes:
        """The leaf this record would have under another number."""
        moved = (seq, *record[1:])
        secret = self._of(form).secret(record)
        header = form.header(moved)
        return commitment.change_leaf(header, commitment.whole(secret, header, moved[form.head :]))

    def _of(self, form: Form) -> _Watched:
        return next(each for each in self._watched if each.form.tid == form.tid)

    def _events(self, first: int, last: int) -> Iterator[Row]:
        return self._values.rows(
            _EVENTS, f"FROM main.{names.EVENT} WHERE seq >= ? AND seq <= ? ORDER BY seq", first, last
        )


class _Watched:
    """One version of a table, with the secrets of its rows."""

    def __init__(self, session: Session, values: Values, table: AuditedTable) -> None:
        self.table = table
        self.form = Form.of(table)
        self.records = Records(values, self.form)
        self._secrets = Blocks(session, seal_tables.key_table(table.tid), SECRET_BYTES)

    def secret(self, record: Row) -> bytes:
        """The secret of the record's row; empty where it has none (any more)."""
        return self._secrets.get(*self.form.place_of(self.form.key_of(record)))

    def openings(self, record: Row) -> tuple[commitment.Opening, ...]:
        return commitment.openings(self.secret(record), _seq(record), self.form.cells(record))

    def leaves(self, found: Leaves, first: int, last: int, whole: Mapping[int, bytes]) -> None:
        """Put the leaves of this table's changes. The same as `commitment` does, without its calls for each."""
        head, by_rowid, block, secret_of = (
            self.form.head,
            self.form.by_rowid,
            self._secrets.block,
            self.secret,
        )
        prefix = commitment.CHANGE + self.form.tid.to_bytes(8, "big")
        dumps, put, of, width = marshal.dumps, found.put, found.of, SECRET_BYTES
        for record in self.records.between(first, last):
            header = prefix + dumps(record[:head], VERSION)
            seq: int = record[0]  # type: ignore[assignment]  # the row number of the log
            if by_rowid and type(number := record[head]) is int:
                data = block(number >> 8)
                count = len(data) // (width + 1)
                at = data.find(number & 255, 0, count)
                secret = data[count + at * width : count + at * width + width] if at >= 0 else b""
            else:
                secret = secret_of(record)
            if whole and seq in whole:
                bound = whole[seq]
            else:
                body = header + dumps(record[head:], VERSION)
                bound = blake2b(body, digest_size=COMMITMENT_BYTES, key=secret).digest()
            leaf = sha256(b"\x00" + header + bound).digest()
            place = seq - first
            if of[place] is None:
                of[place] = leaf
            else:
                put(place, seq, leaf)


def _seq(row: Row) -> int:
    number = row[0]
    assert isinstance(number, int)  # the row number of its table
    return number
