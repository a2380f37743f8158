"""What the policy promises of the forms of tables, and a file breaks: see `services.schema.registry`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from steward_app.db import fold
from steward_app.kernel.finding import Subject
from steward_app.kernel.text import quoted
from steward_app.services.migrate.lint.model import Problem
from steward_app.services.migrate.lint.step import Step, since
from steward_app.services.schema.model import Schema
from steward_app.services.schema.registry.model import Breach
from steward_app.services.schema.registry.promises import Held

_SHOWN = 6


def problems(steps: Sequence[Step], held: Held) -> Iterator[Problem]:
    """What breaks a promise at the end of a file and did not at its beginning: one problem a table. It blocks."""
    before, after = steps[0].before, steps[-1].after
    if before.hash == after.hash:
        return
    known = set(held.breaches(before))
    for breaches in by_table(breach for breach in held.breaches(after) if breach not in known):
        yield _problem(steps, held, breaches)


def by_table(found: Iterable[Breach]) -> list[list[Breach]]:
    """Breaches, those of each table together."""
    tables: dict[str, list[Breach]] = {}
    for breach in found:
        tables.setdefault(fold(breach.table), []).append(breach)
    return list(tables.values())


def told(breaches: Sequence[Breach]) -> str:
    """What breaks the promise of one table."""
    said = list(dict.fromkeys(map(_sentence, breaches)))
    more = f", and {len(said) - _SHOWN} more" if len(said) > _SHOWN else ""
    table, mode = breaches[0].table, breaches[0].mode
    return f"{quoted(table)} breaks the promise {quoted(mode)}: {'; '.join(said[:_SHOWN])}{more}"


def _problem(steps: Sequence[Step], held: Held, breaches: Sequence[Breach]) -> Problem:
    first = breaches[0]

    def broken(schema: Schema) -> bool:
        return first in held.breaches(schema)

    problem = since(steps, broken).problem("broken_promise", told(breaches), Subject("table", first.table))
    return replace(problem, finding=replace(problem.finding, blocks=True))


def _sentence(breach: Breach) -> str:
    to = f" (version {breach.version})" if breach.version else ""
    return breach.incompatibility.message + to
