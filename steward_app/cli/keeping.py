"""The catalog on the command line: opened, and what a crash left open on the database settled first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from steward_app.cli.outcome import tell
from steward_app.kernel.errors import Cancelled, Failure, StewardError

if TYPE_CHECKING:
    from steward_app.catalog import Catalog


@contextmanager
def keeping(database: Path) -> Iterator[Catalog]:
    """The catalog, for a command about one database."""
    from steward_app.catalog import open_catalog
    from steward_app.kernel.progress import Context
    from steward_app.services import restore

    with open_catalog() as catalog:
        with suppress(Failure):  # of a file that cannot be read; the command will say so if it needs the file
            tell(*restore.settle(catalog, database, Context()))
        yield catalog


def settle_first(database: Path) -> None:
    """Settle what a crash left open, before a command that only looks. It looks even where that cannot be done."""
    try:
        with keeping(database):
            pass
    except Cancelled:
        raise
    except StewardError:
        return
