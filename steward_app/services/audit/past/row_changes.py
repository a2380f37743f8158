"""Finds the changes of one row, by whatever keys and versions of the table, without reading the log through.

Sealed changes stand in a list by row. What is not sealed is listed here, in a temporary table of the session, once and
as it grows; and so is the whole log, where somebody emptied the list of a row that has sealed changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from itertools import islice

from steward_app.db import ReadSession, Session, quote
from steward_app.kernel.values import SqlValue
from steward_app.services.audit.engine import log, names, tables
from steward_app.services.audit.engine.model import AuditedTable, Change, Key
from steward_app.services.audit.engine.values import Values, same
from steward_app.services.audit.past.lineage import Lineage
from steward_app.services.audit.seals import chain, seal_tables
from steward_app.services.audit.seals.blocks import Blocks
from steward_app.services.audit.seals.commitment import SECRET_BYTES
from steward_app.services.audit.seals.encoding import encoded
from steward_app.services.audit.seals.records import Form, Records

_FEW, _MANY = 32, 400
_NO_END = (1 << 63) - 1
_END = "end"  # no key: those are integers or BLOBs


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

    def forward(self, key: Key, after: int) -> Iterator[Change]:
        """The changes of the row that a key named after a change, the oldest first, until it is removed.

        Where the key is changed, it goes on under the new one. Where there was no row, its insertion comes first.
        """
        for version in reversed(self._lineage.versions):
            to_seq = version.audited.to_seq
            if version.key_order is None or (to_seq is not None and to_seq <= after):
                continue
            for change in self._on_from(version.audited, version.key_then(key), after):
                yield change
                if change.new_key is None:
                    return
                key = version.key_now(change.new_key)

    def later(self, audited: AuditedTable, key: Key, after: int) -> Iterator[Change]:
        """The changes of one version after a number that concern this key, ascending."""
        while seqs := self._of(audited).after(key, after, _MANY):
            yield from log.changes_at(self._session, audited, seqs)
            after = seqs[-1]

    def _on_from(self, audited: AuditedTable, key: Key, after: int) -> Iterator[Change]:
        size = _FEW
        while seqs := self._of(audited).after(key, after, size):
            for change in log.changes_at(self._session, audited, seqs):
                after = change.seq
                yield change
                if change.new_key is None:
                    return
                if not _is(change.new_key, key):
                    key = change.new_key
                    break
            size = _MANY

    def _in_version(self, audited: AuditedTable, key: Key, before: int) -> Iterator[tuple[Change, Key]]:
        listed, size = self._of(audited), _FEW
        while True:
            seqs = listed.before(key, before, size)
            for change in reversed(list(log.changes_at(self._session, audited, seqs))):
                before = change.seq
                moved = _is(change.new_key, key) and not _is(change.key, key)
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
        self._secrets = Blocks(session, seal_tables.key_table(audited.tid), SECRET_BYTES)
        self._sealed = f"main.{quote(sealed)}" if seal_tables.is_there(session, sealed) else ""
        last = chain.last_seal(session) if self._sealed else None
        self._from = last.last_seq if last else 0
        self._name = f"{names.PREFIX}tail_{audited.tid}"
        self._tail = f"temp.{quote(self._name)}"

    def before(self, key: Key, seq: int, most: int) -> list[int]:
        """The last changes of a row before a number, descending."""
        order = f"ORDER BY seq DESC LIMIT {most}"
        found = self._find(key, "seq < ?", seq, order, newest_first=True)[:most]
        if not found and self._is_hidden(key):
            self._read_the_log()
            return self.before(key, seq, most)
        return found

    def after(self, key: Key, seq: int, most: int) -> list[int]:
        """The first changes of a row after a number, ascending."""
        return self._find(key, "seq > ?", seq, f"ORDER BY seq LIMIT {most}", newest_first=False)[:most]

    def _find(self, key: Key, where: str, seq: int, order: str, *, newest_first: bool) -> list[int]:
        grown = self._grow()
        listed = self._listed(key)
        found: set[int] = set()
        for source in (self._tail if grown else "", self._sealed):
            if source:
                sql = f"SELECT seq FROM {source} WHERE key = ? AND {where} {order}"
                found.update(int(str(row[0])) for row in self._session.execute(sql, (listed, seq)))
        return sorted(found, reverse=newest_first)

    def _is_hidden(self, key: Key) -> bool:
        """Whether the list has nothing of a row that sealed changes gave a secret: somebody took that away."""
        listed = self._listed(key)
        if not self._sealed or self._session.value(
            f"SELECT 1 FROM {self._sealed} WHERE key = ? LIMIT 1", (listed,)
        ):
            return False
        block, low = (key[0] >> 8, key[0] & 255) if isinstance(listed, int) else (listed, 0)  # type: ignore[operator]
        return bool(self._secrets.get(block, low))  # type: ignore[arg-type]

    def _read_the_log(self) -> None:
        """Go without the list from now on."""
        self._sealed, self._from = "", 0
        with temporary(self._session):
            self._session.all(f"DROP TABLE IF EXISTS {self._tail}")

    def _listed(self, key: Key) -> SqlValue:
        if self._audited.by_rowid:
            return key[0] if isinstance(key[0], int) else None
        return encoded([self._values.text(value) for value in key])

    def _grow(self) -> bool:
        """List what came since; whether there is a list. How far it goes stands in it: it may be rolled back."""
        last = min(tables.last_seq(self._session), self._audited.to_seq or _NO_END)
        there = self._session.value("SELECT 1 FROM temp.sqlite_schema WHERE name = ?", (self._name,))
        until = (
            self._session.value(f"SELECT max(seq) FROM {self._tail} WHERE key = '{_END}'") if there else None
        )
        after = until if isinstance(until, int) else self._from
        if last > after:
            with temporary(self._session):
                if not there:
                    columns = "key NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (key, seq)"
                    self._session.all(f"CREATE TABLE {self._tail} ({columns}) WITHOUT ROWID")
                (self._by_number if self._audited.by_rowid else self._by_key)(after, last)
                self._session.all(f"INSERT INTO {self._tail} VALUES ('{_END}', ?)", (last,))
        return bool(there) or last > after

    def _by_number(self, after: int, last: int) -> None:
        source = f"FROM main.{quote(names.log_table(self._audited.tid))} WHERE seq > ? AND seq <= ?"
        for number in ("rid", "nrid"):
            self._session.all(
                f"INSERT OR IGNORE INTO {self._tail} SELECT {number}, seq {source} AND {number} IS NOT NULL",
                (after, last),
            )

    def _by_key(self, after: int, last: int) -> None:
        rows = (
            (encoded(key), record[0])
            for record in Records(self._values, self._form).between(after + 1, last)
            for key in (self._form.key_of(record), self._form.new_key_of(record))
            if key is not None
        )
        while some := list(islice(rows, 1_000)):
            self._session.run_many(f"INSERT OR IGNORE INTO {self._tail} VALUES (?, ?)", some)


def _is(one: Key | None, other: Key) -> bool:
    """Whether two keys are the same; 1 and 1.0 are not, although they compare as equal."""
    return one is not None and all(map(same, one, other))


def temporary(session: Session) -> AbstractContextManager[None]:
    """In the block, tables of the `temp` schema may be made and filled."""
    return session.temporary() if isinstance(session, ReadSession) else nullcontext()
