"""Objects in JSON whose keys are data: persons, addresses, numbers, days; and which keys belong to their structure.

Two signs say so. There are very many different keys, each in few documents. Or they are names of persons, however few
and however often they stand there: a list of who was present has the same names every day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from steward_app.services.privacy.discover.folding import words_all
from steward_app.services.privacy.discover.lexicon import Lexicon
from steward_app.services.privacy.discover.tokens import Token
from steward_app.services.privacy.json_steps import step
from steward_app.services.privacy.json_values import nested

MOST_DEEP: Final = 24
MOST_ELEMENTS: Final = 200
MOST_KEYS: Final = (
    40  # of one object; of more, or of so many different ones over all documents, they are data
)
_RARE: Final = 0.1
_MOST: Final = 0.5
"""Of such objects that have a key: then it belongs to their structure."""

_WORDS_OF_NAMES: Final = range(2, 5)
_LEAST_ALONE: Final = (
    3  # names of one word that an object has, before its keys are persons: May, Grace and Will are words
)
_MOSTLY: Final = 0.8
_LABELS: Final = 0.5
"""Of the keys with blanks that are names: others are labels that a person wrote, “Grace Period”."""

_MONTHS: Final = frozenset(
    {
        "april",
        "may",
        "june",
        "july",
        "august",
        "mai",
        "juni",
        "juli",
        "avril",
        "abril",
        "mayo",
        "maj",
        "augusto",
    }
)


def keyed_by_data(documents: Sequence[tuple[Any, int]], lexicon: Lexicon | None) -> dict[str, frozenset[str]]:
    """The paths of objects whose keys are data, each with the keys that belong to its structure all the same.

    Args:
        documents: each with how many rows have it.
        lexicon: that knows names; None where they are not looked at.
    """
    seen: dict[str, Counter[str]] = {}
    objects: Counter[str] = Counter()
    waiting = [(document, "$", 0) for document, _ in documents]
    while waiting:
        value, path, depth = waiting.pop()
        if depth > MOST_DEEP:
            continue
        if isinstance(value, dict):
            objects[path] += 1
            seen.setdefault(path, Counter()).update(value.keys())
            waiting += [(inner, path + step(key), depth + 1) for key, inner in value.items()]
        elif isinstance(value, list):
            waiting += [(inner, f"{path}[*]", depth + 1) for inner in value[:MOST_ELEMENTS]]
        elif isinstance(value, str) and (inner := nested(value)) is not None:
            waiting.append((inner, path, depth + 1))
    often = max(2.0, _RARE * len(documents))
    found = {}
    for path, keys in seen.items():
        frequent = frozenset(key for key, count in keys.items() if count >= max(often, _MOST * objects[path]))
        if len(keys) > MOST_KEYS and sum(count < often for count in keys.values()) > len(keys) / 2:
            found[path] = frequent
        elif lexicon is not None and (named := _named(list(keys), lexicon)):
            found[path] = _structure(keys, frequent, named)
    return found


def _structure(
    keys: Mapping[str, int], frequent: frozenset[str], named: Mapping[str, bool]
) -> frozenset[str]:
    """Beside names: what most objects have, and beside full names what a program writes in small letters."""
    full = any(named.values())
    return frozenset(
        key
        for key in keys
        if key not in named and (key in frequent or (full and key[:1].islower() and key.isidentifier()))
    )


def _named(keys: Sequence[str], lexicon: Lexicon) -> dict[str, bool]:
    """The keys that are names of persons, each with whether it is a full one; none where the keys are words."""
    tokens = {
        key: lexicon.words.tokens(words)
        for key, words in zip(keys, words_all(keys), strict=True)
        if not any(map(str.isdigit, key))
    }
    full = {key: True for key, words in tokens.items() if _is_full_name(words)}
    alone = {key: False for key, words in tokens.items() if _is_given_name(words)}
    spaced = sum(" " in key for key in keys)
    given = {token.folded for key in full for token in tokens[key] if token.given}
    if len(full) >= 2 and len(given) >= 2 and len(full) >= _LABELS * spaced:
        return alone | full
    capital = sum(key[:1].isupper() for key in alone)
    share = len(alone) / max(1, len(keys))
    if len(alone) >= _LEAST_ALONE and (share >= _MOSTLY or (capital == len(alone) and share >= _LABELS)):
        return alone | full
    return {}


def _is_full_name(words: Sequence[Token]) -> bool:
    """A given name and another that is written as one: “Emil Birnbaum”, “Birnbaum, Emil”."""
    if len(words) not in _WORDS_OF_NAMES or not all(word.capital or not _has_case(word) for word in words):
        return False
    return any(word.given for word in words) and not all(word.folded in _MONTHS for word in words)


def _is_given_name(words: Sequence[Token]) -> bool:
    return len(words) == 1 and words[0].given and words[0].folded not in _MONTHS


def _has_case(word: Token) -> bool:
    return word.folded.upper() != word.folded.lower()
