"""A table as it was, open for the rows on the page; and looks at other tables of the same time, for jobs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import datetime

from steward_app.db import ReadSession
from steward_app.gui.context import PageContext
from steward_app.kernel.progress import Context
from steward_app.kernel.values import Key
from steward_app.services.audit.past.as_of import AsOf
from steward_app.services.audit.past.compare import Comparison, compare
from steward_app.services.audit.past.ledger import ledger_id
from steward_app.services.audit.past.looking_back import LookingBack, looking_back
from steward_app.services.audit.past.marks import Mark, marks_of, touched
from steward_app.services.audit.past.moments import Moment, Times
from steward_app.services.rows import Page
from steward_app.services.schema.model import Schema, Table

_KEPT_MARKS = 5_000


class Past:
    """A table as it was. Made by `open_past` on a job's thread; whoever reads it does so one at a time.

    Attributes:
        table: as it is now.
        source: its rows of then.
        kept: what can be told of them.
        touched: how many rows the log tells of since.
    """

    def __init__(self, look: LookingBack, then: AsOf, close: Callable[[], None]) -> None:
        self._look, self._then, self._close = look, then, close
        self._marks: dict[Key, Mark] = {}
        self.moment = look.moment
        self.table = then.table
        self.source = then.source
        self.kept = then.kept
        self.touched = touched(then)

    @property
    def session(self) -> ReadSession:
        """On which the source can be read."""
        return self._look.session

    def reading(self) -> AbstractContextManager[None]:
        """Around everything that is read of it: what others wrote meanwhile is taken back."""
        return self._look.at_one_moment()

    def look_at(self, page: Page) -> None:
        """Find out what differs from now on a page."""
        found = marks_of(self._then, self.source, page.keys)
        for key in page.keys:
            self._marks.pop(key, None)
        self._marks.update(found)
        for key in tuple(self._marks)[:-_KEPT_MARKS]:
            del self._marks[key]

    def mark_of(self, key: Key) -> Mark | None:
        """How a row that was looked at differs from now."""
        return self._marks.get(key)

    def close(self) -> None:
        """Give the session back."""
        self._close()


class Coming:
    """A past that is being opened by a job: whoever waits takes it, or it is closed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._past: Past | None = None
        self._dropped = False

    def made(self, past: Past) -> None:
        """It is there. On the job's thread."""
        with self._lock:
            dropped = self._dropped
            self._past = None if dropped else past
        if dropped:
            past.close()

    def take(self) -> Past | None:
        """It belongs to the caller."""
        with self._lock:
            past, self._past = self._past, None
        return past

    def drop(self) -> Past | None:
        """Nobody waits for it any more; one that is there is the caller's to close."""
        with self._lock:
            self._dropped = True
        return self.take()


def close_late(coming: Coming) -> None:
    """Close one that comes, or has come, when nobody waits any more."""
    past = coming.drop()
    if past is not None:
        past.close()


def open_past(page: PageContext, schema: Schema, table: Table, asked: datetime, context: Context) -> Past:
    """Take back what changed in a table since a time. Raises what `table_as_of` raises."""
    with ExitStack() as stack:
        look = stack.enter_context(look_back(page, schema, asked, context))
        then = look.table(table.name)
        return Past(look, then, stack.pop_all().close)


@contextmanager
def look_back(
    page: PageContext, schema: Schema, asked: datetime | None, context: Context
) -> Iterator[LookingBack]:
    """A look at an earlier time on a session of its own, for one job."""
    with page.file.read() as session:
        database_id = page.database_id or ledger_id(page.catalog, page.file.path, session)
        with looking_back(session, schema, asked, context, page.catalog, database_id) as look:
            yield look


@contextmanager
def comparing(
    page: PageContext,
    schema: Schema,
    table: Table,
    one: datetime,
    other: datetime | Moment | None,
    context: Context,
) -> Iterator[Comparison]:
    """What became of the rows of a table between two times, for one job. None is now."""
    there = other.asked if isinstance(other, Moment) else other
    with look_back(page, schema, one if there is None else min(one, there), context) as look:
        session = look.session
        with session.under(context):
            times = Times(session)
            later = times.now() if there is None else times.moment(there)
            earlier = times.moment(one)
            if isinstance(other, Moment):
                later = other
            with compare(session, table, earlier, later, context, judge=look.judge) as found:
                yield found
