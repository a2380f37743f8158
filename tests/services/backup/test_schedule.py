"""Setting a schedule: what is given changes, what is not stays, and the journal knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from steward_app.catalog import Catalog, journal
from steward_app.kernel.errors import Failure, UsageError
from steward_app.kernel.progress import Context
from steward_app.services.backup import retention
from steward_app.services.backup.schedule import (
    get_schedule,
    set_schedule,
    system_files,
    told,
    write_system_files,
)
from steward_app.services.backup.schedule_files import System


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return a_database(tmp_path, "riverside.db").with_table("t", "a").build()


def test_a_schedule_is_set_a_part_at_a_time(catalog: Catalog, path: Path) -> None:
    assert told(get_schedule(catalog, path, Context())).startswith(
        "By hand only. One every 5 minutes, for 1 day;"
    )
    set_schedule(catalog, path, Context(), every_minutes=15)
    set_schedule(catalog, path, Context(), keep=retention.parse("1h:7d"))
    now = get_schedule(catalog, path, Context())
    assert told(now) == "Every 15 minutes. One every hour, for 7 days"
    with catalog.reading() as session:
        events = journal.events(session, database_id=now.database_id, operation="backup.schedule")
    assert [event.data["every_minutes"] for event in events] == [15, 15]


@pytest.mark.parametrize("minutes", [-1, 8 * 24 * 60])
def test_a_number_of_minutes_that_is_none_is_refused(catalog: Catalog, path: Path, minutes: int) -> None:
    with pytest.raises(UsageError) as raised:
        set_schedule(catalog, path, Context(), every_minutes=minutes)
    assert raised.value.hint


def test_everything_stays_when_no_rule_is_given(catalog: Catalog, path: Path) -> None:
    assert told(set_schedule(catalog, path, Context(), keep=())) == "By hand only. Everything stays"


def test_files_for_the_system_are_written_where_the_steward_says(
    catalog: Catalog, path: Path, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="by hand only"):
        system_files(catalog, path, System.SYSTEMD, Context())
    set_schedule(catalog, path, Context(), every_minutes=5)
    files = system_files(catalog, path, System.SYSTEMD, Context())
    written = write_system_files(files, tmp_path)
    assert {file.suffix for file in written} == {".service", ".timer"}
    assert all(file.read_bytes() == files.files[file.name] for file in written)
    service = written[0].read_text()
    assert str(path) in service
    assert f'Environment="STEWARD_HOME={catalog.directory}"' in service, "the run finds the same catalog"
    with pytest.raises(Failure, match="no folder"):
        write_system_files(files, tmp_path / "nowhere")
