"""The name of a column and its values together: neither alone would say it."""

from __future__ import annotations

import pytest

from builders.database import a_database
from steward_app.services.privacy.discover.model import Verdict
from steward_app.services.privacy.discover.scan import scan

GIVEN = (
    "Anna",
    "Peter",
    "Maria",
    "Thomas",
    "Julia",
    "Martin",
    "Laura",
    "Daniel",
    "Sarah",
    "Michael",
    "Eva",
    "Paul",
)
FAMILY = (
    "Smith",
    "Miller",
    "Baker",
    "Johnson",
    "Wagner",
    "Fischer",
    "Moore",
    "Taylor",
    "Clark",
    "Walker",
    "Young",
)
PEOPLE = [(f"{given} {FAMILY[n % 11]}", n) for n, given in enumerate(GIVEN)]


def kinds_in(tmp_path, table, columns, rows):
    declared = ", ".join(f'"{name}"' for name in columns)
    found = scan(a_database(tmp_path).with_table(table, declared, rows=rows).build())
    return {each.place.column: each for each in found.columns}


@pytest.mark.parametrize(
    "number",
    [lambda n: 6_200_100 + 37 * n, lambda n: f"{7_301_000 + 91 * n}", lambda n: f"{912_345_600 + 13 * n}"],
)
@pytest.mark.parametrize("name", ["CELL_NUMBER", "telefon", "携帯番号"])
def test_bare_digits_under_telephone_are_numbers_of_one(tmp_path, name, number):
    rows = [(person, number((7 * n) % 12)) for person, n in PEOPLE]
    assert kinds_in(tmp_path, "customers", ("name", name), rows)[name].kind == "phone"


def test_bare_digits_under_anything_else_are_none(tmp_path):
    rows = [(f"part {n}", 6_200_100 + 37 * ((5 * n) % 12)) for n in range(12)]
    assert kinds_in(tmp_path, "parts", ("label", "units_made"), rows)["units_made"].kind == ""


@pytest.mark.parametrize(
    ("name", "written"),
    [("生年月日", "{}年{}月{}日"), ("생년월일", "{}. {}. {}."), ("出生日期", "{}年{}月{}日")],
)
def test_days_as_they_are_written_in_the_far_east(tmp_path, name, written):
    rows = [(person, written.format(1950 + 4 * n, n + 1, 2 * n + 1)) for person, n in PEOPLE]
    assert kinds_in(tmp_path, "members", ("name", name), rows)[name].kind == "birth_date"


def test_days_far_apart_are_no_births_where_the_name_says_something_else(tmp_path):
    rows = [(person, f"{1970 + 4 * n}-03-{n + 10}") for person, n in PEOPLE]
    assert kinds_in(tmp_path, "offices", ("holder name", "end_date"), rows)["end_date"].kind != "birth_date"


@pytest.mark.parametrize("form", ["Dr. {} {}", "{1}, {0}", "{1}, {0} M.", "{} {} Jr.", "{} {} MD"])
def test_names_with_titles_and_in_any_order(tmp_path, form):
    rows = [(n, form.format(*person.split())) for person, n in PEOPLE]
    assert kinds_in(tmp_path, "t", ("n", "consultant"), rows)["consultant"].kind == "person_name"


@pytest.mark.parametrize("name", ["judge", "plaintiff", "referee", "議案提出者"])
def test_names_of_officials_are_names_of_persons(tmp_path, name):
    rows = [(f"Case {n}", person) for person, n in PEOPLE]
    assert kinds_in(tmp_path, "cases", ("title", name), rows)[name].kind == "person_name"


def test_firms_called_after_people_are_firms(tmp_path):
    rows = [(person, f"{FAMILY[n % 11]}, {GIVEN[n]} and {FAMILY[(n + 3) % 11]}", n) for person, n in PEOPLE]
    found = kinds_in(tmp_path, "grants", ("pi_name", "institution", "year"), rows)
    assert found["pi_name"].kind == "person_name"
    assert found["institution"].kind != "person_name"


def test_colours_are_no_family_names(tmp_path):
    colours = ("Brown", "Green", "Gray", "Hazel", "Blue", "Black")
    rows = [(person, colours[n % 6]) for person, n in PEOPLE]
    assert kinds_in(tmp_path, "singers", ("name", "eyes"), rows)["eyes"].kind not in (
        "family_name",
        "given_name",
    )


def test_who_wrote_a_row_makes_it_none_about_people(tmp_path):
    rows = [(n, "max.moritz@example.org", f"Risk of kind {n}", n % 3, 1_000 * n) for n in range(12)]
    found = kinds_in(tmp_path, "risks", ("ID", "createdBy", "title", "prio", "impact"), rows)
    assert found["createdBy"].kind == "email"
    assert not [name for name in ("ID", "title", "prio", "impact") if found[name].kind]


def test_an_invoice_for_a_visit_is_about_the_patient(tmp_path):
    made = a_database(tmp_path).with_table("patient", "id INTEGER PRIMARY KEY, name", rows=[
        (n, person) for person, n in PEOPLE
    ])  # fmt: skip
    made = made.with_table("visit", "id INTEGER PRIMARY KEY, patient_id REFERENCES patient, day TEXT", rows=[
        (n, n, f"2026-01-{n + 1:02}") for n in range(12)
    ])  # fmt: skip
    made = made.with_table("invoice", "id INTEGER PRIMARY KEY, visit_id REFERENCES visit, cents INT", rows=[
        (n, n, 1200 + 7 * n) for n in range(12)
    ])  # fmt: skip
    found = {each.id: each for each in scan(made.build()).columns}
    assert found["invoice.cents"].verdict is Verdict.PERSONAL


def test_a_card_of_somebody_among_settings_is_personal(tmp_path):
    card = '{"name": "Anna Miller", "phone": "01632 960102", "mail": "amiller@clinic.example"}'
    rows = [("clinic.colour", "blue"), ("lab.timeout", "12"), ("contact", card), ("sms.sender", "CLINIC")]
    found = scan(a_database(tmp_path).with_table("setting", "key TEXT, value TEXT", rows=rows).build())
    kinds = {each.place.path: each.kind for each in found.columns if each.place.path}
    assert kinds == {"$.name": "person_name", "$.phone": "phone", "$.mail": "email"}


@pytest.mark.parametrize("name", ["Name, first name", "surname and first name", "Naam, voornaam"])
def test_a_column_of_both_names_holds_whole_names(tmp_path, name):
    rows = [(", ".join(reversed(person.split())), n) for person, n in PEOPLE]
    assert kinds_in(tmp_path, "register", (name, "year"), rows)[name].kind == "person_name"


def test_a_year_and_numbers_behind_it_are_no_telephone_number(tmp_path):
    rows = [
        (f"Anna Miller{'abcdefgh'[n % 8]}", f"{2018 + n % 5}-{n * 37 % 10_000:04}-{n * 7919 % 100_000:05}")
        for n in range(60)
    ]
    assert kinds_in(tmp_path, "stay", ("name", "no_sejour"), rows)["no_sejour"].kind != "phone"
