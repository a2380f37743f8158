"""States and facts of restore points in words, tones and icons."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from math import ceil

from PySide6.QtCore import QCoreApplication

from steward_app.catalog.points import Point, PointState
from steward_app.gui.format import age, integer, plural, shown_name, size, when
from steward_app.gui.tokens import Tone
from steward_app.kernel import clock
from steward_app.kernel.clock import from_text
from steward_app.services.backup import Verdict
from steward_app.services.backup.protection import Protection, Standing
from steward_app.services.backup.retention import MONTH_MINUTES, Rule, every
from steward_app.storage import process

STATES: dict[PointState, tuple[Tone, str]] = {
    PointState.TAKEN: (Tone.MUTED, "circle"),
    PointState.CHECKED: (Tone.SUCCESS, "circle"),
    PointState.PROVEN: (Tone.SUCCESS, "circle-check"),
    PointState.FAILED: (Tone.DANGER, "circle-x"),
    PointState.MISSING: (Tone.WARNING, "circle-help"),
}
"""Tone and icon of each state."""


def state_word(state: PointState) -> str:
    """The state, one word."""
    return {
        PointState.TAKEN: _tr("Taken"),
        PointState.CHECKED: _tr("Checked"),
        PointState.PROVEN: _tr("Proven"),
        PointState.FAILED: _tr("Failed"),
        PointState.MISSING: _tr("Missing"),
    }[state]


def state_meaning(state: PointState) -> str:
    """What the state says, after its word: "Proven: restored and compared"."""
    return {
        PointState.TAKEN: _tr("Taken"),
        PointState.CHECKED: _tr("Checked: contents and integrity"),
        PointState.PROVEN: _tr("Proven: restored and compared"),
        PointState.FAILED: _tr("Failed"),
        PointState.MISSING: _tr("Missing"),
    }[state]


def moment(point: Point, alike: Collection[str] = ()) -> str:
    """The moment a point is a picture of: "today 10:20"; to the second where its id is among those `alike`."""
    return when(from_text(point.made_at), to_second=point.id in alike)


def moment_of(verdict: Verdict) -> str:
    """The same for a point that was looked at again."""
    return when(from_text(verdict.made_at))


def whole_copy() -> str:
    """Where a whole file on this computer lies: in no store, whatever the stores are called."""
    return _tr("Whole copy here")


def facts(point: Point, store: str = "") -> str:
    """What is in it, where it lies and why it was made, in sentences."""
    parts = [size(point.size_bytes)]
    if point.tables:
        parts.append(plural(len(point.tables), _tr("table"), _tr("tables")))
        rows = sum(table.rows for table in point.tables)
        parts.append(plural(rows, _tr("row"), _tr("rows")))
    if store:
        parts.append(_tr("{size} of it new in {store}").format(size=size(point.new_bytes), store=store))
    why = ". ".join(filter(None, (reason(point), point.warning)))
    return f"{', '.join(parts)}. {why}." if why else f"{', '.join(parts)}."


def reason(point: Point) -> str:
    """Why it was made. What the catalog writes stands in English; the usual words are the window's own."""
    known = {"By hand": _tr("Made by hand"), "By schedule": _tr("Made by schedule")}
    why = known.get(point.reason) or point.reason.rstrip(".")
    if point.computer in ("", process.host()):
        return why
    return _tr("{why}, on {computer}").format(why=why, computer=shown_name(point.computer))


def reach_words(rule: Rule) -> str:
    """How far back a rule reaches: "24 hours", "30 days", "1 year"."""
    for unit, length in ((_tr("year"), 365 * 24 * 60), (_tr("day"), 24 * 60), (_tr("hour"), 60)):
        number, rest = divmod(rule.for_minutes, length)
        if number and not rest and not (length == 24 * 60 and number == 1):
            return plural(number, unit, f"{unit}s")
    return plural(rule.for_minutes, _tr("minute"), _tr("minutes"))


def keep_words(rules: Sequence[Rule]) -> str:
    """What stays how long, in a line: "Every 5 minutes for 24 hours, hourly for 7 days, daily for 30 days"."""
    if not rules:
        return _tr("Everything stays")
    words = _tr("{every} for {reach}")
    told = [words.format(every=_how_often(rule), reach=reach_words(rule)) for rule in rules]
    return capital(", ".join(told))


def _how_often(rule: Rule) -> str:
    """The spacing of a rule as people say it: "hourly", "every 6 hours"."""
    words = {
        60: _tr("hourly"),
        24 * 60: _tr("daily"),
        7 * 24 * 60: _tr("weekly"),
        MONTH_MINUTES: _tr("monthly"),
    }
    return words.get(rule.every_minutes) or every(rule)


def until_words(moment: datetime) -> str:
    """How long until then: "in 3 min", "now"."""
    minutes = ceil((moment - clock.now()) / timedelta(minutes=1))
    if minutes < 1:
        return _tr("now")
    if minutes < 120:
        return _tr("in {n} min").format(n=minutes)
    return _tr("in {n} h").format(n=minutes // 60)


def looked_at(point: Point) -> str:
    """When it was last looked into: "today 10:24"."""
    return when(from_text(point.state_at))


def spoken(point: Point) -> str:
    """A point in one line, for a tooltip and a screen reader."""
    made = f"{moment(point)}, {age(from_text(point.made_at))}"
    return f"{made}, {state_word(point.state)}, {size(point.size_bytes)}"


def capital(text: str) -> str:
    """With a capital, to begin a cell or a line: "Today 10:20"."""
    return text[:1].upper() + text[1:]


def standing_words(standing: Standing) -> tuple[str, Tone, str]:
    """How well the file is protected: word, tone, icon."""
    return {
        Standing.NONE: (_tr("Not protected"), Tone.WARNING, "triangle-alert"),
        Standing.UNPROVEN: (_tr("Not proven"), Tone.WARNING, "triangle-alert"),
        Standing.OLD: (_tr("Old"), Tone.WARNING, "triangle-alert"),
        Standing.PROVEN: (_tr("Protected"), Tone.SUCCESS, "circle-check"),
    }[standing]


def standing_figure(found: Protection) -> tuple[str, str]:
    """The large words of protection and what they count."""
    if found.proven is not None:
        return age(from_text(found.proven.made_at)), _tr("last proven restore point")
    if found.sound:
        return age(from_text(found.sound[0].made_at)), _tr("last restore point, not proven")
    if found.wrong:
        return integer(0), _tr("restore points that can be relied on")
    return integer(0), _tr("restore points")


def _tr(text: str) -> str:
    return QCoreApplication.translate("backups", text)
