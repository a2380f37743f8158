"""The edits that make of a table what a draft says.

Renames come first: what a steward writes into a draft uses the new names, and SQLite renames nothing while a view reads
what is gone. Then objects that change go, to come back last, so that they are in nobody's way. What does not compile
as it is goes before all else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from steward_app.db import Session
from steward_app.db.names import fold
from steward_app.kernel.errors import ErrorCode, Refused
from steward_app.kernel.text import quoted
from steward_app.services.migrate.desired.course import is_spared
from steward_app.services.migrate.draft.model import Draft, DraftColumn, Place
from steward_app.services.migrate.draft.read import draft_of, rule_clauses
from steward_app.services.migrate.edit.model import (
    FIRST,
    AddColumn,
    AddConstraint,
    CreateObject,
    DropColumn,
    DropConstraint,
    DropObject,
    Edit,
    MoveColumn,
    RenameColumn,
    RenameTable,
    SetCollation,
    SetDefault,
    SetGenerated,
    SetNotNull,
    SetOption,
    SetPrimaryKey,
    SetType,
)
from steward_app.services.migrate.edit.reshape import bare
from steward_app.services.migrate.edit.write import writing
from steward_app.services.schema.introspect import read_schema, read_table
from steward_app.services.schema.model import Schema, Table, TableKind


@dataclass(frozen=True, slots=True)
class Step:
    """An edit and the place in the draft that asks for it."""

    edit: Edit
    place: Place


def steps_of(session: Session, base: Draft, draft: Draft) -> tuple[Step, ...]:
    """The edits from one draft to another, in order; () where both say the same.

    Args:
        session: the file; only its schema is read.
        base: the table as it was when the draft was begun, see `draft_of`.

    Raises `Refused` (STALE_PLAN) where the table is another one meanwhile.
    """
    if not draft.was:
        return (*_new(draft), *_created(base, draft))
    schema = read_schema(session)
    table = schema.table(draft.was)
    if table is None or draft_of(schema, table) != base:
        raise Refused(
            ErrorCode.STALE_PLAN,
            f"{quoted(draft.was)} was changed by another program meanwhile.",
            hint="Nothing was written. Close this and begin again from what it is now.",
        )
    dropped, created = _dropped(schema, base, draft), _created(base, draft, schema)
    if draft.gone:
        views = tuple(step for step in dropped if _is_drop_of_view(step))
        return (*views, Step(DropObject("table", table.name), Place("table", field="gone")))
    if replace(draft, objects=base.objects) == base:
        return (*dropped, *created)
    broken = schema.unusable  # SQLite renames nothing beside these
    first = [step for step in dropped if _is_drop_of(step, broken)]
    then = [step for step in dropped if not _is_drop_of(step, broken)]
    names = [*first, *_names(base, draft)]
    now = _after(session, table, names)
    return (*names, *then, *_Table(base, draft, now).steps(), *created)


def _is_drop_of_view(step: Step) -> bool:
    return isinstance(step.edit, DropObject) and step.edit.kind == "view"


def _is_drop_of(step: Step, names: frozenset[str]) -> bool:
    return isinstance(step.edit, DropObject) and step.edit.name in names


def _new(draft: Draft) -> Iterator[Step]:
    yield Step(
        CreateObject(replace(draft, columns=_unfilled(draft.columns)).sql), Place("table", field="sql")
    )


def _unfilled(columns: Sequence[DraftColumn]) -> tuple[DraftColumn, ...]:
    """Columns of a new table, which has no rows to be filled."""
    return tuple(replace(column, fill="") for column in columns)


def _dropped(schema: Schema, base: Draft, draft: Draft) -> tuple[Step, ...]:
    """Objects that go or are made anew. With a view go the triggers on it."""
    kept = {(each.kind, each.was, each.sql) for each in draft.objects}
    gone = [each for each in base.objects if (each.kind, each.was, each.sql) not in kept]
    views = {each.was for each in gone if each.kind == "view"}
    on = _on_views(schema)
    order = ("trigger", "view", "index")
    number = {(each.kind, each.was): at for at, each in enumerate(draft.objects)}
    return tuple(
        Step(DropObject(each.kind, each.was), Place("object", number.get((each.kind, each.was), 0), "sql"))
        for each in sorted(gone, key=lambda each: order.index(each.kind))
        if not (each.kind == "trigger" and on.get(each.was) in views)
    )


def _created(base: Draft, draft: Draft, schema: Schema | None = None) -> tuple[Step, ...]:
    """Objects that are new or made anew, triggers last, with those that stand on a view that is made anew."""
    before = {(each.kind, each.was, each.sql) for each in base.objects}
    on = _on_views(schema) if schema else {}
    made = {at for at, each in enumerate(draft.objects) if (each.kind, each.was, each.sql) not in before}
    views = {draft.objects[at].was for at in made if draft.objects[at].kind == "view"}
    made |= {
        at for at, each in enumerate(draft.objects) if each.kind == "trigger" and on.get(each.was) in views
    }
    order = ("index", "view", "trigger")
    return tuple(
        Step(CreateObject(draft.objects[at].sql), Place("object", at, "sql"))
        for at in sorted(made, key=lambda at: (order.index(draft.objects[at].kind), at))
    )


def _on_views(schema: Schema) -> dict[str, str]:
    """The view on which a trigger stands, by their names."""
    views = (table for table in schema.tables if table.kind is TableKind.VIEW)
    return {trigger.name: view.name for view in views for trigger in view.triggers if not trigger.temporary}


def _names(base: Draft, draft: Draft) -> Iterator[Step]:
    """Renames, by way of a name that nothing has where one is still taken by a column that goes or is renamed too."""
    if draft.name != base.name:
        yield Step(RenameTable(base.name, draft.name), Place("table", field="name"))
    wanted = {column.was: (at, column.name) for at, column in enumerate(draft.columns) if column.was}
    now = {column.was: column.was for column in base.columns}
    new = {fold(column.name) for column in draft.columns}
    for was, (at, name) in wanted.items():
        if name == was:
            continue
        place = Place("column", at, "name")
        holder = next((each for each, held in now.items() if fold(held) == fold(name) and each != was), None)
        if holder is not None:
            spare = _spare(name, {fold(held) for held in now.values()} | new)
            yield Step(RenameColumn(draft.name, now[holder], spare), place)
            now[holder] = spare
        yield Step(RenameColumn(draft.name, now[was], name), place)
        now[was] = name
    for was, (at, name) in wanted.items():  # one whose name was taken meanwhile gets it back
        if now[was] != name:
            yield Step(RenameColumn(draft.name, now[was], name), Place("column", at, "name"))


def _spare(name: str, taken: set[str]) -> str:
    number = 1
    while fold(spare := f"{name}_before" + (f"_{number}" if number > 1 else "")) in taken:
        number += 1
    return spare


def _after(session: Session, table: Table, names: Sequence[Step]) -> Table:
    """The table once it and its columns are renamed."""
    if not names:
        return table
    with writing(session, spared=is_spared) as writer:
        writer.make([step.edit for step in names])
        renames = [step.edit.name for step in names if isinstance(step.edit, RenameTable)]
        found = read_table(writer.empty, renames[-1] if renames else table.name)
    assert found is not None
    return found


@dataclass(slots=True)
class _Table:
    """The edits of the table itself. `now` is the table once everything is renamed."""

    base: Draft
    draft: Draft
    now: Table

    def steps(self) -> Iterator[Step]:
        yield from self._rules_gone()
        gone = self._gone()
        for name in gone:
            yield Step(DropColumn(self.draft.name, name), Place("column"))
        for at, column in enumerate(self.draft.columns):
            if column.was:
                yield from self._column(at, column)
        yield from self._order([column.name for column in self.now.columns if column.name not in gone])
        for at, column in enumerate(self.draft.columns):
            yield from self._must_have_value(at, column)
        yield from self._key()
        yield from self._rules_new()
        yield from self._options()

    def _rules_gone(self) -> Iterator[Step]:
        clauses = rule_clauses(self.now.sql)
        kept = {rule.was for rule in self.draft.rules if rule in self.base.rules}
        names = [fold(clause.name) for clause, _ in clauses]
        for number, (clause, column) in enumerate(clauses):
            if number in kept:
                continue
            named = bool(clause.name) and names.count(fold(clause.name)) == 1
            text = "" if named else bare(self.now.sql, clause)
            at = next((at for at, rule in enumerate(self.draft.rules) if rule.was == number), 0)
            yield Step(
                DropConstraint(self.draft.name, clause.name if named else "", text, column), Place("rule", at)
            )

    def _gone(self) -> list[str]:
        """Columns that go, by the names they have once everything is renamed."""
        kept = {column.was for column in self.draft.columns if column.was}
        was = [column.was for column in self.base.columns]
        return [column.name for name, column in zip(was, self.now.columns, strict=True) if name not in kept]

    def _before(self, column: DraftColumn) -> DraftColumn:
        return next(each for each in self.base.columns if each.was == column.was)

    def _column(self, at: int, column: DraftColumn) -> Iterator[Step]:
        table, before = self.draft.name, self._before(column)
        if column.declared_type != before.declared_type or column.using:
            edit = SetType(table, column.name, column.declared_type, column.using)
            yield Step(edit, Place("column", at, "declared_type"))
        if (column.generated, column.stored) != (before.generated, before.stored):
            generated = SetGenerated(table, column.name, column.generated, stored=column.stored)
            yield Step(generated, Place("column", at, "generated"))
        if column.collation != before.collation:
            yield Step(SetCollation(table, column.name, column.collation), Place("column", at, "collation"))
        if column.default != before.default and not column.generated:
            yield Step(SetDefault(table, column.name, column.default), Place("column", at, "default"))

    def _order(self, standing: list[str]) -> Iterator[Step]:
        """New columns where they belong, and the others moved until all stand as in the draft."""
        table, wanted = self.draft.name, self.draft.columns
        last_old = max((at for at, column in enumerate(wanted) if column.was), default=-1)
        for at, column in enumerate(wanted):
            if column.was:
                continue
            before = wanted[at - 1].name if at else FIRST
            after = "" if at > last_old else before
            yield Step(AddColumn(table, column.definition, after), Place("column", at, "name"))
            standing.insert(len(standing) if not after else _behind(standing, after), column.name)
        for at, column in enumerate(wanted):
            if standing[at] != column.name:
                after = wanted[at - 1].name if at else FIRST
                yield Step(MoveColumn(table, column.name, after), Place("column", at))
                standing.remove(column.name)
                standing.insert(at, column.name)

    def _must_have_value(self, at: int, column: DraftColumn) -> Iterator[Step]:
        place = Place("column", at, "fill")
        edit = SetNotNull(
            self.draft.name, column.name, column.not_null, column.fill if column.not_null else ""
        )
        if column.was:
            if column.not_null != self._before(column).not_null:
                yield Step(edit, place)
        elif column.not_null and column.fill:
            yield Step(edit, place)

    def _key(self) -> Iterator[Step]:
        names = {column.was: column.name for column in self.draft.columns if column.was}
        before = tuple(names.get(column.was, "") for column in self.base.key)
        now = tuple(column.name for column in self.draft.key)
        if now != before or self.draft.autoincrement != self.base.autoincrement:
            counting = self.draft.autoincrement and len(now) == 1
            yield Step(SetPrimaryKey(self.draft.name, now, counting), Place("table", field="key"))

    def _rules_new(self) -> Iterator[Step]:
        for at, rule in enumerate(self.draft.rules):
            if rule not in self.base.rules:
                yield Step(AddConstraint(self.draft.name, rule.sql), Place("rule", at, "body"))

    def _options(self) -> Iterator[Step]:
        table = self.draft.name
        if self.draft.strict != self.base.strict:
            yield Step(SetOption(table, "STRICT", self.draft.strict), Place("table", field="strict"))
        if self.draft.without_rowid != self.base.without_rowid:
            edit = SetOption(table, "WITHOUT ROWID", self.draft.without_rowid)
            yield Step(edit, Place("table", field="without_rowid"))


def _behind(standing: Sequence[str], name: str) -> int:
    return 0 if name == FIRST else standing.index(name) + 1
