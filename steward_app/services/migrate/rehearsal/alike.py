"""Values that were different and are the same now: nobody can tell any more which was which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from steward_app.db import Session, quote
from steward_app.db.difference import Both, Match, differs
from steward_app.db.tally import Became, reckoned

MOST_ROWS: Final = 50_000
"""Rows of a table that are looked at, its first: each takes memory, and a constant shows in any of them."""
_CLASSES: Final = ("integer", "real", "text", "blob")
_NUMBERS: Final = {"integer", "real"}
_LONGEST: Final = 200
"""Characters by which a value is told from another. Longer ones that begin alike count as one value."""


def lost_in(
    session: Session, match: Match, column: Both, became: Sequence[Became]
) -> dict[tuple[str, str], int]:
    """How many values became one that others became, too, or are: by their storage class, before and now.

    Only those that stayed in their class, and numbers that were reckoned: the loss of others shows in each by itself.
    Of a large table only those among its first rows are known.
    """
    if not any(_stays(each) or {each.before, each.after} == _NUMBERS for each in became):
        return {}
    new, old = f"a.{quote(column.after)}", f"b.{quote(column.before)}"
    told = f"CASE WHEN typeof({old}) IN ('text', 'blob') THEN substr({old}, 1, {_LONGEST}) ELSE {old} END"
    kinds = f"typeof({old}) = typeof({new}) OR {reckoned(new, old)}"
    other = f"CASE WHEN ({kinds}) AND ({differs(column)}) THEN typeof({old}) END"
    pairs = f"SELECT +{new} AS new, {told} AS old, {other} AS other FROM {match.sql} LIMIT {MOST_ROWS}"
    counts = ", ".join(f"sum(other = '{kind}') AS {kind}s" for kind in _CLASSES)
    alike = (  # of values that some row got: most are nobody's new one, and putting them in order takes long
        f"SELECT typeof(new) AS kind, {counts} FROM pairs WHERE length(new) <= {_LONGEST}"
        " AND new COLLATE BINARY IN (SELECT new FROM pairs WHERE other IS NOT NULL)"
        " GROUP BY new COLLATE BINARY, typeof(new) HAVING count(DISTINCT old COLLATE BINARY) > 1"
    )
    sums = ", ".join(f"sum({kind}s)" for kind in _CLASSES)
    rows = session.all(
        f"WITH pairs AS MATERIALIZED ({pairs}) SELECT kind, {sums} FROM ({alike}) GROUP BY kind"
    )
    return {
        (before, str(after)): int(str(count))
        for after, *counted in rows
        for before, count in zip(_CLASSES, counted, strict=True)
        if count
    }


def _stays(became: Became) -> bool:
    return became.before == became.after
