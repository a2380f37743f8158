"""Gathers everybody whom the database knows from the columns that rules say hold persons."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from steward_app.db import Session, qualified, quote
from steward_app.db.distinct import distinct
from steward_app.db.raw_rows import RawRows
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.classify.decided import classification
from steward_app.services.privacy.classify.model import Classification
from steward_app.services.privacy.dates import read_day
from steward_app.services.privacy.discover.key_words import key_words
from steward_app.services.privacy.discover.lexicon import lexicon
from steward_app.services.privacy.discover.packs import packs
from steward_app.services.privacy.ends_of_codes import MOST as MOST_CODES
from steward_app.services.privacy.ends_of_codes import ends_of_their_own
from steward_app.services.privacy.kinds import kinds
from steward_app.services.privacy.model import Identifies, Place, Technique
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.privacy.transform.beside import values_beside
from steward_app.services.privacy.transform.domains import Bound, bound_together
from steward_app.services.privacy.transform.json_text import JsonStep
from steward_app.services.privacy.transform.known import Known
from steward_app.services.privacy.transform.model import Batch, Column
from steward_app.services.privacy.transform.options import BadOption
from steward_app.services.privacy.transform.pseudonyms import KINDS
from steward_app.services.privacy.whole_names import in_two_columns, whole_names
from steward_app.services.schema.model import Schema

_VALUES_A_BATCH = 20_000
MOST_KNOWN = 5_000_000
"""Names, words of names and numbers that are looked for in texts; some 250 bytes of memory each."""
_WITHOUT_VALUES = frozenset({Technique.REDACT, Technique.JSON, Technique.BLOB})
_NOT_SOUGHT = frozenset({"free_text", "health_text", "json", "picture", "document", "recording", "signature"})
_WHERE = frozenset({"postcode", "city"})
"""What an address in a text holds: it goes with the rest where the rules take it away elsewhere."""

_LETTERS_OF_A_WORD = 4
PERSON_NUMBER = "person_number"
CODES_OF_PERSONS = frozenset({PERSON_NUMBER, "name_code"})
"""Types whose values people write down by their ends alone."""


@dataclass(frozen=True, slots=True)
class Persons:
    """Everybody known.

    Attributes:
        pseudonyms: for types that have real-looking pseudonyms, the first rule that makes them.
    """

    known: Known
    pseudonyms: Mapping[str, Rule]


def sources(rules: ReleaseRules, decided: Classification) -> dict[str, list[Rule]]:
    """The rules about columns that hold direct identifiers, or where somebody lives, by type."""
    found: dict[str, list[Rule]] = {}
    for rule in rules.rules:
        if kind := kind_sought(rule, decided):
            found.setdefault(kind, []).append(rule)
    return found


def kind_of_words(rule: Rule, decided: Classification) -> str:
    """The type of values that lead to nobody by themselves, and that the rules take away elsewhere; "" for others.

    An occupation or a region that was made coarser in its column would stand in texts otherwise. Numbers and days stay.
    """
    decision = decided.at(rule.place)
    stated = decision if decision is not None and decision.personal else None
    kind = str(rule.options.get("kind", "")) or (stated.kind if stated else "")
    gone = rule.technique not in _WITHOUT_VALUES | {Technique.KEEP}
    return kind if gone and kind in kinds() and kind not in _NOT_SOUGHT else ""


def known_persons(session: Session | None, schema: Schema, rules: ReleaseRules, context: Context) -> Persons:
    """Read all their values; none without a session. Raises `BadOption` where they are too many."""
    words = key_words(lexicon(packs(Path(schema.path), context)))
    known, pseudonyms = Known(words.is_only_a_name, words.is_no_grammar), dict[str, Rule]()
    decided, bound = classification(Path(schema.path)), bound_together(schema)
    sought = sources(rules, decided)
    for kind, feeding in sought.items():
        for rule in feeding:
            if rule.technique is Technique.PSEUDONYM and kind in KINDS:
                pseudonyms.setdefault(kind, rule)
            if session is not None and schema.table(rule.place.table) is not None:
                key = _called_as(rule.place, bound)
                codes: list[str] = []
                for values in _values(session, rule, rules):
                    context.checkpoint()
                    known.add(values, kind, key)
                    _require_room(known)
                    codes += values if kind in CODES_OF_PERSONS and len(codes) < MOST_CODES else ()
                known.add(ends_of_their_own(codes) if len(codes) < MOST_CODES else (), kind)
    if session is not None:
        for given, family in in_two_columns(sought):
            there = schema.table(given.table) is not None
            names = whole_names(session, given.table, given.column, family.column) if there else iter(())
            while values := list(islice(names, _VALUES_A_BATCH)):
                context.checkpoint()
                known.add(values, "person_name")
                _require_room(known)
    for rule in rules.rules if session is not None else ():
        kind = "" if kind_sought(rule, decided) else kind_of_words(rule, decided)
        if session is not None and kind and schema.table(rule.place.table) is not None:
            for values in _values(session, rule, rules):
                context.checkpoint()
                known.add(filter(_has_words, values), kind)
                _require_room(known)
    for kind, values in values_beside(session, schema, rules) if session is not None else ():
        known.add(values, kind)
        _require_room(known)
    return Persons(known, pseudonyms)


def _called_as(place: Place, bound: Mapping[Place, Bound]) -> tuple[Place, ...]:
    """The names of a key: its table, and the columns that foreign keys bind to it, but not their tables: “visit 7”."""
    group = bound.get(place)
    return tuple(replace(each, table=group.root.table) for each in group.places) if group else (place,)


def _require_room(known: Known) -> None:
    if len(known) > MOST_KNOWN:
        raise BadOption(
            f"over {MOST_KNOWN:,} names and numbers would be looked for in texts, which is more than"
            " fits into memory; remove or fix these texts, or copy a part of the rows"
        )


def _has_words(value: str) -> bool:
    return sum(map(str.isalpha, value)) >= _LETTERS_OF_A_WORD and read_day(value) is None


def kind_sought(rule: Rule, decided: Classification) -> str:
    """The type of the values of a rule that are looked for in texts, or "" where they are not.

    Where the rule names no type and changes the column, what the steward decided of the column counts.
    """
    kind = str(rule.options.get("kind", ""))
    decision = decided.at(rule.place) if not kind and rule.technique is not Technique.KEEP else None
    by_decision = decision.identifies if decision is not None and decision.personal else None
    if decision is not None and by_decision is not None:
        kind = decision.kind
    told = kinds().get(kind)
    if rule.technique in _WITHOUT_VALUES or kind in _NOT_SOUGHT:
        return ""
    if told is None:
        by_number = by_decision is Identifies.DIRECT or rule.technique in (Technique.PERMUTE, Technique.TOKEN)
        return PERSON_NUMBER if by_number else ""
    if kind in _WHERE:
        return kind if rule.technique is not Technique.KEEP else ""
    return kind if (by_decision or told.identifies) is Identifies.DIRECT else ""


def _values(session: Session, rule: Rule, rules: ReleaseRules) -> Iterator[list[str]]:
    place = rule.place
    others = [other.place.path for other in rules.rules if _beside(other.place, place)]
    column = quote(place.column)
    raw = RawRows(session, kept=())
    rows = distinct(
        session, (f"CAST({column} AS BLOB)",), f"FROM {qualified(place.table)} WHERE {column} IS NOT NULL"
    )
    while batch := list(islice(rows, _VALUES_A_BATCH)):
        texts = [raw.text(value) for (value,) in batch if isinstance(value, bytes)]
        yield _inside(texts, place.path, others) if place.path else texts


def _beside(other: Place, place: Place) -> bool:
    """Whether another place is another path of the same column."""
    same_column = (other.table, other.column) == (place.table, place.column)
    return same_column and bool(other.path) and other.path != place.path


def _inside(documents: list[str], path: str, others: Sequence[str]) -> list[str]:
    """What stands at a path of some JSON documents, and at no other that has a rule of its own."""
    found: list[str] = []

    def gather(values: Column, batch: Batch) -> list[SqlValue]:
        found.extend(
            value if isinstance(value, str) else json.dumps(value) for value in values if value is not None
        )
        return list(values)

    JsonStep({path: gather}, lambda value: value, others)(
        documents, Batch([(each,) for each in documents], 1)
    )
    return found
