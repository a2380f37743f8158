"""Whose rows they are: which tables are about persons, and which columns lead from a row to its person."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from steward_app.services.privacy.classify.decided import classification
from steward_app.services.privacy.classify.model import Classification
from steward_app.services.privacy.discover.model import Scan, Verdict


def subjects_of(source: Path, scan: Scan | None = None) -> dict[str, tuple[str, ...]]:
    """Of each table that is about persons, the foreign key to the person, or () where a row is one.

    As most of its columns were decided; where nobody decided, as the scan found.
    """
    return subjects(scan, classification(source))


def subjects(scan: Scan | None, decided: Classification) -> dict[str, tuple[str, ...]]:
    """The same, of what was found and decided."""
    counted: dict[str, Counter[tuple[str, ...]]] = {}
    for column in scan.columns if scan else ():
        if column.verdict is Verdict.PERSONAL and column.subject is not None:
            counted.setdefault(column.place.table, Counter())[column.subject] += 1
    said: dict[str, Counter[tuple[str, ...]]] = {}
    for decision in decided.decisions:
        if decision.personal:
            said.setdefault(decision.place.table, Counter())[decision.belongs_to] += 1
    return {table: counts.most_common(1)[0][0] for table, counts in (counted | said).items()}
