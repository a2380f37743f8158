"""Statements tried on the empty copy of a schema: all or none, and what is said where SQLite does not take them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from steward_app.db import WriteSession
from steward_app.kernel.errors import ErrorCode, UsageError

NOTHING = "Nothing was changed."


@contextmanager
def all_or_none(session: WriteSession) -> Iterator[None]:
    """Take all statements of the block back where one fails."""
    session.run("SAVEPOINT step")
    try:
        yield
    except BaseException:
        session.run("ROLLBACK TO step")
        raise
    finally:
        session.run("RELEASE step")


def not_accepted(why: str) -> UsageError:
    """What is said where SQLite does not accept a change, for a reason in its words."""
    hint = (
        f"{NOTHING} Where a view takes the column from another view, name it in that one: a AS a."
        if "after rename" in why
        else NOTHING
    )
    return UsageError(ErrorCode.BAD_SQL, f"SQLite does not accept this change: {why.rstrip('.')}.", hint=hint)
