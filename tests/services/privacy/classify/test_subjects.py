"""Whose rows they are, to the end of the way: a diagnosis is of a visit, and a visit of a patient."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from builders import a_database
from steward_app.db import open_read
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize.making import make
from steward_app.services.privacy.anonymize.planning import with_persons
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.risk import Asked, Question, frontier, measure, search
from steward_app.services.privacy.rules import Limits, ReleaseRules, Rule
from steward_app.services.privacy.ways import persons_of
from steward_app.services.schema import read_schema

SUBJECTS = {
    "patient": (),
    "appointment": ("patient_id",),
    "visit": ("appointment_id",),
    "diagnosis": ("visit_id",),
    "letter": ("number",),
    "loop": ("up",),
}


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    """Four patients, of whom the first has five visits; a visit names its patient, too."""
    whose = [1, 1, 1, 1, 1, 2, 3, 4]
    return (
        a_database(tmp_path / "clinic.db")
        .with_table("patient", "id INTEGER PRIMARY KEY", rows=[(n,) for n in range(1, 5)])
        .with_table(
            "appointment",
            "id INTEGER PRIMARY KEY, patient_id INTEGER REFERENCES patient",
            rows=list(enumerate(whose, 1)),
        )
        .with_table(
            "visit",
            "id INTEGER PRIMARY KEY, appointment_id INTEGER REFERENCES appointment,"
            " patient_id INTEGER REFERENCES patient, day TEXT",
            rows=[(n, n if n > 2 else None, who, "Monday") for n, who in enumerate(whose, 1)],
        )
        .with_table(
            "diagnosis",
            "id INTEGER PRIMARY KEY, visit_id INTEGER REFERENCES visit, icd TEXT",
            rows=[(n, n, "J45" if n < 6 else "E11") for n in range(1, 9)] + [(9, 6, "E11")],
        )
        .with_table("letter", "id INTEGER PRIMARY KEY, number TEXT", rows=[(1, "P-1")])
        .with_table("loop", "id INTEGER PRIMARY KEY, up INTEGER REFERENCES loop", rows=[(1, 1)])
        .build()
    )


def test_the_way_is_followed_to_the_person(clinic: Path) -> None:
    with open_read(clinic) as session:
        found = persons_of(session, read_schema(session, Context()), SUBJECTS)
    assert found == {
        "patient": (),
        "appointment": ("patient_id",),
        "visit": ("patient_id",),  # straight, not by an appointment that may be missing
        "diagnosis": ("visit_id>patient_id",),
        "letter": ("number",),
        "loop": ("up",),
    }


@pytest.mark.parametrize(
    ("checked", "taken"),
    [("sometimes", "visit_id>patient_id"), ("always", "checked_by"), ("never null", "checked_by")],
)
def test_a_key_that_is_often_empty_does_not_say_whose_a_row_is(
    clinic: Path, checked: str, taken: str
) -> None:
    """Who checked a transfer is known of some, and every one is of a visit."""
    path = clinic.with_name("transfers.db")
    must = " NOT NULL" if checked == "never null" else ""
    (
        a_database(path)
        .with_table("patient", "id INTEGER PRIMARY KEY", rows=[(1,), (2,)])
        .with_table(
            "visit",
            "id INTEGER PRIMARY KEY, patient_id INTEGER REFERENCES patient",
            rows=[(1, 1), (2, 2), (3, None)],
        )
        .with_table(
            "transfer",
            "id INTEGER PRIMARY KEY, visit_id INTEGER REFERENCES visit,"
            f" checked_by INTEGER{must} REFERENCES patient",
            rows=[
                (1, 1, 2),
                (2, 2, None if checked == "sometimes" else 1),
                (3, 2, None if checked == "sometimes" else 2),
                (4, 3, 1),
            ],
        )
        .build()
    )
    subjects = {"patient": (), "visit": ("patient_id",), "transfer": ("visit_id",)}
    with open_read(path) as session:
        assert persons_of(session, read_schema(session), subjects)["transfer"] == (taken,)


def test_five_diagnoses_of_one_patient_are_a_group_of_one(clinic: Path) -> None:
    question = Question("diagnosis", ("icd",), person=("visit_id>patient_id",))
    assert measure(clinic, question, Context()).k == 1
    assert search(frontier(clinic, question, Context()).space, Asked(5), 0.0, Context()) is None


@pytest.mark.parametrize(
    ("technique", "title"),
    [
        (Technique.PERMUTE, "At least 3 persons in “diagnosis” look alike"),
        (Technique.REMOVE, "At least 3 records of “diagnosis” look alike"),
    ],
)
def test_a_copy_counts_persons_at_the_end_of_the_way(clinic: Path, technique: Technique, title: str) -> None:
    rules = ReleaseRules(
        "r",
        (Rule(Place("visit", "patient_id"), technique),),
        quasi_identifiers={"diagnosis": ("icd",)},
        limits=Limits(k=3, left_out=1.0),
    )
    rules = with_persons(clinic, rules, SUBJECTS, Context())
    assert rules.persons == {"diagnosis": ("visit_id>patient_id",)}
    new = clinic.with_name("copy.db")
    new.touch()
    made = make(clinic, new, rules, b"k" * 32, Context())
    assert title in {check.title for check in made.checks}
    with open_read(new) as session:
        assert session.all("SELECT icd, count(*) FROM diagnosis GROUP BY 1") == [("E11", 4)]
    said = replace(rules, persons={"diagnosis": ("visit_id",)})
    assert with_persons(clinic, said, SUBJECTS, Context()) == said, "what was said counts more"
