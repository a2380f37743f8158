"""History by what was done at once: a transaction of a known writer, a statement of an unknown one; the newest first.

    groups = Groups(session)
    page = groups.page(Asked(table="customer"))
    page = groups.page(asked, after=page.next)

A transaction of a million changes costs what one of some dozen costs: what follows is counted in C, not read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from steward_app.db import Session
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.progress import Context
from steward_app.services.audit.engine.model import Key, Op, Txn
from steward_app.services.audit.past.history import Asked, Entry, History

PAGE = 50
_READ = 64  # changes of a group that are read; where there are more, the rest is counted


@dataclass(frozen=True, slots=True)
class Group:
    """What was done at once, as far as it is asked for.

    Attributes:
        newest: its last change.
        first_seq: the number of its first change.
        counts: how many changes there are of each table, by operation.
        rows: how many rows these changes are of; None where there are too many to read.
    """

    newest: Entry
    first_seq: int
    counts: tuple[tuple[str, Op, int], ...]
    rows: int | None = None

    @property
    def writer(self) -> Txn | None:
        """Whose transaction it is; None for an unknown writer."""
        return self.newest.writer

    @property
    def last_seq(self) -> int:
        return self.newest.change.seq

    @property
    def changes(self) -> int:
        return sum(count for _, _, count in self.counts)

    @property
    def tables(self) -> tuple[str, ...]:
        """By how many of the changes are theirs."""
        found: Counter[str] = Counter()
        for table, _, count in self.counts:
            found[table] += count
        return tuple(table for table, _ in found.most_common())

    @property
    def ops(self) -> frozenset[Op]:
        return frozenset(op for _, op, _ in self.counts)


@dataclass(frozen=True, slots=True)
class GroupPage:
    """Groups, the newest first. `next` is what to ask the following page with, or None where this is the last."""

    groups: tuple[Group, ...]
    next: int | None


class Groups:
    """The history of a file in groups. It has its session to itself, as `History` has."""

    def __init__(self, session: Session) -> None:
        self.history = History(session)

    def page(self, asked: Asked, *, after: int | None = None, limit: int = PAGE) -> GroupPage:
        """Some of them. Raises what `History.page` raises, and `UsageError` for the history of one row."""
        found = list(islice(self.groups(asked, after=after), limit + 1))
        more = len(found) > limit
        return GroupPage(tuple(found[:limit]), found[limit - 1].first_seq if more else None)

    def groups(
        self, asked: Asked, *, after: int | None = None, context: Context | None = None
    ) -> Iterator[Group]:
        """All of them, one by one."""
        if asked.key is not None:
            raise UsageError(ErrorCode.BAD_REQUEST, "The changes of one row stand alone.")
        while True:
            some: list[Entry] = []
            whole = True
            for entry in self.history.entries(asked, after=after, context=context):
                if some and not self._belongs(some, entry):
                    yield _group(some)
                    some = []
                some.append(entry)
                if len(some) > _READ:
                    whole = False
                    break
            if whole:
                if some:
                    yield _group(some)
                return
            first = self.history.together(some[0]).first_seq
            counts = self.history.counted(asked, first, some[0].change.seq)
            yield Group(some[0], first, tuple((table, op, n) for (table, op), n in counts.items()))
            after = first

    def _belongs(self, some: list[Entry], entry: Entry) -> bool:
        """Whether an entry was done at once with those that came after it."""
        newest, last = some[0], some[-1]
        if newest.writer is not None or entry.writer is not None:
            return newest.writer == entry.writer
        if entry.change.at != last.change.at:
            return False
        return (
            entry.change.seq == last.change.seq - 1
            or self.history.together(newest).first_seq <= entry.change.seq
        )


def _group(some: list[Entry]) -> Group:
    counts = Counter((entry.table, entry.change.op) for entry in some)
    counted = tuple((table, op, n) for (table, op), n in counts.items())
    return Group(some[0], some[-1].change.seq, counted, _rows(some))


def _rows(some: list[Entry]) -> int:
    """How many rows these changes are of. A row that got another key meanwhile is one."""
    found: set[tuple[str, Key]] = set()
    rows = 0
    for entry in some:  # the newest first
        change = entry.change
        rows += (entry.table, change.new_key or change.key) not in found
        found |= {(entry.table, change.new_key or change.key), (entry.table, change.key)}
    return rows
