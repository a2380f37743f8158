"""What tests of copies for release share: the day it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from steward_app.kernel import clock


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Sets the day."""

    def set_day(day: str) -> None:
        moment = datetime.fromisoformat(day).replace(tzinfo=UTC, hour=12)
        monkeypatch.setattr(clock, "_source", lambda: moment)

    set_day("2026-11-20")
    return set_day
