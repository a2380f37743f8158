"""What the Anonymize page says: techniques, how they are used, states of copies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from PySide6.QtCore import QCoreApplication

from steward_app.gui.format import as_here, locale, plural, shown_name
from steward_app.gui.tokens import Tone
from steward_app.kernel.finding import Finding, gathered
from steward_app.kernel.plan import Json, Plan
from steward_app.services.privacy.along import in_words
from steward_app.services.privacy.anonymize.model import KeyState, Release, ReleaseState
from steward_app.services.privacy.attack.model import Attack, AttackKind
from steward_app.services.privacy.hierarchies import AS_IT_IS, from_options, level_of
from steward_app.services.privacy.model import NO_NAME, Identifies, Place, Technique
from steward_app.services.privacy.report.model import ReleaseReport
from steward_app.services.privacy.rules import Rule


def tr(text: str) -> str:
    """In the steward's language."""
    return QCoreApplication.translate("anonymize", text)


TECHNIQUES: Mapping[Technique, tuple[str, str]] = {
    Technique.KEEP: ("Keep", "check"),
    Technique.REMOVE: ("Remove", "trash-2"),
    Technique.FIXED: ("Fill alike", "minus"),
    Technique.MASK: ("Mask", "eye-off"),
    Technique.PSEUDONYM: ("Replace", "copy"),
    Technique.PERMUTE: ("Exchange", "arrow-left-right"),
    Technique.TOKEN: ("Token", "key-round"),
    Technique.SHIFT: ("Shift", "arrow-right"),
    Technique.GENERALIZE: ("Coarsen", "layers"),
    Technique.ROUND: ("Round", "target"),
    Technique.NOISE: ("Blur", "chart-column"),
    Technique.SHUFFLE: ("Shuffle", "refresh-cw"),
    Technique.MICROAGGREGATE: ("Average", "sigma"),
    Technique.REDACT: ("Redact", "file-text"),
    Technique.JSON: ("By path", "braces"),
    Technique.BLOB: ("Empty file", "image-off"),
}
"""The word and the icon of each technique."""

_HOW: Mapping[Technique, str] = {
    Technique.REMOVE: "Column stays, cells are empty",
    Technique.FIXED: "The same value in every row",
    Technique.MASK: "Some characters stay, the others are hidden",
    Technique.PSEUDONYM: "Made up, the same for the same value",
    Technique.PERMUTE: "One to one, in the same form",
    Technique.TOKEN: "A sign, the same for the same value",
    Technique.SHIFT: "Each person by days of their own",
    Technique.ROUND: "To a step",
    Technique.NOISE: "A random amount is added",
    Technique.SHUFFLE: "The column's own values, in other rows",
    Technique.MICROAGGREGATE: "The mean of rows that are alike",
    Technique.REDACT: "Without the persons that the database knows",
    Technique.JSON: "Each path by its own rule",
    Technique.BLOB: "An empty file of the same kind",
}


def step_names(*, in_place: bool) -> tuple[str, ...]:
    """The steps of the wizard."""
    last = (
        (tr("Anonymize the file"), tr("What was done"))
        if in_place
        else (tr("Make the copy"), tr("Attack the copy"))
    )
    return tr("Columns"), tr("Techniques"), tr("Balance"), *last


IDENTIFIES: Mapping[Identifies, str] = {
    Identifies.DIRECT: "Alone",
    Identifies.INDIRECT: "With others",
    Identifies.NONE: "Not",
}

STATES: Mapping[ReleaseState, tuple[str, Tone, str]] = {
    ReleaseState.MAKING: ("Being made", Tone.MUTED, "clock"),
    ReleaseState.MADE: ("Made", Tone.ACCENT, "circle-dot"),
    ReleaseState.GIVEN: ("Given", Tone.SUCCESS, "circle-check"),
    ReleaseState.EXPIRED: ("Expired", Tone.WARNING, "hourglass"),
    ReleaseState.DESTROYED: ("Destroyed", Tone.MUTED, "trash-2"),
}


def technique_word(technique: Technique) -> str:
    """One word for a technique."""
    return tr(TECHNIQUES[technique][0])


_NAMED = "|".join(re.escape(each.value) for each in Technique)
_OF_A_COLUMN = re.compile(f"^“({_NAMED})” of")  # how a finding about a rule begins
_ADVISED = re.compile(f"“({_NAMED})”")
_COMMANDS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r": “steward privacy (?:limits|frontier)”(?!.* --person ).*$"), ": in the step Balance."),
    (re.compile("“steward privacy risk”"), "make a trial copy in the step Balance"),
    (re.compile("“steward privacy scan --full”"), "“Scan every cell” in Personal data"),
    (re.compile("“steward privacy scan”, then “steward privacy rules”"), "“Scan again” in Personal data"),
    (re.compile("“steward backup init DATABASE --store URL”"), "the page Backups has the way"),
)
"""Commands in advice, and where the window has the same."""
_ADVICE_OF_NAMES = "change_log_goes_along"  # names a table, which may be called as a technique is


def in_window_words(plan: Plan) -> Plan:
    """A plan for the eye alone: techniques have the words of this page, not those of the policy file."""
    return replace(plan, findings=_in_window_words(plan.findings))


def what_stops(findings: Iterable[Finding]) -> str:
    """All that stops a plan, a sentence each."""
    told = gathered(_in_window_words(each for each in findings if each.blocks))
    return " ".join(as_here(f"{each.title}.") for each in told)


def advised(text: str) -> str:
    """What can be done, with the words that techniques and commands have in the window."""
    for command, here in _COMMANDS:
        text = command.sub(tr(here), text)
    return _said(_ADVISED, text)


def _in_window_words(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(
        replace(
            each,
            title=_said(_OF_A_COLUMN, each.title),
            alike=tuple(_said(_OF_A_COLUMN, part) for part in each.alike),
            remedies=each.remedies if each.code == _ADVICE_OF_NAMES else tuple(map(advised, each.remedies)),
        )
        for each in findings
    )


def _said(pattern: re.Pattern[str], text: str) -> str:
    return pattern.sub(lambda found: found[0].replace(found[1], technique_word(Technique(found[1])), 1), text)


def how(rule: Rule | None) -> str:
    """How a technique is used at a place, in a few words; "" where the value stays as it is."""
    if rule is None or rule.technique is Technique.KEEP:
        return ""
    if rule.technique is Technique.GENERALIZE:
        return _coarsened(rule.options)
    match rule.technique, rule.options:
        case Technique.SHIFT, {"days": days}:
            return tr("Each person by up to {days} days").format(days=days)
        case Technique.MASK, {"keep_last": count}:
            return tr("Only the last {count} characters stay").format(count=count)
        case Technique.ROUND, {"to": step}:
            return tr("To {step}").format(step=step)
        case Technique.MICROAGGREGATE, {"k": k}:
            return tr("The mean of {k} rows that are alike").format(k=k)
    return tr(_HOW[rule.technique])


def rule_words(rule: Rule | None) -> str:
    """A rule as the table of techniques has it: "Coarsen, To the year"."""
    word = technique_word(rule.technique if rule else Technique.KEEP)
    return f"{word}, {more}" if (more := how(rule)) else word


def _coarsened(options: Mapping[str, Json]) -> str:
    try:
        hierarchy = from_options(options)
        title = hierarchy.titles[level_of(hierarchy, options)]
    except (ValueError, OSError):
        return tr("By a hierarchy that cannot be read")
    return level_words(title)


def level_words(title: str) -> str:
    """A level of a hierarchy, in a few words."""
    if title == "*":
        return tr("One value for all")
    if title == AS_IT_IS:
        return tr("As it is")
    if title.startswith("first "):
        return tr("First {count} characters").format(count=title.removeprefix("first "))
    if title in ("month", "quarter", "year", "decade"):
        return tr("To the {period}").format(period=title)
    return tr("To {level}").format(level=title)


def share(part: float) -> str:
    """A share from 0 to 1: "3.2 %", "20 %"."""
    value = round(100 * part, 1)
    return f"{locale().toString(value, 'f', 0 if value.is_integer() else 1)} %"


def people(count: int) -> str:
    """A group of so many."""
    return plural(count, tr("person"), tr("people"))


def least_people(count: int) -> str:
    """A group of at least so many: ways are tried for some sizes only."""
    return tr("{people} or more").format(people=people(count)) if count > 1 else people(count)


_ATTACKS: Mapping[AttackKind, str] = {
    AttackKind.LINKAGE: "Link by {columns}",
    AttackKind.SINGLING_OUT: "Single somebody out by {columns}",
    AttackKind.BRUTE_FORCE: "Try all originals of {columns}",
    AttackKind.DICTIONARY: "Look up {columns} in a list",
    AttackKind.ARITHMETIC: "Turn {columns} back from one known pair",
    AttackKind.FREQUENCY: "Match {columns} by how often it occurs",
    AttackKind.DIFFERENCE: "Compare two copies by {columns}",
    AttackKind.COMPOSITION: "Compare groups of two copies by {columns}",
    AttackKind.AVERAGING: "Average the noise of {columns}",
    AttackKind.INTERVALS: "Compare the days between dates of {columns}",
    AttackKind.ORDER: "Take the rows in their order",
    AttackKind.LENGTH: "Compare the lengths of {columns}",
    AttackKind.INFERENCE: "Guess by {columns}",
}


def place_words(place: Place) -> str:
    """A column, or a path in its JSON, as lists name it."""
    path = f":{place.path}" if place.path else ""
    return shown_name(f"{place.table}.{place.column or NO_NAME}{path}")


def attack_words(attack: Attack) -> str:
    """What an attack does, in a few words; its title says all. The table is named once for columns that follow."""
    before = [None, *(place.table for place in attack.places)]
    names = (
        f"{place.column}{place.path}" if place.table == table else f"{place.table}.{place.column}{place.path}"
        for place, table in zip(attack.places, before, strict=False)
    )
    return tr(_ATTACKS[attack.kind]).format(columns=in_words(names, shown_name))


def key_state(release: Release) -> str:
    """What became of the key of a copy, in a few words."""
    if not release.key_name:
        return tr("none was used")
    return tr("destroyed") if release.key_state == KeyState.DESTROYED else tr("kept on this computer")


def against_giving(report: ReleaseReport | None) -> str:
    """What attacks and measures say against giving a copy away, in a sentence; "" without such a thing."""
    if report is None or report.holds:
        return ""
    return tr("Against giving it away: {problems}.").format(problems=as_here("; ".join(report.problems)))
