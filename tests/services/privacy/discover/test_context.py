"""What a column is by what stands around it: its table, the columns beside it, and words that change nothing."""

from __future__ import annotations

import pytest

from builders.database import a_database
from steward_app.services.privacy.discover.model import Scan, Verdict
from steward_app.services.privacy.discover.scan import scan
from steward_app.services.privacy.model import Place
from steward_app.services.rows.shipped_headers import shipped_headers

PEOPLE = [
    ("Ana Ruiz", "ana.ruiz"),
    ("Tom Hill", "tom.hill"),
    ("Eva Lang", "eva.lang"),
    ("Jan Novak", "jan.novak"),
    ("Ida Berg", "ida.berg"),
    ("Zbyhnev Qorxu", "zq"),
    ("Lea Roth", "lea.roth"),
    ("Max Kurz", "max.kurz"),
]


def kind(found: Scan, table: str, column: str) -> str:
    at = found.at(Place(table, column))
    assert at is not None
    return at.kind if at.verdict is Verdict.PERSONAL else at.verdict


def test_the_values_of_a_column_of_names_are_names_under_any_heading(tmp_path):
    rows = [(f"{login}@example.org", name, name) for name, login in PEOPLE]
    built = a_database(tmp_path).with_table("member", "email, full_name, zorbl", rows=rows).build()
    assert kind(scan(built), "member", "zorbl") == "person_name"


def test_years_of_birth_and_death_are_found_in_any_century(tmp_path):
    rows = [(name, 1760 + 9 * n, 1820 + 9 * n) for n, (name, _) in enumerate(PEOPLE)]
    built = a_database(tmp_path).with_table("painter", "full_name, yearOfBirth, year_of_death", rows=rows)
    found = scan(built.build())
    assert kind(found, "painter", "yearOfBirth") == "birth_date"
    assert kind(found, "painter", "year_of_death") == "death_date"


def test_a_table_named_after_what_patients_have_says_it_in_its_words(tmp_path):
    rows = [
        (f"2f1c8d0e-0000-4000-8000-{n:012d}", f"{n}-04-2020", text) for n, text in enumerate(("Mold",) * 4)
    ]
    rows += [(rows[0][0], "02-05-2020", "Shellfish"), (rows[1][0], "02-06-2020", "Cat dander")]
    built = a_database(tmp_path).with_table("allergies", "patient, start, description", rows=rows).build()
    assert kind(scan(built), "allergies", "description") == "health"


def test_a_list_of_medicines_is_of_nobody_without_a_patient(tmp_path):
    rows = [(n, text, 3.5 * n) for n, text in enumerate(("Aspirin 100", "Insulin", "Tramadol", "Naproxen"))]
    built = a_database(tmp_path).with_table("medications", "id, description, price", rows=rows).build()
    assert kind(scan(built), "medications", "description") == Verdict.NOT_PERSONAL


@pytest.mark.parametrize("name", ["injury_type", "disability_code", "religion_category", "Allergy Type"])
def test_a_class_of_a_special_category_is_of_it(name):
    assert shipped_headers().read(name).matches


@pytest.mark.parametrize("name", ["address_type", "email_status", "phone_category"])
def test_a_class_of_anything_else_is_not(name):
    assert not shipped_headers().read(name).matches


def test_a_town_that_no_list_knows_is_one_beside_a_street(tmp_path):
    rows = [
        (name, f"{n} High Street", town, "Norfolk")
        for n, ((name, _), town) in enumerate(
            zip(PEOPLE, ("Zwyxham", "Kroppel", "Ulvaby", "Tarnsk") * 2, strict=True), start=1
        )
    ]
    built = a_database(tmp_path).with_table("customer", "full_name, street, city, state", rows=rows).build()
    found = scan(built)
    assert kind(found, "customer", "city") == "city"
    assert kind(found, "customer", "state") == "region"


def test_a_size_at_the_end_of_a_name_of_goods_is_no_house_number(tmp_path):
    rows = [
        (text, 12 + n) for n, text in enumerate(("Masks FFP2", "Masks FFP3", "Gloves XL2", "Gowns AAMI3"))
    ]
    built = a_database(tmp_path).with_table("supply", "what, pieces", rows=rows * 3).build()
    assert kind(scan(built), "supply", "what") != "street"


def test_departments_are_no_countries_for_their_two_letters(tmp_path):
    rows = [(name, unit) for (name, _), unit in zip(PEOPLE, ("IT", "HR", "QX", "PR") * 2, strict=True)]
    built = a_database(tmp_path).with_table("employee", "full_name, unit", rows=rows).build()
    assert kind(scan(built), "employee", "unit") != "country"


@pytest.mark.parametrize("name", ["player", "borrower", "Author"])
def test_a_column_named_after_people_alone_names_them(name):
    assert [match.kind for match in shipped_headers().read(name).matches] == ["person_name"]


@pytest.mark.parametrize("name", ["median_income", "housing_median_age", "Average age"])
def test_what_is_counted_over_many_is_of_nobody(name):
    assert not shipped_headers().read(name).matches


def test_the_other_half_of_a_name_is_found_where_columns_have_no_names(tmp_path):
    halves = [
        ("Gino", "Pofferbo"),
        ("Carlo", "Linatti"),
        ("Guido", "Malucc"),
        ("Franca", "Foschinn"),
        ("Luca", "Bacchi"),
        ("Marco", "Zambro"),
    ]
    rows = [(given, family, f"0{n}-03-1980") for n, (given, family) in enumerate(halves, start=1)]
    built = a_database(tmp_path).with_table("dipendenti", "c1, c2, c3", rows=rows).build()
    assert kind(scan(built), "dipendenti", "c2") == "family_name"


def test_the_sex_of_animals_is_nobodys(tmp_path):
    rows = [(f"KE_{n:03}", "fm"[n % 2], n % 3 == 0, "Wolf") for n in range(12)]
    built = (
        a_database(tmp_path).with_table("herd", "animal_id, sex, pregnant, death_cause", rows=rows).build()
    )
    found = scan(built)
    assert kind(found, "herd", "sex") == kind(found, "herd", "pregnant") == Verdict.NOT_PERSONAL


def test_somebody_to_call_is_not_whom_a_list_of_goods_is_about(tmp_path):
    rows = [(f"Farm {n}", 80 + n, f"{n * 7919:040x}", 3 * n) for n in range(1, 12)]
    built = (
        a_database(tmp_path).with_table("ratings", "farm, points, office_contact, bags", rows=rows).build()
    )
    assert kind(scan(built), "ratings", "bags") == Verdict.NOT_PERSONAL


def test_letters_for_parties_are_politics_beside_names(tmp_path):
    rows = [(name, party) for (name, _), party in zip(PEOPLE, "RDRDRDRD", strict=True)]
    built = a_database(tmp_path).with_table("member", "full_name, party", rows=rows).build()
    assert kind(scan(built), "member", "party") == "politics"


@pytest.mark.parametrize("value", ["1939, May", "Prize of 1901", "The Peace Prize 1902"])
def test_a_year_is_no_house_number(tmp_path, value):
    built = a_database(tmp_path).with_table("event", "what, points", rows=[(value, n) for n in range(12)])
    assert kind(scan(built.build()), "event", "what") not in ("street", "address")


@pytest.mark.parametrize(
    "value", ["1901 Main Street", "12, rue de la Paix", "Hauptstraße 5a", "Gentseweg 1502"]
)
def test_houses_are_still_found(tmp_path, value):
    rows = [(name, value.replace("1", str(n), 1)) for n, (name, _) in enumerate(PEOPLE, start=1)]
    built = a_database(tmp_path).with_table("guest", "full_name, zorbl", rows=rows).build()
    assert kind(scan(built), "guest", "zorbl") in ("street", "address")


def test_hours_and_seconds_are_no_party(tmp_path):
    rows = [(name, f"{20 + n}H 4{n}M 5{n}S") for n, (name, _) in enumerate(PEOPLE)]
    built = a_database(tmp_path).with_table("runner", "full_name, time", rows=rows).build()
    assert kind(scan(built), "runner", "time") != "politics"


def test_a_number_right_after_a_street_is_that_of_the_house(tmp_path):
    streets = (
        "Kornelius",
        "Untere Lachen",
        "Am Anger",
        "Zum Hof",
        "Alte Burg",
        "Im Winkel",
        "Auf dem Sand",
        "Wik",
    )
    rows = [
        (n, name, street, 11 * n + 3, "Berlin", f"1011{n}")
        for n, ((name, _), street) in enumerate(zip(PEOPLE, streets, strict=True))
    ]
    columns = "clientId, fullName, streetName, number, city, zipCode"
    found = scan(a_database(tmp_path).with_table("clients", columns, rows=rows).build())
    assert kind(found, "clients", "streetName") == "street"
    assert kind(found, "clients", "number") == "street"


def test_a_number_of_people_elsewhere_stays_theirs(tmp_path):
    rows = [(f"{n:05}", name, "Berlin") for n, (name, _) in enumerate(PEOPLE)]
    built = a_database(tmp_path).with_table("employees", "number, full_name, city", rows=rows).build()
    assert kind(scan(built), "employees", "number") == "person_number"


@pytest.mark.parametrize("column", ["links", "wikipedia"])
def test_pages_about_people_are_found(tmp_path, column):
    rows = [(name, f"https://en.wikipedia.org/wiki/{name.replace(' ', '_')}") for name, _ in PEOPLE]
    built = a_database(tmp_path).with_table("scientists", f"full_name, {column}", rows=rows).build()
    assert kind(scan(built), "scientists", column) == "web_address"


def test_a_survey_asks_for_the_age(tmp_path):
    rows = [(name, ("18-24", "25-34", "35-44", "45-54")[n % 4]) for n, (name, _) in enumerate(PEOPLE)]
    built = a_database(tmp_path).with_table("survey", "full_name, how_old_are_you", rows=rows).build()
    assert kind(scan(built), "survey", "how_old_are_you") == "age"


def test_how_severe_an_allergy_is_says_not_which(tmp_path):
    rows = [(n, 1 + n % 4, ("nuts", "mold")[n % 2], ("mild", "severe", "unknown")[n % 3]) for n in range(24)]
    built = (
        a_database(tmp_path)
        .with_table(
            "patient", "id INTEGER PRIMARY KEY, full_name", rows=[(n, PEOPLE[n][0]) for n in range(1, 5)]
        )
        .with_table("allergy", "id, patient_id REFERENCES patient, description, severity", rows=rows)
        .build()
    )
    found = scan(built)
    assert kind(found, "allergy", "description") == "health"
    assert kind(found, "allergy", "severity") == "about_person"


def test_a_page_for_each_person_is_about_them_and_one_for_all_is_not(tmp_path):
    rows = [
        (name, f"https://example.org/mps/{n}", "https://example.org/") for n, (name, _) in enumerate(PEOPLE)
    ]
    built = a_database(tmp_path).with_table("member", "full_name, source, origin", rows=rows).build()
    found = scan(built)
    assert kind(found, "member", "source") == "web_address"
    assert kind(found, "member", "origin") == "about_person"


def test_initials_before_a_name_are_somebody_in_a_table_about_people(tmp_path):
    names = (
        "E.A. Maas",
        "H. Krom",
        "G. van Ens",
        "J. de Zorb",
        "M. Pollik",
        "W. Dammerz",
        "T. Qorxu",
        "A. Vynk",
    )
    rows = [(name, said) for (name, _), said in zip(PEOPLE, names, strict=True)]
    built = a_database(tmp_path).with_table("customer", "full_name, entry", rows=rows).build()
    assert kind(scan(built), "customer", "entry") == "person_name"


def test_a_given_name_before_an_initial_is_somebody_and_a_vitamin_is_nobody(tmp_path):
    rows = [
        (name, f"{name.split()[0]} {name.split()[1][0]}", f"Vitamin {name[-1].upper()}") for name, _ in PEOPLE
    ]
    built = a_database(tmp_path).with_table("member", "full_name, shown, takes", rows=rows).build()
    found = scan(built)
    assert kind(found, "member", "shown") == "person_name"
    assert kind(found, "member", "takes") not in ("person_name", "given_name", "family_name")


def test_days_with_words_and_a_clock_are_no_streets(tmp_path):
    rows = [(name, f"Nov {n + 1}, 2013 12:5{n} AM") for n, (name, _) in enumerate(PEOPLE)]
    built = a_database(tmp_path).with_table("dolgozok", "nev, belepes", rows=rows).build()
    assert kind(scan(built), "dolgozok", "belepes") not in ("street", "address")


def test_measures_of_animals_are_nobodys(tmp_path):
    rows = [("Adelie", 39.1 + n, 3700 + 25 * n, ("male", "female")[n % 2]) for n in range(8)]
    built = a_database(tmp_path).with_table("penguins", "species, bill_mm, mass_g, sex", rows=rows).build()
    assert kind(scan(built), "penguins", "mass_g") == Verdict.NOT_PERSONAL


def test_somebody_with_a_name_is_a_person_of_whatever_species(tmp_path):
    rows = [(name, "Human", 170 + n) for n, (name, _) in enumerate(PEOPLE)]
    built = a_database(tmp_path).with_table("cast", "name, species, height", rows=rows).build()
    assert kind(scan(built), "cast", "name") == "person_name"


def test_addresses_of_mail_lead_to_somebody_whatever_they_are_called(tmp_path):
    rows = [(n, f"{login}@example.org", "EUR") for n, (_, login) in enumerate(PEOPLE)]
    built = a_database(tmp_path).with_table("order", "order_no, created_by, currency", rows=rows).build()
    assert kind(scan(built), "order", "created_by") == "email"


def test_numbers_of_documents_are_passports_of_people_alone(tmp_path):
    documents = [f"51079{60135 + 811 * n}" for n in range(len(PEOPLE))]
    builder = a_database(tmp_path).with_table(
        "payment", "vendor_name, document_no", rows=[("ACME LTD", document) for document in documents]
    )
    passports = [f"C{4512367 + 811 * n}X" for n in range(len(PEOPLE))]
    rows = [(name, passport) for (name, _), passport in zip(PEOPLE, passports, strict=True)]
    found = scan(builder.with_table("guest", "full_name, document_number", rows=rows).build())
    assert kind(found, "payment", "document_no") == Verdict.NOT_PERSONAL
    assert kind(found, "guest", "document_number") == "passport"


def test_a_password_that_all_have_in_common_is_a_secret(tmp_path):
    rows = [(name, "Password100%") for name, _ in PEOPLE]
    built = a_database(tmp_path).with_table("student", "full_name, password", rows=rows).build()
    assert kind(scan(built), "student", "password") == "secret"


def test_a_word_said_twice_is_said_once():
    said = shipped_headers().read("CountryCode_code", among_people=True)
    assert [match.kind for match in said.matches] == ["country"]


def test_what_a_laboratory_found_is_about_the_person_and_health_though_two_keys_away(tmp_path):
    patients = [(n, name, f"19{50 + n}-03-07") for n, (name, _) in enumerate(PEOPLE, 1)]
    visits = [
        (n, n, f"2024-0{n}-11", text)
        for n, text in enumerate(("Dizzy when getting up", "Pain in the hip") * 4, 1)
    ]
    results = [(n, n % 8 + 1, ("NA", "K", "UREA", "CREA")[n % 4], 4.1 + n) for n in range(1, 25)]
    built = (
        a_database(tmp_path)
        .with_table("patient", "id INTEGER PRIMARY KEY, full_name, birth_date", rows=patients)
        .with_table(
            "visit", "id INTEGER PRIMARY KEY, patient_id REFERENCES patient, day, reason", rows=visits
        )
        .with_table(
            "lab_order",
            "id INTEGER PRIMARY KEY, visit_id REFERENCES visit",
            rows=[(n, n) for n in range(1, 9)],
        )
        .with_table(
            "lab_result",
            "id INTEGER PRIMARY KEY, order_id REFERENCES lab_order, analyte, value",
            rows=results,
        )
    )
    found = scan(built.build())
    assert kind(found, "visit", "reason") in ("health", "health_text")
    assert kind(found, "lab_result", "analyte") == "health"
    assert kind(found, "lab_result", "value") == "health"
    assert kind(found, "lab_result", "order_id") == "about_person"


def test_now_an_address_now_a_number_is_a_way_to_reach_somebody(tmp_path):
    ways = [(n, f"{login}@example.org") for n, (_, login) in enumerate(PEOPLE)]
    ways += [(n, f"+44 20 7946 0{100 + n}") for n in range(len(PEOPLE))]
    ways += [(n, f"{3 + n} Mill Lane, Pennerley XZ{n} 4QT") for n in range(len(PEOPLE))]
    dialled = [
        (n % len(PEOPLE), f"06665001{10 + n:02}" if n % 4 == 0 else f"337588749{10 + n:02}")
        for n in range(2 * len(PEOPLE))
    ]
    built = (
        a_database(tmp_path)
        .with_table(
            "member", "id INTEGER PRIMARY KEY, full_name", rows=[(n, p) for n, (p, _) in enumerate(PEOPLE)]
        )
        .with_table("reach", "member REFERENCES member (id), value TEXT", rows=ways)
        .with_table("note", "member REFERENCES member (id), email TEXT", rows=ways[: len(PEOPLE)])
        .with_table(
            "ring", "member REFERENCES member (id), rappel TEXT", rows=[*ways[: len(PEOPLE)], *dialled]
        )
    )
    found = scan(built.build())
    assert kind(found, "reach", "value") == "contact"
    assert kind(found, "ring", "rappel") == "contact"
    assert kind(found, "note", "email") == "email"


def test_what_is_measured_row_by_row_is_health_where_words_beside_it_say_so(tmp_path):
    people = [(n, name, f"19{50 + n}-04-07") for n, (name, _) in enumerate(PEOPLE)]
    health = [(n, n % 8, ("systolic", "pulse", "weight")[n % 3], 60 + n % 40) for n in range(60)]
    tools = [(n, n % 8, ("hammer", "drill", "saw")[n % 3], 60 + n % 40) for n in range(60)]
    columns = "id INTEGER PRIMARY KEY, patient_id REFERENCES patient, kind, value"
    found = scan(
        a_database(tmp_path)
        .with_table("patient", "id INTEGER PRIMARY KEY, full_name, birth_date", rows=people)
        .with_table("observation", columns, rows=health)
        .with_table("loan", columns, rows=tools)
        .build()
    )
    assert (kind(found, "observation", "kind"), kind(found, "observation", "value")) == ("health", "health")
    assert kind(found, "loan", "kind") == kind(found, "loan", "value") == "about_person"


@pytest.mark.parametrize(
    ("name", "declared"), [("póstnúmer", "INTEGER"), ("postcode", "TEXT"), ("postnumer", "")]
)
def test_postcodes_of_three_digits_are_told_by_their_name(tmp_path, name, declared):
    codes = (101, 105, 200, 220, 550, 600, 700, 900)
    rows = [
        (who, code if declared == "INTEGER" else str(code))
        for (who, _), code in zip(PEOPLE, codes, strict=True)
    ]
    built = a_database(tmp_path).with_table("member", f"full_name, {name} {declared}, room", rows=[
        (*row, 300 + n) for n, row in enumerate(rows)
    ]).build()  # fmt: skip
    found = scan(built)
    assert kind(found, "member", name) == "postcode"
    assert kind(found, "member", "room") != "postcode"


def test_a_town_beside_an_address_of_nobody_is_of_nobody(tmp_path):
    rows = [
        (f"Depot {n}", f"{n} High Street", town) for n, town in enumerate(("London", "Leeds", "York", "Bath"))
    ]
    built = a_database(tmp_path).with_table("product_stock", "title, street_address, city", rows=rows).build()
    assert kind(scan(built), "product_stock", "city") == Verdict.NOT_PERSONAL
