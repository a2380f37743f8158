"""What was found and decided of columns, as the measures of risk need it: kinds, what is sensitive, what to ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from steward_app.catalog import Catalog
from steward_app.db import ReadSession, open_read
from steward_app.kernel.progress import Context
from steward_app.services.privacy.classify.decided import classification
from steward_app.services.privacy.classify.model import Classification
from steward_app.services.privacy.classify.subjects import subjects
from steward_app.services.privacy.discover.kept import last_scan
from steward_app.services.privacy.discover.model import Scan, Verdict
from steward_app.services.privacy.kinds import kinds
from steward_app.services.privacy.model import Category, Identifies, Place, Technique
from steward_app.services.privacy.risk.model import Question, Why
from steward_app.services.privacy.risk.suggest import suggest_in
from steward_app.services.privacy.rules import ReleaseRules
from steward_app.services.schema import Schema, read_schema

_MADE_UP = frozenset(
    {
        *(Technique.PSEUDONYM, Technique.PERMUTE, Technique.TOKEN, Technique.SHUFFLE),
        *(Technique.REMOVE, Technique.FIXED, Technique.REDACT, Technique.BLOB),
    }
)
"""What is left of a column then says nothing that anybody knows of the person."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the columns of a database.

    Attributes:
        kinds: by table and column, the kind of personal data; what was decided counts more than what was found.
        sensitive: by table, columns of a category that the law protects beyond the ordinary.
        identifies: by table and column, how it identifies, as it was decided; it counts before what the kind says.
        subjects: of each table that is about persons, the foreign key to the person, or () where a row is one.
    """

    kinds: Mapping[str, Mapping[str, str]]
    sensitive: Mapping[str, tuple[str, ...]]
    identifies: Mapping[str, Mapping[str, Identifies]] = field(default_factory=dict)
    subjects: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def of(self, table: str) -> Mapping[str, str]:
        """The kinds of the columns of a table."""
        return self.kinds.get(table, {})


def known(scan: Scan | None, decided: Classification) -> Known:
    """What a scan found and the steward decided. Paths in JSON are left out: groups are made of whole cells."""
    found: dict[str, dict[str, str]] = {}
    category: dict[tuple[str, str], Category] = {}
    identifies: dict[str, dict[str, Identifies]] = {}
    for column in scan.columns if scan else ():
        place = column.place
        if not place.path and column.kind and column.verdict is Verdict.PERSONAL:
            found.setdefault(place.table, {})[place.column] = column.kind
            category[place.table, place.column] = kinds()[column.kind].category
    for decision in decided.decisions:
        place = decision.place
        if place.path:
            continue
        if decision.personal and decision.kind:
            found.setdefault(place.table, {})[place.column] = decision.kind
        else:
            found.get(place.table, {}).pop(place.column, None)
        category[place.table, place.column] = decision.category if decision.personal else Category.ORDINARY
        if decision.personal:
            identifies.setdefault(place.table, {})[place.column] = decision.identifies
    sensitive: dict[str, tuple[str, ...]] = {}
    for (table, name), each in category.items():
        if each in (Category.SPECIAL, Category.CRIMINAL):
            sensitive[table] = (*sensitive.get(table, ()), name)
    return Known(found, sensitive, identifies, subjects(scan, decided))


def known_of(path: Path, catalog: Catalog) -> Known:
    """What the last scan of a database found, and what its policy says."""
    return known(last_scan(path, catalog), classification(path))


def not_by_heart(table: str, what: Known, made_by: ReleaseRules | None) -> frozenset[str]:
    """The columns that lead to a person by themselves, and those of a copy that are made up."""
    said = what.identifies.get(table, {})
    by_kind = {name: kinds()[kind].identifies for name, kind in what.of(table).items() if kind in kinds()}
    leading = {name for name, how in {**by_kind, **said}.items() if how is Identifies.DIRECT}
    made_up = {
        rule.place.column
        for rule in (made_by.rules if made_by else ())
        if rule.place.table == table and rule.technique in _MADE_UP
    }
    return frozenset(leading | made_up)


def question(
    path: Path,
    table: str,
    what: Known,
    context: Context,
    *,
    threshold: float = 0.2,
    made_by: ReleaseRules | None = None,
) -> Question | None:
    """What to ask of a table: its suggested quasi-identifiers and its sensitive columns; None where it has none.

    Where kinds are known, only columns of a kind that identifies with others are taken.

    Args:
        made_by: rules of the copy that the file is. What they say is known to others is taken; nobody knows what they
            made up, whatever it looks like.
    """
    with open_read(path, context) as session, session.snapshot(), session.under(context):
        schema = read_schema(session, context)
        return question_in(session, schema, table, what, context, threshold=threshold, made_by=made_by)


def question_in(
    session: ReadSession,
    schema: Schema,
    table: str,
    what: Known,
    context: Context,
    *,
    threshold: float = 0.2,
    made_by: ReleaseRules | None = None,
) -> Question | None:
    """The same, in a session that is open: of a file, or of a copy that is being made."""
    sensitive = (made_by.told_of(table) if made_by else ()) or what.sensitive.get(table, ())
    found = suggest_in(session, schema, table, context, what.of(table), what.identifies.get(table))
    suggested = [each for each in found if each.column not in sensitive]
    by_kind = [each for each in suggested if each.why is Why.KIND]
    by = tuple(each.column for each in (by_kind or ([] if what.of(table) else suggested)))
    if made_by is not None:
        made_up = {rule.place for rule in made_by.rules if rule.technique in _MADE_UP}
        said = made_by.quasi_identifiers.get(table, ()) or by
        by = tuple(name for name in said if Place(table, name) not in made_up and name not in sensitive)
    return Question(table, by, sensitive, threshold=threshold) if by else None
