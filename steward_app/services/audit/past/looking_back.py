"""Several tables of a file as they were at one time, on one session: a table, and those its rows point to.

with looking_back(session, schema, asked, context, catalog, database_id) as look:
    source = look.rows("visit")
    with look.at_one_moment():
        parent = parent_of(session, schema, link, key, rows=look.rows)
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime

from steward_app.catalog import Catalog
from steward_app.db import ReadSession, fold
from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.audit.past.as_of import AsOf, table_as_of
from steward_app.services.audit.past.ledger import judge_since
from steward_app.services.audit.past.moments import Moment, Times
from steward_app.services.erasure import Judge
from steward_app.services.rows.source import Source, source_of
from steward_app.services.schema.model import Schema


class LookingBack:
    """Tables as they were. Made by `looking_back`.

    Attributes:
        moment: of which they are.
        judge: who says what was erased since, or None.
        as_now: tables of which no earlier state can be told, whose rows are those of now, with the reason.
    """

    def __init__(
        self, session: ReadSession, schema: Schema, moment: Moment, context: Context, judge: Judge | None
    ) -> None:
        self.session = session
        self.schema = schema
        self.moment = moment
        self.as_now: dict[str, Refused | UsageError] = {}
        self.judge = judge
        self._context = context
        self._open: dict[str, AsOf] = {}
        self._stack = ExitStack()

    def table(self, name: str) -> AsOf:
        """A table as it was; opened when it is first asked for. Raises what `table_as_of` raises, and `Refused`
        where none of its columns can be told."""
        found = self._open.get(fold(name))
        if found is None:
            table = self.schema.table(name)
            if table is None:
                raise UsageError(ErrorCode.UNKNOWN_OBJECT, f"There is no table {quoted(name)}.")
            made = table_as_of(self.session, table, self.moment, self._context, judge=self.judge)
            found = self._open[fold(name)] = self._stack.enter_context(made)
        if not found.source.columns:
            raise Refused(
                ErrorCode.NOT_ALLOWED,
                f"The log holds no column of {quoted(name)} at that time.",
                hint="Nothing was changed. Its history can be set up anew, with its columns.",
            )
        return found

    def rows(self, name: str) -> Source:
        """The rows of a table as they were, or as they are now where nothing tells what they were (`as_now`)."""
        table = self.schema.table(name)
        if table is not None and name in self.as_now:
            return source_of(table)
        try:
            return self.table(name).source
        except (Refused, UsageError) as error:
            if table is None:
                raise
            self.as_now[name] = error
            return source_of(table)

    @contextmanager
    def at_one_moment(self) -> Iterator[None]:
        """In the block, what is read is the tables as they were, whatever others write meanwhile.

        Raises `Failure` when one of the tables itself was changed since.
        """
        while True:
            for each in tuple(self._open.values()):
                each.refresh()
            with self.session.snapshot():
                if all(each.is_current() for each in self._open.values()):
                    yield
                    return

    def close(self) -> None:
        """Give the temporary space back. The session stays open."""
        self._open.clear()
        self._stack.close()


@contextmanager
def looking_back(
    session: ReadSession,
    schema: Schema,
    asked: datetime | None,
    context: Context,
    catalog: Catalog,
    database_id: str,
) -> Iterator[LookingBack]:
    """Look at an earlier time of a file, of which nothing comes back that was erased since.

    Args:
        session: its own, outside a snapshot.
        asked: the time; None for now.

    Raises `Refused` where the ledger of erasures cannot be read with the keys that are here.
    """
    with session.under(context):
        times = Times(session)
        moment = times.now() if asked is None else times.moment(asked)
    with judge_since(catalog, session, schema, database_id, moment) as judge:
        look = LookingBack(session, schema, moment, context, judge)
        try:
            yield look
        finally:
            look.close()
