"""Whole numbers of keys that are left inside short texts, and the same numbers that stand there by chance."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import pytest

from builders import a_database
from steward_app.kernel.progress import Context
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.residue.model import Permitted, ResidueReport, Searched
from steward_app.services.privacy.residue.search import search

ID = Place("person", "id")
KEYS = Random(5).sample(range(10_000, 100_000), 80)


def searched(
    folder: Path, texts: Sequence[str], *permitted: Permitted, keys: Sequence[int] = KEYS
) -> ResidueReport:
    """The search of a copy that has other persons, and these texts."""
    folder.mkdir(exist_ok=True)
    declared = "id INTEGER PRIMARY KEY, name TEXT"
    original = a_database(folder, "original.db").with_table("person", declared, rows=[(k, "x") for k in keys])
    copy = a_database(folder, "copy.db").with_table("person", declared, rows=[(-k, "y") for k in keys])
    copy = copy.with_table("log", "n INTEGER PRIMARY KEY, note TEXT", rows=list(enumerate(texts)))
    return search(copy.build(), original.build(), [Searched(ID, permitted, key=True)], Context())


def left(report: ResidueReport) -> list[tuple[str, int, int]]:
    return [(f"{each.name}.{each.part}", each.hits, each.values) for each in report.found]


WRITTEN: dict[str, Callable[[int, int], str]] = {
    "comma": lambda one, two: f"{one},{two}",
    "semicolon": lambda one, two: f"{one}; {two}",
    "bars": lambda one, two: f"|{one}|{two}|",
    "zeros": lambda one, _: f"{one:010d}",
    "thousands": lambda one, _: f"{one:,}",
    "points": lambda one, _: f"of {one:,}".replace(",", "."),
    "hexadecimal": lambda one, _: f"{one:#x}",
    "letter": lambda one, _: f"P{one}",
    "word": lambda one, _: f"patient:{one}",
    "codes": lambda one, two: f"P-{one}, P-{two}",
    "link": lambda one, _: f"/patient/{one}/view",
    "label": lambda one, two: f"Patient no: {one}; bed {two % 9}",
    "sentence": lambda one, two: (
        f"Opened patient {one} from ward {two % 9} on 2024-03-15 at 12:{two % 60:02d}"
    ),
    "markup": lambda one, _: f'<patient id="{one}"/>',
}


@pytest.mark.parametrize("form", WRITTEN)
@pytest.mark.parametrize("digits", [4, 6, 8])
@pytest.mark.parametrize("inside", ["", "$.ref", "$.seen[*]", "$.*~"])
def test_each_of_them_is_found(tmp_path: Path, form: str, digits: int, inside: str) -> None:
    keys = Random(f"{form}/{digits}").sample(range(10 ** (digits - 1), 10**digits), 120)
    texts = [WRITTEN[form](one, two) for one, two in zip(keys, keys[7:], strict=False)]
    documents = {
        "": lambda text: text,
        "$.ref": lambda text: json.dumps({"ref": text, "n": 7}),
        "$.seen[*]": lambda text: json.dumps({"seen": [text]}),
        "$.*~": lambda text: json.dumps({text: True}),
    }
    report = searched(tmp_path, [documents[inside](text) for text in texts], keys=keys)
    ((place, hits, values),) = left(report)
    assert place == (f"log.note:{inside}" if inside else "log.note")
    assert hits >= len(texts)
    assert values >= len(texts)


def test_a_few_among_texts_without_numbers_are_found(tmp_path: Path) -> None:
    texts = [*["nothing to tell"] * 500, *(f"P{key}" for key in KEYS[:3])]
    assert left(searched(tmp_path, texts)) == [("log.note", 3, 3)]


def test_what_the_plan_permits_is_no_find(tmp_path: Path) -> None:
    report = searched(tmp_path, [f"P{key}" for key in KEYS], Permitted(Place("log", "note"), "kept"))
    assert (report.is_clean, report.allowed[0].hits) == (True, 80)


@pytest.mark.parametrize("seed", range(20))
def test_ordinary_texts_are_no_find(tmp_path: Path, seed: int) -> None:
    chance = Random(seed)
    keys = chance.sample(range(1_000, 10_000), 300) if seed % 2 else list(range(1, 301))
    day = "2024-03-{0:02d} 10:{0:02d}"
    forms = [
        lambda: f"INV-{chance.randint(2015, 2026)}-{chance.randint(1, 9_999):05d}",
        lambda: f"{chance.randint(1, 60)} boxes",
        lambda: f"+49 30 {chance.randint(1_000, 9_999)} {chance.randint(1_000, 9_999)}",
        lambda: f"Street {chance.randint(1, 300)}",
        lambda: f"{chance.randint(1, 9)},{chance.randint(10, 99)}",
        lambda: day.format(chance.randint(1, 28)),
        lambda: f"{chance.getrandbits(64):x}",
        lambda: f"10.0.{chance.randint(0, 255)}.{chance.randint(0, 255)}",
        lambda: (
            f"Paid {chance.randint(1, 9_999)}.{chance.randint(0, 99):02d} for {chance.randint(1, 40)} items"
        ),
        lambda: (
            f"room {chance.randint(1, 300)}, {chance.randint(1_900, 2_030)}, call ({chance.randint(100, 999)}) 555"
        ),
        lambda: f"<td>{chance.randint(1, 2_000)}</td><td>{chance.randint(1, 100)} %</td>",
        lambda: f"level=info ms={chance.randint(1, 20_000)} status={chance.choice([200, 302, 404, 500])}",
    ]
    for number, form in enumerate(forms):
        assert left(searched(tmp_path / str(number), [form() for _ in range(200)], keys=keys)) == []


def alike(report: ResidueReport) -> list[tuple[str, int]]:
    return [(each.place.path, each.values) for each in report.alike]


@pytest.mark.parametrize("digits", [4, 5])
def test_a_single_number_is_told_as_one_of_which_nothing_is_known(tmp_path: Path, digits: int) -> None:
    keys = Random(digits).sample(range(10 ** (digits - 1), 10**digits), 120)
    key = next(each for each in keys if not 1_900 <= each <= 2_100)
    report = searched(tmp_path, [json.dumps({"who": key}), *['{"n": 7}'] * 50], keys=keys)
    assert (left(report), alike(report)) == ([], [("$.who", 1)])
    assert any("log.note:$.who" in each.what for each in report.not_searched)


def test_a_count_from_one_end_to_the_other_is_told(tmp_path: Path) -> None:
    report = searched(tmp_path, [json.dumps({"ref": n}) for n in range(1, 61)], keys=range(1, 61))
    assert (left(report), alike(report)) == ([], [("$.ref", 60)])


def test_quantities_and_shares_of_a_hundred_are_not_told(tmp_path: Path) -> None:
    texts = [json.dumps({"qty": n, "sales": {"Jan": 100 - n}}) for n in range(1, 100)]
    assert not searched(tmp_path / "short", texts, keys=range(1, 101)).alike
    longer = [json.dumps({"sum": n}) for n in range(1, 1_101)]
    assert alike(searched(tmp_path / "long", longer, keys=range(1, 1_201))) == [("$.sum", 1_100)]
    lists = [json.dumps({"seen": [n, 101 - n]}) for n in range(1, 100)]
    assert alike(searched(tmp_path / "lists", lists, keys=range(1, 101))) == [("$.seen[*]", 100)]


def test_quantities_years_and_sums_are_not_told(tmp_path: Path) -> None:
    texts = [json.dumps({"n": n % 7, "year": 1990 + n % 30, "sum": n * 25}) for n in range(200)]
    for number, keys in enumerate((range(1, 300), KEYS)):
        report = searched(tmp_path / str(number), texts, keys=keys)
        assert (left(report), alike(report)) == ([], [])


def test_what_the_plan_permits_is_not_told(tmp_path: Path) -> None:
    permitted = Permitted(Place("log", "note"), "kept")
    assert not searched(tmp_path, [json.dumps({"who": KEYS[0]})], permitted).alike


@pytest.mark.parametrize(
    "written",
    ["Person #{0}", "Person no. {0}; bed 7", "PersonId={0}", "persons 0{0}", "see the new person {0} today"],
)
def test_a_name_before_the_number_tells_whose_it_is_though_the_key_has_no_gaps(
    tmp_path: Path, written: str
) -> None:
    report = searched(tmp_path, [written.format(n) for n in range(11, 101)], keys=range(1, 101))
    assert left(report) == [("log.note", 90, 90)]


@pytest.mark.parametrize(
    "written", ["Parcel #{0}", "{0} of 120 boxes", "a person and {0} boxes", "personnel 120, {0}"]
)
def test_other_words_before_it_do_not(tmp_path: Path, written: str) -> None:
    assert left(searched(tmp_path, [written.format(n) for n in range(11, 101)], keys=range(1, 101))) == []


def test_numbers_behind_the_name_that_are_mostly_no_keys_do_not_tell(tmp_path: Path) -> None:
    texts = [f"for a person {n} days" for n in range(11, 401)]
    assert left(searched(tmp_path, texts, keys=range(1, 101))) == []
