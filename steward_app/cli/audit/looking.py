"""Opening a file to look at an earlier time of it: what was erased since is withheld by the ledger of erasures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from steward_app.catalog import open_catalog
from steward_app.cli.reading import reading
from steward_app.db import ReadSession
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.audit.past.ledger import judge_since, ledger_id
from steward_app.services.audit.past.moments import Moment, Times
from steward_app.services.erasure import Judge
from steward_app.services.schema import read_schema
from steward_app.services.schema.model import Table


@dataclass(frozen=True, slots=True)
class Look:
    """A file that is open, a table of it as it is now, and the moments that are looked at."""

    session: ReadSession
    table: Table
    moments: tuple[Moment, ...]
    judge: Judge | None


@contextmanager
def looking(
    database: Path, table: str, times: tuple[datetime | None, ...], context: Context
) -> Iterator[Look]:
    """Open a file.

    Args:
        times: what is looked at; None for now.

    Raises `UsageError` when it has no such table now.
    """
    with open_catalog() as catalog, reading(database) as session:
        schema = read_schema(session, context)
        now = schema.table(table)
        if now is None:
            raise UsageError(
                ErrorCode.UNKNOWN_OBJECT,
                f"There is no table {quoted(table)} in this file now.",
                hint="“steward audit history” still tells what became of it.",
            )
        database_id = ledger_id(catalog, database, session)
        found = Times(session)
        moments = tuple(found.now() if each is None else found.moment(each) for each in times)
        earliest = min(moments, key=lambda moment: moment.asked)
        with judge_since(catalog, session, schema, database_id, earliest) as judge:
            yield Look(session, now, moments, judge)
