"""Installing, arming and removing an audit, broken at every step on the disk: all of it happened, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from builders.under_audit import run
from faults import installing, points
from faults.harness import Bench, check_ended, trials
from faults.installing import Standing

pytestmark = pytest.mark.faults

ARMED = (("person", "armed"), ("place", "armed"))
REARMED = (("place", "armed"), ("person", "armed"))


@pytest.mark.parametrize(
    ("what", "operation", "prepare", "after"),
    [
        ("install", "put_under_audit", installing.build, ARMED),
        ("install", "put_under_audit", partial(installing.build, wal=True), ARMED),
        ("rearm", "arm_again", installing.build_stale, REARMED),
        ("rearm", "arm_again", partial(installing.build_stale, wal=True), REARMED),
        ("rearm", "arm_again", installing.build_renumbered, (*ARMED, ("visit", "armed"))),
        ("rearm", "arm_again", installing.build_unseen, ARMED[:1]),
        ("columns", "choose_columns", installing.build_audited, REARMED),
        ("remove", "take_out", installing.build_audited, ()),
        ("drop", "drop", installing.build_audited, ()),
    ],
    ids=[
        "installing",
        "installing in WAL mode",
        "arming again",
        "arming again in WAL mode",
        "arming again after VACUUM",
        "writing down what was missed",
        "choosing columns anew",
        "taking out",
        "dropping the log",
    ],
)
def test_all_or_nothing(
    tmp_path: Path,
    bench: Bench,
    every: bool,
    what: str,
    operation: str,
    prepare: Callable[[Path], Standing],
    after: tuple[tuple[str, str], ...],
) -> None:
    for trial in trials(
        bench, f"faults.installing:{operation}", tmp_path, prepare, every=every, name=f"audit: {what}"
    ):
        found = installing.state(trial.folder)
        happened = found.objects != trial.before.objects
        assert found.holds
        assert found == trial.before if not happened else found.tables == after
        settled = points.settled(trial.folder)
        name = "audit.remove" if what == "drop" else f"audit.{what}"
        assert ((name, True) in settled) == happened
        check_ended(trial, happened)
        assert run(trial.folder / points.DATABASE, "UPDATE person SET note = 'still writable'") == []
        if not happened:
            installing.finish(trial.folder, what)
            found = installing.state(trial.folder)
            assert (found.tables, found.holds) == (after, True)
            kept, newest = installing.kept_seal(trial.folder)
            assert kept == newest
