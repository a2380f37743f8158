"""What a recipe puts into a file: helper tables and triggers, as SQL that plain SQLite 3.40 runs for every client."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from steward_app.db import literal, quote
from steward_app.services.audit.engine.model import Shape
from steward_app.services.audit.engine.shape import shape_of
from steward_app.services.audit.recipes import names
from steward_app.services.audit.recipes.model import Trigger
from steward_app.services.schema.model import Schema, Table, TableKind


class MissingError(Exception):
    """A table or column that a recipe stands on is not there any more."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a recipe is made of.

    Attributes:
        tables: names of the tables it writes to or watches, the one it was asked for first.
        helper: a table of its own, and the statement that makes it; it goes with the recipe. Or "".
        log: the table that holds the steward's data, and the statement that makes it; or "".
        triggers: in the order in which they are made: the last one fires first.
    """

    tables: tuple[str, ...]
    triggers: tuple[Trigger, ...]
    helper: str = ""
    helper_sql: str = ""
    log: str = ""
    log_sql: str = ""


def there(schema: Schema, name: str, *columns: str) -> tuple[Table, Shape]:
    """A table that a recipe stands on. Raises `MissingError` where it, or a column of it, is gone."""
    table = schema.table(name)
    if table is None:
        raise MissingError(f"the table {name} is gone")
    if table.kind is not TableKind.TABLE or table.ours or table.problem:
        raise MissingError(f"{name} is no table of yours that can be used")
    shape = shape_of(table, schema)
    known = {each.name for each in shape.columns}
    for each in columns:
        if each not in known:
            raise MissingError(f"the table {name} has no column {each}")
    return table, shape


def trigger(
    number: int, what: str, event_sql: str, table: str, body: Sequence[str], when_sql: str = ""
) -> Trigger:
    """A trigger of a recipe."""
    own = names.trigger(number, what)
    when = f" WHEN {when_sql}" if when_sql else ""
    run = "".join(f" {statement};" for statement in body)
    return Trigger(own, table, f"CREATE TRIGGER {own} {event_sql} ON {quote(table)}{when} BEGIN{run} END")


def abort(message: str, when_sql: str = "") -> str:
    """A statement that ends everything that runs with a message, where a condition holds."""
    where = f" WHERE {when_sql}" if when_sql else ""
    return f"SELECT RAISE(ABORT, {literal(message)}){where}"
