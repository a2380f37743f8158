"""What the rows of a person say together, and what order and lengths give away."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

import pytest

from builders import a_database
from builders.made_by_hand import a_clinic, changed, gone, patients, token
from steward_app.kernel.progress import Context
from steward_app.services.privacy.attack import Attack, AttackKind, AttackReport, Knowledge, run
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import Limits, ReleaseRules, Rule

MEASURED = "id INTEGER PRIMARY KEY, patient TEXT, height REAL, town TEXT, seen TEXT"
PEOPLE, EACH = 60, 25


def rules_for(table: str, **columns: Technique) -> ReleaseRules:
    return ReleaseRules("r", tuple(Rule(Place(table, name), each) for name, each in columns.items()))


def of(report: AttackReport, kind: AttackKind) -> Attack | None:
    return next((each for each in report.attacks if each.kind is kind), None)


def measured(
    path: Path, *, noise: float = 0.0, days: int = 0, by_row: bool = False, named: bool = False
) -> Path:
    """Heights of persons, one for each; in the copy with noise, and with dates moved by person or by row."""
    choose, moved, fixed = random.Random(7), random.Random(8), random.Random(9)
    whole = []
    for person in range(PEOPLE):
        day = date(2020, 1, 1)
        shift = moved.randrange(-days, days + 1) if days else 0
        for visit in range(EACH):
            day += timedelta(days=fixed.randrange(1, 90))
            step = moved.randrange(-days, days + 1) if by_row else shift
            whole.append(
                (
                    person * EACH + visit,
                    f"P{person}" if named else token(person),
                    150 + person + (choose.gauss(0, noise) if noise else 0),
                    ("Ulm", "Bonn")[person % 2],
                    (day + timedelta(days=step)).isoformat(),
                )
            )
    return a_database(path).with_table("visit", MEASURED, rows=whole).build()


def visits_attacked(tmp_path: Path, *known: str, **copy: object) -> AttackReport:
    source = measured(tmp_path / "a.db", named=True)
    there = measured(tmp_path / "b.db", **copy)  # type: ignore[arg-type]
    rules = rules_for(
        "visit", patient=Technique.TOKEN, height=Technique.NOISE, seen=Technique.SHIFT, town=Technique.KEEP
    )
    subjects = {"visit": ("patient",)}
    knowledge = [Knowledge("visit", known)] if known else None
    return run(source, there, rules, Context(), knowledge, subjects=subjects, seconds=0.05)


def test_noise_is_averaged_over_the_rows_of_a_person(tmp_path: Path) -> None:
    found = of(visits_attacked(tmp_path, "height", "town", noise=3.0), AttackKind.AVERAGING)
    assert found is not None
    assert (found.persons, found.judged, found.beats) == (PEOPLE, True, True)
    assert found.reidentified > 0.8 * PEOPLE  # one row alone is one of many
    assert "25.0 rows a person are averaged." in found.details
    assert [place.column for place in found.places] == ["town", "height"]


def test_what_differs_from_row_to_row_is_not_averaged(tmp_path: Path) -> None:
    choose = random.Random(1)
    rows = [(n, f"P{n % 20}", choose.uniform(0, 100), "Ulm", "2020-01-01") for n in range(200)]
    for name in ("a.db", "b.db"):
        a_database(tmp_path / name).with_table("visit", MEASURED, rows=rows).build()
    rules = rules_for("visit", height=Technique.NOISE)
    known = [Knowledge("visit", ("height",))]
    report = run(
        tmp_path / "a.db", tmp_path / "b.db", rules, Context(), known, subjects={"visit": ("patient",)}
    )
    assert of(report, AttackKind.AVERAGING) is None


@pytest.mark.parametrize("by_row", [False, True])
def test_dates_moved_by_person_keep_the_days_between_them(tmp_path: Path, by_row: bool) -> None:
    found = of(visits_attacked(tmp_path, "seen", days=400, by_row=by_row), AttackKind.INTERVALS)
    assert found is not None
    assert found.reidentified == (0 if by_row else PEOPLE)
    assert found.beats is not by_row


def test_what_nobody_said_to_be_known_is_told_and_not_judged(tmp_path: Path) -> None:
    found = of(visits_attacked(tmp_path, days=400), AttackKind.INTERVALS)
    assert found is not None
    assert (found.reidentified, found.judged, found.beats) == (PEOPLE, False, False)


TEXT_KEY = (
    "id TEXT PRIMARY KEY, name TEXT, email TEXT, birth_date TEXT, postcode TEXT, sex TEXT, diagnosis TEXT"
)


@pytest.mark.parametrize("shuffled", [False, True])
def test_rows_in_the_order_of_the_original_are_told_apart(tmp_path: Path, shuffled: bool) -> None:
    rows = [(f"p{row[0]}", *row[1:]) for row in patients(200)]
    source = a_clinic(tmp_path / "a.db", rows, columns=TEXT_KEY)
    made = changed(rows, id=token, name=gone, email=token)
    if shuffled:
        random.Random(3).shuffle(made)
    copy = a_clinic(tmp_path / "b.db", made, columns=TEXT_KEY)
    rules = rules_for("patient", id=Technique.TOKEN, name=Technique.REMOVE, email=Technique.TOKEN)
    report = run(
        source,
        copy,
        rules,
        Context(),
        recompute=lambda table, key: iter([(token(row[0]),) for row in rows]),
        seconds=0.05,
    )
    found = of(report, AttackKind.ORDER)
    assert found is not None
    assert (found.reidentified == 200) is not shuffled
    assert (found.reidentified < 10) is shuffled
    assert not found.beats  # nobody said that the order is known
    known = [Knowledge("patient", ("id",))]
    again = run(
        source,
        copy,
        rules,
        Context(),
        known,
        recompute=lambda table, key: iter([(token(row[0]),) for row in rows]),
        seconds=0.05,
    )
    judged = of(again, AttackKind.ORDER)
    assert judged is not None
    assert judged.beats is not shuffled


def test_masks_that_keep_the_length_tell_who_has_a_long_name(tmp_path: Path) -> None:
    rows = [(n, "x" * (n // 2 + 1), "b", "1", "1", "f", "none") for n in range(1, 41)]
    source = a_clinic(tmp_path / "a.db", rows)
    copy = a_clinic(tmp_path / "b.db", changed(rows, name=lambda v: "*" * len(str(v))))
    report = run(source, copy, rules_for("patient", name=Technique.MASK), Context(), seconds=0.05)
    found = of(report, AttackKind.LENGTH)
    assert found is not None
    assert (found.reidentified, found.likely, found.judged) == (2, 21.0, False)
    same = a_clinic(tmp_path / "c.db", changed(rows, name=lambda v: "***"))
    assert not of(run(source, same, rules_for("patient", name=Technique.MASK), Context()), AttackKind.LENGTH)


TWO = "id INTEGER PRIMARY KEY, town TEXT, age TEXT, ill TEXT"


def test_two_k_anonymous_releases_give_away_what_neither_does(tmp_path: Path) -> None:
    """In groups of ten years and of ten years from the fifth on, everybody has two illnesses, and one in both."""
    rows = [(n, "Ulm", f"{n:02}", f"illness {n // 5}") for n in range(5, 95)]
    for name, start in (("a.db", None), ("b.db", 0), ("c.db", 5)):
        made = [
            (
                n if start is None else 500 - n,
                town,
                age if start is None else str((int(age) + start) // 10),
                ill,
            )
            for n, town, age, ill in rows
        ]
        a_database(tmp_path / name).with_table("t", TWO, rows=made).build()
    rules = ReleaseRules(
        "r",
        (Rule(Place("t", "age"), Technique.GENERALIZE), Rule(Place("t", "id"), Technique.PERMUTE)),
        quasi_identifiers={"t": ("age",)},
        sensitive={"t": ("ill",)},
        limits=Limits(k=5),
    )
    report = run(
        tmp_path / "a.db",
        tmp_path / "b.db",
        rules,
        Context(),
        None,
        tmp_path / "c.db",
        recompute=lambda table, key: iter([(500 - n,) for n in range(5, 95)]),
        seconds=0.05,
    )
    guessed, composed = of(report, AttackKind.INFERENCE), of(report, AttackKind.COMPOSITION)
    assert guessed is not None
    assert composed is not None
    assert guessed.reidentified == 10  # at both ends a group is half as large
    assert composed.reidentified == 90
    assert composed.beats
    assert "by both releases, 10 by one alone" in composed.details[0]


def test_coarse_values_of_two_linked_releases_divide_each_other(tmp_path: Path) -> None:
    rows = [(n, token(n), f"{n:02}", "x") for n in range(90)]
    for name, start in (("a.db", None), ("b.db", 0), ("c.db", 5)):
        made = [
            (n, town, age if start is None else f"from {(int(age) + start) // 10}", ill)
            for n, town, age, ill in rows
        ]
        a_database(tmp_path / name).with_table("t", TWO, rows=made).build()
    rules = ReleaseRules("r", (Rule(Place("t", "age"), Technique.GENERALIZE),))
    known = [Knowledge("t", ("age",))]
    report = run(tmp_path / "a.db", tmp_path / "b.db", rules, Context(), known, tmp_path / "c.db")
    alone = of(report, AttackKind.LINKAGE)
    both = next(each for each in report.attacks if each.title.startswith("With both releases"))
    assert alone is not None
    assert (alone.likely, both.likely) == pytest.approx((9.0, 18.0))
