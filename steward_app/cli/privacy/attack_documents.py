"""What `steward privacy attack` and `privacy utility` print as JSON, and `privacy report` of what it wrote."""

from __future__ import annotations

from dataclasses import dataclass

from steward_app.services.privacy.attack.model import Attack, AttackReport, Interval
from steward_app.services.privacy.model import place_id
from steward_app.services.privacy.utility.model import (
    Correlation,
    Figures,
    LinkUtility,
    QueryUtility,
    TableRows,
    UtilityReport,
)


@dataclass(frozen=True, slots=True)
class AttackItem:
    """One attack that was carried out. Counts are of persons; where nobody says whose a row is, of rows.

    Attributes:
        id: the kind and the columns: "linkage:patient.birth_date,patient.postcode".
        kind: "linkage", "singling_out", "brute_force", "dictionary", "arithmetic", "frequency", "difference",
            "composition", "averaging", "intervals", "order", "length" or "inference".
        columns: known to the attacker, or turned back.
        title: what is known and tried, in a sentence; `details` says more.
        persons: whom the table is about; `tried`: those who were attacked, all or a sample.
        claimed: for whom one row or value was named; `reidentified`: rightly.
        likely: right on average where one of the best candidates is taken; `rate` the share of those tried, and
            `interval` where that share lies for all persons with 95 % confidence.
        guessing: right by guessing alone, and `guessing_interval` in 95 of 100 cases.
        limit: largest share allowed; None: no more than guessing gives.
        beats: it re-identified more than its limit.
        judged: False where the attacker knows more than the rules take attackers to know.
        unfinished: what the time, or the room, was not enough for, in sentences.
    """

    id: str
    kind: str
    table: str
    columns: tuple[str, ...]
    title: str
    persons: int
    tried: int
    claimed: int
    reidentified: int
    likely: float
    rate: float
    interval: Interval
    guessing: float
    guessing_interval: Interval
    limit: float | None
    beats: bool
    judged: bool
    seconds: float
    details: tuple[str, ...]
    unfinished: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AttackNotTried:
    """An attack that could not be carried out, and why."""

    kind: str
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class TruthItem:
    """How it is known which row of the copy is whose, by which attacks are judged.

    Attributes:
        truth: "kept_keys", "recomputed", "position", "content" or "unknown".
        pairs: rows of the original whose row in the copy is known.
    """

    table: str
    truth: str
    rows: int
    copy_rows: int
    pairs: int


@dataclass(frozen=True, slots=True)
class AttackDocument:
    """All attacks on a copy.

    Attributes:
        other: the release it was compared with, or "".
        rules: by which it was made, or "" where they were read off the copy.
        beaten: how many attacks beat their limit.
        basis: what was not known of the copy, in sentences.
    """

    source: str
    copy: str
    other: str
    rules: str
    made_at: str
    seconds: float
    beaten: int
    items: tuple[AttackItem, ...]
    not_tried: tuple[AttackNotTried, ...]
    truth: tuple[TruthItem, ...]
    basis: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ColumnUtilityItem:
    """How far a column is what it was.

    Attributes:
        id: the column: "patient.birth_date".
        measure: how it is compared: "numbers", "values", "information" or "nothing".
        kept, lost: usefulness, from 0 to 1.
        total_variation, kolmogorov_smirnov: distances from 0 to 1; earth_movers in units of the column.
    """

    id: str
    measure: str
    kept: float
    lost: float
    total_variation: float
    kolmogorov_smirnov: float | None
    earth_movers: float | None
    before: Figures
    after: Figures


@dataclass(frozen=True, slots=True)
class CorrelationItem:
    """How strongly two columns are related. `kind`: "pearson", "spearman" or "cramers_v".

    Attributes:
        chance_before, chance_after: how strong chance alone makes a relation of so many rows, at least 0.1.
        counts: one of the files has it, beyond that.
    """

    kind: str
    first: str
    second: str
    before: float
    after: float
    change: float
    chance_before: float
    chance_after: float
    counts: bool


@dataclass(frozen=True, slots=True)
class UtilityPart:
    """A part of the usefulness kept: "columns", "correlations", "links" or "queries"."""

    name: str
    kept: float


@dataclass(frozen=True, slots=True)
class UtilityDocument:
    """What a copy is still good for.

    Attributes:
        kept: usefulness kept, from 0 to 1: the mean of `parts`.
        items: column by column.
        correlations: those which changed most, those that count first.
        correlations_compared: how many count for `kept`: one of the files has them, beyond chance.
        correlations_by_chance: how many do not.
        sampled: whether a table was too large to be looked at as a whole.
        not_compared: what could not be compared, and why.
    """

    source: str
    copy: str
    made_at: str
    seconds: float
    kept: float
    sampled: bool
    parts: tuple[UtilityPart, ...]
    tables: tuple[TableRows, ...]
    items: tuple[ColumnUtilityItem, ...]
    correlations: tuple[CorrelationItem, ...]
    correlations_compared: int
    correlations_by_chance: int
    links: tuple[LinkUtility, ...]
    queries: tuple[QueryUtility, ...]
    not_compared: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReleaseReportDocument:
    """The release report that was written.

    Attributes:
        report: the file.
        copy: what it is about; `release` its id in the register, or "".
        sha256: of the signed document, which stands in all three forms.
        holds: nothing measured speaks against giving the copy away; else `problems` says what.
        to_settle: what no measurement can settle and a person has to.
        beaten: ids of the attacks that beat their limit.
        usefulness_kept: from 0 to 1.
        signed: the signed document: the report itself, or the file beside it.
    """

    report: str
    copy: str
    release: str
    sha256: str
    holds: bool
    problems: tuple[str, ...]
    to_settle: tuple[str, ...]
    beaten: tuple[str, ...]
    usefulness_kept: float
    signed: str


def attack_document(made: AttackReport) -> AttackDocument:
    """A report of attacks for scripts."""
    return AttackDocument(
        made.source,
        made.copy,
        made.other,
        made.rules,
        made.made_at,
        made.seconds,
        len(made.beaten),
        tuple(map(_attack, made.attacks)),
        tuple(AttackNotTried(str(each.kind), each.what, each.why) for each in made.not_tried),
        tuple(
            TruthItem(each.table, str(each.truth), each.rows, each.copy_rows, each.pairs)
            for each in made.truth
        ),
        made.basis,
    )


def utility_document(made: UtilityReport) -> UtilityDocument:
    """A report of what a copy is good for, for scripts."""
    columns = (
        ColumnUtilityItem(
            each.id,
            str(each.measure),
            each.kept,
            each.lost,
            each.total_variation,
            each.kolmogorov_smirnov,
            each.earth_movers,
            each.before,
            each.after,
        )
        for each in made.columns
    )
    return UtilityDocument(
        made.source,
        made.copy,
        made.made_at,
        made.seconds,
        made.kept,
        made.sampled,
        tuple(UtilityPart(name, kept) for name, kept in made.parts),
        made.tables,
        tuple(columns),
        tuple(map(_correlation, made.correlations)),
        made.correlations_compared,
        made.correlations_by_chance,
        made.links,
        made.queries,
        made.not_compared,
    )


def _attack(each: Attack) -> AttackItem:
    return AttackItem(
        each.id,
        str(each.kind),
        each.table,
        tuple(map(place_id, each.places)),
        each.title,
        each.persons,
        each.tried,
        each.claimed,
        each.reidentified,
        each.likely,
        each.rate,
        each.interval,
        each.guessing,
        each.guessing_interval,
        each.limit,
        each.beats,
        each.judged,
        each.seconds,
        each.details,
        each.unfinished,
    )


def _correlation(each: Correlation) -> CorrelationItem:
    return CorrelationItem(
        str(each.kind),
        place_id(each.first),
        place_id(each.second),
        each.before,
        each.after,
        each.change,
        each.chance_before,
        each.chance_after,
        each.counts,
    )
