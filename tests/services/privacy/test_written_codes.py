"""Which short texts have codes inside, and which codes are written alike."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward_app.services.privacy.written_codes import CodesInside, codes_inside, codes_like


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("A100,B101", ["A100", "B101"]),
        ("A100; B101 ;C7", ["A100", "B101", "C7"]),
        ("|A100|B101|", ["A100", "B101"]),
        ("patient:A100", ["A100"]),
        ("P-100, P-101", ["P-100", "P-101"]),
        ("/patient/ab12/view", ["patient/ab12/view"]),
        ("Seen A100 today with B101.", ["A100", "B101"]),
        ("Ж100 und Ä7", ["Ж100", "Ä7"]),
    ],
)
def test_lists_words_and_sentences(text: str, codes: list[str]) -> None:
    assert codes_inside(text) == codes


@pytest.mark.parametrize("text", ["", "A100", "P-100", "100,101", "red,blue", "2024-03-15", "A100 " * 500])
def test_others_have_none(text: str) -> None:
    assert codes_inside(text) == []


def test_most_texts_have_some_or_none_is_told() -> None:
    gathered = CodesInside()
    gathered.add(["A100,B101", "C7,D8", "patient:E9"])
    assert gathered.told() == ({"A100", "B101", "C7", "D8", "E9"}, "in lists")
    gathered.add([f"nothing {'x' * n}" for n in range(9)])
    assert gathered.told() == (frozenset(), "")


@given(st.sets(st.from_regex(r"[A-F]{1,2}-?[0-9]{2,4}", fullmatch=True), min_size=3, max_size=30))
def test_what_is_drawn_is_written_alike_and_the_same_each_time(codes: set[str]) -> None:
    drawn = codes_like(codes)
    shapes = {re.sub("[A-F]", "A", re.sub("[0-9]", "9", code)) for code in codes}
    assert {re.sub("[A-F]", "A", re.sub("[0-9]", "9", code)) for code in drawn} <= shapes
    assert drawn == codes_like(codes)
