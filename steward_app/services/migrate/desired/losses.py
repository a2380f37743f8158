"""What the rows of a file do not keep on the way to another schema."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from steward_app.db.names import fold
from steward_app.kernel.text import quoted
from steward_app.services.migrate.desired import virtual
from steward_app.services.migrate.desired.counting import Held
from steward_app.services.migrate.desired.course import Objects
from steward_app.services.migrate.desired.model import Answers, Place, counted
from steward_app.services.migrate.desired.renaming import Names
from steward_app.services.migrate.desired.virtual import Anew
from steward_app.services.schema.model import Column, Generated, Table


def losses(
    held: Held, now: Objects, wanted: Objects, names: Names, answers: Answers, anew: Sequence[Anew]
) -> Iterator[str]:
    """A sentence for each thing that is lost.

    Args:
        held: what the file holds by then.
        now: its schema, with what was renamed.
        anew: virtual tables that say something else.
    """
    filled, anew_said = (_wanted_places(given, wanted, names) for given in (answers.fills, answers.values))
    for place in names.dropped:
        gone = f"Column {quoted(place.column)} of {quoted(place.table)} goes, with its values."
        yield gone if place.column else _table_gone(held, place.table)
    for folded, old in now.tables.items():
        new = wanted.tables.get(folded)
        if new is None:
            yield _table_gone(held, names.before(Place(old.name)).table)
        else:
            yield from _of_table(old, new, anew_said)
    for folded, old in now.virtual.items():
        if folded not in wanted.virtual:
            yield f"The virtual table {quoted(old.name)} goes, with what it holds."
    yield from virtual.losses(held, anew)
    for place in filled:
        yield f"Rows without {quoted(place.column)} of {quoted(place.table)} get a value."
    for place in anew_said:
        yield f"Values of {quoted(place.column)} of {quoted(place.table)} are computed anew."


def _table_gone(held: Held, name: str) -> str:
    return f"Table {quoted(name)} goes, with {counted(held.count(name), 'row')}."


def _wanted_places(given: Sequence[tuple[Place, str]], wanted: Objects, names: Names) -> list[Place]:
    """What expressions were given for, by the names from now on."""
    places = [Place(table.name, column.name) for table in wanted.tables.values() for column in table.columns]
    return [next((each for each in places if names.meant(said, each)), said) for said, _ in given]


def _of_table(old: Table, new: Table, anew: Sequence[Place]) -> Iterator[str]:
    """What of one table is lost, but for values that an expression was given for."""
    for column in old.columns:
        if column.generated is Generated.NO and Place(new.name, column.name) not in anew:
            yield from _of_column(old, column, new.column(column.name))
    if any(c.autoincrement for c in old.columns) and not any(c.autoincrement for c in new.columns):
        yield f"{quoted(old.name)} forgets which numbers it gave: one that was deleted may be given again."
    alias = any(column.rowid_alias for column in old.columns)
    key = next((column for column in new.columns if column.rowid_alias), None)
    other = key is not None and old.column(key.name) is not None  # a new column is filled with them
    if not alias and old.rowid_name and (new.without_rowid or other):
        yield f"The rowids of {quoted(old.name)} are not kept."


def _of_column(table: Table, old: Column, new: Column | None) -> Iterator[str]:
    what = f"{quoted(old.name)} of {quoted(table.name)}"
    if new is None:
        yield f"Column {what} goes, with its values."
    elif new.generated is not Generated.NO:
        yield f"{what} is computed from now on; the values it holds go."
    elif fold(old.affinity) != fold(new.affinity) and new.affinity != "BLOB":
        yield f"Values of {what} are converted to {new.affinity} where they can be."
