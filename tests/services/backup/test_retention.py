"""Which restore points stay: the rules one by one, and what holds for every history of points."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward_app.catalog.points import Point, PointState
from steward_app.kernel import clock
from steward_app.kernel.errors import UsageError
from steward_app.services.backup import retention
from steward_app.services.backup.retention import DEFAULT, Rule, decide, parse

NOW = datetime(2026, 11, 20, 10, 42, tzinfo=UTC)
DAY = 24 * 60


def _point(age: timedelta, state: PointState = PointState.CHECKED, **known: str) -> Point:
    made_at = clock.to_text(NOW - age)
    name = f"pt_{int(age / timedelta(seconds=1))}"
    point = Point(name, "db", made_at, Path(), Path(), 4096, state, made_at)
    return replace(point, **known)  # type: ignore[arg-type]  # texts all


def _every_five_minutes(days: float) -> list[Point]:
    return [_point(timedelta(minutes=5 * number)) for number in range(int(days * DAY / 5))]


def _staying(points: Iterable[Point], rules: Iterable[Rule] = DEFAULT, now: datetime = NOW) -> list[Point]:
    return [decision.point for decision in decide(list(points), list(rules), now) if decision.stays]


def test_a_year_of_points_is_thinned_as_the_default_says() -> None:
    staying = _staying(_every_five_minutes(400))
    ages = [NOW - clock.from_text(point.made_at) for point in staying]
    day = timedelta(days=1)
    assert len([age for age in ages if age <= day]) == 24 * 12 + 1
    assert 6 * 24 <= len([age for age in ages if day < age <= 7 * day]) <= 6 * 24 + 1
    assert 22 <= len([age for age in ages if 7 * day < age <= 30 * day]) <= 24
    assert 11 <= len([age for age in ages if 30 * day < age]) <= 12
    assert max(ages) <= 365 * day


def test_the_newest_point_of_a_stretch_stays() -> None:
    points = [_point(timedelta(hours=hours)) for hours in (0, 49, 50, 51, 55)]
    assert [point.id for point in _staying(points, [Rule(DAY, 30 * DAY)])] == [points[0].id, points[1].id]


def test_months_are_those_of_the_calendar() -> None:
    first, last = timedelta(days=19), timedelta(days=20)  # 1 November and 31 October
    points = [_point(timedelta()), _point(first), _point(last)]
    assert _staying(points, parse("1m:1y")) == [points[0], points[2]]


def test_without_rules_everything_stays() -> None:
    points = _every_five_minutes(1)
    assert _staying(points, ()) == points


@pytest.mark.parametrize(
    ("known", "why"),
    [
        ({"held": "A court asked for it"}, "On legal hold"),
        ({"kept_until": "2027-01-01T00:00:00.000Z"}, "Kept until 2027-01-01"),
    ],
)
def test_what_is_spared_stays_and_says_why(known: dict[str, str], why: str) -> None:
    points = [_point(timedelta()), _point(timedelta(days=4_000), **known)]
    decision = decide(points, DEFAULT, NOW)[1]
    assert (decision.stays, decision.why, decision.rule) == (True, why, None)


def test_a_day_that_is_over_spares_nothing() -> None:
    points = [_point(timedelta()), _point(timedelta(days=4_000), kept_until="2026-11-19T00:00:00.000Z")]
    assert _staying(points) == points[:1]
    assert decide(points, DEFAULT, NOW)[1].why == "Older than 1 year"


def test_the_newest_proven_point_stays_however_old() -> None:
    points = [
        _point(timedelta()),
        _point(timedelta(days=4_000), PointState.PROVEN),
        _point(timedelta(days=4_001), PointState.PROVEN),
    ]
    assert _staying(points) == points[:2]


def test_a_damaged_point_pushes_no_sound_one_out_and_stays_to_be_looked_at() -> None:
    points = [
        _point(timedelta()),
        _point(timedelta(hours=49), PointState.FAILED),
        _point(timedelta(hours=50)),
        _point(timedelta(hours=51)),
        _point(timedelta(days=50), PointState.MISSING),
    ]
    assert _staying(points, [Rule(DAY, 30 * DAY)]) == points[:3]


def test_a_point_of_the_future_stays() -> None:
    points = [_point(timedelta(days=-3)), _point(timedelta())]
    assert _staying(points, [Rule(DAY, 30 * DAY)]) == points


def test_each_decision_says_its_rule() -> None:
    decisions = decide(_every_five_minutes(60), DEFAULT, NOW)
    assert {decision.rule for decision in decisions} == {0, 1, 2, 3}
    told = {decision.why for decision in decisions if decision.stays}
    assert told == {
        "The newest point",
        "One every 5 minutes, for 1 day",
        "One every hour, for 7 days",
        "One every day, for 30 days",
        "One every month, for 1 year",
    }
    assert "A newer point stands for the same stretch (every hour)" in {each.why for each in decisions}


def test_rules_are_typed_in_short_words() -> None:
    assert parse("5min:24h, 1h:7d,1d:30d , 1m:1y") == DEFAULT
    assert retention.from_text(retention.to_text(DEFAULT)) == DEFAULT


@pytest.mark.parametrize(
    "words", ["5", "5min", "5min:", "x:1d", "1d:5min", "-1d:4d", "0h:1d", "1.5h:2d", "٣h:4d", "1h:7D"]
)
def test_what_is_no_rule_is_named(words: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse(words)
    assert raised.value.hint


_minutes = st.integers(1, 3 * 365 * DAY)
_histories = st.lists(
    st.tuples(_minutes, st.sampled_from(list(PointState))),
    min_size=1,
    max_size=60,
    unique_by=lambda each: each[0],
)
_rules = st.lists(
    st.builds(lambda every, times: Rule(every, every * times), st.integers(1, 60 * DAY), st.integers(1, 40)),
    max_size=4,
)


def _history(told: list[tuple[int, PointState]]) -> list[Point]:
    return [_point(timedelta(minutes=age), state) for age, state in sorted(told)]


@given(told=_histories, rules=_rules)
def test_thinning_twice_is_thinning_once(told: list[tuple[int, PointState]], rules: list[Rule]) -> None:
    once = _staying(_history(told), rules)
    assert _staying(once, rules) == once


@given(told=_histories, rules=_rules, later=st.integers(0, 400 * DAY))
def test_thinning_often_keeps_what_thinning_seldom_keeps(
    told: list[tuple[int, PointState]], rules: list[Rule], later: int
) -> None:
    """A point that is left once the days are over was never thinned out before."""
    points = _history(told)
    then = NOW + timedelta(minutes=later)
    assert set(_ids(_staying(points, rules, then))) <= set(
        _ids(_staying(_staying(points, rules), rules, then))
    )


@given(told=_histories, rules=_rules)
def test_something_that_can_be_restored_is_always_left(
    told: list[tuple[int, PointState]], rules: list[Rule]
) -> None:
    points = _history(told)
    wrong = (PointState.FAILED, PointState.MISSING)
    sound = [point for point in points if point.state not in wrong]
    assert [point for point in _staying(points, rules) if point.state not in wrong][:1] == sound[:1]


def _ids(points: Iterable[Point]) -> list[str]:
    return [point.id for point in points]


@pytest.mark.parametrize("words", ["", " , "])
def test_nothing_is_no_rule(words: str) -> None:
    with pytest.raises(UsageError, match="No rule was given"):
        parse(words)


def test_a_point_whose_day_is_over_still_pushes_out_those_of_its_stretch() -> None:
    points = [_point(timedelta(days=age)) for age in (1, 40, 41)]
    said = decide(points, DEFAULT, NOW, [points[1].id])
    assert [each.stays for each in said] == [True, False, False]
    assert [each.stays for each in decide(points, DEFAULT, NOW)] == [True, True, False]
