"""Free texts without the persons that the database knows, and JSON changed path by path."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import a_database
from builders.transforms import checked, redaction, released, rule, rules
from steward_app.kernel.errors import Refused
from steward_app.services.privacy.discover.addressed import Addressed
from steward_app.services.privacy.discover.addresses import addresses
from steward_app.services.privacy.discover.key_words import key_words
from steward_app.services.privacy.discover.lexicon import lexicon
from steward_app.services.privacy.discover.packs import packs
from steward_app.services.privacy.json_steps import path_steps
from steward_app.services.privacy.transform import persons
from steward_app.services.privacy.transform.json_text import JsonStep
from steward_app.services.privacy.transform.known import Known
from steward_app.services.privacy.transform.model import Batch, Column
from steward_app.services.privacy.transform.redact import Redaction

PEOPLE = ["Anna Schmidt", "Jo Will", "Pat O'Brien", "田中太郎", "Łukasz Żak"]


def _known() -> Known:
    known = Known()
    known.add(PEOPLE, "person_name")
    known.add(["P-00123", "670123", "A12", "B7"], "person_number")
    known.add(["Hauptstraße 5"], "street")
    known.add(["Haus Sonnenschein 3, Hintertupfing 94501"], "address")
    return known


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("anna  SCHMIDT came", "[name] came"),
        ("Schmidt, Anna", "[name]"),
        ("Frau Schmidts Hund", "Frau [name] Hund"),
        ("I will see Will", "I will see [name]"),
        ("Schmidtke is not known", "Schmidtke is not known"),
        ("昨日、田中太郎さんが来た", "昨日、[name]さんが来た"),
        ("łukasz żak", "[name]"),
        ("mail a.b@c.org, call +49 30 123456 or 030/123 456.", "mail [e-mail], call [phone] or [phone]."),
        (
            "id p-00123 of 2020-03-04, 12 visits, 3.14159265",
            "id [removed] of 2020-03-04, 12 visits, 3.14159265",
        ),
        (
            "call 670,123 and 670.123, 0xA39AB, not 670,124 or 0xA39AC",
            "call [removed] and [removed], [removed], not 670,124 or 0xA39AC",
        ),
        ("A12, a12 and A123, B7", "[removed], [removed] and A123, B7"),
        ("hauptstrasse 5", "[address]"),
        ("at HAUS SONNENSCHEIN 3 again", "at [address] again"),
        ("in Hintertupfing since 2001", "in Hintertupfing since 2001"),
        ("mother 931.767.775, father 06.12.34.56.78.", "mother [phone], father [phone]."),
        ("333.1234567 or 333/123456, 11.98765.4321", "[phone] or [phone], [phone]"),
        ("zap 21 9 4941.4483, (21) 94941.4483; 21 9494.4483 kg", "zap [phone], [phone]; 21 9494.4483 kg"),
        ("on 01.02.2004/03.02.2004 from 10.0.0.1", "on 01.02.2004/03.02.2004 from [address]"),
        ("12.345.678 of 931.767.775,50 at 153.612345", "12.345.678 of 931.767.775,50 at 153.612345"),
        ("DE89 3704 0044 0532 0130 00 from 10.0.0.1", "[account] from [address]"),
        ("see https://x.example/anna?q=1 there", "see [link] there"),
        (
            "Mrs Quigley called, Mr Baker and Prof. Dr. Hart-Ruiz too",
            "Mrs [name] called, Mr [name] and Prof. Dr. [name] too",
        ),
        (
            "Frau und Herr Dr. med., MS Word, Sr Developer, mr right",
            "Frau und Herr Dr. med., MS Word, Sr Developer, mr right",
        ),
        ("", ""),
    ],
)
def test_what_names_somebody_goes(text: str, left: str) -> None:
    assert redaction(_known()).text(text) == left


@settings(max_examples=50)
@given(
    words=st.lists(st.sampled_from([*PEOPLE, "saw", "Hund", "—", "12", "\n", "a@b.org", "and"]), max_size=12)
)
def test_no_whole_name_is_left(words: list[str]) -> None:
    left = redaction(_known(), dates=True).text(" ".join(words)).casefold()
    assert not any(person.casefold() in left for person in PEOPLE)


def test_texts_lose_everybody_whom_any_table_knows(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_table(
            "person",
            "id INTEGER PRIMARY KEY, name TEXT, mail TEXT",
            rows=[(n, f"Ada{'bcdefgh'[n]} Winter{'bcdefgh'[n]}", f"p{n}@x.org") for n in range(7)],
        )
        .with_table("doctor", "data TEXT", rows=[('{"who": {"name": "Ines Moor"}}',)])
        .with_table(
            "note",
            "text TEXT",
            rows=[("Adab Winterb met Winterc; Dr Moor wrote to p3@x.org and strange@y.org.",)],
        )
        .build()
    )
    said = [
        rule("person", "name", "pseudonym", kind="person_name"),
        rule("person", "mail", "remove", kind="email"),
        rule("doctor", "data", "pseudonym", "$.who.name", kind="person_name"),
    ]
    found, _ = released(path, rules(*said, rule("note", "text", "redact")))
    assert found["note"] == [("[name] met [name]; Dr [name] wrote to [e-mail] and [e-mail].",)]
    found, _ = released(path, rules(*said, rule("note", "text", "redact", replace="pseudonym")))
    text = str(found["note"][0][0])
    assert text.startswith(str(found["person"][0][1])) and "Moor" not in text and "[e-mail]" in text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("M. Perier, PERIER et Périer", "M. [name], [name] et [name]"),
        ("Mme Pe\u0301rier et Mueller, Muller", "Mme [name] et [name], [name]"),
        ("Lager Sodergren und Léonard", "Lager [name] und [name]"),
        ("Tina Schon; Schon gestern kam sie", "[name]; Schon gestern kam sie"),
        ("le perier du lac, 45100 Orleans", "le perier du lac, 45100 [place]"),
        ("rue des perieres", "rue des perieres"),
    ],
)
def test_names_go_with_accents_and_without(text: str, left: str) -> None:
    said = packs()
    known = Known(key_words(lexicon(said)).is_only_a_name)
    known.add(["Élise Périer", "Max Müller", "Åsa Södergren", "Guy Leonard", "Tina Schön"], "person_name")
    known.add(["Orléans"], "city")
    assert Redaction(known, {}, addresses(said), Addressed(lexicon(said)), dates=False).text(text) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("o Iordania Lamprinoylakoy den irthe", "o [name] den irthe"),
        ("Lamprinoulakou, LAMPRINOULAKOU", "[name], [name]"),
        ("/arxeia/lamprinoylakoy_iordania/opg_1.jpg", "/arxeia/[name]_[name]/opg_1.jpg"),
        ("Agapiti ka Tzanetinomakh", "Agapiti ka [name]"),
        ("Meeting with Yushchenko and Juscenko, Iushchenko", "Meeting with [name] and [name], [name]"),
        ("Shcherbakov, Scherbakov", "[name], Scherbakov"),
        ("Ο Ξενάκης ήρθε, o Ksenakis kai o Xenakis", "Ο [name] ήρθε, o [name] kai o [name]"),
        ("Пришёл Новак", "Пришёл [name]"),
        ("Ana kai Eva", "Ana kai Eva"),
        ("Ian Kovalchuk, YAN KOVALCHUK", "[name], [name]"),
        ("scan_viktoriushchenko.pdf", "scan_[name].pdf"),
    ],
)
def test_names_go_in_latin_letters_too(text: str, left: str) -> None:
    said = packs()
    known = Known(key_words(lexicon(said)).is_only_a_name)
    greek = ["Ιορδανία Λαμπρινουλάκου", "Τζανετινομάκη", "Ξενάκης"]
    known.add([*greek, "Виктор Ющенко", "Щербаков", "Ян Ковальчук", "Jan Novak", "Ева", "Άνα"], "family_name")
    assert Redaction(known, {}, addresses(said), Addressed(lexicon(said)), dates=False).text(text) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("call schmidt back, quastenhof is ill", "call [name] back, [name] is ill"),
        ("ask lena; may comes in winter, will too", "ask [name]; may comes in winter, will too"),
        ("Call schmidt back", "Call schmidt back"),
        ("lena will", "[name]"),
        ("Spoke to Mr. schmidt and Sn.\u00a0sodergren", "Spoke to Mr. [name] and Sn.\u00a0[name]"),
        ("Видела г-н кузнецова и Dr. will too", "Видела г-н [name] и Dr. will too"),
        ("A comsr schmidt", "A comsr schmidt"),
    ],
)
def test_in_small_letters_a_name_that_is_no_other_word_goes_where_nothing_has_capitals_or_behind_a_title(
    text: str, left: str
) -> None:
    said = packs()
    known = Known(key_words(lexicon(said)).is_only_a_name)
    known.add(["Anna Schmidt", "Lena Will", "May Winter", "Emil Quastenhof", "Åsa Södergren"], "person_name")
    known.add(["Кузнецова"], "family_name")
    assert Redaction(known, {}, addresses(said), Addressed(lexicon(said)), dates=False).text(text) == left


def test_numbers_of_few_digits_go_behind_the_name_of_their_key(tmp_path: Path) -> None:
    texts = [
        "See patient 7. Room 7, dose 7 mg, Patients #012, patient no. 150 of visit 7.",
        "Patient 99 is nobody; inpatient 7, patient 1507",
    ]
    path = (
        a_database(tmp_path)
        .with_table("person", "no INTEGER PRIMARY KEY, name TEXT", rows=[(7, "A"), (12, "B"), (150, "C")])
        .with_table(
            "visit",
            "id INTEGER PRIMARY KEY, patient_no INTEGER REFERENCES person(no), note TEXT",
            rows=[(1, 7, texts[0]), (2, 12, texts[1])],
        )
        .build()
    )
    said = rules(rule("person", "no", "permute", kind="person_number"), rule("visit", "note", "redact"))
    found, _ = released(path, said)
    assert [row[2] for row in found["visit"]] == [
        "See patient [removed]. Room 7, dose 7 mg, Patients #[removed], patient no. [removed] of visit 7.",
        texts[1],
    ]
    assert any("“patient 7”" in finding.detail for finding in checked(path, said))


def _upper(values: Column, batch: Batch) -> Column:
    assert batch.size == len(values)
    return [value.upper() if isinstance(value, str) else value for value in values]


def _changed(documents: list[object], *paths: str) -> list[object]:
    step = JsonStep(dict.fromkeys(paths, _upper), lambda value: None)
    return list(step(documents, Batch([(each,) for each in documents], 1)))  # type: ignore[arg-type,misc]


def test_json_stays_byte_for_byte_but_for_the_paths() -> None:
    text = '{ "a" : {"e":"x\\u00e9", "z":1.50e1},\n"t":["ab",{"q":["cd",12, true]}] , "m":{"k1":"v1"}, "b.c":"y"}'
    assert _changed([text], "$.a.e", "$.t[*]") == [
        text.replace("x\\u00e9", "X\\u00c9").replace("ab", "AB").replace("cd", "CD")
    ]
    assert _changed([text], "$.m.*", '$."b.c"') == [
        text.replace("k1", "K1").replace("v1", "V1").replace('"y"', '"Y"')
    ]
    assert _changed([text, None, "", "no json", b'{"a":{"e":"x"}}'], "$.a.e")[1:] == [
        None,
        "",
        None,
        b'{"a":{"e":"X"}}',
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=50)
@given(document=JSON, indent=st.sampled_from([None, 2]), ascii_only=st.booleans())
def test_other_values_of_any_json_stay(document: object, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(document, indent=indent, ensure_ascii=ascii_only)
    assert _changed([text], "$.nowhere.at.all") == [text]
    changed = _changed([f'{{"all": {text}}}'], "$.all")[0]
    assert json.loads(str(changed)) == {"all": _shouted(document)}


def _shouted(value: object) -> object:
    if isinstance(value, str):
        return value.upper()
    if isinstance(value, list):
        return [_shouted(each) for each in value]
    return {key: _shouted(each) for key, each in value.items()} if isinstance(value, dict) else value


@pytest.mark.parametrize("path", ["a.b", "$a", "$.", "$[x]", "$..a"])
def test_what_is_no_path_is_told(path: str) -> None:
    with pytest.raises(ValueError, match="path"):
        path_steps(path)


def test_more_names_than_fit_into_memory_are_refused_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(persons, "MOST_KNOWN", 10)
    path = (
        a_database(tmp_path)
        .with_table("person", "name TEXT", rows=[(f"Ada{'bcdefgh'[n]} Winter",) for n in range(7)])
        .with_table("note", "text TEXT", rows=[("Adab Winter",)])
        .build()
    )
    said = rules(rule("person", "name", "pseudonym", kind="person_name"), rule("note", "text", "redact"))
    with pytest.raises(Refused, match="over 10 names") as refused:
        released(path, said)
    assert "Nothing was written" in refused.value.hint


def test_words_that_a_rule_takes_away_elsewhere_go_from_texts_too(tmp_path: Path) -> None:
    rows = [(1, "Sales Representative", "f", 1962, "WA"), (2, "Doctor", "m", 1970, "Kent")]
    notes = [(1, "Ms f was a sales representative in Kent until 1962."), (2, "Doctor")]
    path = (
        a_database(tmp_path)
        .with_table("p", "id INTEGER PRIMARY KEY, job TEXT, sex TEXT, born INTEGER, region TEXT", rows=rows)
        .with_table("n", "id INTEGER PRIMARY KEY, note TEXT", rows=notes)
        .build()
    )
    said = (
        rule("p", "job", "generalize", kind="job", hierarchy="prefix", keep=[1]),
        rule("p", "sex", "remove", kind="sex"),
        rule("p", "born", "generalize", kind="birth_date", hierarchy="ranges", steps=[10]),
        rule("n", "note", "redact"),
    )
    kept = rule("p", "region", "keep", kind="region")
    found = released(path, rules(*said, kept))[0]["n"]
    assert [row[1] for row in found] == ["Ms f was a [occupation] in Kent until 1962.", "[occupation]"]
    gone = rule("p", "region", "remove", kind="region")
    found = released(path, rules(*said, gone))[0]["n"]
    assert found[0][1] == "Ms f was a [occupation] in [place] until 1962."


def test_an_account_that_stands_where_names_stand_goes_however_it_is_written() -> None:
    known = Known()
    known.add(["dle590", "Ada Berg"], "person_name")
    assert (
        redaction(known).text("Failed: user dle590 (590), DLE590, berg")
        == "Failed: user [name] (590), [name], berg"
    )
