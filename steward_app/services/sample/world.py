"""The clinic while it is being made up: its people, its rows, its chance."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.sample.words import Fields

Record = dict[str, SqlValue]

_YEARS_OPEN = 17


@dataclass(slots=True)
class Member:
    """Somebody on the staff."""

    id: int
    code: str
    badge_no: str
    full_name: str
    email: str
    phone: str
    hired: date
    left: date | None
    treats: bool

    def works_on(self, day: date) -> bool:
        """Whether they work here on that day."""
        return self.hired <= day and (self.left is None or day < self.left)


@dataclass(slots=True)
class Patient:
    """Somebody the clinic treats. `until` is the last day they can come: today, or the day of their death."""

    id: int
    given: str
    family: str
    sex: str
    born: date
    registered: date
    until: date
    street: str
    town: str
    postcode: str
    phone: str
    email: str
    relatives: list[tuple[str, str]]  # what they are to the patient, and their name
    lasting: list[Fields]  # illnesses that come back at every visit
    build: dict[str, float]  # how far each measurement is from the middle, in spreads
    insurer: int | None = None

    @property
    def full_name(self) -> str:
        return f"{self.given} {self.family}"

    def age_on(self, day: date) -> float:
        """Years lived on that day."""
        return (day - self.born).days / 365.25

    def can_have(self, illness: Fields) -> bool:
        """False for what only the other sex has."""
        return len(illness) < 6 or illness[5] == self.sex


@dataclass(slots=True)
class Visit:
    """A visit, with what the later tables need to know of it."""

    id: int
    patient: Patient
    doctor: Member
    started: datetime
    illnesses: list[Fields] = field(default_factory=list)

    @property
    def day(self) -> date:
        return self.started.date()


@dataclass(slots=True)
class World:
    """Everything made so far. Each part of the work draws from a chance of its own, so that a change in one
    part leaves the rows of the others as they were.
    """

    seed: int
    today: date
    context: Context
    tables: dict[str, list[Record]] = field(default_factory=dict)
    staff: list[Member] = field(default_factory=list)
    patients: list[Patient] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    gone_visits: list[int] = field(default_factory=list)  # ids that were given to visits deleted since

    @property
    def start(self) -> date:
        """The day the clinic opened."""
        return date(self.today.year - _YEARS_OPEN, 1, 5)

    def chance(self, part: str) -> Random:
        """The chance of one part: the same for the same seed, on every machine."""
        return Random(f"{self.seed}/{part}")  # noqa: S311  # made-up data, not a secret

    def put(self, table: str, **values: SqlValue) -> Record:
        """Add a row."""
        self.tables.setdefault(table, []).append(values)
        return values

    def day_between(self, chance: Random, first: date, last: date) -> date:
        """A day of a period, both ends included."""
        return first + timedelta(days=chance.randrange(max((last - first).days, 0) + 1))

    def at_work(self, day: date, *, treats: bool = True) -> list[Member]:
        """Who works on that day, and treats patients unless said otherwise."""
        return [member for member in self.staff if member.works_on(day) and (member.treats or not treats)]
