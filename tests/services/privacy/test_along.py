"""Columns that foreign keys lead to, in words."""

from __future__ import annotations

import pytest

from steward_app.services.privacy.along import in_words, persons_in_words


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ((), ""),
        (("born", "sex"), "“born”, “sex”"),
        (("visit_id>patient_id>born",), "“born” of “patient_id” of “visit_id”"),
        (
            ("ward", "patient_id>born", "patient_id>sex", "room>floor"),
            "“ward”; “born”, “sex” of “patient_id”; “floor” of “room”",
        ),
    ],
)
def test_columns_of_one_way_are_told_together(names: tuple[str, ...], told: str) -> None:
    assert in_words(names) == told


@pytest.mark.parametrize(
    ("otherwise", "told"),
    [
        ((), "“patient_id” of “visit_id”"),
        (("giver",), "“patient_id” of “visit_id”, where that is empty by “giver”"),
        (("giver", "taker"), "“patient_id” of “visit_id”, where that is empty by “giver”, else by “taker”"),
    ],
)
def test_what_tells_whose_a_row_is(otherwise: tuple[str, ...], told: str) -> None:
    assert persons_in_words(("visit_id>patient_id",), otherwise) == told
