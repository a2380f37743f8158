"""Restoring where the file at the place is not as it should be: nothing is half done, and there is always a way on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from builders.odd_files import a_file_with_rows, cut_to, needs_its_own_program, overwritten, tampered
from steward_app.catalog import Catalog, identity, journal
from steward_app.catalog.journal import Phase
from steward_app.db import open_read, open_write
from steward_app.kernel.errors import Failure
from steward_app.kernel.plan import Plan
from steward_app.kernel.progress import Context
from steward_app.services import backup, restore
from steward_app.services.operation import Confirmation

Make = Callable[[Path], backup.Point]
JUNK = "UPDATE sqlite_schema SET sql = 'junk' WHERE name = 'visit'"


def plan(catalog: Catalog, path: Path, point: backup.Point, to: Path | None = None) -> Plan:
    return restore.plan_restore(catalog, path, point.id, Context(), to=to)


def rows(path: Path) -> int:
    with open_read(path) as session:
        return session.count("SELECT count(*) FROM visit")


def _cut(path: Path) -> None:
    cut_to(path, path.stat().st_size - 3 * 4096)


def _first_bytes(path: Path) -> None:
    overwritten(path, 0, bytes(16))


def _schema(path: Path) -> None:
    tampered(path, JUNK)


def _text(path: Path) -> None:
    path.write_text("not a database at all")


def _zeros(path: Path) -> None:
    overwritten(path, 0, bytes(4096))


@pytest.mark.parametrize("spoil", [_cut, _first_bytes, _schema])
def test_a_file_that_cannot_be_written_blocks_the_plan_and_the_ways_on_work(
    catalog: Catalog, make: Make, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    path = a_file_with_rows(tmp_path / "clinic.db")
    point = make(path)
    spoil(path)
    spoiled = path.read_bytes()

    in_place = plan(catalog, path, point)

    assert [finding.code for finding in in_place.blocking] == ["cannot_be_written"]
    assert "it is damaged" in in_place.blocking[0].title
    assert path.read_bytes() == spoiled
    restore.restore(catalog, plan(catalog, path, point, tmp_path / "new.db"), Context())
    assert rows(tmp_path / "new.db") == 50
    _move_away_and_restore(catalog, path, point)


@pytest.mark.parametrize("spoil", [_text, _zeros])
def test_a_file_that_is_no_database_any_more_says_how_to_go_on(
    catalog: Catalog, make: Make, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    path = a_file_with_rows(tmp_path / "clinic.db")
    point = make(path)
    spoil(path)

    with pytest.raises(Failure) as told:
        plan(catalog, path, point)

    assert (
        "cannot be restored in place as it is. Restore to a new file. Or move this file away"
        in told.value.hint
    )
    _move_away_and_restore(catalog, path, point)


def _move_away_and_restore(catalog: Catalog, path: Path, point: backup.Point) -> None:
    path.rename(path.with_name("spoiled.db"))
    restore.restore(catalog, plan(catalog, path, point), Context())
    assert rows(path) == 50


def test_what_is_made_anew_in_its_own_place_is_the_same_database(
    catalog: Catalog, make: Make, tmp_path: Path
) -> None:
    path = a_file_with_rows(tmp_path / "clinic.db")
    point = make(path)
    path.unlink()
    (tmp_path / "another, so that the number of the file is not used again").touch()

    restore.restore(catalog, plan(catalog, path, point), Context())

    with open_read(path) as session:
        answer = identity.recognise(catalog, path, session)
    assert isinstance(answer, identity.Recognised)
    assert answer.database.id == point.database_id
    assert backup.list_points(catalog, path, Context())


def test_a_point_of_a_damaged_schema_is_brought_back_as_a_new_file_only(
    catalog: Catalog, make: Make, tmp_path: Path
) -> None:
    path = tampered(a_file_with_rows(tmp_path / "clinic.db"), JUNK)
    point = make(path)
    path.unlink()
    a_file_with_rows(path)
    with open_read(path) as session:
        question = identity.recognise(catalog, path, session)
    if isinstance(question, identity.IdentityQuestion):
        identity.resolve(catalog, question, "same")

    in_place = plan(catalog, path, point)

    assert [finding.code for finding in in_place.blocking] == ["point_damaged"]
    restore.restore(catalog, plan(catalog, path, point, tmp_path / "new.db"), Context())
    assert (tmp_path / "new.db").stat().st_size == point.size_bytes


def test_a_point_that_nobody_looked_into_claims_no_counts(catalog: Catalog, tmp_path: Path) -> None:
    path = a_file_with_rows(tmp_path / "clinic.db")
    backup.create(catalog, backup.plan_create(catalog, path, Context(), check=False, prove=False), Context())
    (point,) = backup.list_points(catalog, path, Context())
    with open_write(path) as session, session.transaction():
        session.run("DELETE FROM visit WHERE id > 10")

    in_place = plan(catalog, path, point)

    assert in_place.changes == ()
    assert "point_not_counted" in [finding.code for finding in in_place.findings]
    receipt = restore.restore(catalog, in_place, Context(), Confirmation.of(in_place))
    assert [(c.table, c.rows_before, c.rows_after) for c in receipt.changes] == [("visit", 10, 50)]


def test_the_receipt_counts_what_was_there_and_not_what_the_plan_had_seen(
    catalog: Catalog, make: Make, tmp_path: Path
) -> None:
    path = a_file_with_rows(tmp_path / "clinic.db")
    in_place = plan(catalog, path, make(path))
    with open_write(path) as session, session.transaction():
        session.run("DELETE FROM visit WHERE id > 10")

    receipt = restore.restore(catalog, in_place, Context(), Confirmation.of(in_place))

    assert [(c.table, c.rows_before, c.rows_after) for c in receipt.changes] == [("visit", 10, 50)]
    with catalog.reading() as session:
        ended = journal.events(session, operation="restore", phases=[Phase.FINISHED])[0]
    assert json.dumps(ended.data["changes"]).count('"rows_before": 10') == 1


def test_a_file_that_needs_its_own_program_is_restored_in_place(
    catalog: Catalog, make: Make, tmp_path: Path
) -> None:
    path = needs_its_own_program(tmp_path / "clinic.db")
    point = make(path)
    with open_write(path) as session, session.transaction():
        session.run("DELETE FROM plain")

    in_place = plan(catalog, path, point)
    rehearsal = restore.rehearse(catalog, in_place, Context())
    receipt = restore.restore(catalog, in_place, Context(), Confirmation.of(in_place))

    assert rehearsal.passed
    for changes in (in_place.changes, receipt.changes):
        assert [(c.table, c.rows_before, c.rows_after) for c in changes] == [
            ("by collation", 1, 1),
            ("by function", 2, 2),
            ("plain", 0, 2),
        ]
