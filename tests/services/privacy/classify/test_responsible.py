"""Saying who is responsible: in the policy, beside what is decided, and taken back by the undo."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from builders.operations import known
from steward_app.catalog import Catalog, open_catalog
from steward_app.catalog.policy import policy_path
from steward_app.kernel.errors import Refused, UsageError
from steward_app.kernel.progress import Context
from steward_app.services import undo
from steward_app.services.privacy.classify.decide import carry_out
from steward_app.services.privacy.classify.decided import classification
from steward_app.services.privacy.classify.model import Controller
from steward_app.services.privacy.classify.responsible import plan_controller, state_controller

POLICY = """\
version: 1
classification:
  # asked the board
  controller: {name: Riverside, contact: desk}   # until summer
  tables:
    patient: {subjects: patients}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return a_database(tmp_path, "clinic.db").with_table("patient", "id INTEGER PRIMARY KEY").build()


@pytest.fixture
def catalog(path: Path) -> Catalog:
    catalog = open_catalog()
    known(catalog, path)
    return catalog


def said(path: Path) -> Controller:
    return classification(path).controller


def test_it_is_said_changed_and_taken_back(path: Path, catalog: Catalog) -> None:
    first = state_controller(catalog, path, {"name": "=cmd|' /C calc'!A0", "transfers": "none"}, Context())
    assert said(path) == Controller(name="=cmd|' /C calc'!A0", transfers="none")
    second = state_controller(catalog, path, {"name": "", "security": "Doors\nare locked."}, Context())
    assert said(path) == Controller(transfers="none", security="Doors\nare locked.")
    undo.undo(catalog, second.undo, Context())
    undo.undo(catalog, first.undo, Context())
    assert said(path) == Controller()
    assert "controller" not in policy_path(path).read_text("utf-8")


def test_what_stands_beside_it_and_its_remarks_stay(path: Path, catalog: Catalog) -> None:
    policy_path(path).write_text(POLICY, encoding="utf-8")
    done = state_controller(catalog, path, {"contact": "privacy@riverside.example"}, Context())
    text = policy_path(path).read_text("utf-8")
    for remark in ("# asked the board", "# until summer", "patient: {subjects: patients}"):
        assert remark in text
    assert said(path) == Controller(name="Riverside", contact="privacy@riverside.example")
    undo.undo(catalog, done.undo, Context())
    assert said(path) == Controller(name="Riverside", contact="desk")


def test_nothing_to_say_and_what_was_said_meanwhile(path: Path, catalog: Catalog) -> None:
    with pytest.raises(UsageError, match="says so already"):
        plan_controller(catalog, path, {"name": ""}, Context())
    plan = plan_controller(catalog, path, {"name": "Ada"}, Context())
    state_controller(catalog, path, {"name": "Bob"}, Context())
    with pytest.raises(Refused):
        carry_out(catalog, plan, Context())
    assert said(path).name == "Bob"
