"""Rows of an earlier state: how it differs from now, its rows, what belongs to them, and what would come back.

Called on worker threads. What a steward did not ask to see is not handed to the window: neither values of columns that
look personal, nor any value of a row that stays out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from steward_app.catalog import Catalog
from steward_app.catalog.points import Point
from steward_app.db import fold
from steward_app.gui.pages.data.words import key_words
from steward_app.gui.pages.restore.read import Planned
from steward_app.kernel.plan import Rehearsal
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.kernel.values import Key
from steward_app.services import restore
from steward_app.services.backup.store.keys import Unlocking
from steward_app.services.erasure import Fate
from steward_app.services.operation import Confirmation
from steward_app.services.restore import (
    Branch,
    BringRequest,
    Choice,
    Difference,
    DifferencePage,
    Extent,
    Kind,
    Outlook,
    PointImage,
    RowDifference,
)
from steward_app.services.restore.compare import image_schema
from steward_app.services.rows import Cell, look_personal
from steward_app.services.schema.model import Schema
from steward_app.storage import free_bytes

PAGE = 100
_FEW = 4  # values that tell rows apart at a glance


@dataclass(frozen=True, slots=True)
class Wish:
    """What shall come back of the earlier state.

    Attributes:
        keys: of the chosen rows, by their keys then; for `Extent.ROWS` alone.
        without: tables whose rows are not wanted as children.
    """

    table: str
    extent: Extent = Extent.ROWS
    keys: tuple[Key, ...] = ()
    children: bool = True
    without: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Value:
    """A value as a line shows it. `now` is what stands there now, of a row that changed."""

    column: str
    then: Cell
    now: Cell = None


@dataclass(frozen=True, slots=True)
class Row:
    """A row that differs.

    Attributes:
        words: its key, for people.
        values: some of its values; of a changed row, those that changed.
        hidden: whether there are values that are not shown until asked for.
        fate: why it stays out; None where it may come back.
    """

    key: Key
    kind: Kind
    words: str
    values: tuple[Value, ...] = ()
    hidden: bool = False
    fate: Fate | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows of a table that differ in one way.

    Attributes:
        last: the key of the last row that was read, whether it is shown or not.
        personal: whether columns of it look personal.
        matching: how many rows in all hold what was looked for; 0 where nothing was, and after the first rows.
    """

    table: str
    kind: Kind
    rows: tuple[Row, ...]
    last: Key
    more: bool
    personal: bool
    matching: int = 0


@dataclass(frozen=True, slots=True)
class Belongs:
    """Rows of a table that belong to a row.

    Attributes:
        rows: those that come along; what is asked of a conflict counts too.
        there: those that are there now as they were.
        depth: how many links away from it.
        needed: it points to them, and not they to it.
    """

    table: str
    rows: int
    depth: int
    there: int = 0
    needed: bool = False


@dataclass(frozen=True, slots=True)
class Origin:
    """The restore point that rows come from, wherever it lies."""

    catalog: Catalog
    path: Path
    point: Point
    given: Unlocking | None = None

    @contextmanager
    def image(self, context: Context) -> Iterator[PointImage]:
        """The earlier state, as long as the block runs. It holds everybody; the ledger is asked of each row."""
        with restore.point_image(
            self.catalog, self.path, self.point.id, context, given=self.given, as_it_was=True
        ) as image:
            yield image

    def compare(self, context: Context) -> Difference:
        """How the file differs now, table by table."""
        with self.image(context) as image:
            return restore.compare(self.path, image.path, context)

    def rows(
        self, table: str, kind: Kind, after: Key, context: Context, *, personal: bool, find: str = ""
    ) -> Rows:
        """The next rows of a table that differ in one way.

        Args:
            personal: also the values of columns that look personal.
            find: only those with this text in a value. A row that stays out is none of them, whatever it holds.
        """
        matching = 0
        with self.image(context) as image:
            then = image_schema(image.path, context)
            if find and not after:
                matching = restore.count_differing(self.path, image.path, table, kind, context, find=find)
            page = restore.difference_page(
                self.path, image.path, table, kind, context, after=after, limit=PAGE, find=find
            )
            keys = [] if kind is Kind.ADDED else [row.key for row in page.rows]
            fates = restore.kept_out(
                self.catalog, self.path, image.path, table, keys, self.point.database_id, self.point.made_at,
                context,
            )  # fmt: skip
        private = frozenset(
            each.column for each in look_personal((*page.columns, *page.key_columns), page.table, self.path)
        )
        hidden = frozenset() if personal else private
        telling = _telling(page, then)
        listed = [row for row in page.rows if not (find and row.key in fates)]
        return Rows(
            table,
            kind,
            tuple(_row(page, row, telling, hidden, fates.get(row.key)) for row in listed),
            page.rows[-1].key if page.rows else (),
            page.more,
            bool(private),
            max(0, matching - (len(page.rows) - len(listed))),
        )

    def belongings(self, table: str, key: Key, context: Context) -> tuple[Belongs, ...]:
        """What comes along with one row: its children and theirs, then the rows it needs."""
        with self.image(context) as image:
            outlook = restore.outlook(self.catalog, self._request(image, Wish(table, keys=(key,))), context)
            then = image_schema(image.path, context)
        return _belongings(outlook.branches, table, then)

    def outlook(self, wish: Wish, context: Context) -> Outlook:
        """What would come of each table, and what stands in the way."""
        with self.image(context) as image:
            return restore.outlook(self.catalog, self._request(image, wish), context)

    def plan(self, wish: Wish, context: Context) -> Planned:
        """Plan to bring it back. Raises as `plan_bring` does."""
        with self.image(context) as image:
            plan = restore.plan_bring(self.catalog, self._request(image, wish), context)

        def rehearse(context: Context) -> Rehearsal:
            with self.image(context) as image:
                return restore.rehearse_bring(self.catalog, plan, context, of=image)

        def apply(context: Context, said: Confirmation) -> Receipt:
            with self.image(context) as image:
                return restore.bring(self.catalog, plan, context, said, of=image)

        return Planned(plan, free_bytes(self.path), True, rehearse, apply)

    def _request(self, image: PointImage, wish: Wish) -> BringRequest:
        return BringRequest(
            self.path,
            self.point.database_id,
            image.path,
            wish.table,
            wish.extent,
            keys=wish.keys,
            children=wish.children,
            without=wish.without,
            choices=wish.choices,
            point=self.point.id,
            made_at=self.point.made_at,
        )


def _telling(page: DifferencePage, then: Schema) -> tuple[str, ...]:
    """The columns that tell rows apart: numbers of other rows say little, unless there is nothing else."""
    table = then.table(page.table)
    links = {fold(name) for key in (table.foreign_keys if table else ()) for name in key.columns}
    return tuple(name for name in page.columns if fold(name) not in links) or page.columns


def _row(
    page: DifferencePage,
    row: RowDifference,
    telling: Sequence[str],
    hidden: frozenset[str],
    fate: Fate | None,
) -> Row:
    words = key_words(row.key, page.key_columns, hidden)
    if fate is not None:
        return Row(row.key, row.kind, words, fate=fate)
    keys = {fold(name) for name in page.key_columns}
    wanted = [name for name in row.columns or telling if fold(name) not in keys]
    then = dict(zip(page.columns, row.then, strict=False))
    now = dict(zip(page.columns, row.now, strict=False))
    both = row.kind is Kind.CHANGED
    shown = [name for name in wanted if name not in hidden]
    if not both:
        side = now if row.kind is Kind.ADDED else then
        values = [Value(name, side[name]) for name in shown if side.get(name) is not None]
    else:
        values = [Value(name, then.get(name), now.get(name)) for name in shown]
    return Row(row.key, row.kind, words, tuple(values[:_FEW]), any(name in hidden for name in wanted))


def _belongings(branches: Sequence[Branch], table: str, then: Schema) -> tuple[Belongs, ...]:
    """The branches as a tree in reading order: each below the table nearest to the row that it points to."""
    left = {fold(branch.table): branch for branch in branches}
    own = left.pop(fold(table), None)
    below: dict[str, list[Branch]] = {}
    known = then.table(table)
    queue = deque([known.name if known else table])
    while queue:
        parent = queue.popleft()
        for child, _ in then.referring(parent):
            branch = left.get(fold(child.name))
            if branch is not None and branch.origin == "children":
                below.setdefault(fold(parent), []).append(left.pop(fold(child.name)))
                queue.append(child.name)

    def walk(parent: str, depth: int) -> Iterator[Belongs]:
        for branch in below.get(fold(parent), ()):
            yield Belongs(branch.table, branch.found - branch.same, depth, branch.same)
            yield from walk(branch.table, depth + 1)

    same = (Belongs(own.table, own.found - 1, 1),) if own is not None and own.found > 1 else ()
    needed = (Belongs(each.table, each.missing, 1, needed=True) for each in left.values() if each.missing)
    return (*same, *walk(table, 1), *needed)
