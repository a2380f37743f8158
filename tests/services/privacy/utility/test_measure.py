"""What a copy is still good for, on real files."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from builders import a_database
from builders.made_by_hand import a_clinic, changed, gone, patients, token, visits
from steward_app.catalog import open_catalog, saved_filters
from steward_app.db import open_read, open_write
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.privacy.utility import SavedQuery, UtilityReport, measure, saved_queries
from steward_app.services.privacy.utility.model import ColumnUtility, CorrelationKind, Measure
from steward_app.services.rows import Condition, Filter, Operator, filter_to_json
from steward_app.services.schema import read_schema


def column(report: UtilityReport, name: str, table: str = "patient") -> ColumnUtility:
    return next(each for each in report.columns if each.place == Place(table, name))


def test_a_copy_of_everything_keeps_everything(tmp_path: Path) -> None:
    source = a_clinic(tmp_path / "a.db", None, visits())
    query = SavedQuery("women", "patient", Filter((Condition("sex", Operator.EQUAL, ("f",)),)))
    report = measure(source, source, Context(), queries=[query])
    assert report.kept == pytest.approx(1.0)
    assert [name for name, _ in report.parts] == ["columns", "links", "queries"]
    assert report.links[0].children_before == report.links[0].children_after > 1
    assert not report.sampled


def test_what_each_technique_costs(tmp_path: Path) -> None:
    rows = patients()

    def century(value: SqlValue) -> str:
        return str(value)[:2]

    made = changed(rows, name=gone, email=token, postcode=century, birth_date=lambda v: "1970-01-01")
    source, copy = a_clinic(tmp_path / "a.db", rows), a_clinic(tmp_path / "b.db", made)
    report = measure(source, copy, Context())
    assert column(report, "name").kept == 0.0
    assert column(report, "birth_date").kept == 0.0
    assert (column(report, "email").measure, column(report, "email").kept) == (Measure.INFORMATION, 1.0)
    assert column(report, "diagnosis").kept == 1.0
    postcode = column(report, "postcode")
    assert postcode.measure is Measure.INFORMATION
    assert postcode.kept == pytest.approx(postcode.after.entropy / postcode.before.entropy)
    assert 0.3 < postcode.kept < 0.7
    assert postcode.lost == pytest.approx(1 - postcode.kept)


def test_figures_of_numbers_and_dates(tmp_path: Path) -> None:
    columns = "id INTEGER PRIMARY KEY, pay REAL, day TEXT"
    days = [f"2020-01-{n:02}" for n in range(1, 11)]
    old = [(n, float(n), day) for n, day in enumerate(days, 1)]
    new = [(n, pay + 2, day) for (n, pay, day) in old]
    source = a_database(tmp_path / "a.db").with_table("t", columns, rows=old).build()
    copy = a_database(tmp_path / "b.db").with_table("t", columns, rows=new).build()
    report = measure(source, copy, Context())
    pay, day = column(report, "pay", "t"), column(report, "day", "t")
    assert (pay.measure, pay.earth_movers) == (Measure.NUMBERS, 2.0)
    assert pay.kolmogorov_smirnov == pytest.approx(0.2)
    assert pay.kept == pytest.approx(0.8)
    assert (pay.before.mean, pay.after.mean) == (5.5, 7.5)
    assert pay.before.quantiles[2] == 5.5
    assert (day.measure, day.kept, day.before.mean) == (Measure.NUMBERS, 1.0, 18_266.5)


def test_shuffling_keeps_columns_and_loses_their_relation(tmp_path: Path) -> None:
    columns = "id INTEGER PRIMARY KEY, a REAL, b REAL, c TEXT, d TEXT"
    choose = random.Random(8)
    old = [(n, float(n), 2.0 * n, "xy"[n % 2], "uv"[n % 2]) for n in range(300)]
    shuffled = [row[2] for row in old]
    words = [row[4] for row in old]
    choose.shuffle(shuffled)
    choose.shuffle(words)
    new = [(n, a, b, c, d) for (n, a, _, c, _), b, d in zip(old, shuffled, words, strict=True)]
    source = a_database(tmp_path / "a.db").with_table("t", columns, rows=old).build()
    copy = a_database(tmp_path / "b.db").with_table("t", columns, rows=new).build()
    report = measure(source, copy, Context())
    assert dict(report.parts)["columns"] == 1.0
    assert dict(report.parts)["correlations"] < 0.2
    kinds = {each.kind: (each.before, each.after) for each in report.correlations if each.before > 0.9}
    assert set(kinds) == set(CorrelationKind)
    assert all(abs(after) < 0.2 for _, after in kinds.values())
    assert report.largest_change is not None
    assert report.largest_change.change > 0.8


def test_links_that_were_cut_are_counted(tmp_path: Path) -> None:
    rows = visits()
    cut = [(n, None if n % 2 else patient, cost, day) for n, patient, cost, day in rows]
    lost = [(n, int(str(patient)) + 5000, cost, day) for n, patient, cost, day in rows]
    source = a_clinic(tmp_path / "a.db", None, rows)
    half = measure(source, a_clinic(tmp_path / "b.db", None, cut), Context()).links[0]
    none = measure(source, a_clinic(tmp_path / "c.db", None, lost), Context()).links[0]
    assert (half.rows_before, half.joined_before, half.rows_after, half.joined_after) == (800, 800, 400, 400)
    assert 0.0 < half.kept < 0.8
    assert (none.joined_after, none.kept) == (0, 0.0)


def test_pseudonyms_by_a_rule_are_compared_by_the_information_they_hold(tmp_path: Path) -> None:
    rows = patients()
    source = a_clinic(tmp_path / "a.db", rows)
    copy = a_clinic(tmp_path / "b.db", changed(rows, name=lambda v: f"Name {(int(str(v)[5:]) + 60) % 120}"))
    rules = ReleaseRules("test", (Rule(Place("patient", "name"), Technique.PSEUDONYM),))
    assert column(measure(source, copy, Context()), "name").measure is Measure.VALUES
    named = column(measure(source, copy, Context(), rules), "name")
    assert (named.measure, named.kept) == (Measure.INFORMATION, pytest.approx(1.0))


def test_a_copy_of_fewer_rows_is_compared_by_shares(tmp_path: Path) -> None:
    rows = patients()
    source, copy = a_clinic(tmp_path / "a.db", rows), a_clinic(tmp_path / "b.db", rows[::2])
    query = SavedQuery("gout", "patient", Filter((Condition("diagnosis", Operator.EQUAL, ("gout",)),)))
    report = measure(source, copy, Context(), queries=[query])
    asked = report.queries[0]
    assert asked.before > asked.after
    assert asked.error == pytest.approx(abs(asked.share_after - asked.share_before) / asked.share_before)
    assert column(report, "email").kept == pytest.approx(1.0)


def test_saved_queries_come_from_the_catalog_and_may_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STEWARD_HOME", str(tmp_path / "home"))
    source = a_clinic(tmp_path / "a.db")
    copy = a_database(tmp_path / "b.db").with_table("patient", "id INTEGER PRIMARY KEY", rows=[(1,)]).build()
    wanted = Filter((Condition("sex", Operator.EQUAL, ("f",)),))
    with open_catalog() as catalog, catalog.unit() as unit:
        saved_filters.save(unit, "db_1", "patient", "Women", filter_to_json(wanted))
        saved_filters.save(unit, "db_1", "patient", "Odd", {"never": "read"})
        with open_read(source) as session:
            found = saved_queries(unit.session, "db_1", read_schema(session))
    assert [query.name for query in found] == ["Women"]
    report = measure(source, copy, Context(), queries=found)
    assert report.queries[0].error is None
    assert "sex" in report.queries[0].problem
    assert "The copy has no table “visit”." in report.not_compared


def test_large_tables_are_sampled_and_it_is_said(tmp_path: Path) -> None:
    source = a_clinic(tmp_path / "a.db", patients(3000))
    report = measure(source, source, Context(), most_rows=1000)
    assert report.sampled
    assert (report.tables[0].before, report.tables[0].looked_at_before) == (3000, 1000)


def test_a_text_that_is_no_utf8_and_empty_tables_are_compared_too(tmp_path: Path) -> None:
    build = a_database(tmp_path / "a.db").with_table("t", "id INTEGER PRIMARY KEY, v TEXT, e TEXT")
    source = build.with_sql(
        "INSERT INTO t VALUES (1, CAST(x'ff41' AS TEXT), NULL)", "INSERT INTO t VALUES (2, 'b', NULL)"
    ).build()
    empty = a_database(tmp_path / "b.db").with_table("t", "id INTEGER PRIMARY KEY, v TEXT, e TEXT").build()
    assert column(measure(source, source, Context()), "v", "t").kept == 1.0
    assert column(measure(source, source, Context()), "e", "t").measure is Measure.NOTHING
    assert column(measure(source, empty, Context()), "v", "t").kept == 0.0


def test_a_sample_does_not_follow_a_pattern_of_the_rows(tmp_path: Path) -> None:
    """Every fourth row is another: whoever reads every fourth sees one kind only."""
    rows = [(n, "a", "b", "2000-01-01", "1", "fm"[n % 4 == 0], "gout") for n in range(1, 8_001)]
    source = a_clinic(tmp_path / "a.db", rows)
    copy = a_clinic(tmp_path / "b.db", rows[:800])
    report = measure(source, copy, Context(), most_rows=2_000)
    table = next(each for each in report.tables if each.table == "patient")
    assert 1_800 < table.looked_at_before <= 2_000
    assert table.looked_at_after == 800
    sex = next(each for each in report.columns if each.place.column == "sex")
    assert sex.total_variation < table.off_by < 0.035
    assert "drawn at random" in table.words
    assert not replace(table, before=table.looked_at_before).words


def test_rows_without_numbers_are_drawn_too(tmp_path: Path) -> None:
    rows = [(f"{n:05}", "fm"[n % 2]) for n in range(6_000)]
    source = (
        a_database(tmp_path / "a.db")
        .with_sql("CREATE TABLE t (k TEXT PRIMARY KEY, sex TEXT) WITHOUT ROWID")
        .build()
    )
    with open_write(source) as session, session.transaction():
        session.run_many("INSERT INTO t VALUES (?, ?)", rows)
    found = measure(source, source, Context(), most_rows=1_000).tables[0]
    assert 850 < found.looked_at_before <= 1_000
