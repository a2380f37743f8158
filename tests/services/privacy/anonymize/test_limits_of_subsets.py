"""A part of the rows with limits: the plan judges what the copy holds, and the copy is what was planned."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import a_database
from steward_app.catalog import Catalog
from steward_app.catalog.policy import policy_path
from steward_app.db import open_read
from steward_app.kernel.errors import Failure
from steward_app.kernel.progress import Context
from steward_app.kernel.values import Row
from steward_app.services.privacy.anonymize import copy
from steward_app.services.privacy.anonymize.making import make
from steward_app.services.privacy.anonymize.planning import look, subset_sentences
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import Limits, Relation, ReleaseRules, Rule, Subset

KEY, DRAW = b"k" * 32, b"d" * 32
RULES = ReleaseRules(
    "r",
    (
        Rule(Place("patient", "born"), Technique.GENERALIZE, {"hierarchy": "ranges", "steps": [10]}),
        Rule(Place("patient", "id"), Technique.PERMUTE, {"range": [100, 9999]}),
    ),
    quasi_identifiers={"patient": ("born", "sex"), "visit": ("ward",)},
    sensitive={"visit": ("ill",)},
    persons={"visit": ("patient_id",), "patient": ()},
)

patients = st.lists(
    st.tuples(st.integers(1940, 1990), st.sampled_from(["m", "w", None]), st.integers(0, 3)),
    min_size=10,
    max_size=120,
)
visits = st.lists(
    st.tuples(st.integers(-2, 119), st.sampled_from(["A", "B"]), st.sampled_from(["x", "y", None])),
    max_size=120,
)
subsets = st.one_of(
    st.builds(lambda share: Subset("patient", share), st.floats(0.05, 1)),
    st.builds(lambda share: Subset("visit", share), st.floats(0.05, 1)),
    st.builds(lambda doctor: Subset("doctor", where=f"id = {doctor}"), st.integers(0, 3)),
    st.builds(lambda year: Subset("patient", where=f"born > {year}"), st.integers(1940, 1985)),
)
limits = st.builds(
    Limits,
    k=st.integers(2, 6),
    l_diversity=st.sampled_from([None, 2]),
    t_closeness=st.sampled_from([None, 0.3]),
    left_out=st.just(1.0),
)


def clinic(
    folder: Path, people: list[tuple[int, str | None, int]], seen: list[tuple[int, str, object]]
) -> Path:
    return (
        a_database(folder, "clinic.db")
        .with_table("doctor", "id INTEGER PRIMARY KEY", rows=[(n,) for n in range(4)])
        .with_table(
            "patient",
            "id INTEGER PRIMARY KEY, born INTEGER, sex TEXT, doctor_id INTEGER REFERENCES doctor (id)",
            rows=[(n, *row) for n, row in enumerate(people)],
        )
        .with_table(
            "visit",
            "id INTEGER PRIMARY KEY, patient_id INTEGER REFERENCES patient (id), ward TEXT, ill TEXT",
            rows=[(n, who if 0 <= who < len(people) else None, *row) for n, (who, *row) in enumerate(seen)],
        )
        .build()
    )  # fmt: skip


def planned(path: Path, rules: ReleaseRules) -> dict[str, int]:
    """The rows of each table by the plan, which has no key yet."""
    with open_read(path) as session, session.snapshot():
        found = look(session, rules, None, None, Context(), draw=DRAW)
    return {each.table: each.rows_after for each in found.changes(rules)}


def made(path: Path, rules: ReleaseRules) -> tuple[dict[str, int], Counter[Row]]:
    """The rows of each table of the copy, and its groups of patients."""
    new = path.with_name("copy.db")
    new.touch()
    built = make(path, new, rules, KEY, Context(), draw=DRAW).built
    with open_read(new) as session:
        found = session.all("SELECT born, sex, count(*) FROM patient GROUP BY 1, 2")
    new.unlink()
    groups = Counter({(born, sex): many for born, sex, many in found if isinstance(many, int)})
    return {each.table: each.copied for each in built.tables}, groups


@settings(max_examples=60, deadline=None)
@given(people=patients, seen=visits, subset=subsets, asked=limits)
def test_the_copy_is_what_was_planned_and_reaches_its_limits(
    people: list[tuple[int, str | None, int]],
    seen: list[tuple[int, str, object]],
    subset: Subset,
    asked: Limits,
) -> None:
    with TemporaryDirectory() as folder:
        path = clinic(Path(folder), people, seen)
        rules = replace(RULES, subset=subset, limits=asked)
        assert made(path, rules)[0] == planned(path, rules)


@settings(max_examples=30, deadline=None)
@given(people=patients, subset=subsets, k=st.integers(2, 6))
def test_groups_of_the_part_stay_that_are_large_enough_in_it(
    people: list[tuple[int, str | None, int]], subset: Subset, k: int
) -> None:
    with TemporaryDirectory() as folder:
        path = clinic(Path(folder), people, [(n, "A", "x") for n in range(len(people))])
        rules = replace(RULES, subset=subset, quasi_identifiers={"patient": ("born", "sex")}, sensitive={})
        _, every = made(path, rules)
        stay = Counter({group: many for group, many in every.items() if many >= k})
        assert made(path, replace(rules, limits=Limits(k=k, left_out=1.0)))[1] == stay


def test_a_share_is_of_the_part_and_its_cause_is_told(tmp_path: Path) -> None:
    """All ten of a decade go along and are enough; of thirty of the next decades one each does, and is not."""
    people: list[tuple[int, str | None, int]] = [(1950, "m", 0)] * 10
    people += [(1960 + n, "m", 1) for n in range(30)]
    path = clinic(tmp_path, people, [])
    some = Subset("patient", where="id < 10 OR born IN (1960, 1970, 1980)")
    rules = replace(RULES, subset=some, quasi_identifiers={"patient": ("born", "sex")}, limits=Limits(k=5))
    with open_read(path) as session, session.snapshot():
        found = look(session, rules, None, None, Context())
    (told,) = [each for each in found.findings if each.code == "many_left_out"]
    assert (told.title, told.count) == ("23.1 % of the rows of “patient” would be left out", 3)
    assert "since a part is taken: the rows of “patient” that fit the filter." in told.detail
    assert told.remedies[0] == "Take more of the rows: a larger share, or a wider filter."
    first, second = subset_sentences(found, rules)
    assert first.startswith("The rows of “patient” that fit the filter are chosen")
    assert second.startswith("3 rows of “patient” are left out")


def test_what_belongs_to_a_row_by_a_relation_is_left_out_with_it(tmp_path: Path) -> None:
    """A mail is known to be of a patient by its address alone."""
    path = (
        a_database(tmp_path, "clinic.db")
        .with_table("patient", "email TEXT PRIMARY KEY, sex TEXT", rows=[("a", "m"), ("b", "m"), ("c", "w")])
        .with_table("mail", "sent_to TEXT", rows=[("a",), ("b",), ("c",)])
        .build()
    )
    subset = Subset("patient", 1.0, relations=(Relation("mail", ("sent_to",), "patient", ("email",)),))
    rules = ReleaseRules("r", (), "", subset, {"patient": ("sex",)}, limits=Limits(k=2))
    assert planned(path, rules) == {"patient": 2, "mail": 2}


def test_a_limit_that_a_part_does_not_reach_is_told_with_its_cause(tmp_path: Path) -> None:
    """Noise makes other values row by row: that the groups become small shows in the finished copy alone."""
    path = clinic(tmp_path, [(1950, "m", 0)] * 40, [])
    noise = Rule(Place("patient", "born"), Technique.NOISE, {"scale": 5})
    known = {"patient": ("born",)}
    rules = ReleaseRules("r", (noise,), "", Subset("patient", 0.1), known, limits=Limits(k=4))
    new = tmp_path / "copy.db"
    new.touch()
    told = r"“At least 4 records of “patient” look alike” does not hold: k = 1;.* Groups are small since a part is"
    with pytest.raises(Failure, match=f"{told} taken: 10 % of the rows of “patient”"):
        make(path, new, rules, KEY, Context())


def test_a_plan_draws_the_rows_of_the_copy_before_its_key_is_made(catalog: Catalog, tmp_path: Path) -> None:
    path = clinic(tmp_path, [(1940 + n % 40, "mw"[n % 2], n % 4) for n in range(200)], [])
    keep = "{technique: keep}"
    policy_path(path).write_text(
        "version: 1\nreleases:\n  test:\n    subset: {table: patient, fraction: 0.3}\n"
        "    quasi_identifiers: {patient: [born, sex]}\n    limits: {k: 3}\n    tables:\n      patient:\n"
        "        id: {technique: permute, options: {range: [0, 9999]}}\n"
        "        born: {technique: generalize, options: {hierarchy: ranges, steps: [20]}}\n"
        f"        sex: {keep}\n        doctor_id: {keep}\n      doctor:\n        id: {keep}\n"
        f"      visit: {{id: {keep}, ward: {keep}, ill: {keep}}}\n"
    )
    plan = copy.plan_copy(catalog, path, tmp_path / "one.db", Context(), rules="test")
    rehearsed = copy.rehearse_copy(catalog, plan, Context())
    made = copy.make_copy(catalog, plan, Context())
    again = copy.plan_copy(catalog, path, tmp_path / "two.db", Context(), rules="test")
    rows = [each.rows_after for each in plan.changes]
    assert rows[1] < 200
    for other in (rehearsed, made, again):
        assert [each.rows_after for each in other.changes] == rows
