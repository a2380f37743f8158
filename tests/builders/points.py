"""Restore points for a test: of any age, of any state, and files to make them of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from steward_app.catalog import Catalog
from steward_app.kernel import clock
from steward_app.kernel.progress import Context
from steward_app.services import backup


@contextmanager
def at_time(moment: datetime) -> Iterator[None]:
    """The clock stands still at a moment."""
    real = clock._source
    clock._source = lambda: moment
    try:
        yield
    finally:
        clock._source = real


def a_point(
    catalog: Catalog, path: Path, *, ago: timedelta = timedelta(), check: bool = True, prove: bool = True
) -> backup.Point:
    """A restore point of a database, as if it had been made some time ago."""
    with at_time(clock.now() - ago):
        plan = backup.plan_create(catalog, path, Context(), check=check, prove=prove)
        made = backup.create(catalog, plan, Context()).result or {}
    return backup.find_point(catalog, path, str(made["point"]), Context())


def damaged(point: backup.Point) -> backup.Point:
    """The same point, one byte of its copy changed by hand."""
    whole = point.path.read_bytes()
    middle = len(whole) // 2
    point.path.write_bytes(whole[:middle] + bytes([whole[middle] ^ 0xFF]) + whole[middle + 1 :])
    return point
