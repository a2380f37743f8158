"""The order in which triggers fire: SQLite fires the one first that was made last.

So a trigger that goes and comes again would take the first place among those that fire on the same event. The ones that
stood behind it are made again, too, from their own text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter

from steward_app.db import Session
from steward_app.db.names import fold, qualified
from steward_app.services.schema.introspect import read_table
from steward_app.services.schema.model import Table, Trigger

_occasion = attrgetter("occasion")
_MADE = "SELECT name, tbl_name FROM main.sqlite_schema WHERE type = 'trigger' ORDER BY rowid"


def made(session: Session) -> tuple[str, ...]:
    """The folded names of all triggers, in the order in which they were made."""
    return tuple(fold(str(name)) for name, _ in session.all(_MADE))


def on_view(session: Session, name: str, spared: Callable[[str], bool]) -> tuple[str, ...]:
    """The texts of the triggers that go with a view."""
    view = read_table(session, name)
    return tuple(each.sql for each in _of_programs(view, spared)) if view else ()


def in_order(session: Session, order: Sequence[str], spared: Callable[[str], bool]) -> Iterator[str]:
    """The statements after which triggers fire in an order again, and those that it does not name before them.

    Args:
        order: see `made`.
        spared: whether a trigger, by its name, is another's to see to.
    """
    places = {name: place for place, name in enumerate(order)}
    on: dict[str, list[int]] = {}
    for name, table in session.all(_MADE):
        if not spared(str(name)):
            on.setdefault(str(table), []).append(places.get(fold(str(name)), len(places)))
    for table in [name for name, now in on.items() if now != sorted(now)]:
        found = read_table(session, table)
        alike = sorted(_of_programs(found, spared), key=_occasion) if found else []
        for _, some in groupby(alike, key=_occasion):
            yield from _moved(list(some), places)


def _of_programs(table: Table, spared: Callable[[str], bool]) -> list[Trigger]:
    return [each for each in table.triggers if not (each.temporary or spared(each.name))]


def _moved(now: list[Trigger], places: Mapping[str, int]) -> Iterator[str]:
    """What is made again behind those that stand right already, so that all stand in order."""
    wanted = sorted(now, key=lambda each: places.get(fold(each.name), len(places)))
    rest = iter(now)
    kept = 0
    while kept < len(wanted) and wanted[kept] in rest:  # each is looked for behind the one before
        kept += 1
    for each in wanted[kept:]:
        yield f"DROP TRIGGER {qualified(each.name)}"
        yield each.sql
