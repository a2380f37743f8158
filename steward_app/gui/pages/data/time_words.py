"""Moments as the time line shows and reads them, and what is said of an earlier state."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from PySide6.QtCore import QCoreApplication

from steward_app.gui.format import integer, locale, plural, shown_name, to_qt, when
from steward_app.kernel import clock
from steward_app.services.audit.past.as_of import Kept
from steward_app.services.audit.past.moments import Moment, from_milliseconds


def written(moment: datetime) -> str:
    """A moment in local time as it is typed: "2026-11-17 16:30:00"; parts of a second where there are any."""
    local = moment.astimezone()
    text = local.strftime("%Y-%m-%d %H:%M:%S")
    return f"{text}.{local.microsecond // 1000:03}" if local.microsecond >= 1000 else text


def read_moment(text: str) -> datetime | None:
    """The inverse; a day alone is its beginning, an offset holds where one is given. None for what is no moment."""
    try:
        return datetime.fromisoformat(text.strip()).astimezone()
    except (ValueError, OverflowError, OSError):
        return None


def told(moment: datetime) -> str:
    """A moment in words: "Tue 17 Nov 2026, 16:30:05"."""
    shown = to_qt(moment)
    day = locale().toString(shown.date(), _tr("ddd d MMM yyyy"))
    return f"{day}, {shown.time().toString('HH:mm:ss')}"


def differing_words(rows: int, in_view: int) -> str:
    """ "1,204 rows differ from now, 2 of them in view"."""
    if not rows:
        return _tr("No row differs from now")
    words = plural(rows, _tr("row differs from now"), _tr("rows differ from now"))
    return _tr("{words}, {n} of them in view").format(words=words, n=integer(in_view))


def differing_short(rows: int) -> str:
    """The same where there is little room: "1,204 rows differ"."""
    return plural(rows, _tr("row differs"), _tr("rows differ"))


def at_most_words(touched: int, in_view: int) -> str:
    """The same as long as it is not known how many they are."""
    words = plural(touched, _tr("row was touched since"), _tr("rows were touched since"))
    return _tr("{words}, {n} in view differ").format(words=words, n=integer(in_view))


def kept_sentences(kept: Kept, moment: Moment) -> tuple[str, ...]:
    """What cannot be told of the rows of then, a sentence each."""
    return tuple(_sentences(kept, moment))


def _sentences(kept: Kept, moment: Moment) -> Iterator[str]:
    if kept.before_log:
        yield _tr(
            "Nothing was logged at that time yet: these are the rows as they were when the audit began."
        )
    if moment.under_way:
        yield _tr("A transaction was under way at that time. Nothing of it is shown.")
    for names, why in (
        (kept.unknown, _tr("Cannot be told, since the log does not hold their values of then: {names}.")),
        (kept.added, _tr("Not there at that time yet: {names}.")),
        (kept.gone, _tr("There then and gone since, values not kept: {names}.")),
    ):
        if names:
            yield why.format(names=shown_name(", ".join(names)))
    if kept.erased:
        rows = plural(kept.erased, _tr("row of then was"), _tr("rows of then were"))
        yield _tr("{rows} erased since and cannot be told.").format(rows=rows)
    if kept.emptied:
        changes = plural(kept.emptied, _tr("change"), _tr("changes"))
        yield _tr("Values of {changes} were erased since and stand as empty.").format(changes=changes)
    if kept.unlogged:
        rows = plural(kept.unlogged, _tr("row"), _tr("rows"))
        yield _tr("{rows} changed since without all of it being logged: what they held may be wrong.").format(
            rows=rows
        )
    if kept.gaps:
        noticed = when(from_milliseconds(kept.gaps[-1].at_us // 1_000))
        yield _tr("Changes that were not logged were noticed {when}.").format(when=noticed)


def is_now(moment: datetime) -> bool:
    """Whether a time has not come yet."""
    return moment >= clock.now()


def _tr(text: str) -> str:
    return QCoreApplication.translate("data", text)
