"""What the steward decided about the columns of a database, as frozen values. Nothing here holds a value of a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from steward_app.catalog.classified import Handled
from steward_app.db.names import fold, quote
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.plan import Json
from steward_app.kernel.text import quoted
from steward_app.services.privacy.model import (
    Category,
    Identifies,
    Level,
    Origin,
    Place,
    parse_place,
    place_id,
)


def stated_id(place: Place) -> str:
    """What names a place or a table: "patient.email", "patient"."""
    return place_id(place) if place.column else place_id(Place(place.table, "-")).removesuffix(".-")


def parse_stated(text: str) -> Place:
    """The place or table that `stated_id` names; a table has the column "".

    Raises ValueError where it names none, and `UsageError` for a column without a name.
    """
    try:
        place = parse_place(text)
    except ValueError:
        return Place(parse_place(f"{text}.-").table, "")
    if not place.column:
        raise UsageError(ErrorCode.BAD_REQUEST, why_without_name(place), hint="The policy is as it was.")
    return place


def why_without_name(place: Place) -> str:
    """Why nothing can be decided about a column without a name, which SQLite allows; and what to do."""
    rename = f'ALTER TABLE {quote(place.table)} RENAME COLUMN "" TO …'
    return (
        f"A column of {quoted(place.table)} has no name, so the policy cannot say what it is. "
        f"Give it a name first: {rename}"
    )


@dataclass(frozen=True, slots=True)
class Processing:
    """What the register of processing asks for (Art. 30 GDPR): said of a column, or of its table."""

    purpose: str = ""
    legal_basis: str = ""
    retention: str = ""
    recipients: tuple[str, ...] = ()

    def over(self, wider: Processing) -> Processing:
        """This, with what it does not say taken from a wider one."""
        return Processing(
            self.purpose or wider.purpose,
            self.legal_basis or wider.legal_basis,
            self.retention or wider.retention,
            self.recipients or wider.recipients,
        )


@dataclass(frozen=True, slots=True)
class Decision:
    """What a column, or a path in its JSON, was decided to be. What was not said comes from its type.

    Attributes:
        personal: it says something about a person; else `not_personal` says why it does not.
        kind: name of a type in `kinds`, or "" where only the other fields were said.
        level: how it is handled; None where nobody said, which only happens where it is not personal.
        belongs_to: the columns of the foreign key that leads to the person; () for the row itself.
        processing: its own, and of its table where it says nothing itself.
        by_table: its table was decided not to be about persons; nothing was said of the column itself.
        decided_by, decided_on: who decided, and on which day (ISO 8601); "" where the policy does not tell.
    """

    place: Place
    personal: bool
    kind: str
    identifies: Identifies
    category: Category
    level: Level | None
    origin: Origin | None
    belongs_to: tuple[str, ...] = ()
    not_personal: str = ""
    processing: Processing = field(default_factory=Processing)
    by_table: bool = False
    decided_by: str = ""
    decided_on: str = ""
    id: str = field(init=False, default="")

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", place_id(self.place))

    @property
    def sensitive(self) -> bool:
        """Of a category that the law protects beyond the ordinary."""
        return self.personal and self.category is not Category.ORDINARY


@dataclass(frozen=True, slots=True)
class TableDecision:
    """What was said of a table as a whole.

    Attributes:
        subjects: whom its rows are about, in a word of the steward: "patients"; "" where nobody said.
        not_personal: why no row of it is linked to a person, or "".
    """

    table: str
    subjects: str = ""
    not_personal: str = ""
    processing: Processing = field(default_factory=Processing)


@dataclass(frozen=True, slots=True)
class Controller:
    """Who is responsible, as the policy says it; see `catalog.policy_privacy.Controller`."""

    name: str = ""
    contact: str = ""
    representative: str = ""
    protection_officer: str = ""
    transfers: str = ""
    security: str = ""


@dataclass(frozen=True, slots=True)
class Classification:
    """All that the policy of a database says of personal data.

    Attributes:
        digest: of everything said in it, in hex: a report names it as the version; "" where nothing is said.
        decisions: of columns and paths, in the order of the policy; those that only a table's decision gives are not
            among them, `at` gives those too.
        tables: what was said of whole tables.
        handling: what each level asks for: what was shipped, with the steward's own over it.
    """

    path: str
    digest: str
    decisions: tuple[Decision, ...]
    tables: tuple[TableDecision, ...]
    controller: Controller
    handling: Mapping[Level, Handled]
    _decided: dict[tuple[str, str, str], Decision] = field(
        init=False, default_factory=dict, repr=False, compare=False
    )
    _tables: dict[str, TableDecision] = field(init=False, default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._decided.update({_key(each.place): each for each in self.decisions})
        self._tables.update({fold(each.table): each for each in self.tables})

    def at(self, place: Place) -> Decision | None:
        """What was decided of a column or path; names compare as in SQLite.

        A path of which nothing is said is what its column is, unless that is JSON, whose paths are decided one by one.
        A column of which nothing is said is not personal where its table is not.
        """
        stated = self._decided.get(_key(place))
        if stated is not None:
            return stated
        if place.path:
            whole = self.at(Place(place.table, place.column))
            return None if whole is None or whole.kind == "json" else whole
        table = self.table(place.table)
        if table is None or not table.not_personal:
            return None
        return Decision(
            *(place, False, "", Identifies.NONE, Category.ORDINARY, None, None),
            not_personal=table.not_personal,
            processing=table.processing,
            by_table=True,
        )

    def table(self, name: str) -> TableDecision | None:
        """What was said of a table as a whole, or None."""
        return self._tables.get(fold(name))

    def handled(self, decision: Decision) -> Handled:
        """What the level of a decision asks for."""
        return self.handling[decision.level] if decision.level is not None else Handled()


@dataclass(frozen=True, slots=True)
class Statement:
    """What is to stand in the policy of one place, in the words of the policy.

    Attributes:
        place: a column or path; with column "" the table itself.
        said: everything said of it; {} for nothing, which takes a decision back.
    """

    place: Place
    said: Mapping[str, Json]


class Why(StrEnum):
    """Why a release waits for a column."""

    UNKNOWN = "unknown"  # a scan could not tell what it is, or did not look at it, and nobody decided
    NEW = "new"  # it came after the last scan, and nobody decided
    VANISHED = "vanished"  # it was decided about, and is not in the file any more
    RENAMED = "renamed"  # the same, and a new column of the table looks like it under another name


@dataclass(frozen=True, slots=True)
class Waiting:
    """A column for which a release waits.

    Attributes:
        place: with column "" a whole table.
        sentence: why, and what to do.
        now: for `RENAMED`, the name that the column seems to have now; else "".
    """

    place: Place
    why: Why
    sentence: str
    now: str = ""
    id: str = field(init=False, default="")

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", stated_id(self.place))


def _key(place: Place) -> tuple[str, str, str]:
    return fold(place.table), fold(place.column), place.path
