"""Building: deterministic, whole or not at all, never over something."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from steward_app.db import open_read
from steward_app.db.content import table_contents
from steward_app.kernel import clock
from steward_app.kernel.errors import Cancelled, ErrorCode, Failure, Refused, UsageError
from steward_app.kernel.progress import Context, Progress
from steward_app.services.sample import SampleSummary, build
from steward_app.storage.disk import Disk, using


def content(path: Path) -> tuple[list[object], list[object]]:
    """The stored schema in the order it was written, and what each table holds."""
    with open_read(path) as session:
        schema = session.all("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY rowid")
        return list(schema), list(table_contents(session, Context()))


def test_is_as_large_as_it_should_be(summary: SampleSummary) -> None:
    assert 20 <= len(summary.tables) <= 28
    assert 45_000 <= summary.rows <= 60_000
    assert 5_000_000 <= summary.size_bytes <= 15_000_000
    assert summary.path.stat().st_size == summary.size_bytes
    assert max(summary.tables, key=lambda table: table.rows).name == "observation"
    with open_read(summary.path) as session:
        for table in summary.tables:
            assert session.count(f"SELECT count(*) FROM {table.name}") == table.rows > 0


def test_the_same_seed_gives_the_same_file_on_any_day(
    summary: SampleSummary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "_source", lambda: datetime(2031, 2, 3, tzinfo=UTC))
    again = build(tmp_path / "again.db", seed=7)
    assert (again.rows, again.tables, again.planted) == (summary.rows, summary.tables, summary.planted)
    assert content(again.path) == content(summary.path)


def test_another_seed_gives_other_people_with_the_same_schema_and_the_same_dirt(
    summary: SampleSummary, tmp_path: Path
) -> None:
    other = build(tmp_path / "other.db", seed=8)
    assert other.planted == summary.planted
    ours, theirs = content(summary.path), content(other.path)
    assert theirs[0] == ours[0]
    assert theirs[1] != ours[1]


def test_plays_on_the_day_it_is_told(tmp_path: Path) -> None:
    path = build(tmp_path / "early.db", today=date(2001, 6, 15)).path
    with open_read(path) as session:
        first, last = session.all("SELECT min(started_at), max(started_at) FROM visit")[0]
    assert str(first) > "1984-01-05"
    assert str(last).startswith("2001-06-15")


@pytest.mark.parametrize("today", [date(1999, 12, 31), date(2100, 1, 1)])
def test_refuses_a_day_out_of_range(tmp_path: Path, today: date) -> None:
    with pytest.raises(UsageError, match="2000 to 2099"):
        build(tmp_path / "x.db", today=today)
    assert list(tmp_path.iterdir()) == []


def test_leaves_what_is_there_already(tmp_path: Path) -> None:
    path = tmp_path / "riverside.db"
    path.write_bytes(b"something else")
    with pytest.raises(Refused, match=r"“riverside\.db” exists already") as raised:
        build(path)
    assert raised.value.code is ErrorCode.BAD_PATH
    assert path.read_bytes() == b"something else"
    dangling = tmp_path / "link.db"
    dangling.symlink_to(tmp_path / "nowhere")
    with pytest.raises(Refused):
        build(dangling)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["link.db", "riverside.db"]


def test_leaves_a_file_that_appeared_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "riverside.db"

    def appear(progress: Progress) -> None:
        path.write_bytes(b"quicker")

    with pytest.raises(Refused, match="exists already"):
        build(path, context=Context(appear))
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("riverside.db", b"quicker")]


def test_names_the_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="There is no folder") as raised:
        build(tmp_path / "nowhere" / "riverside.db")
    assert raised.value.code is ErrorCode.NOT_FOUND


@pytest.mark.parametrize("when", [0.0, 0.5, 0.99])
def test_a_cancel_leaves_nothing(tmp_path: Path, when: float) -> None:
    def stop(progress: Progress) -> None:
        if progress.total and progress.done >= when * progress.total:
            context.cancel()

    context = Context(stop)
    if not when:
        context.cancel()
    with pytest.raises(Cancelled):
        build(tmp_path / "riverside.db", context=context)
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fails_at_the_end_leaves_nothing(tmp_path: Path) -> None:
    class Failing(Disk):
        def fsync(self, descriptor: int) -> None:
            raise OSError(28, "full")

    with using(Failing()), pytest.raises(Failure) as raised:
        build(tmp_path / "riverside.db")
    assert raised.value.code is ErrorCode.DISK_FULL
    assert list(tmp_path.iterdir()) == []


def test_tells_how_far_it_is(tmp_path: Path) -> None:
    heard: list[Progress] = []
    summary = build(tmp_path / "riverside.db", context=Context(heard.append))
    assert [progress.done for progress in heard] == sorted(progress.done for progress in heard)
    assert {(progress.total, progress.unit) for progress in heard} == {(summary.rows, "rows")}
    assert {progress.note for progress in heard} == {table.name for table in summary.tables}


def test_a_full_disk_is_told_by_the_name_that_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, world: object) -> None:
        raise Failure(ErrorCode.DISK_FULL, f"The disk that holds “{path.name}” is full.")

    monkeypatch.setattr(sys.modules[build.__module__], "_write", full)
    with pytest.raises(Failure, match=r"holds “riverside\.db” is full") as told:
        build(tmp_path / "riverside.db")
    assert told.value.hint.startswith("Nothing was made.")
    assert list(tmp_path.iterdir()) == []
