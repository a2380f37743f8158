"""What is signed, on few pages: measures, limits, residue and attacks in short; the annexes have every line of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from steward_app.kernel.plan import Json
from steward_app.kernel.text import plural, visible
from steward_app.services.privacy.along import in_words
from steward_app.services.privacy.attack.model import Attack, AttackKind
from steward_app.services.privacy.model import Technique, place_id
from steward_app.services.privacy.report.model import ColumnRule, ReleaseReport, RiskBeforeAfter
from steward_app.services.privacy.report.words import KINDS, TECHNIQUES, percent
from steward_app.services.privacy.residue.model import ResidueReport
from steward_app.services.privacy.rules import Limits

_MOST_PLACES: Final = 12
_MOST_TABLES: Final = 8
_MOST_BEATEN: Final = 8


def summary(made: ReleaseReport) -> dict[str, Json]:
    """What stands before the signatures. Whatever is cut short here says how much of it the annex has."""
    tables = _tables(made.risks)
    asked = [each for each in tables if each.limits != Limits()]
    others = [each for each in tables if each.limits == Limits()]
    beaten = sorted(made.attacks.beaten, key=lambda each: -each.rate)
    return {
        "measures": _measures(made.columns),
        "tables": [_table(each) for each in (*asked, *others[:_MOST_TABLES])],
        "tables_left_out": max(0, len(others) - _MOST_TABLES),
        "allowed": "" if made.residue is None else _allowed(made.residue),
        "attacks": _by_kind(made.attacks.attacks),
        "beaten": [_beaten(each) for each in beaten[:_MOST_BEATEN]],
        "beaten_left_out": max(0, len(beaten) - _MOST_BEATEN),
        "not_tried": _not_tried(made.left_out),
    }


def _measures(columns: Iterable[ColumnRule]) -> list[Json]:
    """A technique each, with its columns; the one with most of them first."""
    found: dict[Technique, list[str]] = {}
    for each in columns:
        found.setdefault(each.technique, []).append(visible(place_id(each.place), 120))
    return [
        {
            "words": TECHNIQUES[technique],
            "count": f"{len(places):,}",
            "places": ", ".join(places[:_MOST_PLACES]) + _and_others(len(places) - _MOST_PLACES),
        }
        for technique, places in sorted(found.items(), key=lambda each: -len(each[1]))
    ]


def _tables(risks: Iterable[RiskBeforeAfter]) -> list[RiskBeforeAfter]:
    """Of each table the way by which somebody is found most easily, the worst table first."""
    worst: dict[str, RiskBeforeAfter] = {}
    for each in risks:
        known = worst.get(each.after.table)
        if known is None or _danger(each) > _danger(known):
            worst[each.after.table] = each
    return sorted(worst.values(), key=_danger, reverse=True)


def _danger(each: RiskBeforeAfter) -> tuple[float, float]:
    after = each.after
    return (after.prosecutor.highest, after.marketer) if after.records else (0.0, 0.0)


def _table(each: RiskBeforeAfter) -> dict[str, Json]:
    before, after = each.before, each.after
    return {
        "table": visible(after.table, 80),
        "by": in_words(after.by, lambda name: visible(name, 60)),
        "k": f"{before.k:,} → {after.k:,}" if after.records else "no rows",
        "highest": f"{percent(before.prosecutor.highest)} → {percent(after.prosecutor.highest)}",
        "average": f"{percent(before.marketer)} → {percent(after.marketer)}",
        "asked": _asked(each.limits),
    }


def _asked(limits: Limits) -> str:
    """The limits of a table, as figures."""
    said = (
        ("k", limits.k and f"{limits.k:,} or more"),
        ("l", limits.l_diversity and f"{limits.l_diversity:,} or more"),
        ("t", limits.t_closeness is not None and f"{limits.t_closeness:g} or less"),
        ("risk", limits.risk is not None and f"{percent(limits.risk)} or less"),
    )
    return ", ".join(f"{name} {value}" for name, value in said if value) or "nothing"


def _allowed(found: ResidueReport) -> str:
    """How many original values stand where the rules let them, reason by reason."""
    by_reason: dict[str, list[int]] = {}
    for each in found.allowed:
        by_reason.setdefault(each.reason, []).append(each.hits)
    return "; ".join(
        f"{visible(reason, 200)} ({sum(hits):,} in {plural(len(hits), 'place')})"
        for reason, hits in by_reason.items()
    )


def _by_kind(attacks: Iterable[Attack]) -> list[Json]:
    """How many of each kind were carried out and judged, and how far the one got that got furthest."""
    found: dict[AttackKind, list[Attack]] = {}
    for each in attacks:
        found.setdefault(each.kind, []).append(each)
    told: list[tuple[int, float, dict[str, Json]]] = []
    for kind, mine in found.items():
        judged = [each for each in mine if each.judged]
        beaten = sum(each.beats for each in mine)
        told.append((beaten, _strongest(judged), {
            "kind": KINDS[kind],
            "tried": f"{len(mine):,}",
            "judged": f"{len(judged):,}",
            "beaten": f"{beaten:,}",
            "beats": beaten > 0,
            "strongest": percent(_strongest(judged)) if judged else "–",
            "not_judged": percent(_strongest(mine, judged=False)) if len(judged) < len(mine) else "–",
        }))  # fmt: skip
    return [line for _, _, line in sorted(told, key=lambda each: (-each[0], -each[1]))]


def _strongest(attacks: Iterable[Attack], *, judged: bool = True) -> float:
    return max((each.rate for each in attacks if each.judged is judged), default=0.0)


def _beaten(each: Attack) -> dict[str, Json]:
    return {
        "title": visible(each.title, 400),
        "right": percent(each.rate),
        "guessing": percent(each.guessing / each.tried if each.tried else 0.0),
        "limit": "guessing" if each.limit is None else percent(each.limit),
    }


def _not_tried(left_out: tuple[str, ...]) -> str:
    if not left_out:
        return ""
    were = "was" if len(left_out) == 1 else "were"
    return f"{plural(len(left_out), 'thing')} {were} not searched, tried or measured, or only in part."


def _and_others(more: int) -> str:
    return f" and {plural(more, 'other')}" if more > 0 else ""
