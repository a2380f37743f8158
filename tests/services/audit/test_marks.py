"""Which rows of a page of then differ from now, and steps along the changes of a table."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders import a_database
from builders.audited import a_case, write
from builders.histories import moment, table_of
from builders.sealed import put_under_audit
from builders.time_travel import a_past, at, write_history
from builders.writers import Bundled
from steward_app.catalog import open_catalog
from steward_app.db import ReadSession, open_read
from steward_app.kernel.errors import Refused, UsageError
from steward_app.kernel.progress import Context
from steward_app.services.audit.engine.model import Mode
from steward_app.services.audit.past.as_of import table_as_of
from steward_app.services.audit.past.compare import Comparison, Kind, compare
from steward_app.services.audit.past.compare_export import export_comparison
from steward_app.services.audit.past.lineage import lineage
from steward_app.services.audit.past.looking_back import looking_back
from steward_app.services.audit.past.marks import marks_of, touched
from steward_app.services.audit.past.moments import Times
from steward_app.services.audit.past.steps import change_after, change_before, time_line
from steward_app.services.rows import Export, Grid, children_of, links_from, parent_of
from steward_app.services.schema import read_schema


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return a_past(tmp_path / "clinic.db")


def differing(found: Comparison) -> Iterator[tuple[Kind, frozenset[str]]]:
    number = 0
    while page := found.page(after=number):
        for each in page:
            number = each.number
            if each.kind is not Kind.ADDED:
                yield each.kind, frozenset(each.columns)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 1 << 30))
def test_the_marks_of_all_pages_are_what_a_comparison_finds(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    case = a_case(tmp_path_factory.mktemp("case") / "x.db", seed)
    write(case, Bundled(), rounds=3)
    with open_read(case.path) as session:
        last = Times(session).now()
        for audited in case.audited:
            table = table_of(session, audited.name)
            for seq, _ in case.checkpoints:
                with table_as_of(session, table, moment(seq)) as then:
                    source = then.source
                    if not source.columns:
                        continue
                    found = []
                    with then.at_one_moment():
                        grid = Grid(session, source, page_rows=7)
                        page = grid.first_page()
                        while page.rows:
                            found += marks_of(then, source, page.keys).values()
                            if not page.has_after:
                                break
                            page = grid.page_after(page)
                        grid.close()
                    assert len(found) <= touched(then)
                if source.key is None:
                    continue
                with compare(session, table, moment(seq), last) as both:
                    wanted = sorted((kind, sorted(columns)) for kind, columns in differing(both))
                told = sorted((each.kind, sorted(each.columns)) for each in found)
                assert told == wanted


def test_steps_lead_from_change_to_change_of_a_table(path: Path) -> None:
    with open_read(path) as session:
        known, times = lineage(session, "visit"), Times(session)
        seen, here = [], times.now()
        while (asked := change_before(session, known, here)) is not None:
            here = times.moment(asked)
            seen.append(here.seq)
        assert seen == [5, 4, 2, 1, 0]
        there = []
        while (asked := change_after(session, known, here)) is not None:
            here = times.moment(asked)
            there.append(here.seq)
        assert there == [1, 2, 3, 5, 6]


def test_a_time_line_begins_before_the_first_change_and_counts_days(path: Path) -> None:
    with open_read(path) as session:
        line = time_line(session, lineage(session, "visit"))
    assert line.begins < at(1) and sum(each.changes for each in line.days) == 5


def test_links_are_followed_among_rows_of_then(path: Path) -> None:
    with open_catalog() as catalog, open_read(path) as session:
        schema = read_schema(session)
        link = links_from(schema, "visit")[0]
        with looking_back(session, schema, at(3.5), Context(), catalog, "") as look:
            assert [look.rows(name).stored for name in ("visit", "patient", "staff")] == [False, False, True]
            assert list(look.as_now) == ["staff"] and isinstance(look.as_now["staff"], UsageError)
            with look.at_one_moment():
                assert parent_of(session, schema, link, (4,), rows=look.rows).key == (5,)
                (found,) = children_of(session, schema, "patient", (5,), Context(), rows=look.rows)
                assert found.rows.value == 6
        assert parent_of(session, schema, link, (4,)).key == (2,)


def test_a_table_that_is_not_there_is_said(path: Path) -> None:
    with open_catalog() as catalog, open_read(path) as session:
        schema = read_schema(session)
        with (
            looking_back(session, schema, None, Context(), catalog, "") as look,
            pytest.raises(UsageError, match="no table"),
        ):
            look.rows("absent")


def written(session: ReadSession, target: Path, wish: Export | None = None, kind: Kind | None = None) -> int:
    with compare(session, table_of(session, "patient"), moment(0), Times(session).now()) as found:
        return export_comparison(session, found, target, Context(), wish, kind=kind).rows


def test_long_and_odd_values_are_exported_whole(tmp_path: Path) -> None:
    long = "x" * 5_000
    path = a_past(
        tmp_path / "odd.db",
        f"UPDATE patient SET ward = '{long}' WHERE id = 1",
        "UPDATE patient SET ward = x'00ff' WHERE id = 2",
        "DELETE FROM patient WHERE id = 3",
    )
    with open_read(path) as session:
        assert written(session, tmp_path / "all.json", Export(personal=True)) == 5
        assert written(session, tmp_path / "some.jsonl", kind=Kind.REMOVED) == 1
        with pytest.raises(Refused):
            written(session, tmp_path / "all.json")
        with pytest.raises(UsageError, match="parquet"):
            written(session, tmp_path / "all.parquet")
    told = json.loads((tmp_path / "all.json").read_text())
    assert told[1]["ward"] == long and told[1]["side"] == "after" and told[0]["given_name"] == "Name1"
    assert "given_name" not in (tmp_path / "some.jsonl").read_text()
    assert not (tmp_path / "all.parquet").exists()


def test_a_table_of_which_no_column_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "none.db"
    builder = a_database(path).with_table("t", "a TEXT, b TEXT", rows=[("x", "y")])
    builder.build()
    put_under_audit(path, "t", modes={"a": Mode.NONE, "b": Mode.NONE})
    write_history(path, "DELETE FROM t")
    with open_catalog() as catalog, open_read(path) as session:
        schema = read_schema(session)
        with looking_back(session, schema, at(0.5), Context(), catalog, "") as look:
            with pytest.raises(Refused, match="no column"):
                look.table("t")
            assert look.rows("t").stored and list(look.as_now) == ["t"]
        with compare(session, table_of(session, "t"), moment(0), Times(session).now()) as found:
            assert found.columns == () and found.counts[Kind.REMOVED] == 1
            assert [(each.kind, each.before) for each in found.page()] == [(Kind.REMOVED, ())]
