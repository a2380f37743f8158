"""Postal addresses in texts, by their form, as many languages write them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward_app.services.privacy.discover.addresses import Addresses, addresses
from steward_app.services.privacy.discover.packs import SUFFIX, packs


def _found(text: str, by: Addresses | None = None) -> list[str]:
    return [text[start:end] for start, end in (by or addresses(packs())).spans(text)]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("lives at 12 Oak Street, Springfield 62704 since May", "12 Oak Street, Springfield 62704"),
        ("at 221B Baker Street, London NW1 6XE.", "221B Baker Street, London NW1 6XE"),
        (
            "see 350 Fifth Avenue, Suite 21, New York, NY 10118-0110",
            "350 Fifth Avenue, Suite 21, New York, NY 10118-0110",
        ),
        ("to 12 West 34th Street NW, she said", "12 West 34th Street NW"),
        ("Office at 1111 6 Ave SW, Calgary T2P 5M5", "1111 6 Ave SW, Calgary T2P 5M5"),
        ("12 OAK ST. is hers", "12 OAK ST."),
        ("drove her home to 115 Bank Street. Then", "115 Bank Street"),
        ("12 oak street, springfield 62704", "12 oak street, springfield 62704"),
        ("PO Box 1234, Springfield 62704", "PO Box 1234, Springfield 62704"),
        ("wohnt Hauptstraße 5, 10115 Berlin, zieht um", "Hauptstraße 5, 10115 Berlin"),
        ("Karl-Marx-Str. 12a im Hof", "Karl-Marx-Str. 12a"),
        ("hauptstrasse 5", "hauptstrasse 5"),
        ("Unter den Linden 77\n10117 Berlin", "Unter den Linden 77\n10117 Berlin"),
        (
            "bei Straße des 17. Juni 135, 10623 Berlin-Tiergarten",
            "Straße des 17. Juni 135, 10623 Berlin-Tiergarten",
        ),
        ("Postfach 12 34 56, 80331 München", "Postfach 12 34 56, 80331 München"),
        ("habite 10 rue de la Paix, 75002 Paris depuis", "10 rue de la Paix, 75002 Paris"),
        ("habite au 24, place Kléber", "24, place Kléber"),
        ("10 bis, rue de l'Église", "10 bis, rue de l'Église"),
        ("boulevard Saint-Germain 15", "boulevard Saint-Germain 15"),
        ("abita in Via Roma 12, 00184 Roma (RM).", "Via Roma 12, 00184 Roma (RM)"),
        ("abita in via Roma 12, Milano.", "via Roma 12, Milano"),
        ("Via XX Settembre, 5", "Via XX Settembre, 5"),
        ("vive en Calle Mayor, 5, 28013 Madrid desde", "Calle Mayor, 5, 28013 Madrid"),
        ("en la calle de Alcalá 45 vive", "calle de Alcalá 45"),
        ("woont Dorpsstraat 12, 1012 AB Amsterdam.", "Dorpsstraat 12, 1012 AB Amsterdam"),
        ("Prinsengracht 263-267", "Prinsengracht 263-267"),
        ("na ul. Polna 3/5, 00-123 Warszawa", "ul. Polna 3/5, 00-123 Warszawa"),
        ("przy ulicy Polnej 3 m. 4, 31-001 Kraków", "ulicy Polnej 3 m. 4, 31-001 Kraków"),
        ("al. Jana Pawła II 12", "al. Jana Pawła II 12"),
        ("Rua Augusta, 1500, 01304-001 São Paulo", "Rua Augusta, 1500, 01304-001 São Paulo"),
        ("Storgatan 4, 111 22 Stockholm", "Storgatan 4, 111 22 Stockholm"),
        ("Mannerheimintie 5, 00100 Helsinki", "Mannerheimintie 5, 00100 Helsinki"),
        ("I moved to 127 The Paddocks, Castle Drayling.", "127 The Paddocks, Castle Drayling"),
        ("drove the patient home to 8 Canal Side.", "8 Canal Side"),
        ("the stairs at 9 Bishop's Walk. Booked.", "9 Bishop's Walk"),
        ("29 Pear Tree Walk was empty", "29 Pear Tree Walk"),
        ("lives at 12 Nether Byre, and is well", "12 Nether Byre"),
        ("moved to 131 Long Acre.", "131 Long Acre"),
        ("came from 7b Saint Mary Bourne", "7b Saint Mary Bourne"),
        ("Goltsteinring 5, 10115 Berlin", "Goltsteinring 5, 10115 Berlin"),
        ("Petőfi Sándor utca 5", "Petőfi Sándor utca 5"),
        ("ул. Ленина, д. 5, кв. 3", "ул. Ленина, д. 5, кв. 3"),
    ],
)
def test_an_address_is_found_as_it_is_written(text: str, address: str) -> None:
    assert _found(text) == [address]


@pytest.mark.parametrize(
    "text",
    [
        "Route 66 is closed",
        "reduced to 3 Tablets, from 2 May to 12 Months",
        "moved to 2 May, Anna said",
        "at 10 Downing",
        "sent to 3 Senior Consultants. Then",
        "sent to 3 Senior Consultants, Anna said",
        "In 2009 Deutsche Bank closed",
        "to 12 Blood Bank samples, 3 Blood Bank",
        "seen at 8 Monday Morning.",
        "referred to 3 ICU Beds.",
        "in 12 Months Time.",
        "from 5 Anna Berg came back",
        "in 12 street tests",
        "12 close calls, 5 drive tests",
        "In 2019 we drove 300 miles on Highway 61",
        "On 12 May St John was closed",
        "Katie 5 years old",
        "Heimweg 20 Minuten, am Arbeitsplatz 3 Stunden",
        "Wir haben 5 Straßen gesperrt, in der Hauptstraße 5.3.2020",
        "Zimmer 12, Bonn",
        "Am Montag 5, 12 Patienten",
        "Ward 3, Bed 12, Bristol",
        "room 5, 2000 Records; version 3, 10000 Tests",
        "sent via Email 5 times",
        "il corso Inglese 2 ore",
        "La Brigade 5 est venue",
        "Hb 12, Leuko 5, Berlin",
        "10115 Berlin",
        "Concerto for 2 Violins in D Minor, BWV 1043: I. Vivace",
    ],
)
def test_what_only_looks_like_one_stays(text: str) -> None:
    assert _found(text) == []


_WORDS = st.sampled_from(
    [
        "the",
        "street",
        "Street",
        "Weg",
        "rue",
        "via",
        "Calle",
        "ulica",
        "Berlin",
        "came",
        "Anna",
        "und",
        "\n",
        "—",
        ",",
    ]
)


@settings(max_examples=200)
@given(st.lists(_WORDS, max_size=30).map(" ".join))
def test_a_text_without_a_number_has_none(text: str) -> None:
    assert _found(text) == []


@settings(max_examples=200)
@given(
    st.lists(
        st.sampled_from(["der", "patient", "kam", "um", "12", "7,5", "mg", "at", "noon", "3"]), max_size=30
    )
)
def test_numbers_among_words_that_are_no_streets_are_none(words: list[str]) -> None:
    assert _found(" ".join(words)) == []


@settings(max_examples=200)
@given(before=st.text(max_size=30), after=st.text(max_size=30))
def test_whatever_stands_around_it_a_street_does_not_stay(before: str, after: str) -> None:
    text = f"{before}\n12 Oak Street, Springfield 62704\n{after}"
    spans = addresses(packs()).spans(text)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    start = len(before) + 1
    assert any(first <= start and start + len("12 Oak Street") <= last for first, last in spans)


def test_words_of_own_rules_tell_streets_too(tmp_path: Path) -> None:
    database = tmp_path / "x.db"
    assert _found("wohnt Lindenhag 5") == []
    (tmp_path / f"x.db{SUFFIX}").write_text("lists: {street_ending: hag}\n", encoding="utf-8")
    assert _found("wohnt Lindenhag 5", addresses(packs(database))) == ["Lindenhag 5"]
