"""Words in double quotes, followed statement by statement: names that turn into texts, and texts into names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from steward_app.db import WriteSession, fold
from steward_app.db.migration_script import Script
from steward_app.db.script import Statement
from steward_app.kernel.finding import Subject
from steward_app.kernel.text import quoted
from steward_app.services.migrate.lint.model import Problem
from steward_app.services.migrate.lint.step import problem_at
from steward_app.services.migrate.quoted_words import Place, Words, become_names, become_texts, read_words
from steward_app.services.schema.model import Schema

_TURNS: Final = {"name_becomes_text": become_texts, "text_becomes_name": become_names}
_PLACES = "SELECT type, name FROM main.sqlite_schema"


class Mentioned:
    """What a schema says in double quotes, as the statements so far leave it.

    Of what does not compile for some lines it is kept what it said when it did.

    Attributes:
        now: of all that compiles, tables too.
    """

    def __init__(self, empty: WriteSession, schema: Schema) -> None:
        self._empty = empty
        self.now: Mapping[Place, Words] = read_words(empty, schema.unusable)
        self._known = dict(self.now)
        self._turned: dict[tuple[str, Place], tuple[Words, Statement]] = {}

    def follow(self, statement: Statement, schema: Schema) -> None:
        """Look again, behind a statement that made another schema of it."""
        self.now = read_words(self._empty, schema.unusable)
        there = {(str(kind), fold(str(name))) for kind, name in self._empty.all(_PLACES)}
        for place in self._known.keys() - there:  # made again by the same name, it is another one
            del self._known[place]
            for code in _TURNS:
                self._turned.pop((code, place), None)
        for place in self.now.keys() & there:
            if place in self._known:
                self._compare(statement, place, self.now[place])
            self._known[place] = self.now[place]

    def _compare(self, statement: Statement, place: Place, words: Words) -> None:
        for code, turn in _TURNS.items():
            if place[0] == "table" and turn is become_texts:
                continue  # SQLite renames and drops no column so
            was = self._turned.get((code, place), (self._known[place], statement))
            if turn(was[0], words):
                self._turned[code, place] = was
            else:
                self._turned.pop((code, place), None)

    def problems(self, script: Script) -> Iterator[Problem]:
        """What is so at the end of a file, each where it became so."""
        for (code, place), (was, statement) in self._turned.items():
            words = _TURNS[code](was, self._known[place])
            listed = ", ".join(map(quoted, words))
            column = "column" if len(words) == 1 else "columns"
            title = (
                f"{quoted(was.name)} goes on with the text {listed} in the place of the {column}"
                if code == "name_becomes_text"
                else f"{quoted(was.name)} goes on with the {column} {listed} in the place of the text"
            )
            subject = Subject(place[0], was.name if place[0] == "view" else "", was.name)
            yield problem_at(script, statement.offset, code, title, subject)
        self._turned = {}
