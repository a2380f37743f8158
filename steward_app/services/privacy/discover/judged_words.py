"""What values are by the word beside them: each word is judged as a column of its own that is called so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from steward_app.db import Session
from steward_app.kernel.progress import Context
from steward_app.services.privacy.discover.by_paths import ABOUT_PERSON, PERSON_DATE
from steward_app.services.privacy.discover.column import Column as Gathered
from steward_app.services.privacy.discover.judge import judge_beside
from steward_app.services.privacy.discover.lexicon import Lexicon, lexicon
from steward_app.services.privacy.discover.mixed_values import MOST_WORDS, SEVERAL, Mixed, mixed_values
from steward_app.services.privacy.discover.model import ColumnScan, TableRole, TableScan, Verdict
from steward_app.services.privacy.discover.packs import Packs
from steward_app.services.privacy.discover.profile import ColumnProfile, TableProfile
from steward_app.services.privacy.discover.roles import Known
from steward_app.services.privacy.model import Place
from steward_app.services.schema.model import Schema, Table

_ABOUT = 0.9  # how likely rows are about people of which a key leads to one


class Scanned:
    """What a scan saw of the tables: what their rows are, and which columns have few different words."""

    def __init__(self, tables: Iterable[TableScan], columns: Iterable[ColumnScan]) -> None:
        self.tables = {each.table: each for each in tables}
        self._words: dict[str, list[str]] = {}
        for each in columns:
            if not each.place.path and SEVERAL <= each.distinct <= min(MOST_WORDS, each.filled // SEVERAL):
                self._words.setdefault(each.place.table, []).append(each.place.column)

    def words_of(self, table: Table) -> Sequence[str]:
        """The columns of a table that have few different values, and lead to nobody."""
        people = {name for name, each in self.tables.items() if each.people}
        leading = {name for key in table.foreign_keys if key.parent_table in people for name in key.columns}
        return [name for name in self._words.get(table.name, ()) if name not in leading]


@dataclass(frozen=True, slots=True)
class JudgedWords:
    """What the values of a column are by the word beside them.

    Attributes:
        mixed: the words, and the values beside each.
        words: by word: what a column would be that held its values and was called so.
    """

    mixed: Mixed
    words: Mapping[str, ColumnScan]

    @property
    def types(self) -> frozenset[str]:
        """The types of personal data that stand beside some words."""
        said = (each.kind for each in self.words.values() if each.verdict is Verdict.PERSONAL)
        return frozenset(said) - {ABOUT_PERSON, PERSON_DATE}


def judged_words(
    session: Session,
    schema: Schema,
    column: ColumnScan,
    seen: Scanned,
    packs: Packs,
    context: Context,
) -> JudgedWords | None:
    """Judge the words beside a column of mixed values; None where it is none. Inside `snapshot()`.

    Args:
        seen: the tables and columns that the scan looked at.
    """
    table, rows = schema.table(column.place.table), seen.tables.get(column.place.table)
    if table is None or rows is None:
        return None
    mixed = mixed_values(session, schema, column.place, seen.words_of(table))
    if mixed is None:
        return None
    profiles = tuple(_profiles(table, column, mixed, lexicon(packs), context))
    known = Known(
        table,
        TableProfile(table.name, rows.rows, False, profiles),
        (),
        packs.headers.is_of_people(table.name),
        packs.headers.names_things(table.name) and not rows.people,
        rows.role is TableRole.SYSTEM,
    )
    if rows.people:
        known.whose, known.role, known.via = rows.people, rows.role, column.subject
        known.people, known.reason = _ABOUT, rows.reason
    found = {each.place.column: each for each in judge_beside(known, packs) if not each.place.path}
    return JudgedWords(mixed, {word: found[mixed.name(word)] for word in mixed.values})


def _profiles(
    table: Table, column: ColumnScan, mixed: Mixed, words: Lexicon, context: Context
) -> Iterator[ColumnProfile]:
    for word, values in mixed.values.items():
        context.checkpoint()
        gathered = Gathered(
            Place(table.name, mixed.name(word)), column.declared_type, "", words, _not_unpacked
        )
        gathered.add(list(values), context.checkpoint)
        for each in gathered.everything():
            each.shared.close()
            yield each.profile(len(values), 0.0)


def _not_unpacked(value: bytes) -> str | None:
    del value
    return None
