"""Anonymizing the file itself from the window: the form, the plan, the rehearsal, the typed name, what was done."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from builders.anonymizing import balanced, rest
from steward_app.db import open_read, open_write
from steward_app.gui.pages.anonymize import reasons
from steward_app.gui.pages.anonymize.make_step import SHARE
from steward_app.gui.pages.anonymize.page import AnonymizePage
from steward_app.gui.widgets.confirm import Question
from steward_app.kernel.plan import Check, Rehearsal
from steward_app.kernel.progress import Context
from steward_app.services import backup
from steward_app.services.backup.store.keys import KeyMode, make_keys


def with_store(page: AnonymizePage, clinic: Path) -> None:
    folder, keys = str(clinic.parent / "points"), make_keys(KeyMode.KEY)
    backup.init_store(page.context.catalog, clinic, folder, Context(), new_keys=keys)


def at_form(page: AnonymizePage, qtbot: QtBot) -> None:
    balanced(page, qtbot)
    page.own.onward.trigger()
    page.making.form.what.buttons[1].click()
    assert page.making.in_place


def planned(page: AnonymizePage, qtbot: QtBot) -> None:
    at_form(page, qtbot)
    page.own.onward.trigger()
    rest(page, qtbot)
    assert page.making.plan is not None


def question(page: AnonymizePage) -> Question:
    found = page.window().findChild(Question)
    assert found is not None
    return found


def test_without_an_encrypted_store_the_form_and_the_plan_say_so(page: AnonymizePage, qtbot: QtBot) -> None:
    planned(page, qtbot)
    assert not page.making.form._to_stores.isHidden(), "the way to a store stands at the choice"
    assert page.making.plan is not None
    assert [each.code for each in page.making.plan.blocking] == ["no_encrypted_store"]
    assert page.own.onward.reason
    assert page.own.rehearse.reason


def test_what_is_asked_differs_from_a_copy(page: AnonymizePage, clinic: Path, qtbot: QtBot) -> None:
    with_store(page, clinic)
    at_form(page, qtbot)
    form = page.making.form
    assert not form.target.isVisible()
    assert form.days.isVisible()
    form.days.edit.setText("0")
    assert page.own.onward.reason
    form.days.edit.setText("7")
    assert page.own.onward.reason == ""
    form.which.choose(SHARE)
    form.part.edit.setText("50")
    assert "all rows stay" in page.own.onward.reason
    form.what.buttons[0].click()
    assert page.own.onward.reason == ""
    assert form.target.isVisible()


def test_the_file_is_anonymized_when_its_name_was_typed(
    page: AnonymizePage, clinic: Path, qtbot: QtBot
) -> None:
    with_store(page, clinic)
    before = clinic.read_bytes()
    planned(page, qtbot)
    assert "points" in page.making.form._point.plain
    assert "Anonymize the file" in page.steps.accessibleName()
    page.own.rehearse.trigger()
    rest(page, qtbot)
    assert not page.making.is_turned_away
    assert clinic.read_bytes() == before
    assert "read-only" in page.own.onward.reason
    page.foot.allow.click()
    rest(page, qtbot)
    assert not page.foot.allow.isVisible()
    assert page.making.plan is not None
    page.own.onward.trigger()
    assert clinic.read_bytes() == before, "nothing happens before the name is typed"
    asked = question(page)
    assert not asked.verb.isEnabled()
    asked.field.setText("clinic.db")
    asked.verb.click()
    rest(page, qtbot)
    assert page.step == reasons.COPY
    release = page.copy.release
    assert release is not None
    assert release.in_place
    with open_read(clinic) as session:
        assert not session.all("SELECT 1 FROM patient WHERE email LIKE 'p%@mail.example'")
    assert page.copy._point.startswith("pt_")
    assert "restore points" in page.foot.words
    assert page.own.attack.reason, "there is no original to compare with"
    assert "What was done" in page.steps.accessibleName()


def test_a_plan_that_does_not_fit_any_more_says_so(page: AnonymizePage, clinic: Path, qtbot: QtBot) -> None:
    with_store(page, clinic)
    planned(page, qtbot)
    with open_write(clinic) as session, session.transaction():
        session.run("CREATE TABLE later(x)")
    page.foot.allow.click()
    rest(page, qtbot)
    page.own.onward.trigger()
    asked = question(page)
    asked.field.setText("clinic.db")
    asked.verb.click()
    rest(page, qtbot)
    assert page.has_banner
    with open_read(clinic) as session:
        assert session.all("SELECT 1 FROM patient WHERE email = 'p1@mail.example'")


@pytest.mark.parametrize("in_place", [False, True])
def test_after_a_failed_rehearsal_the_way_on_leads_back(
    page: AnonymizePage, clinic: Path, qtbot: QtBot, in_place: bool
) -> None:
    with_store(page, clinic)
    balanced(page, qtbot)
    page.own.onward.trigger()
    if in_place:
        page.making.form.what.buttons[1].click()
    page.own.onward.trigger()
    rest(page, qtbot)
    plan = page.making.plan
    assert plan is not None
    failed = Rehearsal(
        plan.id, "2026-11-20T10:00:00.000Z", 0.1, (Check("At least 5 look alike", False, "k = 2"),)
    )
    page.making._show_rehearsal(failed)
    assert "techniques" in page.foot.onward.text()
    assert "rehearsal failed" in page.foot.words
    page.own.onward.trigger()
    assert page.step == reasons.TECHNIQUES
    assert page.making.plan is None
    assert not page.making.is_turned_away
    assert not (clinic.parent / "clinic-release.db").exists()
