"""What an audit will cost, measured on rows of the very table; and how much a table changes in a day."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import apsw
import pytest

from builders import a_database
from builders.guarding import install
from builders.operations import known
from steward_app.catalog import Catalog
from steward_app.catalog.points import Point, PointState
from steward_app.db import open_read
from steward_app.db.content import TableContent
from steward_app.kernel.progress import Context
from steward_app.services.audit.engine import tables
from steward_app.services.audit.engine.model import Mode
from steward_app.services.audit.engine.shape import shape_of
from steward_app.services.audit.guard.forecast import Forecast, forecast
from steward_app.services.audit.guard.install import Install, InstallRequest
from steward_app.services.audit.guard.install_words import of_forecast
from steward_app.services.audit.guard.rate import Growth, growth, rate_of
from steward_app.services.audit.guard.trial import Chosen
from steward_app.services.schema import read_schema

DAY = 86_400


def forecast_of(path: Path, name: str, modes: dict[str, Mode] | None = None) -> Forecast:
    with open_read(path) as session, session.snapshot():
        schema = read_schema(session)
        table = schema.table(name)
        assert table is not None
        return forecast(session, table, Chosen(shape_of(table, schema), modes or {}), Context())


def test_measured_on_rows_of_the_table(tmp_path: Path) -> None:
    columns = "id INTEGER PRIMARY KEY, a TEXT, b REAL, c BLOB"
    rows = [(n, "text" * 5, n / 7, bytes(20)) for n in range(400)]
    path = a_database(tmp_path).with_table("t", columns, rows=rows).build()
    before = path.read_bytes()
    found = forecast_of(path, "t")
    assert (found.rows, found.sampled, found.problem) == (400, 400, "")
    assert found.insert is not None
    assert found.update is not None
    assert found.delete is not None
    assert found.insert.times > 1
    assert 60 < found.insert.bytes < 110  # 49 bytes of values, and what a change has beside them
    assert 60 < found.delete.bytes < 110
    assert 15 < found.update.bytes < 60
    assert (found.rate, found.bytes_a_day) == (None, None)
    assert path.read_bytes() == before


def test_less_is_logged_costs_less(tmp_path: Path) -> None:
    rows = [(n, "x" * 300) for n in range(50)]
    path = a_database(tmp_path).with_table("t", "id INTEGER PRIMARY KEY, a TEXT", rows=rows).build()
    whole, flagged = forecast_of(path, "t"), forecast_of(path, "t", {"a": Mode.FLAG})
    assert whole.insert is not None
    assert flagged.insert is not None
    assert flagged.insert.bytes + 250 < whole.insert.bytes


@pytest.mark.parametrize(
    ("statement", "rows"),
    [
        ("CREATE TABLE t (a, b)", [(1, 2)]),
        ("CREATE TABLE t (a TEXT, b INT, c, PRIMARY KEY (a, b)) WITHOUT ROWID", [("x", 1, 2), ("x", 2, 3)]),
        ("CREATE TABLE t (a UNIQUE CHECK (a > 5), b AS (a + 1)) ", [(6,), (7,)]),
        ("CREATE TABLE t (rowid, a)", [("r", 1), ("s", 2)]),
        ("CREATE TABLE t (a INTEGER PRIMARY KEY)", [(5,)]),
        ("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT NOT NULL) STRICT", [(5, "x"), (6, "y")]),
    ],
)
def test_tables_of_every_kind(tmp_path: Path, statement: str, rows: list[tuple[object, ...]]) -> None:
    marks = ", ".join("?" * len(rows[0]))
    path = a_database(tmp_path).with_sql(statement).build()
    connection = apsw.Connection(str(path))
    columns = ", ".join("abc"[: len(rows[0])]) if "rowid," not in statement else "rowid, a"
    connection.executemany(f"INSERT INTO t ({columns}) VALUES ({marks})", rows)  # type: ignore[arg-type]
    connection.close()
    found = forecast_of(path, "t")
    assert (found.problem, found.sampled) == ("", len(rows))
    assert found.insert is not None


def test_an_empty_table_and_text_that_is_not_valid(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_sql(
            "CREATE TABLE empty (x)", "CREATE TABLE odd (x)", "INSERT INTO odd VALUES (CAST(x'C328' AS TEXT))"
        )
        .build()
    )
    assert forecast_of(path, "empty").sampled == 0
    assert "it is empty" in of_forecast(forecast_of(path, "empty"))
    assert forecast_of(path, "odd").sampled == 1


def test_triggers_and_constraints_of_the_table_are_not_in_the_way(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_table("p", "id INTEGER PRIMARY KEY", rows=[(1,)])
        .with_table("t", "id INTEGER PRIMARY KEY, p REFERENCES p (id), v", rows=[(1, 1, 1), (2, 1, 2)])
        .with_sql("CREATE TRIGGER no BEFORE UPDATE ON t BEGIN SELECT raise(ABORT, 'no'); END")
        .build()
    )
    assert forecast_of(path, "t").problem == ""


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("created_at", [f"2026-10-{day:02} 10:00:00" for day in range(1, 31)]),
        ("created", [1_790_000_000 + n * DAY for n in range(30)]),
        ("CreatedDate", [(1_790_000_000 + n * DAY) * 1000 for n in range(30)]),
        ("date_created", [2_461_000.5 + n for n in range(30)]),
    ],
)
def test_the_rate_is_read_from_a_column_that_tells_when(
    tmp_path: Path, name: str, values: list[object]
) -> None:
    rows = [(None, value) for value in values for _ in range(2)]
    path = a_database(tmp_path).with_table("t", f"id INTEGER PRIMARY KEY, {name}", rows=rows).build()  # type: ignore[arg-type]
    found = forecast_of(path, "t")
    assert found.rate is not None
    assert found.rate.inserts == pytest.approx(2, rel=0.1)
    assert name in found.rate.source
    assert found.bytes_a_day is not None
    assert found.insert is not None
    assert found.bytes_a_day > 2 * found.insert.bytes * 0.9


def test_updates_are_those_rows_that_did_not_come_then(tmp_path: Path) -> None:
    rows = [
        (n, f"2026-10-{1 + n % 28:02}" if n < 28 else "2020-01-01", f"2026-10-{1 + n % 28:02}")
        for n in range(84)
    ]
    path = a_database(tmp_path).with_table("t", "id INTEGER PRIMARY KEY, created, updated", rows=rows).build()
    with open_read(path) as session:
        table = read_schema(session).table("t")
        assert table is not None
        found = rate_of(session, table)
    assert found is not None
    assert found.inserts is not None
    assert found.updates == pytest.approx(2 * found.inserts, rel=0.2)


def test_a_column_of_such_a_name_without_dates_tells_nothing(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("t", "created", rows=[("soon",), (None,), (-4,), (b"x",)]).build()
    assert forecast_of(path, "t").rate is None


def test_else_from_what_restore_points_counted(tmp_path: Path) -> None:
    newest = Point(
        id="pt_1", database_id="", made_at="2026-11-11T00:00:00Z", path=Path("a"), source_path=Path("b"),
        size_bytes=1, state=PointState.CHECKED, state_at="", tables=(TableContent("t", 300, ""),),
    )  # fmt: skip
    oldest = replace(newest, made_at="2026-11-01T00:00:00Z", tables=(TableContent("t", 100, ""),))
    assert growth([newest]) == {}
    assert growth([newest, replace(newest, tables=()), oldest]) == {"t": Growth(200, 10.0)}
    path = a_database(tmp_path).with_table("t", "x").build()
    with open_read(path) as session:
        table = read_schema(session).table("t")
        assert table is not None
        found = rate_of(session, table, Growth(200, 10.0))
    assert found is not None
    assert (found.inserts, found.updates, found.deletes) == (20.0, None, 0.0)


def test_beside_an_audit_that_is_there(catalog: Catalog, tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("a", "x", rows=[(1,)]).with_table("b", "x", rows=[(1,)]).build()
    install(catalog, path, "a")
    request = InstallRequest(path, known(catalog, path).id, ("b",))
    (found,) = Install(catalog).forecasts(request, Context())
    assert (found.table, found.problem) == ("b", "")
    with open_read(path) as session:
        assert [each.name for each in tables.tables(session)] == ["a"]
