"""Questions about the rows of the file: each ends, be the query of a script in it ever so long."""

from __future__ import annotations

from typing import Final

from steward_app.db import ReadSession
from steward_app.db.bounded import TooLong, bounded
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.db.query import reading_only, with_names_only
from steward_app.kernel.errors import Refused
from steward_app.kernel.progress import Context

LONGEST: Final = 50_000
"""Characters of a query worth asking; a script that makes a longer one changes its rows too often to follow."""
_STEPS: Final = 50_000_000
_STEPS_OF_A_BYTE: Final = 8
"""What a look at every row takes, were it as short as it can be. Each row with each takes more, and is not told."""


class Asker:
    """Asks the file, until a question takes too long: then nothing more is asked until `again`."""

    def __init__(self, session: ReadSession, context: Context) -> None:
        self._session = session
        self._context = context
        size_bytes = session.count("PRAGMA page_count") * session.count("PRAGMA page_size")
        self._steps = _STEPS + _STEPS_OF_A_BYTE * size_bytes
        self._gave_up = False

    def row(self, sql: str) -> tuple[object, ...] | None:
        """The one row of a query, or None where SQLite does not take it, or takes too long.

        A name that is not there must not be taken for a text: it is a column of which nothing is known.
        """
        if self._gave_up or len(sql) > LONGEST:
            return None
        session = self._session
        try:
            with (
                session.under(self._context),
                bounded(session, self._steps),
                reading_only(session),
                in_sqlites_words(),
            ):
                return session.one(with_names_only(sql))
        except TooLong:
            self._gave_up = True
        except (SqliteSays, Refused):
            pass
        return None

    def again(self) -> bool:
        """Whether a question took too long since this was called last."""
        gave_up, self._gave_up = self._gave_up, False
        return gave_up
