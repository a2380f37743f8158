"""What it costs: tables that a statement reads or writes whole, with rows, bytes and the seconds that takes here."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

from steward_app.db import ReadSession, qualified, quote
from steward_app.db.bounded import MOST_ON_EMPTY, bounded
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.kernel.errors import StewardError
from steward_app.kernel.finding import Severity, Subject
from steward_app.kernel.text import plural, quoted, size
from steward_app.services.migrate.lint.acts import (
    Act,
    AddCheck,
    Create,
    DropColumn,
    Insert,
    SetNotNull,
    Update,
)
from steward_app.services.migrate.lint.kept import comes
from steward_app.services.migrate.lint.model import Problem
from steward_app.services.migrate.lint.rows import Rows
from steward_app.services.migrate.lint.step import Step

_WORTH_TELLING: Final = 10_000
_MANY: Final = 1_000_000
_LARGE: Final = 100_000_000
_COPY: Final = "The copy"
_SAMPLE: Final = 20_000
_READING: Final = 0.15
"""The part of a rewrite's time that reading the same rows takes."""


class Cost:
    """Measures a table once, when it is first needed."""

    def __init__(self, session: ReadSession, rows: Rows) -> None:
        self._session = session
        self._rows = rows
        self._rates: dict[str, float] = {}

    def problems(self, step: Step) -> Iterator[Problem]:
        """What a statement costs, where it is worth telling. Called before the rows follow it."""
        touched = _touched(step.act, step)
        if touched is None:
            return
        name, what, writes = touched
        source = self._rows.source(name)
        count = self._rows.count(name)
        if source is None or count is None or count < _WORTH_TELLING:
            return
        if (
            isinstance(step.act, Insert | Create)
            and what == _COPY
            and self._gives_others(step, step.act, count)
        ):
            what, writes = "The query", False
        row = self._rows.ask(_bytes_sql(step, name, self._rows.from_sql(name)))
        held = int(str(row[0])) * count if row and isinstance(row[0], int) else 0
        seconds = self._rate(name) * count * (1 if writes else _READING)
        large = count >= _MANY or held >= _LARGE
        told = "less than a second" if seconds < 1 else f"about {plural(round(seconds), 'second')}"
        yield step.problem(
            "table_rewritten",
            f"{what} {'writes' if writes else 'reads'} {plural(count, 'row')} of {quoted(name)}"
            f" (about {size(held)}): {told} on this computer",
            Subject("table", name),
            severity=Severity.WARNING if large else Severity.NOTE,
            count=count,
        )

    def _gives_others(self, step: Step, act: Insert | Create, count: int) -> bool:
        """Whether a query gives fewer rows than it goes through, or more."""
        return comes(step, self._rows, act) not in (None, count)

    def _rate(self, name: str) -> float:
        """Seconds a row takes to be written, measured on the first rows, beside the file."""
        if name not in self._rates:
            self._rates[name] = self._measured(self._rows.from_sql(name))
        return self._rates[name]

    def _measured(self, from_sql: str) -> float:
        trial = qualified("steward trial", "temp")
        try:
            with self._session.temporary(), in_sqlites_words(), bounded(self._session, MOST_ON_EMPTY):
                began = time.perf_counter()
                for sql in (
                    f"CREATE TEMP TABLE {quote('steward trial')} AS SELECT * FROM {from_sql} LIMIT {_SAMPLE}",
                    f"SELECT count(*) FROM {trial}",
                    f"DROP TABLE {trial}",
                ):
                    self._session.all(sql)
                return (time.perf_counter() - began) / _SAMPLE
        except (SqliteSays, StewardError):
            return 0.0


def _touched(act: Act | None, step: Step) -> tuple[str, str, bool] | None:
    """The table a statement goes through, what does it, and whether it writes it."""
    match act:
        case DropColumn(table=table):
            return table, "DROP COLUMN", True
        case SetNotNull(table=table):
            return table, "SET NOT NULL", False
        case AddCheck(table=table):
            return table, "ADD CHECK", False
        case Update(table=table, where_sql=""):
            return table, "UPDATE", True
        case Create(kind="index", name=name) if step.before is not step.after:
            of = next((t.name for t in step.after.tables for i in t.indexes if i.name == name), "")
            return (of, "CREATE INDEX", True) if of else None
        case Insert(query_sql=query) | Create(kind="table", query_sql=query) if query:
            reads = [a.table for a in step.accesses if a.action == "SQLITE_READ" and not a.through]
            return (reads[0], _COPY, True) if reads and len(set(reads)) == 1 else None
    return None


def _bytes_sql(step: Step, name: str, from_sql: str) -> str:
    """A query for the bytes a row has on average, by its first rows."""
    table = step.before.table(name)
    columns = [quote(c.name) for c in table.columns if not c.hidden] if table else []
    lengths = " + ".join(f"coalesce(octet_length({column}), 0) + 1" for column in columns) or "0"
    return f"SELECT CAST(avg({lengths}) AS INTEGER) FROM (SELECT * FROM {from_sql} LIMIT {_SAMPLE})"
