"""Columns that no word of a list names, told by their form, their neighbours and what the schema asks of them."""

from __future__ import annotations

from pathlib import Path

from builders.database import a_database
from steward_app.services.privacy.discover.model import ColumnScan
from steward_app.services.privacy.discover.scan import scan

PATIENT = (
    "id INTEGER PRIMARY KEY, nr_kartoteki TEXT UNIQUE NOT NULL, imie TEXT, nazwisko TEXT, grupa TEXT,"
    " ulica TEXT, kod TEXT, miasto TEXT"
)
NAMES = [("Anna", "Kowalska"), ("Jan", "Nowak"), ("Piotr", "Zielinski"), ("Maria", "Lewandowska")]
TOWNS = ["Warszawa", "Krakow", "Lublin", "Poznan"]


def patients(tmp_path: Path) -> dict[str, ColumnScan]:
    rows = [
        (
            n,
            f"K/{2010 + n % 6}/{n * n * 37 % 99991:05}",
            *NAMES[n % 4],
            ("A Rh+", "0 Rh-", "AB+")[n % 3],
            f"Dluga {n}",
            f"{10 + n * 13 % 80:02}-{n * 31 % 999:03}",
            TOWNS[n * 7 % 4],
        )
        for n in range(1, 121)
    ]
    found = scan(a_database(tmp_path).with_table("pacjent", PATIENT, rows=rows).build())
    return {each.place.column: each for each in found.columns}


def test_a_unique_code_of_a_table_of_persons_is_a_number_of_a_person(tmp_path: Path) -> None:
    assert patients(tmp_path)["nr_kartoteki"].kind == "person_number"


def test_groups_of_blood_are_health(tmp_path: Path) -> None:
    assert patients(tmp_path)["grupa"].kind == "health"


def test_a_code_between_street_and_town_in_the_form_of_a_postcode_is_one(tmp_path: Path) -> None:
    assert patients(tmp_path)["kod"].kind == "postcode"


def test_two_words_of_many_rows_are_no_names_of_persons(tmp_path: Path) -> None:
    people = [(n, *NAMES[n % 4]) for n in range(1, 121)]
    parents = [(n, n % 120 + 1, ("anne", "baba")[n % 2]) for n in range(200)]
    found = scan(
        a_database(tmp_path)
        .with_table("ogrenci", "no INTEGER PRIMARY KEY, ad TEXT, soyad TEXT", rows=people)
        .with_table(
            "veli", "id INTEGER PRIMARY KEY, ogrenci_no REFERENCES ogrenci(no), yakinlik TEXT", rows=parents
        )
        .build()
    )
    kinds = {each.place.column: each.kind for each in found.columns}
    assert kinds["yakinlik"] not in ("person_name", "given_name", "family_name")


def test_seconds_in_a_column_called_date_in_turkish_are_dates(tmp_path: Path) -> None:
    people = [(n, *NAMES[n % 4], 1_402_887_547 + n * n * 7919 % 30_000_000) for n in range(1, 121)]
    path = (
        a_database(tmp_path)
        .with_table("ogrenci", "no INTEGER PRIMARY KEY, ad TEXT, soyad TEXT, tarih INT", rows=people)
        .build()
    )
    kinds = {each.place.column: each.kind for each in scan(path).columns}
    assert kinds["tarih"] == "person_date"
