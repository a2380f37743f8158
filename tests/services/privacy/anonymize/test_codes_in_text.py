"""Codes of a changed key inside short texts, of any length: the scan says whose, and the proposal takes them away."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from builders import a_database
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize import copy
from steward_app.services.privacy.discover.model import SameValues, Verdict
from steward_app.services.privacy.discover.scan import scan
from steward_app.services.privacy.model import Place

GIVEN = ["Emil", "Ada", "Clara", "Otto", "Frida", "Hugo", "Greta", "Anton", "Ida", "Karl"]
FAMILY = ["Birnbaum", "Lovelace", "Ahrendt", "Quastenberg", "Zickler", "Mondschein", "Plotzki", "Wrangel"]
COUNT = 120
MADE: dict[str, Callable[[int], str]] = {
    "A100": lambda n: f"{'ABCDEF'[n % 6]}{100 + n // 6}",
    "AB12": lambda n: f"{'ABCDEFGH'[n % 8]}{'XYZ'[n % 3]}{10 + n // 24 % 90}",
    "P-10477": lambda n: f"P-{10_000 + 7 * n}",
}
WRITTEN: dict[str, tuple[Callable[[str, str], str], str]] = {
    "comma": (lambda one, two: f"{one},{two}", "in lists"),
    "bars": (lambda one, two: f"|{one}|{two}|", "in lists"),
    "word": (lambda one, _: f"patient:{one}", "with other signs beside them"),
    "in a member": (lambda one, two: json.dumps({"ref": f"{one}, {two}"}), "in lists"),
}


def clinic(folder: Path, form: str, made: str, *, others: bool = False) -> tuple[Path, list[str]]:
    """Persons by code, and notes that name some of them; or things whose codes are made alike.

    Args:
        others: the notes hold codes of nobody.
    """
    chance = Random(f"{form}/{made}")
    codes = list(dict.fromkeys(MADE[made](n) for n in chance.sample(range(2_000), 400)))
    keys, rest = codes[:COUNT], codes[COUNT:]
    named = rest if others else keys
    people = [(key, f"{GIVEN[n % 10]} {FAMILY[n % 8]}") for n, key in enumerate(keys)]
    written, _ = WRITTEN[form]
    notes = [(n, written(one, two)) for n, (one, two) in enumerate(zip(named, named[9:], strict=False), 1)]
    path = (
        a_database(folder)
        .with_table("patient", "code TEXT PRIMARY KEY, name TEXT", rows=people)
        .with_table("note", "id INTEGER PRIMARY KEY, ref TEXT", rows=notes)
        .build()
    )
    return path, keys


def short_codes(folder: Path, *, declared: str = "") -> Path:
    """Persons by codes of three signs, which stand as whole texts in another table and in JSON."""
    chance = Random(11)
    codes = [f"{'ABCDEF'[n % 6]}{10 + n // 6}" for n in range(COUNT)]
    people = [(code, f"{GIVEN[n % 10]} {FAMILY[n % 8]}") for n, code in enumerate(codes)]
    rows = [
        (n, chance.choice(codes), json.dumps({"n": n % 7, "ref": chance.choice(codes)})) for n in range(200)
    ]
    columns = f"id INTEGER PRIMARY KEY, ref TEXT {declared}, doc TEXT"
    return (
        a_database(folder)
        .with_table("patient", "code TEXT PRIMARY KEY, name TEXT", rows=people)
        .with_table("note", columns, rows=rows)
        .build()
    )


def test_short_codes_that_are_whole_texts_are_found(catalog: Catalog, tmp_path: Path) -> None:
    path = short_codes(tmp_path)
    found = scan(path)
    key = Place("patient", "code")
    same = {(each.child.column + each.child.path, each.parent, each.share) for each in found.same_values}
    assert same == {("doc$.ref", key, 1.0), ("ref", key, 1.0)}
    plan = copy.plan_copy(catalog, path, path.with_name("copy.db"), Context())
    copy.make_copy(catalog, plan, Context())
    with open_read(path.with_name("copy.db")) as session:
        kept = session.value("SELECT count(*) FROM note JOIN patient ON code = ref")
        inside = session.value("SELECT count(*) FROM note JOIN patient ON code = doc ->> 'ref'")
    assert (kept, inside) == (200, 200)


def test_what_a_foreign_key_says_is_not_told_again(tmp_path: Path) -> None:
    found = scan(short_codes(tmp_path, declared="REFERENCES patient(code)"))
    assert [each.child.path for each in found.same_values] == ["$.ref"]


def test_a_plan_says_that_short_codes_are_not_looked_for(catalog: Catalog, tmp_path: Path) -> None:
    (tmp_path / "long").mkdir()
    long, _ = clinic(tmp_path / "long", "comma", "P-10477")
    for path, places in ((short_codes(tmp_path), "“note.ref”, “patient.code”"), (long, "")):
        plan = copy.plan_copy(catalog, path, path.with_name("copy.db"), Context())
        told = [each.detail for each in plan.findings if each.code == "short_codes"]
        assert [each[: len(places)] for each in told] == ([places] if places else [])


def inside(path: Path) -> list[SameValues]:
    return [each for each in scan(path).same_values if each.written]


@pytest.mark.parametrize("made", MADE)
@pytest.mark.parametrize("form", WRITTEN)
def test_the_scan_says_whose_they_are_and_how_written(tmp_path: Path, form: str, made: str) -> None:
    path, _ = clinic(tmp_path, form, made)
    found = scan(path)
    (same,) = (each for each in found.same_values if each.written)
    _, how = WRITTEN[form]
    assert (same.child.column, same.parent, same.written) == ("ref", Place("patient", "code"), how)
    seen = found.at(same.child)
    assert seen is not None and seen.verdict is Verdict.PERSONAL
    assert seen.evidence[0].sentence == f"Codes of patient.code {how}"


@pytest.mark.parametrize("made", MADE)
@pytest.mark.parametrize("form", WRITTEN)
def test_the_proposal_takes_them_away(catalog: Catalog, tmp_path: Path, form: str, made: str) -> None:
    path, keys = clinic(tmp_path, form, made)
    plan = copy.plan_copy(catalog, path, path.with_name("copy.db"), Context())
    copy.make_copy(catalog, plan, Context())
    with open_read(path.with_name("copy.db")) as session:
        left = " ".join(str(ref or "") for (ref,) in session.all("SELECT ref FROM note"))
    assert set(re.findall(r"[\w-]+", left)).isdisjoint(keys)


@pytest.mark.parametrize("made", MADE)
@pytest.mark.parametrize("form", WRITTEN)
def test_codes_of_nobody_are_no_find(tmp_path: Path, form: str, made: str) -> None:
    path, _ = clinic(tmp_path, form, made, others=True)
    assert inside(path) == []


def test_codes_of_a_key_that_has_nearly_all_that_are_written_alike_are_nobodys(tmp_path: Path) -> None:
    codes = [f"{letter}{number}" for letter in "ABCDE" for number in range(10, 100)]
    goods = [(n, f"{one},{two}") for n, (one, two) in enumerate(zip(codes, codes[50:], strict=False))]
    people = [(code, f"{GIVEN[n % 10]} {FAMILY[n % 8]}") for n, code in enumerate(codes)]
    database = a_database(tmp_path).with_table("patient", "code TEXT PRIMARY KEY, name TEXT", rows=people)
    for column in ("shelves", "patients"):
        database = database.with_table(column, f"id INTEGER PRIMARY KEY, {column} TEXT", rows=goods)
    (found,) = inside(database.build())
    assert found.child == Place("patients", "patients")
