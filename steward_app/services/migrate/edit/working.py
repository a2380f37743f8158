"""What worked before a change of the schema and would not any more: views, triggers, foreign keys, virtual tables."""

from __future__ import annotations

from collections.abc import Callable, Set

from steward_app.db import Session
from steward_app.db.names import fold
from steward_app.kernel.text import quoted
from steward_app.services.migrate.edit.belonging import refused
from steward_app.services.migrate.keys_lost import keys_lost
from steward_app.services.migrate.not_working import counts_values, told
from steward_app.services.schema.model import ForeignKey, Mismatch, Schema
from steward_app.services.schema.searchable import unreadable

_USABLE = (Mismatch.NONE, Mismatch.NO_TABLE)  # the table may come later


def require_working(
    before: Schema, after: Schema, spared: Callable[[str], bool], *, new_keys: bool = True
) -> None:
    """Raise `Refused` where a view, trigger or foreign key does not work any more that did before.

    Args:
        spared: whether a trigger, by its name, is another's to see to.
        new_keys: foreign keys that are new must work, too; not where a schema is wanted as it is.
    """
    if broken := [name for name in after.broken_since(before) if not spared(name)]:
        what = told(after, broken, ("would not work any more",) * 2)
        so_that = ", so that its INSERT names its columns" if counts_values(after, broken) else ""
        raise refused(f"{what}.", f"Drop or change it first{so_that}.")
    was, now = _without_key(before), _without_key(after)
    if not new_keys:
        there = {
            (table.name, _columns(key))
            for table in before.tables
            for key in table.foreign_keys
            if key.mismatch is not Mismatch.NO_TABLE  # else it did not work before either
        }
        now = {each for each in now if each[:2] in there}
    if len(now) > len(was):  # a table may be called otherwise
        child, _, parent = min(now - was)
        raise refused(
            f"{quoted(parent)} would have no key that the foreign key of {quoted(child)} can point to.",
            "Drop or change the foreign key first, or let it point to columns that are UNIQUE.",
        )
    lost = [each for each in keys_lost(before, after) if each[1].mismatch is Mismatch.NO_TABLE]
    if lost:
        parent = lost[0][1].parent
        children = dict.fromkeys(
            quoted(table.name) for table, key in lost if fold(key.parent) == fold(parent)
        )
        raise refused(
            f"{quoted(parent)} would be gone, and foreign keys point to it: of {', '.join(children)}.",
            "Drop or change these foreign keys first, or drop their tables, too.",
        )


def require_read(empty: Session, schema: Schema, unread: Set[str]) -> None:
    """Raise `Refused` where a virtual table cannot be read any more that could be before.

    Args:
        unread: those that could not.
    """
    for name, why in unreadable(empty, schema).items():
        if name not in unread:
            raise refused(
                f"{quoted(name)} could not be read any more: {why.rstrip('.')}.",
                "It takes its texts from what this changes. Drop it first, and make it anew afterwards.",
            )


def _without_key(schema: Schema) -> set[tuple[str, tuple[str, ...], str]]:
    """Foreign keys that SQLite cannot use."""
    return {
        (table.name, _columns(key), key.parent)
        for table in schema.tables
        for key in table.foreign_keys
        if key.mismatch not in _USABLE
    }


def _columns(key: ForeignKey) -> tuple[str, ...]:
    return tuple(map(fold, key.columns))
