"""Databases that others made, labelled by hand: what identifies a person directly is found, and little else."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from builders.labelled.measure import is_direct
from steward_app.services.privacy.discover.model import Verdict
from steward_app.services.privacy.discover.scan import scan

DATA = Path(__file__).parents[3] / "data"

DIRECT = {
    "chinook.sqlite": {
        "Customer": "FirstName LastName Address Phone Fax Email",
        "Employee": "FirstName LastName Address Phone Fax Email",
        "Invoice": "BillingAddress",
    },
    "northwind.sqlite": {
        "Customers": "ContactName Address Phone Fax",
        "Employees": "FirstName LastName Address HomePhone Extension Photo Notes PhotoPath",
        "Orders": "ShipName ShipAddress",
        "Suppliers": "ContactName Address Phone Fax HomePage",
    },
}
PEOPLE_NONETHELESS = {("Track", "Composer")}  # who wrote a song is named there
NOBODY = {  # tables that are about nobody
    "chinook.sqlite": {"Album", "Genre", "MediaType", "Playlist", "PlaylistTrack", "Track", "Artist"},
    "northwind.sqlite": {"Categories", "Products", "Regions", "Territories"},
}


@pytest.mark.parametrize("name", sorted(DIRECT))
def test_what_identifies_directly_is_found(name):
    found = {(each.place.table, each.place.column): each for each in scan(DATA / name).columns}
    for table, columns in DIRECT[name].items():
        for column in columns.split():
            said = found[table, column]
            assert said.verdict is Verdict.PERSONAL, (table, column)
            assert is_direct(said.kind), (table, column, said.kind)


@pytest.mark.parametrize("table", ["Customers", "Suppliers"])
def test_the_whole_address_goes_with_whoever_is_named_beside_it(table):
    found = {
        each.place.column: each
        for each in scan(DATA / "northwind.sqlite").columns
        if each.place.table == table
    }
    parts = ("Address", "City", "Region", "PostalCode", "Country")
    kinds = ["address", "city", "region", "postcode", "country"]
    assert [found[each].kind for each in parts] == kinds
    assert {found[each].verdict for each in parts} == {Verdict.PERSONAL}


@pytest.mark.parametrize("name", sorted(NOBODY))
def test_tables_about_nobody_raise_no_alarm(name):
    alarms = [
        (each.place.table, each.place.column, each.kind)
        for each in scan(DATA / name).columns
        if each.place.table in NOBODY[name]
        and each.verdict is Verdict.PERSONAL
        and (each.place.table, each.place.column) not in PEOPLE_NONETHELESS
    ]
    assert alarms == []


def test_empty_tables_are_judged_by_their_names(tmp_path):
    path = a_database(tmp_path).with_sql((DATA / "sakila-schema.sql").read_text(encoding="utf-8")).build()
    found = {(each.place.table, each.place.column): each for each in scan(path).columns}
    assert all(each.verdict in (Verdict.EMPTY, Verdict.NOT_PERSONAL) for each in found.values())
    expected = {
        ("customer", "first_name"): "given_name",
        ("customer", "last_name"): "family_name",
        ("customer", "email"): "email",
        ("staff", "username"): "account",
        ("staff", "password"): "secret",
        ("staff", "picture"): "picture",
        ("actor", "first_name"): "given_name",
        ("address", "phone"): "phone",
        ("address", "address"): "address",
    }
    assert {place: found[place].kind for place in expected} == expected
    film = [
        each.kind
        for (table, _), each in found.items()
        if table in ("film", "category", "language", "inventory")
    ]
    assert set(film) <= {""}
