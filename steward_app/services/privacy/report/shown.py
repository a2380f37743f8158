"""The release report as its templates show it: hidden characters made visible, numbers as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from steward_app.kernel import clock
from steward_app.kernel.plan import Json
from steward_app.kernel.text import plural, quoted, size, visible
from steward_app.services.privacy.along import groups_in_words, in_words, persons_in_words
from steward_app.services.privacy.anonymize.model import COPY_FOR_RELEASE, Release, says_nothing
from steward_app.services.privacy.attack.model import Attack, Truth
from steward_app.services.privacy.model import place_id
from steward_app.services.privacy.report.model import ReleaseReport, RiskBeforeAfter
from steward_app.services.privacy.report.summary import summary
from steward_app.services.privacy.report.words import (
    KINDS,
    holders,
    legal_words,
    not_covered_words,
    percent,
    subset_words,
)
from steward_app.services.privacy.residue.model import WORDS as PLACES_OF_RESIDUE
from steward_app.services.privacy.residue.model import ResidueReport, sentence
from steward_app.services.privacy.utility.model import Correlation, CorrelationKind, UtilityReport

_MOST: Final = 200
_MOST_CORRELATIONS: Final = 8
_UNCHANGED_BELOW: Final = 0.005
_TRUTHS: Final = {
    Truth.KEPT_KEYS: "by the primary key, which the copy keeps",
    Truth.RECOMPUTED: "by making the keys again with the key of the pseudonyms",
    Truth.POSITION: "by the order of the rows, which other columns confirm",
    Truth.CONTENT: "by what both files have in common, where it occurs once: attacks may find more",
    Truth.UNKNOWN: "not known",
}
_PARTS: Final = {
    "columns": "Columns",
    "correlations": "Correlations",
    "links": "Links between tables",
    "queries": "Saved queries",
}
_CORRELATIONS: Final = {
    CorrelationKind.PEARSON: "Pearson",
    CorrelationKind.SPEARMAN: "Spearman",
    CorrelationKind.CRAMERS_V: "Cramér's V",
}


def shown(made: ReleaseReport, digest: str, key_id: str) -> dict[str, Json]:
    """What the templates show.

    Args:
        digest: of the signed document, `key_id` of the key that signed it.
    """
    name = visible(made.copy.name)
    beaten = made.attacks.beaten
    return {
        "copy": name,
        "called": visible(made.release.words if made.release else COPY_FOR_RELEASE, 200),
        "verdict": _verdict(made),
        "good": made.holds,
        "lead": _lead(made),
        "to_settle": [visible(each, 400) for each in made.to_settle],
        "facts": _facts(made),
        "identity": _identity(made, digest, key_id),
        "legal": [*legal_words()],
        "holder": holders(made.release, made.source.name, made.controller.name),
        "assessments": _assessments(made.release, same=made.same_file is not False),
        "columns": [
            {
                "place": visible(place_id(each.place), 120),
                "words": visible(each.words, 400),
                "lost": "" if each.lost is None else percent(each.lost),
            }
            for each in made.columns[:_MOST]
        ],
        "columns_left_out": max(0, len(made.columns) - _MOST),
        "kept": [
            {"table": visible(table, 80), "columns": ", ".join(visible(each, 60) or '""' for each in names)}
            for table, names in made.kept[:_MOST]
        ],
        "rules_known": made.rules is not None,
        "summary": summary(made),
        "subset": subset_words(made.rules),
        "risks": _risks(made.risks),
        "sensitive": [line for each in made.risks for line in _sensitive(each)],
        "residue": _residue(made.residue),
        "attacks": [_attack(each) for each in _ordered(made.attacks.attacks)[:_MOST]],
        "attacks_left_out": max(0, len(made.attacks.attacks) - _MOST),
        "beaten": len(beaten),
        "truth": [
            f"{quoted(each.table)}: {_TRUTHS[each.truth]} ({plural(each.pairs, 'pair')})."
            for each in made.attacks.truth
        ],
        "utility": _utility(made.utility),
        "left_out": [visible(each, 400) for each in made.left_out],
        "not_covered": [*not_covered_words()],
        "signers": [
            ["Responsible", visible(made.controller.name, 120)],
            ["Data protection officer", visible(made.controller.protection_officer, 120)],
            ["Recipient", visible(_recipient(made), 120)],
        ],
        "digest": digest,
    }


def _verdict(made: ReleaseReport) -> str:
    """The one sentence that is read. Never that the copy is anonymous."""
    if made.problems:
        return f"What speaks against giving this copy away: {'; '.join(made.problems)}."
    tried = plural(len(made.attacks.attacks), "attack")
    return f"Nothing measured speaks against giving this copy away: {tried} carried out, none beat its limit."


def _lead(made: ReleaseReport) -> str:
    told = f"Measured on {clock.shown(made.made_at)} on the file itself, beside the original."
    if made.residue is not None and made.residue.is_clean:
        told += f" {sentence(made.residue)}"
    if made.left_out:
        told += " What was not searched or tried stands in annex F."
    return told


def _facts(made: ReleaseReport) -> list[Json]:
    named = max((each.reidentified for each in made.attacks.attacks if each.judged), default=None)
    right = max((each.rate for each in made.attacks.attacks if each.judged), default=None)
    k = min((each.after.k for each in made.risks if each.after.records and not each.direct), default=None)
    no_k = "says nothing" if any(each.direct for each in made.risks) else "not measured"
    facts = [
        ("Attacks that beat their limit", f"{len(made.attacks.beaten):,} of {len(made.attacks.attacks):,}"),
        ("Most persons named rightly", f"{named:,}" if named is not None else "none tried"),
        ("Right on average, at most", percent(right) if right is not None else "none tried"),
        ("Smallest group (k)", f"{k:,}" if k is not None else no_k),
        ("Originals found", f"{made.residue.hits:,}" if made.residue else "not searched"),
        ("Usefulness kept", percent(made.utility.kept)),
    ]
    return [[name, value] for name, value in facts]


def _identity(made: ReleaseReport, digest: str, key_id: str) -> list[Json]:
    release, rules = made.release, made.rules
    same = {
        True: "the same file as in the register",
        False: "NOT the file of the register",
        None: "not in the register",
    }
    pairs = [
        ("Copy", f"{visible(str(made.copy), 300)} ({size(made.size_bytes)})"),
        ("BLAKE3 of the file", made.file_hash),
        ("Register", f"{release.id}, {same[made.same_file]}" if release else same[None]),
        (
            "Made",
            f"{clock.shown(release.made_at)} by {visible(release.made_by, 80)}"
            if release
            else "not known here",
        ),
        ("Made from", visible(str(made.source), 300)),
        ("For", visible(_recipient(made), 200) or "nobody named"),
        (
            "Purpose",
            visible((release.purpose if release else rules.purpose if rules else ""), 300) or "not said",
        ),
        ("May be used until", (release.until if release else rules.until if rules else "") or "not said"),
        ("Rules", visible(rules.name, 80) if rules else "not known here"),
        ("Rows", subset_words(rules) or "not known here"),
        ("Hash of the rules", release.rules_hash if release else ""),
        ("Hash of the plan", release.plan_hash if release else ""),
        ("Policy version", made.policy_version or "no policy: the rules were proposed from a scan"),
        ("Key", made.key),
        ("Signed document", f"SHA-256 {digest}, key {key_id}"),
    ]
    return [[name, value] for name, value in pairs if value]


def _recipient(made: ReleaseReport) -> str:
    if made.release is not None:
        return made.release.recipient
    return made.rules.recipient if made.rules else ""


def _assessments(release: Release | None, *, same: bool) -> list[Json]:
    if release is None:
        return []
    return [
        f"Assessed anonymous for {visible(each.sheet.recipient, 120)} until {each.sheet.until} by"
        f" {visible(each.sheet.assessed_by, 120)}, recorded {clock.shown(each.recorded_at)}"
        f"{'; it does not hold any more' if not each.holds else '' if same else '; this file is another one'}."
        f"{' The key of the pseudonyms was kept then, and is destroyed now.' if each.key_destroyed_since else ''}"
        + "".join(f" {visible(against, 400)}" for against in each.contradictions)
        for each in release.assessments
    ]


def _risks(risks: Iterable[RiskBeforeAfter]) -> list[Json]:
    """A table of numbers each; one for all ways to find somebody in a table for which they are the same."""
    found: dict[tuple[str, tuple[tuple[str, str, str], ...]], list[str]] = {}
    for each in risks:
        found.setdefault((each.after.table, _numbers(each)), []).append(_groups(each))
    return [
        {"table": visible(table, 80), "by": [*ways], "rows": [[*row] for row in rows]}
        for (table, rows), ways in found.items()
    ]


def _numbers(each: RiskBeforeAfter) -> tuple[tuple[str, str, str], ...]:
    """What was measured, in the original and in the copy."""
    before, after = each.before, each.after
    return (
        ("Smallest group (k)", f"{before.k:,}", f"{after.k:,}"),
        (
            "Alone in their group",
            f"{before.uniques:,} of {before.records:,}",
            f"{after.uniques:,} of {after.records:,}",
        ),
        (
            "Highest risk (prosecutor)",
            percent(before.prosecutor.highest),
            percent(after.prosecutor.highest),
        ),
        ("Average risk (marketer)", percent(before.marketer), percent(after.marketer)),
    )


def _groups(each: RiskBeforeAfter) -> str:
    """By what rows were put into groups."""
    after = each.after
    by = groups_in_words(after.by, after.leading_to, _named)
    if each.person:
        whose = persons_in_words(each.person, after.person_else, lambda names: in_words(names, _named))
        by += f"; groups count persons, by {whose}"
    if each.direct:
        by += f". {says_nothing([visible(name, 60) for name in each.direct])}".removesuffix(".")
    return by


def _sensitive(each: RiskBeforeAfter) -> list[Json]:
    after = {one.column: one for one in each.after.sensitive}
    return [
        {
            "column": in_words((f"{each.after.table}.{old.column}",), _named)
            + f", by {in_words(each.after.by, _named)}",
            "l": f"{old.l_distinct:,} → {after[old.column].l_distinct:,}",
            "t": f"{old.t:.3f} → {after[old.column].t:.3f}",
        }
        for old in each.before.sensitive
        if old.column in after
    ]


def _residue(found: ResidueReport | None) -> dict[str, Json] | None:
    if found is None:
        return None
    return {
        "sentence": sentence(found),
        "clean": found.is_clean,
        "found": [
            {
                "where": PLACES_OF_RESIDUE[each.where],
                "name": visible(f"{each.name}{'.' if each.column else ''}{each.part}", 120),
                "hits": f"{each.hits:,}",
                "values": f"{each.values:,}",
            }
            for each in found.found[:_MOST]
        ],
        "allowed": list(_allowed(found)),
        "searched": ", ".join(f"{each.what} ({size(each.bytes)})" for each in found.searched),
    }


def _allowed(found: ResidueReport) -> Iterator[str]:
    """Where original values stand with the permission of the rules, reason by reason."""
    by_reason: dict[str, list[str]] = {}
    for each in found.allowed:
        place = f"{visible(each.words, 120)} ({each.hits:,})"
        by_reason.setdefault(each.reason, []).append(place)
    for reason, places in by_reason.items():
        more = f" and {plural(len(places) - _MOST, 'other place')}" if len(places) > _MOST else ""
        yield f"{reason[:1].upper()}{reason[1:]}: {', '.join(places[:_MOST])}{more}."


def _ordered(attacks: Iterable[Attack]) -> list[Attack]:
    return sorted(attacks, key=lambda each: (not each.beats, -each.rate))


def _attack(each: Attack) -> dict[str, Json]:
    low, high = each.guessing_interval.low, each.guessing_interval.high
    tried = f"{each.tried:,}" if not each.sampled else f"{each.tried:,} of {each.persons:,}"
    sure = f" ({percent(each.interval.low)} to {percent(each.interval.high)})" if each.sampled else ""
    return {
        "kind": KINDS[each.kind],
        "title": visible(each.title, 400),
        "details": " ".join(visible(detail, 300) for detail in (*each.details, *each.unfinished)),
        "tried": tried,
        "named": f"{each.reidentified:,}",
        "right": f"{percent(each.rate)}{sure}",
        "guessing": f"{each.guessing:,.1f} ({low:,.0f} to {high:,.0f})",
        "limit": "guessing" if each.limit is None else percent(each.limit),
        "beats": each.beats,
        "verdict": "beats it" if each.beats else "within" if each.judged else "not judged",
    }


def _utility(made: UtilityReport) -> dict[str, Json]:
    worst = sorted(made.columns, key=lambda each: -each.lost)
    changed = [each for each in made.correlations if each.counts and each.change >= 0.01][:_MOST_CORRELATIONS]
    columns: list[Json] = [
        {
            "place": visible(each.id, 120),
            "measure": each.measure.value,
            "lost": percent(each.lost),
            "distinct": f"{each.before.distinct:,} → {each.after.distinct:,}",
            "nulls": f"{each.before.nulls:,} → {each.after.nulls:,}",
            "mean": _means(each.before.mean, each.after.mean),
            "distance": f"{each.total_variation if each.kolmogorov_smirnov is None else each.kolmogorov_smirnov:.2f}",
        }
        for each in worst
        if each.lost >= _UNCHANGED_BELOW
    ]
    return {
        "kept": percent(made.kept),
        "parts": [[_PARTS[name], percent(share)] for name, share in made.parts],
        "columns": columns[:_MOST],
        "unchanged": sum(each.lost < _UNCHANGED_BELOW for each in made.columns),
        "correlations": [_correlation(each) for each in changed],
        "compared": made.correlations_compared,
        "relations": _relations(made.correlations_compared, made.correlations_by_chance),
        "links": [
            {
                "link": visible(f"{each.table}.{', '.join(each.columns)} → {each.parent}", 160),
                "joined": f"{each.joined_before:,} → {each.joined_after:,}",
                "children": f"{each.children_before:.2f} → {each.children_after:.2f}",
                "kept": percent(each.kept),
            }
            for each in made.links[:_MOST]
        ],
        "queries": [
            {
                "name": visible(f"{each.table}: {each.name}", 120),
                "before": f"{each.before:,}",
                "after": f"{each.after:,}",
                "error": visible(each.problem, 200) if each.error is None else percent(each.error),
            }
            for each in made.queries[:_MOST]
        ],
        "sampled": [visible(each.words, 400) for each in made.tables if each.words],
    }


def _relations(compared: int, by_chance: int) -> str:
    """Which relations count, in a sentence; "" where there are none at all."""
    if not compared + by_chance:
        return ""
    return (
        f"{plural(compared, 'relation')} of two columns {'is' if compared == 1 else 'are'} compared; {by_chance:,} are"
        " not, since in both files they are weaker than 0.1, or than chance gives for so many rows."
    )


def _correlation(each: Correlation) -> dict[str, Json]:
    return {
        "pair": visible(f"{each.first.table}: {each.first.column}, {each.second.column}", 160),
        "kind": _CORRELATIONS[each.kind],
        "before": f"{each.before:+.2f}",
        "after": f"{each.after:+.2f}",
    }


def _means(before: float | None, after: float | None) -> str:
    if before is None or after is None:
        return ""
    return f"{before:,.6g} → {after:,.6g}"


def title_of(copy: Path) -> str:
    """The title of the report, as files and windows name it."""
    return f"Release report of {visible(copy.name)}"


def _named(name: str) -> str:
    return visible(name, 60)
