"""Codes made of the names of the persons whose rows they are: found, changed, and not left by what redacts texts."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from builders import a_database
from builders.odd_files import in_windows_1252
from builders.transforms import released, rule, rules
from steward_app.catalog import open_catalog
from steward_app.db import open_read
from steward_app.kernel.finding import Finding, Severity
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize.planning import look
from steward_app.services.privacy.anonymize.proposal import propose_rules
from steward_app.services.privacy.anonymize.searching import searched
from steward_app.services.privacy.discover.scan import scan
from steward_app.services.privacy.latin_letters import in_latin_letters
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.transform.prepare import prepare
from steward_app.services.schema import read_schema

KEY = b"k" * 32
GIVEN = ["Änne", "Björn", "Ute", "Mirko", "Sören", "Heide", "Götz", "Wiebke", "Knut", "Linde", "Uwe"]
FAMILIES = ["Müller", "Quastenhof", "Schnürch", "Wühlisch", "Zwiebler", "Öztürk", "Kötter", "Nöthen", "Tüxen"]
PEOPLE = [(n, GIVEN[n * 7 % 11], FAMILIES[n * 5 % 9]) for n in range(1, 120)]
WRITTEN_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
NAMED = (
    rule("person", "given", "pseudonym", kind="given_name"),
    rule("person", "family", "pseudonym", kind="family_name"),
)


def joined(number: int, given: str, family: str) -> str:
    del number
    return (family + given).translate(WRITTEN_OUT).upper()[:12]


def with_year(number: int, given: str, family: str) -> str:
    return f"{family[:4]}{given[:2]}{50 + number % 40}".translate(WRITTEN_OUT).upper()


def with_initial(number: int, given: str, family: str) -> str:
    del number
    return f"{given[0]}{family}".translate(WRITTEN_OUT).lower()


def chance(number: int, given: str, family: str) -> str:
    del given, family
    return joined(0, GIVEN[number % 11], FAMILIES[number % 9])


Code = Callable[[int, str, str], str]


def people(folder: Path, code: Code, *, beside: bool = True) -> Path:
    """People with a code, in their own row or in one that refers to them."""
    made = a_database(folder).with_table(
        "person",
        "id INTEGER PRIMARY KEY, given TEXT, family TEXT" + (", k TEXT" if beside else ""),
        rows=[(*each, code(*each)) if beside else each for each in PEOPLE],
    )
    if not beside:
        rows = [(n, p[0], code(*p)) for n, p in enumerate(PEOPLE * 2)]
        made = made.with_table(
            "claim", "id INTEGER PRIMARY KEY, who INT REFERENCES person, k TEXT", rows=rows
        )
    return made.build()


@pytest.mark.parametrize("beside", [True, False])
@pytest.mark.parametrize("code", [joined, with_year, with_initial])
def test_the_proposal_makes_tokens_of_them(tmp_path: Path, code: Code, beside: bool) -> None:
    path = people(tmp_path, code, beside=beside)
    place = Place("person" if beside else "claim", "k")
    with open_catalog() as catalog:
        found = propose_rules(catalog, path, "r", Context()).at(place)
    seen = scan(path).at(place)
    assert seen is not None and found is not None
    assert (seen.kind, found.technique) == ("name_code", Technique.TOKEN)


GREEK_GIVEN = ["Ιορδανία", "Γεώργιος", "Ελένη", "Μιχάλης", "Χριστίνα", "Θωμάς", "Ζωή"]
GREEK_FAMILIES = ["Λαμπρινουλάκου", "Τζανετινομάκη", "Ψαρρεμεμάκη", "Ξενάκης", "Βουτσινάς", "Φραγκούλης"]


def test_names_in_greek_letters_are_found_in_codes_of_latin_ones(tmp_path: Path) -> None:
    people = [(n, GREEK_GIVEN[n * 3 % 7], GREEK_FAMILIES[n * 5 % 6]) for n in range(1, 90)]
    rows = [(*each, f"{in_latin_letters(each[2])[0][:9]}{n * 37 % 91}") for n, each in enumerate(people)]
    path = a_database(tmp_path).with_table(
        "person", "id INTEGER PRIMARY KEY, given_name TEXT, family_name TEXT, k TEXT", rows=rows
    )
    found = scan(path.build()).at(Place("person", "k"))
    assert found is not None and found.kind == "name_code"


def at_paths(folder: Path, code: Code, *, names: bool, codes: bool) -> Path:
    """The same people, with their names, their codes or both in JSON."""
    rows = []
    for number, given, family in PEOPLE:
        k = code(number, given, family)
        told = {"who": {"given": given, "family": family}} if names else {}
        told |= {"k": [{"zz": k}]} if codes else {}
        row = (*(() if names else (given, family)), *(() if codes else (k,)))
        rows.append((number, *row, json.dumps({**told, "n": 1}, ensure_ascii=False)))
    columns = ["id INTEGER PRIMARY KEY", *(() if names else ("given", "family")), *(() if codes else ("k",))]
    return a_database(folder).with_table("person", ", ".join([*columns, "data TEXT"]), rows=rows).build()


@pytest.mark.parametrize(("names", "codes"), [(True, False), (False, True), (True, True)])
@pytest.mark.parametrize("code", [joined, with_initial, chance])
def test_they_are_told_where_names_or_codes_stand_at_paths(
    tmp_path: Path, code: Code, *, names: bool, codes: bool
) -> None:
    path = at_paths(tmp_path, code, names=names, codes=codes)
    place = Place("person", "data", "$.k[*].zz") if codes else Place("person", "k")
    found = scan(path)
    seen, whole = found.at(place), found.at(Place("person", "data"))
    assert seen is not None and whole is not None
    assert (seen.kind == "name_code") == (code is not chance)
    if names and codes and code is not chance:
        assert whole.kind == "json" and whole.evidence[0].sentence == "JSON with personal data at 3 paths"
    if code is not chance:
        with open_catalog() as catalog:
            proposed = propose_rules(catalog, path, "r", Context()).at(place)
        assert proposed is not None and proposed.technique is Technique.TOKEN


def test_a_rule_for_texts_at_a_path_that_leaves_them_is_refused(tmp_path: Path) -> None:
    path = at_paths(tmp_path, joined, names=True, codes=True)
    said = rules(
        rule("person", "data", "pseudonym", "$.who.given", kind="given_name"),
        rule("person", "data", "pseudonym", "$.who.family", kind="family_name"),
        rule("person", "data", "redact", "$.k[*].zz"),
    )
    with open_read(path) as session, session.snapshot():
        told = {each.code: each for each in look(session, said, None, KEY, Context()).findings}
    finding = told["codes_of_names_left"]
    assert finding.blocks and (finding.count or 0) > len(PEOPLE) * 0.8


def test_they_are_told_where_names_are_written_in_another_encoding(tmp_path: Path) -> None:
    path = in_windows_1252(people(tmp_path, joined))
    seen = scan(path).at(Place("person", "k"))
    assert seen is not None and seen.kind == "name_code"
    finding = told(path)["codes_of_names_left"]
    assert finding.blocks and (finding.count or 0) > len(PEOPLE) / 2  # others are whole names, which go


def test_names_of_other_rows_are_no_codes_of_a_name(tmp_path: Path) -> None:
    seen = scan(people(tmp_path, chance)).at(Place("person", "k"))
    assert seen is not None and seen.kind != "name_code"


def test_words_that_are_made_of_names_of_countries_are_no_codes_of_a_name(tmp_path: Path) -> None:
    """A list of peoples, whose columns `man` and `woman` seem to be names of persons."""
    lands = ["algeria", "britain", "denmark", "england", "finland", "france", "iceland", "spain", "poland"]
    peoples = [
        "algerian",
        "briton",
        "dane",
        "englishman",
        "finn",
        "frenchman",
        "icelander",
        "spaniard",
        "pole",
    ]
    rows = [(land, man, man, f"{man}s") for land, man in zip(lands, peoples, strict=True)]
    path = a_database(tmp_path).with_table("peoples", "country, man, woman, plural", rows=rows).build()
    seen = scan(path).at(Place("peoples", "plural"))
    assert seen is not None and seen.kind != "name_code"


def test_a_town_that_some_are_called_after_hides_no_codes(tmp_path: Path) -> None:
    rows = [(n, g, f, "Köln" if n % 9 else "Müllheim", joined(n, g, f)) for n, g, f in PEOPLE]
    made = a_database(tmp_path).with_table(
        "person", "id INTEGER PRIMARY KEY, given, family, city, k", rows=rows
    )
    seen = scan(made.build()).at(Place("person", "k"))
    assert seen is not None and seen.kind == "name_code"


def told(path: Path, *, texts: str = "k") -> dict[str, Finding]:
    said = rules(*NAMED, rule("person", texts, "redact"))
    with open_read(path) as session, session.snapshot():
        return {each.code: each for each in look(session, said, None, KEY, Context()).findings}


def permitted(path: Path) -> bool:
    said = rules(*NAMED, rule("person", "k", "redact"))
    place = Place("person", "k")
    with (
        open_read(path) as session,
        session.snapshot(),
        prepare(session, read_schema(session), said, KEY, Context()) as transforms,
    ):
        places = searched(session, read_schema(session), transforms)
    return any(each.place == place for of in places if of.place == place for each in of.permitted)


def test_a_rule_for_texts_that_leaves_them_is_refused_and_none_is_permitted(tmp_path: Path) -> None:
    path = people(tmp_path, joined)
    finding = told(path)["codes_of_names_left"]
    assert finding.blocks and (finding.count or 0) > len(PEOPLE) / 2  # others are whole names, which go
    assert not permitted(path)


def test_what_it_takes_away_is_no_finding(tmp_path: Path) -> None:
    path = people(tmp_path, lambda number, given, family: f"{number}_{family}_{given}.pdf")
    assert "codes_of_names_left" not in told(path)
    assert permitted(path)


def test_texts_of_which_some_are_such_codes_are_told_with_the_number(tmp_path: Path) -> None:
    def mostly_texts(number: int, given: str, family: str) -> str:
        return joined(number, given, family) if number % 4 == 0 else f"Frau {family} was not there"

    finding = told(people(tmp_path, mostly_texts))["codes_of_names_left"]
    assert (finding.severity, finding.blocks) == (Severity.WARNING, False)
    assert 12 <= (finding.count or 0) <= 30


def test_the_end_of_such_a_key_goes_from_texts(tmp_path: Path) -> None:
    keys = {n: f"SB-{2015 + n % 9}-{joined(n, given, family)[:3]}-{n:04}" for n, given, family in PEOPLE}
    path = (
        a_database(tmp_path)
        .with_table(
            "person",
            "k TEXT PRIMARY KEY, given TEXT, family TEXT",
            rows=[(keys[n], g, f) for n, g, f in PEOPLE],
        )
        .with_table(
            "note",
            "id INTEGER PRIMARY KEY, text TEXT",
            rows=[(n, f"Akte {keys[n][8:]} da") for n, *_ in PEOPLE],
        )
        .build()
    )
    said = rules(*NAMED, rule("person", "k", "token", kind="name_code"), rule("note", "text", "redact"))
    found, _ = released(path, said)
    assert {row[1] for row in found["note"]} == {"Akte [removed] da"}
