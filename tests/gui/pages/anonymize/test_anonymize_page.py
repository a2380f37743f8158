"""The Anonymize page on a real file: from looking for personal data to a copy that was attacked."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from builders.anonymizing import at_rest, balanced, looked, rest
from builders.walk import problems_of
from steward_app.gui.pages.anonymize import reasons
from steward_app.gui.pages.anonymize.page import AnonymizePage
from steward_app.gui.pages.anonymize.register import NoteDialog, SheetDialog
from steward_app.gui.pages.anonymize.words import against_giving
from steward_app.gui.shell.window import Window
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.text import Label
from steward_app.services.privacy.anonymize.model import ReleaseState
from steward_app.services.privacy.model import Place, Technique


def test_nothing_is_looked_for_before_somebody_asks(page: AnonymizePage, clinic: Path, qtbot: QtBot) -> None:
    assert page.step == reasons.NOTHING
    assert page.own.onward.reason
    assert page.own.copies.reason == ""
    page.own.copies.trigger()
    assert page.step == reasons.REGISTER, "an empty register says what it is for"
    page.sections.chosen.emit("new")
    assert page.step == reasons.NOTHING
    looked(page, qtbot)
    assert page.rules is not None
    assert page.rules.quasi_identifiers["patient"]
    assert not Path(f"{clinic}.steward.yaml").exists(), "looking writes no policy"


def test_columns_become_known_and_sensitive(page: AnonymizePage, qtbot: QtBot) -> None:
    looked(page, qtbot)
    line = next(line for line in page.columns.table.rows if line.place == Place("patient", "given_name"))
    page.columns.table.choose(line)
    page.own.known.trigger()
    assert "given_name" in page.rules.quasi_identifiers["patient"]  # type: ignore[union-attr]
    page.columns.table.choose(line)
    page.own.sensitive.trigger()
    assert page.rules is not None
    assert page.rules.sensitive["patient"] == ("given_name",)
    assert "given_name" not in page.rules.quasi_identifiers["patient"], "what is sought is not known"
    page.own.sensitive.trigger()
    assert page.rules.sensitive == {} or page.rules.sensitive.get("patient") is None


def test_a_technique_is_changed_where_it_is_shown(page: AnonymizePage, qtbot: QtBot) -> None:
    looked(page, qtbot)
    page.own.onward.trigger()
    assert page.step == reasons.TECHNIQUES
    row = next(row for row in page.techniques.table.rows if row.place == Place("patient", "email"))
    page.techniques.table.choose(row)
    page.techniques.technique.emit(row.place, Technique.REMOVE)
    assert page.rules is not None
    changed = page.rules.at(Place("patient", "email"))
    assert changed is not None
    assert changed.technique is Technique.REMOVE
    assert next(r for r in page.techniques.table.rows if r.place == row.place).technique is Technique.REMOVE
    page.own.cancel.trigger()
    rest(page, qtbot)
    again = page.rules.at(Place("patient", "email"))
    assert again is not None
    assert again.technique is not Technique.REMOVE, "cancelling gives the choices up"


def test_what_is_asked_of_dates_is_asked_of_nothing_else(page: AnonymizePage, qtbot: QtBot) -> None:
    looked(page, qtbot)
    page.own.onward.trigger()
    asked = "The month stands before the day"
    for column, of_dates in (("postcode", False), ("birth_date", True)):
        row = next(row for row in page.techniques.table.rows if row.place == Place("patient", column))
        assert row.technique is Technique.GENERALIZE
        page.techniques.table.choose(row)
        words = {label.plain for label in page.techniques.inspector.findChildren(Label)}
        assert "How coarse" in words
        assert (asked in words) is of_dates


def test_the_slider_and_the_keys_of_the_chart_change_the_rules(page: AnonymizePage, qtbot: QtBot) -> None:
    balanced(page, qtbot)
    nodes = page.balance.nodes
    assert len(nodes) > 2
    assert page.rules is not None
    assert page.rules.limits_of("patient").k == page.balance.node.k  # type: ignore[union-attr]
    page.balance.slider.setValue(0)
    assert page.balance.node == nodes[0]
    assert page.rules.limits_of("patient").k == nodes[0].k
    QTest.keyClick(page.balance.chart, Qt.Key.Key_Right)
    assert page.balance.slider.value() == 1
    assert page.rules.limits_of("patient").k == nodes[1].k
    QTest.keyClick(page.balance.chart, Qt.Key.Key_End)
    assert page.balance.node == nodes[-1]
    assert str(len(nodes)) in page.balance.chart.accessibleDescription()
    page.balance.turn.click()
    assert page.balance.points.isVisible(), "the chart has a table beside it"
    assert page.balance.points.isColumnHidden(3), "nothing sensitive is told of, so there is no l"
    page.balance.points.choose(nodes[1])
    assert page.balance.node == nodes[1]
    page.balance.turn.click()
    assert page.balance.chart.isVisible()
    page.balance.limits.risk.setCurrentIndex(page.balance.limits.risk.findData(0.2))
    assert page.rules.limits_of("patient").risk == 0.2
    assert page.balance.node is not None
    assert page.balance.node.risk <= 0.2
    page.balance.table.changed.emit(Place("patient", "postcode"), Technique.REMOVE)
    rule = page.rules.at(Place("patient", "postcode"))
    assert rule is not None
    assert rule.technique is Technique.REMOVE
    assert page.draft.frontier is None, "ways were tried with another hierarchy"


def test_a_trial_copy_is_searched_and_attacked_and_goes(
    page: AnonymizePage, clinic: Path, qtbot: QtBot
) -> None:
    balanced(page, qtbot)
    page.own.trial.trigger()
    rest(page, qtbot)
    assert page.draft.trial is not None
    assert page.draft.trial_fits
    assert page.draft.trial.residue.is_clean
    assert "trial copy" in page.balance.residue.state.text
    assert "of 11 above the limit" in page.balance.attacks.state.text
    assert {each.table for each in page.draft.trial.risks} == {"patient", "visit"}
    words = [label.text() for label in page.balance.choice.findChildren(QLabel)]
    assert "Smallest group of all tables" in words
    page.balance.slider.setValue(0)
    assert not page.draft.trial_fits
    assert page.balance.residue.state.text == "Not looked at yet", "it was made by other rules"
    assert sorted(path.name for path in clinic.parent.glob("*.db*")) == ["clinic.db"]


def test_from_the_plan_to_a_copy_that_was_attacked(page: AnonymizePage, clinic: Path, qtbot: QtBot) -> None:
    before = clinic.read_bytes()
    balanced(page, qtbot)
    page.own.onward.trigger()
    form = page.making.form
    form.until.edit.setText("soon")
    assert page.own.onward.reason
    form.until.edit.setText("2099-12-31")
    form.recipient.edit.setText("University")
    form.name.edit.setText("research")
    page.own.onward.trigger()
    rest(page, qtbot)
    assert page.making.plan is not None
    assert not page.making.plan.blocking
    page.own.rehearse.trigger()
    rest(page, qtbot)
    assert not Path(f"{clinic}.steward.yaml").exists(), "planning and rehearsing write nothing"
    page.own.onward.trigger()
    rest(page, qtbot)
    assert "research" in Path(f"{clinic}.steward.yaml").read_text(encoding="utf-8"), "the rules are kept"
    assert page.step == reasons.COPY
    release = page.copy.release
    assert release is not None
    assert release.path.exists()
    assert release.policy_hash
    assert (release.recipient, release.rules, release.state) == ("University", "research", ReleaseState.MADE)
    assert clinic.read_bytes() == before
    assert [each.table for each in release.risks] == ["patient", "visit"]
    assert f"k = {release.risks[0].k}" in [label.text() for label in page.copy.findChildren(QLabel)]
    assert page.own.report.reason, "there is nothing to report before the attacks"
    page.own.attack.trigger()
    rest(page, qtbot)
    assert page.copy.report is not None
    assert page.own.report.reason == ""
    assert page.copy.report.problems, "names of a small clinic are soon guessed"
    assert page.foot.attack.text() == "Attack it again"
    assert page.foot.words == against_giving(page.copy.report)
    page.own.given.trigger()
    dialog = page.window().findChild(NoteDialog)
    assert dialog is not None
    (told,) = dialog.findChildren(Banner)
    assert "re-identified more than allowed" in told.text
    assert dialog.verb.text() == "Record it all the same"
    assert dialog.field.edit.text() == "University", "for whom it was made"
    dialog.field.edit.clear()
    assert not dialog.verb.isEnabled()
    dialog.field.edit.setText("Prof. Example, by courier")
    dialog.verb.click()
    rest(page, qtbot)
    assert page.copy.release is not None
    assert page.copy.release.state is ReleaseState.GIVEN
    page.own.back.trigger()
    assert page.step == reasons.REGISTER
    assert len(page.register.table.rows) == 1
    page.window().resize(1000, 680)
    rest(page, qtbot)
    assert page.register.table.columnWidth(0) >= 120, "the name of the copy can be read in a small window"
    assert page.register.table.columnWidth(4) >= 108, "and the day until which it may be used"
    page.own.open.trigger()
    rest(page, qtbot)
    assert page.step == reasons.COPY


def test_an_assessment_needs_all_that_the_sheet_asks(page: AnonymizePage, qtbot: QtBot) -> None:
    balanced(page, qtbot)
    page.own.onward.trigger()
    for _ in range(2):
        page.own.onward.trigger()
        rest(page, qtbot)
    page.own.assess.trigger()
    rest(page, qtbot)
    sheet = page.window().findChild(SheetDialog)
    assert sheet is not None
    assert not sheet.verb.isEnabled()
    for field, text in (
        (sheet.who, "Ada Winter"),
        (sheet.recipient, "University"),
        (sheet.until, "2099-01-01"),
        (sheet.original, "The clinic"),
        (sheet.other, "Nothing"),
    ):
        field.edit.setText(text)
    for lines in (sheet.reasons, sheet.measures, sheet.attacks):
        lines.say(["as measured"])
    assert sheet.verb.isEnabled()
    assert sheet.findChild(Banner) is None
    sheet.original.edit.setText("nobody")
    told = sheet.findChild(Banner)
    assert told is not None
    assert "lies on this computer" in told.text
    assert sheet.verb.text() == "Record it all the same"
    sheet.verb.click()
    rest(page, qtbot)
    assert page.copy.release is not None
    assert page.copy.release.words.startswith("assessed anonymous for University")
    (told,) = page.copy.release.assessments[0].contradictions
    assert "“nobody”" in told


def test_columns_to_decide_block_the_copy(page: AnonymizePage, clinic: Path, qtbot: QtBot) -> None:
    looked(page, qtbot)
    assert page.own.onward.reason == ""
    policy = "version: 1\nclassification:\n  tables:\n    patient:\n      columns:\n        mobile: {type: phone}\n"
    Path(f"{clinic}.steward.yaml").write_text(policy, encoding="utf-8")
    page.refresh(())
    rest(page, qtbot)
    assert page.situation is not None
    assert [line.place.column for line in page.situation.lines if line.waits] == ["mobile"]
    assert page.columns.which.buttons[1].text() == "To decide 1"
    for _ in range(2):
        page.own.onward.trigger()
        rest(page, qtbot)
    assert page.step == reasons.BALANCE
    assert "wait for your decision" in page.own.onward.reason
    page.own.back.trigger()
    page.own.back.trigger()
    decide = [button for button in page.columns.findChildren(Button) if "Personal data" in button.text()]
    decide[0].click()
    rest_window = page.window()
    assert isinstance(rest_window, Window)
    at_rest(rest_window, qtbot)
    assert rest_window.pages.page is not None
    assert rest_window.pages.page.spec.id == "personal"


def test_a_low_window_keeps_steps_and_buttons(page: AnonymizePage, qtbot: QtBot) -> None:
    window = page.window()
    assert isinstance(window, Window)
    looked(page, qtbot)
    assert page.head.sentence.isVisible()
    window.theme.set_zoom(200)
    window.resize(1280, 800)
    at_rest(window, qtbot)
    at = page.foot.onward.mapTo(window, page.foot.onward.rect().bottomLeft())
    shown = page.foot.onward.visibleRegion().boundingRect()
    assert shown.height() == page.foot.onward.height(), f"the way on ends at {at.y()}"
    assert page.steps.width() >= page.steps._all, "the words of all steps are there"


def test_every_step_is_without_fault(page: AnonymizePage, qtbot: QtBot) -> None:
    window = page.window()
    assert isinstance(window, Window)
    looked(page, qtbot)
    found: list[str] = []
    for step in ("columns", "techniques", "balance", "form", "plan"):
        for mode, zoom, width in (("light", 100, 1440), ("dark", 200, 1440), ("light", 100, 1024)):
            window.theme.set_mode(mode)
            window.theme.set_zoom(zoom)
            window.resize(width, 900)
            at_rest(window, qtbot)
            found += [f"{step}, {mode}, {zoom} %: {problem}" for problem in problems_of(window)]
        page.own.onward.trigger()
        at_rest(window, qtbot)
    assert found == []


def test_what_a_rule_keeps_is_told_beside_the_copy(page: AnonymizePage, qtbot: QtBot) -> None:
    looked(page, qtbot)
    page.own.onward.trigger()
    page.techniques.technique.emit(Place("patient", "email"), Technique.KEEP)
    for _ in range(2):
        page.own.onward.trigger()
        rest(page, qtbot)
    page.making.form.name.edit.setText("open")
    page.own.onward.trigger()
    rest(page, qtbot)
    plan = page.making.plan
    assert plan is not None
    assert "identifying_columns_kept_by_rule" in {each.code for each in plan.findings}
    page.own.onward.trigger()
    rest(page, qtbot)
    assert page.step == reasons.COPY
    told = [label.text() for banner in page.findChildren(Banner) for label in banner.findChildren(QLabel)]
    assert any("“patient.email”" in each for each in told)
