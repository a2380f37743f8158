"""Whatever is done to whatever table by whoever, the log tells it exactly.

For each seed: tables of a generated shape, statements of every kind on them, by one of three programs. Then the log has
no gap, carried out on the rows of the beginning it gives those of now with every old value as it says, and taken back
it gives what was noted on the way. Values are compared in type and in bytes.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from builders.audited import a_case, check, write
from builders.writers import NAMES, shell_is_there, writer

A_TEST = 20
"""Seeds in one test."""
SOME = {"bundled": 100, "python": 60, "shell": 40}
MANY = {"bundled": 1_200, "python": 600, "shell": 400}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    seeds = MANY if metafunc.config.getoption("--many-seeds") else SOME
    cases = [
        pytest.param(name, first, id=f"{name}-{first}")
        for name in NAMES
        for first in range(0, seeds[name], A_TEST)
    ]
    metafunc.parametrize(("name", "first"), cases)


def test_the_log_tells_exactly_what_happened(tmp_path: Path, name: str, first: int) -> None:
    if name == "shell" and not shell_is_there():
        pytest.skip("the sqlite3 shell is not installed")
    with writer(name) as other:
        for seed in range(first, first + A_TEST):
            print("seed", seed)  # shown where the check fails
            case = a_case(tmp_path / f"{seed}.db", seed)
            write(case, other)
            check(case)
