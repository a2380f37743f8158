"""Fetches rows for a table: one piece of work at a time on one session, the newest wish first, stale ones dropped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from PySide6.QtCore import QObject, Signal

from steward_app.gui.bridge import JobHandle
from steward_app.gui.format import shown_name
from steward_app.gui.widgets.grid.columns import grid_columns, read_names
from steward_app.gui.widgets.grid.lease import Lease, OpenSession, Past, release_all
from steward_app.gui.widgets.grid.model import GridModel
from steward_app.kernel.errors import StewardError, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.values import Key
from steward_app.services.rows import EVERY_ROW, Anchors, Filter, Grid, Page, RowCount, Sort, Source

_NEAR_ROWS = 80  # fetch the next page when the edge is this near


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
    """What is to be shown: rows of a source, without the values of some columns, in an order, through a filter.

    `past` is None for rows as they are now.
    """

    source: Source
    hidden: frozenset[str] = frozenset()
    sort: tuple[Sort, ...] = ()
    filter: Filter = EVERY_ROW
    past: Past | None = None

    def looks_like(self, other: Wanted | None) -> bool:
        """Whether the same columns of the same table are shown, be it at another time."""
        if other is None or self.hidden != other.hidden:
            return False
        return (self.source.name, self.source.columns) == (other.source.name, other.source.columns)


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
    lease: Lease


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

    _ORDER = ("open", "jump", "after", "before", "value", "count")

    def __init__(self, run: Run, open_session: OpenSession, parent: QObject) -> None:
        super().__init__(parent)
        self._run = run
        self._open_session = open_session
        self.lease = Lease(open_session)
        self.grid: Grid | None = None
        self._running: JobHandle | None = None
        self._turn = 0
        self._waiting: dict[str, _Request] = {}
        leases = self._leases = [
            self.lease
        ]  # a function keeps them alive until the last session is given back
        parent.destroyed.connect(lambda: release_all(leases))

    @property
    def busy(self) -> bool:
        """True while something is fetched or waits to be."""
        return self._running is not None or bool(self._waiting)

    def drop(self) -> None:
        """Show nothing: what is being fetched is not told any more."""
        self.grid = None
        self._leave_off()

    def _leave_off(self, kept: Past | None = None) -> None:
        """Nothing that was wished for is wanted any more."""
        self._turn += 1
        self._waiting.clear()
        if self._running is not None:
            self._running.cancel()
        for lease in tuple(self._leases):
            if lease is not self.lease and (kept is None or lease.past is not kept):
                self._give_back(lease)

    def _give_back(self, lease: Lease) -> None:
        """Let its session go, which may take a while, on a worker's thread."""
        self._leases.remove(lease)
        if lease.working:
            lease.release()  # it goes when its work ends, on the thread of that
        else:
            self._run(self.tr("Leaving an earlier time"), lambda context: lease.release())

    def _lease_for(self, past: Past | None) -> Lease:
        found = next((lease for lease in self._leases if lease.past is past), None)
        if found is None:
            found = Lease(self._open_session, past)
            self._leases.append(found)
        return found

    def open(self, wanted: Wanted, place: Place | None = None) -> None:
        """Show other rows, from the first or from a place on; sorts them first where no index gives the order."""
        self._leave_off(wanted.past)
        lease = self._lease_for(wanted.past)
        name = shown_name(wanted.source.name) or self.tr("the query")
        by = ", ".join(shown_name(sort.column) for sort in wanted.sort)
        title = self.tr("Sorting {name} by {by}") if by else self.tr("Reading {name}")
        title = title.format(name=name, by=by)
        self._want(
            "open",
            title,
            lambda context: self._open(wanted, place, lease, context),
            lambda opened: self._opened(opened, lease),
            lease,
        )

    def page_after(self, page: Page) -> None:
        """The rows behind the loaded ones."""
        self._page("after", lambda grid: grid.page_after(page))

    def page_before(self, page: Page) -> None:
        """The rows before the loaded ones."""
        self._page("before", lambda grid: grid.page_before(page))

    def fetch_near(self, model: GridModel, first: int, last: int) -> None:
        """The page beyond an edge of what is loaded, where the rows in view come near it."""
        if model.has_after and last > len(model.rows) - _NEAR_ROWS:
            self.page_after(model.pages[-1])
        elif model.has_before and first < _NEAR_ROWS:
            self.page_before(model.pages[0])

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
        """Number the rows exactly, on a session of its own, so that the table goes on meanwhile.

        Those of an earlier time are on one session alone.
        """
        grid, lease = self.grid, self.lease
        if grid is None:
            return

        def alone(context: Context) -> Anchors:
            with lease.reading():
                return grid.find_anchors(grid.session, context)

        def work(context: Context) -> Anchors:
            with self._open_session() as session:
                return grid.find_anchors(session, context)

        def counted(anchors: Anchors) -> None:
            if grid is self.grid:
                grid.use(anchors)
                done(anchors.total)

        name = shown_name(grid.source.name) or self.tr("the query")
        title = self.tr("Counting {name}").format(name=name)
        if lease.past is not None:
            self._want("count", title, alone, counted, lease)
        else:
            self._run(title, work, counted, on_failure=self.failed.emit)

    def _open(self, wanted: Wanted, place: Place | None, lease: Lease, context: Context) -> Opened:
        session, old = lease.session(), lease.grid
        with lease.reading():
            with session.under(context):
                names = read_names(grid_columns(wanted.source, wanted.hidden))
                grid = Grid(session, wanted.source, columns=names, sort=wanted.sort, filter=wanted.filter)
                ready = grid.ready
            if not ready and (wanted.sort or grid.source.key is not None):
                grid.prepare(context)
            with session.under(context):
                page = _page_at(grid, place)
                lease.look_at(page)
                opened = Opened(wanted, grid, page, grid.total, place)
        if old is not None:
            old.close()
        lease.grid = grid
        return opened

    def _opened(self, opened: Opened, lease: Lease) -> None:
        self.grid = opened.grid
        if lease is not self.lease:
            before, self.lease = self.lease, lease
            self._waiting.clear()  # it was wished for of the rows before
            self._give_back(before)
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
        grid, lease = self.grid, self.lease
        if grid is None or "open" in self._waiting:
            return

        def work(context: Context) -> Any:
            with lease.reading(), grid.session.under(context):
                found = read(grid)
                lease.look_at(found)
                return found

        self._want(kind, title, work, done, lease)

    def _want(
        self,
        kind: str,
        title: str,
        work: Callable[[Context], Any],
        done: Callable[[Any], None],
        lease: Lease,
    ) -> None:
        if kind == "jump":
            self._waiting.pop("after", None)
            self._waiting.pop("before", None)
        self._waiting[kind] = _Request(title, work, done, lease)
        self._pump()

    def _pump(self) -> None:
        if self._running is not None or not self._waiting:
            return
        kind = min(self._waiting, key=self._ORDER.index)
        request, turn = self._waiting.pop(kind), self._turn

        def done(result: Any) -> None:
            if turn == self._turn:
                request.done(result)

        def failed(error: StewardError) -> None:
            if turn == self._turn:
                self._stay(request.lease)
                self.failed.emit(error)

        def stopped() -> None:
            if turn == self._turn:
                self._stay(request.lease)
                self.stopped.emit()

        self._running = request.lease.running = self._run(
            request.title,
            request.work,
            done,
            on_failure=failed,
            on_stopped=stopped,
            on_end=lambda: self._ended(request.lease),
        )

    def _stay(self, lease: Lease) -> None:
        """What was to be shown does not come; what is shown stays."""
        if lease is not self.lease:
            self._give_back(lease)

    def _ended(self, lease: Lease) -> None:
        self._running = lease.running = None
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
