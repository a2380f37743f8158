"""One name of somebody beside other words, in JSON and short texts: taken out by proposed rules; other rules stop."""

from __future__ import annotations

import json
import re
from itertools import product
from pathlib import Path

import pytest

from builders import a_database
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.kernel.finding import Finding
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize import copy
from steward_app.services.privacy.discover.scan import scan

GIVEN = ("Emil", "Ada", "Frida", "Greta", "Karl", "Elsa")
FAMILY = ("Birnbaum", "Quastenberg", "Zickler", "Plotzki", "Wrangel", "Uhlenbrock")
ORDINARY = ("Baker", "Winter", "Koch", "Brown", "Bauer", "Young")
PEOPLE = tuple(product(GIVEN, FAMILY))
WRITTEN = (
    "Bett {family}",
    "call {family} back",
    "{initial}. {family} anrufen",
    "{family}s Bett ist frei",
    "ask {given} about it",
    "Herr {family}",
    "Mrs {family} called twice",
)
OTHERS = (
    "ok",
    "not at home",
    "delivered",
    "waits for parts",
    "paid in cash",
    "left early",
    "no answer",
    "sent back",
)


def _database(
    folder: Path,
    texts: list[str],
    people: tuple[tuple[str, str], ...] = PEOPLE,
    *,
    split: bool = False,
    column: bool = False,
    name: str = "shown",
) -> Path:
    rows = [
        (n, text if column else json.dumps({name: text, "n": n % 4}))
        for n, text in enumerate(texts[n % len(texts)] for n in range(90))
    ]
    persons = enumerate(people, 1)
    path = a_database(folder).with_table(
        "doc", f"id INTEGER PRIMARY KEY, {name if column else 'body'} TEXT", rows=rows
    )
    if split:
        columns, named = "first_name TEXT, last_name TEXT", [(n, *each) for n, each in persons]
    else:
        columns, named = (
            "name TEXT, email TEXT",
            [(n, " ".join(each), f"p{n}@x.example") for n, each in persons],
        )
    return path.with_table("person", f"id INTEGER PRIMARY KEY, {columns}", rows=named).build()


def _texts(written: str, people: tuple[tuple[str, str], ...] = PEOPLE) -> list[str]:
    return [written.format(given=given, family=family, initial=given[0]) for given, family in people]


def _copied(catalog: Catalog, path: Path) -> list[str]:
    """The texts of the copy by the proposed rules; what stops its plan where it does."""
    out = path.with_name("copy.db")
    plan = copy.plan_copy(catalog, path, out, Context())
    if plan.blocking:
        return [each.title for each in plan.findings if each.blocks]
    copy.make_copy(catalog, plan, Context())
    with open_read(out) as session:
        column = session.one("SELECT name FROM pragma_table_info('doc') WHERE cid = 1") or ("",)
        return [str(text) for (text,) in session.all(f'SELECT "{column[0]}" FROM doc')]


def _told(catalog: Catalog, path: Path) -> list[Finding]:
    scan(path, Context(), catalog=catalog)
    return list(copy.plan_copy(catalog, path, path.with_name("copy.db"), Context()).findings)


def _original(texts: list[str], before: list[str]) -> list[str]:
    """The texts that have a word of somebody's name, and stood in the original."""
    words = {word for person in PEOPLE for word in person}
    return [text for text in texts if text in before and words & set(re.findall(r"\w+", text))]


@pytest.mark.parametrize("split", [False, True], ids=["whole", "split"])
@pytest.mark.parametrize("column", [False, True], ids=["json", "column"])
@pytest.mark.parametrize("written", WRITTEN)
def test_no_name_goes_along(
    catalog: Catalog, tmp_path: Path, written: str, *, column: bool, split: bool
) -> None:
    texts = _texts(written)
    path = _database(tmp_path, texts, column=column, split=split)
    before = texts if column else [json.dumps({"shown": each, "n": n}) for each in texts for n in range(4)]
    found = _copied(catalog, path)
    assert found
    assert not _original(found, before)


@pytest.mark.parametrize("column", [False, True], ids=["json", "column"])
def test_nor_does_one_in_texts_without_capitals(catalog: Catalog, tmp_path: Path, *, column: bool) -> None:
    texts = [text.lower() for text in _texts("call {family} back")]
    found = _copied(catalog, _database(tmp_path, texts, column=column))
    assert any("[name]" in text for text in found)
    assert not any(family.lower() in text for text in found for family in FAMILY)


def test_ordinary_words_without_capitals_stay(catalog: Catalog, tmp_path: Path) -> None:
    people = tuple(product(GIVEN, ORDINARY))
    texts = [f"{family.lower()} {word}" for family in ORDINARY for word in ("paper", "desk")]
    found = _copied(catalog, _database(tmp_path, texts, people, column=True))
    assert set(texts) <= set(found)


@pytest.mark.parametrize("column", [False, True], ids=["json", "column"])
def test_other_words_stay_where_few_name_somebody(catalog: Catalog, tmp_path: Path, *, column: bool) -> None:
    texts = [*OTHERS, *(f"Rückruf {family}" for family in FAMILY[:4])]
    found = " ".join(_copied(catalog, _database(tmp_path, texts, column=column, split=True)))
    assert all(text in found for text in (*OTHERS, "[name]"))
    assert not any(family in found for family in FAMILY)


def test_names_that_are_words_count_where_most_texts_have_one(catalog: Catalog, tmp_path: Path) -> None:
    people = tuple(product(GIVEN, ORDINARY))
    found = _copied(catalog, _database(tmp_path, _texts("call {family} back", people), people))
    assert found
    assert not any(family in text for text in found for family in ORDINARY)


@pytest.mark.parametrize("column", [False, True], ids=["json", "column"])
def test_words_that_are_names_elsewhere_stay(catalog: Catalog, tmp_path: Path, *, column: bool) -> None:
    people = tuple(product(GIVEN, ORDINARY))
    texts = [
        *OTHERS,
        "Brown paper",
        "Winter tyres",
        "Young plants",
        "cold Winter days",
        "see the Baker street map",
    ]
    texts += [f"shelf {n} is empty" for n in "abcdefgh"]
    found = _copied(catalog, _database(tmp_path, texts, people, column=column))
    assert all(any(text in each for each in found) for text in texts)


def test_what_most_names_have_is_nobodys(catalog: Catalog, tmp_path: Path) -> None:
    people = tuple((family, "Gmbhx") for family in (*FAMILY, *(f"Qw{n}zarl" for n in "abcdef")))
    texts = [f"Gmbhx {word}" for word in ("shelf", "paper", "desk", "lamp")]
    assert not any(
        each.code == "values_name_persons" for each in _told(catalog, _database(tmp_path, texts, people))
    )


@pytest.mark.parametrize("column", [False, True], ids=["json", "column"])
def test_rules_that_say_nothing_of_it_stop(catalog: Catalog, tmp_path: Path, *, column: bool) -> None:
    path = _database(tmp_path, _texts("call {family} back"), column=column)
    path.with_name(f"{path.name}.steward.yaml").write_text(
        "version: 1\nreleases:\n  r:\n    tables:\n      person:\n        id: {technique: permute}\n"
        "        name: {technique: pseudonym, options: {kind: person_name}}\n        email: {technique: remove}\n",
        encoding="utf-8",
    )
    told = [each for each in _told(catalog, path) if each.blocks]
    assert [each.code for each in told] == ["values_name_persons"]
    assert told[0].count == len(FAMILY)
    assert ("doc.shown" if column else "doc.body:$.shown") in told[0].title
    assert not any(family in f"{told}" for family in FAMILY)


def test_family_names_alone_in_json_stop_with_one_sentence(catalog: Catalog, tmp_path: Path) -> None:
    path = _database(tmp_path, list(FAMILY), split=True)
    assert [each.code for each in _told(catalog, path) if each.blocks] == ["values_name_persons"]


def test_it_says_where_to_look_when_rules_name_keys_that_are_names(catalog: Catalog, tmp_path: Path) -> None:
    rows = [(n, json.dumps({"c": {f"room of Mr {ORDINARY[n % 6]}": {}}})) for n in range(60)]
    people = [(n, given, family) for n, (given, family) in enumerate(product(GIVEN, ORDINARY), 1)]
    path = (
        a_database(tmp_path)
        .with_table("doc", "id INTEGER PRIMARY KEY, body TEXT", rows=rows)
        .with_table("person", "id INTEGER PRIMARY KEY, first_name TEXT, last_name TEXT", rows=people)
        .build()
    )
    path.with_name(f"{path.name}.steward.yaml").write_text(
        "version: 1\nreleases:\n  r:\n    tables:\n      doc:\n        body:\n          technique: json\n"
        '          paths:\n            $.c."room of Mr Baker": {technique: keep}\n'
        "            $.c.*: {technique: keep}\n"
        "            $.c.*~: {technique: pseudonym, options: {kind: person_name}}\n"
        "      person:\n        id: {technique: permute}\n"
        "        first_name: {technique: pseudonym, options: {kind: given_name}}\n"
        "        last_name: {technique: pseudonym, options: {kind: family_name}}\n",
        encoding="utf-8",
    )
    blocking = [each for each in _told(catalog, path) if each.blocks]
    assert len(blocking) == 1, [f"{each.code} {each.title}" for each in blocking]
    told = blocking[0]
    assert told.code == "originals_kept"
    assert "The JSON of “doc.body” holds 1 value" in told.title
    assert "“.*~”" in told.remedies[0]
