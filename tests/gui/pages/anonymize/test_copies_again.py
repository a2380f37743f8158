"""A copy that is looked at again: what attacks showed stands there, and the sheet knows what the register knows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from pytestqt.qtbot import QtBot

from builders.anonymizing import balanced, opened, rest
from steward_app.gui.pages.anonymize import reasons
from steward_app.gui.pages.anonymize.cards import ResultRow
from steward_app.gui.pages.anonymize.copy_step import worst_first
from steward_app.gui.pages.anonymize.page import AnonymizePage
from steward_app.gui.pages.anonymize.register import NoteDialog, SheetDialog
from steward_app.gui.shell.window import Window
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.text import Label
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize import assess, register
from steward_app.services.privacy.anonymize.model import CopyRisk, Sheet

Open = Callable[..., Window]


def made(page: AnonymizePage, qtbot: QtBot) -> None:
    balanced(page, qtbot)
    page.own.onward.trigger()
    form = page.making.form
    form.recipient.edit.setText("University")
    form.purpose.edit.setText("A study of visits")
    form.until.edit.setText("2099-12-31")
    for _ in range(2):
        page.own.onward.trigger()
        rest(page, qtbot)
    assert page.step == reasons.COPY


def test_a_key_that_goes_before_the_attacks_goes_early(page: AnonymizePage, qtbot: QtBot) -> None:
    made(page, qtbot)
    early = "Nobody attacked this copy yet"
    assert early in asked_of_the_key(page)
    page.own.attack.trigger()
    rest(page, qtbot)
    told = asked_of_the_key(page)
    assert "in the copy made with it" in told
    assert early not in told


def asked_of_the_key(page: AnonymizePage) -> str:
    page.own.key.trigger()
    dialog = page.window().findChildren(NoteDialog)[-1]
    told = " ".join(label.text() for label in dialog.findChildren(Label))
    dialog.reject()
    return told


def sheet(page: AnonymizePage, qtbot: QtBot) -> SheetDialog:
    page.own.assess.trigger()
    rest(page, qtbot)
    found = page.window().findChild(SheetDialog)
    assert found is not None
    return found


def test_what_attacks_showed_is_there_when_the_copy_is_opened_again(
    page: AnonymizePage, clinic: Path, qtbot: QtBot, open_window: Open
) -> None:
    made(page, qtbot)
    page.own.attack.trigger()
    rest(page, qtbot)
    before = page.copy.report
    assert before is not None
    again = opened(open_window, clinic, qtbot)
    again.show_copies()
    again.own.open.trigger()
    rest(again, qtbot)
    assert again.copy.report == before
    assert again.own.report.reason == "", "a report can be written without attacking again"
    dialog = sheet(again, qtbot)
    assert dialog.attacks.lines
    assert dialog.measures.lines


def test_the_sheet_says_what_the_register_knows(page: AnonymizePage, clinic: Path, qtbot: QtBot) -> None:
    made(page, qtbot)
    assert page.copy.report is None
    dialog = sheet(page, qtbot)
    assert (dialog.recipient.edit.text(), dialog.until.edit.text()) == ("University", "2099-12-31")
    assert "clinic.db" in dialog.original.edit.text()
    assert any(line.startswith("patient: k = ") for line in dialog.measures.lines)
    told = [label.plain for label in dialog.known.findChildren(Label)]
    assert {"A study of visits", "University", "kept on this computer", "not yet"} <= set(told)
    assert not dialog.verb.isEnabled(), "who answers, why, and which attacks are for a person to say"


def test_of_many_measures_the_worst_of_each_table_are_shown_first(page: AnonymizePage, qtbot: QtBot) -> None:
    made(page, qtbot)
    release = page.copy.release
    assert release is not None
    many = [
        CopyRisk(f"t{table}", by=(f"c{k}",), records=10, groups=2, k=k)
        for table in range(9)
        for k in (table + 4, table + 2, table + 3)
    ]
    first, rest_of_them = worst_first(many)
    assert [(each.table, each.k) for each in first] == [(f"t{n}", n + 2) for n in range(6)]
    assert sorted(map(id, (*first, *rest_of_them))) == sorted(map(id, many))
    page.copy.show_release(replace(release, risks=tuple(many)))
    fold = next(each for each in page.copy.findChildren(Button) if each.text() == "Show 21 more measures")
    shown = len(page.copy.findChildren(ResultRow))
    fold.click()
    assert len(page.copy.findChildren(ResultRow)) == shown + 21
    assert not fold.isVisible()
    measures = sheet(page, qtbot).measures.lines
    assert list(measures) == [f"t{n}: k = {n + 2} over “c{n + 2}”" for n in range(9)], "one line a table"


def test_a_sheet_that_cannot_be_recorded_stays_open_and_says_why(page: AnonymizePage, qtbot: QtBot) -> None:
    made(page, qtbot)
    dialog = sheet(page, qtbot)
    dialog.who.edit.setText("Ada Winter")
    dialog.other.edit.setText("None")
    for lines in (dialog.reasons, dialog.attacks):
        lines.say(["They hold no other data."])
    assert dialog.verb.isEnabled()
    dialog.until.edit.setText("next year")
    assert not dialog.verb.isEnabled()
    assert dialog.until.edit.accessibleDescription() == "“next year” is no day: write it as 2027-06-30."
    dialog.until.edit.setText("2099-12-31")
    dialog.recipient.edit.setText("Somebody else")
    assert "This copy was made for “University”" in dialog.recipient.edit.accessibleDescription()
    dialog.recipient.edit.setText("University")
    assert dialog.verb.isEnabled()
    dialog.submit()
    rest(page, qtbot)
    assert page.copy.release is not None
    assert page.copy.release.assessments


def test_an_assessment_does_not_hold_for_another_file_in_its_place(page: AnonymizePage, qtbot: QtBot) -> None:
    made(page, qtbot)
    release, catalog = page.copy.release, page.context.catalog
    assert release is not None
    said = Sheet(
        *("Ada Winter", "University", "2099-06-30", "They hold no other data.", ("k = 1",), ("linkage: 0",)),
        *("The clinic, clinic.db", "None"),
    )
    assess.record(catalog, release, said, Context(), despite=True)
    with release.path.open("ab") as file:
        file.write(b"x")
    page.show_made(register.find_release(catalog, release.id))
    rest(page, qtbot)
    told = [label.plain for label in page.copy.findChildren(Label)]
    assert [each for each in told if "It does not hold for the file there, which is another one now." in each]
