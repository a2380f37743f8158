"""What migrations make of the schema of a file, tried on an empty copy of it in memory."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import TypeVar

from steward_app.db import Session, WriteSession, schema_hash
from steward_app.db.bounded import MOST_ON_EMPTY, bounded
from steward_app.db.runner import run_script
from steward_app.kernel.errors import Cancelled, StewardError
from steward_app.kernel.progress import Context
from steward_app.services.migrate.run.course import Course, Step
from steward_app.services.migrate.without_audit import without_audit
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema

_Read = TypeVar("_Read")


def schemas(session: Session, course: Course, context: Context) -> tuple[Schema, Schema] | None:
    """The schema before all that runs, and after it; None where that is not known: of a program, of one that fails."""
    return _tried(session, course, context, lambda empty: read_schema(empty, context))


def hashes(session: Session, course: Course, context: Context) -> tuple[str, str] | None:
    """The hash of the steward's own schema before all that runs, and after it; None likewise."""
    return _tried(session, course, context, lambda empty: schema_hash(empty, without_ours=True))


def _tried(
    session: Session, course: Course, context: Context, read: Callable[[Session], _Read]
) -> tuple[_Read, _Read] | None:
    with closing(without_audit(session)) as empty:
        before = read(empty)
        if all(_runs(empty, step, context) for step in course.steps):
            return before, read(empty)
    return None


def _runs(empty: WriteSession, step: Step, context: Context) -> bool:
    """Whether a step goes through on empty tables. Why not is for lint to say."""
    if step.script is None:
        return False
    try:
        with bounded(empty, MOST_ON_EMPTY), context.step() as inner:
            run_script(empty, step.script, inner, sparing_ours=True)
    except Cancelled:
        raise
    except StewardError:
        return False
    return True
