"""The record of processing activities (Art. 30 GDPR), from what was decided and what the program knows of the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.kernel import clock
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.backup import database_id
from steward_app.services.privacy.classify.decided import classification
from steward_app.services.privacy.classify.handling import security_measures
from steward_app.services.privacy.classify.model import (
    Classification,
    Controller,
    Decision,
    Processing,
    stated_id,
)
from steward_app.services.privacy.classify.undecided import is_there, stored_tables, to_decide
from steward_app.services.privacy.discover.kept import last_scan
from steward_app.services.privacy.kinds import kinds
from steward_app.services.privacy.model import Category
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema

LAW = {
    Category.ORDINARY: "",
    Category.SPECIAL: "Art. 9",
    Category.CRIMINAL: "Art. 10",
    Category.NATIONAL_NUMBER: "Art. 87",
}
"""The article of the GDPR that a category is of; "" for an ordinary one."""

_NAMED = 5  # tables that are named where something is missing


@dataclass(frozen=True, slots=True)
class DataCategory:
    """A category of data of an activity (Art. 30(1)(c)).

    Attributes:
        title: "E-mail address".
        law: "Art. 9", or "" where it is ordinary.
        columns: where they stand: "patient.email".
    """

    title: str
    law: str
    level: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Activity:
    """What is done with data for one purpose, on one basis, for so long.

    Attributes:
        purpose, legal_basis, retention: in the steward's words, "" where nobody said.
        subjects: categories of the persons as the steward stated them: "patients"; () where nobody did.
        recipients: whom the data are or will be disclosed to.
    """

    id: str
    purpose: str
    legal_basis: str
    retention: str
    recipients: tuple[str, ...]
    subjects: tuple[str, ...]
    data: tuple[DataCategory, ...]

    @property
    def columns(self) -> int:
        return sum(len(each.columns) for each in self.data)


@dataclass(frozen=True, slots=True)
class Register:
    """The record of one database.

    Attributes:
        database: its file's name; `path` where it lies.
        made_at: RFC 3339, UTC.
        digest: of the classification it was made from: its version.
        measures: of security, a sentence each: the steward's, then what the program knows.
        missing: what Art. 30 asks for and nobody said, a sentence each.
        columns: of tables of the steward.
        undecided: columns, and paths in their JSON, that a steward has yet to decide about, as `check` counts them:
            those in which a scan found nothing about a person are not among them.
    """

    path: str
    database: str
    made_at: str
    digest: str
    controller: Controller
    activities: tuple[Activity, ...]
    measures: tuple[str, ...]
    missing: tuple[str, ...]
    columns: int
    undecided: int
    id: str = field(init=False, default="register")


def register(catalog: Catalog, path: Path, context: Context) -> Register:
    """Make the record of a database. Reads no rows. Raises as `classification` and `open_read` do."""
    decided = classification(path)
    known_as = database_id(catalog, path, context)
    with open_read(path, context) as session, session.snapshot(), session.under(context):
        schema = read_schema(session, context)
        known = security_measures(catalog, known_as, session, schema)
    activities = tuple(_activities(schema, decided))
    scan = last_scan(path, catalog)
    open_places = [each for each in to_decide(schema, scan, decided) if is_there(schema, each)]
    own = (decided.controller.security,) if decided.controller.security else ()
    return Register(
        path=str(path.absolute()),
        database=path.name,
        made_at=clock.to_text(clock.now()),
        digest=decided.digest,
        controller=decided.controller,
        activities=activities,
        measures=(*own, *known),
        missing=tuple(_missing(decided, activities, _without_subjects(schema, decided), len(open_places))),
        columns=sum(not column.hidden for table in stored_tables(schema) for column in table.columns),
        undecided=len(open_places),
    )


def _activities(schema: Schema, decided: Classification) -> Iterator[Activity]:
    groups: dict[Processing, list[Decision]] = {}
    for each in decided.decisions:
        if _is_of_a_person(schema, each):
            groups.setdefault(each.processing, []).append(each)
    for number, (said, decisions) in enumerate(groups.items(), 1):
        subjects = dict.fromkeys(filter(None, (_subjects(schema, decided, each) for each in decisions)))
        yield Activity(
            f"activity_{number}",
            said.purpose,
            said.legal_basis,
            said.retention,
            said.recipients,
            tuple(subjects),
            tuple(_data(decisions)),
        )


def _data(decisions: Sequence[Decision]) -> Iterator[DataCategory]:
    groups: dict[tuple[str, str, str], list[str]] = {}
    for each in decisions:
        kind = kinds().get(each.kind)
        title = kind.title if kind else each.kind or "Data about a person"
        key = (title, LAW[each.category], str(each.level or ""))
        groups.setdefault(key, []).append(stated_id(each.place))
    for (title, law, level), columns in groups.items():
        yield DataCategory(title, law, level, tuple(columns))


def _subjects(schema: Schema, decided: Classification, decision: Decision) -> str:
    """Whom a column is about: as said of its table, or of the table of its persons; "" where nobody said."""
    said = decided.table(decision.place.table)
    if said is not None and said.subjects:
        return said.subjects
    table = schema.table(decision.place.table)
    people = next(
        (
            key.parent_table
            for key in (table.foreign_keys if table else ())
            if decision.belongs_to and key.columns == decision.belongs_to and key.parent_table
        ),
        "",
    )
    of_people = decided.table(people) if people else None
    return of_people.subjects if of_people is not None else ""


def _without_subjects(schema: Schema, decided: Classification) -> tuple[str, ...]:
    """The tables with data about persons of which nobody said who these are."""
    return tuple(
        dict.fromkeys(
            each.place.table
            for each in decided.decisions
            if _is_of_a_person(schema, each) and not _subjects(schema, decided, each)
        )
    )


def _is_of_a_person(schema: Schema, decision: Decision) -> bool:
    return decision.personal and schema.table(decision.place.table) is not None


def _missing(
    decided: Classification, activities: Sequence[Activity], without_subjects: Sequence[str], undecided: int
) -> Iterator[str]:
    controller = decided.controller
    if not controller.name or not controller.contact:
        yield "The name and contact details of the controller are not stated."
    for word, told in (
        ("purpose", "purpose"),
        ("legal_basis", "legal basis"),
        ("retention", "time limit for erasure"),
    ):
        columns = sum(each.columns for each in activities if not getattr(each, word))
        if columns:
            yield f"No {told} is stated for {plural(columns, 'column')}."
    columns = sum(each.columns for each in activities if not each.recipients)
    if columns:
        yield f"No recipients are stated for {plural(columns, 'column')}."
    if without_subjects:
        names = ", ".join(map(quoted, without_subjects[:_NAMED]))
        more = (
            f" and {plural(len(without_subjects) - _NAMED, 'more table')}"
            if without_subjects[_NAMED:]
            else ""
        )
        yield f"Whom the rows of {names}{more} are about, such as patients or staff, is not stated."
    if not controller.transfers:
        yield "Whether data go to a third country is not stated."
    if undecided:
        yield f"Nothing is decided about {plural(undecided, 'column')}."
