"""A migration that gives new names, broken at every step: what the policy says goes with the file, and comes back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from faults import migrating, points
from faults.breaker import Kind
from faults.harness import Bench, trials
from steward_app.catalog.policy import policy_path
from steward_app.db import open_read
from steward_app.kernel.progress import Context

pytestmark = pytest.mark.faults

POLICY = "version: 1\ntables:\n  {}:\n    columns:\n      {}:\n        comment: as written  # ours\n"
OLD, NEW = POLICY.format("visit", "patient"), POLICY.format("encounter", "person")
PROGRAM = """
def migrate(session):
    session.run("ALTER TABLE visit RENAME TO encounter")
    session.run("ALTER TABLE encounter RENAME patient TO person")
"""


def build(folder: Path) -> str:
    """A file with a policy, and one program that gives new names and has nothing that takes it back."""
    migrating.build(folder)
    for path in (folder / "migrations").iterdir():
        path.unlink()
    (folder / "migrations" / "V0001__names.py").write_text(PROGRAM)
    policy_path(folder / points.DATABASE).write_text(OLD)
    return OLD


def build_renamed(folder: Path) -> str:
    """The same, applied."""
    build(folder)
    migrating.apply(folder, Context())
    return NEW


@pytest.mark.parametrize(
    ("operation", "prepare", "then"),
    [("apply", build, "encounter"), ("take_back", build_renamed, "visit")],
    ids=["applying", "taking back by the restore point"],
)
def test_the_policy_has_the_names_of_the_file(
    tmp_path: Path, bench: Bench, every: bool, operation: str, prepare: Callable[[Path], str], then: str
) -> None:
    for trial in trials(
        bench, f"faults.migrating:{operation}", tmp_path, prepare, every=every, name=f"names: {operation}"
    ):
        assert trial.ended.how != "bug", trial.ended.message
        points.settled(trial.folder)
        table, text = found(trial.folder)
        cannot_write = trial.kind in (Kind.FULL, Kind.SHORT, Kind.IO_ERROR)
        assert text in (OLD, NEW)
        assert cannot_write or text == (NEW if table == "encounter" else OLD)
        if trial.ended.how == "finished":
            assert table == then
        if table != then:
            getattr(migrating, operation)(trial.folder, Context())
            assert found(trial.folder) == (then, NEW if then == "encounter" else OLD)


def found(folder: Path) -> tuple[str, str]:
    """What the table is called in the file, and the policy."""
    path = folder / points.DATABASE
    with open_read(path) as session:
        table = session.value("SELECT name FROM sqlite_schema WHERE name IN ('visit', 'encounter')")
    return str(table), policy_path(path).read_text()
