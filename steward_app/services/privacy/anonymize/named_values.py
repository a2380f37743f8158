"""Values that go along as they are, and name persons whom the database knows in another writing of their names.

The search for originals finds a name as it is written. “lena_morgenroth”, “L. Morgenroth” or “Morgenroth” alone are
somebody, too, where a table has Lena Morgenroth: in JSON and in columns of texts that nobody gave a rule.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Final

from steward_app.db import ReadSession, fold, qualified, quote
from steward_app.db.any_text import legible
from steward_app.db.distinct import distinct
from steward_app.db.query import readable
from steward_app.db.raw_rows import RawRows
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.privacy.anonymize.findings import ruled
from steward_app.services.privacy.anonymize.fulltext import with_own_rows
from steward_app.services.privacy.anonymize.searching import keeps_names
from steward_app.services.privacy.classify.model import Classification
from steward_app.services.privacy.discover.json_paths import at
from steward_app.services.privacy.discover.known_keys import NAMES, keys_of
from steward_app.services.privacy.discover.known_names import SHORT, KnownNames, alone
from steward_app.services.privacy.discover.lexicon import lexicon
from steward_app.services.privacy.discover.model import Scan, Verdict
from steward_app.services.privacy.discover.names_together import Listed, Together
from steward_app.services.privacy.discover.packs import packs
from steward_app.services.privacy.json_values import any_json
from steward_app.services.privacy.model import Place, Technique, place_id
from steward_app.services.privacy.rules import ReleaseRules
from steward_app.services.privacy.transform.persons import sources
from steward_app.services.schema.model import Generated, Schema

_CELLS_A_BATCH: Final = 1_000
_LEAST_BLANKS: Final = 4
_SENTENCE: Final = 100  # characters of a text in which one name of somebody says something
_LONGEST: Final = 100_000
_MOST_CELLS: Final = 20_000
"""Different ones of a column that are read."""

_LEAST_SHARE: Final = 0.5
"""Of single words at one place: where fewer are called as somebody is, they may be brands or regions as well."""


@dataclass(slots=True)
class _Seen:
    """What stands at one place.

    Attributes:
        values: short ones, that may be a name and nothing else.
        beside: those of several words, and texts of a sentence.
        texts: how many longer ones name somebody by more than one word; `full`: one of them in full.
        together: what all of them name so.
    """

    values: set[str] = field(default_factory=set)
    beside: set[str] = field(default_factory=set)
    texts: int = 0
    full: bool = False
    together: Together = field(default_factory=Together)


@dataclass(frozen=True, slots=True)
class Naming:
    """How a place names persons.

    Attributes:
        count: different values that do.
        sure: they are no brands or other words.
        by_words: they are texts, in which each name is a word by itself and can be taken out.
        lists: at least half of the values list persons.
    """

    count: int
    sure: bool
    by_words: bool
    lists: bool


def told(
    session: ReadSession,
    schema: Schema,
    rules: ReleaseRules,
    scan: Scan | None,
    decided: Classification,
    context: Context,
) -> Iterator[Finding]:
    """Places with such values: each without a rule stops the plan. Inside `snapshot()`.

    Args:
        rules: extended over foreign keys.
    """
    if scan is None:
        return
    kept = _kept(rules)
    headers = packs(Path(schema.path), context).headers
    places = left_as_they_are(scan, rules, decided)
    for place, named in sorted(naming(session, schema, scan, places, rules, decided, context).items()):
        count, sure = named.count, named.sure
        stops = sure and place not in kept
        of_things = not sure and headers.read(_name(place)).of_thing
        one = count == 1
        if of_things:
            yield _called_alike(place, count)
            continue
        yield Finding(
            "values_name_persons",
            Severity.ERROR if stops else Severity.WARNING,
            f"{plural(count, 'value')} of {quoted(place_id(place))} {'names a person' if one else 'name persons'}"
            f" whom the database knows, and {'goes' if one else 'go'} along as {'it is' if one else 'they are'}",
            Subject("column", place.table, place.path, (place.column,)),
            detail="Whoever knows these people reads who they are."
            if sure
            else "Most words beside them name nobody: brands and regions are called so, too.",
            remedies=(
                f"Give {quoted(place_id(place))} a rule: “pseudonym”, “remove” or “redact”.",
                "Where they are ordinary words, or other people's names, give it the rule “keep”, or decide that it is"
                " not personal.",
            ),
            blocks=stops,
            count=count,
        )


def left_as_they_are(scan: Scan, rules: ReleaseRules, decided: Classification) -> list[Place]:
    """The places that go along because the scan saw nobody in them whom they lead to, or by a rule that keeps them."""
    empty, kept = set(map(fold, rules.empty)), _kept(rules)
    of_json = {replace(each.place, path="") for each in scan.columns if each.place.path}
    return [
        each.place
        for each in scan.columns
        if each.verdict is not Verdict.UNKNOWN
        and decided.at(each.place) is None
        and fold(each.place.table) not in empty
        and each.place not in of_json
        and (each.place in kept or not ruled(rules, each.place))
    ]


def _kept(rules: ReleaseRules) -> frozenset[Place]:
    return frozenset(
        rule.place for rule in rules.rules if rule.technique is Technique.KEEP and not keeps_names(rule)
    )


def _name(place: Place) -> str:
    """That of the column, or of the last key that leads to a path in it."""
    keys = list(keys_of(place.path)) if place.path else []
    return keys[-1] if keys else place.column


def _called_alike(place: Place, count: int) -> Finding:
    """Of a column that is named after things: a product may be called as somebody is."""
    one = count == 1
    return Finding(
        "things_called_alike",
        Severity.NOTE,
        f"{plural(count, 'value')} of {quoted(place_id(place))} {'is a word' if one else 'are words'} that somebody "
        "is called, too",
        Subject("column", place.table, place.path, (place.column,)),
        detail="The column is named after things, and most words in it name nobody.",
        count=count,
        alike=("Words that somebody is called, too, stand among the names of things in", "columns"),
    )


def naming(
    session: ReadSession,
    schema: Schema,
    scan: Scan,
    places: Collection[Place],
    rules: ReleaseRules,
    decided: Classification,
    context: Context,
) -> Mapping[Place, Naming]:
    """The places where persons are named whose names rules change.

    Persons are those of tables about people: composers of tracks are known to everybody.
    """
    people = {
        fold(table.table) for table in scan.tables if table.people and schema.table(table.table) is not None
    }
    named = [
        (rule.place, kind)
        for kind, feeding in sources(rules, decided).items()
        for rule in feeding
        if kind in NAMES and rule.technique is not Technique.KEEP and fold(rule.place.table) in people
    ]
    columns: dict[Place, list[Place]] = {}
    along = with_own_rows(session, schema, {rule.place.table for rule in rules.rules})
    for place in places:
        if fold(place.table) in along and _is_stored(schema, place):
            columns.setdefault(replace(place, path=""), []).append(place)
    if not named or not columns:
        return {}
    names = KnownNames(session, named, lexicon(packs(Path(schema.path), context)), context)
    found: dict[Place, Naming] = {}
    for column, inside in columns.items():
        for place, seen in _read(session, column, inside, names, context).items():
            short = names.short(seen.values)
            single = alone(short)
            sure = bool(seen.full or short - single) or len(single) >= _LEAST_SHARE * len(alone(seen.values))
            some, together = list(seen.values | seen.beside), seen.together
            read = names.together.read(some)
            for each in read:
                together.add(each)
            lists_of_some = {
                value for value, each in zip(some, read, strict=True) if each.listed is not Listed.NOT
            }
            beside = names.beside(some)
            if short or seen.full or beside.values or lists_of_some or together.sure:
                by_words = (beside.sure or together.sure) and all(map(names.takes_out, short))
                count = len(short | beside.values | lists_of_some) + seen.texts
                lists = together.lists >= _LEAST_SHARE * together.texts
                found[place] = Naming(count, sure or beside.sure or together.sure, by_words, lists)
    return found


def _is_stored(schema: Schema, place: Place) -> bool:
    table = schema.table(place.table)
    column = table.column(place.column) if table is not None else None
    return column is not None and not column.hidden and column.generated is Generated.NO


def _read(
    session: ReadSession,
    column: Place,
    places: Sequence[Place],
    names: KnownNames,
    context: Context,
) -> Mapping[Place, _Seen]:
    """What stands at some places of a column; of documents, what their paths lead to."""
    of_json = any(place.path for place in places)
    found = {place: _Seen() for place in places if place.path or not of_json}
    name = quote(column.column)
    term = f"CAST(iif(typeof({name}) = 'blob' AND json_valid({name}, 8), json({name}), {name}) AS BLOB)"
    some = f"typeof({name}) IN ('text', 'blob')" if of_json else f"typeof({name}) = 'text'"
    some += f" AND length({name}) <= {_LONGEST:d}"
    raw = RawRows(session, kept=())
    with (
        session.under(context),
        readable(column.table),
        closing(distinct(session, (term,), f"FROM {qualified(column.table)} WHERE {some}")) as rows,
    ):
        bounded = islice(rows, _MOST_CELLS)
        while batch := list(islice(bounded, _CELLS_A_BATCH)):
            context.checkpoint()
            cells = [legible(raw.text(cell)) for (cell,) in batch if isinstance(cell, bytes)]
            documents = [any_json(cell) for cell in cells] if of_json else []
            for place, seen in found.items():
                held = (
                    [value for document in documents for value in at(document, place.path)]
                    if place.path
                    else cells
                )
                values = Counter(value for value in held if isinstance(value, str))
                seen.values.update(value for value in values if not _is_text(value))
                texts = [value for value in values if _is_text(value)]
                seen.beside.update(text for text in texts if len(text) <= _SENTENCE)
                for named in names.together.read([text for text in texts if len(text) > _SENTENCE]):
                    seen.together.add(named)
                    seen.texts += named.names_somebody
                    seen.full |= named.full
    return found


def _is_text(value: str) -> bool:
    """Whether a value is more than a name, of which the words are read side by side."""
    return len(value) > SHORT or value.count(" ") >= _LEAST_BLANKS
