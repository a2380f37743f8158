"""How well types are found in labelled tables: those the rules were made with, and those they never saw.

A half of the tables, four of the ten languages among them, is held out: nothing is to be tuned on it.
"""

from __future__ import annotations

import pytest

from builders.labelled.measure import figures, judged, table_of
from builders.labelled.suite import databases

LEAST_F1, LEAST_DIRECT = 0.90, 0.95


def test_the_suite_is_as_large_as_it_should_be():
    everything = databases()
    held = [each for each in everything if each.held_out]
    assert sum(len(each.tables) for each in everything) >= 150
    assert 0.4 <= sum(len(each.tables) for each in held) / sum(len(each.tables) for each in everything) <= 0.6
    assert len({each.language for each in everything}) >= 6
    assert {each.language for each in held} - {each.language for each in everything if not each.held_out}


@pytest.mark.parametrize("held_out", [False, True], ids=["tuned", "held-out"])
def test_types_are_found(tmp_path, held_out):
    found = figures(judged(databases(held_out=held_out), tmp_path))
    assert found.types.f1 >= LEAST_F1, table_of(found.by_type)
    assert found.direct_recall >= LEAST_DIRECT, table_of(found.by_type)
    assert found.alarms <= 0.10
    assert found.undecided <= 0.06
