"""The recycle bin: rows that were deleted or replaced and are not there now, the newest first, with who and when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from steward_app.db import Session, fold, qualified, quote
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.kernel.progress import Context
from steward_app.services.audit.engine import log, names, tables
from steward_app.services.audit.engine.model import Change, Key, NotKept, Op, Txn, Value
from steward_app.services.audit.engine.writers import Writers
from steward_app.services.audit.past.lineage import Lineage, Version, lineage, lineages
from steward_app.services.audit.past.overlay import read_row
from steward_app.services.audit.past.row_changes import RowChanges
from steward_app.services.audit.seals import seal_tables

PAGE = 100
_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Deleted:
    """A row that was there.

    Attributes:
        table: as it is called now.
        change: that removed it; its time and number.
        key: what named it, as keys are written now.
        values: by the names that its columns have now; a column that came later is not among them.
        writer: who removed it; None for an unknown writer.
        replaced: it was removed by another row that took its place under a unique key.
    """

    table: str
    change: Change
    key: Key
    values: dict[str, Value | NotKept]
    writer: Txn | None

    @property
    def replaced(self) -> bool:
        return self.change.op is Op.DISPLACED


@dataclass(frozen=True, slots=True)
class BinPage:
    """Some deleted rows. `next` is what to ask the following page with, or None where this is the last."""

    rows: tuple[Deleted, ...]
    next: int | None


class RecycleBin:
    """The deleted rows of a file. It has its session to itself, as `RowChanges` has.

    Of a row that was deleted several times it shows the last time. Rows whose values were erased are not in it, and
    neither are rows of tables that are not under audit any more, are gone, or lost what named their rows.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._writers = Writers(session)

    def page(self, table: str = "", *, after: int | None = None, limit: int = PAGE) -> BinPage:
        """Some of them, of one table or of all.

        Args:
            after: `next` of the page before.

        Raises `UsageError` for a table that the log does not know.
        """
        found = list(islice(self.rows(table, after=after), limit + 1))
        more = len(found) > limit
        return BinPage(tuple(found[:limit]), found[limit - 1].change.seq if more else None)

    def rows(
        self, table: str = "", *, after: int | None = None, context: Context | None = None
    ) -> Iterator[Deleted]:
        """All of them, one by one. A job where the log is long: it is looked through for what was deleted."""
        context = context or Context()
        looked = [lineage(self._session, table)] if table else list(lineages(self._session))
        there = [of for of in looked if of.armed and self._is_there(of)]
        by_tid = {each.audited.tid: (of, each) for of in there for each in of.versions}
        lists = {of.newest.tid: RowChanges(self._session, of) for of in looked}
        end = tables.last_seq(self._session) + 1 if after is None else after
        while some := self._removals(list(by_tid), end):
            for change in some:
                context.checkpoint()
                of, version = by_tid[change.tid]
                if version.key_order is not None and self._is_last(of, version, lists[of.newest.tid], change):
                    yield self._deleted(of, version, change)
            end = some[-1].seq

    def _removals(self, tids: list[int], before: int) -> list[Change]:
        """The last changes before a number that removed a row which is not there now, the newest first."""
        found: list[tuple[int, int]] = []
        for tid in tids:
            sql = f"SELECT seq {self._removed_sql(tid)} ORDER BY seq DESC LIMIT {_AT_ONCE}"
            found += [(int(str(seq)), tid) for (seq,) in self._session.execute(sql, (before,))]
        newest = sorted(found, reverse=True)[:_AT_ONCE]
        changes: list[Change] = []
        for tid in {tid for _, tid in newest}:
            audited = tables.table(self._session, tid)
            assert audited is not None  # its log is there
            changes += log.changes_at(self._session, audited, [seq for seq, of in newest if of == tid])
        return sorted(changes, key=lambda change: -change.seq)

    def _removed_sql(self, tid: int) -> str:
        where = "op >= 2 AND seq < ?"
        if seal_tables.is_there(self._session, seal_tables.REDACTED):
            where += f" AND seq NOT IN (SELECT seq FROM main.{seal_tables.REDACTED})"
        return f"FROM main.{quote(names.log_table(tid))} WHERE {where}"

    def _is_last(self, of: Lineage, version: Version, rows: RowChanges, change: Change) -> bool:
        """Whether the row is gone, and was not deleted again."""
        key = version.key_now(change.key)
        if read_row(self._session, qualified(of.name), ["1"], _key_sql(of), key) is not None:
            return False
        for each in of.versions:
            if each.audited.tid < version.audited.tid:
                continue
            then = each.key_then(key)
            after = change.seq if each.audited.tid == version.audited.tid else each.audited.from_seq
            later = rows.later(each.audited, then, after)
            if any(other.new_key is None and other.key == then for other in later):
                return False
        return True

    def _is_there(self, of: Lineage) -> bool:
        """Whether its rows can be looked up: a table that was rebuilt behind the audit may name them otherwise."""
        listed = ", ".join(column_sql for column_sql, _ in _key_sql(of))
        try:
            with in_sqlites_words():
                self._session.accesses(f"SELECT {listed} FROM {qualified(of.name)} AS l")
        except SqliteSays:
            return False
        return True

    def _deleted(self, of: Lineage, version: Version, change: Change) -> Deleted:
        there = {fold(name): now for name, now in version.columns.items()}
        values = {there[fold(name)]: cell.old for name, cell in change.cells.items() if fold(name) in there}
        return Deleted(of.name, change, version.key_now(change.key), values, self._writers.of(change))


def _key_sql(of: Lineage) -> list[tuple[str, str]]:
    """What names a row of the table of now, which is `l`."""
    newest = of.newest
    parts = [newest.rowid] if newest.by_rowid else newest.primary_key
    return [(f"l.{quote(name)}", "") for name in parts]
