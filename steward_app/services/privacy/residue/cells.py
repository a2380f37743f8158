"""Short values: compared with whole cells of their own column, since their bytes stand everywhere by chance."""

from __future__ import annotations

from collections.abc import Sequence

from steward_app.db import ReadSession, qualified, quote
from steward_app.db.query import readable
from steward_app.kernel.errors import Failure
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.residue.model import NotSearched, Searched, Where
from steward_app.services.privacy.residue.tally import Tally

_WANTED = "steward_residue_short"


def search_cells(
    session: ReadSession, each: Searched, values: Sequence[SqlValue], tally: Tally, context: Context
) -> NotSearched | None:
    """Count the cells of a column that are one of its short original values; what could not be looked at.

    Text is compared in any case of A to Z. Call it in `session.temporary()`.
    """
    place = each.place
    reason = next((p.reason for p in each.permitted if p.place == place), None)
    if place.path or not place.table:
        return NotSearched("short values inside JSON, or of no column", "they stand by chance", len(values))
    session.all("CREATE TEMP TABLE steward_residue_short (value COLLATE NOCASE, number INTEGER)")
    try:
        session.run_many(
            f"INSERT INTO temp.{_WANTED} VALUES (?, ?)", [(value, n) for n, value in enumerate(values)]
        )
        session.all(f"CREATE INDEX temp.{_WANTED}_value ON {_WANTED} (value)")
        column = quote(place.column)
        sql = (
            f"SELECT w.number, count(*) FROM {qualified(place.table)} AS t JOIN temp.{_WANTED} AS w"
            f" ON +t.{column} = w.value COLLATE NOCASE AND typeof(t.{column}) <> 'blob' GROUP BY 1"
        )
        with session.under(context), readable(place.table):
            for number, count in session.execute(sql):
                for _ in range(int(count or 0)):
                    if reason is not None:
                        tally.allowed(place, reason)
                    else:
                        tally.found(Where.CELL, "", place.table, place.column, int(number or 0))
    except Failure:
        return NotSearched(
            f"short values in {place.table}.{place.column}", "the result has no such column, or it cannot be read",
            len(values),
        )  # fmt: skip
    finally:
        session.all(f"DROP TABLE temp.{_WANTED}")
    return None
