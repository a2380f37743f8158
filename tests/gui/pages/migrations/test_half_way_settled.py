"""What stopped half-way is settled from the page: the steward says how the database stands, and sees the plan first."""

from __future__ import annotations

from typing import Any

import pytest

from builders.migrating import Migrating
from steward_app.gui.pages.migrations.dialogs import HalfWayDialog
from steward_app.gui.pages.migrations.plan_shown import MigrationPlan
from steward_app.kernel.errors import Failure
from steward_app.services.migrate.model import State

HALF = "V0001__half.sql"


@pytest.fixture
def stopped(clinic: Migrating) -> Migrating:
    clinic.write(HALF, "-- steward: no-transaction\nCREATE TABLE b (x);\nINSERT INTO visit (id) VALUES (1);")
    with pytest.raises(Failure):
        clinic.apply()
    return clinic


def test_it_is_said_to_be_done(stopped: Migrating, show: Any) -> None:
    shown = show()
    assert shown.pill == "Stopped half-way" and shown.page.detail.repair.isVisible()

    shown.does(shown.page.own.repair.trigger)
    dialog = shown.dialog(HalfWayDialog)
    assert not dialog.verb.isEnabled()
    dialog.ended.setChecked(True)
    shown.does(dialog.submit)
    shown.does(shown.dialog(MigrationPlan).apply)

    assert stopped.states()[HALF] is State.APPLIED
    shown.does(shown.opened.said.toasts[-1].undo)
    assert stopped.states()[HALF] is State.FAILED


def test_it_is_to_run_again(stopped: Migrating, show: Any) -> None:
    stopped.sql("DROP TABLE b")
    shown = show()
    shown.does(shown.page.own.repair.trigger)
    dialog = shown.dialog(HalfWayDialog)
    dialog.again.setChecked(True)
    shown.does(dialog.submit)
    shown.does(shown.dialog(MigrationPlan).apply)
    assert stopped.states()[HALF] is State.PENDING


def test_it_is_taken_back_by_the_restore_point(stopped: Migrating, show: Any) -> None:
    stopped.write("U0001__half.sql", "DROP TABLE b;")
    shown = show()
    assert "Begun today" in shown.words and "Taken back by the restore point" in shown.words
    assert shown.page.detail.take_back.isVisible()
    shown.does(shown.page.own.take_back.trigger)
    shown.does(shown.dialog(MigrationPlan).apply)
    assert stopped.states()[HALF] is State.PENDING and "b" not in stopped.objects()


def test_without_its_file_it_is_not_said_to_be_done(stopped: Migrating, show: Any) -> None:
    (stopped.folder / HALF).unlink()
    shown = show()
    shown.does(shown.page.own.repair.trigger)
    assert not shown.dialog(HalfWayDialog).ended.isEnabled()
