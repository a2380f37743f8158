"""`steward privacy risk` and `frontier`."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from builders import a_database, steward
from builders.commands import Ran
from steward_app.db import open_write
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.privacy.transform.policy import write_rules

ROWS = [
    (number, "W" if number % 3 else "M", 20 + number % 37, f"SE{number % 9}", "flu") for number in range(120)
]


@pytest.fixture
def people(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path / "people.db")
        .with_table("person", "id INTEGER PRIMARY KEY, sex, age INTEGER, postcode TEXT, ill", rows=ROWS)
        .with_table("town", "postcode, sex", rows=[(f"SE{n % 9}", "W") for n in range(500)])
        .with_table("log", "id INTEGER PRIMARY KEY", rows=[(1,)])
        .build()
    )


def test_risk_as_a_document(people: Path) -> None:
    ran = steward("privacy", "risk", people, "person", *("--by", "sex", "--by", "age", "--by", "postcode"),
                  "--sensitive", "ill", "--k", "3", "--rows", "2", "--json")  # fmt: skip
    assert ran.code == 1, "a group is smaller than 3"
    (item,) = ran.document()["items"]
    assert (item["id"], item["records"], item["k"], item["suggested"]) == ("person", 120, 1, False)
    assert item["prosecutor"]["highest"] == 1.0
    assert item["columns"][0]["column"] == "age"
    assert item["sensitive"][0]["l_distinct"] == 1
    assert len(item["smallest"]) == 2
    assert item["more"] is True


@pytest.fixture
def wards(tmp_path: Path) -> Path:
    """Persons with a ward that tells the postcode, a number that counts the days to a date, and a doctor by chance."""
    rows = [
        (
            n,
            f"p{n}@mail.example",
            f"SE{n % 12 // 3}",
            f"W{n % 12}",
            day.isoformat(),
            day.toordinal() - 700_000,
            n % 5,
        )
        for n in range(240)
        for day in [date(1960, 1, 1) + timedelta(days=n * 37)]
    ]
    columns = "id INTEGER PRIMARY KEY, email, postcode, ward, born, serial INTEGER, doctor INTEGER"
    return a_database(tmp_path / "wards.db").with_table("person", columns, rows=rows).build()


def test_columns_that_tell_what_others_do_are_named_and_not_counted(wards: Path) -> None:
    asked = ("privacy", "risk", wards, "person", "--by", "postcode", "--by", "born")
    (item,) = steward(*asked, "--json").document()["items"]
    assert [(each["column"], each["how"], each["of"]) for each in item["telling"]] == [
        ("ward", "tells", "postcode"),
        ("serial", "counts the days to", "born"),
    ]
    assert "Not counted: “ward” tells “postcode”." in steward(*asked).out
    (item,) = steward(*asked, "--by", "ward", "--by", "serial", "--json").document()["items"]
    assert item["telling"] == []


def test_what_leads_to_a_person_by_itself_is_not_named_among_them(wards: Path) -> None:
    with open_write(wards) as session, session.transaction():
        session.run("UPDATE person SET email = 'p' || (id % 24) || '@mail.example'")
    asked = ("privacy", "risk", wards, "person", "--by", "postcode", "--json")
    (item,) = steward(*asked).document()["items"]
    assert {each["column"] for each in item["telling"]} == {"email", "ward"}, "nobody looked yet"
    assert steward("privacy", "scan", wards).code in (0, 1)
    (item,) = steward(*asked).document()["items"]
    assert {each["column"] for each in item["telling"]} == {"ward"}


def test_risk_of_a_whole_file_by_suggested_columns(people: Path) -> None:
    items = {item["id"]: item for item in steward("privacy", "risk", people, "--json").document()["items"]}
    assert set(items) == {"person", "town"}, "a table with a key alone has nothing to ask"
    assert items["person"]["suggested"] is True
    assert "age" in items["person"]["by"]


def test_a_file_that_was_looked_at_is_measured_where_it_tells_of_people(people: Path) -> None:
    columns = [f"person.{name}" for name in ("sex", "age", "postcode")]
    assert steward("privacy", "classify", people, *columns, "--type", "sex").code == 0
    items = steward("privacy", "risk", people, "--json").document()["items"]
    assert [item["id"] for item in items] == ["person"]
    named = steward("privacy", "risk", people, "town", "--json").document()["items"]
    assert [item["id"] for item in named] == ["town"], "who names a table wants it measured"


def test_people_read_it_and_no_value_is_shown(people: Path) -> None:
    ran = steward(
        "privacy", "risk", people, "person", "--by", "postcode", "--by", "sex", "--population", "town"
    )
    assert "Smallest group (k)" in ran.out
    assert "Not in the population" in ran.out
    assert "SE1" not in ran.out


def test_a_frontier_and_its_rules(people: Path, tmp_path: Path) -> None:
    file = tmp_path / "sexes.csv"
    file.write_text("W;*\nM;*\n", encoding="utf-8")
    ran = steward("privacy", "frontier", people, "person", "--by", "age", "--by", "sex",
                  "--hierarchy", f"sex={file}", "--k", "4", "--json")  # fmt: skip
    document = ran.document()
    assert document["chosen"]["k"] >= 4
    assert [rule["id"] for rule in document["rules"]] == ["person.age", "person.sex"]
    assert document["items"][-1]["kept"] == 1.0
    assert 0 < document["mondrian"] <= 1
    words = steward("privacy", "frontier", people, "person", "--by", "age").out
    assert "ways tried on 120 records" in words


def test_a_way_is_taken_into_the_rules_of_a_copy(people: Path, tmp_path: Path) -> None:
    asked = (
        "privacy",
        "frontier",
        people,
        "person",
        "--by",
        "age",
        "--by",
        "sex",
        "--k",
        "4",
        "--take",
        "study",
    )
    assert "has no rules “study”" in steward(*asked).err
    steward("privacy", "rules", people, "--propose", "--write", "--name", "study")
    none = steward(*asked, "--k", "121", "--left-out", "0")
    assert (none.code, "so none can be taken" in none.err) == (3, True)
    document = steward(*asked, "--json").document()
    assert document["written"].endswith(".steward.yaml")
    rules = steward("privacy", "rules", people, "--name", "study", "--json").document()
    techniques = {rule["id"]: rule["technique"] for rule in rules["items"]}
    assert {rule["id"]: rule["technique"] for rule in document["rules"]}.items() <= techniques.items()
    k = document["chosen"]["k"]
    assert f"k: {k}" in Path(document["written"]).read_text("utf-8")
    copy = tmp_path / "copy.db"
    assert steward("privacy", "anonymize", people, "--rules", "study", "--to", copy, "--yes").code == 0
    risk = steward("privacy", "risk", copy, "person", "--by", "age", "--by", "sex", "--json").document()
    assert risk["items"][0]["k"] >= k


@pytest.mark.parametrize(
    "options",
    [
        ("risk", "person", "--by", "height"),
        ("risk", "person", "--by", "sex", "--population-by", "sex"),
        ("risk", "log"),
        ("frontier", "person", "--by", "age", "--hierarchy", "sex=x.csv"),
        *(
            (verb, "person", "--by", "age", "--sensitive", "ill", option, number)
            for verb in ("risk", "frontier")
            for option, number in (("--t", "nan"), ("--t", "-1"), ("--t", "1.5"), ("--l", "0"), ("--k", "-3"))
        ),
        ("risk", "person", "--by", "age", "--threshold", "nan"),
        ("risk", "person", "--by", "age", "--rows", "-1"),
    ],
)
def test_what_was_typed_wrongly(people: Path, options: tuple[str, ...]) -> None:
    verb, *rest = options
    assert steward("privacy", verb, people, *rest).code == 2


def test_columns_without_a_table(people: Path) -> None:
    assert steward("privacy", "risk", people, "--by", "sex").code == 2


@pytest.mark.parametrize("moved", [False, True])
def test_nobody_is_taken_to_know_what_a_copy_made_up(tmp_path: Path, moved: bool) -> None:
    rows = [(n, f"Zyx Quellmann{n % 40}", 20 + n % 7, f"SE{n % 9}", "ab"[n % 2]) for n in range(120)]
    path = (
        a_database(tmp_path / "made.db")
        .with_table("person", "id INTEGER PRIMARY KEY, name TEXT, age INTEGER, area TEXT, ill", rows=rows)
        .build()
    )
    columns = [f"person.{name}" for name in ("id", "age", "area", "ill")]
    assert steward("privacy", "classify", path, *columns, "--not-personal", "made up").code == 0
    rules = ReleaseRules(
        "r",
        (
            Rule(Place("person", "name"), Technique.REMOVE),
            Rule(Place("person", "area"), Technique.PERMUTE, {"kind": "postcode"}),
        ),
    )
    write_rules(path, rules)
    copy = tmp_path / "copy.db"
    made = steward("privacy", "anonymize", path, "--to", copy, "--yes")
    assert made.code == 0, made.out + made.err
    assert _by(steward("privacy", "risk", path, "--json")) == {"name", "age", "area", "ill"}
    if moved:
        copy = copy.rename(tmp_path / "elsewhere.db")
    assert _by(steward("privacy", "risk", copy, "--json")) == {"age", "ill"}
    named = replace(rules, quasi_identifiers={"person": ("age", "area")}, sensitive={"person": ("ill",)})
    write_rules(path, named)
    other = tmp_path / "other.db"
    steward("privacy", "anonymize", path, "--to", other, "--yes")
    (item,) = steward("privacy", "risk", other, "--json").document()["items"]
    assert (item["by"], [each["column"] for each in item["sensitive"]]) == (["age"], ["ill"])


def test_persons_are_counted_where_somebody_said_whose_each_row_is(tmp_path: Path) -> None:
    """Five visits to Ulm of one patient are a group of one, in the file and in a copy of it."""
    whose = [1, 1, 1, 1, 1, 2, 3, 4]
    path = (
        a_database(tmp_path / "clinic.db")
        .with_table("patient", "id INTEGER PRIMARY KEY, name TEXT", rows=[(n, f"Zyx Quell{n}") for n in range(1, 5)])
        .with_table(
            "visit",
            "id INTEGER PRIMARY KEY, patient_id INTEGER REFERENCES patient, town TEXT",
            rows=[(n, who, "Ulm" if who == 1 else "Bern") for n, who in enumerate(whose)],
        )
        .with_table(
            "diagnosis",
            "id INTEGER PRIMARY KEY, visit_id INTEGER REFERENCES visit, icd TEXT",
            rows=[(n, n, "J45" if n < 5 else "E11") for n in range(8)],
        )
        .build()
    )  # fmt: skip
    asked = ("privacy", "risk", path, "diagnosis", "--by", "icd")
    (rows,) = steward(*asked, "--json").document()["items"]
    assert (rows["k"], rows["persons"]) == (3, []), "nobody said whose they are"
    said = (("visit.town", "patient_id", "city"), ("diagnosis.icd", "visit_id", "health_text"))
    for column, key, kind in said:
        ran = steward("privacy", "classify", path, column, "--type", kind, "--belongs-to", key)
        assert ran.code == 0, ran.err
    steward("privacy", "classify", path, "patient.name", "--type", "person_name")
    (persons,) = steward(*asked, "--json").document()["items"]
    assert (persons["k"], persons["persons"]) == (1, ["visit_id>patient_id"])
    assert "Groups count persons, by visit_id>patient_id;" in steward(*asked).out
    (again,) = steward(*asked, "--count-rows", "--json").document()["items"]
    assert again == rows
    assert steward(*asked, "--count-rows", "--person", "visit_id").code == 2
    (suggested,) = steward("privacy", "risk", path, "visit", "--json").document()["items"]
    assert (suggested["by"], suggested["k"], suggested["persons"]) == (["town"], 1, ["patient_id"])
    ways = ("privacy", "frontier", path, "visit", "--by", "town", "--k", "3")
    assert "Groups count persons" in steward(*ways).out
    assert "Groups count persons" not in steward(*ways, "--count-rows").out
    kept = (
        "patient.id",
        "visit.id",
        "visit.patient_id",
        "visit.town",
        *(f"diagnosis.{n}" for n in ("id", "visit_id", "icd")),
    )
    rules = (
        Rule(Place("patient", "name"), Technique.REMOVE),
        *(Rule(Place(*column.split(".")), Technique.KEEP) for column in kept),
    )
    write_rules(path, ReleaseRules("r", rules, quasi_identifiers={"visit": ("town",)}))
    copy = tmp_path / "copy.db"
    made = steward("privacy", "anonymize", path, "--to", copy, "--yes")
    assert made.code == 0, made.out + made.err
    (of_copy,) = steward("privacy", "risk", copy, "visit", "--json").document()["items"]
    assert (of_copy["k"], of_copy["persons"]) == (1, ["patient_id"])


@pytest.mark.parametrize("way", ["copy", "moved", "original gone"])
def test_a_copy_is_measured_by_what_was_decided_about_its_original(tmp_path: Path, way: str) -> None:
    """As it was measured when it was made: the same columns, the same persons, the same groups."""
    rows = [(n, f"Zyx Quell{n}", n % 3, f"note {n}") for n in range(30)]
    visits = [(n, n % 30, ("Ulm", "Bern")[n % 30 % 2], f"{n}") for n in range(90)]
    path = (
        a_database(tmp_path / "clinic.db")
        .with_table("patient", "id INTEGER PRIMARY KEY, name TEXT, ward, note TEXT", rows=rows)
        .with_table("visit", "id INTEGER PRIMARY KEY, who INTEGER, place TEXT, seat TEXT", rows=visits)
        .build()
    )
    for column, kind, *more in (
        ("patient.name", "person_name"),
        ("patient.ward", "city", "--identifies", "indirect"),
        ("visit.place", "city", "--identifies", "indirect"),
    ):
        assert steward("privacy", "classify", path, column, "--type", kind, *more).code == 0
    others = ("patient.id", "patient.note", "visit.id", "visit.who", "visit.seat")
    assert steward("privacy", "classify", path, *others, "--not-personal", "made up").code == 0
    write_rules(path, ReleaseRules("r", (Rule(Place("patient", "name"), Technique.REMOVE),)))
    copy = tmp_path / "copy.db"
    made = steward("privacy", "anonymize", path, "--to", copy, "--yes")
    assert made.code == 0, made.out + made.err
    (release,) = steward("privacy", "releases", path, "--json").document()["items"]
    if way == "moved":
        copy = copy.rename(tmp_path / "elsewhere.db")
    if way == "original gone":
        path.unlink()
    found = {item["id"]: item for item in steward("privacy", "risk", copy, "--json").document()["items"]}
    assert {name: (item["by"], item["k"], item["persons"]) for name, item in found.items()} == {
        each["table"]: (each["by"], each["k"], each["person"]) for each in release["risks"]
    }
    assert found["patient"]["by"] == ["ward"], "and not the note, which divides the rows more finely"
    assert steward("privacy", "classify", copy, "patient.ward", "--not-personal", "of the building").code == 0
    later = steward("privacy", "risk", copy, "--json").document()["items"]
    assert [item["id"] for item in later] == ["visit"], "what is decided about the copy counts before"


def _by(ran: Ran) -> set[str]:
    (item,) = ran.document()["items"]
    return set(item["by"])


def test_l_and_t_of_ways_and_as_limits(people: Path) -> None:
    by = ("--by", "sex", "--by", "age", "--sensitive", "postcode")
    ran = steward(
        "privacy", "frontier", people, "person", *by, "--k", "4", "--l", "3", "--t", "0.6", "--json"
    )
    chosen = ran.document()["chosen"]
    assert chosen["k"] >= 4
    assert chosen["diversity"] >= 3
    assert chosen["closeness"] <= 0.6
    for way in ran.document()["items"]:
        assert way["diversity"] >= 3
        assert way["closeness"] <= 0.6
    words = steward("privacy", "frontier", people, "person", *by, "--l", "3").out
    assert "3 values of each sensitive column" in words
    assert steward("privacy", "frontier", people, "person", "--by", "sex", "--l", "3").code == 2
    risk = ("privacy", "risk", people, "person", "--by", "sex", "--sensitive", "postcode")
    assert steward(*risk, "--l", "2", "--t", "1").code == 0
    assert steward(*risk, "--l", "9").code == 1
    assert steward(*risk, "--t", "0.01").code == 1


@pytest.mark.parametrize("asked", [("--l", "2"), ("--t", "0.5")])
@pytest.mark.parametrize("of", [("person", "--by", "sex"), ("person",), ()])
def test_limits_of_sensitive_columns_are_refused_without_any(
    people: Path, of: tuple[str, ...], asked: tuple[str, ...]
) -> None:
    ran = steward("privacy", "risk", people, *of, *asked)
    assert ran.code == 2
    assert "--sensitive" in ran.err
    assert "none was named" in ran.err


def test_of_an_empty_table_it_is_said_that_nobody_is_measured(tmp_path: Path) -> None:
    empty = a_database(tmp_path / "empty.db").with_table("person", "id INTEGER PRIMARY KEY, sex, ill").build()
    asked = ("--by", "sex", "--sensitive", "ill", "--k", "2", "--l", "2")
    for verb in ("risk", "frontier"):
        ran = steward("privacy", verb, empty, "person", *asked)
        assert ran.code == 0
        assert "nobody to measure" in ran.out
