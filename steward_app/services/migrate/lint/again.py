"""What runs again from its first statement, since it stopped half-way: what it did until then is in its way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from steward_app.db import Session
from steward_app.db.migration_files import Migration
from steward_app.kernel import clock
from steward_app.kernel.text import quoted
from steward_app.services.migrate import history
from steward_app.services.migrate.lint.model import Problem
from steward_app.services.migrate.model import Applied, Origin


def stopped_half_way(session: Session) -> Mapping[tuple[int, str], Applied]:
    """The rows of the history of what a repair let run again and has not run since, by version and name."""
    rows = {(row.version, row.name): row for row in history.read(session, forgotten=True)}
    return {at: row for at, row in rows.items() if row.origin is Origin.FORGOTTEN and not row.complete}


def told(problem: Problem, migration: Migration, stopped: Mapping[tuple[int, str], Applied]) -> Problem:
    """That a statement does not run; where its file stopped half-way, that it may have run already."""
    row = stopped.get((migration.version, migration.name))
    if row is None or problem.finding.code != "statement_fails":
        return problem
    file = migration.path.name
    detail = (
        f"{quoted(file)} stopped half-way on {clock.shown(row.applied_at)}, and runs again from its first statement."
        f" What it had done until then stands, so this statement may be one that has run. {problem.finding.detail}"
    )
    remedies = (
        "Take back by hand what it did, or write it so that it can run again (IF NOT EXISTS).",
        f"Where all that it does is done: undo the repair, and “steward migrate repair --done {file}”.",
    )
    return replace(problem, finding=replace(problem.finding, detail=detail, remedies=remedies))
