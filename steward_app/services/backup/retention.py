"""Which restore points stay: closely spaced the newest, ever wider the older ones.

A rule is a spacing and an age: "one an hour, for seven days". Time is cut into equal stretches in UTC, from
1970-01-01 on (calendar months for a monthly rule), and the newest point of each stretch stays as long as the rule
reaches. So a point that stays today stays tomorrow, too, until it is too old: which points go never depends on when
one looks.

A point of a database that was damaged, cut short, or had lost most rows pushes out no sound one.

Whatever the rules say, these stay: the newest point, the newest without such a warning, the newest proven one, every
point on legal hold, and every point that was made before a change and has not come to its own end yet. Whatever the
rules say, a point goes whose end was agreed to when something was destroyed, once that day is over and a newer one is
there.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from steward_app.catalog.points import Point, PointState
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import plural

MONTH_MINUTES = 30 * 24 * 60
"""A spacing of this length or more is counted in calendar months."""

_DAY_MINUTES = 24 * 60
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Rule:
    """One point in `every_minutes` stays for `for_minutes`."""

    every_minutes: int
    for_minutes: int

    def __post_init__(self) -> None:
        if self.every_minutes < 1 or self.for_minutes < self.every_minutes:
            raise UsageError(
                ErrorCode.BAD_REQUEST,
                f"A point every {self.every_minutes:,} minutes cannot stay for {self.for_minutes:,} minutes.",
                hint="A rule keeps points at least as long as the time between two of them.",
            )


DEFAULT = (
    Rule(5, _DAY_MINUTES),
    Rule(60, 7 * _DAY_MINUTES),
    Rule(_DAY_MINUTES, 30 * _DAY_MINUTES),
    Rule(MONTH_MINUTES, 365 * _DAY_MINUTES),
)
"""Every 5 minutes for a day, every hour for a week, every day for a month, every month for a year."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a point stays, and why, in words. `rule` is the number of the finest rule that reaches its age, which
    is the line of the time line it stands on; None where no rule reaches it.
    """

    point: Point
    stays: bool
    why: str
    rule: int | None


def decide(
    points: Sequence[Point], rules: Sequence[Rule], now: datetime, ended: Collection[str] = ()
) -> tuple[Decision, ...]:
    """What the rules say of each point of one store, in the order given.

    Args:
        points: newest first, as the catalog lists them.
        rules: in any order; none keeps everything.
        now: in UTC. A point of the future (a clock that was wrong) is young, and stays.
        ended: ids of points whose end was agreed to, and is over.
    """
    finest_first = sorted(rules, key=lambda rule: rule.every_minutes)
    spared = _spared(points, now, ended)
    taken: set[tuple[int, int, bool]] = set()
    decisions = []
    for point in points:
        age_minutes = (now - clock.from_text(point.made_at)) / timedelta(minutes=1)
        reaching = [number for number, rule in enumerate(finest_first) if age_minutes <= rule.for_minutes]
        kept_by = [number for number in reaching if _place(number, point, finest_first[number]) not in taken]
        if _sound(point):  # a damaged point must not push out a sound one of the same stretch
            taken |= {_place(number, point, finest_first[number]) for number in kept_by}
        if point.id in ended and point.id not in spared:  # those it pushed out until now are not kept again
            decisions.append(Decision(point, False, f"To be destroyed after {point.kept_until[:10]}", None))
            continue
        line = reaching[0] if reaching else None
        if point.id in spared:
            decisions.append(Decision(point, True, spared[point.id], line))
        elif not finest_first:
            decisions.append(Decision(point, True, "There are no rules: everything stays", line))
        elif reaching and not _sound(point):
            decisions.append(Decision(point, True, "Not as it was made; it stays to be looked at", line))
        elif kept_by:
            decisions.append(Decision(point, True, told(finest_first[kept_by[0]]), line))
        else:
            decisions.append(Decision(point, False, _why_not(finest_first, reaching), line))
    return tuple(decisions)


def told(rule: Rule) -> str:
    """A rule in words: "One every 5 minutes, for 24 hours"."""
    return f"One {_every(rule.every_minutes)}, for {_length(rule.for_minutes)}"


def every(rule: Rule) -> str:
    """The spacing of a rule in words: "every 5 minutes"."""
    return _every(rule.every_minutes)


def to_text(rules: Sequence[Rule]) -> str:
    """As the catalog keeps them."""
    return json.dumps([asdict(rule) for rule in rules])


def from_text(text: str) -> tuple[Rule, ...]:
    """From the catalog."""
    return tuple(Rule(**rule) for rule in json.loads(text))


def parse(words: str) -> tuple[Rule, ...]:
    """Rules as they are typed: "5min:24h, 1h:7d, 1d:30d, 1m:1y". Raises `UsageError` that names what is not one.

    No rule at all is none, too: that everything stays is said in another way.
    """
    rules = []
    for word in filter(None, (part.strip() for part in words.split(","))):
        every, _, length = word.partition(":")
        rules.append(Rule(_minutes(every, word), _minutes(length, word)))
    if not rules:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            "No rule was given for keeping restore points.",
            hint=f"Nothing was changed. {_WRITE} To keep everything: all.",
        )
    return tuple(rules)


_UNITS = {
    "min": 1,
    "h": 60,
    "d": _DAY_MINUTES,
    "w": 7 * _DAY_MINUTES,
    "m": MONTH_MINUTES,
    "y": 365 * _DAY_MINUTES,
}

_WRITE = "Write what shall stay as 5min:24h, 1h:7d, 1d:30d, 1m:1y (min, h, d, w, m for months, y)."


def _minutes(text: str, word: str) -> int:
    number = text.strip().rstrip("abcdefghijklmnopqrstuvwxyz")
    unit = text.strip()[len(number) :]
    if unit not in _UNITS or not (number.isascii() and number.isdecimal()):
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"“{word}” is no rule for keeping restore points.",
            hint=_WRITE,
        )
    return int(number) * _UNITS[unit]


def _spared(points: Sequence[Point], now: datetime, ended: Collection[str]) -> dict[str, str]:
    """Points that stay whatever the rules say, with the reason; the strongest reason last."""
    spared = {}
    for point in points:
        if point.kept_until and clock.from_text(point.kept_until) > now:
            spared[point.id] = f"Kept until {point.kept_until[:10]}"
    lasting = [point for point in points if point.id not in ended]
    proven = min(
        (point for point in lasting if point.state is PointState.PROVEN),
        key=lambda point: bool(point.warning),
        default=None,
    )
    if proven:
        spared[proven.id] = "The newest point that was proven"
    sound = next((point for point in lasting if _sound(point) and not point.warning), None)
    if sound:
        spared[sound.id] = "The newest point without a warning"
    newest = next(filter(_sound, points), None)
    if newest:
        spared[newest.id] = "The newest point"
    return spared | {point.id: "On legal hold" for point in points if point.held}


def _sound(point: Point) -> bool:
    return point.state not in (PointState.FAILED, PointState.MISSING)


def _place(number: int, point: Point, rule: Rule) -> tuple[int, int, bool]:
    """Where a point stands: those of a database that was damaged are thinned among themselves."""
    return number, _stretch(point, rule), bool(point.warning)


def _stretch(point: Point, rule: Rule) -> int:
    """The number of the stretch of time a point lies in."""
    made_at = clock.from_text(point.made_at)
    if rule.every_minutes >= MONTH_MINUTES:
        return (made_at.year * 12 + made_at.month - 1) // (rule.every_minutes // MONTH_MINUTES)
    return int((made_at - _EPOCH) / timedelta(minutes=rule.every_minutes))


def _why_not(rules: Sequence[Rule], reaching: Sequence[int]) -> str:
    if not reaching:
        return f"Older than {_length(max(rule.for_minutes for rule in rules))}"
    return f"A newer point stands for the same stretch ({_every(rules[reaching[0]].every_minutes)})"


_NAMES = (("year", _UNITS["y"]), ("month", MONTH_MINUTES), ("day", _DAY_MINUTES), ("hour", 60), ("minute", 1))


def _every(minutes: int) -> str:
    number, unit = next((minutes // length, unit) for unit, length in _NAMES if minutes % length == 0)
    return f"every {unit}" if number == 1 else f"every {plural(number, unit)}"


def _length(minutes: int) -> str:
    """Lengths are told in days, never in months, which differ."""
    units = [(unit, length) for unit, length in _NAMES if unit != "month"]
    return next(plural(minutes // length, unit) for unit, length in units if minutes % length == 0)
