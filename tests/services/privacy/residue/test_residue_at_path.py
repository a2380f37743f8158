"""Which values of a JSON document one rule changes, and is the copy searched for them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import a_database
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.residue.at_path import AtPath, SaidOfPaths
from steward_app.services.privacy.residue.model import Permitted, ResidueReport, Searched, Where
from steward_app.services.privacy.residue.search import search
from steward_app.services.privacy.transform.json_text import JsonStep
from steward_app.services.privacy.transform.model import Batch, Column, Step

DOCUMENT = {
    "mail": "ada@mail.example",
    "Ben Moor": {"since": 1999, "note": "known to Cleo", "kids": ["Dora", "Emil"]},
    "packed": json.dumps({"who": {"name": "Fay"}, "n": 7}),
}


@pytest.mark.parametrize(
    ("path", "apart", "found"),
    [
        ("$.mail", (), {"ada@mail.example"}),
        ("$.*", ("$.mail", "$.packed"), {"Ben Moor", 1999, "known to Cleo", "Dora", "Emil"}),
        ("$.*.note", (), {"known to Cleo"}),
        ("$.*.kids[*]", ("$.*",), {"Dora", "Emil"}),
        ("$.*.kids[0]", (), {"Dora"}),
        ("$.packed.who", (), {"Fay"}),
        ("$.packed.*", (), {"who", "Fay", "n", 7}),
        ("$.packed", (), {DOCUMENT["packed"]}),
        ("$", (), set()),
        ("$.gone", (), set()),
    ],
)
def test_what_a_path_names(path: str, apart: tuple[str, ...], found: set[object]) -> None:
    assert set(AtPath(path, apart).values(json.dumps(DOCUMENT))) == found


def test_a_cell_that_is_a_single_value() -> None:
    assert list(AtPath("$").values('"ada@mail.example"')) == ["ada@mail.example"]
    assert not list(AtPath("$.mail", ("$",)).values('"ada@mail.example"'))
    assert not list(AtPath("$.mail").values("no JSON"))


_KEYS = st.sampled_from(["a", "b", "c d"])
_LEAVES = st.one_of(st.text(max_size=3), st.integers(-3, 3), st.none())
_DOCUMENTS = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3),
    max_leaves=12,
)
_PATHS = st.lists(st.sampled_from([".a", ".b", '."c d"', ".*", "[*]", "[0]"]), max_size=3).map(
    lambda steps: "$" + "".join(steps)
)
_NAMES = st.sampled_from(["$.*~", "$.a.*~", "$.*.*~"])


@given(
    _DOCUMENTS, st.dictionaries(_PATHS | _NAMES, st.sampled_from(["", "own"])), st.sampled_from(["", "rest"])
)
def test_what_nothing_is_said_of_is_passed_over_and_nothing_else(
    document: object, said: dict[str, str], rest: str
) -> None:
    paths, text = SaidOfPaths(said, rest), json.dumps(document)
    spoken = [each for each in paths.each(text, silent=False) if each.said]
    assert spoken == [each for each in paths.each(text) if each.said]


@given(_DOCUMENTS, st.lists(_PATHS, min_size=1, max_size=3, unique=True))
def test_it_names_what_the_copy_changes(document: object, paths: list[str]) -> None:
    changed: list[tuple[str, SqlValue]] = []

    def noting(path: str) -> Step:
        def step(values: Column, batch: Batch) -> Column:
            changed.extend((path, value) for value in values)
            return values

        return step

    text = json.dumps(document)
    JsonStep({path: noting(path) for path in paths}, lambda value: value)([text], Batch([(None,)], 1))
    for path in paths:
        named = AtPath(path, [each for each in paths if each != path]).values(text)
        assert sorted(map(repr, named)) == sorted(
            repr(value) for at, value in changed if at == path and value is not None
        )


def test_originals_under_any_key_are_looked_for(tmp_path: Path) -> None:
    rows = [(1, json.dumps({"kind": "family", "Grace Winterbottom": "grace@mail.example"}))]
    source = (
        a_database(tmp_path, "a.db").with_table("t", "id INTEGER PRIMARY KEY, doc TEXT", rows=rows).build()
    )
    left = [(1, json.dumps({"kind": "family", "x": "y"}), "Grace Winterbottom")]
    copy = (
        a_database(tmp_path, "b.db")
        .with_table("t", "id INTEGER PRIMARY KEY, doc TEXT, seen TEXT", rows=left)
        .build()
    )
    places = (Searched(Place("t", "doc", "$.*"), apart=("$.kind",)),)
    report = search(copy, source, places, Context())
    assert (report.values, report.hits) == (2, 1)


PHONE = Place("person", "phone")


def written(folder: Path, *documents: object) -> ResidueReport:
    """What is left of telephone numbers where the JSON of persons may hold them at one path."""
    path = (
        a_database(folder)
        .with_table(
            "person",
            "id INTEGER PRIMARY KEY, phone TEXT, data TEXT",
            rows=[(n, f"93 176 77 {n:02}", json.dumps(each)) for n, each in enumerate(documents, 10)],
        )
        .build()
    )
    permitted = (Permitted(PHONE, "changed"), Permitted(Place("person", "data", "$.contact"), "changed"))
    return search(path, path, [Searched(PHONE, permitted, leads=True)], Context())


@pytest.mark.parametrize("form", ["+3519317677{}", "9317677{}", "93 176 77 {}"])
def test_a_path_permits_a_value_however_it_is_written(tmp_path: Path, form: str) -> None:
    documents = [{"contact": {"chat": form.format(n)}} for n in range(10, 30)]
    report = written(tmp_path, *documents)
    assert report.is_clean
    assert {each.place.column for each in report.allowed} == {"phone", "data"}


@pytest.mark.parametrize("form", ["+3519317677{}", "93 176 77 {}"])
def test_what_stands_where_it_may_not_is_told_with_its_path_and_where_it_comes_from(
    tmp_path: Path, form: str
) -> None:
    documents = [
        {"contact": {"chat": f"93 176 77 {n}"}, "seen": [{"by": form.format(n)}], f"k{n}": 1}
        for n in range(10, 30)
    ]
    (found,) = (each for each in written(tmp_path, *documents).found if each.where is Where.CELL)
    assert (found.part, found.of) == ("data:$.seen[*].by", (PHONE,))


def test_a_key_is_told_by_the_path_of_keys(tmp_path: Path) -> None:
    documents = [{"seen": {f"93 176 77 {n}": "call"}} for n in range(10, 30)]
    (found,) = (each for each in written(tmp_path, *documents).found if each.where is Where.CELL)
    assert found.part == "data:$.seen.*~"
