"""What the policy promises of the forms of tables, and a file breaks: see `services.schema.registry`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
    by_table: dict[str, list[Breach]] = {}
    for breach in held.breaches(after):
        if breach not in known:
            by_table.setdefault(fold(breach.table), []).append(breach)
    for breaches in by_table.values():
        yield _problem(steps, held, breaches)


def _problem(steps: Sequence[Step], held: Held, breaches: Sequence[Breach]) -> Problem:
    first = breaches[0]

    def broken(schema: Schema) -> bool:
        return first in held.breaches(schema)

    said = list(dict.fromkeys(map(_sentence, breaches)))
    more = f", and {len(said) - _SHOWN} more" if len(said) > _SHOWN else ""
    title = f"{quoted(first.table)} breaks the promise {quoted(first.mode)}: {'; '.join(said[:_SHOWN])}{more}"
    problem = since(steps, broken).problem("broken_promise", title, Subject("table", first.table))
    return replace(problem, finding=replace(problem.finding, blocks=True))


def _sentence(breach: Breach) -> str:
    to = f" (version {breach.version})" if breach.version else ""
    return breach.incompatibility.message + to
