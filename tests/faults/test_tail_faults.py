"""A restore in place that is killed after its commit, before SQLite cuts the file: rows of before do not stay in it.

SQLite never reads what stands behind the last page of a file, and never takes it away by itself.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from faults import points, tails
from faults.breaker import Kind
from faults.harness import Bench, trials

pytestmark = pytest.mark.faults


def test_nothing_of_before_is_left_behind_the_last_page(tmp_path: Path, bench: Bench, every: bool) -> None:
    for trial in trials(
        bench,
        "faults.tails:restore_in_place",
        tmp_path,
        tails.build,
        kinds=(Kind.KILL,),
        every=every,
        name="restore in place of a smaller point",
    ):
        path = trial.folder / points.DATABASE
        happened = ("restore.in_place", True) in points.settled(trial.folder)
        assert tails.behind(path) == b""
        assert (tails.LATER in path.read_bytes()) is not happened
        assert not list(trial.folder.glob("home/scratch/*"))


def test_a_kill_between_the_commit_and_the_cut_leaves_a_tail_until_it_is_settled(
    tmp_path: Path, bench: Bench
) -> None:
    place = tmp_path / "place"
    place.mkdir()
    tails.build(place)
    assert bench.run("faults.tails:restore_in_place_killed_at_the_cut", place).how == "killed"
    path = place / points.DATABASE
    assert tails.LATER in tails.behind(path)
    assert ("restore.in_place", True) in points.settled(place)
    assert tails.behind(path) == b""
    assert tails.LATER not in path.read_bytes()
