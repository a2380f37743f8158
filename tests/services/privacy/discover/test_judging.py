"""What columns and tables are judged to be: by names, values, check digits, neighbours and keys together."""

from __future__ import annotations

import random

import pytest

from builders import a_database
from builders.labelled import numbers
from builders.labelled.values import MAKERS, Hand
from steward_app.services.privacy.discover.model import Source, TableRole, Verdict
from steward_app.services.privacy.discover.scan import scan
from steward_app.services.privacy.model import Place


def made(count, *makers, language="en"):
    chance = random.Random(f"{makers} {language}")
    return [tuple(MAKERS[m][0](Hand(chance, language, row)) for m in makers) for row in range(1, count + 1)]


def scanned(builder):
    return scan(builder.build())


def column(found, table, name, path=""):
    said = found.at(Place(table, name, path))
    assert said is not None, (table, name)
    return said


def table(found, name):
    return next(each for each in found.tables if each.table == name)


def test_a_practice(tmp_path):
    """Persons, what happens with them, lists, and who is meant by a row."""
    found = scanned(
        a_database(tmp_path)
        .with_table(
            "patient",
            "id INTEGER PRIMARY KEY, given_name, family_name, birth_date, ward_code, gp_id REFERENCES doctor",
            rows=[(*row, 1) for row in made(30, "id", "given", "family", "birth", "category")],
        )
        .with_table("doctor", "id INTEGER PRIMARY KEY, name", rows=made(9, "id", "full"))
        .with_table(
            "icd_code", "code TEXT PRIMARY KEY, title", rows=[("I10", "Hypertension"), ("E11", "Diabetes")]
        )
        .with_table(
            "visit",
            "id INTEGER PRIMARY KEY, doctor_id REFERENCES doctor, patient_id REFERENCES patient, "
            "icd REFERENCES icd_code, seen_on, score",
            rows=[
                (n, n % 9 + 1, n % 30 + 1, ("I10", "E11")[n % 2], f"2024-03-{n % 28 + 1:02}", n)
                for n in range(40)
            ],
        )
        .with_table("schema_migrations", "version", rows=[("20240101",), ("20240202",)])
    )
    assert table(found, "patient").role is TableRole.PERSON
    assert table(found, "visit").role is TableRole.TRANSACTION
    assert table(found, "visit").people == "patient", "a visit is about the patient, not about the doctor"
    assert table(found, "icd_code").role is TableRole.REFERENCE
    assert table(found, "schema_migrations").role is TableRole.SYSTEM
    icd = column(found, "visit", "icd")
    assert (icd.verdict, icd.kind) == (Verdict.PERSONAL, "health")
    assert "Points to icd_code" in [each.sentence for each in icd.evidence]
    assert column(found, "icd_code", "title").verdict is Verdict.NOT_PERSONAL
    assert column(found, "visit", "patient_id").subject == ("patient_id",)
    assert column(found, "visit", "seen_on").kind == "person_date"
    assert column(found, "visit", "score").kind == "about_person"
    assert column(found, "patient", "given_name").subject == ()
    assert column(found, "schema_migrations", "version").verdict is Verdict.NOT_PERSONAL


@pytest.mark.parametrize(
    ("table_name", "name", "maker"),
    [
        ("product", "name", "productname"),
        ("subscription_flags", "email", "flag"),
        ("web_service", "address", "api"),
        ("part", "part_no", "phonelikeid"),
        ("shipment", "tracking", "orderno"),
        ("machine", "contact", "yesno"),
        ("sensor", "ip_range", "sku"),
        ("message_template", "body", "desc"),
        ("stock", "first_count", "qty"),
    ],
)
def test_names_that_mislead(tmp_path, table_name, name, maker):
    rows = made(40, "id", maker, "amount")
    found = scanned(
        a_database(tmp_path).with_table(table_name, f"id INTEGER PRIMARY KEY, {name}, price", rows=rows)
    )
    assert column(found, table_name, name).verdict is Verdict.NOT_PERSONAL


def test_unknown_is_said_of_codes_that_nobody_can_tell_in_a_table_about_people(tmp_path):
    rows = made(40, "id", "given", "family", "opaque", "opaquenumber", "status", "amount")
    columns = "id INTEGER PRIMARY KEY, given_name, family_name, zq7, qxv, process_state, vlx REAL"
    found = scanned(a_database(tmp_path).with_table("member", columns, rows=rows))
    assert column(found, "member", "zq7").verdict is Verdict.UNKNOWN
    assert column(found, "member", "qxv").verdict is Verdict.UNKNOWN
    assert column(found, "member", "process_state").kind == "about_person"
    assert column(found, "member", "vlx").kind == "about_person"


def test_an_empty_column_is_empty_and_its_name_still_speaks(tmp_path):
    found = scanned(
        a_database(tmp_path).with_table("patient", "id INTEGER PRIMARY KEY, email TEXT, qzx TEXT")
    )
    assert column(found, "patient", "email").verdict is Verdict.EMPTY
    assert column(found, "patient", "email").kind == "email"
    assert column(found, "patient", "qzx").kind == ""


def test_blanks_are_empty(tmp_path):
    rows = [(n, " " if n % 2 else "", None) for n in range(30)]
    found = scanned(
        a_database(tmp_path).with_table("patient", "id INTEGER PRIMARY KEY, phone, ssn", rows=rows)
    )
    assert {column(found, "patient", name).verdict for name in ("phone", "ssn")} == {Verdict.EMPTY}


def test_check_digits_tell_numbers_without_a_name(tmp_path):
    chance = random.Random(5)
    rows = [
        (numbers.national(chance, "pl"), numbers.national(chance, "nl"), numbers.iban(chance, "de"))
        for _ in range(40)
    ]
    found = scanned(a_database(tmp_path).with_table("t", "a, b, c", rows=rows))
    assert [column(found, "t", name).kind for name in "abc"] == ["national_id", "national_id", "iban"]
    assert Source.CHECK_DIGITS in {each.source for each in column(found, "t", "a").evidence}


def test_numbers_by_chance_are_none(tmp_path):
    chance = random.Random(6)
    rows = [(f"{chance.randrange(10**10, 10**11)}", chance.randrange(10**8, 10**9)) for _ in range(60)]
    found = scanned(a_database(tmp_path).with_table("batch", "lot, qty_produced", rows=rows))
    assert all(each.verdict is not Verdict.PERSONAL for each in found.columns)


def test_a_name_beside_a_family_name_is_a_given_name(tmp_path):
    found = scanned(
        a_database(tmp_path)
        .with_table("pazienti", "nome, cognome", rows=made(30, "given", "family", language="it"))
        .with_table("clients", "nom, prenom", rows=made(30, "family", "given", language="fr"))
    )
    assert column(found, "pazienti", "nome").kind == "given_name"
    assert column(found, "clients", "nom").kind == "family_name"


def test_json_is_personal_where_a_path_in_it_is(tmp_path):
    rows = made(30, "id", "json", "settings")
    found = scanned(
        a_database(tmp_path).with_table(
            "account", "id INTEGER PRIMARY KEY, data TEXT, settings TEXT", rows=rows
        )
    )
    assert column(found, "account", "data").kind == "json"
    assert column(found, "account", "data", "$.contact.email").kind == "email"
    assert column(found, "account", "settings").kind != "json"


def test_the_flag_of_a_special_category_is_one(tmp_path):
    rows = made(30, "id", "given", "family", "yesno_health", "yesno_union", "flag")
    columns = "id INTEGER PRIMARY KEY, vorname, nachname, schwerbehindert, gewerkschaftsmitglied, newsletter"
    found = scanned(a_database(tmp_path).with_table("mitarbeiter", columns, rows=rows))
    assert column(found, "mitarbeiter", "schwerbehindert").kind == "health"
    assert column(found, "mitarbeiter", "gewerkschaftsmitglied").kind == "union"
    assert column(found, "mitarbeiter", "newsletter").kind == "about_person"


def test_people_who_only_acted_on_a_row_are_not_whom_it_is_about(tmp_path):
    found = scanned(
        a_database(tmp_path)
        .with_table(
            "staff", "id INTEGER PRIMARY KEY, first_name, last_name", rows=made(9, "id", "given", "family")
        )
        .with_table(
            "store",
            "id INTEGER PRIMARY KEY, manager_staff_id REFERENCES staff, opening_hours",
            rows=[(n, n, "9-17") for n in range(1, 6)],
        )
    )
    assert table(found, "store").people == ""
    assert column(found, "store", "manager_staff_id").kind == "about_person"


def test_no_evidence_holds_a_value_or_a_name_from_the_file(tmp_path):
    hostile = 'a"b<i>\n=cmd'
    rows = made(30, "given", "family", "email", "phone", "icd", "note", "nid")
    columns = (
        f"{chr(34)}{hostile.replace(chr(34), chr(34) * 2)}{chr(34)}, nachname, mail, tel, icd, bemerkung, nin"
    )
    found = scanned(a_database(tmp_path).with_table("kunden", columns, rows=rows))
    values = {str(value) for row in rows for value in row if len(str(value)) > 3}
    for each in (*found.columns, *found.tables):
        sentences = [e.sentence for e in each.evidence] if hasattr(each, "evidence") else [each.reason]
        for sentence in sentences:
            assert not any(value in sentence for value in values)
            assert "\n" not in sentence


def test_confidences_are_probabilities_and_others_come_after(tmp_path):
    found = scanned(a_database(tmp_path).with_table("t", "a, b", rows=made(30, "street", "city")))
    for each in found.columns:
        assert 0 <= each.confidence <= 1
        assert (
            all(other.confidence <= each.confidence for other in each.others)
            or each.verdict is not Verdict.PERSONAL
        )


def test_the_stewards_own_rules_decide(tmp_path):
    builder = a_database(tmp_path).with_table(
        "ledger", "dossier, price", rows=[(f"RV-{n:06}", n) for n in range(40)]
    )
    path = builder.build()
    assert scan(path).at(Place("ledger", "dossier")).kind != "person_number"
    (tmp_path / "clinic.db.steward.rules.yaml").write_text(
        "kinds:\n  bank_account:\n    headers: dossier\n    patterns: ['RV-[0-9]{6}']\n    signs: {pattern: 4}\n"
    )
    assert scan(path).at(Place("ledger", "dossier")).kind == "bank_account"


def test_numbers_of_the_stewards_own_form_are_of_people_in_a_table_of_nothing_known(tmp_path):
    """The example of the documentation; nothing is called as in it."""
    path = a_database(tmp_path).with_table("m", "kz, n", rows=[(f"RV-{n:06}", n) for n in range(40)]).build()
    (tmp_path / "clinic.db.steward.rules.yaml").write_text(
        "kinds:\n  person_number:\n    headers: {de: mandantenkuerzel, en: dossier}\n"
        "    patterns: ['RV-[0-9]{6}']\n    signs: {pattern: 9}\n"
    )
    assert scan(path).at(Place("m", "kz")).kind == "person_number"


def test_a_code_that_each_row_about_people_has_for_its_own_is_asked(tmp_path):
    """Whoever has the list of the bank or of the laboratory knows whose row it is."""
    chance = random.Random("codes")
    people = made(60, "full", "phone")
    codes = [f"{chance.randint(1000, 9999)}-{chance.randint(10**6, 10**7)}" for _ in people]
    numbers = chance.sample(range(200_000, 999_999), 60)
    found = scanned(
        a_database(tmp_path)
        .with_table(
            "expense",
            "who TEXT, phone TEXT, konto TEXT, amount TEXT, invoice_no TEXT, lab INTEGER UNIQUE",
            rows=[
                (*row, code, f"{n + 7}.{n % 90 + 10}5", f"R{code}", number)
                for n, (row, code, number) in enumerate(zip(people, codes, numbers, strict=True))
            ],
        )
        .with_table("mast", "konto TEXT, height REAL", rows=[(code, 12.5) for code in codes])
    )
    asked = column(found, "expense", "konto")
    assert asked.verdict is Verdict.UNKNOWN
    assert [each.sentence for each in asked.evidence][:1] == ["A code of its own in each row"]
    assert column(found, "expense", "lab").kind == "person_number"
    assert column(found, "expense", "amount").verdict is not Verdict.UNKNOWN
    assert column(found, "expense", "invoice_no").kind == "about_person"


def test_telephone_numbers_that_another_column_has_otherwise_are_no_lists_of_them(tmp_path):
    chance = random.Random("phones")
    digits = [f"{chance.randint(0, 9_999_999):07}" for _ in range(200)]
    forms = ("+46 70 {0} {1}", "070-{0} {1}", "4670{0}{1}", "004670{0}{1}")
    rows = [
        (*person, forms[n % 4].format(each[:3], each[3:]), int(f"4670{each}"))
        for n, (person, each) in enumerate(zip(made(200, "full"), digits, strict=True))
    ]
    found = scanned(a_database(tmp_path).with_table("member", "name, mobil TEXT, dialled INTEGER", rows=rows))
    told = column(found, "member", "mobil")
    assert told.kind == "phone"
    assert Source.SAME_VALUES not in {each.source for each in told.evidence}, "the proposal would remove it"
