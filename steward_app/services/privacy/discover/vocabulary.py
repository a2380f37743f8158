"""The words of a full-text index, where the index keeps no texts: they are its content."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from steward_app.db import ReadSession, quote
from steward_app.db.any_text import legible, rows_of_any_text
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.services.schema.model import Table

_TABLE = "steward_vocabulary"
_MOST_TERMS = 20_000
_MODULES = {
    "fts5": ("fts5vocab", ", 'col'", "cnt"),
    "fts3": ("fts4aux", "", "occurrences"),
    "fts4": ("fts4aux", "", "occurrences"),
}


def has_vocabulary(table: Table) -> bool:
    """Whether it is a full-text index whose words can be listed."""
    return table.module.lower() in _MODULES


def terms(session: ReadSession, table: Table) -> Iterator[tuple[str, list[str]]]:
    """Words of each column, by its name. The list of them is made in `temp`, never in the file."""
    module, kind, _ = _MODULES[table.module.lower()]
    names = [column.name for column in table.columns if not column.hidden]
    try:
        with session.temporary(), in_sqlites_words():
            session.all(f"CREATE VIRTUAL TABLE temp.{_TABLE} USING {module}(main, {quote(table.name)}{kind})")
            try:
                sql = f"SELECT col, term FROM temp.{_TABLE} ORDER BY col LIMIT {_MOST_TERMS}"
                rows = list(rows_of_any_text(session, sql))
            finally:
                session.all(f"DROP TABLE temp.{_TABLE}")
    except SqliteSays:
        return
    for column, words in groupby(rows, key=lambda row: row[0]):
        if module == "fts4aux":
            if column == "*" or not str(column).isdigit():
                continue
            column = names[int(str(column))] if int(str(column)) < len(names) else ""
        yield str(column), [legible(str(term)) for _, term in words]
