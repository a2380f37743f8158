"""Tables of which persons are drawn at random: what is said of all of them, and how sure that is."""

from __future__ import annotations

import random
from importlib import import_module
from pathlib import Path

import pytest

from builders import a_database
from builders.made_by_hand import a_clinic, changed, gone, patients, token, visits
from steward_app.kernel.progress import Context
from steward_app.services.privacy.attack import Attack, AttackKind, AttackReport, Knowledge, run
from steward_app.services.privacy.attack.model import Truth
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import ReleaseRules, Rule

KNOWN = [Knowledge("patient", ("birth_date", "sex"))]


@pytest.fixture
def few_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    """1,000 rows of the patients are looked at."""
    monkeypatch.setattr(import_module("steward_app.services.privacy.attack.reading"), "MOST_CELLS", 7_000)


def rules_for(table: str, **columns: Technique) -> ReleaseRules:
    return ReleaseRules("r", tuple(Rule(Place(table, name), each) for name, each in columns.items()))


def of(report: AttackReport, kind: AttackKind) -> Attack:
    return next(each for each in report.attacks if each.kind is kind)


def test_a_table_of_one_kind_of_row_first_is_not_judged_by_its_first_rows(
    tmp_path: Path, few_cells: None
) -> None:
    """The first 2,000 rows are alike, the last 2,000 all different: half of the persons are found."""
    rows = [
        (n, "a", "b", "2000-01-01" if n <= 2_000 else f"day {n}", "1", "f", "none") for n in range(1, 4_001)
    ]
    source = a_clinic(tmp_path / "a.db", rows)
    report = run(source, source, rules_for("patient", name=Technique.KEEP), Context(), KNOWN)
    found = of(report, AttackKind.LINKAGE)
    assert (found.persons, found.tried, found.sampled) == (4_000, 1_000, True)
    assert found.interval.low < 0.5 < found.interval.high
    assert found.interval.high - found.interval.low < 0.07
    assert "1,000 persons of 4,000, drawn at random, were looked for in the whole copy." in found.details
    assert report.truth[0].pairs == 1_000
    assert any("persons were drawn at random" in each.why for each in report.not_tried)


def test_groups_are_as_large_as_in_the_whole_copy(tmp_path: Path, few_cells: None) -> None:
    """Everybody has one double: in a copy that were drawn as well, most would stand alone."""
    rows = [(n, "a", "b", f"day {n // 2}", "1", "f", "none") for n in range(4_000)]
    source = a_clinic(tmp_path / "a.db", rows)
    found = of(
        run(source, source, rules_for("patient", name=Technique.KEEP), Context(), KNOWN), AttackKind.LINKAGE
    )
    assert (found.reidentified, found.likely) == (0, 500.0)


def test_all_rows_of_a_person_are_drawn_together(tmp_path: Path, few_cells: None) -> None:
    made = visits(12_000, 2_000)
    source = a_clinic(tmp_path / "a.db", patients(2_000), made)
    known = [Knowledge("visit", ("taken_on",))]
    report = run(
        source,
        source,
        rules_for("visit", cost=Technique.KEEP),
        Context(),
        known,
        subjects={"visit": ("patient_id",)},
    )
    found = of(report, AttackKind.LINKAGE)
    people = len({row[1] for row in made})
    assert found.persons == people
    assert found.reidentified == found.tried == 1_000


@pytest.mark.parametrize("order", ["as it was", "another"])
def test_rows_are_found_again_by_keys_made_again_or_by_their_order(
    tmp_path: Path, few_cells: None, order: str
) -> None:
    rows = patients(3_000)
    keys = list(range(1, 3_001))
    random.Random(5).shuffle(keys)
    mapped = dict(zip(range(1, 3_001), keys, strict=True))
    source = a_clinic(tmp_path / "a.db", rows)
    made = changed(rows, name=gone, email=token, id=lambda v: mapped[int(str(v))])
    if order == "another":
        copy = a_clinic(tmp_path / "b.db", made)
        recompute = lambda table, key: iter([(mapped[n],) for n in range(1, 3_001)])  # noqa: E731
    else:
        text = "id TEXT PRIMARY KEY, name TEXT, email TEXT, birth_date TEXT, postcode TEXT, sex TEXT, diagnosis TEXT"
        source = a_clinic(tmp_path / "c.db", [(f"p{row[0]}", *row[1:]) for row in rows], columns=text)
        copy = a_clinic(tmp_path / "b.db", [(f"p{row[0]}", *row[1:]) for row in made], columns=text)
        recompute = None
    rules = rules_for("patient", id=Technique.PERMUTE, name=Technique.REMOVE, email=Technique.TOKEN)
    report = run(source, copy, rules, Context(), KNOWN, recompute=recompute, seconds=0.05)
    assert report.truth[0].truth is (Truth.RECOMPUTED if order == "another" else Truth.POSITION)
    whole = {(row[3], row[5]) for row in rows}
    found = of(report, AttackKind.LINKAGE)
    assert found.rate > 0.9 * len(whole) / 3_000
    assert found.tried == 1_000


def test_frequencies_and_inference_count_in_the_whole_table(tmp_path: Path, few_cells: None) -> None:
    towns = ["Ulm"] * 2_000 + ["Bonn"] * 1_200 + ["Jena"] * 400 + ["Hof"] * 400
    columns = "id INTEGER PRIMARY KEY, town TEXT, age INTEGER, ill TEXT, a TEXT, b TEXT, c TEXT"
    rows = [(n, town, n % 50, "gout" if n % 4 else "none", "", "", "") for n, town in enumerate(towns)]
    source = a_database(tmp_path / "a.db").with_table("t", columns, rows=rows).build()
    copy = (
        a_database(tmp_path / "b.db")
        .with_table("t", columns, rows=[(row[0], token(row[1]), *row[2:]) for row in rows])
        .build()
    )
    rules = ReleaseRules(
        "r",
        (Rule(Place("t", "town"), Technique.TOKEN),),
        quasi_identifiers={"t": ("age",)},
        sensitive={"t": ("ill",)},
    )
    report = run(source, copy, rules, Context(), seconds=0.05)
    matched, guessed = of(report, AttackKind.FREQUENCY), of(report, AttackKind.INFERENCE)
    # two towns stand alone in their rank, two share one
    assert matched.interval.low < 0.9 < matched.interval.high
    assert (matched.persons, matched.tried) == (4_000, 1_000)
    assert guessed.interval.low < 0.75 < guessed.interval.high


def test_a_wide_table_that_fits_is_looked_at_whole(tmp_path: Path) -> None:
    names = [f"c{n}" for n in range(120)]
    columns = "id INTEGER PRIMARY KEY, " + ", ".join(f"{name} INTEGER" for name in names)
    rows = [(n, *([1] * 119), n) for n in range(50)]
    source = a_database(tmp_path / "a.db").with_table("t", columns, rows=rows).build()
    report = run(source, source, rules_for("t", c0=Technique.KEEP), Context(), seconds=0.05)
    assert any("c119" in each.title and each.reidentified == 50 for each in report.attacks)


def test_columns_of_a_large_table_that_are_not_looked_at_are_said(tmp_path: Path, few_cells: None) -> None:
    names = [f"c{n}" for n in range(70)]
    columns = "id INTEGER PRIMARY KEY, " + ", ".join(f"{name} INTEGER" for name in names)
    rows = [(n, *([1] * 70)) for n in range(1_200)]
    source = a_database(tmp_path / "a.db").with_table("t", columns, rows=rows).build()
    report = run(source, source, rules_for("t", c69=Technique.KEEP), Context(), seconds=0.05)
    assert any(each.what == "Attacks by 11 columns of “t”" for each in report.not_tried)
    assert all("c69" not in each.what for each in report.not_tried)
