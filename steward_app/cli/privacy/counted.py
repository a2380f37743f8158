"""How columns and places in the JSON of columns are counted in words: apart, since a column may have many."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from steward_app.kernel.text import plural

if TYPE_CHECKING:
    from steward_app.services.privacy.model import Place


def columns_and_places(places: Iterable[Place]) -> str:
    """How many columns, and how many places in JSON: "178 columns and 27 places in JSON"."""
    inside = [bool(each.path) for each in places]
    told = plural(inside.count(False), "column")
    return f"{told} and {plural(inside.count(True), 'place')} in JSON" if any(inside) else told
