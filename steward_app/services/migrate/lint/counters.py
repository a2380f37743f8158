"""Counters of AUTOINCREMENT that a file loses or sets back, so that numbers of deleted rows are given again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from steward_app.db import fold, literal, quote
from steward_app.kernel.finding import Subject
from steward_app.kernel.text import plural, quoted
from steward_app.services.migrate.lint.acts import Act, Delete, Insert, Update
from steward_app.services.migrate.lint.aftermath import dropping
from steward_app.services.migrate.lint.model import Problem
from steward_app.services.migrate.lint.rows import Rows
from steward_app.services.migrate.lint.step import Step

_COUNTERS: Final = "sqlite_sequence"


def problems(steps: Sequence[Step], rows: Rows) -> Iterator[Problem]:
    """What to say of the counters at the end of a file. Called after the rows followed all of it.

    One that the file writes anew is carried over from a table that is written anew.
    """
    yield from _lost(steps, rows)
    for at, step in enumerate(steps):
        act = step.act
        written = any(isinstance(each.act, Insert) and _is_counters(each.act) for each in steps[at:])
        if isinstance(act, Update | Delete) and act.plain and _is_counters(act) and not written:
            yield from _set_back(step, steps[0], rows, act)


def _lost(steps: Sequence[Step], rows: Rows) -> Iterator[Problem]:
    """Tables that are written anew: their counters begin at the highest number that is left."""
    if any(fold(a.table) == _COUNTERS for step in steps for a in step.accesses if not a.through):
        return
    for table in steps[0].before.tables:
        heir, step = steps[-1].after.table(table.name), dropping(steps, table)
        counted = any(column.autoincrement for column in table.columns)
        key = next((column for column in heir.columns if column.rowid_alias), None) if heir else None
        if step is None or not counted or key is None:
            continue
        was, now = _counts(rows, table.name, key.name)
        if was is not None and now is not None and was <= now:
            continue
        title = f"{quoted(table.name)} loses the counter of its AUTOINCREMENT"
        title += "" if key.autoincrement else ", and the word itself"
        known = was is not None and now is not None
        title += f", which goes back from {was:,} to {now:,}" if known else ""
        count = was - now if was is not None and now is not None else None
        yield step.problem("sequence_lost", title, Subject("table", table.name), count=count)


def _counts(rows: Rows, table: str, key: str) -> tuple[int | None, int | None]:
    """Where the counter of a table stands in the file, and where the next begins; None for what is not known."""
    there = f"EXISTS (SELECT 1 FROM main.sqlite_schema WHERE name = {literal(table)} COLLATE NOCASE)"
    counter = (
        f"SELECT CAST(seq AS INTEGER) FROM main.{_COUNTERS} WHERE name = {literal(table)} COLLATE NOCASE"
    )
    row = rows.ask(f"SELECT iif({there}, ifnull(({counter}), 0), NULL)")
    source, held = rows.source(table), rows.from_sql(table)
    last = (
        rows.ask(f"SELECT ifnull(max({quote(key)}), 0) FROM {held}") if source and not source.more else None
    )
    was, now = row[0] if row else None, last[0] if last else None
    return was if isinstance(was, int) else None, now if isinstance(now, int) else None


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
