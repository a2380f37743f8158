"""Registering forms of tables and taking them out, broken at every step: all of it or nothing, then it can be done."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from faults import registering
from faults.harness import Bench, trials
from faults.registering import AFTER, BEFORE, Kept
from steward_app.kernel.progress import Context

pytestmark = pytest.mark.faults


@pytest.mark.parametrize(
    ("operation", "prepare", "now", "then"),
    [
        ("register", registering.build, BEFORE, AFTER),
        ("take_back", registering.build_registered, AFTER, BEFORE),
    ],
)
def test_all_forms_are_registered_or_none(
    tmp_path: Path,
    bench: Bench,
    every: bool,
    operation: str,
    prepare: Callable[[Path], None],
    now: Kept,
    then: Kept,
) -> None:
    for trial in trials(bench, f"faults.registering:{operation}", tmp_path, prepare, every=every):
        assert trial.ended.how != "bug", trial.ended.message
        kept = registering.settled(trial.folder)
        assert kept in (now, then)
        if trial.ended.how == "finished":
            assert kept == then
        if kept == now:
            getattr(registering, operation)(trial.folder, Context())
            assert registering.settled(trial.folder) == then
