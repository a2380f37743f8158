"""Queries that may never end: told before anything runs, refused without a rehearsal, and stopped when asked."""

from __future__ import annotations

import pytest

from builders.migrating import Migrating
from builders.stopping import cancelled_when
from steward_app.db import open_read
from steward_app.kernel.errors import Cancelled, Refused
from steward_app.kernel.progress import Context
from steward_app.services.migrate.run import service
from steward_app.services.migrate.run.proposed import proposed_undo
from steward_app.services.migrate.status import status
from steward_app.services.operation import Confirmation

OVER_ROWS = "WITH RECURSIVE up (id) AS (SELECT id FROM patient UNION ALL SELECT id FROM up)"


@pytest.mark.parametrize(
    "text",
    [
        f"{OVER_ROWS} SELECT count(*) FROM up;",
        f"CREATE TABLE t (a); INSERT INTO t {OVER_ROWS} SELECT max(id) FROM up;",
        f"CREATE TABLE t (a); {OVER_ROWS} INSERT INTO t SELECT max(id) FROM up;",
        f"CREATE TABLE t AS {OVER_ROWS} SELECT count(*) AS n FROM up;",
        "CREATE VIEW n AS WITH s (i) AS (SELECT 1 UNION ALL SELECT i FROM s) SELECT i FROM s; SELECT max(i) FROM n;",
        f"UPDATE visit SET note = 'x' WHERE patient_id IN ({OVER_ROWS} SELECT max(id) FROM up);",
    ],
)
def test_a_query_without_end_over_rows_is_told(clinic: Migrating, text: str) -> None:
    clinic.write("V0001__long.sql", text)
    assert "may_not_end" in [each.code for each in clinic.plan().findings]


@pytest.mark.parametrize(
    "text",
    [
        f"{OVER_ROWS} SELECT id FROM up LIMIT 5;",
        f"{OVER_ROWS.replace('UNION ALL', 'UNION')} SELECT count(*) FROM up;",
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)"
        " INSERT INTO patient SELECT i + 9, 'x', NULL FROM n;",
    ],
)
def test_a_query_that_ends_is_nothing_to_tell(clinic: Migrating, text: str) -> None:
    clinic.write("V0001__short.sql", text)
    assert "may_not_end" not in [each.code for each in clinic.plan().findings]
    clinic.apply()


ENDLESS = "CREATE TABLE t (a); WITH RECURSIVE s (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s) {last};"


def test_what_may_not_end_is_not_applied_without_a_rehearsal(clinic: Migrating) -> None:
    clinic.write("V0001__long.sql", ENDLESS.format(last="INSERT INTO t SELECT max(i) FROM s"))
    with pytest.raises(Refused, match="may never end") as refused:
        clinic.apply()
    assert "Rehearse it" in refused.value.hint and "steward: allows may_not_end" in refused.value.hint
    assert "t" not in clinic.objects()


@pytest.mark.parametrize(
    "last", ["INSERT INTO t SELECT max(i) FROM s", "INSERT INTO t SELECT i FROM s", "SELECT count(*) FROM s"]
)
def test_what_is_meant_to_be_long_runs_until_it_is_stopped(clinic: Migrating, last: str) -> None:
    text = ENDLESS.format(last=last).replace("; WITH", ";\n-- steward: allows may_not_end\nWITH")
    clinic.write("V0001__long.sql", text)
    plan = clinic.plan()
    context = cancelled_when(lambda each: (each.unit, each.done) == ("statements", 1))

    with pytest.raises(Cancelled, match=r"Stopped\. Nothing was changed\."):
        service.apply(clinic.catalog, plan, context, Confirmation.of(plan), unrehearsed="a test")

    assert "t" not in clinic.objects() and not clinic.history()


def test_a_way_back_is_not_looked_for_without_end(clinic: Migrating) -> None:
    clinic.write("V0001__long.sql", ENDLESS.format(last="INSERT INTO t SELECT max(i) FROM s"))
    with open_read(clinic.path) as session:
        found = status(session, clinic.folder)
        told = proposed_undo(session, found, found.entries[0], {}, Context())
    assert told.statements == () and "takes too long" in told.notes[0]
