"""Names as words: scripts, habits, and words without a blank between them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward_app.services.rows.wording import is_unspaced, parted, split_words, stands_in

KNOWN = {"street", "address", "cust", "name", "email", "age", "post", "date", "up"}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Doğum Tarihi", ("dogum", "tarihi")),
        ("Adı", ("adi",)),
        ("ДатаРождения", ("датарождения",)),
        ("нова_пошта", ("нова", "пошта")),
        ("मोबाइल_नंबर", ("मबइल", "नबर")),
        ("電話番号1", ("電話番号",)),
        ("이메일", ("이메일",)),
        ("símanúmer", ("simanumer",)),
    ],
)
def test_a_name_of_any_script_is_cut_into_words(name, words):
    assert split_words(name) == words


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("streetaddress", ("street", "address")),
        ("custname", ("cust", "name")),
        ("custemailaddress", ("cust", "email", "address")),
        ("postage", ()),  # a word of three letters says nothing at the end
        ("update", ()),
        ("streetx", ()),
        ("name", ()),
    ],
)
def test_words_without_a_blank_between_them(word, words):
    assert parted(word, KNOWN) == words


@given(st.text(max_size=40))
def test_what_is_parted_is_the_word_again(word):
    assert "".join(parted(word, KNOWN)) in ("", word)


def test_scripts_without_blanks():
    assert is_unspaced("電話番号")
    assert is_unspaced("ที่อยู่")
    assert not is_unspaced("телефон")
    assert not is_unspaced("address")


def test_several_of_a_word():
    assert stands_in("addresses", KNOWN)
    assert not stands_in("addressing", KNOWN)
