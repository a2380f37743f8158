"""The catalog on the command line: opened, and what a crash left open on the database settled first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from steward_app.cli.outcome import tell

if TYPE_CHECKING:
    from steward_app.catalog import Catalog


@contextmanager
def keeping(database: Path) -> Iterator[Catalog]:
    """The catalog, for a command about one database."""
    from steward_app.catalog import open_catalog
    from steward_app.kernel.progress import Context
    from steward_app.services import restore

    with open_catalog() as catalog:
        for event in restore.settle(catalog, database, Context()):
            tell(f"An interrupted {event.operation} was settled. {event.data['note']}")
        yield catalog
