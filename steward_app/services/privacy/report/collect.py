"""Makes the release report: attacks the copy, searches it, measures risk and usefulness, and asks the register."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.kernel import clock
from steward_app.kernel.errors import Cancelled, StewardError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.privacy.anonymize import sampled
from steward_app.services.privacy.anonymize.kept_columns import KeptColumns, kept_columns
from steward_app.services.privacy.anonymize.kept_personal import kept_by_rule
from steward_app.services.privacy.anonymize.measuring import to_measure
from steward_app.services.privacy.anonymize.searching import searched
from steward_app.services.privacy.attack import AttackReport, Knowledge
from steward_app.services.privacy.attack import run as attack
from steward_app.services.privacy.attack.brute import SECONDS
from steward_app.services.privacy.classify.decided import classification
from steward_app.services.privacy.discover.kept import last_scan
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.report.kept import keep
from steward_app.services.privacy.report.known import (
    Known,
    basis,
    known,
    recomputing,
    refuse_changed,
    refuse_damaged,
    transforming,
)
from steward_app.services.privacy.report.model import ColumnRule, ReleaseReport, RiskBeforeAfter
from steward_app.services.privacy.report.words import key_words, rule_words
from steward_app.services.privacy.residue.model import ResidueReport
from steward_app.services.privacy.risk import measure as measure_risk
from steward_app.services.privacy.rules import ReleaseRules
from steward_app.services.privacy.utility import UtilityReport, saved_queries
from steward_app.services.privacy.utility import measure as measure_utility
from steward_app.services.schema import Schema, read_schema
from steward_app.storage import process


def attack_copy(
    catalog: Catalog,
    source: Path,
    copy: Path,
    context: Context,
    *,
    rules: str = "",
    knowledge: Sequence[Knowledge] = (),
    against: Path | None = None,
    seconds: float = SECONDS,
) -> AttackReport:
    """Attack a copy with all that this computer knows of it.

    Args:
        rules: their name in the policy; "" for those it was made with.
        knowledge: what attackers know; () for what the rules say.
        against: another release of the same original.

    Raises what `attack.run` and `known` raise.
    """
    refuse_damaged(context, source, copy, *([against] if against else []))
    found = known(catalog, source, copy, rules, context)
    refuse_changed(source, found, context)
    return _attack(catalog, source, copy, found, knowledge, against, seconds, context)


def utility_of_copy(
    catalog: Catalog, source: Path, copy: Path, context: Context, *, rules: str = ""
) -> UtilityReport:
    """Measure what a copy is still good for, with the steward's saved queries."""
    refuse_damaged(context, source, copy)
    return _utility(catalog, source, copy, known(catalog, source, copy, rules, context), context)


def release_report(
    catalog: Catalog,
    source: Path,
    copy: Path,
    context: Context,
    *,
    rules: str = "",
    knowledge: Sequence[Knowledge] = (),
    against: Path | None = None,
    seconds: float = SECONDS,
) -> ReleaseReport:
    """All that is to be said of a copy; of one in the register it is kept. The parameters are those of `attack_copy`.

    Raises `StewardError` where a file cannot be read, `Cancelled`.
    """
    refuse_damaged(context, source, copy, *([against] if against else []))
    found = known(catalog, source, copy, rules, context)
    refuse_changed(source, found, context)
    context.report(0, note="Attacking the copy")
    attacks = _attack(catalog, source, copy, found, knowledge, against, seconds, context)
    context.report(0, note="Measuring what it is good for")
    utility = _utility(catalog, source, copy, found, context)
    left_out: list[str] = []
    risks = tuple(_risks(source, copy, found, left_out, context))
    residue = _residue(source, copy, found, left_out, context)
    left_out += attacks.basis
    left_out += [f"{each.what}: {each.why}" for each in attacks.not_tried]
    left_out += [f"{each.title}. {' '.join(each.unfinished)}" for each in attacks.attacks if each.unfinished]
    left_out += utility.not_compared
    with open_read(copy, context) as session:
        schema = read_schema(session, context)
        size = session.count("PRAGMA main.page_count") * session.count("PRAGMA main.page_size")
    kept = _kept(catalog, source, found.carried_out, schema)
    left_out += _sampled(catalog, source, found.carried_out, schema)
    release = found.release
    made = ReleaseReport(
        clock.to_text(clock.now()),
        process.user(),
        source.absolute(),
        copy.absolute(),
        size,
        found.file_hash,
        release,
        None if release is None else release.file_hash == found.file_hash,
        found.rules,
        tuple(_columns(found.carried_out, utility)),
        kept.by_table if kept else (),
        release.policy_hash if release else "",
        key_words(release),
        risks,
        residue,
        attacks,
        utility,
        tuple(left_out),
        classification(source).controller,
        _identifying(catalog, source, found.carried_out),
        kept.personal if kept else None,
    )
    if (
        not rules
    ):  # what was measured by other rules than those it was made with says nothing of the copy itself
        keep(catalog, made)
    return made


def _attack(
    catalog: Catalog,
    source: Path,
    copy: Path,
    found: Known,
    knowledge: Sequence[Knowledge],
    against: Path | None,
    seconds: float,
    context: Context,
) -> AttackReport:
    with recomputing(catalog, source, found, context) as recompute:
        made = attack(
            source,
            copy,
            found.carried_out,
            context,
            knowledge or None,
            against,
            recompute=recompute,
            subjects=found.what.subjects,
            seconds=seconds,
        )
    return replace(made, basis=basis(catalog, found))


def _utility(catalog: Catalog, source: Path, copy: Path, found: Known, context: Context) -> UtilityReport:
    with open_read(source, context) as session:
        schema = read_schema(session, context)
    with catalog.reading() as own:
        queries = saved_queries(own, found.database_id, schema)
    return measure_utility(source, copy, context, found.carried_out, queries)


def _risks(
    source: Path, copy: Path, found: Known, left_out: list[str], context: Context
) -> Iterator[RiskBeforeAfter]:
    """Of each table about persons, by what its rules or decisions say is known to others; else why it was not."""
    if found.rules is None:
        left_out.append("The risk was not measured: the rules it was made with are not known.")
        return
    with open_read(copy, context) as session, session.snapshot(), session.under(context):
        schema = read_schema(session, context)
        asked = tuple(to_measure(session, schema, found.rules, found.what, context))
    if not asked:
        left_out.append("The risk was not measured: no table of the copy is known to be about persons.")
    for each in asked:
        context.checkpoint()
        name, why_not = quoted(each.table), each.why_not
        context.report(0, note=f"Measuring the risk in {name}")
        if each.question is not None:
            try:
                before, after = (measure_risk(path, each.question, context) for path in (source, copy))
                limits = each.limits if each.named else found.rules.limits_of(each.table)
                yield RiskBeforeAfter(before, after, each.question.person, limits, each.direct)
                continue
            except Cancelled:
                raise
            except StewardError as error:
                why_not = error.message
        left_out.append(f"The risk of {name} was not measured. {why_not}")


def _residue(
    source: Path, copy: Path, found: Known, left_out: list[str], context: Context
) -> ResidueReport | None:
    if found.rules is None:
        left_out.append("The copy was not searched for originals: the rules it was made with are not known.")
        return None
    from steward_app.services.privacy.residue.search import search

    context.report(0, note="Looking for original values")
    with transforming(source, found.rules, None, context) as (session, schema, transforms):
        places = searched(session, schema, transforms)
    residue = search(copy, source, places, context)
    for each in residue.not_searched:
        count = f" ({each.count:,})" if each.count else ""
        left_out.append(f"Not searched: {each.what}{count}, {each.reason}.")
    return residue


def _identifying(catalog: Catalog, source: Path, rules: ReleaseRules | None) -> tuple[Place, ...]:
    return kept_by_rule(rules, last_scan(source, catalog), classification(source)) if rules else ()


def _columns(rules: ReleaseRules | None, utility: UtilityReport) -> Iterator[ColumnRule]:
    lost = {each.place: each.lost for each in utility.columns}
    changed = (rule for rule in (rules.rules if rules else ()) if rule.technique is not Technique.KEEP)
    for rule in sorted(changed, key=lambda rule: rule.place):
        yield ColumnRule(rule.place, rule.technique, rule_words(rule), lost.get(rule.place))


def _sampled(catalog: Catalog, source: Path, rules: ReleaseRules | None, schema: Schema) -> Iterator[str]:
    scan = last_scan(source, catalog) if rules else None
    if rules and (finding := sampled.told(sampled.kept_by_sample(schema, rules, scan))):
        yield sampled.sentence(finding)


def _kept(catalog: Catalog, source: Path, rules: ReleaseRules | None, schema: Schema) -> KeptColumns | None:
    if rules is None:
        return None
    return kept_columns(schema, rules, last_scan(source, catalog), classification(source))
