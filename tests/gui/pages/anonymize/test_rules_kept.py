"""Rules that a steward wrote are the least that is done; where the balance makes others of them, it asks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from builders.anonymizing import balanced, opened, rest
from steward_app.catalog import Catalog
from steward_app.gui.pages.anonymize import reasons
from steward_app.gui.pages.anonymize.page import AnonymizePage
from steward_app.gui.shell.window import Window
from steward_app.services.privacy.discover.scan import scan
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.privacy.transform.policy import write_rules

BORN, POSTCODE = Place("patient", "birth_date"), Place("patient", "postcode")
WRITTEN = ReleaseRules(
    "research",
    (
        *(Rule(Place("patient", each), Technique.REMOVE) for each in ("given_name", "family_name")),
        Rule(Place("patient", "email"), Technique.TOKEN),
        Rule(BORN, Technique.SHIFT, {"days": 30}),
        Rule(POSTCODE, Technique.GENERALIZE, {"hierarchy": "prefix", "keep": [3, 2, 1], "level": 1}),
    ),
    key="research",
    quasi_identifiers={"patient": ("sex", "birth_date", "postcode")},
)


@pytest.fixture
def page(open_window: Callable[..., Window], clinic: Path, catalog: Catalog, qtbot: QtBot) -> AnonymizePage:
    scan(clinic, catalog=catalog)
    write_rules(clinic, WRITTEN)
    return opened(open_window, clinic, qtbot)


def test_no_way_loosens_a_rule_and_one_that_makes_another_of_it_asks(
    page: AnonymizePage, qtbot: QtBot
) -> None:
    balanced(page, qtbot)
    balance, draft = page.balance, page.draft
    assert draft.frontier is not None
    at = draft.frontier.at.index(POSTCODE)
    assert all(node.levels[at] >= 1 for node in balance.nodes)
    balance.slider.setValue(len(balance.nodes) - 1)
    rule = draft.required.at(POSTCODE)
    assert rule is not None
    assert rule.technique is Technique.GENERALIZE

    assert balance.replaced.isVisible()
    assert "patient.birth_date: Coarsen, " in balance.replaced.plain
    assert "your rule says Shift, Each person by up to 30 days." in balance.replaced.plain
    assert "postcode" not in balance.replaced.plain, "which is coarsened as written, or further"
    balance.slider.setValue(0)
    assert "replaces rules that you wrote: “patient.birth_date”" in page.own.onward.reason
    balance.give_up.click()
    assert not balance.replaced.isVisible()
    assert page.own.onward.reason == ""

    page.own.onward.trigger()
    rest(page, qtbot)
    assert page.step == reasons.MAKE
    form = page.making.form
    assert form.keep.isChecked()
    assert "Replaces the rules “research” of the policy" in form.replaces.plain
    assert "“patient.birth_date”" in form.replaces.plain
    form.name.edit.setText("another")
    assert not form.replaces.isVisible()
    form.name.edit.setText("research")
    form.keep.setChecked(False)
    assert not form.replaces.isVisible()


def test_the_written_technique_can_be_chosen_again(page: AnonymizePage, qtbot: QtBot) -> None:
    balanced(page, qtbot)
    page.balance.slider.setValue(0)
    assert page.own.onward.reason
    page.choose_technique(BORN, Technique.SHIFT)
    assert page.own.onward.reason == ""
    assert not page.balance.replaced.isVisible()


def test_each_rule_that_is_replaced_is_asked_for(page: AnonymizePage, qtbot: QtBot) -> None:
    """Another technique for one column leaves the others as the way made them."""
    sex = Place("patient", "sex")
    page.draft.rule(Rule(sex, Technique.SHUFFLE))
    balanced(page, qtbot)
    page.balance.slider.setValue(0)
    assert {before.place for before, _ in page.draft.replaced} == {BORN, sex}
    assert page.balance.give_up.text() == "Replace these rules"
    page.choose_technique(BORN, Technique.SHIFT)
    assert {before.place for before, _ in page.draft.replaced} == {sex}
    assert "“patient.sex”" in page.own.onward.reason
