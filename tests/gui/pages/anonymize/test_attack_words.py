"""Attacks in a few words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from steward_app.gui.pages.anonymize.cards import AttackCard
from steward_app.gui.pages.anonymize.words import attack_words
from steward_app.gui.widgets.text import Label
from steward_app.services.privacy.attack.model import Attack, AttackKind, AttackReport, Interval
from steward_app.services.privacy.model import Place


@pytest.mark.parametrize("kind", list(AttackKind))
def test_every_attack_has_words(kind: AttackKind) -> None:
    assert attack_words(attack(kind, Place("form", "data", "$.born")))


def attack(kind: AttackKind, *places: Place, likely: float = 0.0, beats: bool = False) -> Attack:
    none = Interval(0.0, 0.0)
    return Attack(
        kind, places[0].table, places, "title", 10, 10, 0, 0, likely, none, 0.0, none, None, beats, 0.0
    )


def test_the_table_is_named_once() -> None:
    linked = attack(
        AttackKind.LINKAGE, *(Place("visit", name) for name in ("staff_id", "day")), Place("a", "b")
    )
    assert attack_words(linked) == "Link by visit.staff_id, day, a.b"
    assert "visit.staff_id" in attack_words(attack(AttackKind.FREQUENCY, Place("visit", "staff_id")))


def test_attacks_without_a_row_are_counted_by_what_they_are(qtbot: QtBot) -> None:
    card = AttackCard()
    qtbot.addWidget(card)
    weak = attack(AttackKind.LINKAGE, Place("t", "a"), likely=1.0)
    strong = attack(AttackKind.LINKAGE, Place("t", "b"), likely=5.0, beats=True)
    told = replace(weak, likely=10.0, judged=False)
    report = AttackReport("a", "b", "", "r", "", 1.0, (*[strong] * 3, *[weak] * 2, *[told] * 2))
    card.show_attacks(report, most=2)
    assert card.state.text == "3 of 5 above the limit"
    shown = [label.text() for label in card.findChildren(Label)]
    assert any("5 more attacks, 1 above the limit, 2 told and not judged" in text for text in shown)
    card.show_attacks(replace(report, attacks=(weak,)))
    assert card.state.text == "1 of 1 below the limit"
