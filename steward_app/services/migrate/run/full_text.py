"""Full-text indexes over tables that a migration writes: whether they find what is there when it has run.

Such an index does not notice what is written to its table: a trigger tells it, or it reads all texts again.
https://www.sqlite.org/fts5.html#external_content_table_pitfalls
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from steward_app.db import WriteSession, fold
from steward_app.kernel.plan import Check
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.migrate.edit.virtual import filled
from steward_app.services.migrate.lint.acts import Act, AddColumn, RenameColumn, read_act
from steward_app.services.migrate.lint.meant import is_meant
from steward_app.services.migrate.run.course import Step
from steward_app.services.schema.fulltext import content_of, content_rowid_of, searched_columns
from steward_app.services.schema.model import Schema, Table, TableKind
from steward_app.services.schema.searchable import holds_its_texts, over_others

NOT_READ_AGAIN = "full_text_not_read_again"
_TITLE = "Full-text indexes hold the words of the tables they read"


@dataclass(frozen=True, slots=True)
class Searched:
    """The indexes over other tables, as they stood before a migration.

    Attributes:
        there: names of all of them.
        whole: names of those over what it can write that held the words of their tables.
        stale: names of those that did not even then.
    """

    there: frozenset[str] = frozenset()
    whole: frozenset[str] = frozenset()
    stale: frozenset[str] = frozenset()


def searched(
    session: WriteSession,
    schema: Schema,
    step: Step,
    written: Collection[str] | None,
    unread: Collection[str],
    context: Context,
) -> Searched:
    """How the indexes stand before a migration runs.

    Args:
        written: folded names of the tables whose rows it can write; None for all.
        unread: virtual tables that cannot be read at all, of which another check tells.
    """
    looked = {
        index.name: _holds(session, index, context)
        for index in _concerned(schema, step, written)
        if index.name not in unread
    }
    whole = frozenset(name for name, holds in looked.items() if holds)
    there = frozenset(index.name for index, _ in over_others(schema))
    return Searched(there, whole, frozenset(looked) - whole)


def still_found(
    session: WriteSession,
    schema: Schema,
    step: Step,
    before: Searched,
    unread: Collection[str],
    context: Context,
) -> tuple[Check, ...]:
    """Whether those that held the words of their tables still do. The others are told, and stop nothing."""
    looked, lost, told = 0, [], []
    for index, _ in over_others(schema):
        was = step.name_before(index.name)
        is_new = was not in before.there
        if index.name in unread or not (is_new or was in before.whole | before.stale):
            continue
        looked += 1
        if was in before.stale:
            told.append(f"{_stale(index)} before either; {filled(index.name)} reads them again")
        elif not _holds(session, index, context):
            if is_new:
                told.append(f"{_stale(index)} yet; {filled(index.name)} reads them")
            else:
                lost.append(f"{_stale(index)} any more: end the file with {filled(index.name)}")
    if not (looked or before.whole or before.stale):
        return ()
    meant = step.script is not None and is_meant(step.script, NOT_READ_AGAIN)
    return (Check(_TITLE, not lost or meant, "; ".join([*lost, *told])),)


def _concerned(schema: Schema, step: Step, written: Collection[str] | None) -> Iterator[Table]:
    statements = step.script.statements if step.script else ()
    vacuums = any(each.verb == "VACUUM" for each in statements)
    acts = [read_act(each) for each in statements if each.verb == "ALTER"]
    for index, over in over_others(schema):
        if (
            written is None
            or not over.isdisjoint(written)
            or (vacuums and _is_renumbered(schema, index))
            or any(_is_renamed(schema, index, over, act) for act in acts)
        ):
            yield index


def _is_renamed(schema: Schema, index: Table, over: Collection[str], act: Act | None) -> bool:
    """Whether a column gets a name by which the index reads another one, or a view over it may have another row."""
    names = {fold(each) for each in (*searched_columns(index), content_rowid_of(index))}
    match act:
        case AddColumn(table, column) | RenameColumn(table, _, column):
            source = schema.table(content_of(index) or "")
            shown = source is not None and source.kind is TableKind.VIEW and fold(table) in over
            return shown or fold(column) in names
    return False


def _is_renumbered(schema: Schema, index: Table) -> bool:
    """Whether VACUUM may give the rows that it reads other numbers. https://www.sqlite.org/lang_vacuum.html"""
    source = schema.table(content_of(index) or "")
    return source is not None and not any(column.rowid_alias for column in source.columns)


def _holds(session: WriteSession, index: Table, context: Context) -> bool:
    context.checkpoint()
    with session.under(context):
        return holds_its_texts(session, index)


def _stale(index: Table) -> str:
    return f"{quoted(index.name)} does not hold the words of {quoted(content_of(index) or '')}"
