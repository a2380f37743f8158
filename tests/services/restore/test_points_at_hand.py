"""The image of a point is read once in a session, and the point of a moment is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from steward_app.catalog import Catalog, open_catalog
from steward_app.catalog.stores import Store
from steward_app.db import open_write
from steward_app.db.image import same_image
from steward_app.kernel.errors import Refused, UsageError
from steward_app.kernel.progress import Context
from steward_app.services import restore
from steward_app.services.backup.capture import capture
from steward_app.services.backup.init import init_store
from steward_app.services.backup.store.keys import NewKeys
from steward_app.services.operation import Confirmation

ROWS = [(n, f"Person number {n}") for n in range(1, 41)]
every_store = pytest.mark.parametrize("kind", ["none", "age"])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path, "riverside.db")
        .with_table("patient", "id INTEGER PRIMARY KEY, name", rows=ROWS)
        .in_wal_mode()
        .build()
    )


def captured(catalog: Catalog, path: Path, store: Store) -> str:
    return capture(catalog, path, store, Context(), contents=True).point


def write(path: Path, sql: str) -> None:
    with open_write(path) as session, session.transaction():
        session.run(sql)


# The images at hand


@every_store
def test_an_image_is_read_once_and_goes_with_the_catalog(
    path: Path, tmp_path: Path, new_keys: NewKeys | None
) -> None:
    with open_catalog() as catalog:
        store, _ = init_store(catalog, path, str(tmp_path / "store"), Context(), new_keys=new_keys)
        point = captured(catalog, path, store)
        with restore.point_image(catalog, path, point, Context()) as then:
            assert same_image(then.path, path, Context())
            assert then.path.stat().st_mode & 0o077 == 0
            assert then.path.parent.stat().st_mode & 0o077 == 0
        (tmp_path / "store").rename(tmp_path / "unplugged")
        with restore.point_image(catalog, path, point, Context()) as again:
            assert again.path == then.path
        scratch = catalog.scratch
        assert list(scratch.iterdir())
    assert not list(scratch.iterdir())


def test_the_images_take_no_more_than_their_share(
    catalog: Catalog, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, _ = init_store(catalog, path, str(tmp_path / "store"), Context(), new_keys=None)
    first = captured(catalog, path, store)
    write(path, "DELETE FROM patient WHERE id = 1")
    second = captured(catalog, path, store)
    monkeypatch.setattr("steward_app.services.restore.shelf.MOST_BYTES", path.stat().st_size)
    reading = restore.point_image(catalog, path, first, Context())
    with reading as one, restore.point_image(catalog, path, second, Context()) as two:
        assert one.path.exists()  # nobody's image is taken away while it is read
        assert two.path.exists()
    with restore.point_image(catalog, path, second, Context()):
        assert not one.path.exists()


# A moment


@pytest.fixture
def moments(catalog: Catalog, path: Path, tmp_path: Path) -> list[str]:
    """Points of 10:00, 10:30 and, by a clock that went back, of 10:10."""
    store, _ = init_store(catalog, path, str(tmp_path / "store"), Context(), new_keys=None)
    made = []
    for minute in (0, 30, 10):
        write(path, f"UPDATE patient SET name = 'at {minute}' WHERE id = 1")
        made.append(captured(catalog, path, store))
        at = f"2026-11-20T10:{minute:02}:00.000Z"
        with catalog.unit() as unit:
            unit.session.run("UPDATE points SET made_at = ? WHERE id = ?", (at, made[-1]))
            unit.commit()
    return made


@pytest.mark.parametrize(
    ("when", "number", "told"),
    [
        ("2026-11-20 10:05", 0, "5 minutes before."),
        ("2026-11-20T11:05+01:00", 0, "5 minutes before."),
        ("2026-11-20 10:00:00Z", 0, "exactly."),
        ("2026-11-20 10:12:03", 2, "2 minutes 3 seconds before."),
        ("2026-11-22 12:31", 1, "2 days 2 hours before."),
    ],
)
def test_the_newest_point_not_later_than_a_moment(
    catalog: Catalog, path: Path, moments: list[str], when: str, number: int, told: str
) -> None:
    found = restore.point_at(catalog, path, when, Context())
    assert found.point.id == moments[number]
    assert found.sentence.endswith(told)
    assert found.clock_went_back == (number != 0)
    assert [finding.code for finding in found.findings] == ["clock_went_back"] * (number != 0)


def test_points_that_cannot_be_used_are_passed_over_and_told(
    catalog: Catalog, path: Path, moments: list[str]
) -> None:
    with catalog.unit() as unit:
        unit.session.run("UPDATE points SET state = 'failed' WHERE id = ?", (moments[1],))
        unit.commit()
    found = restore.point_at(catalog, path, "2026-11-20 10:45", Context())
    assert (found.point.id, [each.id for each in found.passed_over]) == (moments[2], [moments[1]])
    assert "nearer_points_unusable" in [finding.code for finding in found.findings]
    for when, message in (("2026-11-20 09:00", "no usable restore point"), ("yesterday", "is no moment")):
        with pytest.raises(UsageError, match=message):
            restore.point_at(catalog, path, when, Context())


def test_a_point_that_is_gone_is_told_in_the_plan(catalog: Catalog, path: Path, tmp_path: Path) -> None:
    store, _ = init_store(catalog, path, str(tmp_path / "store"), Context(), new_keys=None)
    point = captured(catalog, path, store)
    with catalog.unit() as unit:
        unit.session.run("UPDATE points SET state = 'missing' WHERE id = ?", (point,))
        unit.commit()
    plan = restore.plan_restore(catalog, path, point, Context())
    assert [finding.title for finding in plan.blocking] == ["This restore point is not in its store any more"]
    with pytest.raises(Refused):
        restore.restore(catalog, plan, Context(), Confirmation.of(plan))
