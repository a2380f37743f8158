"""What words in double quotes are, in the texts of a schema: names, or texts.

SQLite takes "b" for the text 'b' where there is no column b. Once the column has another name or has gone, an index, a
view or a trigger that names it so would not break: it would go on with the same text for every row, and without a word.
SQLite's own RENAME and DROP COLUMN find some of these, and none that take the column from another view.
https://www.sqlite.org/quirks.html#dblquote
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, TypeAlias

from steward_app.db import WriteSession
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.db.names import fold, quote
from steward_app.db.tokens import LONGEST_READ, Category, Token, significant, tokenize, unquote

Place: TypeAlias = tuple[str, str]
"""What an object is ("table", "index", "view", "trigger"), and its folded name."""

_TEXTS: Final = "SELECT type, name, sql FROM main.sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid"
_FRESH: Final = quote("\ufdd0")  # a character that no name is made of
_CAN_NAME: Final = frozenset({Category.IDENTIFIER, Category.KEYWORD})


@dataclass(frozen=True, slots=True)
class Words:
    """The text of an object.

    Attributes:
        name: of the object.
        sql: the text as it is stored.
        told: the same with every text in single quotes: what is in double quotes there is a name.
    """

    name: str
    sql: str
    told: str

    @property
    def texts(self) -> frozenset[str]:
        """What stands in double quotes and is a text."""
        both = zip(_tokens(self.sql), _tokens(self.told), strict=False)
        return frozenset(unquote(one.text) for one, other in both if _is_name(one) and _is_text(other))


@dataclass(frozen=True, slots=True)
class Turned:
    """What stands in double quotes in an object and is something else by now.

    Attributes:
        texts: what was a name and is a text.
        names: what was a text and is a name.
    """

    texts: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


def read_words(empty: WriteSession, unusable: Collection[str] = ()) -> dict[Place, Words]:
    """The text of every table, index, view and trigger. Of what does not compile nobody knows, and it is left out.

    SQLite is asked to rename a column of a table that nothing knows, for which it writes every text in double quotes in
    single ones, wherever it stands. Everything is as before then.

    Args:
        empty: the schema without rows.
        unusable: names of views and triggers that do not compile.
    """
    before = empty.all(_TEXTS)
    told = before
    if any('"' in str(sql) for _, _, sql in before):
        empty.run("PRAGMA writable_schema = ON")  # one that does not compile is no hindrance then
        empty.run("SAVEPOINT words")
        try:
            with in_sqlites_words():
                empty.run(f"CREATE TABLE main.{_FRESH} (a)")
                empty.run(f"ALTER TABLE main.{_FRESH} RENAME COLUMN a TO b")
            told = empty.all(_TEXTS)
        except SqliteSays:
            return {}
        finally:
            empty.run("ROLLBACK TO words")
            empty.run("RELEASE words")
            empty.run("PRAGMA writable_schema = OFF")
    return {
        (str(kind), fold(str(name))): Words(str(name), str(sql), str(now))
        for (kind, name, sql), (_, _, now) in zip(before, told, strict=False)
        if str(name) not in unusable and len(str(sql)) <= LONGEST_READ
    }


def become_texts(before: Words, after: Words) -> tuple[str, ...]:
    """What was a name in an object and is a text in it now, though nobody wrote it in single quotes.

    SQLite itself does so at the next renaming, and leaves every token in its place.
    """
    if '"' not in before.sql and '"' not in after.sql:
        return ()
    was, now, told = map(_tokens, (before.told, after.sql, after.told))
    names = {_word(token) for token in was if token.category in _CAN_NAME}
    more = Counter(map(_word, filter(_is_text, told))) - Counter(map(_word, filter(_is_text, was)))
    written = now if len(now) != len(was) else was
    found = [
        new
        for old, own, new in zip(written, now, told, strict=False)
        if _is_text(new) and (_is_name(own) or (_is_name(old) and _word(old) == _word(new)))
    ]
    return tuple(
        dict.fromkeys(unquote(token.text) for token in found if _word(token) in names and more[_word(token)])
    )


def become_names(before: Words, after: Words) -> tuple[str, ...]:
    """What was a text in double quotes in an object and is a name in it now, there or behind a new column."""
    if before.told == before.sql or before == after:  # nothing is a text, or all that was one is one still
        return ()
    own, was, then, now = map(_tokens, (before.sql, before.told, after.sql, after.told))
    kept = SequenceMatcher(a=[each.text for each in own], b=[each.text for each in then], autojunk=False)
    found = [
        now[block.b + at]
        for block in kept.get_matching_blocks()
        for at in range(block.size)
        if _is_text(was[block.a + at]) and _is_name(now[block.b + at])
    ]
    return tuple(dict.fromkeys(unquote(token.text) for token in found))


def all_become_texts(
    before: Mapping[Place, Words], after: Mapping[Place, Words]
) -> dict[Place, tuple[str, ...]]:
    """The same of every object that is in both; without those of which it is so of nothing."""
    found = {place: become_texts(before[place], after[place]) for place in after if place in before}
    return {place: words for place, words in found.items() if words}


def turned(before: Mapping[Place, Words], after: Mapping[Place, Words]) -> dict[Place, Turned]:
    """What turned in every object that is in both, and of those that say the same, what became a name, too."""
    texts = all_become_texts(before, after)
    same = (place for place in after if place in before and before[place].sql == after[place].sql)
    names = {place: become_names(before[place], after[place]) for place in same}
    found = {place: Turned(texts.get(place, ()), names.get(place, ())) for place in after}
    return {place: each for place, each in found.items() if each != Turned()}


def _tokens(sql: str) -> tuple[Token, ...]:
    return significant(tokenize(sql))


def _word(token: Token) -> str:
    return fold(unquote(token.text))


def _is_name(token: Token) -> bool:
    return token.text.startswith('"')


def _is_text(token: Token) -> bool:
    return token.text.startswith("'")
