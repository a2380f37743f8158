"""One table looked at for personal data, without judging it."""

from __future__ import annotations

from pathlib import Path

from steward_app.db import open_read
from steward_app.kernel.progress import Context
from steward_app.services.privacy.discover.lexicon import lexicon
from steward_app.services.privacy.discover.looking import Looked, Looking
from steward_app.services.privacy.discover.packs import packs
from steward_app.services.schema.introspect import read_schema


def look_at(path: Path, table: str = "t", *, full: bool = False) -> Looked:
    """What the values of a table are."""
    with open_read(path) as session:
        found = read_schema(session, Context()).table(table)
        assert found is not None
        looking = Looking(session, lexicon(packs()), Context(), lambda table, cells: None)
        return looking.table(found, "seed", full=full)
