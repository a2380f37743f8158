"""What a scan can tell without asking: words with a plain meaning, lists, tables of things; and what it must ask."""

from __future__ import annotations

import random

import pytest

from builders import a_database
from builders.labelled.values import MAKERS, Hand
from steward_app.services.privacy.discover.model import Scan, Verdict
from steward_app.services.privacy.discover.scan import scan
from steward_app.services.privacy.model import Place

PEOPLE = "id INTEGER PRIMARY KEY, given_name, family_name"


def people(count):
    chance = random.Random(count)
    hands = [Hand(chance, "en", row) for row in range(1, count + 1)]
    return [tuple(MAKERS[maker][0](hand) for maker in ("id", "given", "family")) for hand in hands]


def beside_people(tmp_path, table, columns, rows) -> Scan:
    """A table whose rows point to people."""
    builder = a_database(tmp_path).with_table("patient", PEOPLE, rows=people(30))
    key = "id INTEGER PRIMARY KEY, patient_id REFERENCES patient"
    pointing = [(at, at % 30 + 1, *row) for at, row in enumerate(rows, 1)]
    return scan(builder.with_table(table, f"{key}, {columns}", rows=pointing).build())


def verdict(found, table, column):
    said = found.at(Place(table, column))
    assert said is not None
    return said.verdict, said.kind


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("severity", ("mild", "moderate", "severe")),
        ("method", ("transfer", "card", "cash")),
        ("purpose", ("treatment", "research", "newsletter")),
        ("schweregrad", ("leicht", "mittel", "schwer")),
        ("powod", ("kontrola", "szczepienie", "badanie")),
        ("direction", ("in", "out")),
    ],
)
def test_words_that_say_what_they_mean_need_no_decision(tmp_path, name, values):
    found = beside_people(tmp_path, "entry", name, [(values[n % len(values)],) for n in range(60)])
    assert verdict(found, "entry", name) == (Verdict.PERSONAL, "about_person")


def test_codes_under_a_name_that_says_nothing_are_asked_about(tmp_path):
    found = beside_people(tmp_path, "entry", "zq7", [(("QX", "RV", "PB")[n % 3],) for n in range(60)])
    assert verdict(found, "entry", "zq7")[0] is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("header", "values"),
    [
        ("date_of_birth", ["7/VIII/1984", "21/XII/1951", "3/II/1999"]),
        ("datum_narozeni", ["7. v srpnu 1984", "21. v prosinci 1951", "3. v unoru 1999"]),
        ("geburtsdatum", ["neunter 7. 84", "dritter 12. 51", "erster 2. 99"]),
        ("dob", [70884, 211251, 30299]),
    ],
)
def test_births_in_no_form_that_is_read_are_asked_about(tmp_path, header, values):
    rows = [(*row, values[at % 3]) for at, row in enumerate(people(60))]
    found = scan(a_database(tmp_path).with_table("patient", f"{PEOPLE}, {header}", rows=rows).build())
    said = found.at(Place("patient", header))
    assert said is not None and said.verdict is Verdict.UNKNOWN
    assert said.others[0].kind == "birth_date"


@pytest.mark.parametrize(
    ("header", "values"),
    [
        ("place_of_birth", ["Brno 2", "Praha 7", "Plzeň 1"]),
        ("birth_weight", [3200, 2950, 4100]),
        ("birth", ["home", "clinic", "midwife"]),
        ("birth_order", [1, 2, 3]),
    ],
)
def test_what_else_births_have_is_not_asked_about(tmp_path, header, values):
    rows = [(*row, values[at % 3]) for at, row in enumerate(people(60))]
    found = scan(a_database(tmp_path).with_table("patient", f"{PEOPLE}, {header}", rows=rows).build())
    assert verdict(found, "patient", header)[0] is Verdict.PERSONAL


def test_lines_of_an_invoice_are_no_free_text_and_a_subject_is(tmp_path):
    listed = ("Consultation", "Blood sample", "Home visit")
    lines = beside_people(
        tmp_path / "a", "invoice_line", "description", [(listed[n % 3],) for n in range(90)]
    )
    assert verdict(lines, "invoice_line", "description") == (Verdict.PERSONAL, "about_person")
    subjects = [(f"Question about {chr(97 + n % 26) * 7}ine" if n % 2 else "Thank you",) for n in range(90)]
    told = beside_people(tmp_path / "b", "message", "subject, direction", [(*s, "in") for s in subjects])
    assert verdict(told, "message", "subject") == (Verdict.PERSONAL, "free_text")


def test_tables_of_things_are_about_nobody_whatever_word_they_begin_with(tmp_path):
    builder = a_database(tmp_path)
    builder = builder.with_table(
        "medication",
        "id INTEGER PRIMARY KEY, name, strength",
        rows=[(n, f"Pill {n}", "5 mg") for n in range(40)],
    )
    builder = builder.with_table(
        "setting", "key TEXT PRIMARY KEY, mail", rows=[(f"a.b{n}", f"x{n}@example.org") for n in range(9)]
    )
    found = scan(builder.build())
    assert verdict(found, "medication", "strength")[0] is Verdict.NOT_PERSONAL
    assert verdict(found, "setting", "key")[0] is Verdict.NOT_PERSONAL
    assert verdict(found, "setting", "mail") == (Verdict.PERSONAL, "email")


def test_years_and_counters_are_no_telephone_numbers(tmp_path):
    rows = [(f"{2009 + n // 30}-{n:04}",) for n in range(120)]
    found = beside_people(tmp_path, "invoice", "number", rows)
    assert verdict(found, "invoice", "number")[1] != "phone"


@pytest.mark.parametrize("name", ["gruppe_x", "grp", "group", "team"])
def test_family_names_are_names_whatever_the_column_is_called(tmp_path, name):
    rows = [(row[2],) for row in people(80)]
    found = beside_people(tmp_path, "entry", f'"{name}"', rows)
    assert verdict(found, "entry", name) == (Verdict.PERSONAL, "family_name")


@pytest.mark.parametrize(
    ("column", "kind", "value"),
    [
        ("email", "email", "SKING{}"),
        ("email_address", "email", "s.king{}@mail"),
        ("phone_number", "phone", "1.515.555.0{}x"),
        ("last_name", "family_name", "Lyndon{}"),
        ("card_number", "person_number", "K-{}"),
    ],
)
def test_what_a_name_says_of_people_holds_though_the_values_look_otherwise(tmp_path, column, kind, value):
    rows = [
        (n, f"1970-0{n % 9 + 1}-11", value.format(chr(65 + n // 26) + chr(65 + n % 26))) for n in range(60)
    ]
    builder = a_database(tmp_path).with_table("employees", f"id, birth_date, {column}", rows=rows)
    assert verdict(scan(builder.build()), "employees", column) == (Verdict.PERSONAL, kind)


def test_words_for_missing_are_no_values(tmp_path):
    """NA is how exports write nothing, not Namibia; a few words that come again and again are no names."""
    rows = [("NA" if n % 3 else "Drowning", "n/a", ("Autumn", "Spring", "Winter")[n % 3]) for n in range(60)]
    found = beside_people(tmp_path, "climb", "death_cause, camp, season", rows)
    assert verdict(found, "climb", "death_cause")[1] != "country"
    assert verdict(found, "climb", "camp")[0] is Verdict.EMPTY
    assert verdict(found, "climb", "season") == (Verdict.PERSONAL, "about_person")


@pytest.mark.parametrize("key", ["PATIENT", "cust_id", "kundennr", "customer_no"])
def test_rows_with_the_number_of_somebody_are_about_them_though_their_table_is_not_here(tmp_path, key):
    rows = [(f"{n:08x}-1111-4222-8333-{n % 7:012x}", n % 7 + 40_000, "came late") for n in range(40)]
    builder = a_database(tmp_path).with_table("encounter", f"id, {key}, outcome", rows=rows)
    found = scan(builder.build())
    assert verdict(found, "encounter", "outcome") == (Verdict.PERSONAL, "about_person")
    told = next(each for each in found.tables if each.table == "encounter")
    assert (told.people, told.reason) == ("encounter", "Has the number of somebody")
    said = found.at(Place("encounter", "outcome"))
    assert said is not None and said.subject == (key,)


@pytest.mark.parametrize(
    ("table", "key"), [("product", "customer_no"), ("sprocket", "staff_id"), ("sprocket", "part_no")]
)
def test_numbers_of_things_and_of_those_who_do_the_work_make_no_person(tmp_path, table, key):
    rows = [(n, 40_000 + n % 7, "blue") for n in range(40)]
    found = scan(a_database(tmp_path).with_table(table, f"id, {key}, finish", rows=rows).build())
    assert verdict(found, table, "finish")[0] is Verdict.NOT_PERSONAL
