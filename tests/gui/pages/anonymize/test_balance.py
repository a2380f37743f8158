"""The balance: the table that is weighed, and the limits that its groups have to reach."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from builders.anonymizing import balanced, looked, rest
from steward_app.gui.pages.anonymize import reasons
from steward_app.gui.pages.anonymize.page import AnonymizePage
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.risk import Frontier
from steward_app.services.privacy.rules import Limits


def test_the_limits_stand_there_before_anything_was_tried(page: AnonymizePage, qtbot: QtBot) -> None:
    looked(page, qtbot)
    page.own.onward.trigger()
    page.own.onward.trigger()
    limits = page.balance.limits
    assert page.step == reasons.BALANCE, "the ways are still being tried"
    assert limits.risk.isVisible()
    assert limits.risk.currentText() == "Risk at most 5 %"
    assert limits.left_out.currentText() == "At most 2 % left out"
    rest(page, qtbot)
    assert page.draft.frontier is not None
    assert all(node.left_out <= 0.02 * page.draft.frontier.records for node in page.balance.nodes)
    some = max(node.left_out for node in page.balance.nodes)
    _choose(limits.left_out, 0.2)
    rest(page, qtbot)
    assert page.draft.frontier is not None
    assert all(node.left_out <= 0.2 * page.draft.frontier.records for node in page.balance.nodes)
    assert max(node.left_out for node in page.balance.nodes) > some
    assert page.draft.limits.left_out == 0.2, "which the policy keeps"


def test_where_no_way_stays_under_the_limit_it_is_said_what_helps(page: AnonymizePage, qtbot: QtBot) -> None:
    balanced(page, qtbot)
    balance = page.balance
    assert not balance.advice.isVisible(), "200 patients reach 5 %"
    frontier = page.draft.frontier
    assert frontier is not None
    spared = frontier.best(0.05, 0.02)
    assert spared is not None
    _choose(balance.limits.risk, 0.5)
    rest(page, qtbot)
    assert not balance.advice.isVisible()
    balance.show_limits(Limits(risk=0.001), sensitive=False)
    balance.show_frontier(frontier, tables=True)
    assert balance.advice.isVisible()
    assert "No way stays under 0.1 %" in balance.advice.plain
    assert "remove a column" in balance.advice.plain


def test_what_would_help_is_one_click(
    page: AnonymizePage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    balanced(page, qtbot)
    balance, frontier = page.balance, page.draft.frontier
    assert frontier is not None
    assert not balance.leave_out.isVisible(), "200 patients reach 5 %"
    node = balance.node
    with monkeypatch.context() as patched:
        patched.setattr(Frontier, "best", lambda _, risk, most: node if most >= 0.1 else None)
        balance.show_limits(Limits(risk=0.001), sensitive=False)
        balance.show_frontier(frontier, tables=True)
    assert "One does where 10 % may be left out." in balance.advice.plain
    assert balance.leave_out.text() == "Let 10 % be left out"
    balance.leave_out.click()
    rest(page, qtbot)
    assert page.draft.limits.left_out == 0.1


def test_each_table_is_weighed_by_itself(page: AnonymizePage, qtbot: QtBot) -> None:
    looked(page, qtbot)
    page.draft.turn("quasi_identifiers", [Place("visit", "visited_on")])
    page.own.onward.trigger()
    page.own.onward.trigger()
    rest(page, qtbot)
    limits = page.balance.limits
    assert page.draft.table == "patient", "visits are not persons, however many there are"
    assert limits.table.isVisible()
    first = page.balance.node
    assert first is not None
    _choose(limits.table, "visit")
    rest(page, qtbot)
    assert page.draft.frontier is not None
    assert page.draft.frontier.table == "visit"
    _choose(limits.risk, 0.5)
    assert page.rules is not None
    assert page.rules.limits == Limits(), "no table is asked for what was meant for another"
    assert page.rules.limits_of("visit").risk == 0.5
    assert page.rules.limits_of("patient") == Limits(k=first.k)
    _choose(limits.table, "patient")
    assert page.balance.node == first, "the other table keeps its choice, and needs no second trial"
    assert limits.risk.currentText() == "Risk at most 5 %"


def test_l_and_t_are_asked_of_sensitive_columns(page: AnonymizePage, qtbot: QtBot) -> None:
    balanced(page, qtbot)
    limits = page.balance.limits
    assert page.rules is not None
    assert not page.rules.told_of("patient")
    assert not limits.diversity.isVisible(), "there is nothing to ask it of"
    page.own.back.trigger()
    page.draft.turn("sensitive", [Place("patient", "family_name")])
    page.own.onward.trigger()
    rest(page, qtbot)
    assert limits.diversity.isVisible()
    _choose(limits.diversity, 2)
    rest(page, qtbot)
    assert page.rules is not None
    assert page.rules.limits_of("patient").l_diversity == 2
    assert all((node.diversity or 0) >= 2 for node in page.balance.nodes)
    _choose(limits.closeness, 0.5)
    rest(page, qtbot)
    assert all((node.closeness or 0) <= 0.5 + 1e-9 for node in page.balance.nodes)
    assert page.draft.node == page.balance.node


def test_nobody_goes_on_above_the_limit_without_accepting_the_risk(page: AnonymizePage, qtbot: QtBot) -> None:
    balanced(page, qtbot)
    balance = page.balance
    assert page.own.onward.reason == ""
    assert not balance.accept.isVisible(), "the way is under the limit"
    balance.slider.setValue(len(balance.nodes) - 1)
    node = balance.node
    assert node is not None
    assert node.risk > 0.05
    assert "“patient” is above your limit" in page.own.onward.reason
    assert page.foot.words == page.own.onward.reason
    page.own.onward.trigger()
    assert page.step == reasons.BALANCE
    balance.accept.click()
    assert page.own.onward.reason == ""
    assert balance.node == node, "the way stays, and the limit follows"
    assert not balance.accept.isVisible()
    assert page.draft.required.limits_of("patient").risk == node.risk, "which the policy keeps"
    page.own.onward.trigger()
    assert page.step == reasons.MAKE


def test_the_limit_that_stood_there_is_asked_of_the_copy(page: AnonymizePage, qtbot: QtBot) -> None:
    balanced(page, qtbot)
    assert page.draft.required.limits_of("patient").risk is None
    page.own.onward.trigger()
    assert page.draft.required.limits_of("patient").risk == 0.05


def test_the_k_of_the_policy_is_the_limit(page: AnonymizePage, clinic: Path, qtbot: QtBot) -> None:
    looked(page, qtbot)
    assert page.rules is not None
    page.draft.begin(replace(page.rules, limits=Limits(k=5)), {"patient": 200})
    page.own.onward.trigger()
    page.own.onward.trigger()
    rest(page, qtbot)
    assert page.balance.limits.risk.currentText() == "Risk at most 20 %"
    assert page.balance.node is not None
    assert 0.05 < page.balance.node.risk <= 0.2


def test_tables_that_were_not_weighed_are_told(page: AnonymizePage, qtbot: QtBot) -> None:
    looked(page, qtbot)
    page.draft.turn("quasi_identifiers", [Place("visit", "visited_on")])
    page.own.onward.trigger()
    page.own.onward.trigger()
    rest(page, qtbot)
    assert page.foot.words == "Not weighed yet, and nothing is asked there: “visit”."
    _choose(page.balance.limits.table, "visit")
    rest(page, qtbot)
    assert "visit" not in page.foot.words


def _choose(combo: QComboBox, value: object) -> None:
    combo.setCurrentIndex(combo.findData(value))
