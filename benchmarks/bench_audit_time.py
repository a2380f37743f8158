"""Looking back in a log of a million changes: history of a row, a row and a table as they were, two times compared.

What is not sealed (20,000 changes) is listed by row once for a session; that is told beside the figures, without a
limit. A table as of 20,000 changes ago is put together whole and a page of it read; so is the difference of two times.
"""

from __future__ import annotations

import os
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from audited_shop import CHANGES, TABLE, build
from harness import record

from steward_app.db import ReadSession, open_read
from steward_app.kernel import clock
from steward_app.services.audit.past.as_of import table_as_of
from steward_app.services.audit.past.as_of_row import RowsAsOf
from steward_app.services.audit.past.compare import compare
from steward_app.services.audit.past.history import Asked, History
from steward_app.services.audit.past.moments import Moment, Times, from_milliseconds
from steward_app.services.rows import Grid
from steward_app.services.schema import Table, read_schema

BACK = 20_000
ROWS = CHANGES // 5
LOOKED = 300
ROUNDS = 5


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["STEWARD_HOME"] = folder
        path = build(Path(folder) / "shop.db")
        with open_read(path) as session:
            of_rows(session)
            of_times(session)
            of_tables(session)


def of_rows(session: ReadSession) -> None:
    history, rows, chance = History(session), RowsAsOf(session, TABLE), random.Random(7)
    chosen = [chance.randrange(1, ROWS + 1) for _ in range(LOOKED)]
    first = seconds(lambda: history.page(Asked(table=TABLE, key=(1,))))
    print(f"The first history of a row lists {BACK:,} changes that are not sealed: {first * 1000:.1f} ms")
    asked = [Asked(table=TABLE, key=(number,)) for number in chosen]
    took = median_milliseconds([lambda one=one: history.page(one) for one in asked])
    record("History of one row, a million logged changes", took, base="a limit", limit=1.0, unit="ms")
    then = moment(CHANGES // 2)
    rows.row((1,), then)
    took = median_milliseconds([lambda number=number: rows.row((number,), then) for number in chosen])
    record("A row as of half a million changes ago", took, base="a limit", limit=1.0, unit="ms")


def of_times(session: ReadSession) -> None:
    times = Times(session)
    at = times.at(CHANGES // 3)
    assert at is not None
    asked = from_milliseconds(at)
    took = median_milliseconds([lambda: times.moment(asked)] * LOOKED)
    record("From a time to its place in the log", took, base="a limit", limit=1.0, unit="ms")


def of_tables(session: ReadSession) -> None:
    table = read_schema(session).table(TABLE)
    assert table is not None
    took = min(seconds(lambda: as_of(session, table, CHANGES - BACK)) for _ in range(ROUNDS))
    record("A table as of 20,000 changes ago, with a page", took * 1000, base="a limit", limit=500, unit="ms")
    took = min(seconds(lambda: difference(session, table)) for _ in range(ROUNDS))
    record(
        "Two times compared, 20,000 changes between them", took * 1000, base="a limit", limit=1_000, unit="ms"
    )
    far = seconds(lambda: as_of(session, table, CHANGES // 2))
    print(f"A table as of half a million changes ago: {far:.1f} s")


def as_of(session: ReadSession, table: Table, seq: int) -> None:
    with table_as_of(session, table, moment(seq)) as then, then.at_one_moment():
        assert len(Grid(session, then.source).page_at(ROWS // 2).rows) == 200


def difference(session: ReadSession, table: Table) -> None:
    with compare(session, table, moment(CHANGES - BACK), moment(CHANGES)) as found:
        assert found.page()


def moment(seq: int) -> Moment:
    return Moment(clock.now(), seq, 0)


def seconds(call: Callable[[], object]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start


def median_milliseconds(calls: list[Callable[[], object]]) -> float:
    return sorted(map(seconds, calls))[len(calls) // 2] * 1000


if __name__ == "__main__":
    main()
