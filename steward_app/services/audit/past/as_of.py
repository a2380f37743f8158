"""A table as it was at a time: what changed since is taken back over the rows as they are.

    with table_as_of(session, table, moment) as then:
        with then.at_one_moment():
            page = Grid(session, then.source).first_page()

The rows are a source like any other: they are paged, filtered, sorted and exported by `services.rows`. Other programs
may go on writing: `at_one_moment` takes back what came since, so that what is read is always the table as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from steward_app.db import ReadSession, Session, fold
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, Failure, Refused
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.audit.engine import log, names, tables
from steward_app.services.audit.engine.model import Event, Mode, Value
from steward_app.services.audit.engine.values import bound
from steward_app.services.audit.past.erased_cells import ErasedCells
from steward_app.services.audit.past.fold_back import FoldBack, Stretch
from steward_app.services.audit.past.lineage import Lineage, Version, lineage
from steward_app.services.audit.past.moments import Moment, from_milliseconds, milliseconds
from steward_app.services.audit.past.overlay import Overlay
from steward_app.services.audit.seals import chain, statement
from steward_app.services.erasure import Judge
from steward_app.services.rows.source import Source
from steward_app.services.schema.ddl_table import read_table
from steward_app.services.schema.model import Generated, Table

_AT_ONCE = 2_000  # changes that are read at once
_WEIGHED = 50  # of these
_MOST_BYTES, _MOST_ROWS = 100_000_000, 100_000  # that are held in memory before they are laid down


@dataclass(frozen=True, slots=True)
class Kept:
    """What the rows of then can be told of.

    Attributes:
        unknown: columns of now whose values of then are not in the log; they are left out.
        added: columns that came since; they are left out.
        gone: columns of then that are not there now; their values are not told.
        erased: rows that were there then and whose values were erased since; they are left out.
        emptied: changes since of which some values were erased; these stand as NULL.
        unlogged: rows that are not as the log left them: they were changed behind its back.
        gaps: times since at which changes by others were not logged, as far as that was noticed.
        before_log: nothing was logged at the time yet: the table is as it was when its audit began.
    """

    unknown: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    erased: int = 0
    emptied: int = 0
    unlogged: int = 0
    gaps: tuple[Event, ...] = ()
    before_log: bool = False


class AsOf:
    """A table as it was. Made by `table_as_of`.

    Attributes:
        moment: of which it is.
        overlay: what lies over the table.
    """

    def __init__(
        self,
        session: ReadSession,
        table: Table,
        lineage: Lineage,
        moment: Moment,
        context: Context,
        judge: Judge | None = None,
    ) -> None:
        self.session = session
        self.table = table
        self.lineage = lineage
        self.moment = moment
        self._versions = reaching(session, lineage, moment)
        self._before_log = moment.at is None and not statement.cut(session).last_seq
        self._context = context
        self._judge = judge if judge is not None and judge.concerns(table.name) else None
        self._unknown: set[int] = set()
        self._erased = self._emptied = self._unlogged = 0
        self._cells = ErasedCells(session)
        self._until = tables.last_seq(session)
        self.overlay = Overlay(session, table, lineage.newest, _retyped(self._versions))
        self._lay(moment.seq + 1, self._until, newer=False)

    @property
    def kept(self) -> Kept:
        """What the rows can be told of."""
        unlogged = {fold(each.name) for each in self.lineage.newest.columns if each.mode is Mode.NONE}
        logged = {fold(each.name) for each in self.lineage.newest.columns}
        then = self._versions[-1]
        there = {fold(name) for name in then.columns.values()}
        unknown = [
            each.name
            for place, each in enumerate(self.overlay.columns)
            if place in self._unknown or fold(each.name) in unlogged or fold(each.name) not in logged
        ]
        added = [each.name for each in self.overlay.columns if fold(each.name) in logged - there]
        made = [each.name for each in self.table.columns if each.generated is not Generated.NO]
        unknown = [name for name in unknown if name not in added]
        found = tables.events(self.session, first_seq=self.moment.seq + 1)
        return Kept(
            unknown=(*unknown, *(made if unknown or added else ())),
            added=tuple(added),
            gone=tuple(each.name for each in then.audited.columns if each.name not in then.columns),
            erased=self._erased,
            emptied=self._emptied,
            unlogged=self._unlogged,
            gaps=tuple(each for each in found if each.is_gap and each.tid in (None, *self.lineage.by_tid)),
            before_log=self._before_log,
        )

    @property
    def source(self) -> Source:
        """Its rows, for `services.rows`."""
        kept = self.kept
        return self.overlay.source({fold(name) for name in (*kept.unknown, *kept.added)})

    @contextmanager
    def at_one_moment(self) -> Iterator[None]:
        """In the block, what is read of the source is the table as it was, whatever others write meanwhile.

        Raises `Failure` when the table itself was changed since.
        """
        while True:
            self.refresh()
            with self.session.snapshot():
                if self.is_current():
                    yield
                    return

    def is_current(self) -> bool:
        """Whether nothing came since it was last refreshed."""
        return tables.last_seq(self.session) == self._until

    def refresh(self) -> None:
        """Take back what came since. Raises what `at_one_moment` raises."""
        with self.session.snapshot():
            last = tables.last_seq(self.session)
            if last != self._until:
                self._require_same()
                self._lay(self._until + 1, last, newer=True)
                self._until = last

    def _require_same(self) -> None:
        if lineage(self.session, self.table.name).newest != self.lineage.newest:
            raise Failure(
                ErrorCode.CHANGED_ON_DISK,
                f"{quoted(self.table.name)} was changed by another program while you looked at it.",
                hint="The file is unchanged by this program. Choose the time again.",
            )

    def close(self) -> None:
        """Give the temporary space back. The session stays open."""
        self.overlay.drop()

    def _lay(self, first: int, last: int, *, newer: bool) -> None:
        """Take a stretch of the log back.

        What came after that was laid already is one stretch: a row that lies there is not touched by it.
        """
        with self.session.under(self._context):
            for version in self._versions:
                begin, end = (
                    max(first, version.audited.from_seq + 1),
                    min(last, version.audited.to_seq or last),
                )
                if end >= begin:
                    self._lay_version(version, begin, end, newer=newer)
            if self._judge is not None:
                self._withhold(self._judge)

    def _withhold(self, judge: Judge) -> None:
        """Take away what the ledger of erasures says must not come back."""
        taken, emptied = [], {}
        for key, values in self.overlay.rows():
            self._context.checkpoint()
            image = {
                each.name: bound(value) for each, value in zip(self.overlay.columns, values, strict=True)
            }
            if self.overlay.audited.by_rowid:
                image.setdefault(self.table.rowid_name, bound(key[0]))
            said = judge.image(self.table, image)
            if not said.may_return:
                taken.append(key)
            elif said.changes:
                emptied[key] = {
                    self.overlay.places[fold(name)]: value for name, value in said.changes.items()
                }
        self.overlay.withhold(taken, emptied)
        self._erased += len(taken)
        self._emptied += len(emptied)

    def _lay_version(self, version: Version, first: int, last: int, *, newer: bool) -> None:
        folding = FoldBack(version, self.overlay.places)
        records = log.rows(self.session, version.audited, first_seq=first, last_seq=last, newest_first=True)
        stretch, weight = Stretch(), 0
        while some := list(islice(records, _AT_ONCE)):
            folding.run(some, stretch, self._cells.among(int(str(some[-1][0])), int(str(some[0][0]))))
            self._context.checkpoint()
            self._context.report(last - int(str(some[-1][0])) + 1, last - first + 1, unit="changes")
            weight += len(some) * max(map(_bytes, some[:: _AT_ONCE // _WEIGHED]))
            if not newer and (weight > _MOST_BYTES or len(stretch.rows) > _MOST_ROWS):
                stretch, weight = self._put(stretch, newer=False), 0
        self._put(stretch, newer=newer)

    def _put(self, stretch: Stretch, *, newer: bool) -> Stretch:
        self._unlogged += self.overlay.misfits(stretch.left)
        self.overlay.put(stretch.rows, newer=newer)
        self._unknown |= stretch.unknown
        self._erased += stretch.erased
        self._emptied += stretch.emptied
        return Stretch()


@contextmanager
def table_as_of(
    session: ReadSession,
    table: Table,
    moment: Moment,
    context: Context | None = None,
    *,
    judge: Judge | None = None,
) -> Iterator[AsOf]:
    """A table as it was at a moment: what it costs depends on how much changed since.

    Args:
        session: its own, outside a snapshot: it holds temporary tables until the block ends.
        table: as it is now.
        judge: from `ledger.judge_since`: rows that were erased since are left out, whatever the log still holds.

    Raises:
        UsageError: the table was never under audit.
        Refused: the log does not reach back to the moment, or the table is not under audit any more.
        Cancelled: on request.
    """
    with session.snapshot():
        made = AsOf(session, table, lineage(session, table.name), moment, context or Context(), judge)
    try:
        yield made
    finally:
        made.close()


def reaching(session: Session, table: Lineage, moment: Moment) -> tuple[Version, ...]:
    """The versions of a table from now back to a moment, the newest first. Raises `Refused` where none reaches it."""
    label = quoted(table.name)
    if not table.armed:
        raise _refused(
            f"{label} is not under audit any more.", "Its history up to the end of the audit can be read."
        )
    if _has_left(session, moment):
        raise _refused(f"The log of {label} at that time has left for an archive.", "Choose a later time.")
    if moment.seq < table.begins:
        raise _refused(
            f"The audit of {label} began later.", "Choose a later time, or look into a restore point."
        )
    began = _installed(session, table.versions[-1].audited.tid)
    if began is not None and moment.asked < began:
        told = clock.shown(clock.to_text(began))
        raise _refused(
            f"The audit of {label} began on {told}.", "Choose a later time, or look into a restore point."
        )
    found = []
    for version in table.versions:
        if version.key_order is None:
            raise _refused(f"Rows of {label} were named in another way at that time.", "Choose a later time.")
        found.append(version)
        if version.audited.from_seq <= moment.seq:
            break
    return tuple(found)


def _has_left(session: Session, moment: Moment) -> bool:
    """Whether changes after a moment were pruned. When the last that left was made is not known any more, only when it
    was sealed: at the end of what left, only a time from then on is told of."""
    cut = statement.cut(session)
    if moment.seq != cut.last_seq or moment.at is not None or not cut.last_seq:
        return moment.seq < cut.last_seq
    last = next(chain.seals(session, first=cut.last_seal), None)
    return last is not None and milliseconds(moment.asked) < last.sealed_us // 1_000


def _installed(session: Session, tid: int) -> datetime | None:
    """When a table was put under audit, where that was written down."""
    at = session.value(f"SELECT at_us FROM main.{names.EVENT} WHERE kind = 'installed' AND tid = ?", (tid,))
    return from_milliseconds(at // 1_000) if isinstance(at, int) else None


def _bytes(record: Iterable[Value]) -> int:
    """About what the texts and BLOBs of a record take."""
    return sum(len(value) for value in record if isinstance(value, str | bytes))


def _retyped(versions: tuple[Version, ...]) -> set[str]:
    """Columns whose declared type was another one in one of the versions, by their names now."""
    types: dict[str, set[str]] = {}
    for version in versions if len(versions) > 1 else ():
        text = read_table(version.audited.ddl)
        known = {fold(each.name): each.declared_type.upper() for each in text.columns} if text else {}
        for then, now in version.columns.items():
            types.setdefault(fold(now), set()).add(known.get(fold(then), "?"))
    return {name for name, found in types.items() if len(found) > 1}


def _refused(message: str, hint: str) -> Refused:
    return Refused(ErrorCode.NOT_ALLOWED, message, hint=f"Nothing was changed. {hint}")
