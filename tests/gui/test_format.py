"""Numbers, sizes, dates and ages as people say them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QLocale

from steward_app.gui import format as words
from steward_app.kernel import clock

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(clock, "_source", lambda: NOW)
    return


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0 B"), (999, "999 B"), (1_000, "1.0 kB"), (3_200_000, "3.2 MB"), (1_200_000_000, "1.2 GB"),
     (212_000_000_000, "212 GB")],
)  # fmt: skip
def test_sizes(number: int, text: str) -> None:
    assert words.size(number) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(10_214_380, "about 10.2 million"), (41_237, "about 41,000"), (3_100_000_000, "about 3.1 billion"),
     (87, "about 87")],
)  # fmt: skip
def test_an_estimate_says_that_it_is_one(number: int, text: str) -> None:
    assert words.about(number) == text


@pytest.mark.parametrize(
    ("passed", "text"),
    [(timedelta(seconds=20), "just now"), (timedelta(minutes=22), "22 min ago"), (timedelta(hours=3), "3 h ago"),
     (timedelta(hours=25), "yesterday"), (timedelta(days=12), "12 days ago"), (timedelta(days=40), "11 Oct 2026"),
     (-timedelta(minutes=3), "just now"), (-timedelta(days=365), "20 Nov 2027")],
)  # fmt: skip
def test_ages(passed: timedelta, text: str) -> None:
    assert words.age(NOW - passed) == text


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (0.04, "under 0.1 s"),
        (0.06, "0.1 s"),
        (1.94, "1.9 s"),
        (38.2, "38 s"),
        (250, "4 min 10 s"),
        (7_500, "2 h 5 min"),
        (3_600, "1 h"),
    ],
)
def test_durations(duration: float, text: str) -> None:
    assert words.seconds(duration) == text


def test_one_row_and_many() -> None:
    assert words.plural(1, "row", "rows") == "1 row"
    assert words.plural(12_480, "row", "rows") == "12,480 rows"


def test_numbers_follow_the_locale() -> None:
    QLocale.setDefault(QLocale("de_DE"))
    assert words.integer(12_480) == "12.480"
    QLocale.setDefault(QLocale.c())
    assert words.integer(12_480) == "12,480"


@given(st.integers())
def test_any_integer_can_be_said(number: int) -> None:
    digits = "".join(character for character in words.integer(number) if character.isdigit())
    assert int(digits) == abs(number)


@given(st.integers(min_value=0, max_value=2**70))
def test_any_size_is_short(number: int) -> None:
    assert len(words.size(number)) <= 12


def test_a_name_of_nothing_can_be_seen() -> None:
    assert [words.name_alone(name) for name in ("", "  ", "visit", "a\nb")] == ['""', '"  "', "visit", "a␤b"]


def test_a_sentence_of_a_service_says_moments_as_the_window_does() -> None:
    moment = datetime(2026, 11, 20, 10, 20, tzinfo=UTC)
    here = words.when(moment)
    assert words.as_here("Restored “a.db” to 2026-11-20 10:20 UTC.") == f"Restored “a.db” to {here}."
    old = words.when(datetime(2001, 2, 3, 4, 5, tzinfo=UTC))
    assert words.as_here("what it held on 2001-02-03 04:05 UTC.") == f"what it held on {old}."
    now = clock.now().replace(second=0, microsecond=0)
    assert words.as_here(f"what it held on {now:%Y-%m-%d %H:%M} UTC") == f"what it held {words.when(now)}"
    for text in ("2026-11-20 10:20", "at 2026-11-20 99:20 UTC", "", "UTC"):
        assert words.as_here(text) == text


def test_names_of_objects_are_told_by_their_beginnings() -> None:
    name = "packs/98/" + "9844e22e" + "0" * 56 + "-4cba8c3f610397fb853dd774" + ".zst.age"
    assert words.short_names(f"The pack “{name}”: gone") == "The pack “packs/98/9844e22e….zst.age”: gone"
    assert words.short_names("a deadbeef b") == "a deadbeef b"
