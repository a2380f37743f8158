"""Columns that look personal, told by their names alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from steward_app import db
from steward_app.services.rows import (
    PersonalColumn,
    hidden_columns,
    look_personal,
    personal_columns,
    personal_in,
    source_of_query,
)
from steward_app.services.rows.wording import split_words
from steward_app.services.schema.introspect import read_schema

DATA = Path(__file__).parents[2] / "data"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("FirstName", ("first", "name")),
        ("first_name2", ("first", "name")),
        ("EMAIL", ("email",)),
        ("customerIBAN", ("customer", "iban")),
        ("HTTPServer", ("http", "server")),
        ("Straße", ("strasse",)),
        ("PŘÍJMENÍ", ("prijmeni",)),
        ("imię i nazwisko", ("imie", "i", "nazwisko")),
        ("", ()),
        ("42", ()),
    ],
)
def test_a_name_is_cut_into_words(name, words):
    assert split_words(name) == words


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        ("first_name", "given_name"),
        ("Nachname", "family_name"),
        ("apellidos", "family_name"),
        ("CustomerName", "person_name"),
        ("e-mail", "email"),
        ("homePhone", "phone"),
        ("Telefonnummer", "phone"),
        ("billing_address_line_1", "address"),
        ("PLZ", "postcode"),
        ("date_of_birth", "birth_date"),
        ("Geburtsdatum", "birth_date"),
        ("fecha_nacimiento", "birth_date"),
        ("SSN", "national_id"),
        ("national_id", "national_id"),
        ("codice_fiscale", "national_id"),
        ("passport_no", "passport"),
        ("iban", "iban"),
        ("creditCardNumber", "card"),
        ("salary", "income"),
        ("diagnosis", "health"),
        ("gender", "sex"),
        ("photo", "picture"),
        ("last_login_ip", "ip"),
        ("lat", "geo_position"),
        ("password_hash", "secret"),
        ("Notes", "free_text"),
        ("Bemerkung", "free_text"),
        ("brth_dt", "birth_date"),
        ("emlAddr", "email"),
        ("Kundentelefon", "phone"),
    ],
)
def test_what_looks_personal(column, kind):
    found = look_personal([column])
    assert {(each.column, each.kind) for each in found} == {(column, kind)}
    assert all(each.reason for each in found)


@pytest.mark.parametrize(
    "column",
    [
        "id",
        "name",
        "file_name",
        "product_name",
        "address_type",
        "address_id",
        "is_email_verified",
        "email_count",
        "note_id",
        "page",
        "latest",
        "plate",
        "average",
        "capacity",
        "value",
        "kind",
        "unit",
        "taken_at",
        "staff_id",
        "visit_id",
        "state",
        "city",
        "telegram_count",
        "interface",
        "created_at",
    ],
)
def test_what_does_not(column):
    assert look_personal([column]) == frozenset()


def test_a_table_of_people_makes_more_of_it_personal():
    assert look_personal(["name", "city", "id", "created_at"], "patients") == {
        PersonalColumn("name", "person_name", "the name of a person"),
        PersonalColumn("city", "city", "the town of a person"),
    }
    assert look_personal(["name", "city"], "products") == frozenset()


def test_real_databases():
    with db.open_read(DATA / "chinook.sqlite") as session:
        schema = read_schema(session)
    customer, track = schema.table("Customer"), schema.table("Track")
    assert customer is not None
    assert track is not None
    shown = {column.name for column in customer.columns} - hidden_columns(customer)
    assert shown == {"CustomerId", "Company", "SupportRepId"}
    assert personal_columns(track) == frozenset()


def test_what_a_query_gives_is_personal_by_what_it_is_whatever_it_is_called(tmp_path):
    path = (
        a_database(tmp_path)
        .with_table("patients", "id INTEGER PRIMARY KEY, given_name TEXT, name TEXT")
        .with_sql("CREATE VIEW plain AS SELECT given_name AS label FROM patients")
        .build()
    )
    asked = "SELECT id, given_name AS a, name AS a, upper(name) AS loud, label FROM patients, plain"
    with db.open_read(path) as session:
        assert personal_in(source_of_query(session, asked)) == {"a", "a (2)", "loud", "label"}
        assert personal_in(source_of_query(session, "SELECT 1 AS email")) == {"email"}
        assert personal_in(source_of_query(session, "SELECT id FROM patients UNION SELECT 1")) == frozenset()
