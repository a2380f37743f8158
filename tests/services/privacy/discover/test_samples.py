"""Values for a person to look at: masked, or shown once the journal has noted it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import a_database
from steward_app.catalog import journal, open_catalog
from steward_app.kernel.errors import UsageError
from steward_app.services.privacy.discover.samples import OPERATION, mask, samples
from steward_app.services.privacy.model import Place


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        ("Pat. Brown seen with her mother", "P••. B•••• s••• w••• h•• m•••••"),
        ("ada.winter@example.org", "a••.w•••••@e••••••.o••"),
        ("+44 20 7946 0123", "+•• •• •••• ••••"),
        ("Dr Ó Néill", "•• • N••••"),
        ("田中", "••"),
    ],
)
def test_a_mask_keeps_the_shape(value: str, masked: str) -> None:
    assert mask(value) == masked


def test_of_a_secret_no_letter_is_kept(tmp_path: Path) -> None:
    rows = [("pbkdf2$Abcdef12$zyxwv99",), ("correct horse",)]
    path = a_database(tmp_path).with_table("t", "x", rows=rows).build()
    assert set(samples(path, Place("t", "x"), kind="secret").values) == {
        "••••••$••••••••$•••••••",
        "••••••• •••••",
    }


def test_words_for_nothing_are_no_samples(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("t", "x", rows=[("Muslim",), ("none",), ("-",), (" ",)]).build()
    assert samples(path, Place("t", "x")).values == ("M•••••",)


@given(st.text(max_size=40))
def test_a_mask_keeps_no_digit_and_no_two_letters_together(value: str) -> None:
    masked = mask(value)
    assert len(masked) == len(value)
    letters = [sign if sign.isalpha() else " " for sign in masked]
    assert max(map(len, "".join(letters).split()), default=0) <= 1
    assert not any(sign in "0123456789" for sign in masked)


def test_samples_are_masked_until_asked_for(tmp_path: Path) -> None:
    rows = [
        (f"Ada Winter{chr(97 + n)}", json.dumps({"mail": f"p{n}@example.org"}), b"\xff\xd8\xff" + bytes(9))
        for n in range(20)
    ]
    path = a_database(tmp_path).with_table("t", "x, doc, photo", rows=rows).build()
    found = samples(path, Place("t", "x"))
    assert found.masked
    assert set(found.values) == {"A•• W••••••"}
    assert len(found.values) == 5
    assert samples(path, Place("t", "doc", "$.mail")).values[0].startswith("•")
    assert samples(path, Place("t", "photo")).values == ("(p••••••, •• b••••)",)


def test_revealing_is_noted_without_a_value(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("t", "x", rows=[("Zebulon Quixley",), (None,)]).build()
    with pytest.raises(UsageError, match="journal"):
        samples(path, Place("t", "x"), reveal=True)
    with open_catalog() as catalog:
        assert samples(path, Place("t", "x"), reveal=True, catalog=catalog).values == ("Zebulon Quixley",)
        with catalog.reading() as session:
            (event,) = journal.events(session, operation=OPERATION)
    assert event.data == {"place": "t.x", "sentence": "Values of “t.x” were shown."}
    assert event.actor
    assert event.database_id
    assert "Quixley" not in event.details


@pytest.mark.parametrize("place", [Place("gone", "x"), Place("t", "gone")])
def test_a_column_that_is_not_there(tmp_path: Path, place: Place) -> None:
    path = a_database(tmp_path).with_table("t", "x").build()
    with pytest.raises(UsageError, match="no column"):
        samples(path, place)
