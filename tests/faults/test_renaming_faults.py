"""A migration that gives new names or places, broken at every step: the policy goes with the file, and comes back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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
TWO = POLICY + "      {}:\n        comment: the other\n"


@dataclass(frozen=True)
class Case:
    """A migration that calls “visit” “encounter” and does something else, and the policy before and after."""

    file: str
    text: str
    old: str
    new: str


CASES = {
    "a program": Case(
        "V0001__names.py",
        "def migrate(session):\n"
        "    session.run('ALTER TABLE visit RENAME TO encounter')\n"
        "    session.run('ALTER TABLE encounter RENAME patient TO person')\n",
        POLICY.format("visit", "patient"),
        POLICY.format("encounter", "person"),
    ),
    "a swap": Case(
        "V0001__swap.sql",
        "ALTER TABLE visit RENAME patient TO x;\nALTER TABLE visit RENAME id TO patient;\n"
        "ALTER TABLE visit RENAME x TO id;\nALTER TABLE visit RENAME TO encounter;\n",
        TWO.format("visit", "patient", "id"),
        TWO.format("encounter", "id", "patient"),
    ),
    "a split": Case(
        "V0001__split.sql",
        '-- steward: moves "patient"."name" to "person"."name" by "person"."of"\n'
        "CREATE TABLE person (of INTEGER PRIMARY KEY, name);\n"
        "INSERT INTO person SELECT id, name FROM patient;\n"
        "ALTER TABLE patient DROP COLUMN name;\nALTER TABLE visit RENAME TO encounter;\n",
        POLICY.format("patient", "name"),
        POLICY.format("person", "name"),
    ),
}


def build(folder: Path, case: Case) -> None:
    """A file with a policy, and one migration that has nothing that takes it back."""
    migrating.build(folder)
    for path in (folder / "migrations").iterdir():
        path.unlink()
    (folder / "migrations" / case.file).write_text(case.text)
    policy_path(folder / points.DATABASE).write_text(case.old)


def build_applied(folder: Path, case: Case) -> None:
    """The same, applied."""
    build(folder, case)
    migrating.apply(folder, Context())


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@pytest.mark.parametrize(
    ("operation", "prepare", "then"),
    [("apply", build, "encounter"), ("take_back", build_applied, "visit")],
    ids=["applying", "taking back by the restore point"],
)
def test_the_policy_goes_with_the_file(
    tmp_path: Path,
    bench: Bench,
    every: bool,
    operation: str,
    prepare: Callable[[Path, Case], None],
    then: str,
    case: Case,
) -> None:
    for trial in trials(
        bench,
        f"faults.migrating:{operation}",
        tmp_path,
        lambda folder: prepare(folder, case),
        every=every,
        name=f"names: {operation}",
    ):
        assert trial.ended.how != "bug", trial.ended.message
        points.settled(trial.folder)
        table, text = found(trial.folder)
        cannot_write = trial.kind in (Kind.FULL, Kind.SHORT, Kind.IO_ERROR)
        assert text in (case.old, case.new)
        assert cannot_write or text == (case.new if table == "encounter" else case.old)
        if trial.ended.how == "finished":
            assert table == then
        if table != then:
            getattr(migrating, operation)(trial.folder, Context())
            assert found(trial.folder) == (then, case.new if then == "encounter" else case.old)


def found(folder: Path) -> tuple[str, str]:
    """What the table is called in the file, and the policy."""
    path = folder / points.DATABASE
    with open_read(path) as session:
        table = session.value("SELECT name FROM sqlite_schema WHERE name IN ('visit', 'encounter')")
    return str(table), policy_path(path).read_text()
