"""What making copies for release speaks of, as frozen values. Nothing here holds a value of a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from steward_app.kernel.plan import Check, Json
from steward_app.kernel.text import plural, quoted
from steward_app.services.privacy.along import groups_in_words, in_words
from steward_app.services.privacy.rules import ReleaseRules

COPY_FOR_RELEASE: Final = "copy for release (pseudonymised)"
"""What the output is called everywhere (Art. 4(5) GDPR): anonymous is only what a person assessed as such."""


@dataclass(frozen=True, slots=True)
class ReleaseRequest:
    """What a copy is asked for.

    Attributes:
        path: of the database.
        target: the new file.
        rules: all of them, the subset among them.
        analyze: gather statistics for the query planner in the copy; they hold values of the copy.
        proposed: the rules were proposed by the program, from a scan; no policy has them.
        policy_hash: BLAKE3 of the policy file they come from, or "".
    """

    path: Path
    database_id: str
    target: Path
    rules: ReleaseRules
    analyze: bool = False
    proposed: bool = False
    policy_hash: str = ""


@dataclass(frozen=True, slots=True)
class InPlaceRequest:
    """What anonymizing a database in its place is asked for; the attributes are those of `ReleaseRequest`.

    Attributes:
        store_id: the encrypted store that gets the restore point; "" for the first that there is.
        keep_days: for so long that point is kept.
        point_ends: it is destroyed then; else the rules of its store decide.
        directory: the data directory of the catalog, on whose disk the new contents are made first.
    """

    path: Path
    database_id: str
    rules: ReleaseRules
    directory: Path
    store_id: str = ""
    keep_days: int = 30
    point_ends: bool = True
    proposed: bool = False
    policy_hash: str = ""


class ReleaseState(StrEnum):
    """What became of a copy."""

    MAKING = "making"  # not finished: never shown
    MADE = "made"
    GIVEN = "given"  # to its recipient
    EXPIRED = "expired"  # the day until which it may be used is over; nobody recorded that it was destroyed
    DESTROYED = "destroyed"  # somebody recorded that it is gone


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a person says on an assessment sheet. All of it is theirs: the program asserts none of it.

    Attributes:
        assessed_by: the person who answers for it.
        recipient: for whom the copy is anonymous; for nobody else.
        until: the last day the assessment holds (ISO 8601): what attackers can do changes.
        reasons: why nobody there can reasonably find a person again.
        measures: what was measured: "k = 5 over birth year, postcode".
        attacks: which were tried, and what came of them.
        holds_original: who still holds the original.
        other_data: what the recipient holds or can get that could be joined.
        contract: what binds the recipient; "" for nothing.
    """

    assessed_by: str
    recipient: str
    until: str
    reasons: str
    measures: tuple[str, ...]
    attacks: tuple[str, ...]
    holds_original: str
    other_data: str
    contract: str = ""


@dataclass(frozen=True, slots=True)
class Assessment:
    """What was recorded, with what the program knew then.

    Attributes:
        id: "as_...".
        recorded_at: RFC 3339, UTC.
        key: state of the key of the pseudonyms when it was recorded, in words.
        holds: today: neither over nor withdrawn, the copy is not destroyed, and no other file lies there.
        signed_by: id of the machine's key that signed the sheet.
        key_now: state of the key of the pseudonyms today, in words.
        file: what lay where the copy was made when it was recorded, in words; "" where nobody looked.
        file_now: what lies there today, in words; "" where nobody looked.
        held: who holds the original, as far as the program knew; a sentence each.
        contradictions: where the sheet says otherwise than what the program knew, a sentence each.
    """

    id: str
    release_id: str
    recorded_at: str
    sheet: Sheet
    key: str
    holds: bool
    signed_by: str
    withdrawn_at: str = ""
    withdrawn_by: str = ""
    withdrawn_why: str = ""
    key_now: str = ""
    file: str = ""
    file_now: str = ""
    held: tuple[str, ...] = ()
    contradictions: tuple[str, ...] = ()

    @property
    def key_destroyed_since(self) -> bool:
        """Whether the key was kept when this was recorded, and is destroyed today: a key never comes back."""
        return self.key_now != self.key


def says_nothing(direct: Sequence[str]) -> str:
    """Why the groups of a table say nothing, in a sentence; "" where they say something.

    Args:
        direct: its columns that lead to a person by themselves, and stand in the copy.
    """
    if not direct:
        return ""
    if len(direct) == 1:
        return f"It says nothing of whoever knows {quoted(direct[0])}: that leads to a person by itself, and is kept."
    names = f"{', '.join(map(quoted, direct[:-1]))} or {quoted(direct[-1])}"
    return f"It says nothing of whoever knows {names}: these lead to a person by themselves, and are kept."


_COLUMNS: Final = ("by", "person", "moved", "direct", "leading_to", "beside")
_MOST_NAMED: Final = 6


@dataclass(frozen=True, slots=True)
class CopyRisk:
    """How easily somebody is found in a table of a copy, as measured before the copy got its name.

    Attributes:
        by: the columns that others are taken to know.
        person: what tells whose row it is, where groups count persons; () where they count rows.
        records: rows; where groups count persons, what a person has of one combination of values.
        groups: of records alike in all of these columns.
        k: size of the smallest group; `uniques`: records alone in theirs.
        moved: of these columns those to which the rules gave values near the original, or of other rows.
        named: the rules name these columns; else they are those that were decided or found to identify with others.
        why_not: why nothing was measured, in a sentence; else "".
        direct: columns beside them that lead to a person by themselves, and that the rules keep: who knows one needs no
            group.
        leading_to: sensitive columns of other tables that are learnt: only rows that lead there were counted.
        beside: other columns about persons that the copy has as they were, and that were not taken into account.
    """

    table: str
    by: tuple[str, ...] = ()
    person: tuple[str, ...] = ()
    records: int = 0
    groups: int = 0
    k: int = 0
    uniques: int = 0
    moved: tuple[str, ...] = ()
    named: bool = False
    why_not: str = ""
    direct: tuple[str, ...] = ()
    leading_to: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """All of it in words."""
        if self.why_not:
            return f"{quoted(self.table)}: not measured. {self.why_not}"
        unit, taken = "person" if self.person else "record", "" if self.named else " (suggested)"
        by = groups_in_words(self.by, self.leading_to)
        told = (
            f"{quoted(self.table)}, by {by}{taken}: the smallest group has {plural(self.k, unit)} (k = {self.k:,}, a"
            f" chance of {100 / self.k:.3g} % to be found), and {self.uniques:,} of {plural(self.records, 'record')}"
            f" {'is' if self.uniques == 1 else 'are'} alone in theirs."
        )
        if self.moved:
            moved = in_words(self.moved)
            told += f" The rules moved {moved}: whoever knows the originals has less of a chance."
        if self.beside:
            told += f" {_left_aside(self.beside)}"
        return f"{told} {says_nothing(self.direct)}".rstrip()

    @property
    def counts(self) -> bool:
        """Whether k says something: somebody may know a column it was measured by, and none beside it tells more."""
        return not self.why_not and set(self.by) > set(self.moved) and not self.direct

    def as_json(self) -> dict[str, Json]:
        """As the register and the journal keep it."""
        return asdict(self) | {name: [*getattr(self, name)] for name in _COLUMNS}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> CopyRisk:
        """What `as_json` gave."""
        return cls(**{**kept, **{name: tuple(kept.get(name, ())) for name in _COLUMNS}})


def _left_aside(columns: Sequence[str]) -> str:
    """That some columns about persons go along, and nobody is taken to know them."""
    names = in_words(columns[:_MOST_NAMED])
    more = f" and {len(columns) - _MOST_NAMED:,} more" if len(columns) > _MOST_NAMED else ""
    are = "tells of persons, too, goes" if len(columns) == 1 else "tell of persons, too, go"
    return f"{names}{more} {are} along unchanged and {'was' if len(columns) == 1 else 'were'} not taken into account."


@dataclass(frozen=True, slots=True)
class Release:
    """A copy in the register.

    Attributes:
        id: "rl_...".
        path: where it was made.
        in_place: not a copy: the database itself was anonymized.
        file_hash: BLAKE3 over every byte, as it was made.
        made_at: RFC 3339, UTC.
        state_at: since when `state` holds; of an expired one, the beginning of the day after its last.
        rules: name of the rules; `rules_hash` and `plan_hash` say exactly which.
        policy_hash: of the policy file, "" where the rules were proposed and not kept.
        key_name: of its pseudonyms; `key_state` says whether it is still there ("", "made", "destroyed"), and
            `key_title` what people call it.
        until: last day the copy may be used (ISO 8601), or "".
        words: what the copy may be called today.
        assessments: newest first.
        risks: of each table about persons; () where nobody knew which are, or the copy was made before it was measured.
        file: what lies where it was made, in words; "" where nobody looked.
    """

    id: str
    database_id: str
    operation_id: str
    path: Path
    in_place: bool
    file_hash: str
    size_bytes: int
    tables: int
    rows: int
    made_at: str
    made_by: str
    rules: str
    rules_hash: str
    plan_id: str
    plan_hash: str
    policy_hash: str
    key_name: str
    recipient: str
    purpose: str
    until: str
    state: ReleaseState
    state_at: str
    state_by: str
    note: str = ""
    checks: tuple[Check, ...] = ()
    key_state: str = ""
    key_title: str = ""
    words: str = COPY_FOR_RELEASE
    assessments: tuple[Assessment, ...] = ()
    risks: tuple[CopyRisk, ...] = ()
    file: str = ""


class KeyState(StrEnum):
    """Of a key of pseudonyms."""

    NEW = "new"  # named, and the secret may not be kept yet
    MADE = "made"
    MISSING = "missing"  # made, and not among the secrets of this computer; never kept so in the catalog
    DESTROYED = "destroyed"


@dataclass(frozen=True, slots=True)
class PseudonymKey:
    """A key of pseudonyms. The key itself never leaves the secrets of the machine.

    Attributes:
        id: "pk_...".
        name: as rules name it; the same name gives the same pseudonyms.
        releases: copies in the register that were made with it.
        database: path of the database whose own key it is, or "" for one that rules name.
    """

    id: str
    name: str
    state: KeyState
    made_at: str
    destroyed_at: str = ""
    destroyed_by: str = ""
    reason: str = ""
    releases: int = 0
    database: str = ""

    @property
    def title(self) -> str:
        """What people call it: "clinic.db-2026-11-22" for that of a database, and what it takes to destroy it."""
        return f"{Path(self.database).name}-{self.made_at[:10]}" if self.database else self.name


@dataclass(frozen=True, slots=True)
class TableCount:
    """Rows of a table in the original and in the copy, and why they differ, or ""."""

    table: str
    rows: int
    copied: int
    changed: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class Built:
    """What was written to the new file.

    Attributes:
        tables: table by table, in the order of the file.
        rebuilt: full-text tables that were filled from the result.
        left_out: objects that do not go along, each with why.
    """

    tables: tuple[TableCount, ...]
    rebuilt: tuple[str, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()
    details: dict[str, Json] = field(default_factory=dict)
