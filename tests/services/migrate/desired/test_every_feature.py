"""From a plain table to each feature of a schema, and back."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..edit.features import FEATURES  # noqa: TID252  the same features as for the edits
from .walking import everything_gone, found, made, reached, texts

PLAIN = FEATURES["plain"]


def schema_only(statements: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(each for each in statements if each.startswith(("CREATE", "ALTER")))


@pytest.mark.parametrize("feature", FEATURES)
def test_there_and_back(tmp_path: Path, feature: str) -> None:
    plain = made(tmp_path, "plain.db", *PLAIN)
    other = made(tmp_path, "other.db", *schema_only(FEATURES[feature]))
    path = made(tmp_path, "file.db", *PLAIN)
    reached(path, other, everything_gone(path))
    reached(path, plain, everything_gone(path))


@pytest.mark.parametrize("feature", FEATURES)
def test_to_the_letter(tmp_path: Path, feature: str) -> None:
    other = made(tmp_path, "other.db", *schema_only(FEATURES[feature]))
    path = made(tmp_path, "file.db", *PLAIN)
    reached(path, other, everything_gone(path), exact=True)
    there, wanted = texts(path), texts(other)
    assert {name: sql for name, sql in there.items() if not name.startswith("sqlite_")} == {
        name: sql for name, sql in wanted.items() if not name.startswith("sqlite_")
    }


@pytest.mark.parametrize("feature", FEATURES)
def test_the_same_schema_needs_nothing(tmp_path: Path, feature: str) -> None:
    one = made(tmp_path, "one.db", *FEATURES[feature])
    other = made(tmp_path, "other.db", *FEATURES[feature])
    for exact in (False, True):
        way = found(one, other, exact=exact)
        assert way.nothing
        assert way.statements == ()
        assert way.written_otherwise == ()
