"""All that values are compared with, made ready once: patterns in one automaton, lists of words in one dictionary."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

from steward_app.services.privacy.discover.folding import Joined
from steward_app.services.privacy.discover.once import once_for_rules
from steward_app.services.privacy.discover.patterns import INSIDE, WHOLE, telling
from steward_app.services.privacy.discover.profile import Form, Inside
from steward_app.services.privacy.discover.tokens import Words

_AUTOMATON_BYTES = 1 << 27
_GIVEN, _FAMILY = "given_name", "family_name"


class Rules(Protocol):
    """What a lexicon is made from: the part of the packs that is compared with values."""

    @property
    def digest(self) -> str: ...
    @property
    def patterns(self) -> Mapping[str, tuple[str, ...]]: ...
    @property
    def checks(self) -> Mapping[str, tuple[str, ...]]: ...
    @property
    def words(self) -> Mapping[str, frozenset[str]]: ...
    @property
    def terms(self) -> Mapping[str, tuple[str, ...]]: ...


@dataclass(frozen=True, slots=True, eq=False)
class SentRules:
    """Rules that came from another process, which is quicker than reading the packs again."""

    digest: str
    patterns: Mapping[str, tuple[str, ...]]
    checks: Mapping[str, tuple[str, ...]]
    words: Mapping[str, frozenset[str]]
    terms: Mapping[str, tuple[str, ...]]


def sent(rules: Rules) -> dict[str, Any]:
    """Rules as JSON."""
    parts = {name: getattr(rules, name) for name in ("patterns", "checks", "words", "terms")}
    lists = {part: {name: list(entries) for name, entries in said.items()} for part, said in parts.items()}
    return {"digest": rules.digest, **lists}


def received(said: Mapping[str, Any]) -> SentRules:
    """Rules that `sent` wrote."""
    patterns, checks, terms = (
        {name: tuple(entries) for name, entries in said[part].items()}
        for part in ("patterns", "checks", "terms")
    )
    words = {name: frozenset(entries) for name, entries in said["words"].items()}
    return SentRules(said["digest"], patterns, checks, words, terms)


class Lexicon:
    """Patterns and lists of the packs, beside those that are always there.

    Attributes:
        lists: names of the lists of words, and after them the kinds that have terms.
        checks: for the number of a pattern, the names of the checks of its kind.
        words: what words are in the lists.
        streets: words that say what kind of street it is; `street_endings`: those with which its name may end.
    """

    def __init__(self, packs: Rules) -> None:
        self._targets: list[Form | str] = [form for form, _ in WHOLE]
        patterns = [pattern for _, pattern in WHOLE]
        for kind, of_kind in packs.patterns.items():
            self._targets += [kind] * len(of_kind)
            patterns += of_kind
        self._match = _matching(_automaton(patterns, whole=True))
        self._inside = _matching(_automaton([pattern for _, pattern in INSIDE], whole=False))
        self.checks: dict[str, tuple[str, ...]] = {kind: tuple(names) for kind, names in packs.checks.items()}
        self.lists: tuple[str, ...] = (*packs.words, *packs.terms)
        self.streets = packs.words.get("street_type", frozenset())
        self.street_endings = tuple(packs.words.get("street_ending", ()))
        given, family = (self.lists.index(name) if name in packs.words else -1 for name in (_GIVEN, _FAMILY))
        self.words = Words((*packs.words.values(), *packs.terms.values()), given, family)

    def forms(self, values: Iterable[str]) -> list[tuple[int, ...]]:
        """For each value the numbers of the patterns that the whole of it fits."""
        return [tuple(found or ()) for found in map(self._match, Joined(list(values)).encoded())]

    def form(self, number: int) -> Form | str:
        """What a pattern stands for: a `Form`, or the name of a kind."""
        return self._targets[number]

    def inside(self, texts: Sequence[str]) -> list[list[Inside]]:
        """For each text what stands somewhere in it."""
        match, joined = self._inside, Joined(texts)
        return [
            [INSIDE[number][0] for number in (match(text) or ())] if speaks else []
            for text, speaks in zip(joined.encoded(), joined.encoded(telling), strict=True)
        ]


_made = once_for_rules(Lexicon)


def lexicon(packs: Rules) -> Lexicon:
    """The lexicon of some packs, kept for the next scan with the same."""
    return _made(packs)


def _matching(automaton: Any) -> Callable[[bytes], Sequence[int] | None]:
    """Its `Match` of bytes; where it can be had, that of C++ below, since the layer above takes a third of the time."""
    return cast("Callable[[bytes], Sequence[int] | None]", getattr(automaton, "_set", automaton).Match)


def _automaton(patterns: Sequence[str], *, whole: bool) -> Any:
    import re2

    options = re2.Options()
    options.max_mem = _AUTOMATON_BYTES
    options.log_errors = False
    found = re2.Set.FullMatchSet(options) if whole else re2.Set.SearchSet(options)
    for pattern in patterns:
        found.Add(pattern)
    found.Compile()
    return found
