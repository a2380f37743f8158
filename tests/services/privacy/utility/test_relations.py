"""What a copy keeps of the relations of columns, on real files."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders import a_database
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.hierarchies import Dates, Hierarchy, Prefix, Ranges
from steward_app.services.privacy.utility import UtilityReport, measure
from steward_app.services.privacy.utility.model import Correlation

_COLUMNS = "id INTEGER PRIMARY KEY, born TEXT, pay INTEGER, code TEXT, sex TEXT, note TEXT"
Row = tuple[SqlValue, ...]

ON_FILES = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def people(count: int, seed: int = 1) -> list[Row]:
    """Pay follows from the year of birth, the code and the sex from pay; the note has to do with nothing."""
    chance = random.Random(seed)
    rows: list[Row] = []
    for number in range(count):
        year = chance.randint(1940, 2005)
        pay = (2006 - year) * 1_000 + chance.randint(0, 9_000)
        born = f"{year}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
        code = f"{pay // 9_000 + 10}{chance.randint(0, 999):03}"
        sex = "f" if pay + chance.randint(-9_000, 9_000) > 33_000 else "m"
        rows.append((number, born, pay, code, sex, chance.choice("abcdefgh")))
    return rows


def with_column(rows: Sequence[Row], place: int, values: Sequence[SqlValue]) -> list[Row]:
    return [(*row[:place], value, *row[place + 1 :]) for row, value in zip(rows, values, strict=True)]


def coarser(rows: Sequence[Row], place: int, hierarchy: Hierarchy, level: int = 1) -> list[Row]:
    return with_column(rows, place, hierarchy.at([row[place] for row in rows], level))


@pytest.fixture
def compared(tmp_path: Path) -> Callable[[Sequence[Row], Sequence[Row]], UtilityReport]:
    tries = iter(range(10_000))

    def compare(before: Sequence[Row], after: Sequence[Row]) -> UtilityReport:
        number = next(tries)
        source, copy = (
            a_database(tmp_path / f"{number}{name}.db").with_table("t", _COLUMNS, rows=rows).build()
            for name, rows in (("a", before), ("b", after))
        )
        return measure(source, copy, Context())

    return compare


Compare = Callable[[Sequence[Row], Sequence[Row]], UtilityReport]


def relations(report: UtilityReport) -> float:
    return dict(report.parts)["correlations"]


def of(report: UtilityReport, first: str, second: str) -> Correlation:
    return next(
        each for each in report.correlations if {each.first.column, each.second.column} == {first, second}
    )


@ON_FILES
@given(seed=st.integers(0, 10_000), count=st.integers(1, 400))
def test_what_is_the_same_keeps_everything(compared: Compare, seed: int, count: int) -> None:
    rows = people(count, seed)
    report = compared(rows, rows)
    assert report.kept == pytest.approx(1.0)
    assert all(each.change == 0 for each in report.correlations)


@ON_FILES
@given(seed=st.integers(0, 10_000))
def test_shuffled_columns_have_no_relations_left(compared: Compare, seed: int) -> None:
    rows = people(400, seed)
    shuffled: list[Row] = list(rows)
    for place in range(1, 6):
        values = [row[place] for row in rows]
        random.Random(seed + place).shuffle(values)
        shuffled = with_column(shuffled, place, values)
    report = compared(rows, shuffled)
    assert dict(report.parts)["columns"] == pytest.approx(1.0)
    assert relations(report) < 0.25


@ON_FILES
@given(
    seed=st.integers(0, 10_000),
    period=st.sampled_from(["month", "quarter", "year", "five years"]),
    step=st.sampled_from([500, 1_000, 5_000]),
    keep=st.sampled_from([4, 3, 2]),
)
def test_coarser_values_keep_the_relations_that_they_show(
    compared: Compare, seed: int, period: str, step: int, keep: int
) -> None:
    rows = people(400, seed)
    copy = coarser(coarser(coarser(rows, 1, Dates((period,))), 2, Ranges((step,))), 3, Prefix((keep,)))
    report = compared(rows, copy)
    assert relations(report) > 0.93
    assert of(report, "sex", "born").before > 0.4
    assert of(report, "sex", "born").change < 0.01
    assert of(report, "sex", "code").change < 0.01


def test_few_rows_and_many_years_are_related_by_chance_only(compared: Compare) -> None:
    """A year for a day makes nothing of columns that had nothing to do with each other."""
    chance = random.Random(3)
    rows = with_column(people(200), 4, [chance.choice("fm") for _ in range(200)])
    report = compared(rows, coarser(rows, 1, Dates(("year",))))
    assert of(report, "sex", "born").change < 0.02
    assert of(report, "sex", "born").after < 0.15
    assert relations(report) > 0.95


def test_one_value_for_all_ends_the_relations_of_a_column(compared: Compare) -> None:
    rows = people(400)
    report = compared(rows, coarser(rows, 1, Dates(("year",)), level=2))
    found = of(report, "sex", "born")
    assert found.before > 0.4
    assert found.after == 0.0
    assert 0.2 < relations(report) < 0.8


def test_the_coarser_the_less_is_kept(compared: Compare) -> None:
    rows = people(400)
    kept = [relations(compared(rows, coarser(rows, 2, Ranges((step,))))) for step in (1_000, 20_000, 40_000)]
    assert kept == sorted(kept, reverse=True)
    assert kept[-1] < 0.97


def test_few_rows_say_nothing_of_weak_relations(compared: Compare) -> None:
    chance = random.Random(5)
    rows: list[Row] = [(n, None, chance.randint(0, 99), None, None, None) for n in range(12)]
    rows = with_column(rows, 1, [f"2000-01-{chance.randint(10, 28)}" for _ in rows])
    report = compared(rows, with_column(rows, 2, [row[2] for row in reversed(rows)]))
    assert "correlations" not in dict(report.parts)
    assert (report.correlations_compared, report.correlations_by_chance) == (0, 2)
    assert any("no relation to keep" in line for line in report.not_compared)
    assert report.largest_change is None


@pytest.mark.parametrize("count", [120, 900])
def test_relations_that_are_there_by_chance_are_neither_kept_nor_lost(compared: Compare, count: int) -> None:
    """Columns that have nothing to do with each other, dealt anew: whatever is there then is chance."""
    found = []
    for seed in range(12):
        chance = random.Random(seed)
        rows: list[Row] = [
            (n, None, chance.randint(0, 99), chance.choice("abc"), chance.choice("fm"), chance.choice("xyz"))
            for n in range(count)
        ]
        shuffled: list[Row] = list(rows)
        for place in range(2, 6):
            values = [row[place] for row in rows]
            chance.shuffle(values)
            shuffled = with_column(shuffled, place, values)
        report = compared(rows, shuffled)
        assert report.correlations_compared + report.correlations_by_chance == 6
        found.append("correlations" in dict(report.parts))
    assert sum(found) <= 1


def test_a_relation_by_chance_is_no_loss_beside_those_that_are_kept(compared: Compare) -> None:
    """Of 500 rows one correlation of 0.1 is chance, where ten are looked at."""
    rows = people(500)
    notes = [row[5] for row in rows]
    chance = random.Random(2)
    copies = []
    for _ in range(5):
        chance.shuffle(notes)
        copies.append(compared(rows, with_column(rows, 5, notes)))
    assert all(relations(report) > 0.99 for report in copies)
    assert not any(of(report, "note", "sex").counts or of(report, "note", "pay").counts for report in copies)


def test_words_of_a_hierarchy_are_compared_as_they_are(compared: Compare) -> None:
    rows = people(400)
    ages = with_column(rows, 2, ["much" if int(str(row[2])) > 33_000 else "little" for row in rows])
    found = of(compared(rows, ages), "sex", "pay")
    assert 0.3 < found.before < 1
    assert found.after > 0.5
