"""What was found and decided of columns, as the measures of risk need it: kinds, what is sensitive, what to ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from steward_app.catalog import Catalog
from steward_app.kernel.progress import Context
from steward_app.services.privacy.classify.decided import classification
from steward_app.services.privacy.classify.model import Classification
from steward_app.services.privacy.discover.kept import last_scan
from steward_app.services.privacy.discover.model import Scan, Verdict
from steward_app.services.privacy.kinds import kinds
from steward_app.services.privacy.model import Category, Place, Technique
from steward_app.services.privacy.risk.model import Question, Why
from steward_app.services.privacy.risk.suggest import suggest
from steward_app.services.privacy.rules import ReleaseRules

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
    """

    kinds: Mapping[str, Mapping[str, str]]
    sensitive: Mapping[str, tuple[str, ...]]

    def of(self, table: str) -> Mapping[str, str]:
        """The kinds of the columns of a table."""
        return self.kinds.get(table, {})


def known(scan: Scan | None, decided: Classification) -> Known:
    """What a scan found and the steward decided. Paths in JSON are left out: groups are made of whole cells."""
    found: dict[str, dict[str, str]] = {}
    category: dict[tuple[str, str], Category] = {}
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
    sensitive: dict[str, tuple[str, ...]] = {}
    for (table, name), each in category.items():
        if each in (Category.SPECIAL, Category.CRIMINAL):
            sensitive[table] = (*sensitive.get(table, ()), name)
    return Known(found, sensitive)


def known_of(path: Path, catalog: Catalog) -> Known:
    """What the last scan of a database found, and what its policy says."""
    return known(last_scan(path, catalog), classification(path))


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
    sensitive = (made_by.told_of(table) if made_by else ()) or what.sensitive.get(table, ())
    suggested = [
        each for each in suggest(path, table, context, what.of(table)) if each.column not in sensitive
    ]
    by_kind = [each for each in suggested if each.why is Why.KIND]
    by = tuple(each.column for each in (by_kind or ([] if what.of(table) else suggested)))
    if made_by is not None:
        made_up = {rule.place for rule in made_by.rules if rule.technique in _MADE_UP}
        said = made_by.quasi_identifiers.get(table, ()) or by
        by = tuple(name for name in said if Place(table, name) not in made_up and name not in sensitive)
    return Question(table, by, sensitive, threshold=threshold) if by else None
