"""Full-text tables: which they are, and from where they take their text.

https://www.sqlite.org/fts5.html#external_content_and_contentless_tables https://www.sqlite.org/fts3.html#the_content_option
"""

from __future__ import annotations

from steward_app.db import fold
from steward_app.db.full_text import FULL_TEXT, content_named, content_rowid_named
from steward_app.db.tokens import unquote
from steward_app.services.schema.ddl import read_virtual
from steward_app.services.schema.model import Table, TableKind


def is_full_text(table: Table) -> bool:
    """Whether it is an index of words: fts3, fts4 or fts5."""
    return table.kind is TableKind.VIRTUAL and table.module.lower() in FULL_TEXT


def content_of(table: Table) -> str | None:
    """The table a full-text table takes its text from; "" where it keeps none, None where it keeps it itself."""
    return content_named(table.sql)


def content_rowid_of(table: Table) -> str:
    """The column by which it names the rows of that table, or "rowid"."""
    return content_rowid_named(table.sql)


def searched_columns(table: Table) -> tuple[str, ...]:
    """The columns of a full-text table whose words it finds: those not UNINDEXED, nor `notindexed`."""
    said = read_virtual(table.sql)
    items = [each.split() for each in said.arguments] if said else []
    left_out = {fold(unquote(item[0])) for item in items if len(item) > 1 and item[-1].upper() == "UNINDEXED"}
    options = [each.partition("=") for each in said.arguments] if said else []
    left_out |= {
        fold(unquote(value.strip())) for name, _, value in options if fold(name.strip()) == "notindexed"
    }
    return tuple(each.name for each in table.columns if not each.hidden and fold(each.name) not in left_out)
