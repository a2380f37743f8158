"""What stops a copy, where the steward looks: at the button, and at a trial copy that failed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.anonymizing import looked, rest
from steward_app.gui.pages.anonymize import reasons
from steward_app.gui.pages.anonymize.page import AnonymizePage
from steward_app.gui.widgets.banner import Banner
from steward_app.kernel.receipt import Receipt
from steward_app.services.privacy.anonymize.register import list_releases
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import ReleaseRules

SENT_TO, PHONE = Place("letter", "sent_to"), Place("letter", "phone")


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    """Addresses of patients stand a second time beside the letters that they got."""
    people = [(n, f"patient{n:04}@mail.example") for n in range(1, 81)]
    letters = [(n, email, f"+44 20 {79460000 + 37 * n}") for n, email in people]
    return (
        a_database(tmp_path / "clinic.db")
        .with_table("patient", "id INTEGER PRIMARY KEY, email TEXT", rows=people)
        .with_table("letter", "id INTEGER PRIMARY KEY, sent_to TEXT, phone TEXT", rows=letters)
        .build()
    )


def without_rules(page: AnonymizePage, *places: Place) -> None:
    """Somebody took rules away, as the policy file lets them."""
    rules = page.rules
    assert isinstance(rules, ReleaseRules)
    assert {each.place for each in rules.rules} >= set(places)
    page.draft.rules = replace(rules, rules=tuple(each for each in rules.rules if each.place not in places))
    page.show_rules()


def planned(page: AnonymizePage, qtbot: QtBot) -> None:
    page.go(reasons.MAKE)
    page.making.go_on()
    rest(page, qtbot)
    assert page.making.plan is not None


def test_all_that_stops_a_plan_is_said_at_its_button(page: AnonymizePage, qtbot: QtBot) -> None:
    looked(page, qtbot)
    without_rules(page, SENT_TO, PHONE)
    planned(page, qtbot)
    why = page.own.onward.reason
    assert "2 columns lead to a person by themselves and go along as they are." in why
    assert "“letter.sent_to” is kept and holds 80 values that rules take away elsewhere." in why
    assert why == page.own.rehearse.reason


def test_a_plan_that_nothing_stops_goes_on(page: AnonymizePage, qtbot: QtBot) -> None:
    looked(page, qtbot)
    planned(page, qtbot)
    assert page.own.onward.reason == ""


def test_a_trial_that_fails_tells_what_stops_its_plan(
    page: AnonymizePage, clinic: Path, qtbot: QtBot
) -> None:
    before = clinic.read_bytes()
    looked(page, qtbot)
    page.go(reasons.BALANCE)
    without_rules(page, SENT_TO)
    page.own.trial.trigger()
    rest(page, qtbot)
    assert page.draft.trial is None
    (banner,) = page.findChildren(Banner)
    assert "“No value of a changed column was found” does not hold" in banner.text
    assert "Columns that hold what another column lost need a rule: “Keep”" in banner.text
    assert (
        "A plan by these rules stops, too, and says why: “letter.sent_to” leads to a person by" in banner.text
    )
    assert "“letter.sent_to” is kept and holds 80 values that rules take away elsewhere." in banner.text
    assert clinic.read_bytes() == before
    assert page.own.trial.reason == "", "it can be tried again, by other rules"


def test_what_a_rule_keeps_and_what_is_left_stand_in_one_banner(page: AnonymizePage, qtbot: QtBot) -> None:
    looked(page, qtbot)
    page.choose_technique(SENT_TO, Technique.KEEP)
    planned(page, qtbot)
    page.own.onward.trigger()
    rest(page, qtbot)
    (release,) = list_releases(page.context.catalog, page.situation.database_id)  # type: ignore[union-attr]
    left = {
        "kept_though_identifying": "“letter.sent_to”",
        "may_be_numbers_of_a_key": "“letter.ref”",
        "scan_was_a_sample": "The scan read a sample of 1 large table: “letter”.",
        "left": "“clinic.db-journal” is still there.",
    }
    file = str(page.context.file.path)
    receipt = Receipt(
        *("op_1", "privacy.release", "A copy was made", file, release.database_id, release.made_at, 1.0),
        result=left,  # type: ignore[arg-type]
    )
    page.making._made((receipt, release))
    rest(page, qtbot)
    (banner,) = page.findChildren(Banner)
    shown = " ".join(label.text() for label in banner.findChildren(QLabel))
    for each in left.values():
        assert each in shown
