"""What stands where inside JSON, and what must never become part of a path."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import a_database
from builders.profiles import look_at
from steward_app.services.privacy import json_values
from steward_app.services.privacy.discover import json_paths
from steward_app.services.privacy.discover.lexicon import lexicon
from steward_app.services.privacy.discover.packs import packs
from steward_app.services.privacy.discover.profile import Form

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1, max_size=4), inner, max_size=3)
    ),
    max_leaves=12,
)


def paths(*documents: object) -> dict[str, list[object]]:
    return {**json_paths.Paths().values([(document, 1) for document in documents])}


def test_every_path_has_its_values_at_any_depth() -> None:
    found = paths(
        {"name": "Ada", "contact": [{"email": "a@b.example"}, {"email": "c@d.example"}], "a b": {"x": 1}}
    )
    assert found == {
        "$.name": ["Ada"],
        "$.contact[*].email": ["a@b.example", "c@d.example"],
        '$."a b".x': [1],
    }


def test_keys_that_are_data_are_values_and_no_path() -> None:
    assert paths({"ada@example.org": {"role": "owner"}, "2024-01-05": 1}) == {
        "$.*~": ["ada@example.org", "2024-01-05"],
        "$.*": [1],
        "$.*.role": ["owner"],
    }


def test_objects_keyed_by_names_are_noticed_by_their_number() -> None:
    found = paths(*({f"Person {chr(65 + n % 26)}{chr(97 + n // 26)}": n, "kind": "x"} for n in range(100)))
    assert set(found) == {"$.*", "$.*~", "$.kind"}  # which all of them have
    assert "kind" not in found["$.*~"]


def test_a_text_that_is_json_and_a_single_value_are_seen(tmp_path: Path) -> None:
    nested = {"extra": json.dumps({"mail": "nested@string.example"})}
    rows = [(json.dumps({"a": n}),) for n in range(20)]
    rows += [(json.dumps(nested),), (json.dumps("plain@string.example"),), ("17",)]
    profile = look_at(a_database(tmp_path).with_table("t", "x", rows=rows).build()).profile
    inner, root = profile.at("x", "$.extra.mail"), profile.at("x", "$")
    assert inner is not None
    assert inner.seems[Form.EMAIL] == 1.0
    assert root is not None
    assert (root.filled, root.seems[Form.EMAIL]) == (2, 0.5)
    assert profile.at("x", "$.extra") is None
    assert json_paths.at(nested, "$.extra.mail") == ["nested@string.example"]
    assert json_paths.at("plain@string.example", "$") == ["plain@string.example"]
    assert json_paths.at({"a b": [["x"], ["y", 1]], "c": "z"}, '$."a b"[1][*]') == ["y", 1]
    assert json_paths.at({"Ada": 1, "Ben": 2}, "$.*~") == ["Ada", "Ben"]


def test_deep_and_wide_documents_end() -> None:
    deep = json_values.parse("[" * 100_000 + "]" * 100_000)
    assert deep is None
    wide = json_paths.Paths()
    wide.values([({f"k{a}": {f"j{a}_{b}": 1 for b in range(30)} for a in range(30)}, 1)])
    assert wide.left_out


def test_a_column_of_json_is_told_path_by_path(tmp_path: Path) -> None:
    rows = [(json.dumps({"who": {"mail": f"p{n}@example.org"}, "ok": True}),) for n in range(20)]
    path = (
        a_database(tmp_path)
        .with_table("t", "x", rows=rows)
        .with_sql("CREATE TABLE b AS SELECT jsonb(x) AS x FROM t")
        .build()
    )
    for table in ("t", "b"):  # text, and SQLite's binary JSON
        profile = look_at(path, table).profile
        mail = profile.at("x", "$.who.mail")
        assert mail is not None
        assert (mail.name, mail.filled, mail.seems[Form.EMAIL]) == ("mail", 20, 1.0)
        whole = profile.at("x")
        assert whole is not None
        assert whole.seems[Form.JSON] == 1.0


@given(JSON)
def test_a_path_leads_to_the_values_that_were_found_there(document: object) -> None:
    if isinstance(document, dict | list):
        for path, values in paths(document).items():
            there = json_paths.at(document, path)
            assert {str(each) for each in values if each is not None} <= {
                str(int(each) if isinstance(each, bool) else each) for each in there
            }


@pytest.mark.parametrize(
    ("documents", "found"),
    [
        ([{"Anna Czerny": "x", "Emil Birnbaum": "y"}] * 9, {"$.*", "$.*~"}),
        (
            [{"mail": "m", "Anna Czerny": {"role": "r"}, "Emil Birnbaum": 1}],
            {"$.mail", "$.*", "$.*~", "$.*.role"},
        ),
        ([{"Czerny, Anna": 1}, {"Birnbaum, Emil": 1, "total": 3}] * 3, {"$.*", "$.*~", "$.total"}),
        ([{"Anna": 1, "Emil": 2, "Dora": 3}] * 2, {"$.*", "$.*~"}),
        ([{"group": {"anna": 1, "emil": 2, "dora": 3}}], {"$.group.*", "$.group.*~"}),
        ([{"Grace Period": 30, "Max Price": 9, "Room Size": 1, "Air Bags": 2, "Top Speed": 5}], None),
        ([{"April": 1, "May": 2, "June": 3}] * 3, None),
        ([{"name": "a", "mark": 1, "rose": 2, "price": 3, "will": 4, "length": 5}] * 3, None),
        ([{"max_price": 1, "min_price": 2, "grace_days": 3, "art": 1, "date": 2}], None),
    ],
    ids=["every day", "mixed", "turned", "given", "inside", "labels", "months", "words", "snakes"],
)
def test_keys_that_are_names_are_data_however_few(documents: list[object], found: set[str] | None) -> None:
    known = json_paths.Paths(lexicon(packs())).values([(each, 1) for each in documents])
    assert set(known) == (found if found is not None else set(paths(*documents)))


@pytest.mark.parametrize("nothing", [{}, [], None])
def test_a_key_that_leads_to_nothing_is_a_path(nothing: object) -> None:
    found = json_paths.Paths().values([({"mode": "a", "ebirnbaum": nothing}, 1), ({}, 1)])
    assert found == {"$.mode": ["a"], "$.ebirnbaum": [None]}
