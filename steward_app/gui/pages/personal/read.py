"""What the page of personal data reads, on a worker's thread."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from steward_app.catalog import Catalog
from steward_app.catalog.policy import PolicyDocument, read_policy
from steward_app.kernel.progress import Context
from steward_app.services.privacy.classify.check import Standing, standing, standing_of
from steward_app.services.privacy.classify.decide import proposes
from steward_app.services.privacy.classify.model import Decision, Waiting, Why, stated_id
from steward_app.services.privacy.classify.overlay import Mark, mark_of
from steward_app.services.privacy.classify.undecided import stored_tables
from steward_app.services.privacy.discover.model import ColumnScan, Verdict
from steward_app.services.privacy.kinds import kinds
from steward_app.services.privacy.model import Place


class Group(Enum):
    """The parts of the list, in order."""

    TO_DECIDE = "to_decide"
    DECIDED = "decided"
    NOTHING = "nothing"  # the scan found nothing of a person in it, and nobody decided


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the list: a column, a path in its JSON, a table that is gone; or the head of a group.

    Attributes:
        place: None for a head.
        count: of a head: how many lines its group has.
        key: what makes it the same line after a refresh.
    """

    group: Group
    place: Place | None = None
    found: ColumnScan | None = field(default=None, compare=False)
    decision: Decision | None = field(default=None, compare=False)
    waiting: Waiting | None = field(default=None, compare=False)
    count: int = field(default=0, compare=False)
    key: tuple[str, str] = field(init=False, default=("", ""), compare=False)

    def __post_init__(self) -> None:
        key = ("", self.group.value) if self.place is None else ("place", stated_id(self.place))
        object.__setattr__(self, "key", key)

    @property
    def proposed(self) -> bool:
        """Whether there is something to confirm."""
        return self.group is Group.TO_DECIDE and self.found is not None and proposes(self.found)

    @property
    def gone(self) -> bool:
        """Whether what was decided about is not in the file any more."""
        return self.waiting is not None and self.waiting.why in (Why.VANISHED, Why.RENAMED)

    @property
    def nameless(self) -> bool:
        """Whether it is a column without a name, about which the policy can say nothing."""
        return self.place is not None and not self.place.column and not self.gone

    @property
    def unknown(self) -> bool:
        """Whether a copy waits for it and the scan cannot tell what it is."""
        waits = self.waiting is not None and self.waiting.why in (Why.UNKNOWN, Why.NEW)
        return waits and not self.proposed and not self.nameless

    @property
    def kind(self) -> str:
        """The type that was decided, or that the scan proposes; "" for none."""
        if self.decision is not None:
            return self.decision.kind
        return self.found.kind if self.found is not None else ""

    @property
    def mark(self) -> Mark:
        """What it is to a person, as decided or proposed."""
        if self.decision is not None:
            told = self.decision
            return mark_of(told.identifies, told.category) if told.personal else Mark.NONE
        kind = kinds().get(self.kind)
        return mark_of(kind.identifies, kind.category) if kind else Mark.NONE


@dataclass(frozen=True, slots=True)
class Counts:
    """What the line above the list says.

    Attributes:
        columns: of the steward's tables; `personal`: those decided or found to be about a person.
        inside: places in the JSON of columns that are about a person.
        identify, narrow, sensitive, about: of the personal ones, each counted once: sensitive before the others.
    """

    columns: int
    personal: int
    inside: int
    identify: int
    narrow: int
    sensitive: int
    about: int
    to_decide: int


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows; `document` is the policy it was read from, to look into and not to change."""

    standing: Standing
    lines: tuple[Line, ...]
    counts: Counts
    document: PolicyDocument


def read(catalog: Catalog, path: Path, database_id: str, context: Context) -> Shown:
    """Read it. Raises as `standing` does."""
    kinds()  # here, so that the window need not wait for them
    now = (
        standing_of(catalog, path, database_id, context) if database_id else standing(catalog, path, context)
    )
    lines = tuple(_lines(now))
    return Shown(now, lines, _counts(now, lines), read_policy(path))


def grouped(lines: tuple[Line, ...]) -> Iterator[Line]:
    """The lines under a head for each group that has some."""
    for group in Group:
        of_group = [line for line in lines if line.group is group]
        if of_group:
            yield Line(group, count=len(of_group))
            yield from of_group


def _lines(now: Standing) -> Iterator[Line]:
    waiting = {each.place: each for each in now.waiting}
    found = {each.place: each for each in now.scan.columns} if now.scan else {}
    open_places = dict.fromkeys(now.to_decide)
    for place in open_places:
        gone = waiting.get(place)
        decision = now.classification.at(place) if gone is not None and gone.now else None
        yield Line(Group.TO_DECIDE, place, found.get(place), decision, gone)
    stated = {each.place: each for each in now.classification.decisions if each.place not in open_places}
    for place, decision in stated.items():
        yield Line(Group.DECIDED, place, found.get(place), decision)
    for place, each in found.items():
        if place in open_places or place in stated:
            continue
        by_table = now.classification.at(place)
        if by_table is not None and not place.path:
            yield Line(Group.DECIDED, place, each, by_table)
        elif each.verdict in (Verdict.NOT_PERSONAL, Verdict.EMPTY) and not place.path:
            yield Line(Group.NOTHING, place, each)


def _counts(now: Standing, lines: tuple[Line, ...]) -> Counts:
    columns = sum(
        not column.hidden for table in stored_tables(now.schema, now.scan) for column in table.columns
    )
    marks: dict[tuple[str, str], Mark] = {}
    for line in lines:
        if line.place is not None and not line.gone and line.mark is not Mark.NONE:
            whole = (line.place.table, line.place.column)
            marks[whole] = min(marks.get(whole, line.mark), line.mark, key=list(Mark).index)
    told = list(marks.values())
    inside = sum(
        line.place is not None and bool(line.place.path) and not line.gone and line.mark is not Mark.NONE
        for line in lines
    )
    return Counts(
        columns,
        len(told),
        inside,
        told.count(Mark.DIRECT),
        told.count(Mark.INDIRECT),
        told.count(Mark.SENSITIVE),
        told.count(Mark.ABOUT),
        sum(line.group is Group.TO_DECIDE for line in lines),
    )


def sureness(line: Line) -> tuple[int, int]:
    """How sure the scan is, in whole percents; of those alike, what weighs most for a person."""
    sure = -1
    if line.found is not None and line.found.kind:
        sure = 100 if line.found.confidence >= 1 else min(99, round(line.found.confidence * 100))
    return sure, -list(Mark).index(line.mark)
