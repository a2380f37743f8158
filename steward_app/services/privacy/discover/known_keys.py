"""Keys of JSON that name persons whom the database itself knows, however they are written there.

Such a key needs no list of names: “ebirnbaum” is somebody where a table has Emil Birnbaum. A word that is a setting or
a town as well (Rose, Price) is taken for that where nothing stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from steward_app.db import ReadSession, qualified, quote
from steward_app.db.any_text import legible
from steward_app.db.distinct import distinct
from steward_app.db.query import readable
from steward_app.db.raw_rows import RawRows
from steward_app.kernel.progress import Context
from steward_app.services.privacy.discover.folding import fold_all, words_all
from steward_app.services.privacy.discover.key_words import A_WORD_TOO, Is, Word, key_words
from steward_app.services.privacy.discover.lexicon import Lexicon
from steward_app.services.privacy.json_steps import path_steps
from steward_app.services.privacy.model import Place

NAMES: Final = frozenset({"person_name", "given_name", "family_name"})
_NAMES_A_BATCH: Final = 5_000
_LEAST_ALONE: Final = 4  # letters of a name that stands alone, or after an initial
_LEAST_UNSPACED: Final = 2  # letters of a whole name that is written without a blank: 王伟
_MOST_WORDS: Final = 5


class KeysAsked:
    """Keys of JSON, of which it is asked whether they name anybody.

    Attributes:
        named: those that do, of the names so far.

    Args:
        beside: one name of somebody is enough beside other words, too: “Birnbaum's bed”, “bed_birnbaum”.
    """

    def __init__(self, keys: Iterable[str], lexicon: Lexicon, *, beside: bool = False) -> None:
        self.named: set[str] = set()
        self._alone: dict[str, set[str]] = {}
        self._beside: dict[str, set[str]] = {}
        self._written: dict[str, set[str]] = {}
        self._with: dict[str, set[str]] = {}
        self._words: dict[str, frozenset[str]] = {}
        self._sorts: dict[str, Is] = {}
        reader = key_words(lexicon)
        for key in keys:
            for part in reader.read(key):
                words = [word.folded for word in part.words]
                self._sorts |= {word.folded: word.sort for word in part.words}
                self._words[key] = self._words.get(key, frozenset()).union(words)
                for word in words:
                    self._with.setdefault(word, set()).add(key)
                for word in _beside_others(part.words) if beside and not part.a_place else ():
                    self._beside.setdefault(word, set()).add(key)
                alone = len(words) == 1 and not part.letters
                if alone and self._sorts[words[0]] in A_WORD_TOO:
                    continue
                self._written.setdefault("".join((*part.letters, *words)), set()).add(key)
                self._written.setdefault("".join((*words, *part.letters)), set()).add(key)
                if alone:
                    self._alone.setdefault(words[0], set()).add(key)

    def __bool__(self) -> bool:
        return bool(self._words)

    def hold_against(self, names: Sequence[Sequence[str]]) -> None:
        """Look which keys name some persons, each by the words of a name in small letters, the given name first."""
        for words in names:
            if not 0 < len(words) <= _MOST_WORDS:
                continue
            if len(words) == 1:
                self._one(words[0])
                if words[0].upper() == words[0].lower() and len(words[0]) >= _LEAST_UNSPACED:
                    self._together(words[0])
                continue
            for word in words:
                for key in self._with.get(word, ()):
                    if self._words[key].issuperset(words):
                        self.named.add(key)
                self._one(word)
            given, family = words[0], words[-1]
            self._together(given + family, family + given)
            if len(family) >= _LEAST_ALONE:
                self._together(given[0] + family, family + given[0])

    def _one(self, word: str) -> None:
        if len(word) >= _LEAST_ALONE:
            self.named |= self._alone.get(word, set()) | self._beside.get(word, set())

    def _together(self, *written: str) -> None:
        for each in written:
            self.named |= self._written.get(each, set())


def _beside_others(words: Sequence[Word]) -> Iterator[str]:
    """The words of a key that name somebody whatever stands beside them: what is a given name beside plain words alone.

    “Karl Quastenhof” is not the Karl whom the database knows.
    """
    for word in words if len(words) > 1 else ():
        plain = all(other.sort is Is.ORDINARY for other in words if other is not word)
        if word.sort in (Is.FAMILY, Is.UNKNOWN) or (word.sort is Is.GIVEN and plain):
            yield word.folded
        if word.sort is Is.UNKNOWN and word.folded.endswith("s"):
            yield word.folded[:-1]  # Birnbaums Bett


def keys_of(path: str) -> Iterator[str]:
    """The keys that a path in JSON names."""
    return (name for kind, name in path_steps(path) if kind == "key")


def named_by(
    session: ReadSession,
    keys: Iterable[str],
    named: Iterable[tuple[Place, str]],
    lexicon: Lexicon,
    context: Context,
    *,
    most: int | None = None,
    beside: bool = False,
) -> frozenset[str]:
    """The keys that name somebody whom some columns hold.

    Args:
        beside: as for `KeysAsked`.
        named: columns of names, each with its type.
        most: rows of a table that are read; all without it.
    """
    asked = KeysAsked(keys, lexicon, beside=beside)
    for names in names_of(session, named, context, most=most) if asked else ():
        asked.hold_against(names)
    return frozenset(asked.named)


def _together(named: Iterable[tuple[Place, str]]) -> list[list[Place]]:
    """Columns by the name that they make: the given and the family name of a table do together."""
    by_table: dict[tuple[str, str], list[Place]] = {}
    for place, kind in named:
        if not place.path:
            by_table.setdefault((place.table, kind), []).append(place)
    found = []
    for (table, kind), places in by_table.items():
        family = by_table.get((table, "family_name"), [])[:1]
        beside = family if kind == "given_name" else []
        found += [[place, *beside] for place in places]
    return found


def names_of(
    session: ReadSession, named: Iterable[tuple[Place, str]], context: Context, *, most: int | None = None
) -> Iterator[list[list[str]]]:
    """The words of all names of persons in small letters, the given name first, by the batch.

    Args:
        named, most: as for `named_by`.
    """
    columns = _together(named)
    raw = RawRows(session, kept=())
    for places in columns:
        table = places[0].table
        columns_sql = ", ".join(quote(each.column) for each in places)
        limit_sql = f" LIMIT {most:d}" if most is not None else ""
        terms = [f"CAST({quote(each.column)} AS BLOB)" for each in places]
        rest = f"FROM (SELECT {columns_sql} FROM {qualified(table)}{limit_sql})"
        with session.under(context), readable(table):
            rows = distinct(session, terms, rest)
            while batch := list(islice(rows, _NAMES_A_BATCH)):
                context.checkpoint()
                texts = [
                    " ".join(legible(raw.text(each)) for each in row if isinstance(each, bytes))
                    for row in batch
                ]
                yield [
                    words[1:] + words[:1] if "," in text and len(words) > 1 else words
                    for text, words in zip(texts, words_all(fold_all(texts)), strict=True)
                ]
