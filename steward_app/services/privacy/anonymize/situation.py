"""All that is known of a database before a copy of it is planned: rules, decisions, the register, keys, the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.kernel.progress import Context
from steward_app.services.backup import database_id
from steward_app.services.privacy.anonymize.findings import ruled
from steward_app.services.privacy.anonymize.keys import list_keys
from steward_app.services.privacy.anonymize.model import PseudonymKey, Release
from steward_app.services.privacy.anonymize.planning import last_scan, rules_of
from steward_app.services.privacy.anonymize.point import point_store
from steward_app.services.privacy.anonymize.register import list_releases, point_before
from steward_app.services.privacy.classify.decided import classification
from steward_app.services.privacy.classify.model import Classification
from steward_app.services.privacy.classify.quasi import Known, known
from steward_app.services.privacy.classify.undecided import undecided
from steward_app.services.privacy.discover.model import Scan, Verdict
from steward_app.services.privacy.hierarchies import Dates, from_options
from steward_app.services.privacy.kinds import kinds
from steward_app.services.privacy.model import Identifies, Place, Technique
from steward_app.services.privacy.risk import Asked, Frontier, Question, frontier
from steward_app.services.privacy.risk.persons import person_columns
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.privacy.transform.days_read import days_read
from steward_app.services.privacy.transform.domains import bound_together
from steward_app.services.privacy.transform.policy import release_names
from steward_app.services.schema import TableKind, read_schema
from steward_app.services.schema.model import Generated


@dataclass(frozen=True, slots=True)
class Line:
    """A column, or a path in its JSON.

    Attributes:
        what: its type of personal data in words, or "".
        identifies: None where nobody said.
        waits: why a copy waits for a decision about it, or "".
        bound: the other columns that foreign keys bind it to: what gives all the same value changes them together.
        computed: from other columns of its row.
    """

    place: Place
    what: str
    identifies: Identifies | None
    waits: str = ""
    bound: tuple[Place, ...] = ()
    computed: bool = False


@dataclass(frozen=True, slots=True)
class Situation:
    """All that is known before a copy is made.

    Attributes:
        names: of the rules that the policy has.
        rules: those chosen, or None while personal data was not looked for.
        proposed: no policy has them.
        sizes: rows of each table of persons, as the last scan counted them.
        point_store: name of the encrypted store that gets the restore point where the database itself is anonymized;
            "" where there is none.
        points: of each time that the database itself was anonymized, by the id in the register, the restore point of
            what it held before.
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
    point_store: str = ""
    points: Mapping[str, str] = field(default_factory=dict)

    def lines_under(self, rules: ReleaseRules) -> tuple[Line, ...]:
        """The same lines; where rules say what becomes of a column, a copy by them does not wait for it."""
        return tuple(
            replace(line, waits="") if line.waits and ruled(rules, line.place) else line
            for line in self.lines
        )

    def waiting(self, rules: ReleaseRules) -> tuple[Line, ...]:
        """Columns that a copy by these rules waits for."""
        return tuple(line for line in self.lines_under(rules) if line.waits)


def read_situation(
    catalog: Catalog, path: Path, name: str, context: Context, *, look: bool = False
) -> Situation:
    """Read rules, decisions and the register.

    Args:
        name: of the rules in the policy; "" for the only ones, or the proposal.
        look: search the file for personal data where nobody did yet.
    """
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
    what, of_paths = known(scan, decided), _kinds_of_paths(scan, rules)
    places = [
        Place(table.name, column.name)
        for table in schema.tables
        if table.kind is TableKind.TABLE and not table.ours
        for column in table.columns
        if not column.hidden
    ]
    bound = bound_together(schema)
    computed = {
        Place(table.name, column.name)
        for table in schema.tables
        for column in table.columns
        if column.generated is not Generated.NO
    }
    paths = {rule.place for rule in rules.rules if rule.place.path} if rules else set()
    places_told = (*places, *sorted((paths | set(waits)) - set(places)))
    store, releases = point_store(catalog, known_as), list_releases(catalog, known_as)
    return Situation(
        known_as,
        names,
        rules,
        proposed,
        tuple(
            replace(
                _line(place, _kind_of(place, what, of_paths, decided), decided, waits.get(place, "")),
                bound=tuple(other for other in bound[place].places if other != place)
                if place in bound
                else (),
                computed=place in computed,
            )
            for place in places_told
        ),
        what,
        tuple(dict.fromkeys(place.table for place in places)),
        releases,
        list_keys(catalog),
        {each.table: each.rows for each in scan.tables if each.people == each.table} if scan else {},
        store.name if store else "",
        {each.id: point_before(catalog, each) for each in releases if each.in_place},
    )


def _kinds_of_paths(scan: Scan | None, rules: ReleaseRules | None) -> dict[Place, str]:
    """What paths in JSON hold, as the scan found it; else as their rule makes it up."""
    told = {rule.place: str(rule.options.get("kind", "")) for rule in rules.rules} if rules else {}
    found = {
        each.place: each.kind
        for each in (scan.columns if scan else ())
        if each.kind and each.verdict is Verdict.PERSONAL
    }
    return {place: kind for place, kind in {**told, **found}.items() if place.path}


def _kind_of(place: Place, what: Known, of_paths: Mapping[Place, str], decided: Classification) -> str:
    if not place.path:
        return what.of(place.table).get(place.column, "")
    decision = decided.at(place)
    if decision is not None:
        return decision.kind if decision.personal else ""
    return of_paths.get(place, "")


def _line(place: Place, named: str, decided: Classification, waits: str) -> Line:
    kind = kinds().get(named)
    decision = decided.at(place)
    says = decision.identifies if decision else kind.identifies if kind else None
    return Line(place, kind.title if kind else "", says, waits)


def read_frontier(
    path: Path,
    table: str,
    rules: ReleaseRules,
    what: Known,
    context: Context,
    least: Mapping[Place, Rule] | None = None,
) -> Frontier:
    """Try all ways to coarsen the columns by which people of a table could be found; l and t are asked by the rules.

    Args:
        least: rules that a steward wrote; ways that do less than one of them says are not tried.
    """
    by = rules.quasi_identifiers[table]
    hierarchies = {}
    asked = Asked.of(rules.limits_of(table))
    with open_read(path, context) as session:
        for column in by:
            rule = rules.at(Place(table, column))
            if rule is not None and rule.technique is Technique.GENERALIZE:
                chosen = from_options(rule.options)  # days are read as the copy reads them
                known = days_read(session, rule).read_by(chosen) if isinstance(chosen, Dates) else chosen
                hierarchies[column] = known
        person = person_columns(session, read_schema(session, context), rules, table)
    question = Question(table, by, rules.told_of(table) if asked.of_sensitive else (), person)
    return frontier(path, question, context, hierarchies, what.of(table), asked, least)
