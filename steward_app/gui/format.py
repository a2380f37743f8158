"""Numbers, sizes, dates and ages in words, by the steward's locale. `shown_name` is for names from the file."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from PySide6.QtCore import QCoreApplication, QDate, QDateTime, QLocale, QTime

from steward_app.kernel import clock
from steward_app.kernel.text import visible as shown_name

_KIB = 1000
_MOMENTS = re.compile(r"(\bon )?\b(\d{4}-\d{2}-\d{2}) ([0-2]\d:[0-5]\d) UTC")
_HASHES = re.compile(r"\b([0-9a-f]{8})[0-9a-f]{24,}(?:-[0-9a-f]+)*")
_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")


def name_alone(name: str) -> str:
    """A name that stands by itself: one that holds nothing to be seen, which is legal, stands in quotes."""
    return shown_name(name) if name.strip() else f'"{name}"'


def locale() -> QLocale:
    """The steward's locale; where the system has none (C), English, so that numbers are still grouped."""
    own = QLocale()
    return own if own.language() is not QLocale.Language.C else QLocale("en_GB")


def integer(number: int) -> str:
    """Grouped: 10214380 is "10,214,380". Numbers beyond 64 bits are grouped by hand."""
    if -(2**63) <= number < 2**63:
        return locale().toString(number)
    return f"{number:,}"


def plural(number: int, one: str, many: str) -> str:
    """A count with its noun: "1 row", "17 rows"."""
    return f"{integer(number)} {one if number == 1 else many}"


def full_stop(sentence: str) -> str:
    """A sentence with one full stop at its end; one that ends in "…" has enough dots."""
    bare = sentence.rstrip(". ")
    return bare if not bare or bare.endswith("…") else f"{bare}."


def about(number: int) -> str:
    """An estimate, said to be one: "about 10.2 million", "about 41,000"."""
    return _tr("about {number}").format(number=_rounded(number))


def size(number: int) -> str:
    """Bytes as people say them: "512 B", "3.2 MB", "1.2 GB" (1 kB is 1,000 bytes)."""
    value, unit = float(number), 0
    while value >= 999.5 and unit < len(_UNITS) - 1:
        value /= _KIB
        unit += 1
    decimals = 1 if unit and value < 9.95 else 0
    return f"{_decimal(value, decimals)} {_UNITS[unit]}"


def percent(part: float, whole: float) -> str:
    """A share: "38 %"; nothing where there is no whole."""
    return f"{_decimal(100 * part / whole, 0)} %" if whole else ""


def seconds(duration: float) -> str:
    """How long something took: "under 0.1 s", "9.8 s", "38 s", "4 min 10 s", "2 h 5 min"."""
    if duration < 0.05:
        return _tr("under {n} s").format(n=_decimal(0.1, 1))
    if duration < 9.95:
        return _tr("{n} s").format(n=_decimal(duration, 1))
    whole = round(duration)
    if whole < 60:
        return _tr("{n} s").format(n=whole)
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return _tr("{m} min {s} s").format(m=minutes, s=rest) if rest else _tr("{m} min").format(m=minutes)
    hours, minutes = divmod(minutes, 60)
    return _tr("{h} h {m} min").format(h=hours, m=minutes) if minutes else _tr("{h} h").format(h=hours)


def elapsed(duration: float) -> str:
    """A running clock: whole seconds, "14 s", "2 min 5 s"."""
    return seconds(float(int(duration))) if duration >= 10 else _tr("{n} s").format(n=int(duration))


def age(moment: datetime) -> str:
    """How long ago: "just now", "22 min ago", "3 h ago", "yesterday", "12 days ago", then the day."""
    passed = clock.now() - moment
    minutes = int(passed / timedelta(minutes=1))
    if minutes < -24 * 60:  # a clock was wrong
        return day(moment)
    if minutes < 1:
        return _tr("just now")
    if minutes < 60:
        return _tr("{n} min ago").format(n=minutes)
    hours = minutes // 60
    if hours < 24:
        return _tr("{n} h ago").format(n=hours)
    days = (clock.now().astimezone().date() - moment.astimezone().date()).days
    if days <= 1:
        return _tr("yesterday")
    return _tr("{n} days ago").format(n=days) if days < 31 else day(moment)


def when(moment: datetime, *, to_second: bool = False) -> str:
    """A moment in local time: "today 10:31", "yesterday 16:28", "17 Nov 2026, 16:28"."""
    days = (clock.now().astimezone().date() - moment.astimezone().date()).days
    told = time(moment, to_second=to_second)
    if days == 0:
        return _tr("today {time}").format(time=told)
    if days == 1:
        return _tr("yesterday {time}").format(time=told)
    return f"{day(moment)}, {told}"


def as_here(text: str) -> str:
    """A sentence of a service as the window says moments: "of 2026-11-20 10:20 UTC" is "of today 10:20".

    What is "on" a day is so today without that word. For what services say, and never for what stands in a file.
    """
    return _MOMENTS.sub(_moment_here, text)


def _moment_here(found: re.Match[str]) -> str:
    said = when(clock.from_text(f"{found[2]}T{found[3]}:00.000Z"))
    return f"{found[1] or ''}{said}" if said[0].isdigit() else said


def short_names(text: str) -> str:
    """Names of objects in a store, which are long hashes, by their beginnings: "packs/98/9844e22e….zst"."""
    return _HASHES.sub(r"\1…", text)


def day(moment: datetime) -> str:
    """A local date: "20 Nov 2026"."""
    local = moment.astimezone()
    return locale().toString(QDate(local.year, local.month, local.day), _tr("d MMM yyyy"))


def time(moment: datetime, *, to_second: bool = False) -> str:
    """A local time of day: "10:31", "10:31:07"."""
    local = moment.astimezone()
    shape = "HH:mm:ss" if to_second else "HH:mm"
    return locale().toString(QTime(local.hour, local.minute, local.second), shape)


def to_qt(moment: datetime) -> QDateTime:
    """For Qt's own date widgets."""
    return QDateTime.fromSecsSinceEpoch(int(moment.timestamp()))


def from_qt(moment: QDateTime) -> datetime:
    """The inverse of `to_qt`, in UTC."""
    return datetime.fromtimestamp(moment.toSecsSinceEpoch(), UTC)


def _rounded(number: int) -> str:
    for limit, word in ((1_000_000_000, _tr("billion")), (1_000_000, _tr("million"))):
        if abs(number) >= limit:
            return f"{_decimal(number / limit, 1)} {word}"
    digits = max(0, len(str(abs(number))) - 2)
    return integer(round(number, -digits))


def _decimal(value: float, decimals: int) -> str:
    return locale().toString(value, "f", decimals)


def _tr(text: str) -> str:
    return QCoreApplication.translate("format", text)


__all__ = [
    "about",
    "age",
    "day",
    "elapsed",
    "from_qt",
    "integer",
    "locale",
    "percent",
    "plural",
    "seconds",
    "shown_name",
    "size",
    "time",
    "to_qt",
    "when",
]
