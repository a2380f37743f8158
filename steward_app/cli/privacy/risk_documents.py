"""What `steward privacy risk` and `frontier` print as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from steward_app.cli.rows_documents import key_to_id
from steward_app.kernel.plan import Json
from steward_app.services.privacy.model import place_id
from steward_app.services.privacy.risk.frontier import Frontier
from steward_app.services.privacy.risk.model import (
    Chances,
    Level,
    Node,
    Pull,
    Risk,
    SensitiveRisk,
    Sizes,
    SmallRows,
)
from steward_app.services.privacy.risk.take import rules_of
from steward_app.services.privacy.risk.telling import Telling


@dataclass(frozen=True, slots=True)
class SmallRow:
    """A row of a small group. `id`: its key; `group`: records in its group."""

    id: str
    group: int


@dataclass(frozen=True, slots=True)
class RiskItem:
    """The risk of one table.

    Attributes:
        id: the table.
        by: the quasi-identifiers; `suggested` says that nobody named them.
        persons: columns that tell whose row it is, so that groups count persons; [] where groups count rows.
        persons_else: ways that tell it where these are empty, each named by its foreign keys.
        records: rows; where groups count persons, what a person has of one combination of values.
        groups: of records alike in all of them; `sizes` how many there are of each size.
        k: size of the smallest group.
        uniques: records alone in their group.
        prosecutor: chances of one who knows that the person is in the table; `journalist` of one who knows the
            population alone.
        k_map: the smallest group of the population that a record belongs to; `outside`: records that are not in it.
        leading_nowhere: rows that do not count, since they do not lead to all that is asked about in other tables, or
            to nobody.
        marketer: share of the records found when everyone is guessed.
        columns: what each quasi-identifier does, the one that pulls most first.
        smallest: rows of the smallest groups, where they were asked for.
        more: whether there are more of them.
        telling: other columns that tell what one of `by` does, and that are not counted.
    """

    id: str
    by: tuple[str, ...]
    suggested: bool
    persons: tuple[str, ...]
    persons_else: tuple[str, ...]
    records: int
    groups: int
    k: int
    uniques: int
    threshold: float
    prosecutor: Chances
    marketer: float
    journalist: Chances | None
    k_map: int | None
    outside: int
    leading_nowhere: int
    sensitive: tuple[SensitiveRisk, ...]
    columns: tuple[Pull, ...]
    sizes: tuple[Sizes, ...]
    smallest: tuple[SmallRow, ...]
    more: bool
    telling: tuple[Telling, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """One way to coarsen.

    Attributes:
        id: the size of its smallest group; `--k` takes it.
        risk: the highest chance to find a person.
        kept: share of what the columns say that is kept.
        left_out: records in groups that stay smaller, or do not reach l or t.
        levels: how far each column is coarsened.
        diversity, closeness: l and t of what stays; null where no sensitive column was named.
    """

    id: str
    k: int
    risk: float
    kept: float
    left_out: int
    levels: tuple[Level, ...]
    diversity: int | None
    closeness: float | None


@dataclass(frozen=True, slots=True)
class WayRule:
    """What a copy does with a column. `id`: the column; `options`: as the policy has them."""

    id: str
    technique: str
    options: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class FrontierDocument:
    """Ways to coarsen the columns of a table that no other beats.

    Attributes:
        tried: ways that were tried, in `seconds`; `skipped`: levels that were not, since there are too many ways.
        items: the safest first.
        chosen: the most useful way within the limit; None where no way is.
        rules: the chosen way as rules of a copy.
        mondrian: share kept by groups with ranges of their own, for the k of the chosen way; None where none can be, or
            groups count persons and t is asked for, or persons are more than four million.
        persons: columns that tell whose row it is, so that groups count persons; a record is then what a person has of
            one combination. [] where groups count rows.
        written: the policy whose rules took the chosen way, or "".
    """

    table: str
    records: int
    tried: int
    skipped: int
    seconds: float
    items: tuple[Way, ...]
    chosen: Way | None
    rules: tuple[WayRule, ...]
    mondrian: float | None
    persons: tuple[str, ...]
    written: str


def risk_item(
    risk: Risk,
    persons: tuple[str, ...],
    *,
    suggested: bool,
    smallest: SmallRows | None,
    telling: tuple[Telling, ...],
) -> RiskItem:
    """A measured risk as an item of the document."""
    return RiskItem(
        risk.table,
        risk.by,
        suggested,
        persons,
        risk.person_else,
        risk.records,
        risk.groups,
        risk.k,
        risk.uniques,
        risk.threshold,
        risk.prosecutor,
        risk.marketer,
        risk.journalist,
        risk.k_map,
        risk.outside,
        risk.leading_nowhere,
        risk.sensitive,
        risk.columns,
        risk.sizes,
        tuple(SmallRow(key_to_id(key), size) for key, size in smallest.rows) if smallest else (),
        smallest.more if smallest else False,
        telling,
    )


def frontier_document(
    frontier: Frontier,
    points: tuple[Node, ...],
    chosen: Node | None,
    mondrian: float | None,
    persons: tuple[str, ...],
    written: str,
) -> FrontierDocument:
    """All that a frontier tells."""
    rules = rules_of(frontier, chosen) if chosen else ()
    return FrontierDocument(
        frontier.table,
        frontier.records,
        frontier.tried,
        frontier.space.skipped,
        round(frontier.seconds, 3),
        tuple(_way(frontier, node) for node in points),
        _way(frontier, chosen) if chosen else None,
        tuple(WayRule(place_id(rule.place), str(rule.technique), rule.options) for rule in rules),
        mondrian,
        persons,
        written,
    )


def _way(frontier: Frontier, node: Node) -> Way:
    levels = frontier.levels(node)
    return Way(
        *(str(node.k), node.k, node.risk, node.kept, node.left_out, levels, node.diversity, node.closeness)
    )
