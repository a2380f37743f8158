"""Keys in JSON of one word that no list has, in few documents: family names of people whom no table knows, perhaps."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from builders.database import a_database
from steward_app.services.privacy.discover.model import Scan, Verdict
from steward_app.services.privacy.discover.scan import scan

ROWS = 60


def scanned(tmp_path, some: Mapping[str, object], *, always: Mapping[str, object] | None = None) -> Scan:
    """Documents of which every twentieth has one of the rare members."""
    rare = list(some.items())
    documents = [
        {"n": n, **(always or {}), **(dict([rare[n // 20 % len(rare)]]) if n % 20 == 7 else {})}
        for n in range(ROWS)
    ]
    rows = [(n, json.dumps(document)) for n, document in enumerate(documents)]
    return scan(a_database(tmp_path).with_table("entry", "id INTEGER PRIMARY KEY, doc", rows=rows).build())


def asked(found: Scan) -> set[str]:
    """The paths of keys of which it is asked what they are."""
    return {
        each.place.path
        for each in found.columns
        if each.verdict is Verdict.UNKNOWN and "may be names" in each.evidence[0].sentence
    }


@pytest.mark.parametrize(
    "some",
    [
        {"Quastenhof": {"role": "x"}},
        {"Quastenhof": "present", "Wickenbusch": "ill"},
        {"Огрудовцев": 1},
        {"Μαυροποταμίδης": 1},
    ],
)
def test_it_is_asked_what_they_are(tmp_path, some):
    found = scanned(tmp_path, some, always={"mode": "a", "maxRows": 7})
    assert asked(found) == {"$.*~"}
    assert not any(name in each.place.path for each in found.columns for name in some)


def test_so_it_is_where_there_are_no_others(tmp_path):
    names = [
        f"{begins}{ends}"
        for begins in ("Quor", "Zelt", "Mirv", "Hoxl")
        for ends in ("mann", "inger", "uffen")
    ]
    rows = [(n, json.dumps({"seen": {names[n % 12]: n}})) for n in range(ROWS)]
    database = a_database(tmp_path).with_table("entry", "id INTEGER PRIMARY KEY, doc", rows=rows)
    assert asked(scan(database.build())) == {"$.seen.*~"}


@pytest.mark.parametrize(
    ("some", "always"),
    [
        ({"Wattage": 5}, {"Color": "x", "Size": "y"}),
        ({"Referer": 5}, {"Accept": "x", "Host": "y"}),
        ({"Spannweite": 5}, {"Farbe": "x"}),
        ({"Error": 5}, {"mode": "a"}),
        ({"WLAN": 5}, {"mode": "a"}),
        ({"quastenhof": 5}, {"mode": "a"}),
        ({"MaxRows": 5}, {"mode": "a"}),
        ({"Germany": 5, "Norway": 3}, {"mode": "a"}),
        ({"March": 5, "April": 3}, {"mode": "a"}),
    ],
)
def test_words_of_programs_towns_and_months_are_not_asked_about(tmp_path, some, always):
    assert asked(scanned(tmp_path, some, always=always)) == set()


def test_what_most_documents_have_is_structure(tmp_path):
    rows = [(n, json.dumps({"Quastenhof": n, "mode": "a"})) for n in range(ROWS)]
    database = a_database(tmp_path).with_table("entry", "id INTEGER PRIMARY KEY, doc", rows=rows)
    assert asked(scan(database.build())) == set()
