"""Full-text indexes: does one still answer for an original value, and which words of deleted texts does it keep?

An index is asked for each value as a phrase, which it takes apart as it took the texts apart (stemmed, without accents,
in trigrams). The words it keeps are read from its own tables, where they are shortened by what they share with the one
before, so that no search of bytes finds them; those that its vocabulary does not list any more are of deleted texts.
https://www.sqlite.org/fts5.html https://www.sqlite.org/fts3.html
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import closing

from steward_app.db import ReadSession, qualified, quote
from steward_app.db.any_text import as_bound, rows_of_any_text
from steward_app.db.query import readable
from steward_app.db.records import varint
from steward_app.kernel.errors import Cancelled, Failure, StewardError
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.residue.forms import is_weak, text_of
from steward_app.services.privacy.residue.in_latin import in_latin
from steward_app.services.privacy.residue.judge import Judge
from steward_app.services.privacy.residue.matcher import SHORTEST
from steward_app.services.privacy.residue.model import NotSearched, Where
from steward_app.services.privacy.residue.objects import FullText
from steward_app.services.privacy.residue.tally import Tally

_DEAD, _VOCABULARY = "steward_residue_words", "steward_residue_vocabulary"
_WORD = re.compile(r"\w+")
_PLAIN_WORD = re.compile(r"[^\W_]+")
_LONGEST_PHRASE = 1_000


class FullTextSearch:
    """Looks for values in one full-text index. Made outside of a transaction, in `session.temporary()`."""

    def __init__(self, session: ReadSession, index: FullText, tally: Tally) -> None:
        self._session, self._index, self._tally = session, index, tally
        self._dead: frozenset[str] = frozenset()
        self.problem: NotSearched | None = None
        try:
            with readable(index.table):
                self._match("steward")
                self._dead = frozenset(self._dead_words())
        except Cancelled:
            raise
        except (StewardError, UnicodeDecodeError):
            self.problem = NotSearched(
                f"the words of the full-text index {index.table}",
                "SQLite cannot read it here; its pages were searched as bytes",
            )
        else:
            tally.full_text_read.add(index.table)

    def search(self, values: Sequence[SqlValue], judge: Judge, context: Context) -> None:
        """Count the values that the index answers for, and those of which it keeps a word."""
        if self.problem:
            return
        explained = judge.explained_by_parts if self._index.by_parts else judge.explained
        with self._session.under(context):
            for number, value in enumerate(values):
                text = text_of(value)
                if not text or number in explained or is_weak(text) or len(text) > _LONGEST_PHRASE:
                    continue
                if any(self._answers(each) or self._keeps_a_word(each) for each in (text, *in_latin(text))):
                    self._tally.found(
                        Where.FULL_TEXT, "", self._index.table, "", number, of=judge.places(number)
                    )

    def _answers(self, text: str) -> bool:
        """Does the index answer for a value, and not for parts of longer words alone?

        “Gail Potts” is a phrase to it in “gail.potts.1s3f@example.net”, too, which is somebody else's address now and
        is judged as the cell it is. What no row holds is left over: its row is gone, or the index keeps no texts.
        """
        if not self._match(text):
            return False
        sought = _words_in_order(text)
        if len(sought) < 2:
            return True
        phrase, bound = as_bound(_phrase(text))
        rows = f"SELECT * FROM {qualified(self._index.table)} WHERE {quote(self._index.table)} MATCH {phrase}"
        try:
            with (
                readable(self._index.table),
                closing(rows_of_any_text(self._session, rows, (bound,))) as answers,
            ):
                return not all(_within_longer_words(sought, row) for row in answers)
        except Failure:  # it keeps no places of words, or rows of its table are gone
            return True

    def _keeps_a_word(self, text: str) -> bool:
        return bool(self._dead) and any(not self._match(word) for word in self._dead & words(text))

    def _match(self, text: str) -> bool:
        """Does the index answer for a phrase? Where it keeps no places of words, for all words of it."""
        text = text.replace("\0", " ")
        if self._index.module != "fts5":
            return self._has(_phrase(text.replace('"', " ")))
        try:
            with readable(self._index.table):
                return self._has(_phrase(text))
        except Failure:  # it keeps no places of words
            parts = [_phrase(word) for word in _WORD.findall(text)]
            return bool(parts) and self._has(" AND ".join(parts))

    def _has(self, asked: str) -> bool:
        term, bound = as_bound(asked)
        name, table = quote(self._index.table), qualified(self._index.table)
        return (
            self._session.one(f"SELECT 1 FROM {table} WHERE {name} MATCH {term} LIMIT 1", (bound,))
            is not None
        )

    def _dead_words(self) -> list[str]:
        """Words of at least five letters that its tables keep and its vocabulary does not list."""
        session, five = self._session, self._index.module == "fts5"
        blocks = self._blocks_of_5() if five else self._blocks_of_4()
        read = _terms_of_5 if five else _terms_of_4
        kept = {term for block in blocks for term in read(block)}
        if self._index.lists_deleted:  # its vocabulary does not tell: each word is asked for
            return _long(kept)
        vocabulary = (
            f"fts5vocab(main, {quote(self._index.table)}, row)"
            if five
            else f"fts4aux(main, {quote(self._index.table)})"
        )
        session.all(f"CREATE VIRTUAL TABLE temp.{_VOCABULARY} USING {vocabulary}")
        try:
            for (term,) in session.execute(f"SELECT CAST(term AS BLOB) FROM temp.{_VOCABULARY}"):
                kept.discard(term if isinstance(term, bytes) else b"")
        finally:
            session.all(f"DROP TABLE temp.{_VOCABULARY}")
        return _long(kept)

    def _blocks_of_5(self) -> Iterator[bytes]:
        sql = f"SELECT block FROM {qualified(self._index.table + '_data')} WHERE id > 10 AND id & 0x1F80000000 = 0"
        return (block for (block,) in self._session.execute(sql) if isinstance(block, bytes))

    def _blocks_of_4(self) -> Iterator[bytes]:
        for part, column in (("_segdir", "root"), ("_segments", "block")):
            sql = f"SELECT {quote(column)} FROM {qualified(self._index.table + part)}"
            yield from (block for (block,) in self._session.execute(sql) if isinstance(block, bytes))


def _long(terms: set[bytes]) -> list[str]:
    return [term.decode("utf-8", "replace") for term in terms if len(term) >= SHORTEST]


def words(text: str) -> set[str]:
    """The words of a text as an index may keep them: small letters, with accents and without."""
    small = text.lower()
    bare = "".join(c for c in unicodedata.normalize("NFD", small) if not unicodedata.combining(c))
    found = {*_WORD.findall(small), *_WORD.findall(bare)}
    return {word for word in found if len(word.encode("utf-8", "replace")) >= SHORTEST and not is_weak(word)}


def _words_in_order(text: str) -> list[str]:
    """The words of a text, in small letters and without accents."""
    bare = unicodedata.normalize("NFD", text.lower())
    return _PLAIN_WORD.findall("".join(c for c in bare if not unicodedata.combining(c)))


def _within_longer_words(sought: list[str], row: Sequence[SqlValue]) -> bool:
    """Does a row hold some words one after the other, but nowhere free of others that no space parts from them?"""
    held = False
    for text in (value for value in row if isinstance(value, str)):
        rest: list[str] = []
        for chunk in text.split():
            there = _words_in_order(chunk)
            is_longer = len(there) > len(sought) and _stand_in(sought, there)
            held |= is_longer
            rest += ["\n"] if is_longer else there
        if _stand_in(sought, rest):
            return False
    return held


def _stand_in(sought: list[str], there: list[str]) -> bool:
    count = len(sought)
    return any(there[at : at + count] == sought for at in range(len(there) - count + 1))


def _phrase(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _terms_of_5(block: bytes) -> Iterator[bytes]:
    """The terms of a leaf of FTS5; its footer says where each begins. Each has a byte in front that names its index."""
    size = int.from_bytes(block[2:4], "big")
    at, place, term = size, 0, b""
    while 4 <= size < len(block) and at < len(block):
        step, at = varint(block, at)
        if step <= 0:
            return
        first, place = place == 0, place + step
        kept, start = (0, place) if first else varint(block, place)
        length, start = varint(block, start)
        if length < 0 or kept < 0:
            return
        term = term[:kept] + block[start : start + length]
        yield term[1:]


def _terms_of_4(block: bytes) -> Iterator[bytes]:
    """The terms of a leaf of FTS3 and FTS4. Its numbers have their low bits first."""
    height, at = _low_first(block, 0)
    term = b""
    first = True
    while height == 0 and 0 < at < len(block):
        kept = 0
        if not first:
            kept, at = _low_first(block, at)
        length, at = _low_first(block, at)
        term, first = term[:kept] + block[at : at + length], False
        yield term
        places, at = _low_first(block, at + length)
        at += places


def _low_first(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    for byte in data[at : at + 10]:
        value |= (byte & 0x7F) << shift
        shift, at = shift + 7, at + 1
        if byte < 0x80:
            break
    return value, at
