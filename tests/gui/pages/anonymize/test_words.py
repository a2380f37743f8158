"""What the Anonymize page calls things: every technique and attack has words, and findings use those of the page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from builders.planted_commands import a_plan
from steward_app.gui.pages.anonymize.words import _ATTACKS, TECHNIQUES, in_window_words
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.plan import Plan
from steward_app.services.privacy.attack.model import AttackKind
from steward_app.services.privacy.model import Technique


@pytest.fixture
def plan() -> Plan:
    return a_plan(Path("clinic.db"), "plain")


def said(plan: Plan, title: str, *remedies: str, code: str = "small_domain") -> Finding:
    finding = Finding(
        code,
        Severity.NOTE,
        title,
        Subject("column", "a", "", ("b",)),
        remedies=remedies,
        alike=(title, "columns"),
    )
    (shown,) = in_window_words(replace(plan, findings=(finding,))).findings
    return shown


def test_everything_has_words() -> None:
    assert set(_ATTACKS) == set(AttackKind)
    assert set(TECHNIQUES) == set(Technique)


def test_findings_say_what_the_page_says(qapp: object, plan: Plan) -> None:
    shown = said(plan, "“permute” of “patient.id” has few values", "Say a wider range, or choose “token”.")
    assert shown.title == "“Exchange” of “patient.id” has few values"
    assert shown.alike[0] == shown.title
    assert shown.remedies == ("Say a wider range, or choose “Token”.",)


def test_what_can_be_done_is_said_as_the_window_does_it(qapp: object, plan: Plan) -> None:
    for told, here in (
        ("Measure how far it tells persons apart: “steward privacy risk”.",
         "Measure how far it tells persons apart: make a trial copy in the step Balance."),
        ("“steward privacy scan --full” looks at every row.",
         "“Scan every cell” in Personal data looks at every row."),
        ("Ask for more values: “steward privacy limits”, with “a.b” and --l.",
         "Ask for more values: in the step Balance."),
        ("Find out how far to coarsen: “steward privacy frontier”, with “a”.",
         "Find out how far to coarsen: in the step Balance."),
        ("A scan proposes that: “steward privacy scan”, then “steward privacy rules”.",
         "A scan proposes that: “Scan again” in Personal data."),
        ("Make one: “steward backup init DATABASE --store URL”.", "Make one: the page Backups has the way."),
    ):  # fmt: skip
        assert said(plan, "t", told).remedies == (here,)
    alone = "Let them count persons: “steward privacy limits”, with “a” and --person “b”."
    assert said(plan, "t", alone).remedies == (alone,), "the window cannot do that"


def test_names_of_the_file_stay(qapp: object, plan: Plan) -> None:
    assert said(plan, "“mask.token” is kept").title == "“mask.token” is kept"
    assert said(plan, "“pseudonym” of “permute.mask”").title == "“Replace” of “permute.mask”"
    log = said(plan, "“token” is a log of changes", "Add “token” to “empty”.", code="change_log_goes_along")
    assert (log.title, log.remedies) == ("“token” is a log of changes", ("Add “token” to “empty”.",))


def test_the_plan_itself_is_not_changed(qapp: object, plan: Plan) -> None:
    shown = in_window_words(plan)
    assert replace(shown, findings=plan.findings) == plan
