"""Full-text tables: which they are, and from where they take their text.

https://www.sqlite.org/fts5.html#external_content_and_contentless_tables https://www.sqlite.org/fts3.html#the_content_option
"""

from __future__ import annotations

import re
from typing import Final

from steward_app.db import fold
from steward_app.db.tokens import unquote
from steward_app.services.schema.ddl import read_virtual
from steward_app.services.schema.model import Table, TableKind

_MODULES: Final = frozenset({"fts3", "fts4", "fts5"})
_VALUE = r"\s*=\s*('(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\[[^\]]*\]|[^\s,)]*)"
_CONTENT = re.compile(rf"[(,]\s*content{_VALUE}", re.IGNORECASE)
_CONTENT_ROWID = re.compile(rf"[(,]\s*content_rowid{_VALUE}", re.IGNORECASE)


def is_full_text(table: Table) -> bool:
    """Whether it is an index of words: fts3, fts4 or fts5."""
    return table.kind is TableKind.VIRTUAL and table.module.lower() in _MODULES


def content_of(table: Table) -> str | None:
    """The table a full-text table takes its text from; "" where it keeps none, None where it keeps it itself."""
    return _said(_CONTENT, table)


def content_rowid_of(table: Table) -> str:
    """The column by which it names the rows of that table, or "rowid"."""
    return _said(_CONTENT_ROWID, table) or "rowid"


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


def _said(option: re.Pattern[str], table: Table) -> str | None:
    found = option.search(table.sql)
    if found is None:
        return None
    written = found[1]
    if written[:1] in ("'", '"'):
        return written[1:-1].replace(written[0] * 2, written[0])
    return written[1:-1] if written.startswith("[") else written
