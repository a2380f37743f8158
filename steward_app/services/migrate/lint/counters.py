"""Counters of AUTOINCREMENT that a file sets back, so that numbers of deleted rows are given again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from steward_app.db import fold, literal, quote
from steward_app.kernel.finding import Subject
from steward_app.kernel.text import plural, quoted
from steward_app.services.migrate.lint.acts import Act, Delete, Insert, Update
from steward_app.services.migrate.lint.model import Problem
from steward_app.services.migrate.lint.rows import Rows
from steward_app.services.migrate.lint.step import Step

_COUNTERS: Final = "sqlite_sequence"


def problems(steps: Sequence[Step], rows: Rows) -> Iterator[Problem]:
    """What to say of the counters at the end of a file. Called after the rows followed all of it.

    One that the file writes anew is carried over from a table that is written anew.
    """
    for at, step in enumerate(steps):
        act = step.act
        written = any(isinstance(each.act, Insert) and _is_counters(each.act) for each in steps[at:])
        if isinstance(act, Update | Delete) and act.plain and _is_counters(act) and not written:
            yield from _set_back(step, steps[0], rows, act)


def _is_counters(act: Act) -> bool:
    return isinstance(act, Insert | Update | Delete) and fold(act.table) == _COUNTERS


def _set_back(step: Step, first: Step, rows: Rows, act: Update | Delete) -> Iterator[Problem]:
    sets = {fold(column): expression for column, expression in act.sets} if isinstance(act, Update) else {}
    seq = "0" if isinstance(act, Delete) else sets.get("seq", "")
    for table in first.before.tables if seq else ():
        key = next((column for column in table.columns if column.autoincrement), None)
        source, held = rows.source(table.name), rows.from_sql(table.name)
        if key is None or source is None or source.more or step.before.table(table.name) is None:
            continue
        row = rows.ask(
            f"SELECT CAST(seq AS INTEGER), max(ifnull(CAST(({seq}\n) AS INTEGER), 0),"
            f" ifnull((SELECT max({quote(key.name)}) FROM {held}), 0))"
            f" FROM main.{_COUNTERS} AS {quote(act.known_as)}"
            f" WHERE name = {literal(table.name)} AND ({act.where_sql or 1}\n)"
        )
        was, now = row or (0, 0)
        if isinstance(was, int) and isinstance(now, int) and was > now:
            again = f"{plural(was - now, 'number')} of deleted rows {'is' if was - now == 1 else 'are'} given again"
            title = f"The counter of {quoted(table.name)} goes back from {was:,} to {now:,}: {again}"
            yield step.problem("sequence_set_back", title, Subject("table", table.name), count=was - now)
