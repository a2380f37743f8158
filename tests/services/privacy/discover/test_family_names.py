"""Family names that no list has, in columns that programs call "family", "famille" and the like."""

from __future__ import annotations

import json
from itertools import product

import pytest

from builders.database import a_database
from steward_app.services.privacy.discover.model import Scan, Verdict
from steward_app.services.privacy.discover.scan import scan
from steward_app.services.rows.shipped_headers import shipped_headers

UNLISTED = tuple(map("".join, product(("Morgen", "Kessel", "Wolken", "Zander"), ("roth", "lohe", "horst"))))
GIVEN = (
    "Lena",
    "Jonas",
    "Mia",
    "Paul",
    "Emma",
    "Felix",
    "Anna",
    "Clara",
    "Sophie",
    "Lukas",
    "Marie",
    "Laura",
)
GOODS = ("Seating", "Lighting", "Storage", "Bedding", "Heating", "Cooling", "Framing", "Flooring", "Roofing")
PLANTS = (
    "Rosaceae",
    "Pinaceae",
    "Fabaceae",
    "Poaceae",
    "Apiaceae",
    "Araceae",
    "Liliaceae",
    "Ericaceae",
    "Salicaceae",
)
FONTS = ("Helvetica", "Garamond", "Futura", "Georgia", "Verdana", "Bodoni", "Caslon", "Optima", "Baskerville")


def scanned(tmp_path, table: str, **columns: tuple[object, ...]) -> Scan:
    """A table of 60 rows, whose columns repeat what they are given."""
    rows = [(n, *(values[n * 7 % len(values)] for values in columns.values())) for n in range(60)]
    named = ", ".join(("id INTEGER PRIMARY KEY", *(f'"{name}" TEXT' for name in columns)))
    return scan(a_database(tmp_path).with_table(table, named, rows=rows).build())


def said(found: Scan, column: str, path: str = "") -> str:
    at = next(each for each in found.columns if (each.place.column, each.place.path) == (column, path))
    return at.kind if at.verdict is Verdict.PERSONAL else at.verdict


@pytest.mark.parametrize(
    ("table", "given", "family"),
    [
        ("patient", "given", "family"),
        ("records", "given", "family"),
        ("visit", "pat_given", "pat_family"),
        ("employee", "first", "last"),
        ("klient", "rufname", "familie"),
        ("client", "prenom", "famille"),
        ("paciente", "nombre", "familia"),
        ("cliente", "primo_nome", "famiglia"),
        ("pacjent", "imie", "rodzina"),
        ("пациент", "имя", "фамилия"),
        ("患者", "名", "姓"),
        ("person", "fname", "fam"),
        ("kunde", "fornavn", "slaegtsnavn"),
        ("Patient", "GivenNames", "FamilyNames"),
    ],
)
def test_a_family_name_beside_a_given_name_is_found(tmp_path, table, given, family):
    found = scanned(tmp_path, table, **{given: GIVEN, family: UNLISTED})
    assert said(found, family) == "family_name"
    assert said(found, given) == "given_name"


@pytest.mark.parametrize(
    "header", ["family", "famille", "familie", "famiglia", "birth_family", "current_family"]
)
def test_a_family_alone_in_a_row_about_a_person_does_not_go_along_unseen(tmp_path, header):
    found = scanned(tmp_path, "patient", **{header: UNLISTED})
    assert said(found, header) in ("family_name", Verdict.UNKNOWN)


def test_the_halves_of_a_name_in_json_are_found_whatever_the_table_is_about(tmp_path):
    texts = [
        json.dumps({"by": {"given": [given], "family": family}, "room": 3})
        for given, family in zip(GIVEN, UNLISTED, strict=True)
    ]
    found = scanned(tmp_path, "reading", doc=tuple(texts))
    assert said(found, "doc", "$.by.family") == "family_name"
    assert said(found, "doc", "$.by.given[*]") == "given_name"


@pytest.mark.parametrize(
    ("table", "header", "values"),
    [
        ("product", "family", GOODS),
        ("articulo", "familia", GOODS),
        ("produit", "famille", GOODS),
        ("font", "family", FONTS),
        ("plant", "family", PLANTS),
        (
            "protein",
            "family",
            ("Kinase", "Ligase", "Protease", "Helicase", "Lyase", "Lipase", "Lectin", "Globin"),
        ),
    ],
)
def test_a_family_of_things_is_none(tmp_path, table, header, values):
    assert said(scanned(tmp_path, table, **{header: values}), header) == Verdict.NOT_PERSONAL


@pytest.mark.parametrize(
    ("header", "values"),
    [
        ("job_family", GOODS),
        ("font_family", FONTS),
        ("family", (0, 1, 2, 3)),
        ("family", ("yes", "no")),
        ("family", ("single", "couple", "with children")),
    ],
)
def test_a_family_of_things_beside_the_name_of_a_person_is_none(tmp_path, header, values):
    found = scanned(tmp_path, "employee", given=GIVEN, surname=UNLISTED, **{header: values})
    assert said(found, header) not in ("family_name", Verdict.UNKNOWN)
    assert said(found, "surname") == "family_name"


def test_halves_without_a_given_name_that_a_list_knows_are_none(tmp_path):
    found = scanned(tmp_path, "alphabet", first=GOODS, last=PLANTS)
    assert {said(found, "first"), said(found, "last")} == {Verdict.NOT_PERSONAL}


@pytest.mark.parametrize("name", ["job_family", "font_family", "browser_family", "famille_article"])
def test_a_family_beside_another_word_is_a_sort(name):
    assert "family_name" not in {
        each.kind for each in shipped_headers().read(name, among_people=True).matches
    }
