"""What must be asked before a migration is written: what seems renamed, what goes, and what fills the gaps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from steward_app.db.names import fold
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import quoted
from steward_app.services.migrate.desired import rules, virtual
from steward_app.services.migrate.desired.counting import Held
from steward_app.services.migrate.desired.course import Objects
from steward_app.services.migrate.desired.model import Answers, Asks, Place, Question
from steward_app.services.migrate.desired.renaming import Names
from steward_app.services.migrate.desired.virtual import Anew
from steward_app.services.schema.diff import columns_alike, tables_alike
from steward_app.services.schema.model import Generated, Table

_LEAST_LIKENESS_OF_TABLES = 0.2
_NOTHING = "Nothing was written."


def questions(
    held: Held, now: Objects, wanted: Objects, names: Names, answers: Answers, anew: Sequence[Anew]
) -> tuple[Question, ...]:
    """What is to be decided; about values only once every name is.

    Args:
        held: what the file holds by then.
        now: its schema, with what was renamed.
        anew: virtual tables that say something else.
    """
    open_names = (
        *_renames(held, now, wanted, names, answers),
        *virtual.leaving(held, now, wanted, answers),
        *virtual.questions(held, anew, answers),
    )
    if open_names:
        return open_names
    return (*rules.questions(now, wanted, names, answers), *_fills(held, now, wanted, names, answers))


def check_places(before: Objects, wanted: Objects, answers: Answers) -> None:
    """Raise `UsageError` where an answer is about what neither schema has."""
    rules.check(before, answers)
    given = [*answers.gone, *(place for place, _ in (*answers.fills, *answers.values))]
    for place in given:
        kinds = [kind for each in (before, wanted) for kind in (each.tables, each.virtual)]
        tables = [table for each in kinds if (table := each.get(fold(place.table))) is not None]
        if not tables:
            raise UsageError(
                ErrorCode.UNKNOWN_OBJECT, f"There is no table {quoted(place.table)}.", hint=_NOTHING
            )
        if place.column and not any(table.column(place.column) for table in tables):
            raise UsageError(
                ErrorCode.UNKNOWN_OBJECT,
                f"{quoted(place.table)} has no column {quoted(place.column)}.",
                hint=_NOTHING,
            )


def _renames(held: Held, now: Objects, wanted: Objects, names: Names, answers: Answers) -> Iterator[Question]:
    """A table that goes with rows, or is like one that comes; a column that goes with values, or while one comes."""
    come = [table for folded, table in wanted.tables.items() if folded not in now.tables]
    for folded, old in now.tables.items():
        new = wanted.tables.get(folded)
        if new is not None:
            yield from _renamed_columns(held, old, new, names, answers)
        elif not any(names.meant(given, Place(old.name)) for given in answers.gone):
            likeness = [(tables_alike(old, each) + 0.1 * _names_alike(old, each), each.name) for each in come]
            alike = max((tables_alike(old, each) for each in come), default=0) >= _LEAST_LIKENESS_OF_TABLES
            rows = held.count(names.before(Place(old.name)).table)
            if come and (alike or rows != 0):
                yield Question(Asks.RENAME, Place(old.name), _best(likeness))
            elif rows != 0:
                yield Question(Asks.LOST, names.before(Place(old.name)), rows=rows)


def _renamed_columns(
    held: Held, old: Table, new: Table, names: Names, answers: Answers
) -> Iterator[Question]:
    """A column that goes while another comes, or with its values; one that is computed holds nothing to be lost.

    One that is computed from now on loses its values as well.
    """
    come = [c for c in new.columns if old.column(c.name) is None and c.generated is Generated.NO]
    for column in old.columns:
        there = new.column(column.name)
        if column.generated is not Generated.NO or (there and there.generated is Generated.NO):
            continue
        place = Place(old.name, column.name)
        if any(names.meant(given, place) for given in answers.gone):
            continue
        was = names.before(place)
        if there is not None:
            if (rows := held.count(was.table, was.column)) != 0:
                yield Question(Asks.COMPUTED, was, rows=rows)
        elif come:
            likeness = [(columns_alike(column, each), each.name) for each in come]
            yield Question(Asks.RENAME, was, _best(likeness))
        elif (rows := held.count(was.table, was.column)) != 0:
            yield Question(Asks.LOST, was, rows=rows)


def _names_alike(one: Table, other: Table) -> float:
    return SequenceMatcher(None, fold(one.name), fold(other.name), autojunk=False).ratio()


def _best(likeness: list[tuple[float, str]]) -> tuple[str, ...]:
    return tuple(name for _, name in sorted(likeness, key=lambda each: -each[0]))


def _fills(held: Held, now: Objects, wanted: Objects, names: Names, answers: Answers) -> Iterator[Question]:
    for folded, new in wanted.tables.items():
        old = now.tables.get(folded)
        if old is None:
            continue
        for column in new.columns:
            place = Place(new.name, column.name)
            given = any(names.meant(each, place) for each, _ in (*answers.fills, *answers.values))
            if given or not column.not_null or column.rowid_alias or column.generated is not Generated.NO:
                continue
            before = old.column(column.name)
            if before is None and column.default is not None and fold(column.default.strip("() ")) != "null":
                continue
            if before is None or not before.not_null:
                was = names.before(place)
                rows = held.count(was.table) if before is None else held.count_empty(was.table, was.column)
                if rows != 0:
                    yield Question(Asks.FILL, place, rows=rows)
