"""Columns that hold the same identities without a foreign key that says so: the e-mail address in three tables.

Columns are compared by the smallest hashes of their values, kept while they were read. Of a table of which only a
sample was read, that says little of what stands in it; there some values of the other column are looked up, where an
index makes that cheap. Whole numbers of few digits are the same everywhere by chance: for them names speak, too
(`schema.relations`), and a comparison with chance (`keys_elsewhere`). Nothing of it is kept but the shares.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from steward_app.db import ReadSession, fold, qualified, quote
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.kernel.progress import Context
from steward_app.services.privacy.discover.model import SameValues
from steward_app.services.privacy.discover.profile import ColumnProfile, Form
from steward_app.services.privacy.discover.sketch import Shared
from steward_app.services.privacy.model import Place
from steward_app.services.schema.model import Schema, Table
from steward_app.services.schema.relations import infer_relations, unique_columns

_LEAST_SHARE = 0.5
_LEAST_VALUES = 5
_LEAST_DISTINCT = 0.8  # of a column that others point to
_LOOKED_UP = 50
_HALF = 0.5
_SHORTEST, _LONGEST = 4, 80  # characters, in the mean
_MOST_PARENTS = 3  # told of one column
_MOST_CANDIDATES = 12
_LOOKS_LIKE_MANY = frozenset({Form.WORD, Form.WORDS, Form.NUMBER, Form.WHOLE_NUMBER, Form.CODE})
_NO_IDENTITY = frozenset(
    {Form.TEXT, Form.DATE, Form.TIME, Form.JSON, Form.MARKUP, Form.LATITUDE, Form.LONGITUDE, Form.EPOCH}
)
_SHARED_WORDS = ("city", "country", "region", "language", "job", "given_name", "family_name")
"""Lists whose words are the same in any two tables."""
_SURE = 0.6  # confidence from which a relation that names suggest is told


@dataclass(frozen=True, slots=True)
class Read:
    """A column that was read.

    Attributes:
        whole: every row of its table was.
        numbers, texts: some of its whole numbers, stored as such or as texts.
        inside: those inside its texts, where most have some; `written`: how, in words.
        codes: the codes inside its texts, where most have some; `codes_written`: how, in words, "" where short ones
            are the whole texts.
    """

    profile: ColumnProfile
    shared: Shared
    whole: bool
    numbers: frozenset[int] = frozenset()
    texts: frozenset[int] = frozenset()
    inside: frozenset[int] = frozenset()
    written: str = ""
    codes: frozenset[str] = frozenset()
    codes_written: str = ""


def same_values(
    session: ReadSession, schema: Schema, read: Sequence[Read], context: Context
) -> tuple[SameValues, ...]:
    """The columns of one table whose values stand in a column of another."""
    declared = {
        (table.name, fold(key.columns[0]), key.parent_table, fold(key.parent_columns[0]))
        for table in schema.tables
        for key in table.foreign_keys
        if len(key.columns) == 1 and key.parent_columns
    }
    found = {
        (each.child, each.parent): each
        for each in (*_by_values(session, schema, read, context), *_by_names(session, schema, context))
        if not _known(each, declared)
    }
    return tuple(sorted(found.values(), key=lambda each: (each.child, -each.share, each.parent)))


def echoes(read: Sequence[Read]) -> tuple[tuple[str, str], ...]:
    """Columns of one table whose values stand in another column of it: a name under the name of a web page."""
    columns = [each for each in read if not each.profile.place.path and may_identify(each.profile)]
    holding: dict[int, list[int]] = {}
    for number, column in enumerate(columns):
        for mixed in column.shared.hashes():
            holding.setdefault(mixed, []).append(number)
    found = []
    for number, column in enumerate(columns):
        hits = Counter(other for mixed in column.shared.hashes() for other in holding[mixed])
        for other, count in hits.items():
            if other != number and count >= _LEAST_VALUES:
                share, _ = column.shared.contained_in(columns[other].shared)
                if share >= _LEAST_SHARE:
                    found.append((column.profile.place.column, columns[other].profile.place.column))
    return tuple(found)


def may_identify(profile: ColumnProfile) -> bool:
    """Whether its values are short and many enough to be compared with those of other columns."""
    seems = profile.seems
    length = profile.length
    if profile.distinct < _LEAST_VALUES or profile.content:
        return False
    if length is not None and not _SHORTEST <= length.mean <= _LONGEST:
        return False
    if any(seems.get(form, 0.0) > 0.5 for form in _NO_IDENTITY):
        return False
    if any(profile.whole.get(name, 0.0) > 0.5 for name in _SHARED_WORDS):
        return False
    numbers = seems.get(Form.NUMBER, 0.0) > 0.5
    return not numbers or seems.get(Form.WHOLE_NUMBER, 0.0) > 0.5


def _known(each: SameValues, declared: set[tuple[str, str, str, str]]) -> bool:
    child, parent = each.child, each.parent
    return (child.table, fold(child.column), parent.table, fold(parent.column)) in declared


def _by_values(
    session: ReadSession, schema: Schema, read: Sequence[Read], context: Context
) -> Iterator[SameValues]:
    columns = [each for each in read if may_identify(each.profile) and len(each.shared) >= _LEAST_VALUES]
    parents = [
        each
        for each in columns
        if each.profile.distinctness >= _LEAST_DISTINCT and not each.profile.place.path
    ]
    holding: dict[int, list[int]] = {}
    for number, parent in enumerate(parents):
        for mixed in parent.shared.hashes():
            holding.setdefault(mixed, []).append(number)
    for child in columns:
        context.checkpoint()
        told = 0
        for parent in _candidates(schema, child, parents, holding):
            if told < _MOST_PARENTS and points(child, parent):
                share = _share(session, schema, child, parent)
                if share >= _LEAST_SHARE:
                    told += 1
                    yield SameValues(child.profile.place, parent.profile.place, round(share, 4))


def _candidates(
    schema: Schema, child: Read, parents: Sequence[Read], holding: Mapping[int, Sequence[int]]
) -> list[Read]:
    """Columns that share values with it, those that share most first, and large ones whose values look the same."""
    hits: Counter[int] = Counter()
    for mixed in child.shared.hashes():
        hits.update(holding.get(mixed, ()))
    found = [number for number, _ in hits.most_common(_MOST_CANDIDATES)]
    own = _look(child.profile)
    for number, parent in enumerate(parents):
        if not parent.whole and number not in hits and own & _look(parent.profile):
            found.append(number)
    return [parents[number] for number in found[: 2 * _MOST_CANDIDATES]]


def _look(profile: ColumnProfile) -> set[str]:
    """What most of its values look like."""
    forms = {form for form, share in profile.seems.items() if share > 0.5 and form not in _LOOKS_LIKE_MANY}
    return forms | {shape for shape, share in profile.shapes[:2] if share > 0.25}


def points(child: Read, parent: Read) -> bool:
    """Of two columns that hold each other, the one with more different values is the one pointed to."""
    if child.profile.place.table == parent.profile.place.table:
        return False
    if child.profile.place.path:
        return True
    own, other = child.profile, parent.profile
    if own.distinctness < _LEAST_DISTINCT:
        return True
    return (own.distinct, own.rows, other.place) < (other.distinct, other.rows, own.place)


def _share(session: ReadSession, schema: Schema, child: Read, parent: Read) -> float:
    share, compared = child.shared.contained_in(parent.shared)
    if parent.whole:
        return share if compared >= _LEAST_VALUES else 0.0
    place = parent.profile.place
    table = schema.table(place.table)
    if table is None or not has_index(table, place.column) or child.profile.place.path:
        return share
    return _looked_up(session, child.profile.place, place)


def has_index(table: Table, column: str) -> bool:
    """Whether a value of a column is found without reading the table."""
    alias = any(each.rowid_alias and fold(each.name) == fold(column) for each in table.columns)
    return alias or any(
        index.columns and fold(index.columns[0].name) == fold(column) and not index.where
        for index in table.indexes
    )


def is_unique(table: Table, column: str) -> bool:
    """Whether the schema lets a value of a column stand once."""
    return any(tuple(map(fold, names)) == (fold(column),) for names in unique_columns(table))


def refers(table: Table, column: str) -> bool:
    """Whether a foreign key says whose the values of a column are."""
    return any(fold(column) in map(fold, key.columns) for key in table.foreign_keys)


def is_numbers(profile: ColumnProfile) -> bool:
    """Whether a column mostly holds whole numbers."""
    return profile.numbers is not None and profile.seems.get(Form.WHOLE_NUMBER, 0.0) > _HALF


def _looked_up(session: ReadSession, child: Place, parent: Place) -> float:
    """The share of some values of the child that stand in the parent, found by the parent's index."""
    try:
        with in_sqlites_words():
            row = session.one(
                f"SELECT count(*), coalesce(sum(EXISTS (SELECT 1 FROM {qualified(parent.table)} AS p"
                f" WHERE p.{quote(parent.column)} = v)), 0) FROM (SELECT DISTINCT {quote(child.column)} AS v"
                f" FROM {qualified(child.table)} WHERE {quote(child.column)} IS NOT NULL LIMIT {_LOOKED_UP})"
            )
    except SqliteSays:
        return 0.0
    among, there = (value if isinstance(value, int) else 0 for value in row or (0, 0))
    return there / among if among >= _LEAST_VALUES else 0.0


def _by_names(session: ReadSession, schema: Schema, context: Context) -> Iterator[SameValues]:
    for relation in infer_relations(session, schema, context, least_confidence=_SURE):
        if len(relation.child_columns) == 1 and relation.distinct:
            yield SameValues(
                Place(relation.child, relation.child_columns[0]),
                Place(relation.parent, relation.parent_columns[0]),
                round(relation.included / relation.distinct, 4),
            )
