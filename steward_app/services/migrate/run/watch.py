"""What must still hold when a migration has run and before it is kept: foreign keys, views, triggers, pages, audit."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from steward_app.catalog import Catalog, schema_versions
from steward_app.db import Session, WriteSession, fold, qualified
from steward_app.db.integrity import (
    ForeignKeyCheck,
    foreign_key_check,
    newly_broken,
    structure_check,
    table_check,
)
from steward_app.kernel.plan import Check, Plan
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted, visible
from steward_app.services.audit.engine.model import AuditedTable
from steward_app.services.audit.guard.armed import State, status
from steward_app.services.audit.seals.seal_tables import audited
from steward_app.services.migrate.expand.whole import apart
from steward_app.services.migrate.keys_lost import keys_lost
from steward_app.services.migrate.lint.acts import (
    AddCheck,
    AddColumn,
    RenameColumn,
    SetNotNull,
    read_act,
)
from steward_app.services.migrate.lint.promises import by_table, told
from steward_app.services.migrate.moves import as_said
from steward_app.services.migrate.not_working import counts_values
from steward_app.services.migrate.not_working import told as told_of
from steward_app.services.migrate.rehearsal.renames import Names
from steward_app.services.migrate.run.computed import Computed, can_be_computed, computed
from steward_app.services.migrate.run.course import Step
from steward_app.services.migrate.run.full_text import Searched, searched, still_found
from steward_app.services.migrate.run.reach import reach
from steward_app.services.schema.check import mismatch_words
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema, TableKind
from steward_app.services.schema.registry.model import Breach
from steward_app.services.schema.registry.promises import Held, Promises
from steward_app.services.schema.searchable import unreadable

_OF_THE_TEXT = (AddCheck, AddColumn, RenameColumn, SetNotNull)
"""What SQLite does without writing a row of the table: its text alone is another."""


@dataclass(frozen=True, slots=True)
class Before:
    """How the file stood before a migration.

    Attributes:
        about: folded names of the tables it can touch; None for all.
        written: those of them whose rows it can write; None for all.
        schema: what there was, with views and triggers that did not compile even then.
        unread: virtual tables that could not be read even then.
        searched: how the full-text indexes stood over what it can write.
        logged: numbers of the versions of audited tables whose changes reached the log.
        held: what the policy promises, where nobody could look before it runs whether that is kept.
        broken: what was against it even then.
        computed: what is computed when it is read.
        apart: the records of columns that were not kept alike even then.
    """

    about: frozenset[str] | None
    written: frozenset[str] | None
    schema: Schema
    keys: tuple[ForeignKeyCheck, ...]
    unread: frozenset[str]
    searched: Searched
    logged: frozenset[int]
    held: Held = field(default_factory=Held)
    broken: frozenset[Breach] = frozenset()
    computed: Computed = frozenset()
    apart: frozenset[str] = frozenset()


def look(session: WriteSession, step: Step, plan: Plan, catalog: Catalog, context: Context) -> Before:
    """How the file stands before a migration runs, in the transaction that is open.

    Raises as `read_policy` for a program.
    """
    about, written = _about(session, step), _written(session, step)
    schema = read_schema(session, context)
    standing = status(session, schema) if audited(session) else ()
    held = _promised(plan, catalog, schema) if step.script is None else Held()
    unread = frozenset(unreadable(session, schema))
    return Before(
        about,
        written,
        schema,
        foreign_key_check(session, context, about=about),
        unread,
        searched(session, schema, step, written, unread, context),
        frozenset(each.audited.tid for each in standing if each.state is State.ARMED),
        held,
        frozenset(held.breaches(schema)),
        computed(schema),
        frozenset(_apart(session, schema)),
    )


def checks(session: WriteSession, step: Step, before: Before, context: Context) -> tuple[Check, ...]:
    """What was looked at after a migration ran."""
    about = _together(before.about, _about(session, step))
    written = _together(before.written, _written(session, step))
    schema = read_schema(session, context)
    unread = unreadable(session, schema)
    return (
        _keys_hold(session, schema, step, before, about, context),
        _still_usable(before, schema),
        *can_be_computed(session, schema, step, before.computed, context),
        *_still_read(unread, step, before, schema),
        *still_found(session, schema, step, before.searched, unread, context),
        _holds_together(session, schema, written, context),
        *_still_logged(session, schema, before),
        *_still_alike(session, schema, before),
        *_still_promised(schema, before),
        *_moved(session, step),
    )


def _about(session: Session, step: Step) -> frozenset[str] | None:
    return None if step.script is None else reach(session, [step.script.text])


def _written(session: Session, step: Step) -> frozenset[str] | None:
    if step.script is None:
        return None
    writing = [each.sql for each in step.script.statements if not isinstance(read_act(each), _OF_THE_TEXT)]
    return reach(session, writing)


def _together(before: frozenset[str] | None, after: frozenset[str] | None) -> frozenset[str] | None:
    return None if before is None or after is None else before | after


def _keys_hold(
    session: Session,
    schema: Schema,
    step: Step,
    before: Before,
    about: Collection[str] | None,
    context: Context,
) -> Check:
    names = {fold(each.before): each.after for each in step.renames if not each.table}
    earlier = [replace(each, table=names.get(fold(each.table), each.table)) for each in before.keys]
    after = foreign_key_check(session, context, about=about)
    told = [
        f"{plural(rows, 'more row', 'more rows')} of {quoted(name)} {'points' if rows == 1 else 'point'} to nothing"
        for name, rows in newly_broken(earlier, after).items()
    ]
    known = {fold(each.table): each.problem for each in earlier}
    stopped = [each for each in after if each.problem and not known.get(fold(each.table))]
    told += [f"{quoted(each.table)}: {each.problem}" for each in stopped]
    if not step.takes_back:  # a key may have been there before what it points to, which goes again
        was = Names(step.renames, before.schema, schema).schema(before.schema)
        told += [
            f"{quoted(table.name)}: {mismatch_words(key)}"
            for table, key in keys_lost(was, schema)
            if table.name not in {each.table for each in stopped}
        ]
    return Check("No foreign key is newly broken", not told, "; ".join(told))


def _still_usable(before: Before, schema: Schema) -> Check:
    lost = schema.unusable - before.schema.unusable
    said = [told_of(schema, lost, ("does not work", "do not work"))] if lost else []
    if counts_values(schema, lost):
        said.append("make each anew before, in the same file, with an INSERT that names its columns")
    return Check("Views and triggers still work", not lost, "; ".join(said))


def _still_read(found: Mapping[str, str], step: Step, before: Before, schema: Schema) -> tuple[Check, ...]:
    """That a full-text index finds the table whose texts it reads, and virtual tables answer at all."""
    if not any(table.kind is TableKind.VIRTUAL for table in schema.tables):
        return ()
    lost = sorted(name for name in found if step.name_before(name) not in before.unread)
    told = [f"{quoted(name)} cannot be read any more ({visible(found[name], 200)})" for name in lost]
    told += ["drop it and make it anew over what is there then, in the same file"] if told else []
    return (Check("Full-text indexes and other virtual tables can be read", not lost, "; ".join(told)),)


def _holds_together(
    session: Session, schema: Schema, written: Collection[str] | None, context: Context
) -> Check:
    if written is None:
        problems = list(structure_check(session, context, quick=True).problems)
    else:
        tables = [
            each.name
            for each in schema.tables
            if each.kind in (TableKind.TABLE, TableKind.SHADOW) and fold(each.name) in written
        ]
        problems = [line for name in tables for line in table_check(session, name, context)]
    return Check("The file holds together", not problems, "; ".join(problems[:3]))


def _still_logged(session: Session, schema: Schema, before: Before) -> tuple[Check, ...]:
    if not before.logged:
        return ()
    wrong = [
        each.table
        for each in status(session, schema)
        if _is_of(each.audited, before.logged) and each.state is not State.ARMED
    ]
    told = f"changes of {', '.join(map(quoted, wrong))} would not be logged" if wrong else ""
    return (Check("Every change still reaches the audit log", not wrong, told),)


def _apart(session: Session, schema: Schema) -> dict[str, str]:
    return apart(schema, lambda record: session.value(f"SELECT definition FROM {qualified(record)}"))


def _still_alike(session: Session, schema: Schema, before: Before) -> tuple[Check, ...]:
    """That the columns of an expansion, while it lasts, are kept alike by the triggers that were made for it."""
    told = [why for record, why in _apart(session, schema).items() if record not in before.apart]
    told += ["contract it or take it back first"] if told else []
    return (Check("Columns that are kept alike stay so", not told, "; ".join(told)),) if told else ()


def _promised(plan: Plan, catalog: Catalog, schema: Schema) -> Held:
    """What the policy of the file promises, as `Held.of`; the file that runs may be a copy of it."""
    promises = Promises.of(Path(plan.path))
    if not promises.any:
        return Held()
    with catalog.reading() as session:
        return Held.promised(promises, schema_versions.every(session, plan.database_id), schema)


def _still_promised(schema: Schema, before: Before) -> tuple[Check, ...]:
    """That a program breaks no promise; of a script, lint tells before it runs."""
    if not before.held.any:
        return ()
    new = by_table(breach for breach in before.held.breaches(schema) if breach not in before.broken)
    return (Check("What the policy promises of tables is kept", not new, "; ".join(map(told, new))),)


def _moved(session: Session, step: Step) -> tuple[Check, ...]:
    if not step.moves:
        return ()
    names = {fold(each.before): each.after for each in step.renames if not each.table}
    return (as_said(session, step.moves, names),)


def _is_of(version: AuditedTable, logged: Collection[int]) -> bool:
    return version.tid in logged or version.earlier in logged
