"""Names of pages and groups are shown in the steward's language, whenever it is chosen."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTranslator
from PySide6.QtWidgets import QApplication

from steward_app.app import PAGES
from steward_app.gui.spec import Group


class German(QTranslator):
    def translate(self, context: str, source: str, disambiguation: str | None = None, n: int = -1) -> str:
        known = {
            "Overview": "Übersicht",
            "How this file is doing, and what needs your attention.": "Wie es steht.",
        }
        return {**known, "See": "Sehen"}.get(source, "") if context == "pages" else ""

    def isEmpty(self) -> bool:  # noqa: N802  Qt calls it so
        return False


def test_titles_sentences_and_groups_are_translated(qapp: QApplication) -> None:
    overview = PAGES[0]
    assert (overview.title, Group.SEE.words) == ("Overview", "See")
    german = German(QObject(qapp))
    qapp.installTranslator(german)
    try:
        assert (overview.title, overview.sentence) == ("Übersicht", "Wie es steht.")
        assert Group.SEE.words == "Sehen"
    finally:
        qapp.removeTranslator(german)
