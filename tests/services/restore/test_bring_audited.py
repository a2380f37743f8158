"""Bringing rows back, and undoing it, on a file under audit: each change is logged and signed."""

from __future__ import annotations

from pathlib import Path

from builders import a_database
from builders.audited import check
from builders.moments import Moments
from builders.under_audit import armed, happened, put_under_audit
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.services.audit.engine import tables
from steward_app.services.audit.guard.armed import State


def test_rows_brought_back_are_logged_and_signed(catalog: Catalog, tmp_path: Path) -> None:
    moments = Moments.of(
        catalog,
        a_database(tmp_path)
        .with_table("p", "id INTEGER PRIMARY KEY, name UNIQUE", rows=[(1, "Ada"), (2, "Ben")])
        .with_table("c", "id INTEGER PRIMARY KEY, p REFERENCES p ON DELETE CASCADE", rows=[(1, 1), (2, 2)])
        .with_sql("CREATE TRIGGER own AFTER INSERT ON p BEGIN UPDATE p SET name = 'touched'; END"),
    )
    case = put_under_audit(moments.path, "p", "c")
    moments.later("DELETE FROM p WHERE id = 1")
    receipt = moments.bring(moments.request("p", 1))
    assert moments.rows("SELECT name FROM p ORDER BY id") == [("Ada",), ("Ben",)]
    assert happened(moments.path, case.audited[0]) == [("delete", 1), ("insert", 1)]
    assert happened(moments.path, case.audited[1]) == [("delete", 1), ("insert", 1)]
    undone = moments.undo(receipt)
    assert happened(moments.path, case.audited[0])[2:] == [("delete", 1)]
    assert check(case) == 6
    with open_read(moments.path) as session:
        brought, back = tables.txns(session)
    assert (brought.operation_id, brought.undo_of) == (receipt.operation_id, "")
    assert (back.operation_id, back.undo_of) == (undone.operation_id, receipt.operation_id)
    assert (brought.first_seq, back.last_seq) == (3, 6)
    assert [each.state for each in armed(moments.path)] == [State.ARMED, State.ARMED]
