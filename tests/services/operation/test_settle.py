"""A process killed at any step of an operation: the old state or the new, and the journal agrees with the file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from builders.operations import AddVisits, Request, WriteList
from steward_app import db
from steward_app.catalog import Catalog, chain, journal, lease
from steward_app.catalog.journal import Phase
from steward_app.kernel.progress import Context
from steward_app.services import operation

PROGRAM = """
import os, signal, sys
from pathlib import Path
from builders import operations
from steward_app.catalog import open_catalog
from steward_app.kernel.progress import Context
from steward_app.services import operation
from steward_app.services.operation import pipeline

path, database_id, to, name, step, hold = sys.argv[1:]

def die(*_, **__):
    print("here", flush=True)
    if hold == "hold":
        sys.stdin.read()
    os.kill(os.getpid(), signal.SIGKILL)

made = getattr(operations, name)()
if step == "during":
    made.during = die
elif step == "after apply":
    real = pipeline._carry_out
    pipeline._carry_out = lambda *given: (real(*given), die())
else:
    setattr(pipeline, step, die)
request = operations.Request(Path(path), database_id, 2, Path(to))
with open_catalog() as catalog:
    operation.run(made, made.plan(request, Context()), catalog, Context())
"""


def start(asked: Request, name: str, step: str, hold: str = "") -> subprocess.Popen[str]:
    assert asked.to is not None
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, asked.path, asked.database_id, asked.to, name, step, hold],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def kill_at(asked: Request, name: str, step: str) -> None:
    with start(asked, name, step) as child:
        out, _ = child.communicate()
    assert out == "here\n"
    assert child.returncode < 0


def visits(path: Path) -> int:
    with db.open_read(path) as session:
        return session.count("SELECT count(*) FROM visit")


@pytest.mark.parametrize(
    ("step", "happened"),
    [
        ("_begin", None),
        ("_check_fits", False),
        ("_carry_out", False),
        ("during", False),
        ("after apply", True),
        ("_end_well", True),
    ],
)
def test_a_killed_change_happened_or_not_and_the_journal_says_which(
    catalog: Catalog, asked: Request, step: str, happened: bool | None
) -> None:
    kill_at(asked, "AddVisits", step)
    settled = operation.settle(catalog, asked.database_id, asked.path)

    assert [event.data["happened"] for event in settled] == ([] if happened is None else [happened])
    assert visits(asked.path) == (5 if happened else 3)
    with catalog.reading() as session:
        assert chain.verify(session).holds
        assert journal.open_operations(session, asked.database_id) == ()
    assert operation.settle(catalog, asked.database_id, asked.path) == ()

    operation.run(
        AddVisits(), AddVisits().plan(asked, Context()), catalog, Context()
    )  # the dead lease is no bar
    assert visits(asked.path) == (7 if happened else 5)


@pytest.mark.parametrize(("step", "happened"), [("_carry_out", False), ("during", True), ("_end_well", True)])
def test_what_makes_files_settles_itself(catalog: Catalog, asked: Request, step: str, happened: bool) -> None:
    kill_at(asked, "WriteList", step)
    lists = WriteList()
    assert operation.settle(catalog, asked.database_id, asked.path) == ()  # nobody to ask yet
    (settled,) = operation.settle(catalog, asked.database_id, asked.path, [lists])
    assert lists.settled == [settled.operation_id]
    assert settled.phase is Phase.SETTLED
    assert settled.data["happened"] is happened
    assert asked.to is not None
    assert asked.to.exists() is happened


def test_an_operation_that_still_runs_is_not_settled(catalog: Catalog, asked: Request) -> None:
    with start(asked, "AddVisits", "during", "hold") as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "here\n"
        assert operation.settle(catalog, asked.database_id, asked.path) == ()
        with catalog.reading() as session:
            held = lease.holder(session, asked.database_id)
        assert held is not None
        assert held.pid == child.pid
        child.kill()
        child.communicate()
    with catalog.reading() as session:
        assert lease.holder(session, asked.database_id) is None
    (settled,) = operation.settle(catalog, asked.database_id, asked.path)
    assert settled.data == {"happened": False, "note": "The file is as it was before."}


def test_settling_an_undone_past_does_not_disturb_it(catalog: Catalog, asked: Request) -> None:
    assert operation.settle(catalog, asked.database_id, asked.path) == ()
    kill_at(asked, "AddVisits", "_end_well")
    (settled,) = operation.settle(catalog, asked.database_id, asked.path)
    operation.undo(catalog, settled.operation_id, [AddVisits()], Context())
    assert visits(asked.path) == 3
