"""The page of personal data and a column without a name: shown, and why nothing is decided about it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pytestqt.qtbot import QtBot

from builders import a_database
from builders.operations import known
from builders.scans import a_scan, found
from steward_app.app import PAGES
from steward_app.catalog import open_catalog
from steward_app.catalog.policy import policy_path
from steward_app.db import open_read
from steward_app.gui.pages.personal.page import PersonalPage
from steward_app.gui.pages.personal.words import place_words
from steward_app.gui.shell.window import Window
from steward_app.kernel.progress import Context
from steward_app.services.privacy.discover import kept
from steward_app.services.privacy.discover.model import Verdict
from steward_app.services.schema.introspect import read_schema


def test_it_says_why_it_is_not_decided_and_what_to_do(
    qtbot: QtBot, open_window: Callable[..., Window], tmp_path: Path
) -> None:
    path = a_database(tmp_path, "list.db").with_table("t", '"" TEXT, n INTEGER', rows=[("a", 1)]).build()
    with open_read(path) as session, open_catalog() as catalog:
        schema = read_schema(session, Context())
        scan = a_scan(found('t.""', "email", 0.99), found("t.n", verdict=Verdict.UNKNOWN), schema=schema)
        kept.keep(catalog, known(catalog, path).id, scan, {})
    window = open_window(tuple(spec for spec in PAGES if spec.id == "personal"), path)
    page = window.pages.currentWidget()
    assert isinstance(page, PersonalPage)
    qtbot.waitUntil(lambda: window.jobs.idle and page.shown is not None)

    line = next(each for each in page.table.rows if each.nameless)
    page.table.choose(line)
    qtbot.waitUntil(lambda: window.jobs.idle)

    assert place_words(line) == 't.""'
    assert 'RENAME COLUMN "" TO' in page.deciding.why_not_confirm()
    page.table.choose_all([each for each in page.table.rows if each.place is not None])
    page.inspector.reason.setText("A list of codes")
    page.deciding.confirm()
    qtbot.waitUntil(lambda: window.jobs.idle and policy_path(path).exists())
    said = policy_path(path).read_text()
    assert said.count("A list of codes") == 1
    assert "n:" in said
