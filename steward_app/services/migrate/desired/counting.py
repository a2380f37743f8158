"""How many rows of a file a change is about, where the file knows of them.

What a migration that waits makes is not in the file yet, so a table may not be there, and a column may not.
"""

from __future__ import annotations

from steward_app.db import Session, qualified, quote
from steward_app.kernel.errors import Cancelled, StewardError


def count(session: Session, table: str, column: str = "") -> int:
    """How many rows it has, or values in a column; 0 where it cannot be read."""
    what = f"count({quote(column)})" if column else "count(*)"
    try:
        return session.count(f"SELECT {what} FROM {qualified(table)}")
    except Cancelled:
        raise
    except StewardError:
        return 0


def count_empty(session: Session, table: str, column: str) -> int:
    """How many rows have no value in a column; where there is no such column yet, all rows."""
    try:
        return session.count(f"SELECT count(*) FROM {qualified(table)} WHERE {quote(column)} IS NULL")
    except Cancelled:
        raise
    except StewardError:
        return count(session, table)
