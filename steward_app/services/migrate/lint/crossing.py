"""Tables that a statement goes through inside each other: how many combinations of rows that makes.

How SQLite would go through them is asked on the empty copy, which has the same indexes; rows are counted in the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from steward_app.db import fold
from steward_app.db.tokens import significant_columns, unquote
from steward_app.services.migrate.lint.acts import Create
from steward_app.services.migrate.lint.rows import Rows
from steward_app.services.migrate.lint.step import Step

MOST: Final = 1_000_000_000
_SCAN: Final = re.compile(
    r"SCAN (.+?)(?: (?:USING|VIRTUAL TABLE|LEFT-JOIN|RIGHT-JOIN|EXISTS)\b.*)?", re.DOTALL
)
_ONCE_A_ROW: Final = "CORRELATED"

Plan = Sequence[tuple[int, int, str]]
"""What EXPLAIN QUERY PLAN gives: the number of a line, that of the line it belongs to, and its text."""


def asked_of(step: Step) -> str:
    """The text whose plan tells how a statement goes through tables, or "" where nothing is to be asked."""
    act = step.act
    sql = (
        act.query_sql
        if isinstance(act, Create)
        else ""
        if step.before is not step.after
        else step.statement.sql
    )
    words = significant_columns(sql).words
    return "" if "LIMIT" in words or not {"FROM", "JOIN", "UPDATE"} & set(words) else sql


def combinations(step: Step, plan: Plan, rows: Rows) -> tuple[int, tuple[str, ...]]:
    """The most combinations of rows that a statement goes through, and the tables that make them."""
    called = _called(step)
    inside: dict[int, list[tuple[int, str]]] = {}
    for number, parent, detail in plan:
        inside.setdefault(parent, []).append((number, detail))
    counts: dict[str, int] = {}

    def of(parent: int) -> tuple[int, tuple[str, ...]]:
        lines = inside.get(parent, [])
        scanned = [name for _, detail in lines if (name := _scanned(detail, called))]
        for name in scanned if len(scanned) > 1 or parent or len(plan) > 1 else ():
            counts.setdefault(name, rows.count(name) or 0)
        total = 1
        for name in scanned:
            total *= max(counts.get(name, 1), 1)
        beside: list[tuple[int, tuple[str, ...]]] = [(total, tuple(scanned))]
        for number, detail in lines:
            inner, names = of(number)
            if detail.startswith(_ONCE_A_ROW):
                beside.append((total * inner, (*scanned, *names)))
            else:
                beside.append((inner, names))
        return max(beside)

    return of(0)


def _scanned(detail: str, called: Mapping[str, str]) -> str:
    """The table that a line of a plan goes through as a whole, or ""."""
    found = _SCAN.fullmatch(detail)
    return called.get(fold(found[1]), "") if found else ""


def _called(step: Step) -> dict[str, str]:
    """Tables by the names that the statement, and the views that it reads, give them; of several the first."""
    tables = {fold(each.table): each.table for each in step.accesses if step.before.table(each.table)}
    views = {each.through for each in step.accesses if each.through}
    texts = [step.statement.sql, *(view.sql for name in views if (view := step.before.table(name)))]
    found = dict(tables)
    for text in texts:
        for name, other in _aliases(text):
            if fold(name) in tables:
                found.setdefault(fold(other), tables[fold(name)])
    return found


def _aliases(sql: str) -> Iterator[tuple[str, str]]:
    """Each name that stands behind another one, with or without AS."""
    tokens = significant_columns(sql)
    named = [unquote(text) if plain else "" for text, plain in zip(tokens.texts, tokens.is_name, strict=True)]
    for at, name in enumerate(named):
        behind = at + 2 if tokens.words[at + 1 : at + 2] == ["AS"] else at + 1
        if name and behind < len(named) and named[behind]:
            yield name, named[behind]
