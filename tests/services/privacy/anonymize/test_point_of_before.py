"""The restore point of what a database held before it was anonymized in its place goes on its day."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from builders.points import a_point
from builders.releases import trap, write_to
from steward_app.catalog import Catalog, points
from steward_app.catalog.points import PointState
from steward_app.kernel import clock
from steward_app.kernel.finding import Finding, Severity
from steward_app.kernel.progress import Context
from steward_app.services import backup, restore
from steward_app.services.backup.ending import ended
from steward_app.services.backup.rounds import go_round
from steward_app.services.backup.store.keys import KeyMode, make_keys
from steward_app.services.operation import Confirmation
from steward_app.services.privacy.anonymize import in_place
from steward_app.services.privacy.classify.check import standing


def anonymized(catalog: Catalog, path: Path, *, point_ends: bool) -> str:
    """The point of before."""
    backup.init_store(catalog, path, str(path.parent / "store"), Context(), new_keys=make_keys(KeyMode.KEY))
    plan = in_place.plan_in_place(catalog, path, Context(), rules="trap", point_ends=point_ends)
    receipt = in_place.anonymize_in_place(catalog, plan, Context(), Confirmation.of(plan))
    return str((receipt.result or {})["point"])


def reminder(catalog: Catalog, path: Path) -> list[Finding]:
    found = standing(catalog, path, Context()).findings
    return [each for each in found if each.code == "privacy_originals_kept"]


def cleaned_up(catalog: Catalog, path: Path) -> set[str]:
    """The points that are left."""
    plan = backup.plan_prune(catalog, path, Context())
    backup.prune(catalog, plan, Context(), Confirmation.of(plan))
    with catalog.reading() as session:
        return {each.id for each in points.every(session)}


def newer_point(catalog: Catalog, path: Path) -> str:
    write_to(path, "CREATE TABLE more (x)")
    (visit,) = go_round(catalog, path, Context())
    return visit.point


@contextmanager
def days_ago(days: int) -> Iterator[None]:
    """What is done within was done then: the clock of the store is that of the disk, which nobody sets forward."""
    moment = clock.now() - timedelta(days=days)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "_source", lambda: moment)
        yield


def test_it_goes_on_its_day_with_the_next_clean_up(tmp_path: Path, catalog: Catalog) -> None:
    path = trap(tmp_path)
    with days_ago(31):
        before = anonymized(catalog, path, point_ends=True)
        newer = newer_point(catalog, path)
        (told,) = reminder(catalog, path)
        assert told.severity is Severity.NOTE
        assert before in told.title
        assert "the next clean-up of restore points destroys it" in told.detail
    told_why = " ".join(backup.plan_prune(catalog, path, Context()).sentences)
    assert "To be destroyed after" in told_why
    with days_ago(2):
        assert before not in str(backup.plan_prune(catalog, path, Context()).request), "its day has not come"
    (told,) = reminder(catalog, path)
    assert told.severity is Severity.WARNING
    assert cleaned_up(catalog, path) == {newer}
    assert reminder(catalog, path) == []
    assert not any(before.removeprefix("pt_") in each.name for each in (tmp_path / "store").rglob("*"))


def test_it_stays_as_long_as_there_is_no_other(tmp_path: Path, catalog: Catalog) -> None:
    path = trap(tmp_path)
    with days_ago(400):
        before = anonymized(catalog, path, point_ends=True)
    assert cleaned_up(catalog, path) == {before}
    (told,) = reminder(catalog, path)
    assert "once a newer point is there" in told.detail


def test_the_rules_decide_where_the_plan_says_so(tmp_path: Path, catalog: Catalog) -> None:
    path = trap(tmp_path)
    with days_ago(31):
        before = anonymized(catalog, path, point_ends=False)
        backup.verify(catalog, path, Context(), point=newer_point(catalog, path), prove=True)
    told_why = " ".join(backup.plan_prune(catalog, path, Context()).sentences)
    assert f"{before}, made" in told_why, "a newer point of the same month takes its place"
    assert "To be destroyed" not in told_why
    (told,) = reminder(catalog, path)
    assert "The rules for what stays decide" in told.detail


def test_it_ends_also_where_an_older_point_holds_the_same(tmp_path: Path, catalog: Catalog) -> None:
    path = trap(tmp_path)
    with days_ago(31):
        backup.init_store(
            catalog, path, str(path.parent / "store"), Context(), new_keys=make_keys(KeyMode.KEY)
        )
        by_hand = go_round(catalog, path, Context())[0].point
        plan = in_place.plan_in_place(catalog, path, Context(), rules="trap")
        (warned,) = [each for each in plan.findings if each.code == "originals_in_points"]
        assert warned.title == "1 restore point made before holds the originals, too"
        assert "1 in “store”" in warned.detail
        receipt = in_place.anonymize_in_place(catalog, plan, Context(), Confirmation.of(plan))
        before = str((receipt.result or {})["point"])
        assert before != by_hand, "that of before has an end of its own"
        newer = newer_point(catalog, path)
    with catalog.reading() as session:
        made = points.find(session, before)
        assert made.state is PointState.PROVEN
        every = points.of_database(session, made.database_id)
    assert ended(catalog, every, clock.now()) == {before}, "nobody agreed to the end of the other"
    (told,) = reminder(catalog, path)
    assert before in told.title
    assert "1 older point holds them, too." in told.detail
    assert "By the rules for what stays, the last is gone after" in told.detail
    left = cleaned_up(catalog, path)
    assert before not in left
    assert newer in left
    back = restore.plan_restore(catalog, path, newer, Context(), to=tmp_path / "back.db")
    restore.restore(catalog, back, Context(), Confirmation.of(back))


def test_points_on_this_computer_are_told_in_the_plan_and_after(tmp_path: Path, catalog: Catalog) -> None:
    path = trap(tmp_path)
    for _ in range(2):
        a_point(catalog, path)
    backup.init_store(catalog, path, str(path.parent / "store"), Context(), new_keys=make_keys(KeyMode.KEY))
    plan = in_place.plan_in_place(catalog, path, Context(), rules="trap")
    (warned,) = [each for each in plan.findings if each.code == "originals_in_points"]
    assert (warned.title, warned.count) == ("2 restore points made before hold the originals, too", 2)
    assert "2 on this computer. Not all of them ever go by themselves" in warned.detail
    assert [each for each in warned.remedies if "steward backup prune --here" in each]
    in_place.anonymize_in_place(catalog, plan, Context(), Confirmation.of(plan))
    (told,) = reminder(catalog, path)
    assert "2 older points hold them, too. They lie here: 2 on this computer." in told.detail


def test_the_plan_and_the_reminder_tell_one_day(tmp_path: Path, catalog: Catalog) -> None:
    path = trap(tmp_path)
    backup.init_store(catalog, path, str(path.parent / "store"), Context(), new_keys=make_keys(KeyMode.KEY))
    go_round(catalog, path, Context())
    plan = in_place.plan_in_place(catalog, path, Context(), rules="trap")
    (warned,) = [each for each in plan.findings if each.code == "originals_in_points"]
    in_place.anonymize_in_place(catalog, plan, Context(), Confirmation.of(plan))
    (told,) = reminder(catalog, path)
    day = warned.detail.partition("the last is gone after ")[2][:10]
    assert told.detail.endswith(f"the last is gone after {day}.")
    assert clock.from_text(f"{day}T00:00:00Z") < clock.now() + timedelta(days=40), (
        "of a month the newest stays"
    )
