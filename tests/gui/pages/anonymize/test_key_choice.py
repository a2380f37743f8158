"""Which key makes the pseudonyms: what works is chosen, and a new one has a name of its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from builders.anonymizing import balanced, rest
from steward_app.gui.pages.anonymize import reasons
from steward_app.gui.pages.anonymize.key_choice import KeyChoice
from steward_app.gui.pages.anonymize.page import AnonymizePage
from steward_app.services.privacy.anonymize import keys
from steward_app.services.privacy.anonymize.model import KeyState, PseudonymKey


def key(name: str, *, gone: bool = False, database: str = "") -> PseudonymKey:
    state = KeyState.DESTROYED if gone else KeyState.MADE
    return PseudonymKey("pk_x", name, state, "2026-01-01T", "2026-02-03T" if gone else "", database=database)


@pytest.fixture
def choice(qtbot: QtBot) -> KeyChoice:
    made = KeyChoice(Path("/files/clinic.db"))
    qtbot.addWidget(made)
    made.show()
    return made


def titles(choice: KeyChoice) -> list[str]:
    return [choice.combo.itemText(at) for at in range(choice.combo.count())]


def test_before_the_first_copy_it_is_that_of_the_database(choice: KeyChoice) -> None:
    choice.show_keys((), own="db_1")
    assert titles(choice) == ["That of this database", "A new key"]
    assert (choice.value, choice.wrong, choice.name.isVisible()) == ("", "", False)


def test_each_key_is_offered_once_and_by_its_name(choice: KeyChoice) -> None:
    choice.show_keys((key("db_1", database="/files/clinic.db"), key("db_2", database="/b/shop.db"), key("studies")),
                     own="db_1", named="studies")  # fmt: skip
    assert titles(choice) == ["That of this database", "That of shop.db", "studies", "A new key"]
    assert choice.value == "studies"


def test_rules_may_name_a_key_that_is_not_made_yet(choice: KeyChoice) -> None:
    choice.show_keys((), own="db_1", named="studies")
    assert (choice.value, choice.is_new) == ("studies", False)


def test_where_that_of_the_database_is_destroyed_a_new_one_is_named(choice: KeyChoice) -> None:
    choice.show_keys((key("db_1", gone=True), key("clinic-2", gone=True)), own="db_1")
    assert titles(choice) == ["A new key"]
    assert (choice.value, choice.wrong, choice.name.isVisible()) == ("clinic-3", "", True)
    assert "was destroyed on 2026-02-03" in choice._said.plain
    assert "other pseudonyms" in choice._said.plain
    choice.name.edit.setText("clinic-2")
    assert "not used again" in choice.wrong
    choice.name.edit.setText(" ")
    assert choice.wrong


def test_a_new_key_gets_no_name_that_another_is_called_by(choice: KeyChoice) -> None:
    choice.show_keys((key("db_1", database="/files/clinic.db"),), own="db_1")
    choice.combo.setCurrentIndex(choice.combo.count() - 1)
    choice.name.edit.setText("clinic.db-2026-01-01")
    assert "already" in choice.wrong


def test_the_key_of_the_last_copy_goes_before_a_new_one(choice: KeyChoice) -> None:
    found = (
        key("db_1", gone=True),
        key("old", gone=True),
        key("clinic-2"),
        key("db_3", database="/b/shop.db"),
    )
    choice.show_keys(found, own="db_1", named="old", before=("old", "clinic-2", "db_1"))
    assert choice.value == "clinic-2"
    assert "The key old was destroyed" in choice._said.plain
    choice.combo.setCurrentIndex(choice.combo.count() - 1)
    choice.name.edit.setText("clinic-2")
    assert "already" in choice.wrong


def test_a_key_that_is_not_on_this_computer_is_not_offered(choice: KeyChoice) -> None:
    choice.show_keys((replace(key("db_1"), state=KeyState.MISSING), key("clinic-2")), own="db_1")
    assert titles(choice) == ["clinic-2", "A new key"]
    assert choice.is_new
    assert "The key of this database is not among the keys of this computer." in choice._said.plain
    choice.name.edit.setText("db_1")
    assert "already" in choice.wrong


def test_after_the_key_was_destroyed_a_copy_is_made_with_a_new_one(
    page: AnonymizePage, clinic: Path, qtbot: QtBot
) -> None:
    balanced(page, qtbot)
    page.own.onward.trigger()
    page.making.form.keep.setChecked(False)
    for _ in range(2):
        page.own.onward.trigger()
        rest(page, qtbot)
    release = page.copy.release
    assert release is not None
    keys.destroy_key(page.context.catalog, release.key_name, reason="over", typed=release.key_name)
    page.read_again()
    rest(page, qtbot)
    page.begin_copy()
    page.go(reasons.MAKE)
    form = page.making.form
    assert form.key.is_new
    form.target.edit.setText(str(clinic.with_name("second.db")))
    form.key.name.edit.setText("")
    assert page.own.onward.reason == "Name the new key."
    form.key.name.edit.setText("clinic-2")
    assert page.own.onward.reason == ""
    for _ in range(2):
        page.own.onward.trigger()
        rest(page, qtbot)
    assert page.copy.release is not None
    assert page.copy.release.key_name == "clinic-2"
    page.begin_copy()
    page.go(reasons.MAKE)
    assert (form.key.value, form.key.is_new) == ("clinic-2", False), "the next copy goes with it"
