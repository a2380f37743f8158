"""Forms of address before names: somebody, and no mere form of address."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from builders import a_database
from steward_app.services.privacy.discover.addressed import Addressed
from steward_app.services.privacy.discover.folding import words_all
from steward_app.services.privacy.discover.lexicon import lexicon
from steward_app.services.privacy.discover.model import Verdict
from steward_app.services.privacy.discover.packs import packs
from steward_app.services.privacy.discover.scan import scan
from steward_app.services.privacy.kinds import kinds
from steward_app.services.privacy.model import Identifies

FAMILY = (
    "Birnbaum",
    "Zickler",
    "Plotzki",
    "Wrangel",
    "Mondschein",
    "Morgenroth",
    "Sauerwein",
    "Baker",
    "Smith",
)
WRITTEN = (
    "Herr {}",
    "Mr {}",
    "Mrs. {} called",
    "Frau {} anrufen",
    "Mme {} absente",
    "room of Mr {}",
    "Rückruf Frau Dr. {} wegen der Rechnung von gestern",
)
KEYS = ("note", "to", "text", "comment", "who", "subject", "from", "c")
FORMS = ("Herr", "Frau", "Mrs.", "Dr.", "Herr Dr.", "Frau Prof.")
THINGS = (
    "Ms Word",
    "MS Access",
    "Sr. Developer",
    "HR Department",
    "Mr. & Mrs.",
    "Herr/Frau",
    "Frau Dr. med.",
    "will",
)


def _kind(folder: Path, values: list[str], *, key: str = "", table: str = "ev", column: str = "data") -> str:
    """The type that a scan says of a column, or of a key in its JSON."""
    held = [values[n % len(values)] for n in range(60)]
    rows = [(n, json.dumps({key: value, "n": n}) if key else value) for n, value in enumerate(held)]
    path = a_database(folder).with_table(table, f"id INTEGER PRIMARY KEY, {column} TEXT", rows=rows).build()
    at = next(
        each
        for each in scan(path).columns
        if each.place.column == column and each.place.path == (f"$.{key}" if key else "")
    )
    return at.kind if at.verdict is Verdict.PERSONAL else ""


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("key", ["", "note", "c"])
def test_a_form_of_address_before_a_name_is_somebody(tmp_path: Path, written: str, key: str) -> None:
    kind = _kind(tmp_path, [written.format(name) for name in FAMILY], key=key)
    assert kinds()[kind].identifies is Identifies.DIRECT


@pytest.mark.parametrize("key", KEYS)
def test_the_key_makes_no_difference(tmp_path: Path, key: str) -> None:
    kind = _kind(tmp_path, [f"Herr {name}" for name in FAMILY], key=key)
    assert kinds()[kind].identifies is Identifies.DIRECT


@pytest.mark.parametrize("key", ["", "note"])
def test_among_other_texts_it_is_a_text_with_names(tmp_path: Path, key: str) -> None:
    values = [text for name in FAMILY for text in (f"Herr {name}", "ok")]
    assert _kind(tmp_path, values, key=key) == "free_text"


@pytest.mark.parametrize("key", ["", "note", "anrede"])
def test_a_form_of_address_alone_is_one(tmp_path: Path, key: str) -> None:
    assert _kind(tmp_path, list(FORMS), key=key) == "salutation"


def test_among_forms_of_address_few_names_are_enough(tmp_path: Path) -> None:
    assert _kind(tmp_path, [*FORMS * 4, "Frau Birnbaum"], column="anrede") == "free_text"


def test_products_are_called_so(tmp_path: Path) -> None:
    brands = ["Dr. Oetker", "Mr. Clean", "Dr. Pepper", "Mrs. Butterworth", "Tulip", "Spade", "Miss Dior"]
    assert _kind(tmp_path, brands, table="product", column="product_name") == ""


@pytest.mark.parametrize("text", THINGS)
def test_what_is_no_form_of_address_before_a_name(text: str) -> None:
    assert not Addressed(lexicon(packs())).names(words_all([text])[0])
