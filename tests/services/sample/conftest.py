from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from steward_app.db import ReadSession, open_read
from steward_app.services.sample import SampleSummary, build


@pytest.fixture(scope="session")
def summary(tmp_path_factory: pytest.TempPathFactory) -> SampleSummary:
    """The sample, built once; tests that write to it copy it first."""
    return build(tmp_path_factory.mktemp("sample") / "riverside.db")


@pytest.fixture
def clinic(summary: SampleSummary) -> Iterator[ReadSession]:
    """A read session on the sample."""
    with open_read(summary.path) as session:
        yield session


@pytest.fixture
def own_copy(summary: SampleSummary, tmp_path: Path) -> Path:
    """A copy that may be changed."""
    path = tmp_path / "own.db"
    path.write_bytes(summary.path.read_bytes())
    return path
