"""Points of a database that was cut short, is damaged, or lost most of its rows: they say so, and push none out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from builders import a_database, steward
from builders.points import at_time
from steward_app.catalog import Catalog, points
from steward_app.catalog.points import Point, PointState
from steward_app.db import open_write
from steward_app.kernel import clock
from steward_app.kernel.progress import Context
from steward_app.services import backup, restore
from steward_app.services.backup import retention
from steward_app.services.backup.init import init_store
from steward_app.services.backup.rounds import Visit, go_round


@pytest.fixture
def path(catalog: Catalog, tmp_path: Path) -> Path:
    made = a_database(tmp_path, "riverside.db").with_table(
        "visit", "id INTEGER PRIMARY KEY, note", rows=[(n, "x" * 500) for n in range(400)]
    )
    path = made.build()
    init_store(catalog, path, str(tmp_path / "nas"), Context(), name="nas", new_keys=None)
    _round(catalog, path)
    return path


def _round(catalog: Catalog, path: Path, *, contents: bool = True) -> Visit:
    (visit,) = go_round(catalog, path, Context(), contents=contents, keep_days=0)
    assert not visit.problem
    return visit


def _point(catalog: Catalog, point_id: str) -> Point:
    with catalog.reading() as session:
        return points.find(session, point_id)


def _cut(path: Path) -> None:
    with path.open("rb+") as file:
        file.truncate(path.stat().st_size // 2 + 100)


def _scribble(path: Path) -> None:
    size = path.stat().st_size
    with path.open("rb+") as file:
        file.seek(size // 2 // 4096 * 4096)
        file.write(b"\xa5" * 16384)


def _write(path: Path, sql: str) -> None:
    with open_write(path) as session, session.transaction(Context()):
        session.run(sql)


def test_a_database_cut_short_is_told_with_the_round_the_point_and_on_every_computer(
    catalog: Catalog, path: Path, tmp_path: Path
) -> None:
    _cut(path)
    visit = _round(catalog, path, contents=False)
    assert visit.warning.startswith("The database was cut short when this was made: ")
    assert _point(catalog, visit.point).warning == visit.warning
    assert _round(catalog, path, contents=False).warning == visit.warning  # nothing has changed since
    found = backup.list_in_store(catalog, str(tmp_path / "nas"), Context())
    assert [point.warning for point in found] == [visit.warning, ""]


def test_a_table_that_cannot_be_read_is_named(catalog: Catalog, path: Path) -> None:
    _scribble(path)
    warning = _round(catalog, path).warning
    assert warning == "The database was damaged when this was made: “visit” could not be read to the end"


def test_a_drill_of_an_exact_copy_says_that_the_database_was_damaged(catalog: Catalog, path: Path) -> None:
    _scribble(path)
    made = _round(catalog, path, contents=False).point
    assert not _point(catalog, made).warning  # nobody read the tables
    (done,) = restore.drill(catalog, path, Context(), point=made)
    assert "is what it was made of, and the database was damaged then" in done.sentence
    assert [check.title for check in done.checks if not check.passed] == [
        "The database was whole when this was made"
    ]
    point = _point(catalog, made)
    assert (done.passed, point.state) == (False, PointState.CHECKED)
    assert point.warning == "The database was damaged when this was made"
    (verdict,) = backup.verify(catalog, path, Context(), point=made, prove=True)
    assert verdict.problems[0].startswith("Not so: The database was whole when this was made")


def test_a_loss_of_most_rows_is_told_until_it_is_a_week_old(catalog: Catalog, path: Path) -> None:
    before = _round(catalog, path).point
    _write(path, "DELETE FROM visit WHERE id > 10")
    lost = f"Most rows were gone when this was made: 11 of 400 that {before} held"
    assert _round(catalog, path).warning == lost
    _write(path, "UPDATE visit SET note = 'y'")
    assert _round(catalog, path, contents=False).warning == lost  # nobody counted
    _write(path, "UPDATE visit SET note = 'z'")
    assert _round(catalog, path).warning == lost
    with at_time(clock.now() + timedelta(days=8)):
        _write(path, "UPDATE visit SET note = 'a'")
        assert _round(catalog, path).warning == ""


def test_half_of_the_rows_is_nothing_to_tell(catalog: Catalog, path: Path) -> None:
    _write(path, "DELETE FROM visit WHERE id >= 200")
    assert _round(catalog, path).warning == ""


def test_whole_file_and_plain_points_say_it_too(catalog: Catalog, path: Path) -> None:
    backup.create(catalog, backup.plan_create(catalog, path, Context()), Context())
    _write(path, "DELETE FROM visit WHERE id > 10")
    made = backup.create(catalog, backup.plan_create(catalog, path, Context()), Context())
    assert "Most rows were gone" in made.sentence
    (plain,) = backup.plain_round(catalog, path, Context())
    assert "Most rows were gone" in plain.warning


def test_a_whole_file_point_of_a_damaged_database_says_so(catalog: Catalog, path: Path) -> None:
    _scribble(path)
    made = backup.create(catalog, backup.plan_create(catalog, path, Context()), Context())
    point = _point(catalog, str((made.result or {})["point"]))
    assert point.warning.startswith("The database was damaged when this was made: ")


def test_a_point_with_a_warning_pushes_out_none_without(catalog: Catalog, path: Path) -> None:
    sound = _point(catalog, _round(catalog, path).point)
    now = clock.from_text(sound.made_at)
    bad = [
        replace(
            sound, id=f"pt_{n}", made_at=clock.to_text(now + timedelta(seconds=n)), warning="It was cut short"
        )
        for n in (3, 2, 1)
    ]
    rules = retention.parse("1h:1d")
    later = (now + timedelta(minutes=1)).replace(second=0)
    decided = retention.decide([*bad, sound], rules, later)
    assert [each.stays for each in decided] == [True, False, False, True]
    long_after = retention.decide([*bad, sound], rules, now + timedelta(days=400))
    assert [(each.stays, each.why) for each in long_after if each.stays] == [
        (True, "The newest point"),
        (True, "The newest point without a warning"),
    ]


def test_the_command_tells_it_and_ends_with_1(path: Path) -> None:
    _cut(path)
    ran = steward("backup", "create", path)
    assert (ran.code, "cut short" in ran.out) == (1, True)
    listed = steward("backup", "list", path).out
    assert ", warning" in listed
    assert ": The database was cut short when this was made: " in listed
    assert steward("backup", "create", path).code == 1
