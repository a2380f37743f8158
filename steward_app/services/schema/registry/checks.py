"""CHECK constraints in words of JSON Schema, as far as they say the same; what cannot be read is told as it stands.

Read are, joined by AND or alone: `x IN ('a', 'b')`, `x = 'a'`, `x <> ''`, `x >= 0`, `0 < x`, `x BETWEEN 1 AND 5`, the
same of `length(x)`, `x IS NOT NULL`, and each of them behind `x IS NULL OR`. NULL passes every CHECK, in SQLite too.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from steward_app.db import fold, quote
from steward_app.db.tokens import Category, Token, significant, tokenize, unquote
from steward_app.kernel.plan import Json

_NUMBER: Final = re.compile(r"\d+|(\d+\.\d*|\.\d+|\d+(?=[eE]))([eE][+-]?\d+)?")
_HEXADECIMAL: Final = re.compile(r"0[xX]0*[0-9a-fA-F]{1,16}")
_LARGEST: Final = 2**63 - 1
_MIRRORED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_OPERATORS: Final = frozenset({"<", "<=", ">", ">=", "=", "==", "<>", "!="})
_JOINTS: Final = frozenset({"IN", "BETWEEN"})
_BOUNDS: Final = {"<": "exclusiveMaximum", "<=": "maximum", ">": "exclusiveMinimum", ">=": "minimum"}
_NUMERIC: Final = frozenset({"integer", "number"})
BINARY: Final = "BINARY"
"""The collation of a column that says none."""
NOT_NULL: Final = "not null"
"""Said of a column that takes no NULL; no keyword of JSON Schema."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A column as far as its CHECKs need to know: the kinds of values it holds, and how its texts compare."""

    name: str
    kinds: frozenset[str]
    collation: str = BINARY

    @property
    def binary(self) -> bool:
        """Whether its texts compare as bytes."""
        return self.collation.upper() == BINARY


class Said(NamedTuple):
    """A keyword of JSON Schema that a condition on a column comes to."""

    column: str
    keyword: str
    value: Json


Words = Sequence[Token]


def read_check(expression: str, columns: Sequence[Kept]) -> tuple[tuple[Said, ...], tuple[str, ...]]:
    """What a CHECK says in keywords, and the text of the conditions that have none, written evenly."""
    named = {fold(column.name): column for column in columns}
    said: list[Said] = []
    left: list[str] = []
    for words in _conditions(_bare(significant(tokenize(expression)))):
        found = _read(words, named)
        if found is None:
            left.append(evenly(words, named))
        else:
            said += found
    return tuple(said), tuple(left)


def evenly(words: Words, named: Mapping[str, Kept]) -> str:
    """A condition as text that is the same however it was spaced, quoted or put in capitals.

    Where texts of a column do not compare as bytes, how they do is part of what it says.
    """
    parts = []
    for token in words:
        column = _column([token], named)
        if column is not None:
            parts.append(collated(quote(column.name), column.collation))
        else:
            parts.append(token.word or token.text)
    return " ".join(parts)


def collated(term: str, collation: str) -> str:
    """A column or expression with the collation by which its texts compare, unless that is the one of bytes."""
    return term if collation.upper() == BINARY else f"{term} COLLATE {collation.upper()}"


def add(words: dict[str, Json], said: Said) -> None:
    """Put a keyword beside those that a column has: both hold."""
    keyword, value = said.keyword, said.value
    before = words.get(keyword)
    if before is None:
        words[keyword] = value
    elif isinstance(before, list) and isinstance(value, list):
        words[keyword] = [each for each in before if each in value]
    elif isinstance(before, (int, float)) and isinstance(value, (int, float)):
        words[keyword] = min(before, value) if "max" in keyword.lower() else max(before, value)


def _conditions(words: Words) -> Iterator[Words]:
    """What is joined by AND, taken apart; a text with OR stays whole."""
    parts = _split(words, "AND") if len(_split(words, "OR")) == 1 else []
    if len(parts) < 2:
        yield words
        return
    for part in parts:
        yield from _conditions(_bare(part))


def _split(words: Words, joint: str) -> list[Words]:
    """The parts between a word on the outermost level; the AND of BETWEEN joins nothing."""
    parts: list[Words] = []
    depth = start = between = 0
    for at, token in enumerate(words):
        if token.text == "(" or token.word == "CASE":
            depth += 1
        elif token.text == ")" or token.word == "END":
            depth -= 1
        elif depth == 0 and token.word == "BETWEEN":
            between += 1
        elif depth == 0 and token.word == "AND" and between:
            between -= 1
        elif depth == 0 and token.word == joint:
            parts.append(words[start:at])
            start = at + 1
    return [*parts, words[start:]]


def _bare(words: Words) -> Words:
    """Without brackets around the whole."""
    while len(words) > 2 and words[0].text == "(" and _closing(words, 0) == len(words) - 1:
        words = words[1:-1]
    return words


def _closing(words: Words, at: int) -> int:
    depth = 0
    for place in range(at, len(words)):
        depth += {"(": 1, ")": -1}.get(words[place].text, 0)
        if depth == 0:
            return place
    return -1


def _or_nothing(words: Words, named: Mapping[str, Kept]) -> list[Said] | None:
    """`x IS NULL OR ...`, where what follows speaks of x alone: NULL passes it anyway."""
    parts = _split(words, "OR")
    for one, other in (parts, parts[::-1]) if len(parts) == 2 else ():
        column = _column(one[:1], named)
        if column is None or [token.word for token in one[1:]] not in (["IS", "NULL"], ["ISNULL"]):
            continue
        said: list[Said] = []
        for each in _conditions(_bare(other)):
            found = _read(each, named)
            if found is None:
                return None
            said += found
        alone = all(each.column == column.name and each.keyword != NOT_NULL for each in said)
        return said if alone else None
    return None


def _is_name(token: Token) -> bool:
    return token.category in (Category.IDENTIFIER, Category.KEYWORD)


def _column(words: Words, named: Mapping[str, Kept]) -> Kept | None:
    if len(words) != 1 or not _is_name(words[0]):
        return None
    return named.get(fold(unquote(words[0].text)))


def _read(words: Words, named: Mapping[str, Kept]) -> list[Said] | None:
    """One condition; None where it says what no keyword does."""
    if len(_split(words, "OR")) > 1:
        return _or_nothing(words, named)
    column = _column(words[:1], named)
    if column and [token.word for token in words[1:]] in (
        ["IS", "NOT", "NULL"],
        ["NOTNULL"],
        ["NOT", "NULL"],
    ):
        return [Said(column.name, NOT_NULL, True)]
    places = [at for at in _outermost(words) if words[at].word in _JOINTS or words[at].text in _OPERATORS]
    if len(places) != 1:
        return None
    left, joint, right = words[: places[0]], words[places[0]], words[places[0] + 1 :]
    measured = _measured(left, named)
    if joint.word == "IN":
        return _listed(measured[0], right) if measured and not measured[1] else None
    if joint.word == "BETWEEN":
        values = [_literal(part) for part in _split(right, "AND")]
        if measured is None or len(values) != 2:
            return None
        return _both(_word(*measured, ">=", values[0]), _word(*measured, "<=", values[1]))
    if measured is not None:
        return _word(*measured, joint.text, _literal(right))
    measured = _measured(right, named)
    mirrored = _MIRRORED.get(joint.text, joint.text)
    return None if measured is None else _word(*measured, mirrored, _literal(left))


def _outermost(words: Words) -> Iterator[int]:
    """The places that stand in no brackets."""
    depth = 0
    for at, token in enumerate(words):
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if depth == 0:
            yield at


def _listed(column: Kept, words: Words) -> list[Said] | None:
    if len(words) < 3 or words[0].text != "(" or _closing(words, 0) != len(words) - 1:
        return None
    values: list[Json] = []
    for part in _parts(words[1:-1]):
        value = _literal(part)
        if value is None or not _fits(column, value):
            return None
        values.append(value)
    return [Said(column.name, "enum", list(dict.fromkeys(values)))]


def _parts(words: Words) -> Iterator[Words]:
    start = 0
    for at, token in enumerate(words):
        if token.text == ",":
            yield words[start:at]
            start = at + 1
    yield words[start:]


def _both(one: list[Said] | None, other: list[Said] | None) -> list[Said] | None:
    return None if one is None or other is None else [*one, *other]


def _measured(words: Words, named: Mapping[str, Kept]) -> tuple[Kept, bool] | None:
    """The column that stands there, and whether it is its length."""
    words = _bare(words)
    column = _column(words, named)
    if column is not None:
        return column, False
    if (
        len(words) > 3
        and words[0].word == "LENGTH"
        and words[1].text == "("
        and _closing(words, 1) == len(words) - 1
    ):
        column = _column(_bare(words[2:-1]), named)
    return (column, True) if column is not None else None


def _word(column: Kept, length: bool, operator: str, value: Json) -> list[Said] | None:
    if value is None:
        return None
    if length:
        return _length(column, operator, value)
    if operator in ("=", "=="):
        return [Said(column.name, "enum", [value])] if _fits(column, value) else None
    if operator in ("<>", "!=") and value == "" and column.kinds == {"string"}:
        return [Said(column.name, "minLength", 1)]
    if operator in _BOUNDS and not isinstance(value, str) and column.kinds <= _NUMERIC:
        return [Said(column.name, _BOUNDS[operator], value)]
    return None


def _length(column: Kept, operator: str, value: Json) -> list[Said] | None:
    if not isinstance(value, int) or column.kinds != {"string"}:
        return None
    least = value + (operator == ">") if operator in (">", ">=", "=", "==") else None
    most = value - (operator == "<") if operator in ("<", "<=", "=", "==") else None
    if (least is None and most is None) or (most is not None and most < 0):
        return None
    found = [Said(column.name, "minLength", max(least, 0))] if least is not None else []
    return [*found, Said(column.name, "maxLength", most)] if most is not None else found


def _fits(column: Kept, value: Json) -> bool:
    """Whether SQLite compares the value with those of the column as JSON does."""
    if isinstance(value, str):
        return column.kinds == {"string"} and column.binary
    return column.kinds <= _NUMERIC


def _literal(words: Words) -> Json:
    """The number or text that stands there; None for anything else."""
    words, sign = _bare(words), 1
    if len(words) == 2 and words[0].text in ("-", "+"):
        sign = -1 if words[0].text == "-" else 1
        words = words[1:]
        if words[0].category is not Category.NUMBER:
            return None
    if len(words) != 1:
        return None
    text = words[0].text
    if words[0].category is Category.STRING and text[:1] == "'":
        return unquote(text)
    if words[0].category is Category.NUMBER and _HEXADECIMAL.fullmatch(text):
        number = int(text, 16)  # of 64 bits, the first of which is the sign
        return sign * (number if number <= _LARGEST else number - 2**64)
    if words[0].category is not Category.NUMBER or not _NUMBER.fullmatch(text):
        return None
    value = int(text) if text.isdigit() and int(text) <= _LARGEST else float(text)
    return sign * value if math.isfinite(value) else None
