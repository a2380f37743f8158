"""Which failed drills still stand: those that nothing brought back since has answered."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from steward_app.services.backup.drills import Drill, unanswered

FIRST = Drill(
    "dr_1", "2026-11-20T10:00:00.000Z", "db", "pt_1", "2026-11-20T09:00:00.000Z", "s-nas", False, "Failed", (),
    1.0, 60.0, 4096, 0, 0,
)  # fmt: skip


PLACES = ("s-nas", "s-other", "a", "b")


def later(drill: Drill, **others: object) -> Drill:
    return replace(drill, id="dr_2", at="2026-11-20T11:00:00.000Z", **others)  # type: ignore[arg-type]


def test_a_failure_stands_until_the_same_point_or_a_newer_one_of_the_place_passes() -> None:
    newer = "2026-11-20T09:30:00.000Z"
    older = "2026-11-20T08:00:00.000Z"
    assert unanswered((FIRST,), PLACES) == (FIRST,)
    assert unanswered((later(FIRST, passed=True), FIRST), PLACES) == ()
    assert unanswered((later(FIRST, passed=True, point="pt_2", point_made_at=newer), FIRST), PLACES) == ()
    assert unanswered((later(FIRST, passed=True, point="pt_0", point_made_at=older), FIRST), PLACES) == (
        FIRST,
    )
    assert unanswered((later(FIRST, passed=True, store_id="s-other"), FIRST), PLACES) == (FIRST,)
    assert unanswered((FIRST,), ("s-other",)) == ()  # the store is not connected any more
    assert unanswered((FIRST, later(FIRST, passed=True)), PLACES) == (
        FIRST,
    )  # the one that passed came before


_drills = st.lists(
    st.builds(
        lambda passed, store, made: replace(
            FIRST, passed=passed, store_id=store, point_made_at=f"2026-11-20T0{made}:00:00.000Z"
        ),
        st.booleans(),
        st.sampled_from(["a", "b"]),
        st.integers(1, 5),
    ),
    max_size=8,
)


@given(_drills)
def test_what_stands_failed_and_a_later_pass_of_all_places_clears_everything(done: list[Drill]) -> None:
    standing = unanswered(done, PLACES)
    assert all(not drill.passed for drill in standing)
    answers = [
        replace(FIRST, passed=True, store_id=place, point_made_at="2026-11-20T09:59:00.000Z")
        for place in ("a", "b")
    ]
    assert unanswered((*answers, *done), PLACES) == ()


def test_a_point_that_is_still_damaged_has_no_answer() -> None:
    newer = later(FIRST, passed=True, point="pt_2", point_made_at="2026-11-20T09:30:00.000Z")
    assert unanswered((newer, FIRST), PLACES, ("pt_1",)) == (FIRST,)
    assert unanswered((newer, FIRST), PLACES, ("pt_2",)) == ()
