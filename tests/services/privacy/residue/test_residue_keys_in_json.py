"""Whole numbers of keys that are left in JSON, and the same numbers that stand there by chance."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import pytest

from builders import a_database
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.residue.at_path import SaidOfPaths
from steward_app.services.privacy.residue.model import Permitted, ResidueReport, Searched
from steward_app.services.privacy.residue.search import search

KEYS = Random(5).sample(range(10_000, 100_000), 80)
ID = Place("person", "id")


def searched(
    folder: Path, documents: Sequence[object], *permitted: Permitted, keys: Sequence[SqlValue] = KEYS
) -> ResidueReport:
    """The search of a copy that has other persons, and these documents."""
    folder.mkdir(exist_ok=True)
    texts = [(n, each if isinstance(each, bytes) else json.dumps(each)) for n, each in enumerate(documents)]
    declared = "id PRIMARY KEY, name TEXT"
    original = a_database(folder, "original.db").with_table("person", declared, rows=[(k, "x") for k in keys])
    copy = a_database(folder, "copy.db").with_table("person", declared, rows=[(f"t{k}", "y") for k in keys])
    copy = copy.with_table("log", "n INTEGER PRIMARY KEY, doc", rows=texts)
    return search(copy.build(), original.build(), [Searched(ID, permitted, key=True)], Context())


def left(report: ResidueReport) -> list[tuple[str, int, int]]:
    return [(f"{each.name}.{each.part}", each.hits, each.values) for each in report.found]


Form = Callable[[int], object]


@pytest.mark.parametrize(
    ("form", "path"),
    [
        (lambda key: {"who": key}, "$.who"),
        (lambda key: {"who": str(key)}, "$.who"),
        (lambda key: {"who": float(key)}, "$.who"),
        (lambda key: {"seen": [[key]]}, "$.seen[*][*]"),
        (lambda key: {str(key): "here"}, "$.*~"),
        (lambda key: {"Emil Birnbaum": key}, "$.*"),
        (lambda key: {"raw": json.dumps({"of": {"who": key}})}, "$.raw.of.who"),
    ],
)
def test_each_of_them_is_told_with_its_path_and_no_name(tmp_path: Path, form: Form, path: str) -> None:
    documents = [form(key) for key in (*KEYS, *KEYS[:5])]
    assert left(searched(tmp_path, documents)) == [(f"log.doc:{path}", 85, 80)]


def test_keys_that_are_texts_of_digits_are_found_as_numbers(tmp_path: Path) -> None:
    report = searched(tmp_path, [{"who": key} for key in KEYS[:20]], keys=[str(key) for key in KEYS])
    assert left(report) == [("log.doc:$.who", 20, 20)]


def test_json_in_the_form_of_sqlite_is_read(tmp_path: Path) -> None:
    documents = [b"\x8c\x17a\x53" + str(key).encode() for key in KEYS[:9]]
    assert left(searched(tmp_path, documents)) == [("log.doc:$.a", 9, 9)]


def test_ordinary_numbers_are_no_find(tmp_path: Path) -> None:
    chance = Random(2)
    documents = [
        {
            "quantity": chance.randint(1, 9),
            "year": chance.randint(1990, 2026),
            "total": chance.randint(1, 90_000),
        }
        for _ in range(300)
    ]
    assert searched(tmp_path, documents).is_clean
    assert searched(tmp_path / "small", documents, keys=range(1, 400)).is_clean


def test_what_is_permitted_is_counted_apart(tmp_path: Path) -> None:
    documents = [{"who": key, "seen by": key, "other": {str(key): 1}} for key in KEYS[:20]]
    kept = [Permitted(Place("log", "doc", path), "kept") for path in ("$.who", '$."seen by"', "$.other.*~")]
    report = searched(tmp_path, documents, *kept)
    assert report.is_clean
    assert {(each.place.path, each.hits) for each in report.allowed} == {
        ("$.who", 20),
        ('$."seen by"', 20),
        ("$.other.*~", 20),
    }
    assert left(searched(tmp_path / "less", documents, *kept[1:])) == [("log.doc:$.who", 20, 20)]


@pytest.mark.parametrize(
    ("path", "is_key", "said"),
    [
        ("$.a", False, "a"),
        ("$.a.deep[*]", False, "a"),
        ("$.b", False, "rest"),
        ("$.c.x", False, "any"),
        ("$.c.own", False, ""),
        ("$.c.*", False, "any"),
        ("$.c.*", True, "any"),
        ("$.d.*", True, "names"),
        ("$.d.*", False, "rest"),
        ("$.a.*", True, ""),
        ("$", False, "single"),
    ],
)
def test_what_is_said_of_a_path(path: str, is_key: bool, said: str) -> None:
    paths = {"$.a": "a", "$.c.*": "any", "$.c.own": "", "$.d.*~": "names", "$": "single"}
    assert SaidOfPaths(paths, "rest").said_of(path, is_key=is_key) == said
