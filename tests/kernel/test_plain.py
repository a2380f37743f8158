"""Values go through JSON and come back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward_app.kernel import clock
from steward_app.kernel.plain import from_plain, plain

VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
DOCUMENTS = st.recursive(
    VALUES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text().filter(lambda name: name not in ("base64", "real")), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(DOCUMENTS)
def test_what_is_said_in_json_comes_back(document: object) -> None:
    text = json.dumps(plain(document), allow_nan=False)
    assert json.loads(text, object_hook=from_plain) == document


def test_moments_and_paths_are_texts() -> None:
    moment = clock.now()
    assert plain({"at": moment, "where": Path("a") / "b"}) == {
        "at": clock.to_text(moment),
        "where": str(Path("a/b")),
    }


def test_what_has_no_place_is_refused() -> None:
    with pytest.raises(TypeError, match="complex has no place"):
        plain([1j])


def test_bytes_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match=r".+"):
        json.loads('{"base64": "é"}', object_hook=from_plain)


def test_a_path_that_is_none_is_no_folder() -> None:
    assert (plain(Path()), plain(Path("/data/clinic.db"))) == ("", str(Path("/data/clinic.db")))
