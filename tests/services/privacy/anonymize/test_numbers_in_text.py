"""Whole numbers of a changed key inside short texts: the scan says whose, the proposal takes them away, rules that
leave them out stop the plan, and no copy with them passes.
"""

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
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize import copy
from steward_app.services.privacy.anonymize.making import make
from steward_app.services.privacy.discover.model import Verdict
from steward_app.services.privacy.discover.scan import scan
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.privacy.transform.policy import write_rules

GIVEN = ["Emil", "Ada", "Clara", "Otto", "Frida", "Hugo", "Greta", "Anton", "Ida", "Karl"]
FAMILY = ["Birnbaum", "Lovelace", "Ahrendt", "Quastenberg", "Zickler", "Mondschein", "Plotzki", "Wrangel"]
COUNT = 120

Written = Callable[[int, int], str]

WRITTEN: dict[str, tuple[Written, str]] = {
    "comma": (lambda one, two: f"{one},{two}", "in lists"),
    "semicolon": (lambda one, two: f"{one}; {two}", "in lists"),
    "bars": (lambda one, two: f"|{one}|{two}|", "in lists"),
    "zeros": (lambda one, _: f"{one:010d}", "with zeros before them"),
    "letter": (lambda one, _: f"P{one}", "with other signs beside them"),
    "word": (lambda one, _: f"patient:{one}", "with other signs beside them"),
    "sign": (lambda one, _: f"Patient #{one}", "with other signs beside them"),
    "label": (lambda one, two: f"Patient no: {one}; bed {two % 9}", "among words"),
    "equals": (lambda one, _: f"id = {one}", "with other signs beside them"),
    "two words": (lambda one, _: f"new patient {one}", "among words"),
    "before": (lambda one, _: f"{one} - ok", "with other signs beside them"),
    "fields": (lambda one, _: f"open;Ward A;{one}", "among words"),
    "markup": (lambda one, _: f'<patient id="{one}"/>', "among words"),
    "day": (
        lambda one, two: f"2024-03-{two % 28 + 1:02d} 10:{two % 60:02d} {one}",
        "with other signs beside them",
    ),
    "fraction": (lambda one, _: f"{one}.0", "with other signs beside them"),
    "sentence": (lambda one, two: f"Opened patient {one} from ward {two % 9} today", "among words"),
    "message": (
        lambda one, _: json.dumps({"msg": f"Patient #{one}", "level": "info"}),
        "with other signs beside them",
    ),
    "in a member": (lambda one, two: json.dumps({"ref": f"{one}, {two}"}), "in lists"),
    "name of a member": (lambda one, _: json.dumps({f"P{one}": "seen"}), "with other signs beside them"),
}


def clinic(folder: Path, form: str, digits: int) -> tuple[Path, list[int]]:
    """Persons, and notes each of which names some by their numbers."""
    keys = Random(f"{form}/{digits}").sample(range(10 ** (digits - 1), 10**digits), COUNT)
    people = [(key, f"{GIVEN[n % 10]} {FAMILY[n % 8]}") for n, key in enumerate(keys)]
    written, _ = WRITTEN[form]
    notes = [(n, written(one, two)) for n, (one, two) in enumerate(zip(keys, keys[9:], strict=False), 1)]
    path = (
        a_database(folder)
        .with_table("patient", "no INTEGER PRIMARY KEY, name TEXT", rows=people)
        .with_table("note", "id INTEGER PRIMARY KEY, ref TEXT", rows=notes)
        .build()
    )
    return path, keys


def notes(path: Path) -> list[str]:
    with open_read(path) as session:
        return [str(ref or "") for (ref,) in session.all("SELECT ref FROM note ORDER BY id")]


@pytest.mark.parametrize("digits", [4, 6, 9])
@pytest.mark.parametrize("form", WRITTEN)
def test_the_scan_says_whose_they_are_and_how_written(tmp_path: Path, form: str, digits: int) -> None:
    path, _ = clinic(tmp_path, form, digits)
    found = scan(path)
    (same,) = found.same_values
    _, how = WRITTEN[form]
    assert (same.child.column, same.parent, same.written) == ("ref", Place("patient", "no"), how)
    seen = found.at(same.child)
    assert seen is not None and seen.verdict is Verdict.PERSONAL
    assert seen.evidence[0].sentence == f"Numbers of patient.no {how}"


@pytest.mark.parametrize("digits", [4, 6, 9])
@pytest.mark.parametrize("form", WRITTEN)
def test_the_proposal_takes_them_away(catalog: Catalog, tmp_path: Path, form: str, digits: int) -> None:
    path, keys = clinic(tmp_path, form, digits)
    plan = copy.plan_copy(catalog, path, path.with_name("copy.db"), Context())
    copy.make_copy(catalog, plan, Context())
    left = "\n".join(notes(path.with_name("copy.db")))
    words = set(re.findall(r"\w+", left))  # a token may have the four digits of a key among others
    assert not [key for key in keys if not words.isdisjoint((str(key), f"P{key}", f"{key:010d}"))]


@pytest.mark.parametrize("technique", [Technique.PERMUTE, Technique.TOKEN])
@pytest.mark.parametrize("form", WRITTEN)
def test_rules_that_leave_them_out_stop_the_plan(
    catalog: Catalog, tmp_path: Path, form: str, technique: Technique
) -> None:
    path, _ = clinic(tmp_path, form, 6)
    rules = ReleaseRules(
        "r", (Rule(Place("patient", "no"), technique), Rule(Place("patient", "name"), Technique.REMOVE))
    )
    scan(path, catalog=catalog)
    write_rules(path, rules)
    plan = copy.plan_copy(catalog, path, path.with_name("copy.db"), Context())
    assert "originals_kept" in {each.code for each in plan.blocking}
    with pytest.raises(Failure) as raised:
        new = path.with_name("made.db")
        new.touch()
        make(path, new, rules, b"k" * 32, Context())
    assert raised.value.code is ErrorCode.VERIFY_FAILED


def test_what_is_kept_on_purpose_goes_along(catalog: Catalog, tmp_path: Path) -> None:
    path, _ = clinic(tmp_path, "word", 6)
    rules = ReleaseRules(
        "r",
        (
            Rule(Place("patient", "no"), Technique.PERMUTE),
            Rule(Place("patient", "name"), Technique.REMOVE),
            Rule(Place("note", "ref"), Technique.KEEP),
        ),
    )
    scan(path, catalog=catalog)
    write_rules(path, rules)
    plan = copy.plan_copy(catalog, path, path.with_name("copy.db"), Context())
    copy.make_copy(catalog, plan, Context())
    assert notes(path.with_name("copy.db")) == notes(path)
