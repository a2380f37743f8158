"""Frequencies, inference, and two releases side by side."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from builders import a_database
from builders.made_by_hand import a_clinic, changed, gone, patients, token
from steward_app.kernel.progress import Context
from steward_app.services.privacy.attack import Attack, AttackKind, AttackReport, Knowledge, run
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import Limits, ReleaseRules, Rule

TWO = "id INTEGER PRIMARY KEY, town TEXT, age INTEGER, ill TEXT"


def rules_for(limits: Limits | None = None, **columns: Technique) -> ReleaseRules:
    return ReleaseRules(
        "test",
        tuple(Rule(Place("t", name), technique) for name, technique in columns.items()),
        quasi_identifiers={"t": ("town", "age")},
        sensitive={"t": ("ill",)},
        limits=limits or Limits(),
    )


def table(path: Path, rows: list[tuple[object, ...]], columns: str = TWO) -> Path:
    return a_database(path).with_table("t", columns, rows=rows).build()  # type: ignore[arg-type]


def of(report: AttackReport, kind: AttackKind) -> list[Attack]:
    return [each for each in report.attacks if each.kind is kind]


def test_pseudonyms_that_repeat_are_matched_by_how_often_they_occur(tmp_path: Path) -> None:
    towns = ["Ulm"] * 50 + ["Bonn"] * 30 + ["Jena"] * 10 + ["Hof"] * 5 + ["Rom"] * 5
    source = table(tmp_path / "a.db", [(n, town, 1, "x") for n, town in enumerate(towns)])
    copy = table(tmp_path / "b.db", [(n, token(town), 1, "x") for n, town in enumerate(towns)])
    found = of(
        run(source, copy, rules_for(town=Technique.TOKEN), Context(), seconds=0.1), AttackKind.FREQUENCY
    )[0]
    # three towns stand alone in their rank: 90 persons; the two of five are guessed among two: 10 times a half
    assert (found.reidentified, found.likely) == (90, 95.0)
    assert found.guessing == 50.0
    assert found.beats


def test_pseudonyms_that_are_all_different_are_not(tmp_path: Path) -> None:
    source = table(tmp_path / "a.db", [(n, f"town {n}", 1, "x") for n in range(50)])
    copy = table(tmp_path / "b.db", [(n, token(n), 1, "x") for n in range(50)])
    assert not of(
        run(source, copy, rules_for(town=Technique.TOKEN), Context(), seconds=0.1), AttackKind.FREQUENCY
    )


def test_what_is_guessed_is_measured_beside_the_most_common_value(tmp_path: Path) -> None:
    rows = [(n, "Ulm" if n < 60 else "Bonn", 1, "gout" if n < 50 else "none") for n in range(100)]
    source = table(tmp_path / "a.db", rows)
    copy = table(tmp_path / "b.db", rows)
    found = of(run(source, copy, rules_for(id=Technique.KEEP), Context()), AttackKind.INFERENCE)[0]
    # of the 60 in Ulm 50 have gout and are guessed rightly; all 40 in Bonn have none
    assert (found.likely, found.reidentified) == (90.0, 40)
    assert found.guessing == 50.0
    assert "+40.0 percentage points" in found.details[0]
    assert "90.0 %" in found.details[1]
    assert not found.beats  # the others alone would have said the same


def test_a_group_that_says_one_thing_beats_rules_that_ask_for_diversity(tmp_path: Path) -> None:
    rows = [(n, "Ulm" if n < 60 else "Bonn", 1, "gout" if n < 50 else "none") for n in range(100)]
    source, copy = table(tmp_path / "a.db", rows), table(tmp_path / "b.db", rows)
    asked = rules_for(Limits(k=5, l_diversity=2), id=Technique.KEEP)
    assert of(run(source, copy, asked, Context()), AttackKind.INFERENCE)[0].beats


def test_alone_in_a_group_a_person_gives_the_answer_away(tmp_path: Path) -> None:
    rows = [(n, f"town {n}", 1, ("gout", "none", "flu", "acne")[n % 4]) for n in range(100)]
    source, copy = table(tmp_path / "a.db", rows), table(tmp_path / "b.db", rows)
    found = of(run(source, copy, rules_for(id=Technique.KEEP), Context()), AttackKind.INFERENCE)[0]
    assert found.reidentified == 100
    assert found.beats


def test_a_sensitive_column_that_is_all_but_empty_is_not_guessed(tmp_path: Path) -> None:
    rows = [(n, "Ulm", 1, "gout" if not n else None) for n in range(100)]
    source = table(tmp_path / "a.db", list(rows))
    copy = table(tmp_path / "b.db", [(n, town, age, None) for n, town, age, _ in rows])
    assert not of(run(source, copy, rules_for(id=Technique.KEEP), Context()), AttackKind.INFERENCE)


class TestTwoReleases:
    def rows(self, count: int = 200) -> list[tuple[int, str, int, str]]:
        return [(n, token(n), n * 10, "x") for n in range(count)]

    def test_the_mean_of_two_noisy_releases_under_one_key_is_nearer(self, tmp_path: Path) -> None:
        choose = random.Random(4)
        rows = self.rows()
        source = table(tmp_path / "a.db", list(rows))
        for name in ("b.db", "c.db"):
            noisy = [(n, town, age + choose.gauss(0, 6.0), ill) for n, town, age, ill in rows]
            table(tmp_path / name, list(noisy), TWO.replace("age INTEGER", "age REAL"))
        report = run(
            source,
            tmp_path / "b.db",
            rules_for(age=Technique.NOISE),
            Context(),
            [Knowledge("t", ("age",))],
            tmp_path / "c.db",
            seconds=0.1,
        )
        alone = of(report, AttackKind.LINKAGE)[0]
        both = next(a for a in of(report, AttackKind.DIFFERENCE) if "looks for the row" in a.title)
        assert both.reidentified > alone.reidentified + 10

    def test_a_column_that_one_release_keeps_is_joined_to_the_other(self, tmp_path: Path) -> None:
        rows = patients(200)
        source = a_clinic(tmp_path / "a.db", rows)
        hidden = {"name": gone, "email": token}
        first = a_clinic(tmp_path / "b.db", changed(rows, **hidden, birth_date=gone))
        second = a_clinic(tmp_path / "c.db", changed(rows, **hidden))
        rules = ReleaseRules(
            "test",
            (
                Rule(Place("patient", "name"), Technique.REMOVE),
                Rule(Place("patient", "email"), Technique.TOKEN),
                Rule(Place("patient", "birth_date"), Technique.REMOVE),
            ),
        )
        known = [Knowledge("patient", ("birth_date", "sex"))]
        report = run(source, first, rules, Context(), known, second, seconds=0.1)
        assert of(report, AttackKind.LINKAGE)[0].reidentified == 0
        found = next(a for a in of(report, AttackKind.DIFFERENCE) if "looks for the row" in a.title)
        assert found.reidentified > 190

    def test_who_left_and_joined_is_told(self, tmp_path: Path) -> None:
        rows = self.rows()
        source = table(tmp_path / "a.db", list(rows))
        table(tmp_path / "b.db", list(rows[:190]))
        table(tmp_path / "c.db", list(rows[10:]))
        report = run(
            source,
            tmp_path / "b.db",
            rules_for(id=Technique.KEEP),
            Context(),
            None,
            tmp_path / "c.db",
            seconds=0.1,
        )
        found = next(a for a in of(report, AttackKind.DIFFERENCE) if "left" in a.title)
        assert (found.claimed, found.reidentified) == (20, 20)
        assert found.guessing == pytest.approx(2.0)
        assert found.beats


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_tables_with_hardly_a_row_are_attacked_without_ado(tmp_path: Path, rows: int) -> None:
    made = [(n, "a", n, "x") for n in range(rows)]
    source, copy = table(tmp_path / "a.db", list(made)), table(tmp_path / "b.db", list(made))
    report = run(source, copy, rules_for(town=Technique.TOKEN), Context(), None, copy, seconds=0.1)
    assert all(each.reidentified <= rows for each in report.attacks)


def test_no_value_stands_in_a_report(tmp_path: Path) -> None:
    rows = patients(50)
    source = a_clinic(tmp_path / "a.db", rows)
    copy = a_clinic(tmp_path / "b.db", changed(rows, email=token))
    told = repr(run(source, copy, None, Context(), None, copy, seconds=0.1))
    assert not [value for row in rows for value in row[1:4] if str(value) in told]
