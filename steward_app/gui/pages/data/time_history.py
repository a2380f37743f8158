"""Whether a table has a history, and how far back it goes."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from steward_app.db import Session, fold
from steward_app.gui.format import shown_name
from steward_app.services.audit.engine.tables import is_audited
from steward_app.services.audit.past.lineage import lineages
from steward_app.services.audit.past.steps import TimeLine, time_line


@dataclass(frozen=True, slots=True)
class History:
    """What is known of the history of a table.

    Attributes:
        line: None where no earlier state of the table can be told.
        why_not: the reason, a sentence.
        kept: whether there is a history of its rows, be it of an audit that has ended.
    """

    line: TimeLine | None = None
    why_not: str = ""
    kept: bool = False


_DAYS = 366


def history_of(session: Session, table: str, *, days: bool) -> History:
    """What is known of a table, with the changes of each day where these are wanted. In a snapshot, in a job."""
    wanted = fold(table)
    known = lineages(session) if is_audited(session) else ()
    found = next((each for each in known if fold(each.name) == wanted), None)
    if found is None:
        words = _tr("{table} is not under audit. Its history can be set up on the Audit page.")
        return History(None, words.format(table=shown_name(table)))
    if not found.armed:
        words = _tr("{table} is not under audit any more.")
        return History(None, words.format(table=shown_name(table)), kept=True)
    return History(time_line(session, found, most_days=_DAYS if days else 0), "", kept=True)


def _tr(text: str) -> str:
    return QCoreApplication.translate("data", text)
