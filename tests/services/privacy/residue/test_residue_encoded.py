"""Original values in texts that are encoded."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from builders import a_database
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.residue.model import Permitted, ResidueReport, Searched, Where
from steward_app.services.privacy.residue.search import search, search_values

VALUE = "Zoë O'Quixote-Winter"
LETTER = f"Hallo, hier {VALUE}. MfG"


def stored(where: Path, *cells: SqlValue, name: str = "files.db") -> Path:
    rows = [(n, cell) for n, cell in enumerate(cells, 1)]
    return a_database(where, name).with_table("mail", "id INTEGER PRIMARY KEY, raw", rows=rows).build()


def look(path: Path) -> ResidueReport:
    return search_values(path, (VALUE,), Context())


@pytest.mark.parametrize(
    "cell",
    [
        base64.b64encode(LETTER.encode()),
        base64.b64encode(LETTER.encode()).decode(),
        f"https://example.org/c?x={base64.urlsafe_b64encode(LETTER.encode()).decode()}",
        base64.encodebytes((LETTER * 9).encode()).decode(),
        base64.b64encode(base64.b64encode(LETTER.encode())).decode(),
        LETTER.encode().hex(),
        base64.b64encode(LETTER.encode("cp1252")).decode(),
        f"Content-Type: text/plain; charset=iso-8859-1\n\n{base64.encodebytes((LETTER * 9).encode('cp1252')).decode()}",
        LETTER.encode("cp1252").hex(),
        "From: Zo=C3=AB O'Quixote-Winter",
        "who=Zo%C3%AB O'Quixote-Winter&x",
        "Subject: =?utf-8?q?R=C3=A9sultats?=\n\nZo=C3=AB O'Quixote-Winter",
        "https://example.org/c?x=Zo%C3%AB%20O'Quixote-Winter&y",
        "<p>Zo&euml; O&#39;Quixote&#x2d;Winter</p>",
        "Zo&amp;euml; O'Quixote-Winter",
        base64.b64encode(b"Zo&#235; O'Quixote-Winter"),
        "très =C3=A9troit %C3%A9 Zo=C3=AB O'Quixote-Winter",
    ],
)
def test_a_value_in_an_encoded_text_is_found_once(tmp_path: Path, cell: SqlValue) -> None:
    (found,) = look(stored(tmp_path, None, "nothing at all", cell)).found
    assert (found.where, found.column, found.hits) == (Where.PACKED, "raw", 1)


@pytest.mark.parametrize("value", ["6203141234", "Zoë Birk"])
def test_a_cell_that_is_a_short_value_in_base64_is_found(tmp_path: Path, value: str) -> None:
    path = stored(tmp_path, base64.b64encode(value.encode()).decode())
    (found,) = search_values(path, (value,), Context()).found
    assert (found.where, found.hits) == (Where.PACKED, 1)


@pytest.mark.parametrize(
    "cell", [base64.b64encode(b"nobody is named in here").decode(), "%C3", "AAAA" * 9, b"\xff" * 99]
)
def test_a_text_without_it_has_none(tmp_path: Path, cell: SqlValue) -> None:
    assert not look(stored(tmp_path, cell)).found


def test_where_it_may_stand_it_is_counted_apart(tmp_path: Path) -> None:
    source = a_database(tmp_path, "a.db").with_table("person", "name TEXT", rows=[(VALUE,)]).build()
    copy = stored(tmp_path, base64.b64encode(LETTER.encode()), name="b.db")
    permitted = (Permitted(Place("mail", "raw"), "kept, as the rules say"),)
    report = search(copy, source, (Searched(Place("person", "name"), permitted),), Context())
    assert not report.found
    assert [(each.place, each.hits) for each in report.allowed] == [(Place("mail", "raw"), 1)]


@pytest.mark.parametrize(
    "cell",
    [
        json.dumps(json.dumps({"n": VALUE})),
        f"failed: {json.dumps(json.dumps(json.dumps([VALUE])))} at 5",
        "Zo\\u00EB O'Quixote-Winter",
    ],
)
def test_escapes_of_json_are_read_in_the_bytes_of_the_row(tmp_path: Path, cell: str) -> None:
    (found,) = look(stored(tmp_path, cell)).found
    assert (found.where, found.column, found.hits) == (Where.CELL, "raw", 1)


@pytest.mark.parametrize(
    "cell", ["Zoltan L&ouml;f", "Zoltan L&#xF6;f", json.dumps(json.dumps(["Zoltan Löf"]))]
)
def test_a_letter_with_an_escape_is_of_the_word(tmp_path: Path, cell: str) -> None:
    path = stored(tmp_path, cell)
    assert not search_values(path, ("Zoltan L",), Context()).found
    assert search_values(path, ("Zoltan Löf",), Context()).found


@pytest.mark.parametrize("written", ["Zo&euml; O'Quixote-Winter", "Zo%C3%AB%20O'Quixote-Winter"])
def test_at_a_path_where_it_may_stand_it_may_stand_encoded(tmp_path: Path, written: str) -> None:
    source = a_database(tmp_path, "a.db").with_table("person", "name TEXT", rows=[(VALUE,)]).build()
    permitted = (Permitted(Place("mail", "raw", "$.page"), "kept, as the rules say"),)
    places = (Searched(Place("person", "name"), permitted),)
    for path, fine in (("page", True), ("other", False)):
        copy = stored(tmp_path, json.dumps({path: f"see {written}!"}), name=f"{path}.db")
        report = search(copy, source, places, Context())
        assert (not report.found, bool(report.allowed)) == (fine, fine)
