"""What looks like an address, a person or a number of one by its form alone, and is none."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import pytest

from builders.database import a_database
from steward_app.services.privacy.discover.checks import check
from steward_app.services.privacy.discover.model import ColumnScan, Verdict
from steward_app.services.privacy.discover.scan import scan

ROWS = 120


def scanned(tmp_path, values: Sequence[object], name: str = "ref", *, every: int = 1) -> ColumnScan:
    """A column of a table about nobody; of which only some rows have a value."""
    rows = [(n, values[n // every % len(values)] if n % every == 0 else None) for n in range(ROWS)]
    path = a_database(tmp_path).with_table("entry", f"id INTEGER PRIMARY KEY, {name}", rows=rows).build()
    return next(each for each in scan(path).columns if each.place.column == name)


@pytest.mark.parametrize("every", [1, 40])
@pytest.mark.parametrize(
    "values",
    [
        ["room 12", "room 7", "room 31"],
        ["2 boxes of 100", "9 boxes of 50", "3 boxes of 200"],
        ["Box 12 of 20, Shelf 4", "Box 3 of 20, Shelf 1", "Box 7 of 20, Shelf 4"],
        ["Zimmer 12 links", "Zimmer 7 rechts", "Zimmer 31 links"],
        ["3 tins of blue paint", "1 tube of strong glue", "4 rolls of paper"],
    ],
)
def test_what_is_numbered_or_counted_is_no_address(tmp_path, values, every):
    assert scanned(tmp_path, values, every=every).verdict is Verdict.NOT_PERSONAL


@pytest.mark.parametrize(
    "values",
    [
        ["12 Oak Street", "7 Elm Road", "31 Mill Lane"],
        ["12 oak street", "7 elm road", "31 mill lane"],
        ["hauptstraße 5", "gartenweg 12", "mühlgasse 3"],
        ["Hauptstraße 5", "Gartenweg 12", "Mühlgasse 3"],
    ],
)
def test_streets_are(tmp_path, values):
    assert scanned(tmp_path, values).kind in ("street", "address")


@pytest.mark.parametrize("name", ["ref", "customer", "name"])
@pytest.mark.parametrize(
    "values",
    [
        ["Meyer GmbH", "Schmidt GmbH", "Weber AG", "Becker KG"],
        ["Johnson & Sons Ltd", "Smith & Sons Ltd", "Harris & Sons Ltd"],
        ["Wilson Inc.", "Taylor Inc.", "Thompson Inc."],
        ["Meyer GmbH", "Johnson & Sons Ltd", "Anna Weber KG"],
        ["Harris Brothers", "Moore Brothers", "Gebr. Huber"],
    ],
)
def test_firms_called_after_people_are_none(tmp_path, values, name):
    assert scanned(tmp_path, values, name).verdict is Verdict.NOT_PERSONAL


def test_people_among_firms_are(tmp_path):
    values = ["Meyer GmbH", "Karl Huber", "Johnson & Sons Ltd", "Anna Weber", "Emma Becker", "Paul Richter"]
    assert scanned(tmp_path, values, "customer").kind == "person_name"


SEQUENCES = {
    "dates and no check digit": (500101003, 7),
    "a date before it": (1010010010, 10),
    "every one is right": (85010100105, 9_700),
    "most are right": (123456780006, 99),
}


@pytest.mark.parametrize("stored", [int, str])
@pytest.mark.parametrize(("first", "step"), SEQUENCES.values(), ids=SEQUENCES)
def test_numbers_that_are_given_out_by_steps_are_no_ids(tmp_path, first, step, stored):
    assert scanned(tmp_path, [stored(first + step * n) for n in range(ROWS)]).verdict is Verdict.NOT_PERSONAL


@pytest.mark.parametrize("stored", [int, str])
def test_ids_in_their_order_are(tmp_path, stored):
    chance = Random(7)
    right = check("pl.pesel")
    days = [10**4 * chance.randrange(40, 99) + 100 * chance.randrange(1, 13) + 15 for _ in range(ROWS)]
    bodies = {10_000 * day + chance.randrange(10_000) for day in days}
    ids = [next(n for n in range(10 * body, 10 * body + 10) if right(str(n))) for body in sorted(bodies)]
    assert scanned(tmp_path, [stored(each) for each in ids]).kind in ("national_id", "person_number")


@pytest.mark.parametrize("values", [["OK", "ERRO", "OK"], ["P", "F", "J"], ["ok", "nok"]])
def test_a_few_marks_are_no_regions(tmp_path, values):
    rows = [(n, "Lisboa", values[n % len(values)]) for n in range(ROWS)]
    path = (
        a_database(tmp_path).with_table("customer", "id INTEGER PRIMARY KEY, sms, estado", rows=rows).build()
    )
    assert next(each for each in scan(path).columns if each.place.column == "estado").kind != "region"


@pytest.mark.parametrize(
    "values", [["WA", "CA", "NY"], ["NSW", "VIC", "QLD"], ["BY", "NW", "BE"], ["Kent", "Devon"]]
)
def test_few_regions_are(tmp_path, values):
    rows = [(n, values[n % len(values)]) for n in range(ROWS)]
    path = a_database(tmp_path).with_table("customer", "id INTEGER PRIMARY KEY, state", rows=rows).build()
    assert next(each for each in scan(path).columns if each.place.column == "state").kind == "region"


def test_articles_that_name_people_are_texts_and_no_names(tmp_path):
    given = ["Querubim", "Tomás", "Leonor", "Leandro", "Gonçalo", "Otília", "João", "Lourenço", "Rita", "Rui"]
    middle = [
        "Carneiro",
        "Oliveira",
        "Figueira",
        "Galhardas",
        "Vasconcelos",
        "Assunção",
        "Sardinha",
        "Trindade",
    ]
    family = ["Varandas", "Estrompa", "Peixoto", "Ramos", "Zagalo", "Bexiga", "Lobo", "Pitacas"]
    names = [f"{given[n % 10]} {middle[n % 8]} {family[n * 3 % 8]}" for n in range(70)]
    rows = [
        (
            f"{names[n]} chamado à seleção",
            f"O jovem {names[n]}, de {10 + n % 9} anos, natural de Almada, brilhou. A vitória foi do coletivo, diz o"
            f" mister {names[n + 7]}.",
        )
        for n in range(60)
    ]
    path = a_database(tmp_path).with_table("noticias", "titulo, texto", rows=rows).build()
    found = next(each for each in scan(path).columns if each.place.column == "texto")
    assert found.kind == "free_text" and "person_name" not in {each.kind for each in found.others}
