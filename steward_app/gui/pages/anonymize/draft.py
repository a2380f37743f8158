"""The rules as they are being chosen, with what was measured for them. No widget here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from steward_app.gui.pages.anonymize.technique_table import Row
from steward_app.kernel.plan import Json
from steward_app.services.privacy.anonymize.situation import Line, Situation
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.report.trial import Trial
from steward_app.services.privacy.risk import Frontier, Node, taken
from steward_app.services.privacy.risk.least import contains
from steward_app.services.privacy.rules import Limits, ReleaseRules, Rule
from steward_app.services.privacy.transform.domains import CONSISTENT
from steward_app.services.privacy.transform.options import ALLOWED

DEFAULT_LIMIT = 0.05
"""The highest risk where neither the rules nor the steward said another."""
_SLACK = 1e-9


class Draft:
    """Rules that a steward changes step by step."""

    def __init__(self) -> None:
        self.rules: ReleaseRules | None = None
        self._base: ReleaseRules | None = None
        self._written: dict[Place, Rule] = {}
        self._chosen: dict[Place, Rule] = {}
        self._coarsened: dict[Place, None] = {}
        self._given_up: set[Place] = set()
        self.name = ""
        self.sizes: Mapping[str, int] = {}
        self._weighed = ""
        self._frontiers: dict[str, Frontier] = {}
        self._nodes: dict[str, Node] = {}
        self.trial: Trial | None = None

    def begin(
        self, rules: ReleaseRules, sizes: Mapping[str, int] | None = None, *, proposed: bool = False
    ) -> None:
        """Begin with these rules; where others are being chosen already, take in what has changed since.

        Args:
            sizes: rows of the tables of persons.
            proposed: no steward wrote them.
        """
        written = {} if proposed else {rule.place: rule for rule in rules.rules}
        if written != self._written:
            self._written = written
            self._frontiers.clear()
            self._given_up.clear()
        self.sizes = sizes or {}
        if self.rules is None or self._base is None or self.rules == self._base:
            self.rules = rules
        elif rules != self._base:
            self.rules = _merged(self.rules, self._base, rules)
        self._base, self.name = rules, rules.name

    @property
    def required(self) -> ReleaseRules:
        """The rules, where there must be some."""
        if self.rules is None:
            raise RuntimeError("no rules were read yet")
        return self.rules

    def forget_measures(self) -> None:
        """The rows are others now."""
        self._frontiers.clear()
        self.trial = None

    # What is weighed

    @property
    def table(self) -> str | None:
        """The table that is weighed: as chosen, else of those with columns that are known to others the largest."""
        named = self.required.quasi_identifiers
        if self._weighed in named:
            return self._weighed
        return max(named, key=lambda table: (self.sizes.get(table, 0), len(named[table])), default=None)

    @property
    def frontier(self) -> Frontier | None:
        """The ways of the table that is weighed, where they were tried."""
        return self._frontiers.get(self.table or "")

    @property
    def node(self) -> Node | None:
        """The way that was chosen for it."""
        return self._nodes.get(self.table or "")

    @property
    def limits(self) -> Limits:
        """What is asked of it, with the limit of the risk that counts."""
        table = self.table or ""
        return replace(self.required.limits_of(table), risk=self.risk_limit(table))

    def risk_limit(self, table: str) -> float:
        """The highest risk that is allowed in a table: as it was chosen, else by the k that the policy asks for."""
        chosen = self.required.limits_of(table).risk
        asked = self._base.limits_of(table).k if self._base is not None else None
        return chosen if chosen is not None else 1 / asked if asked else DEFAULT_LIMIT

    @property
    def beyond(self) -> tuple[str, ...]:
        """The tables of which the chosen way has a higher risk than their limit."""
        return tuple(
            table
            for table in self._frontiers
            if table in self._nodes and self._nodes[table].risk > self.risk_limit(table) + _SLACK
        )

    @property
    def not_weighed(self) -> tuple[str, ...]:
        """The tables by whose columns somebody could be found, and of which nothing is asked."""
        rules = self.required
        return tuple(table for table in rules.quasi_identifiers if rules.limits_of(table) == Limits())

    @property
    def tells(self) -> bool:
        """Whether anything sensitive is told, of the table that is weighed or of one that l and t lead to from it."""
        return any(self.required.told_of(name) for name in self.required.sensitive)

    def weigh(self, table: str) -> None:
        """Another table is weighed; what was chosen for the others stays."""
        self._weighed = table

    def tried(self, found: Frontier) -> None:
        """The ways of a table were tried."""
        self._frontiers[found.table] = found

    def ask_limits(self) -> None:
        """Ask the limits that stood there of the copy, too: what it is measured by, and what the policy keeps."""
        for table in self._nodes:
            own = self.required.table_limits.get(table, Limits())
            self.rules = self.required.with_limits(table, replace(own, risk=self.risk_limit(table)))

    def limit(self, **said: float | None) -> None:
        """Other limits of the table that is weighed. l and t rule ways out, so that these are tried anew."""
        if (table := self.table) is None:
            return
        own = self.required.table_limits.get(table, Limits())
        self.rules = self.required.with_limits(table, replace(own, **said))  # type: ignore[arg-type]
        if {"l_diversity", "t_closeness"} & said.keys():
            self._frontiers.pop(table, None)

    # Rules

    @property
    def said(self) -> Mapping[Place, Rule]:
        """The rules that a steward wrote in the policy or chose here: the least that a way to coarsen does."""
        return {**self._written, **self._chosen}

    @property
    def replaced(self) -> tuple[tuple[Rule, Rule | None], ...]:
        """Rules that were said, and what the chosen ways make of them that is something else, not more of it."""
        said, rules = self.said, self.required
        asked = (place for place in self._coarsened if place in said and place not in self._given_up)
        pairs = ((said[place], rules.at(place)) for place in asked)
        return tuple((before, now) for before, now in pairs if not contains(now, before))

    def give_up(self) -> None:
        """Let the chosen ways replace what was said."""
        self._given_up |= {before.place for before, _ in self.replaced}

    @property
    def unlike_written(self) -> tuple[Place, ...]:
        """The places of which the policy says something else."""
        ruled = {rule.place: rule for rule in self.required.rules}
        places = dict.fromkeys((*self._written, *ruled))
        pairs = ((place, ruled.get(place), self._written.get(place)) for place in places)
        return tuple(
            place
            for place, now, before in pairs
            if not (contains(now, before or _kept(place)) and contains(before, now or _kept(place)))
        )

    def rule(self, rule: Rule) -> None:
        """Another rule at a place. Ways to coarsen were tried with the hierarchies of before."""
        self.rules = _with_rule(self.required, rule)
        self._chosen[rule.place] = rule
        self._given_up.discard(rule.place)
        self._frontiers = {
            table: found for table, found in self._frontiers.items() if rule.place not in found.at
        }

    def take(self, node: Node) -> bool:
        """Take a way to coarsen; False where that changes nothing."""
        if self.frontier is None:
            return False
        before = self.required
        self._nodes[self.frontier.table] = node
        self._coarsened.update(dict.fromkeys(self.frontier.at))
        self.rules = taken(before, self.frontier, node)
        return self.rules != before

    def turn(self, which: str, places: Iterable[Place]) -> None:
        """Columns become known to others (or sensitive), or, where all of them are, none of them any more."""
        named: dict[str, tuple[str, ...]] = dict(getattr(self.required, which))
        other = "sensitive" if which == "quasi_identifiers" else "quasi_identifiers"
        others: dict[str, tuple[str, ...]] = dict(getattr(self.required, other))
        wanted = list(places)
        add = not all(place.column in named.get(place.table, ()) for place in wanted)
        for place in wanted:
            kept = tuple(each for each in named.get(place.table, ()) if each != place.column)
            named[place.table] = (*kept, place.column) if add else kept
            if add:
                others[place.table] = tuple(
                    each for each in others.get(place.table, ()) if each != place.column
                )
        said = {which: _filled(named), other: _filled(others)}
        self.rules = replace(self.required, **said)  # type: ignore[arg-type]
        self._frontiers.clear()
        self._nodes.clear()

    def usual(self, place: Place, technique: Technique, situation: Situation | None) -> Rule:
        """A rule with another technique, and what of its options still means something."""
        before = self.required.at(place)
        options: dict[str, Json] = {
            name: value
            for name, value in (before.options if before else {}).items()
            if name in ALLOWED[technique]
        }
        kind = situation.known.of(place.table).get(place.column, "") if situation else ""
        if kind:
            options.setdefault("kind", kind)
        for name, value in _usual(technique, kind).items():
            options.setdefault(name, value)
        return Rule(place, technique, options)

    # What is shown

    @property
    def trial_fits(self) -> bool:
        """Whether the trial copy was made by the rules as they are now."""
        return self.trial is not None and self.trial.rules == self.rules

    def rows(self, lines: Sequence[Line]) -> tuple[Row, ...]:
        """Every place that has a rule or holds something personal."""
        rules = self.required
        lost = self._lost()
        ruled = {rule.place: rule for rule in rules.rules}
        known = (Place(table, each) for table, columns in rules.quasi_identifiers.items() for each in columns)
        places = dict.fromkeys(
            (*(line.place for line in lines if line.what or line.place in ruled), *ruled, *known)
        )
        told = {line.place: line for line in lines}
        return tuple(_row(place, ruled, lost.get(place), told.get(place)) for place in places)

    def most_telling(self, rows: Sequence[Row]) -> tuple[Row, ...]:
        """Those that matter most first: by which people are found, then what loses most."""
        named, weighed = self.required.quasi_identifiers, self.table
        return tuple(
            sorted(
                rows,
                key=lambda row: (
                    row.place.column not in named.get(row.place.table, ()),
                    row.technique is Technique.KEEP,
                    -(row.lost or 0.0),
                    bool(row.place.path),
                    row.place.table != weighed,
                ),
            )
        )

    def _lost(self) -> dict[Place, float]:
        found: dict[Place, float] = {}
        if self.trial is not None and self.trial_fits:
            found.update({each.place: each.lost for each in self.trial.utility.columns})
        for table, frontier in self._frontiers.items():
            if (node := self._nodes.get(table)) is not None:
                levels = frontier.levels(node)
                found.update({place: level.lost for place, level in zip(frontier.at, levels, strict=True)})
        return found


def _row(place: Place, ruled: Mapping[Place, Rule], lost: float | None, line: Line | None) -> Row:
    """What becomes of a place: by its own rule, or by that of a column that a foreign key binds it to."""
    own = ruled.get(place)
    bound = (ruled[other] for other in (line.bound if line else ()) if other in ruled)
    follows = None if own else next((rule for rule in bound if rule.technique in CONSISTENT), None)
    computed = line is not None and line.computed
    row = Row(place, own, lost, follows, computed)
    return row if row.technique is not Technique.KEEP or computed else replace(row, lost=0.0)


def _kept(place: Place) -> Rule:
    return Rule(place, Technique.KEEP)


def _with_rule(rules: ReleaseRules, rule: Rule) -> ReleaseRules:
    """The rules with another one at a place."""
    return replace(rules, rules=(*(each for each in rules.rules if each.place != rule.place), rule))


def _merged(mine: ReleaseRules, base: ReleaseRules, theirs: ReleaseRules) -> ReleaseRules:
    """My rules, with those of theirs for every place of which I said nothing else than what there was."""
    places = dict.fromkeys(rule.place for rules in (mine, theirs) for rule in rules.rules)
    chosen = [
        rule
        for place in places
        if (rule := theirs.at(place) if mine.at(place) == base.at(place) else mine.at(place)) is not None
    ]
    quasi = (
        mine.quasi_identifiers
        if mine.quasi_identifiers != base.quasi_identifiers
        else theirs.quasi_identifiers
    )
    sensitive = mine.sensitive if mine.sensitive != base.sensitive else theirs.sensitive
    said = {
        name: getattr(theirs if getattr(mine, name) == getattr(base, name) else mine, name)
        for name in ("key", "recipient", "purpose", "until")
    }
    return replace(mine, rules=tuple(chosen), quasi_identifiers=quasi, sensitive=sensitive, **said)


def _filled(named: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    return {table: columns for table, columns in named.items() if columns}


def _usual(technique: Technique, kind: str) -> dict[str, Json]:
    """What a technique must be told, as it is usual."""
    match technique:
        case Technique.GENERALIZE if kind in ("birth_date", "death_date", "person_date"):
            return {"hierarchy": "dates", "level": "year"}
        case Technique.GENERALIZE if kind in ("country", "nationality"):
            return {"hierarchy": "countries", "level": 1}
        case Technique.GENERALIZE if kind == "age":
            return {"hierarchy": "ranges", "steps": [5, 10, 20], "level": 1}
        case Technique.GENERALIZE:
            return {"hierarchy": "prefix", "keep": [3, 2, 1], "level": 1}
        case Technique.ROUND:
            return {"to": 10}
        case Technique.NOISE:
            return {"relative": 0.05}
        case Technique.MASK:
            return {"keep_last": 2}
        case Technique.MICROAGGREGATE:
            return {"k": 5}
    return {}
