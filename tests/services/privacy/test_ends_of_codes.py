"""The ends of codes that name a code without the rest of it."""

from __future__ import annotations

import pytest

from steward_app.services.privacy.ends_of_codes import ends_of_their_own

TEAMS = ["HUE", "KLA", "MOR"]


@pytest.mark.parametrize(
    ("codes", "ends"),
    [
        (
            [f"SB-2021-{TEAMS[n % 3]}-{n:04d}" for n in range(9)],
            [f"{TEAMS[n % 3]}-{n:04d}" for n in range(9)],
        ),
        ([f"SB/{n % 4}/X{n:04d}" for n in range(9)], [f"X{n:04d}" for n in range(9)]),
        ([f"KD-2021-{n:02d}" for n in range(9)], []),
        ([f"KD-{n:04d}" for n in range(9)], []),
        ([f"{n:04d}-2021-HUE-1" for n in range(9)], []),
        ([f"{n}-A-{n % 2}1" for n in range(100, 109)], []),
        (["plain", "words and texts", "a@b.example", "", "12"] * 3, []),
        ([f"SB-2021-HUE-{n:04d}" for n in range(3)], []),
    ],
)
def test_ends_that_each_code_has_for_its_own(codes: list[str], ends: list[str]) -> None:
    assert sorted(ends_of_their_own(codes)) == sorted(ends)


def test_an_end_of_two_codes_is_of_neither() -> None:
    codes = [f"SB-{n:03d}-HUE-{n:04d}" for n in range(200)] + ["SB-900-HUE-0007"]
    ends = ends_of_their_own(codes)
    assert "HUE-0007" not in ends
    assert len(ends) == 199
