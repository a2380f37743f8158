"""Coarser values by level: a number becomes a range, a date a year, a postcode its beginning, a country a continent.

A hierarchy has levels. Level 0 is the value as it is, every level above is coarser, and the last is `ANY`, which says
nothing. A value that a hierarchy does not know becomes `ANY` at level 1 already: what is not understood is not shown.
NULL stays NULL.

    hierarchy = from_options({"hierarchy": "ranges", "steps": [5, 10, 20]})
    hierarchy.titles                        # ("as it is", "ranges of 5", "ranges of 10", "ranges of 20", "*")
    hierarchy.at([31, 47, None], 2)         # ["30-39", "40-49", None]
"""

from steward_app.services.privacy.hierarchies.chosen import from_file, from_options, level_of, suggest
from steward_app.services.privacy.hierarchies.kinds import (
    ANY,
    AS_IT_IS,
    Countries,
    Dates,
    Hierarchy,
    Listed,
    Networks,
    Prefix,
    Ranges,
)

__all__ = [
    "ANY",
    "AS_IT_IS",
    "Countries",
    "Dates",
    "Hierarchy",
    "Listed",
    "Networks",
    "Prefix",
    "Ranges",
    "from_file",
    "from_options",
    "level_of",
    "suggest",
]
