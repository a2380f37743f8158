"""What was erased does not come back by time travel: not in the rows, not along links, not compared, not exported."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from builders.data_page import Desk
from builders.erasing import Ledger
from builders.time_travel import a_present, at, write_history
from steward_app.catalog import Catalog, identity
from steward_app.db import open_read
from steward_app.gui.pages.data.export import export
from steward_app.gui.pages.data.export_dialog import Choice
from steward_app.kernel import clock
from steward_app.services.erasure import own_key
from steward_app.services.rows import Format
from steward_app.storage.secrets import open_secrets


@pytest.fixture
def desk(open_page: Callable[..., Any], tmp_path: Path, catalog: Catalog, qtbot: QtBot) -> Desk:
    """Patient 1 was erased a day after change 2, and the log still holds all of it."""
    path = a_present(tmp_path / "clinic.db")
    with open_read(path) as session:
        known = identity.recognise(catalog, path, session)
    assert isinstance(known, identity.Recognised)
    key = own_key(open_secrets(catalog.directory), known.database.id)
    day = clock.to_text(at(2) + timedelta(days=1))
    Ledger(catalog, known.database.id, key).erase(path, "patient", "id = 1", at=day)
    write_history(path, "UPDATE patient SET ward = 'north' WHERE id = 2")
    desk = Desk.at(open_page, path, qtbot, catalog=catalog).open("patient")
    desk.page.travel.go(at(0.5))
    return desk.rest()


def test_the_row_is_not_among_those_of_then(desk: Desk, tmp_path: Path) -> None:
    assert desk.rows.past is not None and desk.values("id") == [2, 3, 4, 5]
    assert "erased since" in desk.page.travel.band.told.text
    export(desk.page, desk.rows, Choice(tmp_path / "then.csv", Format.CSV, personal=True))
    desk.rest()
    assert "Name1" not in (tmp_path / "then.csv").read_text()


def test_no_link_leads_to_it(desk: Desk) -> None:
    desk.open("visit")
    row = next(at for at, patient in enumerate(desk.values("patient_id")) if patient == 1)
    desk.choose(row, "patient_id")
    desk.browse.follow.look(desk.rows.current_column, desk.rows.current)
    desk.rest()
    assert "is gone" in desk.peek()


def test_it_is_not_among_the_differences(desk: Desk) -> None:
    desk.page.travel.compare.open()
    desk.rest()
    assert [row.key for row in desk.page.travel.compare.list.rows] == [(2,)]
