"""Columns that foreign keys lead to, in words."""

from __future__ import annotations

import pytest

from steward_app.services.privacy.along import in_words


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
