"""What the Anonymize page reads and has done, on worker threads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.kernel.plan import Plan
from steward_app.kernel.progress import Context
from steward_app.services.backup import database_id
from steward_app.services.document import Document
from steward_app.services.privacy.anonymize.copy import MakeRelease
from steward_app.services.privacy.anonymize.keys import list_keys
from steward_app.services.privacy.anonymize.model import PseudonymKey, Release, ReleaseRequest
from steward_app.services.privacy.anonymize.planning import last_scan, rules_of
from steward_app.services.privacy.anonymize.register import list_releases
from steward_app.services.privacy.classify.decided import classification
from steward_app.services.privacy.classify.quasi import Known, known
from steward_app.services.privacy.classify.undecided import undecided
from steward_app.services.privacy.hierarchies import from_options
from steward_app.services.privacy.kinds import kinds
from steward_app.services.privacy.model import Identifies, Place, Technique
from steward_app.services.privacy.risk import Frontier, Question, frontier
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.privacy.transform.policy import policy_hash, release_names, write_rules
from steward_app.services.schema import TableKind, read_schema

DEFAULT_LIMIT = 0.05
MOST_LEFT_OUT = 0.02


@dataclass(frozen=True, slots=True)
class Line:
    """A column, or a path in its JSON.

    Attributes:
        what: its type of personal data in words, or "".
        identifies: None where nobody said.
        waits: why a copy waits for a decision about it, or "".
    """

    place: Place
    what: str
    identifies: Identifies | None
    waits: str = ""


@dataclass(frozen=True, slots=True)
class Situation:
    """All that is known before a copy is made.

    Attributes:
        names: of the rules that the policy has.
        rules: those chosen, or None while personal data was not looked for.
        proposed: no policy has them.
        sizes: rows of each table of persons, as the last scan counted them.
    """

    database_id: str
    names: tuple[str, ...]
    rules: ReleaseRules | None
    proposed: bool
    lines: tuple[Line, ...]
    known: Known
    tables: tuple[str, ...]
    releases: tuple[Release, ...]
    keys: tuple[PseudonymKey, ...]
    sizes: Mapping[str, int]

    @property
    def waiting(self) -> tuple[Line, ...]:
        """Columns that a copy waits for."""
        return tuple(line for line in self.lines if line.waits)


def read_situation(
    catalog: Catalog, file: Document, name: str, context: Context, *, look: bool = False
) -> Situation:
    """Read rules, decisions and the register.

    Args:
        name: of the rules in the policy; "" for the only ones, or the proposal.
        look: search the file for personal data where nobody did yet.
    """
    path = file.path
    known_as = database_id(catalog, path, context)
    names, scan = release_names(path), last_scan(catalog, path)
    rules, proposed = None, False
    if names or scan is not None or look:
        chosen = name if name in names else names[0] if names else ""
        rules, proposed, _ = rules_of(catalog, path, chosen, context)
        scan = scan or last_scan(catalog, path)
    decided = classification(path)
    with open_read(path, context) as session:
        schema = read_schema(session, context)
    waits = {each.place: each.sentence for each in undecided(schema, scan, decided)} if rules else {}
    what = known(scan, decided)
    places = [
        Place(table.name, column.name)
        for table in schema.tables
        if table.kind is TableKind.TABLE and not table.ours
        for column in table.columns
        if not column.hidden
    ]
    paths = {rule.place for rule in rules.rules if rule.place.path} if rules else set()
    lines = []
    for place in (*places, *sorted((paths | set(waits)) - set(places))):
        kind = kinds().get(what.of(place.table).get(place.column, "")) if not place.path else None
        decision = decided.at(place)
        says = decision.identifies if decision else kind.identifies if kind else None
        lines.append(Line(place, kind.title if kind else "", says, waits.get(place, "")))
    return Situation(
        known_as,
        names,
        rules,
        proposed,
        tuple(lines),
        what,
        tuple(dict.fromkeys(place.table for place in places)),
        list_releases(catalog, known_as),
        list_keys(catalog),
        {each.table: each.rows for each in scan.tables if each.people == each.table} if scan else {},
    )


def read_frontier(path: Path, table: str, rules: ReleaseRules, what: Known, context: Context) -> Frontier:
    """Try all ways to coarsen the columns by which people of a table could be found."""
    by = rules.quasi_identifiers[table]
    hierarchies = {}
    for column in by:
        rule = rules.at(Place(table, column))
        if rule is not None and rule.technique is Technique.GENERALIZE:
            hierarchies[column] = from_options(rule.options)
    return frontier(path, Question(table, by), context, hierarchies, _kinds(table, what))


def _kinds(table: str, what: Known) -> Mapping[str, str]:
    return what.of(table)


def with_rule(rules: ReleaseRules, rule: Rule) -> ReleaseRules:
    """The rules with another one at a place."""
    return replace(rules, rules=(*(each for each in rules.rules if each.place != rule.place), rule))


@dataclass(frozen=True, slots=True)
class Wish:
    """What is made, and for whom."""

    target: Path
    rules: ReleaseRules
    keep: bool


def plan_copy(catalog: Catalog, path: Path, known_as: str, wish: Wish, context: Context) -> Plan:
    """Plan the copy. Nothing is written: rules that are to be kept are put into the policy when it is made."""
    request = ReleaseRequest(path, known_as, wish.target, wish.rules, proposed=not wish.keep)
    return MakeRelease(catalog).plan(request, context)


def keep_rules(path: Path, plan: Plan, wish: Wish) -> Plan:
    """Put the rules into the policy, where that is wished; the plan then says which policy has them."""
    if not wish.keep:
        return plan
    write_rules(path, wish.rules)
    return replace(plan, request={**plan.request, "policy_hash": policy_hash(path)})
