"""Columns whose values come of other columns of the file: those of views, generated ones, full text, and what SQLite
keeps of indexes.

No authorizer tells all but those of views: SQLite takes a generated column for one like others, and a full-text table
reads the table that holds its texts while it runs.
https://www.sqlite.org/gencol.html https://www.sqlite.org/fts5.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

from steward_app.db.any_text import rows_of_any_text
from steward_app.db.columns_read import Place, columns_read
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.db.full_text import FULL_TEXT, content_named, content_rowid_named
from steward_app.db.names import fold, qualified
from steward_app.db.session import Session
from steward_app.db.tokens import Category, Token, significant, tokenize, unquote

_VIRTUAL: Final = "CREATE VIRTUAL TABLE"  # as SQLite itself writes it
_GENERATES: Final = re.compile(r"\bAS\b", re.IGNORECASE)
_VOCABULARIES: Final = frozenset({"fts5vocab", "fts4aux"})
_SAMPLES: Final = frozenset({"sqlite_stat3", "sqlite_stat4"})
_ROW_NUMBERS: Final = frozenset({"rowid", "docid"})


class DerivedColumns:
    """What the columns of one file are made of. Only what is asked for is looked at."""

    def __init__(self, session: Session, stored: Iterable[tuple[str, str, str, str]]) -> None:
        """`stored` are the rows of the schema table: type, name, table and text."""
        self._session = session
        rows = list(stored)
        self._stored = {fold(name): (kind, name, text) for kind, name, _, text in rows if kind != "index"}
        self._tables = {name for name, (kind, _, _) in self._stored.items() if kind == "table"}
        self._views = {name: text for name, (kind, _, text) in self._stored.items() if kind == "view"}
        self._indexed = sorted({table for kind, _, table, _ in rows if kind == "index"})
        virtual = (name for name, (_, _, text) in self._stored.items() if text.startswith(_VIRTUAL))
        self._virtual = sorted(virtual, key=len, reverse=True)
        self._shadows: frozenset[str] | None = None
        self._plain: dict[str, bool] = {}
        self._generated: dict[str, Mapping[str, list[Place]]] = {}
        self._shown: dict[str, Mapping[str, frozenset[Place]]] = {}
        self._columns: dict[str, tuple[tuple[str, int], ...]] = {}
        self._known: dict[Place, frozenset[Place]] = {}
        self._reached: dict[frozenset[Place], frozenset[Place]] = {}

    def sources_of(self, place: Place) -> frozenset[Place]:
        """The columns that the values of a column come of, in one step or several; nothing for one like others."""
        return self.with_sources(self._one_step(_folded(place)))

    def with_sources(self, places: frozenset[Place]) -> frozenset[Place]:
        """Columns, and those that their values come of."""
        if places not in self._reached:  # many columns of a wide view are made of the same ones
            found = {_folded(place): place for place in places}
            waiting = list(found)
            while waiting:
                for each in self._one_step(waiting.pop()):
                    if (key := _folded(each)) not in found:
                        found[key] = each
                        waiting.append(key)
            self._reached[places] = frozenset(found.values())
        return self._reached[places]

    def read_by(self, sql: str, words: Sequence[Token]) -> tuple[frozenset[Place], ...]:
        """For each column of a query's result the columns that it is read or computed from (`columns_read`)."""
        return columns_read(self._session, sql, words, self._tables, self._views)

    def _one_step(self, place: Place) -> frozenset[Place]:
        if place not in self._known:
            self._known[place] = frozenset(() if self._is_plain(place[0]) else self._found(*place))
        return self._known[place]

    def _is_plain(self, table: str) -> bool:
        """Whether it is a table of which every column is like others: nearly every one."""
        if table not in self._plain:
            kind, _, text = self._stored.get(table, ("table", "", ""))
            odd = (
                text.startswith(_VIRTUAL)
                or table in _SAMPLES
                or _GENERATES.search(text)
                or self._owner(table)
            )
            self._plain[table] = kind == "table" and not odd
        return self._plain[table]

    def _found(self, table: str, column: str) -> Iterable[Place]:
        kind, name, text = self._stored[table]
        if kind == "view":
            shown = self._of_view(name, text)
            return shown[column] if column in shown else frozenset[Place]().union(*shown.values())
        if text.startswith(_VIRTUAL):
            return self._of_virtual(name, text, column)
        if owner := self._owner(table):
            return self._all_of(owner)
        if table in _SAMPLES and column == "sample":
            return (each for indexed in self._indexed for each in self._all_of(indexed))
        return self._of_generated(name, text).get(column, ())

    def _of_view(self, view: str, text: str) -> Mapping[str, frozenset[Place]]:
        """For each column, folded, those that it is read or computed from."""
        if fold(view) not in self._shown:
            read = self._read_by_view(view, text)
            others = {
                places: frozenset(place for place in places if fold(place[0]) != fold(view))
                for places in set(read)
            }
            columns = (fold(name) for name, _ in self._columns_of(view))
            self._shown[fold(view)] = {
                column: others[places] for column, places in zip(columns, read, strict=False)
            }
        return self._shown[fold(view)]

    def _read_by_view(self, view: str, text: str) -> tuple[frozenset[Place], ...]:
        """For each column those that it is read or computed from; nothing where SQLite cannot use the view."""
        if "\x00" in view:
            return ()
        words = significant(tokenize(text))
        begin = next((at for at, token in enumerate(words, 1) if token.word == "AS"), len(words))
        try:
            with in_sqlites_words():
                return self.read_by(f"SELECT * FROM {qualified(view)}", words[begin:])
        except SqliteSays:
            return ()

    def _of_virtual(self, name: str, text: str, column: str) -> Iterable[Place]:
        words = significant(tokenize(text))
        using = next((at for at, token in enumerate(words) if token.word == "USING"), len(words))
        module, *arguments = [unquote(token.text) for token in words[using + 1 :]] or [""]
        if fold(module) in _VOCABULARIES:
            return [
                place for each in arguments if fold(each) in self._virtual for place in self._all_of(each)
            ]
        if column == fold(name):  # hidden: by it, functions of full text reach all of the row
            return self._all_of(name)
        content = content_named(text) if fold(module) in FULL_TEXT else None
        if not content:
            return ()
        if column in _ROW_NUMBERS:
            return [(content, content_rowid_named(text))]
        return [(content, each) for _, each in self._all_of(name) if fold(each) == column]

    def _of_generated(self, table: str, text: str) -> Mapping[str, list[Place]]:
        """For each generated column, folded, the columns that its expression names."""
        if table not in self._generated:
            made = {
                fold(name) for name, hidden in self._columns_of(table) if hidden in (2, 3)
            }  # virtual, stored
            named = _expressions(text) if made else {}
            self._generated[table] = {
                column: [
                    place
                    for place in self._all_of(table)
                    if (other := fold(place[1])) != column and (column not in named or other in named[column])
                ]
                for column in made
            }
        return self._generated[table]

    def _all_of(self, table: str) -> list[Place]:
        return [(table, name) for name, hidden in self._columns_of(table) if hidden != 1]

    def _columns_of(self, table: str) -> tuple[tuple[str, int], ...]:
        """Names, and as pragma_table_xinfo says it how each is hidden; nothing where SQLite cannot use the table."""
        key = fold(table)
        if key not in self._columns:
            asked = "SELECT name, hidden FROM pragma_table_xinfo(?, 'main')"
            try:
                with in_sqlites_words():
                    rows = list(rows_of_any_text(self._session, asked, (table,)))
            except SqliteSays:
                rows = []
            self._columns[key] = tuple((str(name), int(str(hidden))) for name, hidden in rows)
        return self._columns[key]

    def _owner(self, table: str) -> str:
        """The virtual table that keeps its own in this table, or ""."""
        owner = next((name for name in self._virtual if table.startswith(f"{name}_")), "")
        return self._stored[owner][1] if owner and table in self._shadow_tables() else ""

    def _shadow_tables(self) -> frozenset[str]:
        if self._shadows is None:
            asked = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow'"
            try:
                with in_sqlites_words():
                    self._shadows = frozenset(
                        fold(str(row[0])) for row in rows_of_any_text(self._session, asked)
                    )
            except SqliteSays:  # rather too many than too few
                self._shadows = frozenset(self._stored)
        return self._shadows


def _expressions(text: str) -> Mapping[str, frozenset[str]]:
    """The names in the expression of each generated column, as far as the table's text can be read; all folded."""
    found: dict[str, frozenset[str]] = {}
    for words in _definitions(significant(tokenize(text))):
        for at, (token, after) in enumerate(pairwise(words)):
            if token.word == "AS" and after.text == "(":
                named = (each.text for each in words[at + 1 :] if each.category is not Category.STRING)
                found.setdefault(
                    fold(unquote(words[0].text)), frozenset(fold(unquote(name)) for name in named)
                )
                break
    return found


def _definitions(words: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """What stands between the commas of a CREATE TABLE."""
    depth = begin = 0
    for at, token in enumerate(words):
        if token.text in ("(", ")"):
            depth += 1 if token.text == "(" else -1
        opens, ends = (token.text, depth) == ("(", 1), (token.text, depth) in ((",", 1), (")", 0))
        if ends and begin < at:
            yield words[begin:at]
        if opens or ends:
            begin = at + 1


def _folded(place: Place) -> Place:
    return fold(place[0]), fold(place[1])
