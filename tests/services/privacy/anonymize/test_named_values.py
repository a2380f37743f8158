"""Values that name persons of the database, in JSON and in plain columns without a rule, stop a plan."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from builders import a_database
from steward_app.catalog import Catalog
from steward_app.db import open_read, open_write
from steward_app.kernel.finding import Finding
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize import copy
from steward_app.services.privacy.discover.scan import scan
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.privacy.transform.policy import write_rules

PEOPLE = ["Emil Birnbaum", "Ada Quastenberg", "Rose Price", "Otto Zickler", "Greta Plotzki"]
FILLER = "the delivery of tulips came late in the morning and went into the cold room beside the yard"


def _database(folder: Path, values: list[str], *, column: bool = False) -> Path:
    people = [(n, PEOPLE[n % 5], f"19{40 + n}-03-0{1 + n % 9}") for n in range(1, 31)]
    held = [values[n % len(values)] if n < len(values) else "" for n in range(40)]
    rows = [
        (n, value if column else json.dumps({"who": value} if value else {"n": n % 4}))
        for n, value in enumerate(held)
    ]
    return (
        a_database(folder)
        .with_table("person", "id INTEGER PRIMARY KEY, name TEXT, born TEXT", rows=people)
        .with_table("doc", f"id INTEGER PRIMARY KEY, {'mark' if column else 'body'} TEXT", rows=rows)
        .build()
    )


def _keyed(folder: Path, keys: list[str]) -> Path:
    people = [(n, PEOPLE[n % 5]) for n in range(1, 31)]
    rows = [(n, json.dumps({key: "ok"})) for n, key in enumerate(keys)]
    return (
        a_database(folder)
        .with_table("person", "id INTEGER PRIMARY KEY, name TEXT", rows=people)
        .with_table("doc", "id INTEGER PRIMARY KEY, body TEXT", rows=rows)
        .build()
    )


def _told(catalog: Catalog, path: Path) -> dict[str, Finding]:
    scan(path, Context(), catalog=catalog)
    plan = copy.plan_copy(catalog, path, path.with_name("copy.db"), Context())
    return {each.code: each for each in plan.findings}


@pytest.mark.parametrize("column", [False, True], ids=["json", "column"])
@pytest.mark.parametrize(
    "value", ["Birnbaum", "E. Birnbaum", "EBirnbaum", "Quastenberg", "O. Zickler", "GPlotzki"]
)
def test_one_value_that_names_somebody_stops_the_plan(
    catalog: Catalog, tmp_path: Path, value: str, *, column: bool
) -> None:
    told = _told(catalog, _database(tmp_path, [value], column=column))["values_name_persons"]
    assert told.blocks
    assert ("doc.mark" if column else "doc.body:$.who") in told.title
    assert not any(word in f"{told}".casefold() for word in ("birnbaum", "quastenberg", "zickler", "plotzki"))


@pytest.mark.parametrize("written", ["{1}", "{0[0]}{1}"])
def test_values_that_all_name_persons_stop_the_plan(catalog: Catalog, tmp_path: Path, written: str) -> None:
    values = [written.format(*name.split()) for name in PEOPLE if name != "Rose Price"]
    found = _told(catalog, _database(tmp_path, values))
    assert found["values_name_persons"].blocks
    assert found["values_name_persons"].count == len(values)


def test_values_that_all_are_names_with_initials_get_a_rule(catalog: Catalog, tmp_path: Path) -> None:
    path = _database(tmp_path, [f"{name[0]}. {name.split()[1]}" for name in PEOPLE if name != "Rose Price"])
    assert not any(each.blocks for each in _told(catalog, path).values())


@pytest.mark.parametrize("value", ["Rose", "price", "Price", "Florence", "Grant", "Vienna", "total"])
@pytest.mark.parametrize("column", [False, True], ids=["json", "column"])
def test_words_and_towns_stop_nothing(catalog: Catalog, tmp_path: Path, value: str, *, column: bool) -> None:
    assert "values_name_persons" not in _told(catalog, _database(tmp_path, [value], column=column))


def test_one_word_among_many_others_is_told_alone(catalog: Catalog, tmp_path: Path) -> None:
    others = ["Tulip", "Spade", "Rake", "Bucket", "Twine", "Gravel", "Birnbaum"]
    told = _told(catalog, _database(tmp_path, others, column=True))["values_name_persons"]
    assert not told.blocks


def test_the_names_of_things_are_noted_and_warned_of_by_nothing(catalog: Catalog, tmp_path: Path) -> None:
    people = [(n, PEOPLE[n % 5]) for n in range(1, 31)]
    things = ["Tulip", "Spade", "Rake", "Bucket", "Twine", "Gravel", "Birnbaum"]
    path = (
        a_database(tmp_path)
        .with_table("person", "id INTEGER PRIMARY KEY, name TEXT", rows=people)
        .with_table("product", "id INTEGER PRIMARY KEY, product_name TEXT", rows=enumerate(things))
        .build()
    )
    found = _told(catalog, path)
    assert "values_name_persons" not in found
    assert found["things_called_alike"].count == 1


def test_what_a_rule_keeps_is_told_alone(catalog: Catalog, tmp_path: Path) -> None:
    path = _database(tmp_path, ["E. Birnbaum"], column=True)
    path.with_name(f"{path.name}.steward.yaml").write_text(
        "version: 1\nreleases:\n  r:\n    tables:\n      person:\n        id: {technique: permute}\n"
        "        name: {technique: pseudonym, options: {kind: person_name}}\n"
        "        born: {technique: remove}\n      doc:\n        mark: {technique: keep}\n",
        encoding="utf-8",
    )
    assert not _told(catalog, path)["values_name_persons"].blocks


@pytest.mark.parametrize("column", [False, True], ids=["json", "column"])
@pytest.mark.parametrize(
    "text", [f"called Emil Birnbaum, {FILLER}", f"{FILLER}; BIRNBAUM, EMIL", f"{FILLER} for emil birnbaum"]
)
def test_a_full_name_in_a_longer_text_does_not_go_along(
    catalog: Catalog, tmp_path: Path, text: str, *, column: bool
) -> None:
    path = _database(tmp_path, [text], column=column)
    assert any(each.blocks for each in _told(catalog, path).values())


@pytest.mark.parametrize("text", [f"{FILLER}, mark the price, rose price up", f"the rose price, {FILLER}"])
def test_words_side_by_side_are_no_name(catalog: Catalog, tmp_path: Path, text: str) -> None:
    path = _database(tmp_path, [text])
    assert not [each.title for each in _told(catalog, path).values() if each.blocks]


@pytest.mark.parametrize(
    "written", ["20{0:02d}-{1:02d}", "20{0:02d}-{1:02d}-{2:02d}", "{1}.{2}.{3}", "v{2}.{0}"]
)
def test_keys_that_are_months_days_or_versions_are_structure(
    catalog: Catalog, tmp_path: Path, written: str
) -> None:
    keys = [written.format(n % 30, 1 + n % 12, 1 + n % 28, n) for n in range(120)]
    path = _keyed(tmp_path, keys)
    assert not [each.title for each in _told(catalog, path).values() if each.blocks]


def test_keys_that_are_codes_become_tokens(catalog: Catalog, tmp_path: Path) -> None:
    found = _told(catalog, _keyed(tmp_path, [f"2024-{1000 + 37 * n}" for n in range(120)]))
    assert "doc.body:$.*~" in found["unknown_becomes_tokens"].detail
    assert "column_not_decided" not in found


def _reported(folder: Path, titles: list[str]) -> Path:
    """News about persons, in a full-text table that holds its texts itself."""
    path = _database(folder, [])
    with open_write(path) as session, session.transaction():
        session.run("CREATE VIRTUAL TABLE news USING fts5(title, by)")
        rows = [(titles[n] if n < len(titles) else f"{n} boxes of tulips", PEOPLE[n % 5]) for n in range(40)]
        session.run_many("INSERT INTO news VALUES (?, ?)", rows)
    return path


def _by_hand(path: Path) -> None:
    rules = [Rule(Place("person", "name"), Technique.PSEUDONYM, {"kind": "person_name"})]
    rules += [Rule(Place("person", "born"), Technique.REMOVE), Rule(Place("news", "by"), Technique.REMOVE)]
    write_rules(path, ReleaseRules("r", tuple(rules)))


def test_a_full_text_table_that_holds_its_texts_is_compared_with_everybody(
    catalog: Catalog, tmp_path: Path
) -> None:
    path = _reported(tmp_path, [f"Prize for {name}" for name in PEOPLE])
    _by_hand(path)
    told = _told(catalog, path)["values_name_persons"]
    assert told.blocks and "news.title" in told.title


def test_and_the_proposal_takes_the_names_out_of_it(catalog: Catalog, tmp_path: Path) -> None:
    path = _reported(tmp_path, [f"Prize for {name}" for name in PEOPLE])
    assert not any(each.blocks for each in _told(catalog, path).values())
    plan = copy.plan_copy(catalog, path, tmp_path / "made.db", Context())
    copy.make_copy(catalog, plan, Context())
    with open_read(tmp_path / "made.db") as session:
        texts = " ".join(str(title) for (title,) in session.all("SELECT title FROM news"))
        assert "Quastenberg" not in texts and "Plotzki" not in texts and "tulips" in texts
        assert session.value("SELECT count(*) FROM news WHERE news MATCH 'Quastenberg'") == 0


def test_one_without_names_stops_nothing(catalog: Catalog, tmp_path: Path) -> None:
    path = _reported(tmp_path, [])
    _by_hand(path)
    assert not any(each.blocks for each in _told(catalog, path).values())
