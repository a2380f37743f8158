"""Installing, removing and purging recipes, broken at every step on the disk: all of it happened, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from builders.under_audit import run
from faults import points, recipes
from faults.harness import Bench, check_ended, trials
from faults.recipes import Standing

pytestmark = pytest.mark.faults

ARMED = {("person", "armed"), ("pet", "armed")}


@pytest.mark.parametrize(
    ("what", "operation", "prepare", "people", "count"),
    [
        ("add", "put_in", recipes.build, 9, 1),
        ("add", "put_in", partial(recipes.build, wal=True), 9, 1),
        ("remove", "take_out", recipes.build_installed, 9, 0),
        ("purge", "purge_rows", recipes.build_installed, 8, 1),
        ("restore", "bring_back", recipes.build_installed, 9, 1),
    ],
    ids=["installing", "installing in WAL mode", "removing with its data", "purging", "bringing back"],
)
def test_all_or_nothing(
    tmp_path: Path,
    bench: Bench,
    every: bool,
    what: str,
    operation: str,
    prepare: Callable[[Path], Standing],
    people: int,
    count: int,
) -> None:
    for trial in trials(
        bench, f"faults.recipes:{operation}", tmp_path, prepare, every=every, name=f"recipes: {what}"
    ):
        found = recipes.state(trial.folder)
        happened = (f"audit.recipes.{what}", True) in points.settled(trial.folder)
        assert found.holds
        assert (set(found.tables), found.purging) == (ARMED, 0)
        assert happened == (found != trial.before)
        check_ended(trial, happened)
        if not happened:
            recipes.finish(trial.folder, what)
            found = recipes.state(trial.folder)
        assert (found.people, len(found.recipes), found.holds) == (people, count, True)
        assert what != "restore" or found.deleted == 0
        assert all(state == "armed" for _, state in found.recipes)
        assert run(trial.folder / points.DATABASE, "UPDATE person SET name = 'writable' WHERE id = 5") == []
