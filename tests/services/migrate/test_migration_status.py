"""The history in the file, and where each migration stands beside it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from builders import a_database
from steward_app.db import open_read, open_write
from steward_app.db.migration_files import Kind, read_folder
from steward_app.db.schema_hash import schema_hash
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.services.migrate import history
from steward_app.services.migrate.model import Applied, Origin, State, Status
from steward_app.services.migrate.status import status


class Place:
    """A database beside a folder of migrations; a history is written as a runner would write it."""

    def __init__(self, path: Path) -> None:
        self.folder = path / "migrations"
        self.folder.mkdir()
        self.database = a_database(path).with_sql("CREATE TABLE a(x)").build()

    def write(self, name: str, text: str = "SELECT 1;") -> None:
        (self.folder / name).write_text(text)

    def ran(self, name: str, origin: Origin = Origin.RUN, *, complete: bool = True) -> int:
        files = {each.path.name: each for each in read_folder(self.folder, frozenset(Kind), python=True)}
        file = files[name]
        with open_write(self.database) as session, session.transaction():
            now = schema_hash(session, without_ours=True)
            row = Applied(
                0,
                file.version,
                file.name,
                name,
                file.checksum,
                origin,
                "2026-11-21T00:00:00Z",
                5,
                "anna",
                now,
                now,
            )
            return history.record(session, replace(row, complete=complete))

    def status(self) -> Status:
        with open_read(self.database) as session:
            return status(session, self.folder)

    def states(self) -> dict[str, State]:
        return {entry.file: entry.state for entry in self.status().entries}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_a_file_without_a_history_has_everything_before_it(place: Place) -> None:
    for name in ("V0002__b.py", "V0001__a.sql", "U0001__a.sql", "R__views.sql"):
        place.write(name)
    found = place.status()
    assert found.version is None
    assert [entry.file for entry in found.pending] == ["V0001__a.sql", "V0002__b.py", "R__views.sql"]
    assert found.entries[0].undo is not None
    assert not found.in_the_way
    assert not found.drifted


def test_what_was_applied_is_no_longer_pending(place: Place) -> None:
    place.write("V0001__a.sql")
    place.write("V0002__b.sql")
    place.write("R__views.sql")
    place.ran("V0001__a.sql")
    place.ran("R__views.sql")
    assert place.states() == {
        "V0001__a.sql": State.APPLIED,
        "V0002__b.sql": State.PENDING,
        "R__views.sql": State.APPLIED,
    }
    assert place.status().version == 1


def test_each_kind_of_trouble_is_told_apart(place: Place) -> None:
    for name in ("V0001__gone.sql", "V0003__edited.sql", "V0004__stopped.sql", "R__views.sql"):
        place.write(name)
        place.ran(name, complete="stopped" not in name)
    (place.folder / "V0001__gone.sql").unlink()
    place.write("V0002__late.sql")
    place.write("V0003__edited.sql", "SELECT 2;")
    place.write("R__views.sql", "SELECT 2;")
    assert place.states() == {
        "V0001__gone.sql": State.MISSING,
        "V0002__late.sql": State.LATE,
        "V0003__edited.sql": State.EDITED,
        "V0004__stopped.sql": State.FAILED,
        "R__views.sql": State.REPEATS,
    }
    assert {entry.state for entry in place.status().in_the_way} == {
        State.MISSING,
        State.LATE,
        State.EDITED,
        State.FAILED,
    }


def test_what_was_taken_back_waits_again(place: Place) -> None:
    place.write("V0001__a.sql")
    place.write("V0002__b.sql")
    place.ran("V0001__a.sql")
    place.ran("V0002__b.sql")
    place.ran("V0002__b.sql", Origin.UNDO)
    assert place.states() == {"V0001__a.sql": State.APPLIED, "V0002__b.sql": State.PENDING}
    assert place.status().version == 1
    (place.folder / "V0002__b.sql").unlink()
    assert place.states()["V0002__b.sql"] is State.UNDONE


def test_a_baseline_stands_for_what_was_before_it(place: Place) -> None:
    for name in ("V0001__a.sql", "V0002__b.sql", "V0003__c.sql"):
        place.write(name)
    place.ran("V0002__b.sql", Origin.BASELINE)
    assert place.states() == {"V0002__b.sql": State.APPLIED, "V0003__c.sql": State.PENDING}


def test_a_change_that_no_migration_made_is_seen(place: Place) -> None:
    place.write("V0001__a.sql")
    place.ran("V0001__a.sql")
    assert not place.status().drifted
    with open_write(place.database) as session, session.transaction():
        session.run("CREATE TABLE elsewhere(x)")
    assert place.status().drifted


def test_a_migration_without_a_transaction_is_ended_or_forgotten(place: Place) -> None:
    place.write("V0001__a.sql")
    rank = place.ran("V0001__a.sql", complete=False)
    with open_write(place.database) as session:
        with session.transaction():
            history.complete(session, rank, 12, "hash")
        [row] = history.read(session)
        assert (row.complete, row.duration_ms, row.schema_after) == (True, 12, "hash")
        with session.transaction():
            history.put_back(session, [replace(row, origin=Origin.FORGOTTEN)])
        assert history.read(session) == ()


def test_a_table_of_somebody_else_is_left_alone(place: Place) -> None:
    with open_write(place.database) as session, session.transaction():
        session.run(f"CREATE TABLE {history.TABLE}(id)")
    with pytest.raises(Failure, match="is not a history of this program") as refused:
        place.status()
    assert refused.value.code is ErrorCode.BAD_MIGRATION
