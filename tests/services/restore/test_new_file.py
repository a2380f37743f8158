"""Restoring to a new file gives back the image that was captured, byte for byte."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders import a_database
from builders.stopping import cancelled_after
from steward_app.catalog import Catalog
from steward_app.db import open_read, open_write
from steward_app.db.content import table_contents
from steward_app.db.image import same_image
from steward_app.kernel.errors import Cancelled, ErrorCode, Failure, Refused, StewardError
from steward_app.kernel.plan import Plan, Reversal
from steward_app.kernel.progress import Context, Progress
from steward_app.services import backup, restore

Make = Callable[[Path], backup.Point]


def planned(catalog: Catalog, path: Path, point: backup.Point, to: Path | None) -> Plan:
    return restore.plan_restore(catalog, path, point.id, Context(), to=to)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    page_size=st.sampled_from([512, 4096, 65536]),
    encoding=st.sampled_from(["UTF-8", "UTF-16le"]),
    wal=st.booleans(),
    rows=st.lists(
        st.one_of(st.none(), st.integers(-9, 9), st.text("aé'", max_size=9), st.binary(max_size=900))
    ),
    later=st.lists(st.integers(0, 20), max_size=5),
)
def test_gives_back_the_captured_image(
    tmp_path: Path,
    catalog: Catalog,
    make: Make,
    page_size: int,
    encoding: str,
    wal: bool,
    rows: list[object],
    later: list[int],
) -> None:
    for each in tmp_path.iterdir():
        each.unlink()
    builder = (
        a_database(tmp_path).with_pragma(f"page_size = {page_size}").with_pragma(f"encoding = '{encoding}'")
    )
    builder.with_table("t", "id INTEGER PRIMARY KEY, a", rows=list(enumerate(rows)))  # type: ignore[arg-type]
    path = (builder.in_wal_mode() if wal else builder).build()
    captured, target = tmp_path / "captured.db", tmp_path / "restored.db"
    captured.write_bytes(path.read_bytes())
    with open_read(path) as session:
        held = table_contents(session, Context())
    with _new_identity(catalog):
        point = make(path)
    with open_write(path) as session, session.transaction():
        session.run("DELETE FROM t")
        for number in later:
            session.run("INSERT INTO t (a) VALUES (?)", (number,))
    restore.restore(catalog, planned(catalog, path, point, target), Context())
    assert target.read_bytes() == point.path.read_bytes()
    assert same_image(captured, target, Context())
    with open_read(target) as session:
        assert table_contents(session, Context()) == held


class _new_identity:  # noqa: N801
    """Each example is a database of its own, though the path and often the inode are those of the one before."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def __enter__(self) -> None:
        with self._catalog.unit() as unit:
            unit.session.run("DELETE FROM databases")
            unit.commit()

    def __exit__(self, *_: object) -> None:
        return


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    return a_database(tmp_path).with_table("t", "id INTEGER PRIMARY KEY, a", rows=[(1, "x")]).build()


def test_asks_nothing_and_tells_where_the_file_is(
    tmp_path: Path, catalog: Catalog, make: Make, clinic: Path
) -> None:
    plan = planned(catalog, clinic, make(clinic), tmp_path / "new.db")
    assert not plan.needs_confirmation
    assert plan.reversal is Reversal.NOT_NEEDED
    receipt = restore.restore(catalog, plan, Context())
    assert receipt.sentence == "Restored to “new.db”"
    assert receipt.result == {
        "point": plan.request["point"],
        "file": str(tmp_path / "new.db"),
        "compared": "1 table, 1 row",
    }
    assert (tmp_path / "new.db").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("there", ["new.db", "new.db-wal", "new.db-journal"])
def test_never_overwrites(tmp_path: Path, catalog: Catalog, make: Make, clinic: Path, there: str) -> None:
    point = make(clinic)
    plan = planned(catalog, clinic, point, tmp_path / "new.db")
    (tmp_path / there).write_bytes(b"somebody else's")
    with pytest.raises(Refused):
        planned(catalog, clinic, point, tmp_path / "new.db")
    with pytest.raises(StewardError) as error:
        restore.restore(catalog, plan, Context())
    assert error.value.code is ErrorCode.BAD_PATH
    assert (tmp_path / there).read_bytes() == b"somebody else's"
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted(["clinic.db", there])


def test_brings_back_a_database_that_is_gone(
    tmp_path: Path, catalog: Catalog, make: Make, clinic: Path
) -> None:
    before = clinic.read_bytes()
    point = make(clinic)
    clinic.unlink()
    receipt = restore.restore(catalog, planned(catalog, clinic, point, None), Context())
    assert (receipt.result or {})["file"] == str(clinic)
    (tmp_path / "before.db").write_bytes(before)
    assert same_image(tmp_path / "before.db", clinic, Context())


def test_a_changed_copy_is_not_restored(tmp_path: Path, catalog: Catalog, make: Make, clinic: Path) -> None:
    point = make(clinic)
    plan = planned(catalog, clinic, point, tmp_path / "new.db")
    content = bytearray(point.path.read_bytes())
    content[-3] ^= 1
    point.path.write_bytes(content)
    with pytest.raises(Failure) as failure:
        restore.restore(catalog, plan, Context())
    assert failure.value.code is ErrorCode.VERIFY_FAILED
    assert [each.name for each in tmp_path.iterdir()] == ["clinic.db"]


def test_a_point_known_to_be_bad_is_not_restored(
    tmp_path: Path, catalog: Catalog, make: Make, clinic: Path
) -> None:
    point = make(clinic)
    point.path.unlink()
    plan = planned(catalog, clinic, point, tmp_path / "new.db")
    assert [finding.code for finding in plan.blocking] == ["point_missing"]
    with pytest.raises(Refused):
        restore.restore(catalog, plan, Context())


def test_cancelled_anywhere_nothing_is_left(
    tmp_path: Path, catalog: Catalog, make: Make, clinic: Path
) -> None:
    point = make(clinic)
    told: list[Progress] = []
    restore.restore(catalog, planned(catalog, clinic, point, tmp_path / "whole.db"), Context(told.append))
    for stop in range(1, len(told) + 1):
        with pytest.raises(Cancelled):
            restore.restore(
                catalog, planned(catalog, clinic, point, tmp_path / "new.db"), cancelled_after(stop)
            )
        assert sorted(each.name for each in tmp_path.iterdir()) == ["clinic.db", "whole.db"]
