"""Sensible rules for a copy, from what a scan found, what the steward decided, and what the schema asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from steward_app.db.names import fold
from steward_app.kernel.plan import Json
from steward_app.services.privacy.classify.model import Classification
from steward_app.services.privacy.discover.hashes_beside import HASHED
from steward_app.services.privacy.discover.model import Scan, Source, TableRole, Verdict
from steward_app.services.privacy.json_steps import KEYS, leads_into
from steward_app.services.privacy.kinds import kinds
from steward_app.services.privacy.model import Category, Identifies, Place, Technique
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.privacy.transform.dates_together import dates_together
from steward_app.services.privacy.transform.domains import (
    CONSISTENT,
    NUMERIC,
    in_unique_key,
    of_person,
    unique_keys,
)
from steward_app.services.privacy.transform.one_identity import is_written, one_identity
from steward_app.services.privacy.transform.options import ALLOWED
from steward_app.services.privacy.transform.pseudonyms import KINDS
from steward_app.services.privacy.transform.unknown_inside import unknown_inside
from steward_app.services.schema.model import Column, Schema, Table

_OPTIONS: Mapping[str, dict[str, Json]] = {
    "postcode": {"hierarchy": "prefix", "keep": [3, 2, 1], "level": 1},
    "birth_date": {"hierarchy": "dates", "level": "year"},
    "death_date": {"hierarchy": "dates", "level": "year"},
    "age": {"hierarchy": "ranges", "steps": [5, 10, 20], "level": 2},
    "ip": {"hierarchy": "networks", "level": 1},
    "geo_position": {"to": 0.1},
    "income": {"to": 1000},
    "card": {"keep_last": 4},
}
_POSTCODE_NUMBERS: dict[str, Json] = {"hierarchy": "ranges", "steps": [100, 1000, 10_000], "level": 2}
_LONGEST_WAY = 5


def propose(schema: Schema, scan: Scan, classification: Classification, name: str) -> ReleaseRules:
    """Rules for every column that holds something personal; others are kept.

    A decision of the steward goes before what the scan found. Keys of persons are permuted, since they lead from the
    copy back to the original. What nobody could tell gets no rule (a release waits for it), but inside JSON where a
    token is safe.
    """
    proposal = _Proposal(schema, scan, classification)
    rules = one_identity(schema, scan, classification, proposal.rules())
    return ReleaseRules(
        name,
        dates_together(schema, rules),
        quasi_identifiers=proposal.quasi,
        sensitive=proposal.sensitive,
    )


def rule_of_type(
    schema: Schema, scan: Scan, classification: Classification, place: Place, kind: str
) -> Rule | None:
    """What is proposed for values of a type at a place; None where they are kept."""
    table = schema.table(place.table)
    column = table.column(place.column) if table else None
    if table is None or column is None:
        return None
    return _Proposal(schema, scan, classification)._rule(table, column, place, kind)


class _Proposal:
    def __init__(self, schema: Schema, scan: Scan, classification: Classification) -> None:
        self._schema, self._scan, self._decided = schema, scan, classification
        self._roles = {each.table: each.role for each in scan.tables}
        self._inside = {same.child for same in scan.same_values if same.written not in ("", HASHED)}
        self.quasi: dict[str, tuple[str, ...]] = {}
        self.sensitive: dict[str, tuple[str, ...]] = {}

    def rules(self) -> Iterator[Rule]:
        """A rule for each place that needs one, and notes by which columns somebody could be found."""
        found: dict[Place, Rule] = {}
        for place in dict.fromkeys((*(each.place for each in self._scan.columns), *self._stated())):
            table = self._schema.table(place.table)
            column = table.column(place.column) if table else None
            if table is None or column is None or not is_written(table, column):
                continue
            kind = self._kind(place)
            if kind:
                rule = self._rule(table, column, Place(table.name, column.name, place.path), kind)
                self._note(table, column, place, kind, rule)
                if rule:
                    found[rule.place] = rule
        for rule in self._keys_of_persons():
            found.setdefault(rule.place, rule)
        for rule in unknown_inside(self._scan, self._decided):
            found.setdefault(rule.place, rule)
        found |= {rule.place: rule for rule in self._beside_data(found)}
        found |= {rule.place: rule for rule in self._kept_inside(found)}
        yield from _json_whole(found)

    def _beside_data(self, found: Mapping[Place, Rule]) -> Iterator[Rule]:
        """Keys that belong to the structure stay, where those beside them are data and change."""
        for each in self._scan.columns:
            place = each.place
            unknown = each.verdict is Verdict.UNKNOWN and self._decided.at(place) is None
            if place in found or not place.path or unknown:
                continue
            data = (
                other.path.removesuffix("~")
                for other in found
                if other.path.endswith((".*", KEYS))
                and (other.table, other.column) == (place.table, place.column)
            )
            if any(leads_into(path, place.path) for path in data) and not place.path.endswith(KEYS):
                yield Rule(place, Technique.KEEP)

    def _kept_inside(self, found: Mapping[Place, Rule]) -> Iterator[Rule]:
        """What is personal in JSON of which nothing changes: it goes along as it would in a column of its own."""
        changed = {(place.table, place.column) for place in found if place.path}
        for each in self._scan.columns:
            place = each.place
            whole = found.get(replace(place, path=""))
            by_path = whole is not None and whole.technique is Technique.JSON
            if place.path and by_path and (place.table, place.column) not in changed and self._kind(place):
                yield Rule(place, Technique.KEEP)

    def _stated(self) -> Iterator[Place]:
        return (each.place for each in self._decided.decisions)

    def _kind(self, place: Place) -> str:
        """The type of what stands at a place; "" where it is not personal or nobody could tell."""
        decided = self._decided.at(place)
        scanned = self._scan.at(place)
        seen = scanned.kind if scanned and scanned.verdict is Verdict.PERSONAL else ""
        if decided is not None:
            return (decided.kind or seen or "about_person") if decided.personal else ""
        return seen

    def _rule(self, table: Table, column: Column, place: Place, kind: str) -> Rule | None:
        told = kinds().get(kind)
        technique = Technique(told.technique) if told else Technique.REMOVE
        options: dict[str, Json] = dict(_OPTIONS.get(kind, {}))
        if technique is Technique.GENERALIZE and not options:
            technique = Technique.REMOVE  # a town has no coarser value that we know
        if kind == "postcode" and column.affinity in NUMERIC and not place.path:
            options = dict(_POSTCODE_NUMBERS)
        if self._has_numbers_of_a_key(place):
            technique = Technique.TOKEN if place.path.endswith(KEYS) else Technique.REMOVE
        if technique is Technique.PSEUDONYM and kind not in KINDS:
            technique = Technique.TOKEN
        if technique is Technique.SHIFT:
            options |= self._person(table, place)
        if technique is not Technique.SHIFT or not _one_to_one(table, column, options.get("person")):
            technique = _for_key(table, column, place, technique)
        if technique is Technique.KEEP:
            return None
        if technique in (Technique.PERMUTE, Technique.TOKEN) and kind in _OPTIONS:
            options = {}
        options = {
            name: value for name, value in options.items() if name in ALLOWED[technique]
        }  # a key's date
        return Rule(place, technique, {"kind": kind, **options})

    def _has_numbers_of_a_key(self, place: Place) -> bool:
        """Whether it is known by these alone, inside texts that nothing changes together with the key."""
        seen = self._scan.at(place) if place in self._inside and self._decided.at(place) is None else None
        told = kinds().get(seen.kind) if seen is not None else None
        if seen is None or (told is not None and told.technique == Technique.REDACT):
            return False  # which takes them out, as it does whatever leads to somebody
        return any(each.source is Source.SAME_VALUES for each in seen.evidence)

    def _person(self, table: Table, place: Place) -> dict[str, Json]:
        """The foreign keys that lead from a row to its person, as options; of a row that is one, its own key."""
        hops: list[tuple[str, ...]] = []
        at = table
        for _ in range(_LONGEST_WAY):
            columns = self._subject(at, place if at is table else None)
            if not columns:
                break
            hops.append(columns)
            key = next((key for key in at.foreign_keys if set(key.columns) == set(columns)), None)
            parent = self._schema.table(key.parent_table) if key else None
            if parent is None or parent is at or self._roles.get(parent.name) is TableRole.PERSON:
                break
            at = parent
        if not hops and self._roles.get(table.name) is TableRole.PERSON and table.primary_key:
            hops.append(table.primary_key.columns)
        if not hops:
            return {}
        if len(hops) > 1:
            return {"person": [list(hop) for hop in hops]}
        return {"person": hops[0][0] if len(hops[0]) == 1 else list(hops[0])}

    def _subject(self, table: Table, place: Place | None) -> tuple[str, ...]:
        decided = self._decided.at(place) if place else None
        if decided and decided.belongs_to:
            return decided.belongs_to
        scanned = self._scan.at(place) if place else None
        if scanned and scanned.subject is not None:
            return scanned.subject
        found = (
            each.subject for each in self._scan.columns if each.place.table == table.name and each.subject
        )
        return next(found, ())

    def _note(self, table: Table, column: Column, place: Place, kind: str, rule: Rule | None) -> None:
        """By which columns of the copy somebody could be found, and what could be found out about them."""
        told, decided = kinds().get(kind), self._decided.at(place)
        identifies = decided.identifies if decided else told.identifies if told else Identifies.NONE
        category = decided.category if decided else told.category if told else Category.ORDINARY
        stays = rule is None or rule.technique in (Technique.GENERALIZE, Technique.ROUND)
        if place.path or not stays:
            return
        if identifies is Identifies.INDIRECT:
            self.quasi[table.name] = (*self.quasi.get(table.name, ()), column.name)
        elif category is not Category.ORDINARY:
            self.sensitive[table.name] = (*self.sensitive.get(table.name, ()), column.name)

    def _keys_of_persons(self) -> Iterator[Rule]:
        for table in self._schema.tables:
            key = table.primary_key
            if self._roles.get(table.name) is not TableRole.PERSON or key is None or len(key.columns) != 1:
                continue
            column = table.column(key.columns[0])
            decided = self._decided.at(Place(table.name, key.columns[0]))
            kept = decided is not None and not decided.personal and not decided.by_table
            if column and is_written(table, column) and column.affinity != "REAL" and not kept:
                yield Rule(Place(table.name, column.name), Technique.PERMUTE, {"kind": "person_number"})


def _for_key(table: Table, column: Column, place: Place, technique: Technique) -> Technique:
    """A technique that keeps different values different, where the schema asks for that."""
    if place.path or technique in CONSISTENT or technique is Technique.KEEP:
        return technique
    in_key = any(column.name in key.columns for key in table.foreign_keys)
    if not in_key and not in_unique_key(table, column.name):
        return technique
    alone = table.primary_key is None or column.name not in table.primary_key.columns
    if technique is Technique.REMOVE and alone and not column.not_null:
        return technique  # NULL beside NULL
    return Technique.PERMUTE if column.affinity in NUMERIC else Technique.TOKEN


def _one_to_one(table: Table, column: Column, person: Json) -> bool:
    """Whether every key that a date stands in has the person, too: the dates of one move alike."""
    if any(column.name in key.columns for key in table.foreign_keys):
        return False
    own = of_person(table, person)
    keys = [{fold(name) for name in names} for _, names in unique_keys(table)]
    return all(own <= names for names in keys if fold(column.name) in names)


def _json_whole(found: Mapping[Place, Rule]) -> Iterator[Rule]:
    """JSON of which no path is known to be personal is removed whole; other rules stay."""
    inside = {(place.table, place.column) for place in found if place.path}
    for place, rule in found.items():
        whole = not place.path
        if whole and (place.table, place.column) in inside:
            yield replace(rule, technique=Technique.JSON, options={})
        elif rule.technique is Technique.JSON:
            yield replace(rule, technique=Technique.REMOVE)
        else:
            yield rule
