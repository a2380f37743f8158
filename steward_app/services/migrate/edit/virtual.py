"""Virtual tables made anew: SQLite changes none, so the rows of the old one are copied into another under its name.

The old table is renamed away without being followed, as in `rebuild`, so that triggers that fill an index go on doing
so. What was set of a full-text table (how it ranks, that it deletes securely) is no part of its text and goes along.
"""

from __future__ import annotations

from collections.abc import Iterator

from steward_app.db.names import fold, quote
from steward_app.services.schema.fulltext import is_full_text
from steward_app.services.schema.model import Table


def put_aside(old: Table, aside: str, sql: str) -> tuple[str, ...]:
    """The statements that make the new table, with the old one beside it."""
    return (
        "PRAGMA legacy_alter_table = ON",
        f"ALTER TABLE {quote(old.name)} RENAME TO {quote(aside)}",
        "PRAGMA legacy_alter_table = OFF",
        sql,
    )


def taken_over(old: Table, new: Table, aside: str, *, copied: bool) -> Iterator[str]:
    """The statements that bring over what the old table holds, and drop it."""
    names = [quote(column.name) for column in new.columns if _kept(old, column.name) and not column.hidden]
    listed = ", ".join((["rowid"] if is_full_text(old) and is_full_text(new) else []) + names)
    if copied and listed:
        yield f"INSERT INTO {quote(new.name)} ({listed}) SELECT {listed} FROM {quote(aside)}"
    if fold(old.module) == fold(new.module) == "fts5":
        yield (
            f"INSERT INTO {quote(new.name)} ({quote(new.name)}, rank)"
            f" SELECT k, v FROM {quote(f'{aside}_config')} WHERE k <> 'version'"
        )
    yield f"DROP TABLE {quote(aside)}"


def filled(name: str) -> str:
    """The statement that reads all texts of a full-text table again."""
    return f"INSERT INTO {quote(name)} ({quote(name)}) VALUES ('rebuild')"


def _kept(old: Table, name: str) -> bool:
    column = old.column(name)
    return column is not None and not column.hidden
