"""Rules that no two rows have the same, and that are not wanted any more: each is asked for before it goes."""

from __future__ import annotations

from collections.abc import Iterator

from steward_app.db.names import fold
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import quoted
from steward_app.services.migrate.desired.course import Objects, is_ours
from steward_app.services.migrate.desired.model import Answers, Asks, Key, Place, Question
from steward_app.services.migrate.desired.renaming import Names
from steward_app.services.migrate.lint.keys import asks_for, keeps_apart, named, unique_keys
from steward_app.services.schema.model import Index, Table


def questions(now: Objects, wanted: Objects, names: Names, answers: Answers) -> Iterator[Question]:
    """UNIQUE and PRIMARY KEY that go, of columns that stay, where nothing that is wanted allows as little."""
    indexes = set(map(fold, answers.indexes))
    keys = {each.folded for each in answers.keys}
    for folded, old in now.tables.items():
        new = wanted.tables.get(folded)
        if new is None:
            continue
        gone = {fold(column.name) for column in old.columns if new.column(column.name) is None}
        place, asked = names.before(Place(old.name)), set(keys)
        for rule in unique_keys(old, said="ABORT"):
            if keeps_apart(new, rule) or gone & asks_for(rule):
                continue
            if not rule.sql:
                key = _key(rule, names)
                if key.folded not in asked:
                    asked.add(key.folded)
                    yield Question(_asks(rule), place, key=key, keyed=", ".join(key.columns))
            elif fold(rule.name) not in indexes and not is_ours(rule.name):
                yield Question(Asks.UNIQUE, place, index=rule.name, keyed=named(rule))


def keys_of(table: Table) -> Iterator[Key]:
    """What no two rows of a table have the same in, by its own text."""
    for rule in unique_keys(table, said="ABORT"):
        if not rule.sql:
            yield Key(table.name, tuple(term.name for term in rule.columns))


def check(before: Objects, answers: Answers) -> None:
    """Raise `UsageError` where an answer is about a rule that the file does not have."""
    for index in answers.indexes:
        if fold(index) not in before.indexes:
            raise _unknown(f"There is no index {quoted(index)}.")
    for key in answers.keys:
        table = before.tables.get(fold(key.table))
        if table is None or key.folded not in {each.folded for each in keys_of(table)}:
            columns = ", ".join(key.columns)
            raise _unknown(f"{quoted(key.table)} has no UNIQUE or PRIMARY KEY of {columns}.")


def _asks(rule: Index) -> Asks:
    return Asks.PRIMARY_KEY if rule.origin == "primary key" else Asks.UNIQUE


def _key(rule: Index, names: Names) -> Key:
    """By its names in the file as it is."""
    places = [names.before(Place(rule.table, term.name)) for term in rule.columns]
    return Key(places[0].table, tuple(place.column for place in places))


def _unknown(message: str) -> UsageError:
    return UsageError(ErrorCode.UNKNOWN_OBJECT, message, hint="Nothing was written.")
