"""Values of rows that stand in the text of the schema: in a DEFAULT, a CHECK, an index, a view, a trigger, a comment.

The text of the schema goes along with every copy, so a person who is named there is named in the copy. A text is cut
into runs of words, and the columns are asked which of those they hold: whole values, without regard to the case of
ASCII letters, as SQLite compares them. A single word counts where it begins with a capital, as residues do. A whole
number counts where it stands compared with a column of the same name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from steward_app.db import Session, qualified, quote
from steward_app.db.tokens import Category, Token, tokenize, unquote
from steward_app.services.privacy.model import InSchema, Place

_SHORTEST_LITERAL = 3
_SHORTEST_WORD = 5  # what is shorter stands in any text by chance
_EQUAL = frozenset({"=", "==", "<>", "!="})
_MOST_WORDS = 6
_MOST_CHARACTERS = 200
_WORD = re.compile(r"[^\W_]+(?:['’.@+_-]+[^\W_]+)*")
_HOLDS = (
    "SELECT DISTINCT lower({0}) FROM {1} WHERE typeof({0}) <> 'blob' "
    "AND lower({0}) IN (SELECT value FROM json_each(?))"
)
_ASCII = {capital: capital + 32 for capital in range(ord("A"), ord("Z") + 1)}


@dataclass(slots=True)
class SchemaTexts:
    """What is written in a schema beside its names, folded, each with the object it stands in.

    Attributes:
        literals: whole literals.
        phrases: runs of words in literals and comments.
        numbers: whole numbers that stand beside a column that they are to be equal to, by its name.
    """

    literals: dict[str, tuple[str, str]] = field(default_factory=dict)
    phrases: dict[str, tuple[str, str]] = field(default_factory=dict)
    numbers: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict)


def texts_of(objects: Iterable[tuple[str, str, str]]) -> SchemaTexts:
    """What is written in the text of some objects, each given by type, name and text."""
    found = SchemaTexts()
    for kind, name, sql in objects:
        tokens = tokenize(sql)
        for column, number in _compared(tokens):
            found.numbers.setdefault(column, {}).setdefault(number, (kind, name))
        for token in tokens:
            if token.category is Category.STRING and token.text[0] == "'":
                literal = unquote(token.text).strip("%_")
                if len(literal) >= _SHORTEST_LITERAL:
                    found.literals.setdefault(_folded(literal), (kind, name))
                said = literal
            elif token.category is Category.COMMENT:
                said = token.text
            else:
                continue
            for phrase in _phrases(said):
                found.phrases.setdefault(phrase, (kind, name))
    return found


def named_in(
    session: Session, texts: dict[str, tuple[str, str]], places: Iterable[Place]
) -> Iterator[InSchema]:
    """Which of the texts are values of the columns. Reads each column once; paths in JSON are left out."""
    if not texts:
        return
    asked = json.dumps(list(texts))
    for place in places:
        if place.path:
            continue
        sql = _HOLDS.format(quote(place.column), qualified(place.table))
        held = {texts[str(value)] for (value,) in session.execute(sql, (asked,)) if str(value) in texts}
        yield from (InSchema(kind, name, place) for kind, name in sorted(held))


def numbers_in(session: Session, texts: SchemaTexts, places: Iterable[Place]) -> Iterator[InSchema]:
    """Which whole numbers that are compared with a column of that name are values of the columns."""
    for place in places:
        compared = texts.numbers.get(_folded(place.column))
        if compared:
            yield from named_in(session, compared, [place])


def _compared(tokens: Iterable[Token]) -> Iterator[tuple[str, str]]:
    """Columns and the whole numbers that they are to be equal to: `no = 670040`, `p.no IN (670040, 187054)`.

    A bound (`no > 100000`) is a number that was thought of, and nobody's.
    """
    read = [each for each in tokens if each.category not in (Category.SPACE, Category.COMMENT)]
    for at, token in enumerate(read):
        if (
            token.category is not Category.NUMBER
            or not token.text.isdecimal()
            or len(token.text) < _SHORTEST_LITERAL
        ):
            continue
        column = _before(read, at) or _behind(read, at)
        if column:
            yield _folded(column), str(int(token.text))


def _before(read: Sequence[Token], at: int) -> str:
    """The column before a number, and before what it is compared by; "" for none."""
    end = at - 1
    if end >= 0 and read[end].text in ("(", ","):
        while end >= 0 and (
            read[end].text == "," or read[end].category in (Category.NUMBER, Category.STRING)
        ):
            end -= 1
        if end < 1 or read[end].text != "(" or read[end - 1].word != "IN":
            return ""
        end -= 2
    elif end >= 0 and (read[end].text in _EQUAL or read[end].word in ("IS", "NOT")):
        end -= 1
    else:
        return ""
    while end >= 0 and read[end].word in ("NOT", "IS"):
        end -= 1
    return _name(read[end]) if end >= 0 else ""


def _behind(read: Sequence[Token], at: int) -> str:
    """The column behind a number, and behind what it is compared by; "" for none."""
    at += 1
    if at + 1 >= len(read) or read[at].text not in _EQUAL:
        return ""
    at += 1
    while at + 2 < len(read) and read[at + 1].text == ".":
        at += 2
    return _name(read[at])


def _name(token: Token) -> str:
    return unquote(token.text) if token.category is Category.IDENTIFIER or token.word else ""


def _phrases(text: str) -> Iterator[str]:
    """Every run of a few words, as written; one word alone where it has a capital or a digit."""
    words = [(each.start(), each.end()) for each in _WORD.finditer(text)]
    for at, (start, end) in enumerate(words):
        word = text[start:end]
        if len(word) >= _SHORTEST_WORD and not (word.isalpha() and word.islower()):
            yield _folded(word)
        for _, last in words[at + 1 : at + _MOST_WORDS]:
            if last - start > _MOST_CHARACTERS:
                break
            yield _folded(text[start:last])


def _folded(text: str) -> str:
    """As SQLite's lower() writes it."""
    return text.translate(_ASCII)
