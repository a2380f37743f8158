"""What the overview tells of the audit where all is well with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pytestqt.qtbot import QtBot

from builders import a_database
from builders.guarding import install
from builders.operations import known
from builders.sealed import by_hand
from builders.under_audit import run
from builders.walk import problems_of
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.gui.pages.overview.page import OverviewPage
from steward_app.gui.pages.overview.read import read_audit
from steward_app.kernel.progress import Context
from steward_app.services.audit.guard.own_seals import seal_new
from steward_app.services.audit.guard.verified import compare_unasked, keep_verdict
from steward_app.services.audit.seals.proving import verify_with_receipts

Open = Callable[..., Any]


def test_what_the_audit_keeps_is_one_line_of_the_space(
    open_page: Open, catalog: Catalog, tmp_path: Path, qtbot: QtBot
) -> None:
    path = a_database(tmp_path / "clinic.db").with_table("visit", "id INTEGER PRIMARY KEY, note").build()
    install(catalog, path)
    run(path, "INSERT INTO visit VALUES (1, 'a')")
    seal_new(catalog, path, known(catalog, path).id, Context())
    opened = open_page(OverviewPage, path, catalog=catalog)
    qtbot.waitUntil(lambda: opened.jobs.idle, timeout=30_000)
    names = [bar.name for bar in opened.page.space.bars.items]
    assert names.count("Audit log") == 1
    assert not any(name.startswith("_steward_audit_") for name in names)


def test_the_card_of_protection_says_how_far_the_history_is_proved(
    open_page: Open, catalog: Catalog, tmp_path: Path, qtbot: QtBot
) -> None:
    path = a_database(tmp_path / "clinic.db").with_table("visit", "id INTEGER PRIMARY KEY, note").build()
    database_id = known(catalog, path).id
    opened = open_page(OverviewPage, path, catalog=catalog)
    qtbot.waitUntil(lambda: opened.jobs.idle, timeout=30_000)
    card = opened.page.protection

    def history() -> str:
        card.show_audit(read_audit(catalog, opened.document, database_id, Context()))
        return str(card.history)

    assert history() == "Not kept"
    install(catalog, path)
    assert history() == "Of 1 table, not verified yet"
    with open_read(path) as session, session.snapshot():
        verdict = verify_with_receipts(catalog, session, Context())
        keep_verdict(catalog, database_id, session, verdict)
    assert history().startswith("Of 1 table, verified ")
    assert problems_of(opened.page) == []
    by_hand(path, "INSERT INTO visit VALUES (9, 'x')")
    with open_read(path) as session, session.snapshot():
        compare_unasked(catalog, session, database_id, Context())
    assert history() == "Of 1 table, something is wrong"
