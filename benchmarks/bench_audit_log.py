"""Verifying and reconciling a log of a million changes: against a limit, and against plainly reading log and table.

Verifying computes every value, leaf and root again, with two processes. Reconciling takes back the 20,000 changes that
are not sealed and compares every row with the baseline; what it is compared with reads the same table and log, row by
row, and does nothing with them.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from audited_shop import CHANGES, TABLE, build
from harness import compare, record

from steward_app.db import open_read
from steward_app.db.session import Session
from steward_app.services.audit import names
from steward_app.services.audit.reconcile import reconcile
from steward_app.services.audit.verify import verify

ROUNDS = 5


def read_plainly(session: Session) -> None:
    """Every row of the log and of the table."""
    for name in (names.log_table(1), TABLE):
        for _ in session.execute(f"SELECT * FROM {name}"):
            pass


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        os.environ["STEWARD_HOME"] = f"{place}/home"
        path = build(Path(place) / "shop.db")
        with open_read(path) as session, session.snapshot():
            seconds = []
            for _ in range(ROUNDS):
                start = time.perf_counter()
                verdict = verify(session, live=False)
                seconds.append(time.perf_counter() - start)
                assert verdict.holds
                assert verdict.sealed + verdict.unsealed == CHANGES
            assert not list(reconcile(session))
            compared = compare(lambda: list(reconcile(session)), lambda: read_plainly(session), rounds=ROUNDS)
        record("Verifying a million logged changes", min(seconds), base="a limit", limit=3, unit="s")
        record(
            "Reconciling a table with its log",
            compared,
            base="reading table and log, a million changes",
            limit=2,
        )
