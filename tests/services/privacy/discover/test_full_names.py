"""Full names whose family name no list has, under names of columns and keys that say nothing of a person."""

from __future__ import annotations

import json
from itertools import product

import pytest

from builders.database import a_database
from steward_app.services.privacy.discover.model import Scan, Verdict
from steward_app.services.privacy.discover.scan import scan

NAMES = {
    "German": ("Lena Jonas Emma Felix Clara Lukas", "Morgen Kessel Wolken Zander", "roth lohe horst thal"),
    "French": ("Camille Élodie Jacques Pierre", "Beau Mont Clair Roche", "ricourt tgrain lanval fargue"),
    "Spanish": ("Lucía Carmen Javier Pablo", "Arri Men Zub Urru", "ondo gabal iagarai zelaia"),
    "Polish": ("Małgorzata Piotr Katarzyna", "Brzo Krzy Wiel Szcze", "zowiak wuskiewicz bochniak"),
    "Russian": ("Иван Анна Мария Ольга", "Бел Крас Верх Зим", "огрудов ноярцев овенцев"),
    "Greek": ("Γιώργος Μαρία Νίκος Ελένη", "Μαυρο Κοκκινο Ασπρο", "λιθάκης ποταμίδης βουνιώτης"),
    "Turkish": ("Ayşe Mehmet Fatma Emre", "Kara Boz Demir", "kurtoğan taşören dağsever"),
}
OTHERS = {
    "goods": "Anna Sofa|Billy Bookcase|Victoria Sponge|Martin Lamp|Peter Chair|Emma Dress|Oslo Table|Max Desk",
    "towns": "San Francisco|Santa Barbara|Saint Louis|Fort Wayne|Virginia Beach|Los Angeles|Grand Rapids",
    "titles": "Kind of Blue|Peter Grimes|Billy Budd|Madame Butterfly|Carmen Suite|The Marriage of Figaro|Messiah",
    "species": "Rosa canina|Iris germanica|Viola odorata|Felis catus|Quercus robur",
    "parts of programs": "JsonParser|PeterService|HttpClient|UserFactory|MarkReader|WillRetry",
    "settings": "max.retries|martin.port|grace.period|dark.mode|user.timeout",
    "companies": "Apogeo S.r.l.|Bolletta S.p.A.|Umbrella A.G.|Turnhalle e.V.|Wayland B.V.|Kolonad s.r.l.",
    "species in short": "E. coli|S. aureus|C. difficile|H. pylori|P. falciparum",
    "words": "open|closed|Waiting for parts|To be called|Left early",
}
WRITTEN = {
    "in order": "{given} {family}",
    "turned round": "{family}, {given}",
    "without a blank": "{given}{family}",
    "with a point": "{given}.{family}",
    "with what it is": "Seen by: {given} {family}",
    "with an initial": "{given[0]}. {family}",
    "beside another": "{given} {family} and Clara {family}",
}


def full_names(language: str, written: str) -> tuple[str, ...]:
    given, stems, ends = (each.split() for each in NAMES[language])
    families = map("".join, product(stems, ends))
    return tuple(WRITTEN[written].format(given=g, family=f) for g, f in product(given, families))


def scanned(tmp_path, table: str, column: str, values: tuple[str, ...]) -> Scan:
    """A table of 80 rows, whose column repeats what it is given."""
    rows = [(n, values[n * 7 % len(values)]) for n in range(80)]
    return scan(
        a_database(tmp_path).with_table(table, f'id INTEGER PRIMARY KEY, "{column}"', rows=rows).build()
    )


def said(found: Scan, column: str, path: str = "") -> str:
    at = next(each for each in found.columns if (each.place.column, each.place.path) == (column, path))
    return at.kind if at.verdict is Verdict.PERSONAL else at.verdict


@pytest.mark.parametrize("language", NAMES)
@pytest.mark.parametrize("written", WRITTEN)
def test_full_names_are_found_whatever_they_stand_under(tmp_path, language, written):
    found = scanned(tmp_path, "entry", "x", full_names(language, written))
    assert said(found, "x") == "person_name"


@pytest.mark.parametrize("written", WRITTEN)
def test_full_names_in_json_are_found(tmp_path, written):
    texts = tuple(json.dumps({"n": 7, "who": name}) for name in full_names("German", written))
    assert said(scanned(tmp_path, "entry", "doc", texts), "doc", "$.who") == "person_name"


@pytest.mark.parametrize("what", OTHERS)
@pytest.mark.parametrize(("table", "column"), [("product", "name"), ("entry", "label"), ("entry", "x")])
def test_what_is_called_after_somebody_here_and_there_is_no_name(tmp_path, what, table, column):
    found = scanned(tmp_path, table, column, tuple(OTHERS[what].split("|")))
    assert said(found, column) != "person_name"
