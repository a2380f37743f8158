"""Points of one run are one moment; no copy is lost and none is counted twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from steward_app.catalog.points import Point, PointState
from steward_app.gui.pages.backups.moments import moments_of, rows_of
from steward_app.kernel import clock
from steward_app.services.backup.retention import Rule
from steward_app.services.backup.status import Line

START = datetime(2026, 11, 20, 10, tzinfo=UTC)


def a_point(number: int, seconds: int, store: str, state: PointState = PointState.TAKEN) -> Point:
    made_at = clock.to_text(START + timedelta(seconds=seconds))
    return Point(f"pt_{number}", "db", made_at, Path(), Path(), 1, state, made_at, store_id=store)


def test_a_run_through_two_stores_is_one_moment_and_the_damaged_copy_is_seen_first() -> None:
    points = (
        a_point(1, 0, "a", PointState.PROVEN),
        a_point(2, 40, "b", PointState.FAILED),
        a_point(3, 300, "a"),
        a_point(4, 320, "b", PointState.CHECKED),
    )
    first, second = moments_of(points)
    assert (first.state, first.point.id) == (PointState.FAILED, "pt_2") and first.holds("pt_1")
    assert (second.state, second.point.id) == (PointState.CHECKED, "pt_4")


def test_whole_files_and_points_far_apart_are_moments_of_their_own() -> None:
    assert len(moments_of((a_point(1, 0, ""), a_point(2, 1, "a"), a_point(3, 2, "")))) == 3
    assert len(moments_of((a_point(1, 0, "a"), a_point(2, 600, "b")))) == 2


def test_without_rules_there_is_one_line_of_all_points() -> None:
    points = (a_point(1, 0, "a"),)
    assert rows_of([Line("Older", None, points)])[0].title == "All points"
    titles = [
        row.title for row in rows_of([Line("Every hour", Rule(60, 600), points), Line("Older", None, points)])
    ]
    assert titles == ["Every hour", "Older"]


_points = st.lists(
    st.tuples(st.integers(0, 3600), st.sampled_from(["", "a", "b", "c"]), st.sampled_from(PointState)),
    max_size=30,
)


@given(_points)
def test_every_point_is_in_one_moment_and_no_moment_has_two_of_a_store(
    drawn: list[tuple[int, str, PointState]],
) -> None:
    points = [a_point(n, *each) for n, each in enumerate(sorted(drawn, key=lambda each: each[0]))]
    moments = moments_of(points)
    assert sorted(p.id for m in moments for p in m.points) == sorted(p.id for p in points)
    for moment in moments:
        places = [point.store_id for point in moment.points]
        assert len(places) == len(set(places)) and ("" not in places or len(places) == 1)
