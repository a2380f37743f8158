"""A grid: rows of one source in one order, a page at a time, from any place, without counting or sorting first.

    grid = Grid(session, source_of(table), sort=[Sort("taken_at", descending=True)])
    page = grid.first_page()
    page = grid.page_after(page)
    page = grid.page_at_fraction(0.5)      # a scroll bar
    page = grid.page_from(grid.locate(("id",), (10_213_923,)))

A grid has its session to itself and is used on one thread at a time. Any call gives the right rows; those that may
take long when `ready` is False (a sort without an index, a view) do so only once, and `prepare` does it as a job.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from steward_app.db import ReadSession, fold
from steward_app.db.query import readable
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.values import Key, Row, SqlValue
from steward_app.services.rows.anchors import Anchors, build_anchors, estimate_anchors
from steward_app.services.rows.cells import read_whole, stream_values
from steward_app.services.rows.cost import plan_reading
from steward_app.services.rows.counting import count_rows
from steward_app.services.rows.filter import EVERY_ROW, Filter, compile_filter
from steward_app.services.rows.keyset import KeysetReader, Slice
from steward_app.services.rows.listed import Listing, listing_of_keys, listing_of_values, places_of
from steward_app.services.rows.model import (
    EMPTY_PAGE,
    UNKNOWN_COUNT,
    CellValue,
    Page,
    Precision,
    RowCount,
    Sort,
)
from steward_app.services.rows.order import Fragment, equals, every, order_terms, place_key
from steward_app.services.rows.source import ROWID_WORDS, Source, column_term
from steward_app.services.schema.model import Column

PAGE_ROWS = 200
MOST_BUFFERED_ROWS = 1_000_000
_COUNTED_FROM_START = 2_000
_RECORD_BYTES = 1 << 20
_VALUE_BYTES = 64 << 20


class Grid:
    """Rows of a source: chosen columns, an order, a filter.

    Args:
        session: the grid's own; it keeps temporary lists in it.
        columns: names of the columns to read; all for None. Others are not read at all.
        sort: columns to sort by; the key decides between equal rows. The key alone when empty.
        page_rows: rows a page.
        bound: rows of a view or query that are kept at most; `total` then says "more than".

    Attributes:
        columns: the columns of every row of every page.
        key_columns: what names a row, as a steward reads it; () where rows are numbered as they come.
    """

    def __init__(
        self,
        session: ReadSession,
        source: Source,
        *,
        columns: Sequence[str] | None = None,
        sort: Sequence[Sort] = (),
        filter: Filter = EVERY_ROW,  # noqa: A002  the word for it
        page_rows: int = PAGE_ROWS,
        bound: int = MOST_BUFFERED_ROWS,
    ) -> None:
        self.session = session
        self.source = source
        self.columns: tuple[Column, ...] = source.choose(columns)
        self.sort = tuple(sort)
        self.filter = filter
        self.page_rows = page_rows
        self.key_columns: tuple[str, ...] = source.key.columns if source.key else ()
        self._bound = bound
        self._condition = compile_filter(filter, source)
        self._anchors: Anchors | None = None
        self._total: RowCount | None = None
        self._listed = False
        self._reader, self.cost = plan_reading(session, source, self.columns, self.sort, self._condition)
        self._listing = self._new_listing()

    # What is known

    @property
    def ready(self) -> bool:
        """True when every page comes at once; False when one call, or `prepare`, has to sort or buffer first."""
        if self._listed or (self._reader is not None and self.cost.served):
            return True
        return self._reader is not None and self.cost.rows.exact

    @property
    def exact(self) -> bool:
        """True when every row number is exact; else those of pages far from an end are "about"."""
        return self._listed or self.anchors.exact

    @property
    def total(self) -> RowCount:
        """How many rows there are, as far as is known at once. `count_rows` counts them."""
        if self._total is not None:
            return self._total
        if self._reader is None:
            return UNKNOWN_COUNT
        return self.anchors.total

    @property
    def anchors(self) -> Anchors:
        """The row numbers known so far; estimated on first use, in milliseconds."""
        if self._anchors is None:
            if self._reader is None:
                self._anchors = Anchors((), (), (), UNKNOWN_COUNT)
            else:
                with readable(self.source.name):
                    self._anchors = estimate_anchors(self._reader, may_sample=self.filter.is_cheap)
        return self._anchors

    def use(self, anchors: Anchors) -> None:
        """Take over what `find_anchors` found for this grid."""
        if anchors.places:
            self._anchors, self._total = anchors, None
        elif anchors.total.exact:
            self._total = anchors.total

    def find_anchors(self, session: ReadSession, context: Context) -> Anchors:
        """Number the rows of this grid exactly, for `use`: a job, on another session and another thread.

        Where rows are numbered already, or have no key, it finds how many there are. Raises `Cancelled`.
        """
        if self._listed and self.total.exact:
            return Anchors((), (), (), self.total)
        if self._reader is None:
            return Anchors((), (), (), count_rows(session, self.source, context, self.filter))
        known = self._anchors.total if self._anchors else UNKNOWN_COUNT
        about = known.value if known.precision is Precision.ABOUT else None
        reader = KeysetReader(session, self.source, (), self._reader.terms, self._condition)
        with readable(self.source.name):
            return build_anchors(reader, context, about)

    def prepare(self, context: Context | None = None) -> None:
        """Put all rows in order now, so that every page comes at once and every number is exact.

        A job where `ready` is False; worth it also for a filter that no index serves (`cost.scans`). Raises
        `Cancelled`; the grid then is as it was.
        """
        self._listed = False
        limit = self._bound if self._reader is None else None
        self._listing.build(context or Context(), limit=limit)
        self._listed = True
        precision = Precision.AT_LEAST if self._listing.cut else Precision.EXACT
        self._total = RowCount(self._listing.total, precision)

    def close(self) -> None:
        """Give back the temporary space. The session stays open."""
        self._listing.drop()
        self._listed = False

    # Pages

    def first_page(self) -> Page:
        """The first rows."""
        if self._reader is None and not self._listed and not self.sort:
            return self._first_of_unlisted()
        if self._by_list():
            return self._listed_page(1)
        found = self._read(None)
        self._total = self._total if found.rows else RowCount(0)
        return self._keyset_page(found, 1, exact=True, has_before=False)

    def last_page(self) -> Page:
        """The last rows, a full page of them where there are as many."""
        if self._by_list():
            return self._listed_page(max(1, self._listing.total - self.page_rows + 1))
        found = self._read(None, backward=True)
        total = self.total
        number = max(1, total.value - len(found.rows) + 1)
        return self._keyset_page(found, number, exact=total.exact, has_after=False)

    def page_after(self, page: Page) -> Page:
        """The rows that follow a page."""
        if not page.rows:
            return EMPTY_PAGE
        if self._by_list():
            return self._listed_page(_number(page.end) + 1)
        number = page.first_row + len(page.rows)
        return self._keyset_page(self._read(page.end), number, exact=page.exact, has_before=True)

    def page_before(self, page: Page) -> Page:
        """The rows that come before a page."""
        if not page.rows:
            return EMPTY_PAGE
        if self._by_list():
            first = _number(page.start)
            return self._listed_page(max(1, first - self.page_rows), min(self.page_rows, first - 1))
        found = self._read(page.start, backward=True)
        number = max(1, page.first_row - len(found.rows))
        return self._keyset_page(found, number, exact=page.exact, has_after=True)

    def page_from(self, key: Key) -> Page:
        """The rows from one on, by its key (`locate` finds it). Raises `UsageError` when there is no such row."""
        if self._by_list():
            number = _number(key) if self._reader is None else self._listing.number_of(key)
            if number is None:
                raise self._no_such_row()
            return self._listed_page(number)
        assert self._reader is not None
        place = self._reader.place_of(key)
        if place is None:
            raise self._no_such_row()
        number, exact = self._number_of(place)
        return self._keyset_page(self._read(place, inclusive=True), number, exact=exact)

    def page_at(self, number: int) -> Page:
        """The rows from a row number on; from about there as long as `exact` is False, which the page says."""
        if number <= 1:
            return self.first_page()
        if self._by_list():
            return self._listed_page(min(number, max(1, self._listing.total)))
        anchors = self.anchors
        if anchors.total.precision is not Precision.AT_LEAST and number > self._last_start(anchors):
            return self.last_page()
        if anchors.exact or not anchors.places:
            place = self._walk_to(number)
            if place is None:
                return self.last_page()
            return self._keyset_page(self._read(place, inclusive=True), number, exact=True, has_before=True)
        found = self._read(anchors.place_at(number), inclusive=True)
        return self._keyset_page(found, number, exact=False) if found.rows else self.last_page()

    def page_at_fraction(self, fraction: float) -> Page:
        """The rows at a position of the scroll bar: 0 is the first page, 1 the last."""
        if fraction >= 1:
            return self.last_page()
        return self.page_at(1 + round(max(0.0, fraction) * max(0, self.total.value - self.page_rows)))

    # Rows and values

    def locate(self, columns: Sequence[str], values: Sequence[SqlValue]) -> Key | None:
        """The key of the first row with these values (a primary key, or "rowid"); None when there is none.

        Values may be given as text where the column holds numbers. Raises `UsageError` for an unknown column.
        """
        key = self.source.key
        if key is None:
            return None
        same = every(*(self._equal(name, value) for name, value in zip(columns, values, strict=True)))
        rest = Fragment(f"FROM {self.source.sql} WHERE {same.sql} LIMIT 1", same.bindings)
        return next(stream_values(self.session, [term.sql for term in key.terms], rest), None)

    def read_cell(self, key: Key, column: str, *, limit_bytes: int = _VALUE_BYTES) -> CellValue | None:
        """One value, whole (up to a size); None when the row is gone."""
        chosen = self.source.column(column)
        if self._reader is not None:
            return read_whole(
                self.session, chosen.name, self.source.sql_of(chosen), self._reader.row(key), limit_bytes
            )
        if self._listing.total < _number(key):
            self.prepare()
        kept = f"c{self.source.columns.index(chosen)}"
        return read_whole(self.session, chosen.name, kept, self._listing.row(_number(key)), limit_bytes)

    def read_row(self, key: Key) -> tuple[CellValue, ...]:
        """All columns of the grid for one row, values up to 1 MiB whole; () when the row is gone."""
        values = [self.read_cell(key, column.name, limit_bytes=_RECORD_BYTES) for column in self.columns]
        return tuple(value for value in values if value is not None)

    # How

    def _new_listing(self) -> Listing:
        if self._reader is not None:
            return listing_of_keys(self.session, self.source, self._reader.terms, self._condition)
        terms = order_terms(self.source, self.sort)
        return listing_of_values(self.session, self.source, terms, self._condition)

    def _by_list(self) -> bool:
        """Whether pages come from the list; makes it where there is no other way."""
        if not self._listed and not (self._reader is not None and self.cost.served):
            self.prepare()
        return self._listed

    def _read(self, place: Row | None, *, backward: bool = False, inclusive: bool = False) -> Slice:
        assert self._reader is not None
        with readable(self.source.name), self.session.snapshot():
            return self._reader.read(place, self.page_rows, backward=backward, inclusive=inclusive)

    def _keyset_page(
        self,
        found: Slice,
        number: int,
        *,
        exact: bool,
        has_before: bool | None = None,
        has_after: bool | None = None,
    ) -> Page:
        """A page of what was read; what is not said of its surroundings is looked up. An edge makes numbers exact."""
        if not found.rows:
            return EMPTY_PAGE
        assert self._reader is not None
        if has_before is None:
            has_before = self._reader.exists(found.start, backward=True)
        if has_after is None:
            has_after = self._reader.exists(found.end, backward=False)
        if not has_before:
            number, exact = 1, True
        last = number + len(found.rows) - 1
        if not has_after and exact:
            self._total = RowCount(last)
        elif not has_after and self.total.exact:
            number, exact = self.total.value - len(found.rows) + 1, True
        return Page(found.rows, found.keys, number, exact, has_before, has_after, found.start, found.end)

    def _listed_page(self, first: int, rows: int | None = None) -> Page:
        rows = self.page_rows if rows is None else rows
        if rows <= 0:
            return EMPTY_PAGE
        if self._reader is None:
            found = self._listing.read(first, rows, places_of(self.source, self.columns))
        else:
            found = self._listed_keys(first, rows)
        if not found.rows:
            return EMPTY_PAGE
        has_after = _number(found.end) < self._listing.total or self._listing.cut
        return Page(found.rows, found.keys, first, True, first > 1, has_after, found.start, found.end)

    def _listed_keys(self, first: int, limit: int) -> Slice:
        """Rows by the keys of the list. One that another program deleted meanwhile is left out."""
        assert self._reader is not None
        with readable(self.source.name), self.session.snapshot():
            keys = self._listing.keys(first, limit)
            found = [(key, self._reader.one(key)) for key in keys]
        present = [(key, cells) for key, cells in found if cells is not None]
        return Slice(
            tuple(cells for _, cells in present),
            tuple(key for key, _ in present),
            (first,),
            (first + len(keys) - 1,),
        )

    def _first_of_unlisted(self) -> Page:
        """The first page of a view or query, for which no more than a page of it is computed."""
        if not self._listing.total:
            self._listing.build(Context(), limit=self.page_rows)
            if not self._listing.cut:
                self._listed, self._total = True, RowCount(self._listing.total)
        return self._listed_page(1)

    def _number_of(self, place: Row) -> tuple[int, bool]:
        """The number of the row at a place; rows are counted from the nearest known one where that is not far."""
        anchors = self.anchors
        number, exact = anchors.number_of(place)
        if exact or (not anchors.exact and number > _COUNTED_FROM_START):
            return number, exact
        below = anchors.at_or_before(number) if anchors.exact else None
        start, known = below or (None, 1)
        order = place_key(anchors.terms, anchors.codec)
        assert self._reader is not None
        most = None if anchors.exact else 2 * _COUNTED_FROM_START
        for passed, other in enumerate(islice(self._reader.places(start, inclusive=True), most)):
            if order(other) >= order(place):
                return known + passed, True
        return number, False

    def _walk_to(self, number: int) -> Row | None:
        """The place of the row with that number, from the nearest exact anchor on."""
        assert self._reader is not None
        place, known = (self.anchors.at_or_before(number) if self.anchors.exact else None) or (None, 1)
        places = self._reader.places(place, inclusive=True)
        return next(islice(places, number - known, None), None)

    def _last_start(self, anchors: Anchors) -> int:
        """The row number from which on a page is the last one."""
        return anchors.total.value if anchors.exact else anchors.total.value - self.page_rows

    def _equal(self, name: str, value: SqlValue) -> Fragment:
        """A condition on a column, or on the rowid under any of its names that no column has."""
        key = self.source.key
        named = {fold(column.name) for column in self.source.columns}
        if key is not None and key.rowid and fold(name) in set(ROWID_WORDS) - named:
            return equals(key.terms[0], value)
        return equals(column_term(self.source.table, self.source.column(name)), value)

    def _no_such_row(self) -> UsageError:
        return UsageError(
            ErrorCode.UNKNOWN_OBJECT,
            f"There is no row with that key in {self.source.label}.",
            hint="It may have been deleted, or a filter leaves it out.",
        )


def _number(key: Row) -> int:
    number = key[0]
    assert isinstance(number, int)
    return number
