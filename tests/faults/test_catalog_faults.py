"""The catalog, broken at every step while it is made, brought up to date, or set aside. The journal is never lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from faults import catalogs
from faults.breaker import Kind
from faults.catalogs import Before
from faults.harness import ALL_KINDS, Bench, Trial, trials
from steward_app.catalog import CatalogDamaged, open_catalog
from steward_app.kernel.progress import Context

pytestmark = pytest.mark.faults
KINDS = tuple(kind for kind in ALL_KINDS if kind is not Kind.CANCEL)  # nothing here can be stopped half way


def check_ended(trial: Trial[Before], happened: bool) -> None:
    assert trial.ended.how in ("finished", "failed", "killed"), trial.ended.message
    if trial.ended.how == "finished":
        assert happened
    if trial.ended.how == "failed":
        assert trial.kind in (Kind.FULL, Kind.SHORT, Kind.IO_ERROR)
        assert ".part" not in trial.ended.message


def test_making_it(tmp_path: Path, bench: Bench, every: bool) -> None:
    for trial in trials(
        bench, "faults.catalogs:use", tmp_path, catalogs.build_none, kinds=KINDS, every=every,
        name="making the catalog",
    ):  # fmt: skip
        found = catalogs.events(trial.folder, trial.before)
        assert found in (0, 1)
        check_ended(trial, found == 1)
        assert found or catalogs.left_over(trial.folder) == []


@pytest.mark.parametrize("killed", [False, True])
def test_bringing_it_up_to_date(tmp_path: Path, bench: Bench, every: bool, killed: bool) -> None:
    for trial in trials(
        bench, "faults.catalogs:use", tmp_path, lambda place: catalogs.build_old(place, killed=killed),
        kinds=KINDS, every=every,
        name=f"bringing the catalog up to date{', after a kill' if killed else ''}",
    ):  # fmt: skip
        found = catalogs.events(trial.folder, trial.before)
        assert found in (0, 1)
        check_ended(trial, found == 1)


def test_setting_it_aside(tmp_path: Path, bench: Bench, every: bool) -> None:
    for trial in trials(
        bench, "faults.catalogs:put_aside", tmp_path, catalogs.build_damaged, kinds=KINDS, every=every,
        name="setting the catalog aside",
    ):  # fmt: skip
        try:
            open_catalog(trial.folder / catalogs.HOME).close()
        except CatalogDamaged:
            check_ended(trial, happened=False)
            catalogs.put_aside(trial.folder, Context())
        else:
            check_ended(trial, happened=True)
        assert catalogs.events(trial.folder, Before()) in (0, 1)
        assert set(trial.before.files) <= catalogs.kept(trial.folder)
