"""What is done to many texts at once is what would be done to each."""

from __future__ import annotations

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from steward_app.services.privacy.discover.folding import (
    Joined,
    apart_at_capitals,
    fold,
    fold_all,
    words_all,
)
from steward_app.services.privacy.discover.patterns import INSIDE, telling
from steward_app.services.privacy.discover.sketch import Distinct
from steward_app.services.privacy.discover.tokens import FAMILY, GIVEN, NOT_OF_A_NAME, Words, lists_of

GIVEN_NAMES, FAMILY_NAMES, CITIES = range(3)
KNOWN = (["emil", "anna maria", "maria"], ["birnbaum", "o'brien"], ["new york", "new york mills", "ulm"])

texts = st.lists(st.text(max_size=30), max_size=8)
some_words = st.lists(
    st.sampled_from(
        [
            "Emil",
            "Anna",
            "Maria",
            "Birnbaum",
            "O’Brien",
            "birnbaum",
            "New",
            "York",
            "Mills",
            "Ulm",
            "Dr",
            "Frau",
            "Jr",
            "E",
            "walks",
            "Walks",
        ]
    ),
    max_size=6,
)
personal = st.sampled_from(
    (
        "mail@example.org",
        "+49 30 1234567",
        "(555) 123-4567",
        "https://example.org",
        "WWW.Example.org",
        "HTTPS://ü.example",
        "10.0.0.1",
        "GB82WEST12345698765432",
        "4111 1111 1111 1111",
        "1999-12-31",
        "31.12.1999",
    )
)


def words() -> Words:
    return Words(KNOWN, GIVEN_NAMES, FAMILY_NAMES)


@given(texts)
def test_texts_are_changed_together_as_each_would_be(some: list[str]) -> None:
    assert fold_all(some) == [fold(text) for text in some]
    assert Joined(some).each(str.casefold) == [text.casefold() for text in some]
    assert Joined(some).encoded() == [text.encode("utf-8", "replace") for text in some]
    assert words_all(some) == [found for text in some for found in words_all([text])]


@given(st.lists(some_words, max_size=4))
def test_marks_say_what_the_tokens_of_a_text_are(some: list[list[str]]) -> None:
    known = words()
    for text, marks in zip(some, known.marks(some), strict=True):
        tokens = known.tokens(text)
        folded = [token.folded for token in tokens]
        assert bool(marks & GIVEN) == any(token.given for token in tokens)
        assert bool(marks & FAMILY) == any(token.family for token in tokens)
        assert bool(marks & NOT_OF_A_NAME) == any(not token.of_a_name for token in tokens)
        stands = {
            number
            for number, entries in enumerate(KNOWN)
            for entry in entries
            for place in range(len(folded))
            if folded[place : place + len(entry.split())] == entry.split()
        }
        assert set(lists_of(marks)) == stands


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("Emil Birnbaum walks home", True),
        ("Frau Walks is here", True),
        ("emil birnbaum walks home", False),
        ("Emil walks to Birnbaum", False),
        ("Dr Frau is here", False),
    ],
)
def test_a_person_is_named(text: str, person: bool) -> None:
    assert words().names_a_person(text.split()) is person


@given(st.tuples(st.text(max_size=10), personal, st.text(max_size=10)).map("".join) | st.text())
def test_what_stands_inside_has_a_telling_sign(text: str) -> None:
    patterns = re2.Set.SearchSet()
    for _, pattern in INSIDE:
        patterns.Add(pattern)
    patterns.Compile()
    encoded = text.encode("utf-8", "replace")
    assert telling(encoded) or not patterns.Match(encoded)


def test_different_values_are_counted_alike_in_any_order() -> None:
    values = {f"value {number}": 1 + number % 2 for number in range(60_000)}
    at_once, one_batch_after_another = Distinct(), Distinct()
    at_once.add(values)
    listed = sorted(values)
    for start in range(0, len(listed), 7_000):
        one_batch_after_another.add({value: values[value] for value in listed[start : start + 7_000]})
    for distinct in (at_once, one_batch_after_another):
        assert abs(distinct.count - len(values)) < 0.05 * len(values)
        assert distinct.most == 2
    assert at_once.count == one_batch_after_another.count


@pytest.mark.parametrize(
    "words",
    [
        "Emil Birnbaum",
        "Иван Петров",
        "Γιώργος Παπαδόπουλος",
        "Łukasz Świątek",
        "Արամ Հակոբյան",
        "HTTP Status",
        "max Retry Count",
        "IVAN",
        "birnbaum",
        "王伟",
    ],
)
def test_a_word_is_taken_apart_at_its_capitals(words):
    assert apart_at_capitals(words.replace(" ", "")) == words.split()


@given(st.text(max_size=30))
def test_nothing_is_lost_where_a_word_is_taken_apart(word):
    assert "".join(apart_at_capitals(word)) == word
