"""Words that are names of persons by the lists, where neither key nor table says so: it is asked what they are."""

from __future__ import annotations

import json

import pytest

from builders.database import a_database
from steward_app.services.privacy.discover.model import ColumnScan, Verdict
from steward_app.services.privacy.discover.scan import scan
from steward_app.services.privacy.model import Place

PATH, COLUMN = Place("entry", "doc", "$.by"), Place("entry", "by")
WHY = "Words that are names, too: they may be persons"


def scanned(tmp_path, values: str, *, key: str = "by") -> dict[Place, ColumnScan]:
    """Sixty rows with the values in turn, at a path in JSON and in a column."""
    some = [each.strip() for each in values.split(",")]
    rows = [
        (n, json.dumps({key: some[n % len(some)], "n": n}), some[n * 7 // 5 % len(some)]) for n in range(60)
    ]
    declared = f"id INTEGER PRIMARY KEY, doc, {key} TEXT"
    found = scan(a_database(tmp_path).with_table("entry", declared, rows=rows).build())
    return {each.place: each for each in found.columns}


@pytest.mark.parametrize(
    "values",
    [
        "Lena",
        "Lena, Karl, Emma",
        "lena, karl, emma",
        "Becker, Meyer, Schmidt",
        "becker, meyer, schmidt, hoffmann",
        "call lena back, ask karl, emma ill",
        "Call Lena back, Ask Karl",
        "Lena, Karl, system",
    ],
)
def test_names_are_asked_about(tmp_path, values):
    found = scanned(tmp_path, values)
    assert [found[each].verdict for each in (PATH, COLUMN)] == [Verdict.UNKNOWN] * 2
    assert {found[each].evidence[0].sentence for each in (PATH, COLUMN)} <= {
        WHY,
        "It may be the name of a person",
    }


@pytest.mark.parametrize(
    "values",
    [
        "April, May, June, August",
        "Florence, Sydney, Charlotte",
        "Florence",
        "Mercedes, Ford, Bosch, Porsche",
        "ruby, amber, violet, rose",
        "Georgia, Verdana, Arial",
        "auto, manual, dark, light",
        "Python, Ruby, Julia, Ada",
        "baker, cook, smith",
        "felix",
        "Billy, Ivar, Klippan, Ektorp, Hemnes",
        "hermes, zeus, titan, atlas",
        "Carl Elliott Building, Estadio José Amalfitani, Frankfurt Airport",
        "ITA",
        "open, closed, done",
    ],
)
def test_what_names_something_else_too_is_not(tmp_path, values):
    found = scanned(tmp_path, values)
    assert not [each for each in found.values() if each.verdict is Verdict.UNKNOWN]


@pytest.mark.parametrize("key", ["brand", "city", "month", "status"])
def test_nor_is_what_its_key_explains(tmp_path, key):
    found = scanned(tmp_path, "Lena, Karl, Emma", key=key)
    assert not [each for each in found.values() if each.evidence and each.evidence[0].sentence == WHY]
