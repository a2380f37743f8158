"""The two ends of a range in an R*Tree stay in their order, or the rule is refused before the first write."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from builders.transforms import blocking, rule, rules
from steward_app.kernel.plan import Json
from steward_app.services.privacy.rules import Rule


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path)
        .with_sql(
            "CREATE VIRTUAL TABLE places USING rtree (id, west, east, south, north, +owner TEXT)",
            "INSERT INTO places VALUES (1, 1.5, 1.75, 4, 5, 'Ada'), (2, -3, 8, 2, 2, 'Ben')",
        )
        .build()
    )


def places(column: str, technique: str, **options: Json) -> Rule:
    return rule("places", column, technique, **options)


@pytest.mark.parametrize(
    "each",
    [
        (places("west", "noise", scale=2), places("east", "noise", scale=2)),
        (places("west", "round", to=5),),
        (places("south", "round", to=5), places("north", "round", to=10)),
        (places("south", "shuffle"), places("north", "shuffle")),
    ],
)
def test_what_parts_them_is_refused(path: Path, each: tuple[Rule, ...]) -> None:
    assert blocking(path, rules(*each)) == {"ends_of_a_range"}


@pytest.mark.parametrize(
    "each",
    [
        (places("west", "round", to=5), places("east", "round", to=5), places("owner", "remove")),
        (places("owner", "pseudonym", kind="given_name"),),
        (places("south", "keep"), places("north", "keep")),
    ],
)
def test_what_keeps_their_order_is_not(path: Path, each: tuple[Rule, ...]) -> None:
    assert not blocking(path, rules(*each))
