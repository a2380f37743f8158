"""Scratch files of a copy for release, broken while they are there: none of them outlives the copy with an original.

SQLite keeps what it sorts, and who gets whose value in a shuffle, in files without a name: they go with the process,
however it ends. A second process builds its rows in files of its own beside the copy: changed rows alone.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from faults import releasing, scratching
from faults.breaker import Kind
from faults.harness import Bench, check_ended, trials
from faults.points import home
from faults.scratching import COPY, DATABASE, MARK, Watched
from steward_app.kernel.progress import Context
from steward_app.services import restore

pytestmark = pytest.mark.faults


def readable(folder: Path) -> list[str]:
    """Files but the database, its policy and the catalog that hold an original."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != DATABASE]
    return [str(path.relative_to(folder)) for path in files if MARK in path.read_bytes().lower()]


def test_the_scratch_files_are_there(tmp_path: Path) -> None:
    """Else the other test would break nothing of theirs."""
    scratching.build(tmp_path)
    seen = Watched(tmp_path)
    scratching.make(tmp_path, seen)
    assert seen.of_another
    assert seen.temporary or sys.platform != "linux"
    assert list((tmp_path / "temporary").iterdir()) == []
    assert readable(tmp_path) == []


def test_nothing_readable_is_left_of_them(tmp_path: Path, bench: Bench) -> None:
    """At a sample of the steps, always: there are very many, nearly all of them alike."""
    for trial in trials(
        bench,
        "faults.scratching:make",
        tmp_path,
        scratching.build,
        every=False,
        kinds=(Kind.KILL, Kind.IO_ERROR, Kind.FULL),
        name="scratch files of a copy for release",
    ):
        folder, copy = trial.folder, trial.folder / COPY
        assert readable(folder) == []
        assert list((folder / "temporary").iterdir()) == []
        assert releasing.digest(folder / DATABASE) == trial.before
        with home(folder) as catalog:
            restore.settle(catalog, folder / DATABASE, Context())
        assert [path for path in folder.rglob("*.part*") if path.parent == folder] == []
        check_ended(trial, copy.exists())
