"""Edits that change nothing, since it is so already: one of several would be left out without a word."""

from __future__ import annotations

from collections.abc import Sequence

from steward_app.db import Session
from steward_app.kernel.errors import Cancelled, StewardError
from steward_app.services.migrate.desired.course import course_of
from steward_app.services.migrate.edit.model import Edit, Settle


def idle(session: Session, edits: Sequence[Edit]) -> tuple[int, ...]:
    """The numbers, from 0 and without what only settles others, of the edits that change nothing.

    Each is made on an empty copy for what those before it leave. From the first that cannot be made alone, nothing is
    told.

    Args:
        session: the file they are for; only its schema is read.
    """
    found: list[int] = []
    with course_of(session) as course:
        for number, edit in enumerate(each for each in edits if not isinstance(each, Settle)):
            before = len(course.writer.statements)
            try:
                course.go([edit])
            except Cancelled:
                raise
            except StewardError:
                break
            if len(course.writer.statements) == before:
                found.append(number)
    return tuple(found)
