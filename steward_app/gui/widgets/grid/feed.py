"""Fetches rows for a table: one piece of work at a time on one session, the newest wish first, stale ones dropped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from typing import Any, Protocol

from PySide6.QtCore import QObject, Signal

from steward_app.db import ReadSession
from steward_app.gui.bridge import JobHandle
from steward_app.gui.format import shown_name
from steward_app.gui.widgets.grid.columns import grid_columns, read_names
from steward_app.kernel.errors import StewardError, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.values import Key
from steward_app.services.rows import EVERY_ROW, Anchors, Filter, Grid, Page, RowCount, Sort, Source

OpenSession = Callable[[], AbstractContextManager[ReadSession]]


class Run(Protocol):
    """`Page.run`, or what stands for it."""

    def __call__(
        self,
        title: str,
        work: Callable[[Context], Any],
        on_success: Callable[[Any], None] | None = None,
        *,
        on_failure: Callable[[StewardError], None] | None = None,
        on_stopped: Callable[[], None] | None = None,
        on_end: Callable[[], None] | None = None,
    ) -> JobHandle: ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be shown: rows of a source, without the values of some columns, in an order, through a filter."""

    source: Source
    hidden: frozenset[str] = frozenset()
    sort: tuple[Sort, ...] = ()
    filter: Filter = EVERY_ROW


@dataclass(frozen=True, slots=True)
class Place:
    """Where the steward stands: the row at the top by number and key, and the chosen one."""

    number: int
    top: Key | None
    chosen: Key | None


@dataclass(frozen=True, slots=True)
class Opened:
    """A grid with a page: its first, or the one at `place`."""

    wanted: Wanted
    grid: Grid
    page: Page
    total: RowCount
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class _Request:
    title: str
    work: Callable[[Context], Any]
    done: Callable[[Any], None]


class Lease:
    """The session of a table: kept as long as the table, given back when the last work on it has ended."""

    def __init__(self, open_session: OpenSession) -> None:
        self._open = open_session
        self._stack = ExitStack()
        self._session: ReadSession | None = None
        self.running: JobHandle | None = None

    def session(self) -> ReadSession:
        """The session, opened on first use. On the worker's thread."""
        if self._session is None:
            self._session = self._stack.enter_context(self._open())
        return self._session

    def release(self, *_: object) -> None:
        """Stop what works and close the session after it."""
        running, self.running = self.running, None
        if running is not None and not running.job.future.done():
            running.job.future.add_done_callback(lambda future: self._stack.close())
            running.job.cancel()
        else:
            self._stack.close()


class GridFeed(QObject):
    """Wishes in, pages out. Of several wishes of one kind the last counts.

    Signals:
        opened: `Opened`: another source, order or filter, with its first page.
        loaded: kind ("after", "before", "jump", "end"), the page, how many rows there are as far as is known, and the
            number of the row to choose, or None.
        failed: a `StewardError`.
        stopped: work was stopped; what was shown before still is.
    """

    opened = Signal(object)
    loaded = Signal(str, object, object, object)
    failed = Signal(object)
    stopped = Signal()

    _ORDER = ("open", "jump", "after", "before", "value")

    def __init__(self, run: Run, open_session: OpenSession, parent: QObject) -> None:
        super().__init__(parent)
        self._run = run
        self._open_session = open_session
        self.lease = Lease(open_session)
        self.grid: Grid | None = None
        self._last: Grid | None = None
        self._turn = 0
        self._waiting: dict[str, _Request] = {}
        lease = self.lease  # a function keeps it alive until the last session is given back
        parent.destroyed.connect(lambda: lease.release())

    @property
    def busy(self) -> bool:
        """True while something is fetched or waits to be."""
        return self.lease.running is not None or bool(self._waiting)

    def drop(self) -> None:
        """Show nothing: what is being fetched is not told any more."""
        self.grid = None
        self._turn += 1
        self._waiting.clear()
        if self.lease.running is not None:
            self.lease.running.cancel()

    def open(self, wanted: Wanted, place: Place | None = None) -> None:
        """Show other rows, from the first or from a place on; sorts them first where no index gives the order."""
        self._turn += 1
        self._waiting.clear()
        if self.lease.running is not None:
            self.lease.running.cancel()
        name = shown_name(wanted.source.name) or self.tr("the query")
        by = ", ".join(shown_name(sort.column) for sort in wanted.sort)
        title = self.tr("Sorting {name} by {by}") if by else self.tr("Reading {name}")
        title = title.format(name=name, by=by)
        self._want("open", title, lambda context: self._open(wanted, place, context), self._opened)

    def page_after(self, page: Page) -> None:
        """The rows behind the loaded ones."""
        self._page("after", lambda grid: grid.page_after(page))

    def page_before(self, page: Page) -> None:
        """The rows before the loaded ones."""
        self._page("before", lambda grid: grid.page_before(page))

    def look_at(self, number: int) -> None:
        """The rows from a number on; none is chosen."""
        self._page("jump", lambda grid: grid.page_at(number))

    def jump_to(self, number: int) -> None:
        """The rows from a number on; the one with that number, or the one nearest to it, is chosen."""
        self._page(
            "jump",
            lambda grid: grid.page_at(number),
            lambda page: min(number, page.last_row) if page.exact else page.first_row,
        )

    def locate(self, columns: Sequence[str], values: Sequence[Any], missing: Callable[[], None]) -> None:
        """The rows from the first with these values on, which is chosen; `missing` when there is none."""

        def find(grid: Grid) -> tuple[Page | None, RowCount]:
            key = grid.locate(columns, values)
            return (grid.page_from(key) if key is not None else None), grid.total

        def show(found: tuple[Page | None, RowCount]) -> None:
            page, total = found
            if page is None:
                missing()
            else:
                self.loaded.emit("jump", page, total, page.first_row)

        self._ask("jump", self.tr("Looking for a row"), find, show)

    def first(self) -> None:
        """The first rows; the very first is chosen."""
        self._page("jump", lambda grid: grid.first_page(), lambda page: page.first_row)

    def last(self, *, choose: bool = True) -> None:
        """The last rows; the very last is chosen, or they are only looked at, which is told as "end"."""
        if choose:
            self._page("jump", lambda grid: grid.last_page(), lambda page: page.last_row)
        else:
            self._page("jump", lambda grid: grid.last_page(), told="end")

    def read(self, title: str, work: Callable[[Grid], Any], done: Callable[[Any], None]) -> None:
        """Something else from the same rows: a whole value, a record."""
        self._ask("value", title, work, done)

    def count(self, done: Callable[[RowCount], None]) -> None:
        """Number the rows exactly, on a session of its own, so that the table goes on meanwhile."""
        grid = self.grid
        if grid is None:
            return

        def work(context: Context) -> Anchors:
            with self._open_session() as session:
                return grid.find_anchors(session, context)

        def counted(anchors: Anchors) -> None:
            if grid is self.grid:
                grid.use(anchors)
                done(anchors.total)

        name = shown_name(grid.source.name) or self.tr("the query")
        self._run(self.tr("Counting {name}").format(name=name), work, counted, on_failure=self.failed.emit)

    def _open(self, wanted: Wanted, place: Place | None, context: Context) -> Opened:
        session, old = self.lease.session(), self._last
        with session.under(context):
            names = read_names(grid_columns(wanted.source, wanted.hidden))
            grid = Grid(session, wanted.source, columns=names, sort=wanted.sort, filter=wanted.filter)
            ready = grid.ready
        if not ready and (wanted.sort or grid.source.key is not None):
            grid.prepare(context)
        with session.under(context):
            page = _page_at(grid, place)
            opened = Opened(wanted, grid, page, grid.total, place)
        if old is not None:
            old.close()
        self._last = grid
        return opened

    def _opened(self, opened: Opened) -> None:
        self.grid = opened.grid
        self.opened.emit(opened)

    def _page(
        self,
        kind: str,
        read: Callable[[Grid], Page],
        choose: Callable[[Page], int] | None = None,
        *,
        told: str = "",
    ) -> None:
        def loaded(found: tuple[Page, RowCount]) -> None:
            page, total = found
            self.loaded.emit(told or kind, page, total, choose(page) if choose is not None else None)

        self._ask(kind, self.tr("Reading rows"), lambda grid: (read(grid), grid.total), loaded)

    def _ask(self, kind: str, title: str, read: Callable[[Grid], Any], done: Callable[[Any], None]) -> None:
        grid = self.grid
        if grid is None or "open" in self._waiting:
            return

        def work(context: Context) -> Any:
            with grid.session.under(context):
                return read(grid)

        self._want(kind, title, work, done)

    def _want(
        self, kind: str, title: str, work: Callable[[Context], Any], done: Callable[[Any], None]
    ) -> None:
        if kind == "jump":
            self._waiting.pop("after", None)
            self._waiting.pop("before", None)
        self._waiting[kind] = _Request(title, work, done)
        self._pump()

    def _pump(self) -> None:
        if self.lease.running is not None or not self._waiting:
            return
        kind = min(self._waiting, key=self._ORDER.index)
        request, turn = self._waiting.pop(kind), self._turn

        def done(result: Any) -> None:
            if turn == self._turn:
                request.done(result)

        def failed(error: StewardError) -> None:
            if turn == self._turn:
                self.failed.emit(error)

        def stopped() -> None:
            if turn == self._turn:
                self.stopped.emit()

        self.lease.running = self._run(
            request.title, request.work, done, on_failure=failed, on_stopped=stopped, on_end=self._ended
        )

    def _ended(self) -> None:
        self.lease.running = None
        self._pump()


def _page_at(grid: Grid, place: Place | None) -> Page:
    """The rows from a place on; when the row at its top is gone, from its number on."""
    if place is None or place.number <= 1:
        return grid.first_page()
    if place.top is not None and grid.source.key is not None:
        try:
            return grid.page_from(place.top)
        except UsageError:
            pass
    return grid.page_at(place.number)
