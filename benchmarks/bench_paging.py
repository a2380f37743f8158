"""Paging through ten million rows (about 550 MB): a page far down against the first, memory, and stopping a sort.

Far down is row 9.9 million: reached by its number once the rows are numbered, and by going on from there, in the
table's own order and in that of an index. The rows are first compared with those that counting off gives.
"""

from __future__ import annotations

import tempfile
import threading
import time
from functools import partial
from pathlib import Path

from harness import compare, peak_megabytes, record

from steward_app import db
from steward_app.kernel.errors import Cancelled
from steward_app.kernel.progress import Context
from steward_app.services.rows import Grid, Sort, Source, source_of
from steward_app.services.schema.introspect import read_schema

ROWS = 10_000_000
FAR = 9_900_000


def build(path: Path) -> None:
    """Observations as a device writes them: an id, a time with an index, a value without one."""
    with db.create(path) as session:
        session.run("PRAGMA journal_mode = OFF")
        session.run("PRAGMA synchronous = OFF")
        session.run(
            "CREATE TABLE observation (id INTEGER PRIMARY KEY, taken_at INTEGER, kind TEXT, value REAL)"
        )
        with session.transaction():
            session.run(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT ?) "
                "INSERT INTO observation SELECT i, 1700000000 + i / 3, 'kind ' || (i % 9), (i * 7919 % 1000003) / 10.0 "
                "FROM n",
                (ROWS,),
            )
            session.run("CREATE INDEX observation_by_time ON observation (taken_at)")


def numbered(session: db.ReadSession, source: Source, *sorts: Sort) -> Grid:
    """A grid whose rows are numbered exactly, checked against counting off."""
    grid = Grid(session, source, sort=sorts)
    grid.use(grid.find_anchors(session, Context()))
    order = ", ".join([*(f"{sort.column} DESC" if sort.descending else sort.column for sort in sorts), "id"])
    counted = session.all(f"SELECT id FROM observation ORDER BY {order} LIMIT 200 OFFSET {FAR - 1}")
    page = grid.page_at(FAR)
    assert [row[:1] for row in page.rows] == counted
    assert (page.first_row, page.exact) == (FAR, True)
    return grid


def seconds_to_stop(session: db.ReadSession, source: Source) -> float:
    """How long a sort of all rows goes on after it was asked to stop."""
    context = Context()
    asked: list[float] = []

    def stop() -> None:
        asked.append(time.perf_counter())
        context.cancel()

    timer = threading.Timer(0.5, stop)
    timer.start()
    grid = Grid(session, source, sort=[Sort("value")])
    try:
        grid.prepare(context)
    except Cancelled:
        return time.perf_counter() - asked[0]
    raise AssertionError("the sort was over before it was stopped")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "observations.db"
        build(path)
        with db.open_read(path) as session:
            table = read_schema(session).table("observation")
            assert table is not None
            source = source_of(table)
            stopping = max(seconds_to_stop(session, source) for _ in range(3))
            by_key, by_time = numbered(session, source), numbered(session, source, Sort("taken_at"))
            far, far_by_time = by_key.page_at(FAR), by_time.page_at(FAR)
            for figure, grid, page in (
                ("A page at row 9.9 million of 10 million", by_key, far),
                ("The same in the order of an index", by_time, far_by_time),
            ):
                result = compare(partial(grid.page_after, page), grid.first_page, rounds=101)
                record(figure, result, base="the first page", limit=2.0)
            jump = compare(lambda: by_key.page_at(FAR), by_key.first_page, rounds=101)
            record("A jump to row 9.9 million of 10 million", jump, base="the first page", limit=2.0)
            memory = peak_megabytes()
            record(
                "Memory after numbering and paging 10 million rows",
                memory,
                base="a limit",
                limit=300,
                unit="MB",
            )
            record(
                "Stopping a sort of 10 million rows", stopping * 1000, base="a limit", limit=100, unit="ms"
            )
