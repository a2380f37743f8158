"""Keys of JSON that name persons of the database, in any writing; and words that people are called, too."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from builders import a_database
from steward_app.services.privacy.discover.known_keys import KeysAsked
from steward_app.services.privacy.discover.lexicon import lexicon
from steward_app.services.privacy.discover.model import Verdict
from steward_app.services.privacy.discover.packs import packs
from steward_app.services.privacy.discover.scan import scan
from steward_app.services.privacy.model import Place

PERSONS = ["Emil Birnbaum", "Ada Quastenberg", "Rose Price", "Will Grant", "Li Wei", "Zsuzsa Ősz"]


def named(*keys: str) -> set[str]:
    asked = KeysAsked(keys, lexicon(packs()))
    asked.hold_against([name.casefold().split() for name in PERSONS[:5]])
    asked.hold_against([["zsuzsa", "osz"], ["simon", "core"]])
    return asked.named


@pytest.mark.parametrize(
    "key",
    [
        "Emil Birnbaum", "Birnbaum, Emil", "birnbaum emil", "emil_birnbaum", "emil.birnbaum", "EmilBirnbaum",
        "emilbirnbaum", "birnbaumemil", "EBirnbaum", "ebirnbaum", "e.birnbaum", "E. Birnbaum", "birnbaume", "BIRNBAUM",
        "Birnbaum", "birnbaum", "Emil", "emil", "user:emil_birnbaum", "1 Emil Birnbaum", "Emil Birnbaum (1970)",
        "Dr. Emil Karl Birnbaum", "Quastenberg", "rose_price", "RosePrice", "Will Grant", "rprice", "Li Wei",
        "Zsuzsa Osz",
    ],
)  # fmt: skip
def test_somebody_of_the_database_is_known_in_any_writing(key: str) -> None:
    assert named("mode", key) == {key}


@pytest.mark.parametrize(
    "key",
    [
        "Rose", "price", "Price", "will", "Grant", "wei", "Ada", "li", "mode", "total", "emilia", "Grant Period",
        "price_list", "rose_color", "max_price", "Karl", "2024-01", "score",
    ],
)  # fmt: skip
def test_a_word_is_a_word_though_somebody_is_called_so(key: str) -> None:
    assert named(key) == set()


@pytest.mark.parametrize(
    ("key", "is_somebody"),
    [
        ("Birnbaum's bed", True),
        ("bed_birnbaum", True),
        ("notes_for_birnbaum", True),
        ("Birnbaums Bett", True),
        ("Emil’s bed", True),
        ("bedBirnbaum", True),
        ("max_price", False),
        ("rose_color", False),
        ("Grant Period", False),
        ("Emil Quastenhof", False),
        ("birnbaumish", False),
    ],
)
def test_somebody_is_known_beside_other_words(key: str, *, is_somebody: bool) -> None:
    asked = KeysAsked((key,), lexicon(packs()), beside=True)
    asked.hold_against([name.casefold().split() for name in PERSONS[:5]])
    assert (key in asked.named) is is_somebody


def _people(folder: Path, *keys: str, sql: tuple[str, ...] = ()) -> Path:
    rows = [(n, f"{PERSONS[n % 6]}", f"u{n}@orig.example") for n in range(1, 31)]
    documents = [(n, n, json.dumps({"mode": "a", keys[n % len(keys)]: n % 5})) for n in range(1, 31)]
    return (
        a_database(folder)
        .with_table("person", "id INTEGER PRIMARY KEY, name TEXT, email TEXT", rows=rows)
        .with_table(
            "doc",
            "id INTEGER PRIMARY KEY, person_id INTEGER REFERENCES person(id), data TEXT",
            rows=documents,
        )
        .build()
    )


@pytest.mark.parametrize("keys", [("qstnbrg", "aquastenberg"), ("Quastenberg",), ("birnbaum", "quastenberg")])
def test_a_scan_takes_keys_that_name_its_persons_for_data(tmp_path: Path, keys: tuple[str, ...]) -> None:
    found = scan(_people(tmp_path, *keys))
    told = found.at(Place("doc", "data", "$.*~"))
    assert told is not None
    assert (told.verdict, told.kind) == (Verdict.PERSONAL, "person_name")
    assert found.at(Place("doc", "data", "$.mode")) is not None
    assert not any("uastenberg" in each.place.path for each in found.columns)


def test_a_setting_that_somebody_is_called_after_stays_structure(tmp_path: Path) -> None:
    found = scan(_people(tmp_path, "Price", "Rose"))
    assert {each.place.path for each in found.columns if each.place.path} == {"$.mode", "$.Price", "$.Rose"}


def test_names_that_are_no_valid_text_are_compared_as_far_as_they_are(tmp_path: Path) -> None:
    odd = "UPDATE person SET name = CAST(x'41646120517561737465ff6e62' AS TEXT) WHERE id = 3"
    told = scan(_people(tmp_path, "qstnbrg", "aquastenberg", sql=(odd,))).at(Place("doc", "data", "$.*~"))
    assert told is not None
    assert told.verdict is Verdict.PERSONAL
