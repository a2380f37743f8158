"""What is odd about a database that a point is made of: it is damaged, cut short, or most of its rows are gone.

The point is made all the same, since nobody knows what else is left; but it says so, and pushes out no sound one.
"""

from __future__ import annotations

from collections.abc import Sequence

from steward_app.catalog import Catalog, points
from steward_app.db.content import DAMAGED_PAGE, TableContent
from steward_app.kernel import clock
from steward_app.kernel.text import plural, quoted
from steward_app.services.backup.model import Examination
from steward_app.services.backup.protection import OLD_AFTER

_LOST = 2  # fewer than one row in so many is left
_NAMED = 3


def warning(
    catalog: Catalog,
    database_id: str,
    store_id: str,
    tables: Sequence[TableContent] | None,
    problem: str = "",
) -> str:
    """What a new point must say of the database; "" where nothing is odd.

    Args:
        store_id: "" for a point on this computer; it is compared with the points beside it.
        tables: what they hold, None where nobody looked: then what the point before said holds on.
        problem: what was wrong with the file itself.
    """
    if problem:
        return problem
    with catalog.reading() as session:
        before = [each for each in points.of_database(session, database_id) if each.store_id == store_id]
    if tables is None:
        return before[0].warning if before else ""
    if told := _unreadable(tables):
        return told
    since = clock.to_text(clock.now() - OLD_AFTER)  # after so long it is as the steward wants it
    last = next((each for each in before if each.tables and not each.warning), None)
    if last is None or last.made_at < since:
        return ""
    then, now = (sum(table.rows for table in each) for each in (last.tables, tables))
    if now * _LOST >= then:
        return ""
    return f"Most rows were gone when this was made: {now:,} of {then:,} that {last.id} held"


def damage(found: Examination) -> str:
    """The warning of a copy that was examined; "" where it holds together."""
    if not found.integrity:
        return ""
    return f"The database was damaged when this was made: {plural(len(found.integrity), 'problem')}"


def _unreadable(tables: Sequence[TableContent]) -> str:
    damaged = [table.name for table in tables if table.problem == DAMAGED_PAGE]
    if not damaged:
        return ""
    more = ", ..." if len(damaged) > _NAMED else ""
    names = ", ".join(map(quoted, damaged[:_NAMED]))
    return f"The database was damaged when this was made: {names}{more} could not be read to the end"
