"""`steward privacy limits`, and a copy that waits until somebody says what holds for a small table."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database, steward
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import Limits, ReleaseRules, Rule
from steward_app.services.privacy.transform.policy import release_rules, write_rules

RULES = ReleaseRules(
    "research",
    (
        Rule(Place("clinic", "town"), Technique.KEEP),
        Rule(Place("person", "name"), Technique.REMOVE),
        Rule(Place("person", "town"), Technique.KEEP),
    ),
    quasi_identifiers={"person": ("town",), "clinic": ("town",)},
    sensitive={"person": ("ill",)},
)


@pytest.fixture
def people(tmp_path: Path) -> Path:
    towns = ("Ulm", "Bern", "Graz")
    path = (
        a_database(tmp_path / "people.db")
        .with_table("clinic", "id INTEGER PRIMARY KEY, town", rows=list(enumerate(towns)))
        .with_table(
            "person",
            "id INTEGER PRIMARY KEY, name TEXT, town, ill, clinic_id REFERENCES clinic",
            rows=[(n, f"Zyx Quellmann{n}", towns[n % 3], "abc"[n % 2], n % 3) for n in range(60)],
        )
        .build()
    )
    write_rules(path, RULES)
    return path


def test_limits_for_all_and_of_one_table(people: Path) -> None:
    first = steward("privacy", "limits", people, "--k", "5", "--l", "2", "--json").document()
    assert first["written"] is True
    assert [(item["id"], item["k"], item["diversity"], item["own"]) for item in first["items"]] == [
        ("", 5, 2, True),
        ("person", 5, 2, False),
        ("clinic", 5, 2, False),
    ]
    steward("privacy", "limits", people, "clinic", "--k", "1")
    steward("privacy", "limits", people, "clinic", "--risk", "0.5")
    rules = release_rules(people, "research")
    assert rules.limits == Limits(k=5, l_diversity=2)
    assert rules.table_limits == {"clinic": Limits(k=1, risk=0.5)}
    steward("privacy", "limits", people, "person", "--person", "clinic_id", "--left-out", "0.1")
    rules = release_rules(people, "research")
    assert rules.persons == {"person": ("clinic_id",)}
    assert rules.table_limits["person"] == Limits(left_out=0.1)
    shown = steward("privacy", "limits", people).out
    assert "persons by clinic_id" in shown
    assert "10 %" in shown
    steward("privacy", "limits", people, "person", "--none", "--person", "")
    assert release_rules(people, "research").persons == {"person": ()}
    assert steward("privacy", "limits", people, "person", "--person", "nowhere").code == 2
    assert steward("privacy", "limits", people, "--person", "id").code == 2
    assert "its own" in steward("privacy", "limits", people).out
    steward("privacy", "limits", people, "clinic", "--none")
    assert release_rules(people, "research").table_limits == {}


def test_a_copy_waits_until_it_is_said_what_holds_for_a_small_table(people: Path, tmp_path: Path) -> None:
    columns = [f"person.{name}" for name in ("id", "town", "ill", "clinic_id")] + ["clinic.id", "clinic.town"]
    assert steward("privacy", "classify", people, *columns, "--not-personal", "made up").code == 0
    copy = tmp_path / "copy.db"
    steward("privacy", "limits", people, "--k", "5")
    waits = steward("privacy", "anonymize", people, "--to", copy, "--yes")
    assert waits.code == 3
    assert "All 3 rows of “clinic” would be left out" in waits.out + waits.err
    assert not copy.exists()
    steward("privacy", "limits", people, "clinic", "--k", "1")
    made = steward("privacy", "anonymize", people, "--to", copy, "--yes")
    assert made.code == 0, made.out + made.err
    assert (
        steward("privacy", "risk", copy, "clinic", "--by", "town", "--json").document()["items"][0]["records"]
        == 3
    )


@pytest.mark.parametrize(
    "options",
    [("--none", "--k", "2"), ("nowhere", "--k", "2"), ("--rules", "other", "--k", "2")],
)
def test_limits_typed_wrongly_change_nothing(people: Path, options: tuple[str, ...]) -> None:
    assert steward("privacy", "limits", people, *options).code == 2
    assert release_rules(people, "research") == RULES


def test_a_database_without_rules(tmp_path: Path) -> None:
    path = a_database(tmp_path / "t.db").with_table("t", "v", rows=[(1,)]).build()
    ran = steward("privacy", "limits", path, "--k", "2")
    assert ran.code == 2
    assert "steward privacy rules" in ran.err


def test_a_risk_over_a_foreign_key_says_how_many_rows_lead_nowhere(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path / "visits.db")
        .with_table("person", "id INTEGER PRIMARY KEY, town", rows=[(1, "Ulm"), (2, "Ulm")])
        .with_table(
            "visit",
            "id INTEGER PRIMARY KEY, person_id REFERENCES person, ill",
            rows=[(1, 1, "a"), (2, 2, "b"), (3, None, "c")],
        )
        .build()
    )
    asked = ("privacy", "risk", path, "visit", "--by", "person_id>town", "--sensitive", "ill")
    (item,) = steward(*asked, "--json").document()["items"]
    assert (item["leading_nowhere"], item["records"], item["sensitive"][0]["l_distinct"]) == (1, 2, 2)
    assert "1 row does not count" in steward(*asked).out
