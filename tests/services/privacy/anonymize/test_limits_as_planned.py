"""What a plan leaves out for its limits is what the copy needs: groups are of the values that are really written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import a_database
from steward_app.db import open_read
from steward_app.kernel.plan import Json
from steward_app.kernel.progress import Context
from steward_app.kernel.values import Row, SqlValue
from steward_app.services.privacy.anonymize.making import make
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import Limits, ReleaseRules, Rule

FORMS: list[Callable[[date], SqlValue]] = [
    lambda day: day.isoformat(),
    lambda day: f"{day:%d.%m.%Y}",
    lambda day: f"{day:%d/%m/%Y}",
    lambda day: f"{day.day}-{day.month}-{day:%y}",
    lambda day: f"{day:%d %b %Y}",
    lambda day: f"{day.isoformat()}T08:15:00Z",
    lambda day: f"{day:%Y%m%d}",
    lambda day: day.year,
    lambda day: float(day.year),
    lambda day: f"{day.isoformat()}".encode(),
    lambda day: "",
    lambda day: None,
    lambda day: "not known",
    lambda day: "1981-02-30",
]

days = st.builds(lambda n: date(1931, 1, 1) + timedelta(days=n), st.integers(0, 30_000))
rows = st.lists(
    st.tuples(
        st.builds(lambda form, day: form(day), st.sampled_from(FORMS), days),
        st.sampled_from("mf"),
    ),
    min_size=8,
    max_size=60,
)
declared = st.sampled_from(["TEXT", "TEXT NOT NULL", "", "NUMERIC", "NUMERIC NOT NULL", "DATE"])
options = st.fixed_dictionaries(
    {"hierarchy": st.just("dates"), "level": st.sampled_from(["month", "year", "decade"])},
    optional={"as": st.sampled_from(["value", "label"])},
)


def rules_of(rule: Rule) -> ReleaseRules:
    return ReleaseRules("r", (rule,), quasi_identifiers={"person": ("born", "sex")})


def people(folder: Path, declared: str, rows: list[tuple[SqlValue, ...]]) -> Path:
    there = [row for row in rows if row[0] is not None or "NOT NULL" not in declared]
    return (
        a_database(folder, "people.db")
        .with_table(
            "person",
            f"id INTEGER PRIMARY KEY, born {declared}, sex TEXT",
            rows=[(n, *row) for n, row in enumerate(there)],
        )
        .build()
    )


def groups(path: Path, rules: ReleaseRules) -> Counter[Row]:
    """The groups of a copy, as SQLite tells them apart."""
    new = path.parent / "copy.db"
    new.touch()
    make(path, new, rules, b"k" * 32, Context())
    with open_read(new) as session:
        found = session.all("SELECT born, sex, count(*) FROM person GROUP BY 1, 2")
    new.unlink()
    return Counter({(born, sex): many for born, sex, many in found if isinstance(many, int)})


def as_planned(path: Path, rule: Rule, k: int) -> None:
    rules = rules_of(rule)
    written = groups(path, rules)
    stay = Counter({group: many for group, many in written.items() if many >= k})
    if stay:
        assert groups(path, replace(rules, limits=Limits(k=k, left_out=1.0))) == stay


@settings(max_examples=60, deadline=None)
@given(rows=rows, declared=declared, options=options, k=st.integers(2, 6))
def test_days_of_all_forms(
    rows: list[tuple[SqlValue, ...]], declared: str, options: dict[str, Json], k: int
) -> None:
    with TemporaryDirectory() as folder:
        path = people(Path(folder), declared, rows)
        as_planned(path, Rule(Place("person", "born"), Technique.GENERALIZE, options), k)


@pytest.mark.parametrize(
    ("technique", "options"),
    [
        (Technique.ROUND, {"to": 10}),
        (Technique.MASK, {"keep_first": 1}),
        (Technique.FIXED, {"value": 1, "nulls": False}),
        (Technique.REMOVE, {}),
        (Technique.GENERALIZE, {"hierarchy": "ranges", "steps": [10]}),
    ],
)
def test_other_rules(tmp_path: Path, technique: Technique, options: dict[str, Json]) -> None:
    values: list[SqlValue] = [n % 23 for n in range(80)]
    values += [None, None, "x", "y", 3.5, 0, b"\xff", b"\xfe", "12 years"]
    rows = [(value, "mf"[n % 3 == 0]) for n, value in enumerate(values)]
    for nulls in ("", " NOT NULL"):
        path = people(tmp_path, "NUMERIC" + nulls, rows)
        as_planned(path, Rule(Place("person", "born"), technique, options), 3)
        path.unlink()


def test_days_are_written_in_the_form_that_most_have(tmp_path: Path) -> None:
    """None stands out by the form in which it was written."""
    odd = [("29.6.1957", "m"), ("15/03/1952", "m"), ("03-12-50", "m"), ("1951-08-07 (estimated)", "m")]
    path = people(tmp_path, "TEXT", [*(("1950-03-04", "m") for _ in range(5)), *odd])
    options: dict[str, Json] = {"hierarchy": "dates", "level": "decade", "as": "value"}
    rule = Rule(Place("person", "born"), Technique.GENERALIZE, options)
    assert groups(path, rules_of(rule)) == {("1950-01-01", "m"): 9}
