"""Which short texts have whole numbers inside, and which only measure something."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward_app.services.privacy.written_numbers import NumbersInside, numbers_inside


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("670040,691623", [670040, 691623]),
        ("670040; 691623 ;7", [670040, 691623, 7]),
        ("|8411|9320|", [8411, 9320]),
        ("8411 9320", [8411, 9320]),
        ("00670040", [670040]),
        ("P670040", [670040]),
        ("patient:670040", [670040]),
        ("Prüfnummer 670040", [670040]),
        ("P-12345, P-22222", [12345, 22222]),
        ("/patient/670040/view", [670040]),
        ("https://clinic.example/patient/670040", [670040]),
        ("670040 and 691623", [670040, 691623]),
        ("Patient #670040", [670040]),
        ("Patient no: 670040; bed 5", [670040, 5]),
        ("Emil Birnbaum 670040", [670040]),
        ("Patient 670040 was here on a nice day", [670040]),
        ('<patient id="670040"/>', [670040]),
        ("ward=7&patient=670040", [7, 670040]),
        ("2024-03-02 10:15:30.25 opened 670040", [670040]),
        ("2024-03-02T10:15Z 670040", [670040]),
        ("02.03.2024 670040", [670040]),
        ("/scans/2024/03/670040_1.dcm", [2024, 3, 670040, 1]),
        ("670040-10-12", [670040, 10, 12]),
        ("670040.0", [670040]),
        ("670040.1", [670040]),
        ("-670040", [670040]),
        ("670,040", [670, 40, 670040]),
        ("670.040", [670040]),
        ("1'670'040 paid", [1, 670, 40, 1670040]),
        ("patient 670 040", [670, 40, 670040]),
        ("0xA3958", [670040]),
        ("seen 0Xa3958, 0xDEFACED", [670040, 233811181]),
        ("0xA3958G 12,3456 1,234.50", [3958, 12, 3456, 1]),
    ],
)
def test_lists_zeros_and_words(text: str, numbers: list[int]) -> None:
    assert numbers_inside(text) == numbers


@pytest.mark.parametrize(
    "text",
    [
        "", "670040", "7", "12.50", "1.5e10", "2024-03-15", "2024-03-15T10:00:00Z", "15.03.2024", "3/15/2024 9:00",
        "12:30", "000", "on 2024-03-15 at 12:30 it was 38.5", "12,500 " * 500,
    ],
)  # fmt: skip
def test_numbers_days_times_and_fractions_have_none(text: str) -> None:
    assert numbers_inside(text) == []


@given(st.lists(st.integers(10, 10**18 - 1), min_size=2), st.sampled_from([",", "; ", "|", " ", " / "]))
def test_a_list_has_its_numbers(numbers: list[int], between: str) -> None:
    text = between.join(map(str, numbers))
    assert numbers_inside(text)[: len(numbers)] == (numbers if len(text) <= 2_000 else [])


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    assert all(0 < number < 10**18 for number in numbers_inside(text))


def told(*texts: str, most: int = 10, first: int = 100) -> tuple[frozenset[int], str]:
    inside = NumbersInside(most, first)
    inside.add(texts)
    return inside.told()


def test_how_they_are_written_is_told() -> None:
    assert told("P10,P11", "12|13") == ({10, 11, 12, 13}, "in lists")
    assert told("0010", "0011") == ({10, 11}, "with zeros before them")
    assert told("P10", "patient:11", "no") == ({10, 11}, "with other signs beside them")
    assert told("Patient no: 10; bed 5", "call 11 back") == ({5, 10, 11}, "among words")


def test_a_few_among_other_texts_are_left_to_the_search() -> None:
    assert told("P10", "no", "none") == (frozenset(), "")
    assert told() == (frozenset(), "")


def test_no_more_is_read_than_is_of_use() -> None:
    assert told("P10", "P11,P12", "no", "P13", first=3)[0] == {10, 11, 12}
    assert len(told(*(f"P{number}" for number in range(10, 90)), most=2)[0]) == 2
