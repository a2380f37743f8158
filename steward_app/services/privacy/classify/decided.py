"""What the steward decided, read from the policy beside the database."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from steward_app.catalog.classified import handling, is_decided, level_of, says_personal
from steward_app.catalog.policy import read_policy
from steward_app.db import open_read
from steward_app.kernel.progress import Context
from steward_app.services.privacy.classify.model import (
    Classification,
    Controller,
    Decision,
    Processing,
    TableDecision,
)
from steward_app.services.privacy.json_steps import of_policy
from steward_app.services.privacy.kinds import Kind, kinds
from steward_app.services.privacy.model import Category, Identifies, Level, Origin, Place

if TYPE_CHECKING:
    from steward_app.catalog.policy_privacy import ClassificationPolicy, ColumnClass, TableClass


def classification(path: Path) -> Classification:
    """What the policy of a database says of personal data; an empty one where there is none.

    Raises as `read_policy` does.
    """
    said = read_policy(path).policy.classification
    if said is None:
        return Classification(str(path), "", (), (), Controller(), handling({}))
    digest = blake2b(said.model_dump_json(exclude_defaults=True).encode("utf-8"), digest_size=16).hexdigest()
    return Classification(
        str(path),
        digest,
        tuple(_decisions(said)),
        tuple(_table(name, table) for name, table in said.tables.items()),
        Controller(**said.controller.model_dump()),
        handling(said.handling),
    )


def of_database(path: Path, context: Context) -> Classification:
    """The same of a database that is there: of a mistyped name nothing was decided, and that is no answer.

    Raises the `StewardError` of a file that does not open, and as `read_policy` does.
    """
    with open_read(path, context):
        return classification(path)


def _decisions(said: ClassificationPolicy) -> Iterator[Decision]:
    for name, table in said.tables.items():
        wider = _processing(table)
        for column, each in table.columns.items():
            of_column = _processing(each).over(wider)
            if is_decided(each):
                yield _decision(Place(name, column), each, of_column)
            for path, inner in each.paths.items():
                if is_decided(inner):
                    place = Place(name, column, of_policy(name, column, path))
                    yield _decision(place, inner, _processing(inner).over(of_column))


def _decision(place: Place, said: ColumnClass, processing: Processing) -> Decision:
    """What was said, and what its type is taken for where it was not. A type nobody knows is taken for the worst."""
    personal = says_personal(said)
    kind = kinds().get(said.type) or (_UNKNOWN if said.type else kinds()["about_person"])
    return Decision(
        place,
        personal,
        said.type,
        (said.identifies or kind.identifies) if personal else Identifies.NONE,
        (said.category or kind.category) if personal else Category.ORDINARY,
        level_of(said),
        said.origin or (kind.origin if personal else None),
        tuple(said.belongs_to),
        said.not_personal,
        processing,
        decided_by=said.decided_by,
        decided_on=said.decided_on,
    )


def _table(name: str, said: TableClass) -> TableDecision:
    return TableDecision(name, said.subjects, said.not_personal, _processing(said))


def _processing(said: TableClass | ColumnClass) -> Processing:
    return Processing(said.purpose, said.legal_basis, said.retention, tuple(said.recipients))


_UNKNOWN = Kind(
    *("", "", ""), Identifies.DIRECT, Category.ORDINARY, Level.RESTRICTED, Origin.PROVIDED, technique="remove"
)
