"""All that values are compared with, made ready once: patterns in one automaton, lists of words in one dictionary."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

from steward_app.services.privacy.discover.folding import encode_all, fold
from steward_app.services.privacy.discover.once import once_for_rules
from steward_app.services.privacy.discover.patterns import INSIDE, WHOLE
from steward_app.services.privacy.discover.profile import Form, Inside

_AUTOMATON_BYTES = 1 << 27
_MOST_TOKENS = 200_000
_GIVEN, _FAMILY = "given_name", "family_name"
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_TITLES = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "miss",
        "mx",
        "dr",
        "prof",
        "sir",
        "herr",
        "herrn",
        "frau",
        "mme",
        "mlle",
        "monsieur",
        "madame",
        "sr",
        "sra",
        "srta",
        "don",
        "dona",
        "sig",
        "signor",
        "signora",
        "sig.ra",
        "dhr",
        "mevr",
        "mevrouw",
        "pan",
        "pani",
        "hr",
        "fru",
    ]
)


Longer: TypeAlias = Mapping[str, tuple[tuple[tuple[str, ...], int], ...]]
_NONE: Longer = {}


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text, and what it is in the lists.

    Attributes:
        lists: numbers of the lists it stands in by itself.
        longer: by the word after it, entries of several words that begin so, with the number of their list.
        capital: begins with a capital.
        title: as stands before a name.
    """

    folded: str
    lists: tuple[int, ...]
    longer: Longer
    given: bool
    family: bool
    capital: bool
    title: bool


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
    """

    def __init__(self, packs: Rules) -> None:
        self._targets: list[Form | str] = [form for form, _ in WHOLE]
        patterns = [pattern for _, pattern in WHOLE]
        for kind, of_kind in packs.patterns.items():
            self._targets += [kind] * len(of_kind)
            patterns += of_kind
        self._match = _automaton(patterns, whole=True).Match
        self._inside = _automaton([pattern for _, pattern in INSIDE], whole=False)
        self.checks: dict[str, tuple[str, ...]] = {kind: tuple(names) for kind, names in packs.checks.items()}
        self.lists: tuple[str, ...] = (*packs.words, *packs.terms)
        self._lists_of: dict[str, tuple[int, ...]] = {}
        self._longer: dict[str, Longer] = {}
        self._gather((*packs.words.values(), *packs.terms.values()))
        self._given = self.lists.index(_GIVEN) if _GIVEN in packs.words else -1
        self._family = self.lists.index(_FAMILY) if _FAMILY in packs.words else -1
        self._tokens: dict[str, Token] = {}

    def forms(self, values: Iterable[str]) -> Iterator[tuple[int, ...]]:
        """For each value the numbers of the patterns that the whole of it fits."""
        match = self._match
        for value in encode_all(list(values)):
            found = match(value)
            yield tuple(found) if found else ()

    def form(self, number: int) -> Form | str:
        """What a pattern stands for: a `Form`, or the name of a kind."""
        return self._targets[number]

    def inside(self, text: str) -> list[Inside]:
        """What stands somewhere in a text."""
        found = self._inside.Match(text.encode("utf-8", "replace"))
        return [INSIDE[number][0] for number in found or ()]

    def entry(self, folded: str) -> tuple[int, ...]:
        """The lists that a whole value stands in."""
        return self._lists_of.get(folded, ())

    def tokens(self, words: Iterable[str]) -> list[Token]:
        """What the words of a text are, as `folding.words_all` gives them."""
        known = self._tokens
        if len(known) > _MOST_TOKENS:
            known.clear()
        return [known.get(word) or self._learn(word) for word in words]

    def _learn(self, word: str) -> Token:
        bare = word.strip("'’")
        folded = fold(bare)
        lists = self._lists_of.get(folded, ())
        token = Token(
            folded,
            lists,
            self._longer.get(folded, _NONE),
            self._given in lists,
            self._family in lists,
            bare[:1].isupper(),
            folded in _TITLES,
        )
        self._tokens[word] = token
        return token

    def _gather(self, lists: Sequence[Iterable[str]]) -> None:
        found: dict[str, list[int]] = defaultdict(list)
        longer: dict[str, dict[str, tuple[tuple[tuple[str, ...], int], ...]]] = defaultdict(dict)
        for number, entries in enumerate(lists):
            for entry in entries:
                if number not in found[entry]:
                    found[entry].append(number)
                if not entry.isalpha():
                    words = tuple(_WORD.findall(entry))
                    if (
                        len(words) > 1 and max(map(len, words)) > 1
                    ):  # not "m5s", whose letters are those of times
                        known = longer[words[0]].get(words[1], ())
                        longer[words[0]][words[1]] = (*known, (words, number))
        self._lists_of = {entry: tuple(numbers) for entry, numbers in found.items()}
        self._longer = dict(longer)


_made = once_for_rules(Lexicon)


def lexicon(packs: Rules) -> Lexicon:
    """The lexicon of some packs, kept for the next scan with the same."""
    return _made(packs)


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
