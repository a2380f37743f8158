"""The way from one registered version of a table to another, as the statements of a migration."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from steward_app.catalog.schema_versions import Version
from steward_app.db import WriteSession
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.db.migration_script import confined
from steward_app.db.skeleton import in_memory
from steward_app.kernel.errors import ErrorCode, Refused
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted, visible
from steward_app.services.migrate.desired.answers import read_answers
from steward_app.services.migrate.desired.diff import diff
from steward_app.services.migrate.desired.model import Answers, Desired
from steward_app.services.schema.introspect import read_schema


def course_between(
    older: Version,
    newer: Version,
    *,
    renames: Sequence[str] = (),
    gone: Sequence[str] = (),
    values: Sequence[str] = (),
    answers: Answers | None = None,
    context: Context | None = None,
) -> Desired:
    """What leads from one version of a table to another, with its indexes; it may lead back, too.

    The way is walked on empty tables: rows that do not fit are for lint and the rehearsal to find. What seems renamed
    is asked and never guessed.

    Args:
        renames, gone, values: answers, as `steward migrate diff` takes them.
        answers: those, read already.

    Raises:
        UsageError: an answer names what is not there.
        Refused: no way was found, or SQLite does not accept a version here.
    """
    context = context or Context()
    with closing(_made(older)) as before, closing(_made(newer)) as after:
        if answers is None:
            answers = read_answers(
                read_schema(before, context),
                read_schema(after, context),
                renames=renames,
                gone=gone,
                values=values,
            )
        return diff(before, after, answers, context=context)


def _made(version: Version) -> WriteSession:
    """A database in memory that holds a version of a table, empty."""
    session = in_memory()
    try:
        with confined(session), in_sqlites_words():
            for sql in version.sql:
                session.run(sql)
    except SqliteSays as says:
        session.close()
        raise Refused(
            ErrorCode.BLOCKED,
            f"Version {version.number} of {quoted(version.table)} cannot be made here: {visible(str(says), 200)}.",
            hint="Nothing was changed.",
        ) from says
    return session
