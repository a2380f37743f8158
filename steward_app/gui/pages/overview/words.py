"""Numbers of rows in words, with how sure they are."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from steward_app.gui.format import about, integer
from steward_app.services.schema.statistics import Certainty, RowCount


def row_words(rows: RowCount | None) -> str:
    """ "50,120", "about 50,000", "at least 4,096", or that it is not known."""
    if rows is None:
        return _tr("not known")
    if rows.certainty is Certainty.EXACT:
        return integer(rows.rows)
    if rows.certainty is Certainty.ABOUT:
        return about(rows.rows)
    return _tr("at least {number}").format(number=integer(rows.rows))


def _tr(text: str) -> str:
    return QCoreApplication.translate("overview", text)
