"""What a steward can count on, as the points of a database tell."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from builders.points import a_point, damaged
from steward_app.catalog import Catalog
from steward_app.kernel.progress import Context
from steward_app.services import backup
from steward_app.services.backup.protection import OLD_AFTER, Protection, Standing, protection


def of(catalog: Catalog, path: Path) -> Protection:
    return protection(backup.list_points(catalog, path, Context()))


def test_without_a_point_there_is_none(catalog: Catalog, clinic: Path) -> None:
    assert of(catalog, clinic) == Protection(Standing.NONE, (), (), None)


def test_a_checked_point_is_not_a_proof(catalog: Catalog, clinic: Path) -> None:
    a_point(catalog, clinic, prove=False)
    assert of(catalog, clinic).standing is Standing.UNPROVEN


@pytest.mark.parametrize(
    ("ago", "standing"),
    [(timedelta(hours=1), Standing.PROVEN), (OLD_AFTER + timedelta(hours=1), Standing.OLD)],
)
def test_a_proven_point_protects_for_a_week(
    catalog: Catalog, clinic: Path, ago: timedelta, standing: Standing
) -> None:
    made = a_point(catalog, clinic, ago=ago)
    a_point(catalog, clinic, prove=False)
    found = of(catalog, clinic)
    assert (found.standing, found.proven.id if found.proven else "") == (standing, made.id)
    assert found.points == 2


def test_points_that_failed_or_are_gone_do_not_protect(catalog: Catalog, clinic: Path) -> None:
    bad, gone = damaged(a_point(catalog, clinic)), a_point(catalog, clinic)
    backup.verify(catalog, clinic, Context(), point=bad.id)
    gone.path.unlink()
    found = of(catalog, clinic)
    assert found.standing is Standing.NONE
    assert {point.id for point in found.wrong} == {bad.id, gone.id}
