"""How many points a fault test tries, and the sum of them at the end of the run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from faults import (
    auditing,
    capturing,
    copies,
    fetching,
    harness,
    keeping,
    letting_in,
    own_sealing,
    points,
    rows,
    sealing,
    storing,
    undoing,
)
from faults.harness import Bench


@pytest.fixture
def every(request: pytest.FixtureRequest) -> bool:
    """Whether to break an operation at every step (`--all-faults`, as `make test-faults` does) or at a sample."""
    return bool(request.config.getoption("--all-faults"))


@pytest.fixture(scope="session")
def bench() -> Iterator[Bench]:
    """Child processes that may die, shared by all tests of a run."""
    with Bench(
        "faults.operations",
        *(
            module.__name__
            for module in (
                auditing,
                capturing,
                copies,
                fetching,
                keeping,
                letting_in,
                own_sealing,
                points,
                rows,
                sealing,
                storing,
                undoing,
            )
        ),
    ) as bench:
        yield bench


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if harness.tried:
        terminalreporter.section("faults")
        for line in harness.tried:
            terminalreporter.line(line)
        terminalreporter.line(f"{sum(harness.tried.values())} points tried")
