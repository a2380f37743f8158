"""Statements that get a number of steps and no more, for a look that may not take longer than the work itself.

Steps of SQLite's virtual machine are the same on every computer, which time is not.
https://www.sqlite.org/c3ref/progress_handler.html
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import apsw

from steward_app.db.session import Session
from steward_app.kernel.errors import Cancelled, ErrorCode, Failure

MOST_ON_EMPTY: Final = 20_000_000
"""Steps that a statement gets on empty tables: more than any takes that ends soon."""
_STEPS_BETWEEN_LOOKS = 10_000


class TooLong(Failure):
    """A statement took more steps than it was given."""


@contextmanager
def bounded(session: Session, most_steps: int) -> Iterator[None]:
    """Stop the block's statements when they have taken so many steps together. Raises `TooLong`."""
    connection = session._connection
    left = most_steps // _STEPS_BETWEEN_LOOKS
    mark = object()

    def look() -> bool:
        nonlocal left
        left -= 1
        return left < 0

    connection.set_progress_handler(look, _STEPS_BETWEEN_LOOKS, id=mark)
    try:
        yield
    except (Cancelled, apsw.InterruptError):
        if left >= 0:
            raise
        raise TooLong(
            ErrorCode.TOO_LARGE,
            "This takes too long to be looked at before it runs.",
            hint="Nothing was changed.",
        ) from None
    finally:
        if not session._closed:
            connection.set_progress_handler(None, id=mark)
