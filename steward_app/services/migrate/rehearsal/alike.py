"""Values that were different and are the same now: nobody can tell any more which was which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from steward_app.db import Session, quote
from steward_app.db.difference import Both, Match, differs
from steward_app.db.tally import Became

MOST_ROWS: Final = 50_000
"""Rows of a table that are looked at, its first: each takes memory, and a constant shows in any of them."""
_LONGEST: Final = 200
"""Characters by which a value is told from another. Longer ones that begin alike count as one value."""


def lost_in(session: Session, match: Match, column: Both, became: Sequence[Became]) -> dict[str, int]:
    """How many values became one that others became, too, or are, by their storage class, which stayed the same.

    Of a large table only those among its first rows are known.
    """
    if not any(_is_in_its_class(each) for each in became):
        return {}
    new, old = f"a.{quote(column.after)}", f"b.{quote(column.before)}"
    told = f"CASE WHEN typeof({old}) IN ('text', 'blob') THEN substr({old}, 1, {_LONGEST}) ELSE {old} END"
    other = f"typeof({old}) = typeof({new}) AND ({differs(column)})"
    pairs = f"SELECT +{new} AS new, {told} AS old, {other} AS other FROM {match.sql} LIMIT {MOST_ROWS}"
    alike = (
        f"SELECT typeof(new) AS kind, sum(other) AS others FROM ({pairs}) WHERE length(new) <= {_LONGEST}"
        " GROUP BY new COLLATE BINARY, typeof(new) HAVING count(DISTINCT old COLLATE BINARY) > 1"
    )
    rows = session.all(f"SELECT kind, sum(others) FROM ({alike}) GROUP BY kind")
    return {str(kind): int(str(count)) for kind, count in rows}


def _is_in_its_class(became: Became) -> bool:
    return became.before == became.after
