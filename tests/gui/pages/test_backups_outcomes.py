"""What is said after a round through the stores."""

from __future__ import annotations

import pytest

from steward_app.catalog.stores import Encryption, Store
from steward_app.gui.pages.backups.outcomes import of_round
from steward_app.gui.widgets.banner import Banner
from steward_app.services.backup.rounds import Visit


def _visit(name: str, *, point: str = "pt_1", problem: str = "") -> Visit:
    store = Store(f"id-{name}", "db", name, f"/{name}", Encryption.AGE, "2026-11-20T10:00:00.000Z")
    return Visit(store.id, store, point, False, 0, f"{name}: done", problem, "Try again." if problem else "")


def _said(*visits: Visit) -> str:
    told = of_round(visits, lambda: None)
    assert isinstance(told, Banner)
    return told.text


@pytest.mark.usefixtures("qapp")
def test_a_ledger_that_is_not_in_order_is_no_missing_point() -> None:
    ledger = _visit("nas", problem="Its ledger was changed.")
    away = _visit("stick", point="", problem="The folder is not there.")
    assert "The erasure ledger in nas is not in order." in _said(ledger, _visit("cloud"))
    assert "No point was made in stick." in _said(ledger, away)
    assert "No point was made in 2 of 3 stores." in _said(
        away, ledger, _visit("old", point="", problem="Away.")
    )
