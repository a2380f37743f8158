"""Verifying and reconciling a log of a million changes: against a limit, and against plainly reading log and table.

Verifying computes every value, leaf and root again, in two processes. What counts is the processor time of the busier
of the two, which is the time it takes on two idle cores; a busy machine says nothing about ours. Reconciling takes back
the 20,000 changes that are not sealed and compares every row with the baseline; what it is compared with reads the same
table and log, row by row, and does nothing with them.
"""

from __future__ import annotations

import os
import resource
import tempfile
import time
from pathlib import Path

from audited_shop import CHANGES, TABLE, build
from harness import compare, record

from steward_app.db import open_read
from steward_app.db.session import Session
from steward_app.services.audit.engine import names
from steward_app.services.audit.seals.reconcile import reconcile
from steward_app.services.audit.seals.verify import verify

ROUNDS = 5


def read_plainly(session: Session) -> None:
    """Every row of the log and of the table."""
    for name in (names.log_table(1), TABLE):
        for _ in session.execute(f"SELECT * FROM {name}"):
            pass


def children_seconds() -> float:
    """Processor time of the processes that this one started and that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        os.environ["STEWARD_HOME"] = f"{place}/home"
        path = build(Path(place) / "shop.db")
        with open_read(path) as session, session.snapshot():
            seconds = []
            for _ in range(ROUNDS):
                start, own, others = time.perf_counter(), time.process_time(), children_seconds()
                verdict = verify(session, live=False, processes=2)
                taken = time.process_time() - own, children_seconds() - others
                print(f"verified in {time.perf_counter() - start:.2f} s by the clock")
                seconds.append(max(taken))
                assert verdict.holds
                assert verdict.sealed + verdict.unsealed == CHANGES
            assert not list(reconcile(session))
            compared = compare(lambda: list(reconcile(session)), lambda: read_plainly(session), rounds=ROUNDS)
        record(
            "Verifying a million logged changes",
            min(seconds),
            base="a limit; processor time of the busier of two processes",
            limit=3,
            unit="s",
        )
        record(
            "Reconciling a table with its log",
            compared,
            base="reading table and log, a million changes",
            limit=2,
        )
