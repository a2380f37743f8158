"""Opening a file on the command line: looking only, and saying at once what is odd about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from steward_app.cli.output import stderr_printer

if TYPE_CHECKING:
    from steward_app.db import ReadSession


@contextmanager
def reading(database: Path) -> Iterator[ReadSession]:
    """A session that cannot change the file. Its notices (safe mode, a copy, damage) go to the error output."""
    from steward_app import db

    with db.open_read(database) as session:
        for notice in session.state.notices + db.first_notices(session):
            told = stderr_printer()
            told.line(f"{notice.title}. {notice.detail}".strip())
            for remedy in notice.remedies:
                told.line(remedy, indent=2)
        yield session
