"""From profiles to verdicts: what each column is, how sure that is and why, and what the rows of each table are.

Evidence of the name, the values, check digits, the table, neighbours, foreign keys and distinctness is added up as
log-odds (`weigh`); what a table is about follows from its columns, and the columns are then weighed again in its light.
Every column of a row about a person is personal data, so one without a type of its own is "something else about a
person", unless nobody can tell what its values mean: that is "unknown", and the steward's to decide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from steward_app.kernel.text import visible
from steward_app.services.privacy.dates import BIRTH
from steward_app.services.privacy.discover.by_paths import ABOUT_PERSON, PERSON_DATE, by_paths
from steward_app.services.privacy.discover.hashes_beside import HASHED
from steward_app.services.privacy.discover.links import Link
from steward_app.services.privacy.discover.model import (
    Candidate,
    ColumnScan,
    Evidence,
    Source,
    TableRole,
    TableScan,
    Verdict,
)
from steward_app.services.privacy.discover.moments import may_be_unread_births, tells_moments
from steward_app.services.privacy.discover.neighbours import HEALTH, MEASURED
from steward_app.services.privacy.discover.opaque import (
    is_opaque,
    looks_like_nothing_known,
    says_the_same_again,
)
from steward_app.services.privacy.discover.packs import Packs
from steward_app.services.privacy.discover.profile import MAY_BE_NAMES, ColumnProfile, Form, TableProfile
from steward_app.services.privacy.discover.roles import Known, known_tables, settle
from steward_app.services.privacy.discover.told import (
    are_texts_that_name,
    may_be_called_so,
    told_all_the_same,
    told_by_address,
    told_by_mixed_contacts,
)
from steward_app.services.privacy.discover.told_by_form import has_one_code_a_row, told_by_form
from steward_app.services.privacy.discover.weigh import NONE, Weighed, is_flag
from steward_app.services.privacy.discover.weigh_table import looked_of, reading_of, weigh_table
from steward_app.services.privacy.kinds import kinds
from steward_app.services.privacy.model import Category, Identifies, Place, place_id
from steward_app.services.rows.headers import Reading
from steward_app.services.schema.model import Schema

PERSON_NUMBER = "person_number"
IDENTITY_HASH = "identity_hash"

_ROUNDS = 3  # columns tell of tables, tables of columns
_DOUBT = 0.3  # from this probability a direct identifier is not waved through
_MOST_OTHERS = 3
_TEXTS = frozenset({"free_text", "health_text"})
_ALL_OF_IT = 0.9
_NEARLY_UNIQUE = 0.8


def judge_all(
    profiles: Sequence[TableProfile], schema: Schema, packs: Packs
) -> tuple[tuple[TableScan, ...], tuple[ColumnScan, ...]]:
    """What the tables and columns that were read are, in the order of the profiles."""
    tables = known_tables(profiles, schema, packs)
    settle(tables)
    weighed: dict[Place, Weighed] = {}
    for _ in range(_ROUNDS):
        for known in tables.values():
            weighed |= weigh_table(known, packs)
        settle(tables)
    found = [_Judge(known, tables, weighed, packs).scans() for known in tables.values()]
    return (
        tuple(_table_scan(known) for known in tables.values()),
        tuple(column for columns in found for column in columns),
    )


def judge_beside(known: Known, packs: Packs) -> tuple[ColumnScan, ...]:
    """What columns are of a table of which it is known what its rows are, and whose; or of which nothing is known."""
    about = known.whose
    weighed = weigh_table(known, packs)
    for _ in range(0 if about else _ROUNDS):
        settle({known.table.name: known})
        weighed = weigh_table(known, packs)
    return tuple(_Judge(known, {known.table.name: known}, weighed, packs).scans())


def _table_scan(known: Known) -> TableScan:
    return TableScan(known.table.name, known.role, known.reason, known.profile.rows, known.whose)


class _Judge:
    """Says what the columns of one table are, once all of them are weighed."""

    def __init__(
        self, known: Known, tables: Mapping[str, Known], weighed: Mapping[Place, Weighed], packs: Packs
    ) -> None:
        self._known = known
        self._tables = tables
        self._weighed = weighed
        self._packs = packs
        self._looked = looked_of(known.profile)
        self._about = bool(known.whose) or known.speaks_of_people
        self._keys = {link.columns[0]: link for link in known.links if len(link.columns) == 1}
        self._in_keys = {column for link in known.links for column in link.columns}

    def scans(self) -> list[ColumnScan]:
        """The columns, each followed by the paths inside it."""
        found = [self._scan(profile) for profile in self._known.profile.columns]
        return by_paths(found)

    def _scan(self, profile: ColumnProfile) -> ColumnScan:
        weighed = self._weighed[profile.place]
        scan = ColumnScan(
            profile.place,
            profile.declared_type,
            profile.rows,
            profile.looked_at,
            profile.filled,
            profile.distinct,
            Verdict.NOT_PERSONAL,
            "",
            0.0,
            subject=self._known.via if self._about else None,
            missed_at_most=profile.missed_at_most,
        )
        if self._known.system and weighed.best == NONE:
            return replace(scan, confidence=0.95, evidence=(_of_table(self._known),))
        if not profile.filled:
            return self._empty(scan, weighed)
        if not profile.place.path and profile.place.column in self._in_keys:
            pointing = self._pointing(scan, weighed)
            if pointing is not None:
                return pointing
        referring = self._referring(scan, weighed)
        if referring is not None:
            return referring
        likely = weighed.ranked()
        if profile.keys_are == MAY_BE_NAMES:
            why = (
                Evidence(
                    Source.WORDS, 0.3, "Keys that no list has, each in few documents: they may be names"
                ),
            )
            return replace(
                scan, verdict=Verdict.UNKNOWN, confidence=0.5, evidence=why, others=_others(likely)
            )
        if profile.keys_are:
            named = Evidence(Source.WORDS, 0.8, "Keys that are names of persons")
            return self._as_told(scan, profile.keys_are, named, 0.8, _others(likely))
        mixed = told_by_mixed_contacts(profile) if self._about else None
        if mixed is not None:
            return self._as_told(scan, *mixed, 0.9, _others(likely))
        reading = reading_of(profile, self._known, self._packs)
        addressed = None if reading.of_thing else told_by_address(profile, weighed.best)
        if addressed is not None:
            return self._as_told(scan, *addressed, 0.8, _others(likely))
        by_name = likely and any(each.source is Source.HEADER for each in weighed.evidence[likely[0][0]])
        if self._about and not by_name and tells_moments(profile, reading):
            moments = Evidence(Source.VALUES, 0.6, "Seconds since 1970, in a column called as times are")
            return self._as_told(scan, PERSON_DATE, moments, 0.8, _others(likely))
        if likely and weighed.by_kind[NONE] < 0.5:
            return self._typed(scan, weighed, likely)
        return self._untyped(scan, weighed, likely)

    def _empty(self, scan: ColumnScan, weighed: Weighed) -> ColumnScan:
        """Nothing in it yet; its name may say what will be."""
        likely = weighed.ranked()
        if not likely or likely[0][1] < 0.5:
            return replace(scan, verdict=Verdict.EMPTY, confidence=0.5)
        kind, confidence = likely[0]
        evidence = tuple(weighed.evidence[kind])
        return replace(
            scan, verdict=Verdict.EMPTY, kind=kind, confidence=round(confidence, 3), evidence=evidence
        )

    def _typed(self, scan: ColumnScan, weighed: Weighed, likely: Sequence[tuple[str, float]]) -> ColumnScan:
        kind, confidence = likely[0]
        evidence = list(weighed.evidence[kind])
        if self._about:
            evidence.append(_of_table(self._known))
        return replace(
            scan,
            verdict=Verdict.PERSONAL,
            kind=kind,
            confidence=round(confidence, 3),
            evidence=tuple(evidence),
            others=_others(likely[1:]),
        )

    def _as_told(
        self,
        scan: ColumnScan,
        kind: str,
        reason: Evidence,
        confidence: float,
        others: Sequence[Candidate],
    ) -> ColumnScan:
        """What something else than the weighing told, with the types that are likely besides."""
        return replace(
            scan,
            verdict=Verdict.PERSONAL,
            kind=kind,
            confidence=confidence,
            evidence=(reason, *((_of_table(self._known),) if self._about else ())),
            others=tuple(each for each in others if each.kind != kind),
        )

    def _untyped(self, scan: ColumnScan, weighed: Weighed, likely: Sequence[tuple[str, float]]) -> ColumnScan:
        profile = self._looked[scan.place].profile
        others = _others(likely)
        doubted = [
            kind
            for kind, p in likely
            if p >= _DOUBT
            and kinds()[kind].identifies is Identifies.DIRECT
            and not (kind in _TEXTS and says_the_same_again(profile))
        ]
        if doubted and doubted[0] in _TEXTS and self._about:
            return self._typed(scan, weighed, likely)  # names are taken out of it, and nothing else
        reading = reading_of(profile, self._known, self._packs)
        told = self._told(profile, reading)
        if doubted and (told is None or told[0] not in doubted):
            doubt = Evidence(Source.VALUES, 0.2, f"It may be {kinds()[doubted[0]].means}")
            return replace(scan, verdict=Verdict.UNKNOWN, confidence=0.5, evidence=(doubt,), others=others)
        if told is not None:
            return self._as_told(scan, *told, 0.5, others)
        if profile.may_be_names and may_be_called_so(profile, reading):
            why = (Evidence(Source.WORDS, 0.3, "Words that are names, too: they may be persons"),)
            return replace(scan, verdict=Verdict.UNKNOWN, confidence=0.5, evidence=why, others=others)
        if may_be_unread_births(profile, reading):
            why = (Evidence(Source.HEADER, 0.5, "Called as dates of birth are, in no form that is known"),)
            births = (Candidate(BIRTH, 0.5), *(each for each in others if each.kind != BIRTH))
            return replace(scan, verdict=Verdict.UNKNOWN, confidence=0.5, evidence=why, others=births)
        sentence = self._not_explained(profile, reading)
        if sentence:
            why = (
                Evidence(Source.VALUES, 0.2, sentence),
                *([_of_table(self._known)] if self._about else ()),
            )
            return replace(scan, verdict=Verdict.UNKNOWN, confidence=0.5, evidence=why, others=others)
        if self._about:
            return self._about_person(scan, profile, reading)
        if not scan.place.path and scan.place.column in self._known.somebody:
            numbered = Evidence(Source.HEADER, 0.6, "Number of somebody whose table is not here")
            return self._as_told(scan, ABOUT_PERSON, numbered, 0.6, others)
        none = (Evidence(Source.TABLE, -0.5, self._known.reason), *looks_like_nothing_known(profile, reading))
        confidence = weighed.by_kind[NONE] * (1 - 0.5 * self._known.people)
        return replace(scan, confidence=round(confidence, 3), evidence=none, others=others)

    def _not_explained(self, profile: ColumnProfile, reading: Reading) -> str:
        """What of a column nothing explains, while it could be personal; "" where that is nothing."""
        flag = is_flag(self._looked[profile.place])
        if is_opaque(profile, reading, flag=flag, about_people=self._about):
            return "Codes that nothing explains" if profile.spaced < 0.3 else "Text that nothing explains"
        own = self._about and not (reading.plain or reading.ended_off or profile.common)
        if own and has_one_code_a_row(profile, persons=self._known.role is TableRole.PERSON):
            return "A code of its own in each row"
        return ""

    def _told(self, profile: ColumnProfile, reading: Reading) -> tuple[str, Evidence] | None:
        if not self._about:
            return None
        persons = self._known.role is TableRole.PERSON
        told = told_all_the_same(profile, reading, of_people=self._known.of_people, persons=persons)
        if told is None and not reading.plain:
            told = told_by_form(profile, self._known.table, persons=persons)
        return told

    def _about_person(self, scan: ColumnScan, profile: ColumnProfile, reading: Reading) -> ColumnScan:
        dated = max(profile.seems.get(form, 0.0) for form in (Form.DATE, Form.JULIAN_DAY)) >= _ALL_OF_IT
        measured = not dated and MEASURED & set(reading.words) and HEALTH in self._known.kinds()
        kind = PERSON_DATE if dated else HEALTH if measured else ABOUT_PERSON
        why = [_of_table(self._known)]
        if measured:
            why.insert(0, Evidence(Source.NEIGHBOURS, 0.6, "Value of what stands beside it"))
        if profile.increasing:
            why.append(Evidence(Source.VALUES, 0.1, "Numbers the rows"))
        return replace(
            scan,
            verdict=Verdict.PERSONAL,
            kind=kind,
            confidence=round(max(0.5, self._known.people), 3),
            evidence=tuple(why),
        )

    def _pointing(self, scan: ColumnScan, weighed: Weighed) -> ColumnScan | None:
        """A column of a key is what it points to, unless its values say more."""
        link = self._keys.get(scan.place.column)
        kind, confidence = self._pointed_kind(link) if link is not None else ("", 0.0)
        said = f"Points to {visible(link.parent, 60)}" if link is not None else "Part of a key"
        why = (Evidence(Source.FOREIGN_KEY, 0.8, said), *((_of_table(self._known),) if self._about else ()))
        best = weighed.best
        sure = best not in (NONE, kind, PERSON_NUMBER) and weighed.by_kind[best] > _ALL_OF_IT
        if sure and (not kind or kinds()[best].identifies is Identifies.DIRECT):
            return None
        to_person = link is not None and self._person(link)
        if not kind and not self._about and not to_person:
            return replace(scan, confidence=0.9, evidence=why) if best == NONE else None
        if not kind:
            kind, confidence = ABOUT_PERSON, max(0.6, self._known.people)
        via = scan.subject if self._about or link is None else link.columns
        return replace(
            scan,
            verdict=Verdict.PERSONAL,
            kind=kind,
            confidence=round(confidence, 3),
            evidence=why,
            subject=via,
        )

    def _referring(self, scan: ColumnScan, weighed: Weighed) -> ColumnScan | None:
        """A path in JSON or a text that holds the values of a key which leads to a person, unless they say more."""
        key = self._known.profile.referring.get(scan.id)
        parent = self._tables.get(key[0]) if key else None
        if key is None or parent is None:
            return None
        types, best, held = parent.types.get(key[1], {}), weighed.best, parent.profile.at(key[1])
        kind = max(types, key=lambda each: types[each], default="")
        if not kind or types[kind] < 0.5 or kinds()[kind].identifies is not Identifies.DIRECT:
            kind = PERSON_NUMBER if parent.role is TableRole.PERSON else ""
        if key[2] == HASHED:
            of = visible(key[1] if key[0] == scan.place.table else place_id(Place(*key[:2])), 60)
            hashed = Evidence(Source.SAME_VALUES, 0.9, f"Hash of {of} without a key")
            unique = held is not None and held.distinctness >= _NEARLY_UNIQUE
            leads = self._about or kind not in ("", PERSON_NUMBER) or (kind and unique)
            return self._as_told(scan, IDENTITY_HASH, hashed, 0.9, ()) if leads else None
        profile = self._looked[scan.place].profile
        if key[2] and best == kind != PERSON_NUMBER:
            phones = profile.seems.get(Form.PHONE, 0.0) if kind == "phone" else 0.0
            if max(weighed.by_kind[best], phones) > _ALL_OF_IT:
                return None  # numbers of the same type, written otherwise: each is one and no list of some
        sure = best not in (NONE, kind) and weighed.by_kind[best] > (0.5 if key[2] else _ALL_OF_IT)
        if not kind or (sure and kinds()[best].identifies is Identifies.DIRECT):
            return None
        if held is not None and are_texts_that_name(profile, held, key[2]):
            kind = "free_text"
        told, written = visible(place_id(Place(*key[:2])), 60), key[2]
        what = "Numbers" if held is not None and held.numbers is not None else "Codes"
        said = f"{what} of {told} {written}" if written else f"The same values as {told}"
        evidence = (Evidence(Source.SAME_VALUES, 0.9, said),)
        return replace(scan, verdict=Verdict.PERSONAL, kind=kind, confidence=0.9, evidence=evidence)

    def _person(self, link: Link) -> bool:
        parent = self._tables.get(link.parent)
        return parent is not None and parent.role is TableRole.PERSON

    def _pointed_kind(self, link: Link) -> tuple[str, float]:
        """The type of the key it points to, or what the table of that key is a list of: religions, diagnoses."""
        parent = self._tables.get(link.parent)
        if parent is None:
            return "", 0.0
        if len(link.parent_columns) == 1 and parent.role is not TableRole.REFERENCE:
            types = parent.types.get(link.parent_columns[0], {})
            kind = max(types, key=lambda each: types[each], default="")
            if kind and types[kind] >= 0.5:
                return kind, types[kind]
        if not self._about or parent.role is not TableRole.REFERENCE:
            return "", 0.0
        for name in (link.parent, *link.columns, *link.parent_columns):
            said = _listed(name, self._packs)
            if said:
                return said, 0.9
        return "", 0.0


def _listed(name: str, packs: Packs) -> str:
    """The special category or trait that a table or key of a list is named after: religion_id, icd_code."""
    reading = packs.headers.read(name, among_people=True)
    plain = packs.headers.read(
        name.lower().removesuffix("id").removesuffix("code").rstrip("_ "), among_people=True
    )
    for match in (*reading.matches, *plain.matches):
        kind = kinds()[match.kind]
        if kind.category is not Category.ORDINARY or kind.identifies is Identifies.INDIRECT:
            return (
                match.kind
                if kind.category in (Category.SPECIAL, Category.CRIMINAL) or not match.of_people
                else ""
            )
    return ""


def _of_table(known: Known) -> Evidence:
    return Evidence(Source.TABLE, 0.4, known.reason)


def _others(likely: Sequence[tuple[str, float]]) -> tuple[Candidate, ...]:
    return tuple(Candidate(kind, round(p, 3)) for kind, p in likely[:_MOST_OTHERS])
