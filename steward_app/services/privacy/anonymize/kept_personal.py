"""What is personal and goes along unchanged: because no rule says anything of it, or because one says “keep”.

What leads to a person by itself stops the plan where nobody said anything. A rule is the steward's own word and stops
nothing; but whoever gets the copy gets it, so the plan, the receipt and the release report say it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from steward_app.db import fold
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.plan import Json, Plan
from steward_app.kernel.text import plural, quoted
from steward_app.services.privacy.anonymize.findings import follows, ruled
from steward_app.services.privacy.anonymize.fulltext import Fill
from steward_app.services.privacy.anonymize.objects import Objects
from steward_app.services.privacy.anonymize.searching import keeps_names
from steward_app.services.privacy.classify.model import Classification
from steward_app.services.privacy.discover.model import Scan, Verdict
from steward_app.services.privacy.json_steps import leads_into
from steward_app.services.privacy.kinds import kinds
from steward_app.services.privacy.model import Category, Identifies, Place, Technique, place_id
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.schema.model import Schema

_ARTICLES = {Category.SPECIAL: "Art. 9", Category.CRIMINAL: "Art. 10"}

CODE = "identifying_columns_kept_by_rule"


def kept_as_they_are(
    schema: Schema, rules: ReleaseRules, objects: Objects, scan: Scan | None, classification: Classification
) -> Iterator[Finding]:
    """Personal columns for which the rules say nothing: those that lead to a person by themselves stop the plan.

    Full-text tables that are filled from the copy, and columns that are computed from changed ones, follow these.
    """
    spared = {fold(name) for name in rules.empty}
    spared |= {fold(each.table.name) for each in objects.virtual if each.fill is not Fill.ROWS}
    others: list[Place] = []
    special: dict[str, list[Place]] = {}
    for table in schema.tables:
        for column in table.columns if fold(table.name) not in spared else ():
            place = Place(table.name, column.name)
            how = how_personal(place, scan, classification)
            if how is None or ruled(rules, place) or follows(table, column, rules):
                continue
            identifies, about = how
            if identifies is not Identifies.DIRECT:
                (special.setdefault(about, []) if about else others).append(place)
                continue
            yield _identifying(place)
    for place in _paths_without_a_rule(rules, scan, classification):
        how = how_personal(place, scan, classification)
        if schema.table(place.table) is None or fold(place.table) in spared or how is None:
            continue
        if how[0] is Identifies.DIRECT:
            yield _identifying(place)
        else:
            (special.setdefault(how[1], []) if how[1] else others).append(place)
    if special:
        count = sum(map(len, special.values()))
        yield Finding(
            "special_columns_kept",
            Severity.WARNING,
            f"{plural(count, 'column')} of special categories {'goes' if count == 1 else 'go'} along unchanged,"
            " without a rule",
            Subject("database"),
            detail="; ".join(
                f"{about}: {', '.join(quoted(place_id(place)) for place in places)}"
                for about, places in sorted(special.items())
            ),
            count=count,
            remedies=(
                "Make sure that whoever gets the copy may have them (Art. 9(2) and 10 GDPR), or give them the rule "
                "“remove” or “generalize”.",
            ),
        )
    if others:
        are = "is personal and goes" if len(others) == 1 else "are personal and go"
        yield Finding(
            "personal_columns_kept",
            Severity.WARNING,
            f"{plural(len(others), 'other column' if special else 'column')} {are} along unchanged, without a rule",
            Subject("database"),
            detail=", ".join(quoted(place_id(place)) for place in others),
            count=len(others),
            remedies=(
                f"Measure how far {'it tells' if len(others) == 1 else 'they tell'} persons apart:"
                " “steward privacy risk”.",
            ),
        )


def _identifying(place: Place) -> Finding:
    return Finding(
        "identifying_column_kept",
        Severity.ERROR,
        f"{quoted(place_id(place))} leads to a person by itself and goes along as it is",
        Subject("column", place.table, place.path, columns=(place.column,)),
        remedies=("Give it a rule (“keep” if that is what you want).",),
        blocks=True,
        alike=("", "columns lead to a person by themselves and go along as they are"),
    )


def _paths_without_a_rule(
    rules: ReleaseRules, scan: Scan | None, classification: Classification
) -> Iterator[Place]:
    """Paths in JSON that the rules treat path by path, and of which they say nothing."""
    places = (*_scanned(scan), *(each.place for each in classification.decisions))
    for place in dict.fromkeys(each for each in places if each.path):
        if ruled(rules, replace(place, path="")) and not ruled(rules, place):
            yield place


def kept_by_rule(rules: ReleaseRules, scan: Scan | None, decided: Classification) -> tuple[Place, ...]:
    """Columns, and paths in JSON, that lead to a person by themselves and that a rule keeps."""
    places = dict.fromkeys((*(each.place for each in decided.decisions), *_scanned(scan)))
    empty = set(map(fold, rules.empty))
    found = [
        place
        for place in places
        if fold(place.table) not in empty
        and (how := how_personal(place, scan, decided)) is not None
        and how[0] is Identifies.DIRECT
        and (rule := rule_of(rules, place)) is not None
        and rule.technique is Technique.KEEP
        and not keeps_names(rule)
    ]
    columns = {replace(place, path="") for place in found if place.path}
    return tuple(sorted(place for place in found if place.path or place not in columns))


def told(places: tuple[Place, ...]) -> Iterator[Finding]:
    """A warning that names them."""
    if places:
        one = len(places) == 1
        yield Finding(
            CODE,
            Severity.WARNING,
            f"{plural(len(places), 'column')} {'leads' if one else 'lead'} to a person by"
            f" {'itself and goes' if one else 'themselves and go'} along unchanged, as a rule says",
            Subject("database"),
            detail=", ".join(quoted(place_id(place)) for place in places),
            remedies=(
                "Take the rule “keep” away, if whoever gets the copy is not to know who these people are.",
            ),
            count=len(places),
        )


def sentence(places: Iterable[Place]) -> str:
    """For a report: what goes along by the steward's own rule."""
    names = [quoted(place_id(place)) for place in places]
    one = len(names) == 1
    return (
        f"{', '.join(names)} {'leads' if one else 'lead'} to a person by {'itself' if one else 'themselves'}, and"
        f" {'goes' if one else 'go'} along unchanged, as a rule says."
    )


def in_receipt(plan: Plan) -> dict[str, Json]:
    """What the receipt says of it; nothing where there is none."""
    kept = next((each.detail for each in plan.findings if each.code == CODE), "")
    return {"kept_though_identifying": kept} if kept else {}


def _scanned(scan: Scan | None) -> Iterator[Place]:
    return (each.place for each in (scan.columns if scan else ()))


def rule_of(rules: ReleaseRules, place: Place) -> Rule | None:
    """The rule that says what becomes of a place: its own, else that of what it is inside."""
    key = (fold(place.table), fold(place.column))
    of_column = [rule for rule in rules.rules if (fold(rule.place.table), fold(rule.place.column)) == key]
    around = [
        rule
        for rule in of_column
        if rule.place.path == place.path
        or (not rule.place.path and rule.technique is not Technique.JSON)
        or (rule.place.path and place.path and leads_into(rule.place.path, place.path))
    ]
    return max(around, key=lambda rule: len(rule.place.path), default=None)


def how_personal(
    place: Place, scan: Scan | None, classification: Classification
) -> tuple[Identifies, str] | None:
    """How a column leads to a person, as decided or else as a scan found; None where it is not personal.

    With it, for one of Art. 9 or 10, what it tells, in words; "" for any other.
    """
    decided = classification.at(place)
    if decided is not None:
        return (decided.identifies, _told(decided.category, decided.kind)) if decided.personal else None
    seen = scan.at(place) if scan else None
    if seen is None or seen.verdict is not Verdict.PERSONAL:
        return None
    kind = kinds().get(seen.kind)
    return (kind.identifies, _told(kind.category, kind.name)) if kind else (Identifies.INDIRECT, "")


def _told(category: Category, kind: str) -> str:
    article = _ARTICLES.get(category, "")
    known = kinds().get(kind)
    return f"{known.title} ({article})" if article and known else article
