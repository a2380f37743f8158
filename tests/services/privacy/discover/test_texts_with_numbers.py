"""Texts of several words in which numbers of persons stand: what the scan calls them, and what is proposed."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from random import Random

import pytest

from builders import a_database
from steward_app.db import open_read
from steward_app.services.privacy.classify.decided import classification
from steward_app.services.privacy.discover.model import Scan
from steward_app.services.privacy.discover.scan import scan
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import Rule
from steward_app.services.privacy.transform.propose import propose
from steward_app.services.schema import read_schema

chance = Random("texts with numbers")
NUMBERS = chance.sample(range(10**10, 10**11), 200)
NAMES = [f"{first} {last}" for first in ("Ada", "Emil", "Clara", "Otto") for last in ("Birnbaum", "Zickler")]
SAID = (
    "Θα τηλεφωνήσει ξανά",
    "Καθαρισμός, όλα καλά {1:02}-{2:02}",
    "Αρ. {0}, υγιής και καλά",
    "Σφράγισμα {1} και {2} πάλι",
)


def proposed(path: Path, found: Scan, place: Place) -> Rule | None:
    with open_read(path) as session:
        schema = read_schema(session)
    return propose(schema, found, classification(path), "r").at(place)


def clinic(folder: Path, texts: list[str], numbers: list[int] = NUMBERS) -> Path:
    people = [(number, NAMES[n % 8]) for n, number in enumerate(numbers)]
    return (
        a_database(folder)
        .with_table("patient", "national_no INTEGER PRIMARY KEY, full_name TEXT", rows=people)
        .with_table("past", "id INTEGER PRIMARY KEY, about TEXT", rows=list(enumerate(texts, 1)))
        .build()
    )


def kind(found: Scan, place: Place) -> str:
    told = found.at(place)
    assert told is not None
    return told.kind


ABOUT = Place("past", "about")


def test_notes_some_of_which_have_a_number_are_free_text_and_stay_without_it(tmp_path: Path) -> None:
    path = clinic(tmp_path, [SAID[n % 4].format(number, n % 27, n % 9) for n, number in enumerate(NUMBERS)])
    found = scan(path)
    assert kind(found, ABOUT) == "free_text"
    rule = proposed(path, found, ABOUT)
    assert rule is not None and rule.technique is Technique.REDACT


@pytest.mark.parametrize("few", ["short", "encoded"])
def test_what_cannot_be_taken_out_of_texts_is_taken_away_with_them(tmp_path: Path, few: str) -> None:
    numbers = chance.sample(range(100, 1_000), 200) if few == "short" else NUMBERS
    texts = [f"Καθαρισμός {number} και όλα καλά" for number in numbers]
    if few == "encoded":
        texts[::20] = [base64.b64encode(f"Jörg Weiß {n}".encode("utf-16-le")).decode() for n in numbers[::20]]
    path = clinic(tmp_path, texts, numbers)
    found = scan(path)
    rule = proposed(path, found, ABOUT)
    assert kind(found, ABOUT) != "free_text"
    assert rule is not None and rule.technique is Technique.REMOVE


def test_telephone_numbers_at_a_path_are_no_lists_of_those_of_a_column(tmp_path: Path) -> None:
    phones = [f"69{chance.randint(0, 99_999_999):08}" for _ in range(200)]
    path = (
        a_database(tmp_path)
        .with_table(
            "patient",
            "id INTEGER PRIMARY KEY, full_name TEXT, phone TEXT",
            rows=[(n, NAMES[n % 8], phone) for n, phone in enumerate(phones, 1)],
        )
        .with_table(
            "bill",
            "id INTEGER PRIMARY KEY, patient INTEGER REFERENCES patient, data TEXT",
            rows=[(n, n, json.dumps({"κιν": f"+30 {phone}"})) for n, phone in enumerate(phones, 1)],
        )
        .build()
    )
    found = scan(path)
    place = Place("bill", "data", '$."κιν"')
    rule = proposed(path, found, place)
    assert kind(found, place) == "phone"
    assert rule is not None and rule.technique is Technique.PSEUDONYM


def test_lines_of_a_log_are_no_address_though_the_column_is_called_as_one_may_be(tmp_path: Path) -> None:
    lines = ("shown /pupil/{0}/card", "searched '{1}'", "signed in", "print?q={0}")
    people = [(n, NAMES[n % 8], f"{n % 90 + 1} Mill Lane, Pennerley") for n in range(40_000, 40_200)]
    log = [
        (n, f"10.1.{n % 200}.7", lines[n % 4].format(who, name)) for n, (who, name, _) in enumerate(people)
    ]
    path = (
        a_database(tmp_path)
        .with_table("pupil", "id INTEGER PRIMARY KEY, full_name TEXT, co TEXT", rows=people)
        .with_table("event", "id INTEGER PRIMARY KEY, ip TEXT, co TEXT", rows=log)
        .build()
    )
    found = scan(path)
    assert kind(found, Place("event", "co")) != "address"
    assert kind(found, Place("pupil", "co")) == "address"


def test_digits_beside_addresses_of_e_mail_are_telephone_numbers_though_some_are_given_out_to_nobody(
    tmp_path: Path,
) -> None:
    ways = [
        f"person{n}@example.org" if n % 3 == 0 else f"3363{chance.randint(0, 10**7):07}" for n in range(200)
    ]
    ways[1::15] = [f"337000{n:05}" for n in range(len(ways[1::15]))]
    ways[2::6] = [f"06{chance.randint(0, 99_999_999):08}" for _ in ways[2::6]]
    people = [(n, NAMES[n % 8], way) for n, way in enumerate(ways)]
    path = a_database(tmp_path).with_table("guest", "id INTEGER PRIMARY KEY, full_name, rappel", rows=people)
    assert kind(scan(path.build()), Place("guest", "rappel")) == "contact"
