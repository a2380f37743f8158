"""Finding a name by a few of its letters. No Qt."""

from __future__ import annotations

from dataclasses import dataclass

_STARTS, _WORD, _INSIDE, _SCATTERED = 1000, 700, 500, 100
_SCATTERED_FROM = 3  # letters; two stand somewhere in almost every name
_BREAKS = frozenset(" _-.,:/()[]\"'")


@dataclass(frozen=True, slots=True)
class Match:
    """How well a text fits, higher is better, and which of its characters were meant."""

    score: int
    positions: tuple[int, ...]


def match(query: str, text: str) -> Match | None:
    """How the text fits the query, or None. Every word of the query must be found; case does not matter."""
    words = [_lower(word) for word in query.split()]
    if not words:
        return Match(0, ())
    lowered = _lower(text)
    found = [_match_word(word, lowered) for word in words]
    whole = [one for one in found if one is not None]
    if len(whole) < len(words):
        return None
    positions = {position for one in whole for position in one.positions}
    return Match(sum(one.score for one in whole) // len(whole), tuple(sorted(positions)))


def _match_word(word: str, text: str) -> Match | None:
    start = text.find(word)
    if start >= 0:
        better = next((i for i in _places(word, text) if i == 0 or text[i - 1] in _BREAKS), None)
        start = start if better is None else better
        level = _STARTS if start == 0 else _WORD if better is not None else _INSIDE
        return Match(level - min(len(text), 90), tuple(range(start, start + len(word))))
    return _scattered(word, text) if len(word) >= _SCATTERED_FROM else None


def _places(word: str, text: str) -> list[int]:
    places, start = [], text.find(word)
    while start >= 0:
        places.append(start)
        start = text.find(word, start + 1)
    return places


def _scattered(word: str, text: str) -> Match | None:
    positions: list[int] = []
    at = -1
    for letter in word:
        at = text.find(letter, at + 1)
        if at < 0:
            return None
        positions.append(at)
    gaps = positions[-1] - positions[0] + 1 - len(word)
    return Match(_SCATTERED - min(gaps, _SCATTERED - 1), tuple(positions))


def _lower(text: str) -> str:
    """Lower case with every character in its place."""
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else "".join(c.lower()[:1] or c for c in text)
