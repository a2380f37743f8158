"""Attacks count persons at the end of the way, as risks do: a diagnosis is of a visit, and a visit of a patient."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders import a_database
from steward_app.kernel.progress import Context
from steward_app.services.privacy.attack import Attack, AttackKind, AttackReport, Knowledge, reading, run
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import ReleaseRules, Rule

SUBJECTS = {"patient": (), "visit": ("patient_id",), "diagnosis": ("visit_id",)}
KEPT = ReleaseRules("r", (Rule(Place("diagnosis", "note"), Technique.REMOVE),))


def a_clinic(
    path: Path, whose: list[int | None], of: list[int], codes: list[str], days: list[str] | None = None
) -> Path:
    """Visits of patients, and diagnoses of visits."""
    patients = sorted({each for each in whose if each is not None})
    days = days or ["2026-01-01"] * len(codes)
    return (
        a_database(path.parent, path.name)
        .with_table("patient", "id INTEGER PRIMARY KEY", rows=[(n,) for n in patients])
        .with_table(
            "visit",
            "id INTEGER PRIMARY KEY, patient_id INTEGER REFERENCES patient",
            rows=list(enumerate(whose, 1)),
        )
        .with_table(
            "diagnosis",
            "id INTEGER PRIMARY KEY, visit_id INTEGER REFERENCES visit, icd TEXT, day TEXT",
            rows=[(n, *each) for n, each in enumerate(zip(of, codes, days, strict=True), 1)],
        )
        .build()
    )


def of_diagnoses(report: AttackReport, kind: AttackKind) -> list[Attack]:
    return [each for each in report.attacks if each.table == "diagnosis" and each.kind is kind]


def test_a_patient_with_many_visits_is_one_person(tmp_path: Path) -> None:
    """Five visits of one patient, each with a diagnosis of its own, and two patients more."""
    whose: list[int | None] = [1, 1, 1, 1, 1, 2, 3]
    codes = ["A1", "A2", "A3", "A4", "A5", "B1", "C1"]
    source = a_clinic(tmp_path / "a.db", whose, list(range(1, 8)), codes)
    copy = a_clinic(tmp_path / "b.db", whose, list(range(1, 8)), codes)
    knows = [Knowledge("diagnosis", ("icd",))]
    report = run(source, copy, KEPT, Context(), knows, subjects=SUBJECTS, seconds=0.05)
    (linked,) = of_diagnoses(report, AttackKind.LINKAGE)
    assert (linked.persons, linked.reidentified) == (3, 3)
    by_rules = ReleaseRules("r", KEPT.rules, persons={"diagnosis": ("visit_id>patient_id",)})
    said = run(source, copy, by_rules, Context(), knows, seconds=0.05)
    assert of_diagnoses(said, AttackKind.LINKAGE)[0].persons == 3, "what the rules say counts"


def test_a_group_of_one_patient_hides_nobody(tmp_path: Path) -> None:
    """Who counts visits takes five diagnoses of one patient for five persons among whom one hides."""
    whose: list[int | None] = [1, 1, 1, 1, 1, 2, 3]
    codes = ["A1"] * 5 + ["B1"] * 2
    files = [a_clinic(tmp_path / name, whose, list(range(1, 8)), codes) for name in ("a.db", "b.db")]
    knows = [Knowledge("diagnosis", ("icd",))]
    report = run(*files, KEPT, Context(), knows, subjects=SUBJECTS, seconds=0.05)
    (linked,) = of_diagnoses(report, AttackKind.LINKAGE)
    assert (linked.reidentified, linked.likely) == (1, 2.0)


def test_the_days_between_dates_of_one_patient_are_looked_for_over_all_visits(tmp_path: Path) -> None:
    whose: list[int | None] = [1 + n // 3 for n in range(60)]
    before = [f"2026-01-{1 + (n % 3) * (2 + n // 3 % 7):02d}" for n in range(60)]
    after = [day.replace("2026-01", "2026-03") for day in before]
    of, codes = list(range(1, 61)), ["A"] * 60
    source = a_clinic(tmp_path / "a.db", whose, of, codes, before)
    copy = a_clinic(tmp_path / "b.db", whose, of, codes, after)
    rules = ReleaseRules("r", (Rule(Place("diagnosis", "day"), Technique.SHIFT),))
    found = run(source, copy, rules, Context(), subjects=SUBJECTS, seconds=0.05)
    (looked,) = of_diagnoses(found, AttackKind.INTERVALS)
    assert looked.persons == 20


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
@pytest.mark.parametrize("drawn", [False, True])
def test_never_more_persons_than_there_are(
    drawn: bool, data: st.DataObject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows whose way leads to nobody stand for themselves."""
    monkeypatch.setattr(reading, "MOST_CELLS", 8 if drawn else 25_000_000)
    monkeypatch.setattr(reading, "_FEWEST_ROWS", 2 if drawn else 1_000)
    whose = data.draw(st.lists(st.one_of(st.none(), st.integers(1, 4)), min_size=1, max_size=12))
    size = data.draw(st.integers(1, 30))
    of = data.draw(st.lists(st.integers(1, len(whose)), min_size=size, max_size=size))
    codes = data.draw(st.lists(st.sampled_from(["A", "B", "C", "D"]), min_size=size, max_size=size))
    after = [data.draw(st.sampled_from([code, "X"])) for code in codes]
    people = {whose[visit - 1] for visit in of} - {None}
    alone = sum(whose[visit - 1] is None for visit in of)
    with tempfile.TemporaryDirectory() as folder:
        source = a_clinic(Path(folder) / "a.db", whose, of, codes)
        copy = a_clinic(Path(folder) / "b.db", whose, of, after)
        report = run(source, copy, None, Context(), subjects=SUBJECTS, seconds=0.02)
    for each in report.attacks:
        assert each.reidentified <= each.tried <= each.persons
        if each.table == "diagnosis":
            assert each.persons <= len(people) + alone
