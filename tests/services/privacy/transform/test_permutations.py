"""Keyed permutations are one to one and keep the form of what goes in."""

from __future__ import annotations

import re
import uuid

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import iban as iban_number
from stdnum import luhn

from steward_app.services.privacy.transform.form_kept import FormKept
from steward_app.services.privacy.transform.keyed import Prf, packed, uniform
from steward_app.services.privacy.transform.numbers_kept import card, iban
from steward_app.services.privacy.transform.permutation import Permutation

KEY = bytes(range(32))


def _kept(label: str = "test", *, numeric: bool = False, range_: tuple[int, int] | None = None) -> FormKept:
    return FormKept(Permutation(KEY, label), numeric=numeric, range_=range_)


@pytest.mark.parametrize("size", [1, 2, 3, 10, 100, 4_096, 4_097, 5_000, 100_003])
def test_every_number_below_a_size_is_taken_once(size: int) -> None:
    found = Permutation(KEY, "test").one(np.arange(size, dtype=np.uint64), size)
    assert sorted(found.tolist()) == list(range(size))


def test_a_tweak_gives_another_permutation_of_the_same_size() -> None:
    numbers, permutation = np.arange(500, dtype=np.uint64), Permutation(KEY, "test")
    one, two = (permutation.one(numbers, 500, np.full(500, tweak, dtype=np.uint64)) for tweak in (1, 2))
    assert sorted(one.tolist()) == sorted(two.tolist()) == list(range(500))
    assert one.tolist() != two.tolist()


def test_several_numbers_go_together_one_to_one() -> None:
    first = np.repeat(np.arange(100, dtype=np.uint64), 90)
    second = np.tile(np.arange(90, dtype=np.uint64), 100)
    one, two = Permutation(KEY, "test").together([first, second], [100, 90])
    assert len(set(zip(one.tolist(), two.tolist(), strict=True))) == 9_000


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_texts_of_digits_fill_their_whole_domain(width: int) -> None:
    values = [f"{number:0{width}d}" for number in range(10**width)]
    assert sorted(map(str, _kept().texts(values))) == values


FORMS = st.text(st.sampled_from("abZ09-_. éßΣσςжЖ漢田ı"), min_size=1, max_size=8)


@settings(max_examples=50)
@given(values=st.lists(FORMS, unique=True, max_size=40), numeric=st.booleans())
def test_different_texts_stay_different_and_keep_their_form(values: list[str], numeric: bool) -> None:
    found = list(map(str, _kept(numeric=numeric).texts(values)))
    assert len(set(found)) == len(values)
    for before, after in zip(values, found, strict=True):
        assert len(before) == len(after)
        for old, new in zip(before, after, strict=True):
            assert old == new if not old.isalnum() else True
            assert old.isdigit() == new.isdigit() or not old.isascii()
            if old.isascii() and old.isalpha():
                assert new.isascii() and new.isupper() == old.isupper()


BYTES = st.lists(
    st.sampled_from([0x41, 0x7A, 0x31, 0x2D, 0x80, 0xA4, 0xBC, 0xC3, 0xE2, 0xFC, 0xFF]), max_size=6
)


@settings(max_examples=50)
@given(stored=st.lists(BYTES.map(bytes), unique=True, max_size=40), wide=st.booleans())
def test_different_texts_that_are_no_text_stay_different(stored: list[bytes], wide: bool) -> None:
    values = [value.decode("utf-8", "surrogateescape") for value in stored]
    if wide:  # as a file of UTF-16 has them: halves without their partner
        values = [value.replace("A", "\ud83d-").replace("z", "-\udc00") for value in values]
    found = list(map(str, _kept().texts(values)))
    assert len(set(found)) == len(values)
    assert list(map(len, found)) == list(map(len, values))
    if not wide:  # and what is written are other bytes, of as many valid and invalid letters
        written = [text.encode("utf-8", "surrogateescape") for text in found]
        assert len(set(written)) == len(values)
        assert [text.decode("utf-8", "surrogateescape") for text in written] == found


@settings(max_examples=50)
@given(values=st.lists(st.integers(-(2**63), 2**63 - 1), unique=True, max_size=40))
def test_different_integers_stay_different_with_as_many_digits(values: list[int]) -> None:
    found = _kept().integers(values)
    assert len(set(found)) == len(values)
    for before, after in zip(values, found, strict=True):
        assert isinstance(after, int)
        assert -(2**63) <= after <= 2**63 - 1
        assert len(str(abs(before))) == len(str(abs(after)))
        assert (before < 0) == (after < 0)


def test_integers_stay_in_a_range_that_is_said() -> None:
    values = list(range(1, 1_001))
    found = _kept(range_=(1, 1_000)).integers(values)
    assert sorted(found) == values  # type: ignore[type-var]
    assert _kept(range_=(1, 1_000)).integers([1, 5_000, 2])[::2] == [found[0], found[1]]


@settings(max_examples=25)
@given(values=st.lists(st.binary(max_size=20), unique=True, max_size=30))
def test_different_bytes_stay_different_and_as_long(values: list[bytes]) -> None:
    found = _kept().blobs(values)
    assert len(set(found)) == len(values)
    assert [len(each) for each in found] == [len(each) for each in values]  # type: ignore[arg-type]


def test_a_uuid_stays_one_of_its_version() -> None:
    values = [str(uuid.UUID(int=number << 64 | 4 << 76 | 2 << 62 | number)) for number in range(200)]
    found = list(map(str, _kept().texts([*values, values[171].upper()])))
    assert len(set(found)) == 201
    assert all(str(uuid.UUID(each)) == each for each in found[:-1])
    assert found[-1] == found[171].upper()
    assert {each[14] + each[19] for each in found[:-1]} == {each[14] + each[19] for each in values}


def test_letters_that_nocase_takes_for_one_stay_one() -> None:
    upper, lower = _kept().texts(["AB-12x", "ab-12X"])
    assert str(upper).lower() == str(lower).lower()


def test_in_a_numeric_column_texts_go_as_the_numbers_do() -> None:
    kept = _kept(numeric=True)
    assert kept.texts(["17", "-3", "0017"]) == [
        str(kept.integers([17])[0]),
        str(kept.integers([-3])[0]),
        f"{kept.integers([17])[0]:04d}",
    ]
    for text in map(str, kept.texts([f"12a{digit}" for digit in range(10)] + [f"{n}x5" for n in range(100)])):
        assert not re.fullmatch(r"\d+e\d+", text, re.IGNORECASE)


def test_an_iban_and_a_card_stay_valid_and_wrong_ones_stay_wrong() -> None:
    values = ["DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432", "DE88370400440532013000", "none"]
    found = list(map(str, iban(_kept())(values)))
    assert [iban_number.is_valid(each) for each in found[:2]] == [True, True] or found[1][:2] == "GB"
    assert found[0].startswith("DE") and found[0][4] == " "
    assert found[0].replace(" ", "")[4:] == found[2][4:] and found[0][2:4] != found[2][2:4]
    cards = list(map(str, card(_kept())(["4111 1111 1111 1111", "4111111111111112", "41"])))
    assert luhn.is_valid(cards[0].replace(" ", "")) and not luhn.is_valid(cards[1])
    assert cards[0][0] == "4" and cards[0].replace(" ", "")[:15] == cards[1][:15]


def test_another_label_or_key_gives_something_else() -> None:
    values = [f"{number:08d}" for number in range(50)]
    same, label = _kept("a").texts(values), _kept("b").texts(values)
    key = FormKept(Permutation(bytes(32), "a")).texts(values)
    assert same == _kept("a").texts(values)
    assert sum(one == two for one, two in zip(same, label, strict=True)) < 3
    assert sum(one == two for one, two in zip(same, key, strict=True)) < 3


def test_a_key_has_its_length_and_values_pack_apart() -> None:
    with pytest.raises(ValueError, match="16 to 64"):
        Prf(b"short", "label")
    packs = [packed(each) for each in ((1,), ("1",), (b"1",), (1.0,), (None,), ("1", ""), ("", "1"), ())]
    assert len(set(packs)) == len(packs)
    drawn = uniform(Prf(KEY, "label").of_texts([str(number) for number in range(2_000)])[0])
    assert drawn.min() > 0 and drawn.max() < 1 and abs(float(drawn.mean()) - 0.5) < 0.03
