"""The restore point of what a database held before it was anonymized in its place goes on its day."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from builders.releases import trap, write_to
from steward_app.catalog import Catalog, points
from steward_app.kernel import clock
from steward_app.kernel.finding import Finding, Severity
from steward_app.kernel.progress import Context
from steward_app.services import backup
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
        newer_point(catalog, path)
    told_why = " ".join(backup.plan_prune(catalog, path, Context()).sentences)
    assert f"{before}, made" in told_why, "a newer point of the same month takes its place"
    assert "To be destroyed" not in told_why
    (told,) = reminder(catalog, path)
    assert "The rules for what stays decide" in told.detail
