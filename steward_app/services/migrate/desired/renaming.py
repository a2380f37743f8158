"""What goes on under another name: the steps that rename it, and which name was which."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field

from steward_app.db.names import fold
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import quoted
from steward_app.services.migrate.desired.course import Course, Objects, objects
from steward_app.services.migrate.desired.model import Answers, Place, Rename
from steward_app.services.migrate.edit.model import DropColumn, DropObject, Edit, RenameColumn, RenameTable
from steward_app.services.schema.model import Schema, Table

_NOTHING = "Nothing was written."


@dataclass(slots=True)
class Names:
    """What tables and columns are called in the file as it is, by their folded names from now on.

    `were` are all names of the file as it is, columns by their table; `dropped` is what had to go before others could
    take its name.
    """

    were: Mapping[str, frozenset[str]]
    tables: dict[str, str] = field(default_factory=dict)
    columns: dict[tuple[str, str], str] = field(default_factory=dict)
    dropped: list[Place] = field(default_factory=list)

    def before(self, place: Place) -> Place:
        """A place of the schema with its new names, as the file has it now."""
        table = self.tables.get(fold(place.table), place.table)
        return Place(table, self.columns.get((fold(place.table), fold(place.column)), place.column))

    def meant(self, given: Place, place: Place) -> bool:
        """Whether a steward means a place: by its name in the file as it is, else by the one from now on."""
        before = self.before(place)
        if not self.is_table(given.table, place.table):
            return False
        there = self.were.get(fold(before.table), frozenset())
        called = before.column if fold(given.column) in there else place.column
        return fold(given.column) == fold(called)

    def is_table(self, given: str, now: str) -> bool:
        """The same for a table."""
        called = self.before(Place(now)).table if fold(given) in self.were else now
        return fold(given) == fold(called)


def rename(course: Course, wanted: Objects, answers: Answers) -> tuple[Names, tuple[Rename, ...]]:
    """Take the steps that rename what the steward said, and what differs in the case of letters only.

    Raises `UsageError` for a rename of or to what is not there.
    """
    now = objects(course.schema())
    names = Names(
        {each: frozenset(fold(column.name) for column in t.columns) for each, t in now.tables.items()}
    )
    pairs = _tables(now, wanted, answers)
    columns = [each for each in answers.renames if each.table]
    if pairs or columns:
        course.go(_broken(now))
    said = [each.table for each in answers.gone if not each.column]
    names.dropped = [Place(now.tables[gone].name) for gone in _in_the_way(pairs, now.tables, said)]
    course.go([DropObject("table", gone.table) for gone in names.dropped])
    taken = {fold(str(name)) for (name,) in course.empty.all("SELECT name FROM sqlite_schema")}
    course.go([RenameTable(before, after) for before, after in _in_order(pairs, taken)])
    names.tables = {fold(after): before for before, after in pairs}
    done = [Rename("", before, after) for before, after in pairs]
    now = objects(course.schema())
    for folded, new in wanted.tables.items():
        if folded in now.tables:
            done += _columns(course, now.tables[folded], new, columns, names, answers)
    _all_used(columns, done, wanted, names)
    return names, tuple(done)


@contextmanager
def naming_new(table: Table, names: Names) -> Iterator[None]:
    """Say of an expression in the block that names a column as it was called what it is called by then."""
    try:
        yield
    except UsageError as error:
        for column in table.columns:
            before = names.columns.get((fold(table.name), fold(column.name)))
            if before and error.message.endswith(f"no such column: {before}."):
                called = f"{quoted(before)} is called {quoted(column.name)} by then: write the new name."
                raise UsageError(error.code, error.message, hint=f"{_NOTHING} {called}") from error
        raise


def renamed_by(before: Schema, edits: Sequence[Edit]) -> tuple[Rename, ...]:
    """What edits rename, from its name before all of them to the one after."""
    tables: dict[str, str] = {}
    columns: dict[tuple[str, str], str] = {}
    for edit in edits:
        if isinstance(edit, RenameTable):
            tables[fold(edit.name)] = tables.pop(fold(edit.table), edit.table)
            for at, column in [key for key in columns if key[0] == fold(edit.table)]:
                columns[fold(edit.name), column] = columns.pop((at, column))
        elif isinstance(edit, RenameColumn):
            at = fold(edit.table)
            columns[at, edit.name] = columns.pop((at, edit.column), edit.column)
    found = [Rename("", was, now) for now, was in tables.items() if before.table(was)]
    for (at, now), was in columns.items():
        table = before.table(tables.get(at, at))
        if table is not None and table.column(was) is not None and was != now:
            found.append(Rename(table.name, was, now))
    return tuple(found)


def _tables(now: Objects, wanted: Objects, answers: Answers) -> list[tuple[str, str]]:
    pairs = [
        (
            _there(now.tables, each.before, "There is no table").name,
            _there(wanted.tables, each.after, "The desired schema has no table").name,
        )
        for each in answers.renames
        if not each.table
    ]
    renamed = {fold(before) for before, _ in pairs} | {fold(after) for _, after in pairs}
    for folded, table in now.tables.items():
        new = wanted.tables.get(folded)
        if new is not None and new.name != table.name and folded not in renamed:
            pairs.append((table.name, new.name))
    return pairs


def _columns(
    course: Course, old: Table, new: Table, answered: Sequence[Rename], names: Names, answers: Answers
) -> list[Rename]:
    """Rename the columns of a table."""
    pairs = []
    for each in answered:
        if names.is_table(each.table, new.name):
            here, there = old.column(each.before), new.column(each.after)
            if here is None or there is None:
                missing, who = (each.before, "") if here is None else (each.after, " in the desired schema")
                raise _unknown(f"{quoted(old.name)} has no column {quoted(missing)}{who}.")
            pairs.append((here.name, there.name))
    renamed = {fold(name) for pair in pairs for name in pair}
    for column in old.columns:
        other = new.column(column.name)
        if other is not None and other.name != column.name and fold(column.name) not in renamed:
            pairs.append((column.name, other.name))
    taken = {fold(column.name): column for column in old.columns}
    said = [each for each in answers.gone if each.column and names.is_table(each.table, new.name)]
    gone = [taken.pop(name).name for name in _in_the_way(pairs, taken, [each.column for each in said])]
    names.dropped += [Place(old.name, name) for name in gone]
    steps: list[Edit] = [DropColumn(old.name, name) for name in gone]
    course.go(steps)
    for before, after in _in_order(pairs, set(taken)):
        _rename_column(course, RenameColumn(old.name, before, after))
    names.columns |= {(fold(new.name), fold(after)): before for before, after in pairs}
    return [Rename(old.name, before, after) for before, after in pairs]


def _rename_column(course: Course, edit: RenameColumn) -> None:
    """Rename a column; where SQLite cannot follow it through views, these go first and are made again at the end.

    A view that takes the column from another view is one: SQLite renames it in the one, and not in the other.
    """
    try:
        course.go([edit])
    except UsageError:
        users = _users(course.schema(), edit.table)
        if not users:
            raise
        course.go(users)
        course.go([edit])


def _users(schema: Schema, table: str) -> list[Edit]:
    """How what reads a table through views goes: the views, and the triggers of other tables that name them."""
    here = objects(schema)
    views = {folded: view for folded, view in here.views.items() if _reads(view.reads, {fold(table)})}
    triggers = [
        each
        for each in here.triggers.values()
        if fold(each.table) not in views and _reads((*each.reads, *each.writes), views.keys())
    ]
    return [
        *(DropObject("trigger", each.name) for each in triggers),
        *(DropObject("view", each.name) for each in views.values()),
    ]


def _reads(pairs: Iterable[tuple[str, str]], tables: Set[str]) -> bool:
    return any(fold(table) in tables for table, _ in pairs)


def _in_the_way(pairs: Sequence[tuple[str, str]], taken: Iterable[str], gone: Iterable[str]) -> list[str]:
    """Folded names that something is to have, of what the steward said goes."""
    leaving = {fold(before) for before, _ in pairs}
    free = set(taken) & set(map(fold, gone)) - leaving
    return [fold(after) for _, after in pairs if fold(after) in free]


def _in_order(pairs: Sequence[tuple[str, str]], taken: set[str]) -> list[tuple[str, str]]:
    """Renames as they can be made; what gets another case alone is in nobody's way."""
    alone = [pair for pair in pairs if fold(pair[0]) == fold(pair[1])]
    return [*alone, *_ordered([pair for pair in pairs if pair not in alone], taken)]


def _ordered(pairs: Sequence[tuple[str, str]], taken: set[str]) -> list[tuple[str, str]]:
    """Renames in an order in which every new name is free; where they go in a ring, one goes by way of another name."""
    waiting, order = list(pairs), []
    while waiting:
        free = next((pair for pair in waiting if fold(pair[1]) not in taken), None)
        if free is None:
            before, after = waiting.pop(0)
            if fold(after) not in {fold(each) for each, _ in [*waiting, (before, after)]}:
                raise _unknown(f"{quoted(before)} cannot be renamed to {quoted(after)}, which is there.")
            aside = f"{before}_renamed"
            while fold(aside) in taken:
                aside += "_"
            waiting.append((aside, after))
            free = (before, aside)
        else:
            waiting.remove(free)
        order.append(free)
        taken = (taken - {fold(free[0])}) | {fold(free[1])}
    return order


def _broken(now: Objects) -> list[Edit]:
    """One view or trigger that does not compile keeps SQLite from renaming anything; they are made again at the end."""
    views: list[Edit] = [DropObject("view", view.name) for view in now.views.values() if view.problem]
    lost = {fold(view.name) for view in now.views.values() if view.problem}
    return [
        *(
            DropObject("trigger", each.name)
            for each in now.triggers.values()
            if each.problem and fold(each.table) not in lost
        ),
        *views,
    ]


def _all_used(columns: Sequence[Rename], done: Sequence[Rename], wanted: Objects, names: Names) -> None:
    for each in columns:
        there = [table.name for table in wanted.tables.values() if names.is_table(each.table, table.name)]
        if not any(rename.table in there or fold(rename.table) in map(fold, there) for rename in done):
            raise _unknown(f"There is no table {quoted(each.table)} in both schemas.")


def _there(tables: dict[str, Table], name: str, missing: str) -> Table:
    found = tables.get(fold(name))
    if found is None:
        raise _unknown(f"{missing} {quoted(name)}.")
    return found


def _unknown(message: str) -> UsageError:
    return UsageError(ErrorCode.UNKNOWN_OBJECT, message, hint=_NOTHING)
