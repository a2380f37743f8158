"""Where original values may stand in the copy, and why.

In JSON a permission is for what stands at its path, and for no key but those that the path calls ".*": a copy that
keeps `$.Emil Birnbaum.role` keeps a role, and has no leave to keep Emil Birnbaum. A key that most documents have is a
word of their structure, though a person may be called so, too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from steward_app.db import ReadSession, qualified, quote
from steward_app.db.any_text import legible, legible_rows
from steward_app.db.query import readable
from steward_app.kernel.errors import Failure
from steward_app.services.privacy.among import Among
from steward_app.services.privacy.json_steps import KEYS, path_steps
from steward_app.services.privacy.json_values import any_json
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.residue.at_path import SaidOfPaths, Standing, paths_to
from steward_app.services.privacy.residue.forms import text_of, written_otherwise
from steward_app.services.privacy.residue.model import Searched

_ROWS_OF_STRUCTURE: Final = 1_000
_LEAST_OBJECTS: Final = 5  # of fewer, nobody can tell what belongs to their structure
_MOST: Final = 0.5

Holds = Callable[[str], bool]
"""Whether a text holds the value that was found."""


@dataclass(frozen=True, slots=True)
class Leave:
    """What some values are permitted at a place.

    Attributes:
        reason: why they may stand anywhere in it; None where they may not.
        inside: why they may stand at paths of its JSON; None where the reason is for all of it.
        leads: some lead to a person by themselves.
        rows: why they may stand in some rows; `reason` then is that of the first, for what is seen without its row.
    """

    reason: str | None
    inside: SaidOfPaths | None = None
    leads: bool = False
    rows: Mapping[Among, str] = field(default_factory=dict)

    def beside(self, word: Callable[[str], str | None]) -> Leave:
        """The same for one row.

        Args:
            word: what the row has in a column; None where nobody can tell.
        """
        told = {column: word(column) for column in {each.column for each in self.rows}}
        if None in told.values():
            return self
        reasons = (said for each, said in self.rows.items() if told[each.column] == each.word)
        return replace(self, reason=next(reasons, None)) if self.rows else self


class Permissions:
    """The permissions of one search. Asked of every hit, and the places are few: what was told is kept.

    Args:
        session: on the file that is searched.
    """

    def __init__(self, session: ReadSession, places: Sequence[Searched]) -> None:
        self._session, self._places = session, places
        self._leave: dict[tuple[Place, tuple[int, ...], bool], Leave] = {}
        self._own: dict[tuple[Place, tuple[int, ...]], bool] = {}
        self._structure: dict[Place, frozenset[str]] = {}

    def leave(self, place: Place, of: tuple[int, ...], *, computed: bool = False) -> Leave:
        """What values of some places, by number, are permitted.

        Args:
            computed: it is an index on an expression, which has what some column of its table has.
        """
        key = (place, of, computed)
        if key not in self._leave:
            self._leave[key] = self._asked(place, of, computed=computed)
        return self._leave[key]

    def is_own(self, place: Place, of: tuple[int, ...]) -> bool:
        """Whether values of these places come from this one."""
        key = (place, of)
        if key not in self._own:
            self._own[key] = any(_same_column(self._places[each].place, place) for each in of)
        return self._own[key]

    def names(self, place: Place) -> frozenset[str]:
        """The members of objects in the JSON of a column that are named where something is said of its paths."""
        said = {
            path
            for each in self._places
            for permitted in each.permitted
            if _same_column(permitted.place, place)
            for path in (permitted.place.path, *permitted.apart)
            if path
        }
        return frozenset(name for path in said for kind, name in path_steps(path) if kind == "key")

    def in_json(
        self,
        leave: Leave,
        place: Place,
        document: str,
        value: str,
        holds: Holds,
        inside: Callable[[str], Iterable[str]] = lambda text: (),
    ) -> str | None:
        """Why a value may stand in a document wherever it stands there, or None where it may not in one place.

        Args:
            inside: the texts in a text of the document in which the value may stand, too.
        """
        if leave.inside is None:
            return leave.reason
        if any_json(document) is None:
            return leave.inside.no_json or None
        written = [each.casefold() for each in (value, *written_otherwise(value))]
        reason = None
        for each in leave.inside.each(document):
            text = text_of(each.value)
            if not any(_may_hold(one, value, written) and holds(one) for one in (text, *inside(text))):
                continue
            if each.is_key and not each.of_data and leave.leads:
                found = self._of_structure(place, each, value)
            else:
                found = each.said
            if not found:
                return None
            reason = found
        return reason

    def path(self, leave: Leave, place: Place, document: str, holds: Holds) -> str:
        """The path to a value that may not stand where it stands in a document; "" of what is none."""
        structure = self.names(place) | self._structure_of(place) if leave.inside else frozenset()
        paths = list(paths_to(document, holds, structure))
        said = leave.inside
        return next(
            (
                each
                for each in paths
                if said and not said.said_of(each.removesuffix("~"), is_key=each.endswith(KEYS))
            ),
            "",
        )

    def places(self, of: tuple[int, ...]) -> Iterator[Place]:
        """The places of some values, by number."""
        return (self._places[each].place for each in of)

    def are_names(self, of: tuple[int, ...]) -> bool:
        """Whether values of some places, by number, are names of persons."""
        return any(self._places[each].names for each in of)

    def are_whole_names(self, of: tuple[int, ...]) -> bool:
        """Whether values of some places are names that lie in two columns, and nothing else."""
        return all(self._places[each].family for each in of)

    def _of_structure(self, place: Place, key: Standing, value: str) -> str:
        if not value.isalpha():
            return ""  # a name of two words, a number or an address is no word of a program
        frequent = legible(str(key.value)) in self._structure_of(place)
        return "a key of JSON that most documents have" if frequent else ""

    def _structure_of(self, place: Place) -> frozenset[str]:
        if place not in self._structure:
            self._structure[place] = self._frequent(place)
        return self._structure[place]

    def _frequent(self, place: Place) -> frozenset[str]:
        """The keys that most objects have which stand where they stand, in the first rows."""
        column = quote(place.column)
        sql = (
            f"SELECT iif(json_valid({column}, 9), json({column}), NULL) FROM {qualified(place.table)}"
            f" WHERE {column} IS NOT NULL LIMIT {_ROWS_OF_STRUCTURE}"
        )
        objects: Counter[str] = Counter()
        keys: dict[str, Counter[str]] = {}
        try:
            with readable(place.table):
                for (text,) in legible_rows(self._session, sql):
                    _count(any_json(text), objects, keys)
        except Failure:  # what cannot be read explains nothing
            return frozenset()
        return frozenset(
            key
            for at, counted in keys.items()
            for key, count in counted.items()
            if count >= max(_LEAST_OBJECTS, _MOST * objects[at])
        )

    def _asked(self, place: Place, of: tuple[int, ...], *, computed: bool) -> Leave:
        sources = [self._places[each] for each in of]
        leads = any(each.leads for each in sources)
        if leads:
            sources = [each for each in sources if not each.texts]
        said: dict[str, str] = {}
        rows: dict[Among, str] = {}
        rest = no_json = ""
        for permitted in (each for source in sources for each in source.permitted):
            if computed and permitted.place.table.lower() == place.table.lower():
                return Leave(permitted.reason)
            if not _same_column(permitted.place, place):
                continue
            if permitted.no_json:
                no_json = permitted.reason
                continue
            if permitted.among is not None and not permitted.place.path:
                rows[permitted.among] = permitted.reason
                continue
            if not permitted.place.path and not permitted.apart:
                return Leave(permitted.reason)
            said = {**dict.fromkeys(permitted.apart, ""), **said}
            if permitted.place.path:
                said[permitted.place.path] = permitted.reason
            else:
                rest = permitted.reason
        if rows:
            return Leave(next(iter(rows.values())), leads=leads, rows=rows)
        return Leave(None, SaidOfPaths(said, rest, no_json), leads)


def _may_hold(text: str, value: str, written: Sequence[str]) -> bool:
    """Whether a text may hold a value that is written so; of other letters than ASCII nothing is known yet."""
    if not (text + value).isascii():
        return True
    small = text.casefold()
    return any(each in small for each in written)


def _count(document: object, objects: Counter[str], keys: dict[str, Counter[str]]) -> None:
    waiting = [(document, "$")]
    while waiting:
        value, at = waiting.pop()
        if isinstance(value, dict):
            objects[at] += 1
            keys.setdefault(at, Counter()).update(value.keys())
            waiting += [(inner, f"{at}.{key}") for key, inner in value.items()]
        elif isinstance(value, list):
            waiting += [(inner, f"{at}[*]") for inner in value]


def _same_column(a: Place, b: Place) -> bool:
    return a.column.lower() == b.column.lower() and a.table.lower() == b.table.lower()
