"""l is asked of what stands in another table: from the balance to a copy that reaches it."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.anonymizing import looked, rest
from steward_app.db import open_read, quote
from steward_app.gui.pages.anonymize import reasons
from steward_app.gui.pages.anonymize.page import AnonymizePage
from steward_app.services.privacy.model import Place


@pytest.fixture
def clinic(tmp_path: Path, rows: list[tuple[object, ...]]) -> Path:
    """Visits with a diagnosis that is nearly always the same; some are of nobody."""
    chance = random.Random(3)
    columns = (
        "id INTEGER PRIMARY KEY, given_name TEXT, family_name TEXT, sex TEXT, birth_date TEXT, postcode TEXT, "
        "email TEXT UNIQUE"
    )
    visits = [
        (n, chance.choice([None, *range(1, 201)]), chance.choice(["flu"] * 6 + ["gout", "mumps", None]))
        for n in range(1, 601)
    ]
    return (
        a_database(tmp_path / "clinic.db")
        .with_table("patient", columns, rows=rows)  # type: ignore[arg-type]
        .with_table(
            "visit",
            "id INTEGER PRIMARY KEY, patient_id INTEGER REFERENCES patient, diagnosis TEXT",
            rows=visits,
        )
        .build()
    )


def test_the_way_that_is_taken_keeps_what_was_asked_of_the_visits(
    page: AnonymizePage, clinic: Path, qtbot: QtBot
) -> None:
    looked(page, qtbot)
    if "visit" not in page.draft.required.sensitive:
        page.draft.turn("sensitive", [Place("visit", "diagnosis")])
    for _ in range(2):
        page.own.onward.trigger()
        rest(page, qtbot)
    assert page.draft.table == "patient"
    limits = page.balance.limits
    assert limits.diversity.isVisible(), "what its visits tell is asked by what is known of the patient"
    limits.diversity.setCurrentIndex(limits.diversity.findData(2))
    rest(page, qtbot)
    assert page.rules is not None
    assert page.rules.limits_of("patient").l_diversity == 2
    node = page.balance.node
    assert node is not None
    page.own.onward.trigger()
    page.making.form.name.edit.setText("research")
    page.own.onward.trigger()
    rest(page, qtbot)
    plan = page.making.plan
    assert plan is not None
    assert not plan.blocking
    page.own.onward.trigger()
    rest(page, qtbot)
    assert page.step == reasons.COPY
    release = page.copy.release
    assert release is not None
    assert page.rules is not None
    by = ", ".join(f"p.{quote(name)}" for name in page.rules.quasi_identifiers["patient"])
    with open_read(release.path) as session:
        least = session.one(
            "SELECT min(l), count(*) FROM (SELECT count(DISTINCT v.diagnosis) AS l FROM visit AS v"
            f" JOIN patient AS p ON p.id = v.patient_id GROUP BY {by})"
        )
        smallest = session.value(f"SELECT min(n) FROM (SELECT count(*) AS n FROM patient AS p GROUP BY {by})")
        rows = session.count("SELECT count(*) FROM visit")
    assert least is not None
    assert isinstance(least[0], int)
    assert least[0] >= 2
    assert isinstance(smallest, int)
    assert smallest >= node.k
    planned = {each.table: each.rows_after for each in plan.changes}
    assert planned["visit"] == rows
    shown = [label.text() for label in page.copy.findChildren(QLabel)]
    assert f"k = {release.risks[0].k}" in shown
