"""The steps of a copy by keyboard: Tab goes through them as they are read, and the way on comes last."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from builders.anonymizing import looked, rest
from steward_app.gui.pages.anonymize import reasons
from steward_app.gui.pages.anonymize.page import AnonymizePage
from steward_app.gui.tab_order import stops
from steward_app.gui.widgets.buttons import Button
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import Rule


def seen(page: AnonymizePage) -> list[str]:
    """What Tab stops at, by name."""
    shown = (each for each in stops(page) if each.isVisible() and each.isEnabled())
    return [each.accessibleName() or (each.text() if isinstance(each, Button) else "") for each in shown]


def test_the_way_on_comes_behind_what_is_asked(page: AnonymizePage, qtbot: QtBot) -> None:
    looked(page, qtbot)
    for last in ("Choose techniques", "Find the balance", "Make the copy for release", "Plan", "Make the"):
        names = seen(page)
        assert names[-1].startswith(last) or names[-1] == page.foot.onward.text(), names
        assert names.index("Back") > 3 if page.step > reasons.COLUMNS else "Back" not in names
        if page.step == reasons.BALANCE:
            asked = [name for name in names if name.startswith("Technique of")]
            assert names.index("Show all") + 1 == names.index(asked[0])
            assert names.index("Make a trial copy") > names.index(asked[-1])
        page.own.onward.trigger()
        rest(page, qtbot)
    assert page.step == reasons.COPY
    assert seen(page)[-1] == "Attack the copy"


def test_what_waits_is_told_first_and_a_rule_settles_it(
    page: AnonymizePage, clinic: Path, qtbot: QtBot
) -> None:
    policy = (
        "version: 1\nclassification:\n  tables:\n    patient:\n      columns:\n        given_name: {type: phone}\n"
        "        gone: {type: phone}\n"
    )
    Path(f"{clinic}.steward.yaml").write_text(policy, encoding="utf-8")
    looked(page, qtbot)
    names = seen(page)
    assert names.index("Decide in Personal data") < names.index("Rules") < names.index("Columns of the copy")
    assert page.situation is not None
    assert page.rules is not None
    line = next(each for each in page.situation.lines if each.waits)
    assert page.situation.waiting(page.rules) == (line,)
    page.rule(Rule(Place(line.place.table, line.place.column), Technique.REMOVE))
    assert page.situation.waiting(page.rules) == ()
    assert "Decide in Personal data" not in seen(page)
