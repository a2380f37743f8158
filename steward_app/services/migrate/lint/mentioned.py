"""Names in double quotes, followed statement by statement: which of them SQLite takes for texts from some point on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from steward_app.db import WriteSession, fold
from steward_app.db.migration_script import Script
from steward_app.db.script import Statement
from steward_app.kernel.finding import Subject
from steward_app.kernel.text import quoted
from steward_app.services.migrate.lint.model import Problem
from steward_app.services.migrate.lint.step import problem_at
from steward_app.services.migrate.quoted_words import Place, Words, become_texts, read_words
from steward_app.services.schema.model import Schema

_CODE = "name_becomes_text"
_PLACES = "SELECT type, name FROM main.sqlite_schema WHERE type <> 'table'"


class Mentioned:
    """What a schema says in double quotes, as the statements so far leave it.

    Of what does not compile for some lines it is kept what it said when it did.

    Attributes:
        now: of all that compiles, tables too.
    """

    def __init__(self, empty: WriteSession, schema: Schema) -> None:
        self._empty = empty
        self.now: Mapping[Place, Words] = read_words(empty, schema.unusable)
        self._known = {place: words for place, words in self.now.items() if place[0] != "table"}
        self._names: dict[Place, tuple[Words, Statement]] = {}

    def follow(self, statement: Statement, schema: Schema) -> None:
        """Look again, behind a statement that made another schema of it."""
        self.now = read_words(self._empty, schema.unusable)
        there = {(str(kind), fold(str(name))) for kind, name in self._empty.all(_PLACES)}
        for place in self._known.keys() - there:  # made again by the same name, it is another one
            del self._known[place]
            self._names.pop(place, None)
        for place in self.now.keys() & there:
            words = self.now[place]
            was = self._names[place][0] if place in self._names else self._known.get(place)
            if was is None or not become_texts(was, words):
                self._names.pop(place, None)
            elif place not in self._names:
                self._names[place] = was, statement
            self._known[place] = words

    def problems(self, script: Script) -> Iterator[Problem]:
        """What names nothing any more at the end of a file and is a text, each where it became one."""
        for place, (was, statement) in self._names.items():
            words = become_texts(was, self._known[place])
            listed = ", ".join(map(quoted, words))
            column = "column" if len(words) == 1 else "columns"
            title = f"{quoted(was.name)} goes on with the text {listed} in the place of the {column}"
            subject = Subject(place[0], was.name if place[0] == "view" else "", was.name)
            yield problem_at(script, statement.offset, _CODE, title, subject)
        self._names = {}
