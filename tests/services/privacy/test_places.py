"""Places are named in documents and on the command line, and found again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward_app.services.privacy.kinds import kinds
from steward_app.services.privacy.model import Place, Technique, parse_place, place_id

NAMES = st.text(st.sampled_from('ab.:\\$"é \n'), max_size=6)


@given(NAMES, NAMES, st.sampled_from(["", "$.a", "$.contact.email", "$.tags[*]", '$."a.b:c"']))
def test_a_place_is_found_again_by_its_name(table: str, column: str, path: str) -> None:
    place = Place(table, column, path)
    assert parse_place(place_id(place)) == place


def test_ordinary_names_stand_as_they_are() -> None:
    assert place_id(Place("patient", "email")) == "patient.email"
    assert place_id(Place("visit", "data", "$.contact.email")) == "visit.data:$.contact.email"


def test_an_empty_name_is_told_from_one_that_looks_like_it() -> None:
    assert place_id(Place("t", "")) == 't.""'
    assert place_id(Place("", "a")) == '"".a'
    assert parse_place(place_id(Place('""', '""'))) == Place('""', '""')


@pytest.mark.parametrize("text", ["", "patient", "patient.", ".email", "."])
def test_what_names_no_place_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no place"):
        parse_place(text)


def test_every_type_has_a_title_of_its_own_and_a_technique_that_exists() -> None:
    every = kinds().values()
    assert len({kind.title for kind in every}) == len(every)
    assert all(kind.technique in set(Technique) for kind in every)
