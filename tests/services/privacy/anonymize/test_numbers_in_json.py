"""Numbers of a key that stand in JSON change with the key, or there is no copy."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from builders import a_database
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize import copy
from steward_app.services.privacy.anonymize.making import make
from steward_app.services.privacy.discover.scan import scan
from steward_app.services.privacy.model import Place, Technique, place_id
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.privacy.transform.policy import write_rules

GIVEN = ["Emil", "Ada", "Clara", "Otto", "Frida", "Hugo", "Greta", "Anton", "Ida", "Karl"]
FAMILY = ["Birnbaum", "Lovelace", "Ahrendt", "Quastenberg", "Zickler", "Mondschein", "Plotzki", "Wrangel"]
COUNT = 60

Held = Callable[[Any, dict[str, Any]], dict[str, Any]]
"""A document of ordinary things with what refers to somebody in it."""

HELD: dict[str, Held] = {
    "value": lambda ref, rest: {**rest, "who": ref},
    "deep": lambda ref, rest: {**rest, "a": {"b": [{"c": {"who": ref}}]}},
    "array": lambda ref, rest: {**rest, "seen": [ref]},
    "name of a member": lambda ref, rest: {**rest, "by": {str(ref): {"done": True}}},
    "text in a text": lambda ref, rest: {**rest, "raw": json.dumps({"who": ref})},
    "odd name": lambda ref, rest: {**rest, "seen by": ref},
}
FOUND: dict[str, Callable[[Any], Any]] = {
    "value": lambda found: found["who"],
    "deep": lambda found: found["a"]["b"][0]["c"]["who"],
    "array": lambda found: found["seen"][0],
    "name of a member": lambda found: next(iter(found["by"])),
    "text in a text": lambda found: json.loads(found["raw"])["who"],
    "odd name": lambda found: found["seen by"],
}


def ordinary(chance: Random) -> dict[str, Any]:
    return {
        "mode": chance.choice("abc"),
        "quantity": chance.randint(1, 12),
        "year": chance.randint(1990, 2026),
        "amount": chance.randint(1, 400) * 25,
        "limits": {"retry": 3, "port": 8080, "items": [1, 2, chance.randint(3, 9)]},
    }


def practice(
    folder: Path, keys: list[int], held: Held, *, declared: str = "INTEGER PRIMARY KEY", text: bool = False
) -> Path:
    """Persons, and documents of which each names the person of its row."""
    chance = Random(len(keys))
    of_text = "TEXT" in declared
    people = [
        (str(key) if of_text else key, f"{GIVEN[n % 10]} {FAMILY[n % 8]}", f"u{n}@acme-{n % 7}.org")
        for n, key in enumerate(keys)
    ]
    documents = [
        (
            n + 1,
            str(key) if of_text else key,
            json.dumps(held(str(key) if text else key, ordinary(chance))),
        )
        for n, key in enumerate(chance.choices(keys, k=2 * len(keys)))
    ]
    return (
        a_database(folder)
        .with_table("person", f"id {declared}, name TEXT, email TEXT", rows=people)
        .with_table(
            "doc",
            f"n INTEGER PRIMARY KEY, person_id {declared.split()[0]} REFERENCES person (id), data TEXT",
            rows=documents,
        )
        .build()
    )


def rows(path: Path) -> list[tuple[Any, Any]]:
    with open_read(path) as session:
        found = session.all("SELECT person_id, data FROM doc ORDER BY n")
    return [(key, json.loads(str(data))) for key, data in found]


def copied(catalog: Catalog, path: Path) -> Path:
    plan = copy.plan_copy(catalog, path, path.with_name("copy.db"), Context())
    copy.make_copy(catalog, plan, Context())
    return path.with_name("copy.db")


@pytest.mark.parametrize("form", HELD)
@pytest.mark.parametrize("digits", [4, 6, 9])
@pytest.mark.parametrize("declared", ["INTEGER PRIMARY KEY", "TEXT PRIMARY KEY"])
def test_the_proposal_changes_them_with_the_key(
    catalog: Catalog, tmp_path: Path, form: str, digits: int, declared: str
) -> None:
    chance = Random(f"{form}/{digits}/{declared}")
    keys = chance.sample(range(10 ** (digits - 1), 10**digits), COUNT)
    text = chance.random() < 0.5
    path = practice(tmp_path, keys, HELD[form], declared=declared, text=text)
    before, after = rows(path), rows(copied(catalog, path))
    old = set(map(str, keys))
    kept = 0
    for (was_key, was), (is_key, found) in zip(before, after, strict=True):
        one, other = FOUND[form](was), FOUND[form](found)
        assert str(other) == str(is_key)
        assert type(other) is type(one)
        assert str(one) == str(was_key)
        kept += str(other) in old
        for name in ("mode", "quantity", "year", "amount", "limits"):
            assert found[name] == was[name]
    assert kept <= COUNT / 4  # what became another's by chance


@pytest.mark.parametrize("form", HELD)
def test_rules_that_leave_them_out_stop_the_plan(catalog: Catalog, tmp_path: Path, form: str) -> None:
    keys = Random(form).sample(range(1_000_000, 10_000_000), COUNT)
    path = practice(tmp_path, keys, HELD[form])
    scan(path, catalog=catalog)
    rules = (
        Rule(Place("person", "id"), Technique.PERMUTE),
        Rule(Place("person", "name"), Technique.REMOVE),
        Rule(Place("person", "email"), Technique.REMOVE),
    )
    write_rules(path, ReleaseRules("r", rules))
    plan = copy.plan_copy(catalog, path, path.with_name("copy.db"), Context())
    assert "originals_kept" in {each.code for each in plan.blocking}
    with pytest.raises(Failure) as raised:
        new = path.with_name("made.db")
        new.touch()
        make(path, new, ReleaseRules("r", rules), b"k" * 32, Context())
    assert raised.value.code is ErrorCode.VERIFY_FAILED


def test_some_of_a_key_without_gaps_change_with_it_or_there_is_no_copy(
    catalog: Catalog, tmp_path: Path
) -> None:
    drawn = Random(5)
    path = practice(
        tmp_path,
        list(range(1_000, 1_420)),
        lambda ref, rest: {**rest, "captain": ref} if drawn.random() < 0.18 else rest,
    )
    named = [(key, found) for key, found in rows(copied(catalog, path)) if "captain" in found]
    assert len(named) > 100
    assert all(found["captain"] == key for key, found in named)
    by_hand = (
        Rule(Place("person", "id"), Technique.PERMUTE),
        Rule(Place("person", "name"), Technique.REMOVE),
        Rule(Place("person", "email"), Technique.REMOVE),
    )
    write_rules(path, ReleaseRules("r", by_hand))
    plan = copy.plan_copy(catalog, path, path.with_name("by_hand.db"), Context())
    assert "originals_kept" in {each.code for each in plan.blocking}


def test_a_path_that_is_kept_on_purpose_goes_along(catalog: Catalog, tmp_path: Path) -> None:
    path = practice(tmp_path, Random(3).sample(range(10_000, 100_000), COUNT), HELD["value"])
    scan(path, catalog=catalog)
    rules = (
        Rule(Place("person", "id"), Technique.PERMUTE),
        Rule(Place("person", "name"), Technique.REMOVE),
        Rule(Place("person", "email"), Technique.REMOVE),
        Rule(Place("doc", "data"), Technique.JSON),
        Rule(Place("doc", "data", "$.who"), Technique.KEEP),
    )
    write_rules(path, ReleaseRules("r", rules))
    after = rows(copied(catalog, path))
    assert [found["who"] for _, found in after] == [found["who"] for _, found in rows(path)]


@pytest.mark.parametrize("form", HELD)
def test_the_scan_says_whose_they_are(tmp_path: Path, form: str) -> None:
    path = practice(tmp_path, Random(form).sample(range(10_000, 100_000), COUNT), HELD[form])
    found = scan(path)
    (same,) = [each for each in found.same_values if each.child.path]
    assert (place_id(same.parent), same.share) == ("person.id", 1.0)
    seen = found.at(same.child)
    assert seen is not None and seen.evidence[0].sentence == "The same values as person.id"


@pytest.mark.parametrize("keys", [range(1, 61), range(1_001, 1_061), range(1_900, 2_030)])
def test_ordinary_numbers_are_nobodys(catalog: Catalog, tmp_path: Path, keys: range) -> None:
    path = practice(tmp_path, list(keys), lambda _, rest: rest)
    assert not [each for each in scan(path, catalog=catalog).same_values if each.child.path]
    before = [found for _, found in rows(path)]
    assert [found for _, found in rows(copied(catalog, path))] == before


def test_one_name_of_a_member_in_all_documents_changes_too(catalog: Catalog, tmp_path: Path) -> None:
    keys = Random(8).sample(range(10_000, 100_000), COUNT)
    path = practice(tmp_path, keys, lambda _, rest: {**rest, "by": {str(keys[7]): rest["quantity"]}})
    names = {name for _, found in rows(copied(catalog, path)) for name in found["by"]}
    assert len(names) == 1
    assert not names & set(map(str, keys))
