"""How well found types fit the labels: precision, recall and F1, and the recall of what identifies directly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from builders.labelled.suite import UNKNOWN, LabelledColumn, LabelledDatabase
from steward_app.services.privacy.discover.model import ColumnScan, Verdict
from steward_app.services.privacy.discover.scan import scan
from steward_app.services.privacy.kinds import kinds
from steward_app.services.privacy.model import Identifies, Place

GENERAL = frozenset({"", "about_person", "person_date", UNKNOWN})
"""What is no type of its own: such columns count where a type is found in them, never as one that is missed."""

NARROWER = {
    "name_code": frozenset({"account", "person_number"}),
    "iban": frozenset({"bank_account"}),
    "contact": frozenset({"account", "email", "phone"}),
}
"""Types that are younger than the labels of public tables, with those of the labels that they are a case of."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A labelled column with the type that was found, "" for none."""

    database: str
    table: str
    column: LabelledColumn
    found: str
    verdict: str = ""

    @property
    def typed(self) -> bool:
        """It is of a type, without a doubt."""
        return not self.column.truths & GENERAL

    @property
    def direct(self) -> bool:
        return self.typed and all(is_direct(kind) for kind in self.column.truths)


@dataclass(slots=True)
class Score:
    """Counts of columns: right, wrongly found, missed."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 0.0

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed) if self.right + self.missed else 0.0

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


@dataclass(slots=True)
class Figures:
    """What a way of finding types is worth.

    Attributes:
        direct_recall: of columns that identify directly, the share found to be of any type that does.
        alarms: share of columns that are not personal at all, and were said to be.
        undecided: share of all columns that were left to the steward.
    """

    types: Score = field(default_factory=Score)
    by_type: dict[str, Score] = field(default_factory=dict)
    direct_recall: float = 0.0
    alarms: float = 0.0
    undecided: float = 0.0


def is_direct(kind: str) -> bool:
    return kind in kinds() and kinds()[kind].identifies is Identifies.DIRECT


def judged(databases: Iterable[LabelledDatabase], folder: Path) -> Iterator[Judged]:
    """Every column that is not blank, with what a scan says of it."""
    for database in databases:
        found = {each.place: each for each in scan(database.build(folder)).columns}
        for table in database.tables:
            for column in table.columns:
                if not column.blank:
                    said = found[Place(table.name, column.name)]
                    yield Judged(
                        f"{database.language}/{database.name}", table.name, column, _type(said), said.verdict
                    )


def _type(said: ColumnScan) -> str:
    return said.kind if said.verdict is Verdict.PERSONAL else ""


def figures(columns: Iterable[Judged]) -> Figures:
    """The figures over columns."""
    all_columns = list(columns)
    found = Figures()
    counts: Counter[str] = Counter()
    for each in all_columns:
        _count(each, found)
        counts["direct"] += each.direct
        counts["direct found"] += each.direct and is_direct(each.found)
        nobody = each.column.truths == {""}
        counts["not personal"] += nobody
        counts["alarms"] += nobody and (bool(each.found) or each.verdict == Verdict.PERSONAL)
        counts["undecided"] += each.verdict == Verdict.UNKNOWN
    found.direct_recall = counts["direct found"] / max(1, counts["direct"])
    found.alarms = counts["alarms"] / max(1, counts["not personal"])
    found.undecided = counts["undecided"] / max(1, len(all_columns))
    return found


def _count(each: Judged, found: Figures) -> None:
    def of(kind: str) -> Score:
        return found.by_type.setdefault(kind, Score())

    truth = min(each.column.truths - GENERAL, default="")
    if each.found not in GENERAL:
        if each.column.truths & {each.found, *NARROWER.get(each.found, ())}:
            found.types.right += 1
            of(each.found).right += 1
            return
        found.types.wrong += 1
        of(each.found).wrong += 1
    if each.typed:
        found.types.missed += 1
        of(truth).missed += 1


def table_of(by_type: Mapping[str, Score]) -> str:
    """The scores of each type, as lines of text."""
    lines = [f"{'type':<20} {'prec.':>6} {'recall':>6} {'F1':>6} {'columns':>8}"]
    for kind, score in sorted(by_type.items()):
        columns = score.right + score.missed
        lines.append(f"{kind:<20} {score.precision:>6.2f} {score.recall:>6.2f} {score.f1:>6.2f} {columns:>8}")
    return "\n".join(lines)
