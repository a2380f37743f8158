"""Looking into the stores of a database before its points are listed, searched or chosen from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from steward_app.cli.outcome import tell
from steward_app.cli.progress import work
from steward_app.kernel.text import quoted

if TYPE_CHECKING:
    from steward_app.catalog import Catalog


def look_into_stores(catalog: Catalog, database: Path) -> None:
    """Take in what other computers did there. A store that does not answer is told, and stays as it was known last."""
    from steward_app.services import backup

    looked = work("Looking into the stores", lambda context: backup.refresh_all(catalog, database, context))
    tell(*(f"{quoted(each.name)}: {each.problem}" for each in looked if each.problem))
