"""Attacks in a few words."""

from __future__ import annotations

import pytest

from steward_app.gui.pages.anonymize.words import attack_words
from steward_app.services.privacy.attack.model import Attack, AttackKind, Interval
from steward_app.services.privacy.model import Place


@pytest.mark.parametrize("kind", list(AttackKind))
def test_every_attack_has_words(kind: AttackKind) -> None:
    none = Interval(0.0, 0.0)
    places = (Place("form", "data", "$.born"),)
    attack = Attack(kind, "form", places, "title", 1, 1, 0, 0, 0.0, none, 0.0, none, None, False, 0.0)
    assert attack_words(attack)
