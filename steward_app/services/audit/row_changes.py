"""Finds the changes of one row, by whatever keys and versions of the table, without reading the log through.

Sealed changes stand in a list by row. What is not sealed is listed here, in a temporary table of the session, once and
as it grows.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from itertools import islice

from steward_app.db import ReadSession, Session, quote
from steward_app.kernel.values import SqlValue
from steward_app.services.audit import chain, log, names, seal_tables, tables
from steward_app.services.audit.encoding import encoded
from steward_app.services.audit.lineage import Lineage
from steward_app.services.audit.model import AuditedTable, Change, Key, RawText, Value
from steward_app.services.audit.records import Form, Records
from steward_app.services.audit.values import Values

_FEW, _MANY = 32, 400
_NO_END = (1 << 63) - 1


class RowChanges:
    """The changes of rows of one table.

    Args:
        session: its own: what is not sealed is listed in its temporary tables, which go with it.
    """

    def __init__(self, session: Session, lineage: Lineage) -> None:
        self._session = session
        self._lineage = lineage
        self._lists: dict[int, _List] = {}

    def backward(self, key: Key, *, before: int = _NO_END) -> Iterator[tuple[Change, Key]]:
        """The changes of a row, the newest first, each with the key that the row had before it, as it is written now.

        Where the key was changed, it goes on under the former one. What had the key before the row was inserted
        follows too.

        Args:
            key: as it is written now, at the change numbered `before`.
        """
        for version in self._lineage.versions:
            if version.key_order is None:
                return
            if version.audited.from_seq >= before:
                continue
            for change, at in self._in_version(version.audited, version.key_then(key), before):
                key = version.key_now(at)
                yield change, key

    def others(self, audited: AuditedTable, key: Key, after: int) -> Iterator[int]:
        """The numbers of later changes that concern a key of one version, ascending."""
        return iter(self._of(audited).after(key, after))

    def _in_version(self, audited: AuditedTable, key: Key, before: int) -> Iterator[tuple[Change, Key]]:
        listed, size = self._of(audited), _FEW
        while True:
            seqs = listed.before(key, before, size)
            for change in reversed(list(log.changes_at(self._session, audited, seqs))):
                before, moved = change.seq, change.key != key and change.new_key == key
                key = change.key if moved else key
                yield change, key
                if moved:
                    break
            else:
                if len(seqs) < size:
                    return
                size = _MANY

    def _of(self, audited: AuditedTable) -> _List:
        if audited.tid not in self._lists:
            self._lists[audited.tid] = _List(self._session, audited)
        return self._lists[audited.tid]


class _List:
    """Which changes of one version concern which row."""

    def __init__(self, session: Session, audited: AuditedTable) -> None:
        self._session = session
        self._audited = audited
        self._form = Form.of(audited)
        self._values = Values(session)
        sealed = seal_tables.rows_table(audited.tid)
        self._sealed = f"main.{quote(sealed)}" if seal_tables.is_there(session, sealed) else ""
        last = chain.last_seal(session) if self._sealed else None
        self._until = last.last_seq if last else 0
        self._tail = f"temp.{quote(f'{names.PREFIX}tail_{audited.tid}')}"
        self._made = False

    def before(self, key: Key, seq: int, most: int) -> list[int]:
        """The last changes of a row before a number, descending."""
        return self._find(key, "seq < ?", seq, f"ORDER BY seq DESC LIMIT {most}", newest_first=True)[:most]

    def after(self, key: Key, seq: int) -> list[int]:
        """The changes of a row after a number, ascending."""
        return self._find(key, "seq > ?", seq, "ORDER BY seq", newest_first=False)

    def _find(self, key: Key, where: str, seq: int, order: str, *, newest_first: bool) -> list[int]:
        self._grow()
        listed = self._listed(key)
        found: set[int] = set()
        for source in (self._tail if self._made else "", self._sealed):
            if source:
                sql = f"SELECT seq FROM {source} WHERE key = ? AND {where} {order}"
                found.update(int(str(row[0])) for row in self._session.execute(sql, (listed, seq)))
        return sorted(found, reverse=newest_first)

    def _listed(self, key: Key) -> SqlValue:
        if self._audited.by_rowid:
            return key[0] if isinstance(key[0], int) else None
        return encoded([self._text(value) for value in key])

    def _text(self, value: Value) -> SqlValue:
        """A value as `Values` gives it: what is not valid in a text comes as surrogates."""
        if not isinstance(value, RawText):
            return value
        return str(next(self._values.exactly(["CAST(?1 AS TEXT)"], "", value.stored))[0])

    def _grow(self) -> None:
        """List what came since."""
        last = min(tables.last_seq(self._session), self._audited.to_seq or _NO_END)
        if last <= self._until:
            return
        with temporary(self._session):
            if not self._made:
                self._session.all(f"DROP TABLE IF EXISTS {self._tail}")
                columns = "key NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (key, seq)"
                self._session.all(f"CREATE TABLE {self._tail} ({columns}) WITHOUT ROWID")
                self._made = True
            if self._audited.by_rowid:
                self._by_number(last)
            else:
                self._by_key(last)
        self._until = last

    def _by_number(self, last: int) -> None:
        source = f"FROM main.{quote(names.log_table(self._audited.tid))} WHERE seq > ? AND seq <= ?"
        for number in ("rid", "nrid"):
            self._session.all(
                f"INSERT OR IGNORE INTO {self._tail} SELECT {number}, seq {source} AND {number} IS NOT NULL",
                (self._until, last),
            )

    def _by_key(self, last: int) -> None:
        into = f"INSERT OR IGNORE INTO {self._tail} VALUES (?, ?)"
        records = Records(self._values, self._form).between(self._until + 1, last)
        while some := list(islice(records, 1_000)):
            for record in some:
                for key in (self._form.key_of(record), self._form.new_key_of(record)):
                    if key is not None:
                        self._session.all(into, (encoded(key), record[0]))


def temporary(session: Session) -> AbstractContextManager[None]:
    """In the block, tables of the `temp` schema may be made and filled."""
    return session.temporary() if isinstance(session, ReadSession) else nullcontext()
