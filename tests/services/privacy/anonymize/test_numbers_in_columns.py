"""Numbers of a key that stand in columns without a foreign key change with the key, or there is no copy."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest

from builders import a_database
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize import copy
from steward_app.services.privacy.discover.scan import scan
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.privacy.transform.policy import write_rules

GIVEN = ["Emil", "Ada", "Clara", "Otto", "Frida", "Hugo", "Greta", "Anton", "Ida", "Karl"]
FAMILY = ["Birnbaum", "Lovelace", "Ahrendt", "Quastenberg", "Zickler", "Mondschein", "Plotzki", "Wrangel"]
COUNT = 120


def clinic(folder: Path, keys: list[int], payers: list[Any], declared: str = "INTEGER") -> Path:
    """Patients; visits by foreign key, and beside it the payer, who is the same person."""
    people = [(key, f"{GIVEN[n % 10]} {FAMILY[n % 8]}") for n, key in enumerate(keys)]
    visits = [(n, keys[n % len(keys)], payer) for n, payer in enumerate(payers)]
    return (
        a_database(folder)
        .with_table("patient", "no INTEGER PRIMARY KEY, name TEXT", rows=people)
        .with_table(
            "visit",
            f"n INTEGER PRIMARY KEY, patient INTEGER REFERENCES patient (no), payer {declared}",
            rows=visits,
        )
        .build()
    )


@pytest.mark.parametrize("declared", ["INTEGER", "TEXT", "REAL", ""])
@pytest.mark.parametrize("digits", [4, 5, 8])
def test_the_proposal_changes_them_with_the_key(
    catalog: Catalog, tmp_path: Path, digits: int, declared: str
) -> None:
    keys = Random(digits).sample(range(10 ** (digits - 1), 10**digits), COUNT)
    as_stored = {"INTEGER": int, "TEXT": str, "REAL": float, "": int}[declared]
    path = clinic(tmp_path, keys, [as_stored(key) for key in keys], declared)
    made = tmp_path / "copy.db"
    copy.make_copy(catalog, copy.plan_copy(catalog, path, made, Context()), Context())
    with open_read(made) as session:
        after = session.all("SELECT patient, payer, typeof(payer) FROM visit ORDER BY n")
    assert all(int(payer) == patient for patient, payer, _ in after)
    assert {kind for _, _, kind in after} == {{"TEXT": "text", "REAL": "real"}.get(declared, "integer")}
    assert sum(patient == key for (patient, _, _), key in zip(after, keys, strict=True)) <= COUNT / 20


@pytest.mark.parametrize("declared", ["INTEGER", "TEXT", "REAL"])
def test_rules_that_leave_them_out_stop_the_plan(catalog: Catalog, tmp_path: Path, declared: str) -> None:
    keys = Random(declared).sample(range(10_000, 100_000), COUNT)
    as_stored = {"INTEGER": int, "TEXT": str, "REAL": float}[declared]
    path = clinic(tmp_path, keys, [as_stored(key) for key in keys], declared)
    scan(path, catalog=catalog)
    rules = (
        Rule(Place("patient", "no"), Technique.PERMUTE),
        Rule(Place("patient", "name"), Technique.REMOVE),
    )
    write_rules(path, ReleaseRules("r", rules))
    assert ("visit", ("payer",), COUNT) in kept(catalog, path)
    write_rules(path, ReleaseRules("r", (*rules, Rule(Place("visit", "payer"), Technique.KEEP))))
    assert kept(catalog, path) == set()


def test_a_third_of_a_column_stops_the_plan(catalog: Catalog, tmp_path: Path) -> None:
    chance = Random(9)
    keys = chance.sample(range(10_000, 100_000), COUNT)
    others = [number for number in chance.sample(range(10_000, 100_000), 200) if number not in keys]
    path = clinic(tmp_path, keys, [*keys[:80], *others])
    assert ("visit", ("payer",), 80) in kept(catalog, path)


def kept(catalog: Catalog, path: Path) -> set[tuple[str, tuple[str, ...], int]]:
    """The columns that stop a plan since they hold originals, with how many values."""
    plan = copy.plan_copy(catalog, path, path.with_name("copy.db"), Context())
    return {
        (each.subject.table, each.subject.columns, each.count or 0)
        for each in plan.blocking
        if each.code == "originals_kept"
    }
