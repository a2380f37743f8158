"""What a soft delete asks of the tables it reaches, and what it changes for the programs that use them."""

from __future__ import annotations

from steward_app.db import Session, fold
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.finding import Severity
from steward_app.kernel.text import quoted
from steward_app.services.audit.recipes import times
from steward_app.services.audit.recipes.families import Family, family_of, usable, via
from steward_app.services.audit.recipes.model import Form, NewColumn, OnDelete, SoftDelete
from steward_app.services.audit.recipes.needs import (
    UNCHANGED,
    Needs,
    fits_a_trigger,
    named,
    others,
    spec_with,
    table_of,
    tell_of_swallowing,
    time_column,
)
from steward_app.services.schema.model import Schema, Table, TableKind

LONGEST_DAYS = 36_500


def needs(session: Session, schema: Schema, spec: SoftDelete) -> Needs:
    """What has to be there, and what will be different for programs."""
    root = table_of(schema, spec.table)
    found = Needs(spec)
    if not 0 <= spec.grace_days <= LONGEST_DAYS:
        raise UsageError(
            ErrorCode.BAD_REQUEST, f"Days of grace are from 0 to {LONGEST_DAYS:,}.", hint=UNCHANGED
        )
    follow = tuple(table_of(schema, name).name for name in spec.follow)
    spec_with(found, table=root.name, follow=follow)
    if not fits_a_trigger(found, root, schema, written=True):
        return found
    family = family_of(schema, root, spec)
    if not _can_follow(found, root, schema, family, follow):
        return found
    column, form = _columns(found, session, family, spec)
    spec_with(found, column=column, form=form)
    for table in family.tables:
        tell_of_swallowing(found, table)
        _tell_of_keys(found, table)
        _tell_of_triggers(found, table, column, spec)
        _tell_of_parents(found, table, family, spec)
    _tell_of_links(found, family, schema)
    _tell_of_views(found, root, family, schema)
    _tell_of_delete(found, root, spec)
    return found


def _can_follow(found: Needs, root: Table, schema: Schema, family: Family, follow: tuple[str, ...]) -> bool:
    if family.circle:
        found.refuse(
            "circle",
            root,
            f"{named(family.circle)} refer to each other in a circle",
            detail="Rows could not be followed from one to the next without end.",
        )
    for link in family.links:
        if not usable(link.key):
            found.refuse(
                "foreign_key",
                link.child,
                f"The foreign key of {quoted(link.child.name)} to {quoted(link.key.parent)} cannot be used",
                detail="SQLite cannot enforce it, so nothing can follow it.",
                columns=link.key.columns,
            )
    reached = {fold(table.name) for table in family.tables}
    for name in follow:
        if fold(name) not in reached:
            found.refuse("follow", root, f"{quoted(name)} does not point to {quoted(root.name)}")
    for table in family.tables:
        if table.name != root.name:
            fits_a_trigger(found, table, schema, written=True)
    return not any(each.blocks for each in found.findings)


def _columns(found: Needs, session: Session, family: Family, spec: SoftDelete) -> tuple[str, Form]:
    """The column that every table of the family gets, and the one that says by which link a row followed."""
    column, form = spec.column, spec.form
    known = [each for each in family.tables if each.column(spec.column) is not None]
    for table in sorted(family.tables, key=lambda each: each not in known):
        name, form = time_column(found, session, table, column, form)
        column = name if table in known else column
        there = table.column(column)
        if there is not None and (there.not_null or there.default):
            found.refuse(
                "never_null",
                table,
                f"{quoted(column)} of {quoted(table.name)} is never NULL",
                detail="Rows that are not deleted have NULL there.",
                columns=(column,),
                kind="column",
            )
        if family.leaders(table):
            _via(found, table, via(column))
    assert form is not None
    return column, form


def _via(found: Needs, table: Table, column: str) -> None:
    there = table.column(column)
    if there is None:
        found.columns.append(NewColumn(table.name, column, times.TYPES[Form.UNIX]))
    elif there.declared_type.upper() != "INTEGER" or there.not_null:
        found.refuse(
            "via",
            table,
            f"{quoted(table.name)} has a column {quoted(column)} that means something else",
            detail="The recipe needs a column of that name, INTEGER and with NULL, to tell with which row another one"
            " was deleted.",
            columns=(column,),
            kind="column",
        )


def _tell_of_keys(found: Needs, table: Table) -> None:
    for index in table.indexes:
        if index.unique and index.origin != "primary key" and not index.where:
            columns = tuple(term.name or term.expression for term in index.columns)
            found.say(
                "unique",
                table,
                f"A deleted row of {quoted(table.name)} still holds its {named(columns)}, which may stand only once",
                detail="Another row with the same value cannot be inserted until the deleted one is purged.",
                columns=tuple(term.name for term in index.columns if term.name),
                name=index.name,
                kind="index",
                remedies=(f"Make a unique index WHERE {found_column(found)} IS NULL in its place.",),
            )


def found_column(found: Needs) -> str:
    """The column that says since when a row is deleted."""
    assert isinstance(found.spec, SoftDelete)
    return found.spec.column


def _tell_of_triggers(found: Needs, table: Table, column: str, spec: SoftDelete) -> None:
    for each in others(table):
        if each.event == "DELETE" and spec.on_delete is OnDelete.STAMP:
            found.say(
                "delete_trigger",
                table,
                f"The trigger {quoted(each.name)} of {quoted(table.name)} no longer runs at a DELETE",
                detail="It runs when the row is purged.",
                name=each.name,
            )
        if each.event == "UPDATE" and (not each.of_columns or fold(column) in map(fold, each.of_columns)):
            found.say(
                "fires_again",
                table,
                f"The trigger {quoted(each.name)} of {quoted(table.name)} runs when a row is deleted softly",
                Severity.NOTE,
                detail="It waits for an UPDATE of any column, and the stamp is one.",
                name=each.name,
            )


def _tell_of_parents(found: Needs, table: Table, family: Family, spec: SoftDelete) -> None:
    reached = {fold(each.name) for each in family.tables}
    for key in table.foreign_keys:
        if key.on_delete != "CASCADE" or fold(key.parent) in reached:
            continue
        found.say(
            "parent_stopped",
            table,
            f"A row of {quoted(key.parent)} cannot be deleted while rows of {quoted(table.name)} point to it",
            detail="Its foreign key would delete them, and they stay: the statement fails, where foreign keys are"
            " enforced. Rows that are deleted softly count, too, until they are purged.",
            columns=key.columns,
            remedies=(f"Install the soft delete on {quoted(key.parent)} instead: the rows here follow it.",),
        )


def _tell_of_links(found: Needs, family: Family, schema: Schema) -> None:
    for link in family.links:
        if not link.key.index:
            found.say(
                "slow",
                link.child,
                f"{quoted(link.child.name)} has no index on {named(link.key.columns)}",
                Severity.NOTE,
                detail=f"Every soft delete of a row of {quoted(link.parent.name)} reads the whole table.",
                columns=link.key.columns,
            )
    for guard in family.guards:
        found.say(
            "guard",
            guard.parent,
            f"A row of {quoted(guard.parent.name)} stays as long as rows of {quoted(guard.child.name)} point to it",
            Severity.NOTE,
            detail=f"As its foreign key says (ON DELETE {guard.key.on_delete}), now for every program.",
            columns=guard.key.columns,
        )
    for table in family.tables:
        for child, key in schema.referring(table.name):
            if key.on_delete in ("SET NULL", "SET DEFAULT") and child.name not in {
                each.child.name for each in family.links
            }:
                found.say(
                    "set_null",
                    child,
                    f"Rows of {quoted(child.name)} go on pointing to a row of {quoted(table.name)} that is deleted",
                    Severity.NOTE,
                    detail=f"ON DELETE {key.on_delete} happens when the row is purged.",
                    columns=key.columns,
                )


def _tell_of_views(found: Needs, root: Table, family: Family, schema: Schema) -> None:
    tables = {fold(each.name) for each in family.tables}
    views = [
        each.name
        for each in schema.tables
        if each.kind is TableKind.VIEW and {fold(name) for name, _ in each.reads} & tables
    ]
    shown = f"{named(views[:5])}{' and others' if len(views) > 5 else ''}"
    found.say(
        "still_shown",
        root,
        f"Queries and views go on showing deleted rows{f', among them {shown}' if views else ''}",
        detail=f"Only what asks for {found_column(found)} IS NULL leaves them out. Nothing of yours is rewritten.",
    )


def _tell_of_delete(found: Needs, root: Table, spec: SoftDelete) -> None:
    if spec.on_delete is OnDelete.REFUSE:
        found.say(
            "delete_refused",
            root,
            "A program that deletes a row gets an error",
            detail=f"It has to set {found_column(found)} instead, and to NULL to bring the row back.",
        )
        return
    found.say(
        "delete_counts_none",
        root,
        "A DELETE says that it deleted no row",
        detail="SQLite counts none, and RETURNING gives none: the row is stamped and stays. A program that compares the"
        " count, as some object mappers do, takes that for an error.",
        remedies=("Let DELETE be refused, and have programs set the column.",),
    )
    found.say(
        "replace",
        root,
        "A REPLACE is no DELETE: the row in its place goes for good",
        Severity.NOTE,
        detail="As before; the audit keeps it.",
    )
    found.say(
        "recursive_triggers",
        root,
        "A program that has recursive_triggers on cannot delete or replace a row",
        detail="There REPLACE fires the triggers of DELETE, and SQLite would damage indexes if the row were left where"
        " it is. It is off unless a program turns it on; sqlite-utils does.",
        remedies=(f"Such a program sets {found_column(found)} instead.",),
    )
