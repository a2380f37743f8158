"""The sentence at the head of a migration of ours that names the tables it writes anew, below what changes of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from steward_app.db.migration_script import remarks_ahead
from steward_app.kernel.text import quoted

_BEGINS: Final = "Written anew, row by row: "


def written_anew(tables: Iterable[str]) -> str:
    """The sentence."""
    return f"{_BEGINS}{', '.join(map(quoted, tables))}."


def says_written_anew(text: str, table: str) -> bool:
    """Whether the head of a script names a table in this sentence."""
    _, _, said = " ".join(remarks_ahead(text)).partition(_BEGINS)
    return quoted(table) in said
