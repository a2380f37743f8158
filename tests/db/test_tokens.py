"""Tokens lose nothing, hang on nothing and stand where they say."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward_app.db.tokens import (
    Category,
    Position,
    comment_text,
    position,
    same_meaning,
    significant,
    significant_columns,
    tokenize,
    unquote,
)

WORDS = "' \" [ ] ` /* */ -- ( , x' 0x 1_0 . ? $ :: é \u202e 😀 CREATE begin ->> 'a' ;"
PIECES = st.sampled_from([*WORDS.split(), *" \n\x00\x01\x0b\x1c\u00a0\ud800"])


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=40), st.lists(PIECES, max_size=20).map("".join)))
def test_the_texts_of_all_tokens_joined_are_the_text(sql: str) -> None:
    tokens = tokenize(sql)
    assert "".join(token.text for token in tokens) == sql
    offset = 0
    for token in tokens:
        assert (token.offset, token.end) == (offset, offset + token.length)
        assert token.length > 0
        offset = token.end
    told = significant(tokens)
    assert told == tuple(t for t in tokens if t.category not in (Category.SPACE, Category.COMMENT))
    columns = significant_columns(sql)
    assert list(zip(columns.offsets, columns.texts, strict=True)) == [(t.offset, t.text) for t in told]
    assert len(columns.words) == len(columns.is_name) == len(told)
    assert [text for _, text, _ in columns.comments] == [
        t.text for t in tokens if t.category is Category.COMMENT
    ]


def test_tokens_say_what_they_are() -> None:
    sql = "CREATE Table \"my t\"([a b] x'00', 'it''s', 1.5e3, ?1 -- note\n) strict"
    told = [(token.category.value, token.text) for token in significant(tokenize(sql))]
    assert told == [
        ("keyword", "CREATE"),
        ("keyword", "Table"),
        ("identifier", '"my t"'),
        ("punctuation", "("),
        ("identifier", "[a b]"),
        ("string", "x'00'"),
        ("punctuation", ","),
        ("string", "'it''s'"),
        ("punctuation", ","),
        ("number", "1.5e3"),
        ("punctuation", ","),
        ("parameter", "?1"),
        ("punctuation", ")"),
        ("identifier", "strict"),
    ]
    words = [token.word for token in significant(tokenize(sql)) if token.word]
    assert words == ["CREATE", "TABLE", "STRICT"]


def test_offsets_count_characters_not_bytes() -> None:
    sql = "SELECT 'größe 😀' AS b"
    token = next(token for token in tokenize(sql) if token.word == "AS")
    assert sql[token.offset : token.end] == "AS"


@pytest.mark.parametrize(
    ("sql", "rest"),
    [("SELECT 1\x00 hidden", "\x00 hidden"), ("\x00", "\x00"), ("a 'unfinished", "'unfinished")],
)
def test_what_sqlite_does_not_read_is_one_illegal_token(sql: str, rest: str) -> None:
    last = tokenize(sql)[-1]
    assert (last.category, last.text) == (Category.ILLEGAL, rest)


def test_a_byte_that_is_not_utf8_is_a_letter_as_for_sqlite() -> None:
    sql = b"CREATE TABLE gr\xf6\xdfe (a)".decode("utf-8", "surrogateescape")
    name = significant(tokenize(sql))[2]
    assert (name.category, name.text) == (Category.IDENTIFIER, "gr\udcf6\udcdfe")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('"a""b"', 'a"b'),
        ("[a b]", "a b"),
        ("`a``b`", "a`b"),
        ("'it''s'", "it's"),
        ("plain", "plain"),
        ('""', ""),
        ('"', '"'),
        ("[]", ""),
        ("[a]]b]", "a]]b"),
    ],
)
def test_quotes_come_off_as_sqlite_takes_them_off(text: str, name: str) -> None:
    assert unquote(text) == name


def test_a_position_is_what_an_editor_shows() -> None:
    sql = "SELECT\n  é,\n  x"
    assert position(sql, 0) == Position(1, 1)
    assert position(sql, sql.index("é")) == Position(2, 3)
    assert position(sql, sql.index("x")) == Position(3, 3)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("SELECT a FROM t", "select  a\n/* c */ from t -- end", True),
        ("SELECT a FROM t", "SELECT A FROM t", False),
        ("SELECT 'a  b'", "SELECT 'a b'", False),
        ("a - -1", "a--1", False),
        ("x", '"x"', False),
    ],
)
def test_texts_mean_the_same_when_only_spaces_comments_and_keyword_case_differ(
    one: str, other: str, same: bool
) -> None:
    assert same_meaning(one, other) is same


@pytest.mark.parametrize(
    ("comment", "text"),
    [
        ("-- what it means ", "what it means"),
        ("---- loud", "loud"),
        ("/* one line */", "one line"),
        ("/*\n * first\n * second\n */", "first\nsecond"),
        ("/**/", ""),
        ("/* open", "open"),
    ],
)
def test_a_comment_without_its_marks(comment: str, text: str) -> None:
    assert comment_text(comment) == text


def test_every_thread_has_a_tokenizer_of_its_own() -> None:
    texts = [f"SELECT {i} FROM t{i} WHERE a = 'x'" for i in range(50)]
    wrong: list[str] = []

    def work() -> None:
        wrong.extend(sql for sql in texts * 5 if "".join(t.text for t in tokenize(sql)) != sql)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize("word", ["column", "COLUMN", "ISNULL", "notnull"])
def test_every_word_of_the_grammar_is_a_keyword(word: str) -> None:
    assert [token.category for token in tokenize(word)] == [Category.KEYWORD]
    assert significant_columns(word).words == [word.upper()]
