"""Sealed in stretches of any size, while others write, a log is the same proof as one that is sealed at once."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from builders.audited import Case, a_case, write
from builders.guarding import verified
from builders.sealed import sealed, writing
from builders.writers import Writer, writer
from steward_app.db import open_read
from steward_app.kernel.progress import Context
from steward_app.services.audit.engine import tables
from steward_app.services.audit.seals import chain
from steward_app.services.audit.seals.lookahead import Stretch, look_ahead
from steward_app.services.audit.seals.seal import seal_stretch
from steward_app.storage.secrets import open_secrets

SEEDS_IN_A_TEST = 5


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    seeds = 200 if metafunc.config.getoption("--many-seeds") else 20
    metafunc.parametrize("begin", range(0, seeds, SEEDS_IN_A_TEST))


def ahead(case: Case, size: int, others: Context) -> tuple[Stretch, ...]:
    with open_read(case.path) as session:
        return look_ahead(session, others, size=size)


def holds(case: Case) -> None:
    found = verified(case.path)
    assert found.holds, (found.problems[:3], (found.differences or ())[:3])


def test_in_stretches(tmp_path: Path, begin: int) -> None:
    with writer("bundled") as other:
        for seed in range(begin, begin + SEEDS_IN_A_TEST):
            print("seed", seed)  # shown where the check fails
            chance = random.Random(seed)
            case = a_case(tmp_path / f"{seed}.db", seed)
            sealed(case.path)
            write(case, other, rounds=2)
            size, others = chance.randint(1, 40), _Others(case, other)
            made = ahead(case, size, others)
            others.quiet = True
            for stretch in made:
                with writing(case.path) as session:
                    (one,) = seal_stretch(session, open_secrets(), stretch)
                assert one.changes <= size
                if chance.random() < 0.3:
                    write(case, other, rounds=1)
                    holds(case)
            sealed(case.path)
            holds(case)
            with open_read(case.path) as session:
                assert chain.unsealed(session) == 0
                kinds = {event.kind for event in tables.events(session)}
            assert "gap" not in kinds


class _Others(Context):
    """Somebody else writes, some of the times when a stretch was looked at."""

    def __init__(self, case: Case, other: Writer) -> None:
        super().__init__()
        self._case, self._other, self._turn = case, other, 0
        self.quiet = False

    def report(self, done: int, total: int | None = None, *, unit: str = "", note: str = "") -> None:
        self._turn += 1
        if self._turn in (2, 5) and not self.quiet:
            write(self._case, self._other, rounds=1)
