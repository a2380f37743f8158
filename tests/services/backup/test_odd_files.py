"""Restore points of files that are not as they should be: each is kept as it is, and what is known of it is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders.odd_files import a_file_with_rows, cut_to, needs_its_own_program, tampered
from steward_app.catalog import Catalog, points
from steward_app.catalog.points import PointState
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.services import backup


def made(catalog: Catalog, path: Path) -> backup.Point:
    backup.create(catalog, backup.plan_create(catalog, path, Context()), Context())
    (point,) = backup.list_points(catalog, path, Context())
    return point


def test_a_file_that_needs_its_own_program_gives_a_proven_point_that_says_what_was_not_checked(
    catalog: Catalog, tmp_path: Path
) -> None:
    point = made(catalog, needs_its_own_program(tmp_path / "clinic.db"))

    assert point.state is PointState.PROVEN
    (told,) = [check.detail for check in point.checks if check.title == "It holds together"]
    assert told.startswith("SQLite cannot check 2 tables")
    (verdict,) = backup.verify(catalog, tmp_path / "clinic.db", Context(), prove=True)
    assert verdict.sound


def test_bytes_behind_the_database_do_not_matter(catalog: Catalog, tmp_path: Path) -> None:
    path = a_file_with_rows(tmp_path / "clinic.db")
    with path.open("ab") as file:
        file.write(b"something else")

    assert made(catalog, path).state is PointState.PROVEN


@pytest.mark.parametrize("missing", [3 * 4096, 3 * 4096 + 123])
def test_a_file_that_is_cut_short_is_kept_as_it_is(catalog: Catalog, tmp_path: Path, missing: int) -> None:
    path = a_file_with_rows(tmp_path / "clinic.db")
    cut_to(path, path.stat().st_size - missing)
    before = path.read_bytes()

    point = made(catalog, path)

    assert point.state is PointState.TAKEN
    assert path.read_bytes() == before
    assert point.path.read_bytes()[4096 : len(before)] == before[4096:]
    (verdict,) = backup.verify(catalog, path, Context())
    assert verdict.sound


def test_a_file_with_a_damaged_schema_is_kept_as_it_is(catalog: Catalog, tmp_path: Path) -> None:
    path = tampered(
        a_file_with_rows(tmp_path / "clinic.db"), "UPDATE sqlite_schema SET sql = 'junk' WHERE name = 'visit'"
    )
    assert made(catalog, path).state is PointState.TAKEN


def test_of_a_file_that_was_emptied_no_point_is_made_on_this_computer_either(
    catalog: Catalog, tmp_path: Path
) -> None:
    path = a_file_with_rows(tmp_path / "clinic.db")
    kept = made(catalog, path)
    path.write_bytes(b"")
    with pytest.raises(Failure) as raised:
        made(catalog, path)
    assert (raised.value.code, kept.id in raised.value.message) == (ErrorCode.DAMAGED, True)
    with catalog.reading() as session:
        assert [point.id for point in points.of_database(session, kept.database_id)] == [kept.id]


def test_a_database_that_never_held_anything_makes_a_point(catalog: Catalog, tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    path.write_bytes(b"")
    assert made(catalog, path).state is PointState.PROVEN
