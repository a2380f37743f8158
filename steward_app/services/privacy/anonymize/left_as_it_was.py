"""What a plan and a receipt say of values that a rule leaves as they were, or takes away as it does not know them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from steward_app.kernel.finding import Finding, Severity
from steward_app.kernel.text import plural, quoted
from steward_app.services.privacy.classify.model import Classification
from steward_app.services.privacy.discover.model import Scan, Verdict
from steward_app.services.privacy.kinds import kinds
from steward_app.services.privacy.model import Identifies, Place, Technique, place_id
from steward_app.services.privacy.rules import Rule
from steward_app.services.privacy.transform.contract_words import against
from steward_app.services.privacy.transform.effects import COARSER, Effect
from steward_app.services.privacy.transform.model import Transforms
from steward_app.services.privacy.transform.reasons import leads

_COARSER = "Choose a coarser level, a larger step or more noise, or another technique."
_CHOOSE = "Choose “pseudonym”, “token” or “remove”."
_LABEL = "Let the ranges themselves be written: “as: label”, with text such as 10300-10399."
_AT_THE_BEGINNING = (
    "A range is told by the value with which it begins, and somebody has that very value. Whoever reads the copy would"
    " take it for theirs."
)
_KEEP = "Say “keep” if the values are to go along as they are."


def told(transforms: Transforms, scan: Scan | None, decided: Classification) -> Iterator[Finding]:
    """What is to be known of the rules that make values coarser, before anything is written."""
    for rule in transforms.rules.rules:
        effect = transforms.effects.get(rule.place)
        if effect is None:
            continue
        leading = leads(rule, decided) or _seen(rule, scan, decided)
        if rule.technique is Technique.REDACT:
            yield from _nobody_found(rule, effect, leading=leading)
        else:
            yield from _staying(rule, effect, leading=leading)
            yield from _not_known(rule, effect)


def sentences(effects: Iterable[Effect]) -> tuple[str, ...]:
    """The same of a copy that was made: “3 of 60 values of “person.age” stay as they were, by the rule”."""
    return tuple(
        f"{effect.stay:,} of {_all(effect)} of {quoted(place_id(effect.place))}"
        f" {'stays as it was' if effect.stay == 1 else 'stay as they were'}, by the rule"
        for effect in sorted(effects, key=lambda each: each.place)
        if effect.stay and effect.technique in COARSER
    )


def mostly_left(effects: Iterable[Effect]) -> frozenset[Place]:
    """The places where the copy shows most values as they were."""
    return frozenset(
        each.place for each in effects if each.stay * 2 > each.values and each.technique in COARSER
    )


def _all(effect: Effect) -> str:
    """Of how many values it is told: of large tables, where each row is a case of its own, of the first."""
    first = f" (of the first {effect.most:,} rows)" if effect.most is not None else ""
    return f"{plural(effect.values, 'value')}{first}"


def _seen(rule: Rule, scan: Scan | None, decided: Classification) -> bool:
    """Whether a scan found that values lead to a person by themselves, of which nobody said anything."""
    seen = scan.at(rule.place) if scan and decided.at(rule.place) is None else None
    if seen is None or seen.verdict is not Verdict.PERSONAL or rule.options.get("kind"):
        return False
    kind = kinds().get(seen.kind)
    return kind is not None and kind.identifies is Identifies.DIRECT and kind.technique != Technique.REDACT


def _nobody_found(rule: Rule, effect: Effect, *, leading: bool) -> Iterator[Finding]:
    """Texts may name nobody; a column of names or numbers may not stay because nobody knows them."""
    looked_at = f"the {plural(effect.values, 'text')} looked at"
    if effect.nothing and leading:
        yield against(
            rule,
            "identifying_values_left",
            f"would leave all of {looked_at} as they were, and each leads to a person by itself",
            remedies=(_CHOOSE, _KEEP),
        )
    elif effect.named * 2 > effect.values:
        yield against(
            rule,
            "names_left",
            f"would leave {effect.named:,} of {looked_at} as they were, which are names of people and nothing else",
            detail="It takes out the names of those columns alone whose rule says that they hold names.",
            count=effect.named,
            remedies=(_CHOOSE, _KEEP),
        )
    elif effect.nothing:
        yield against(
            rule,
            "values_left",
            f"would find nobody in {looked_at}",
            detail="They stand in the copy as they were. Read some of them before you hand the copy out.",
            severity=Severity.WARNING,
        )


def _staying(rule: Rule, effect: Effect, *, leading: bool) -> Iterator[Finding]:
    count, of = effect.stay, _all(effect)
    if effect.nothing:
        yield against(
            rule,
            "changes_nothing",
            f"would leave all of {of} as they were",
            detail="A rule that changes nothing protects nobody.",
            remedies=(_COARSER, _KEEP),
            count=count,
        )
    elif leading and effect.tells:
        yield against(
            rule,
            "identifying_values_left",
            f"would leave {count:,} of {of} as they were, and each leads to a person by itself",
            detail=_AT_THE_BEGINNING if _by_beginning(rule) else "",
            remedies=(_LABEL, _CHOOSE, _KEEP) if _by_beginning(rule) else (_CHOOSE, _KEEP),
            count=count,
        )
    elif count:
        yield against(
            rule,
            "values_left",
            f"would leave {count:,} of {of} as {'it was' if count == 1 else 'they were'}",
            detail="Nothing else becomes the same, so whoever has the copy sees which."
            if effect.shown
            else "Others may become the same, so nobody sees which.",
            remedies=(_COARSER,) if effect.shown else (),
            severity=Severity.WARNING if effect.shown else Severity.NOTE,
            count=count,
        )


def _by_beginning(rule: Rule) -> bool:
    """Whether a range is told by the number or day with which it begins."""
    ranges = rule.options.get("hierarchy") in ("ranges", "dates") and rule.options.get("as") != "label"
    return rule.technique is Technique.GENERALIZE and ranges


def _not_known(rule: Rule, effect: Effect) -> Iterator[Finding]:
    if effect.lost and rule.technique is not Technique.SHIFT:  # of which its own contract tells
        knows = "its hierarchy does not know" if rule.technique is Technique.GENERALIZE else "are no numbers"
        yield against(
            rule,
            "values_not_known",
            f"would take {effect.lost:,} of {_all(effect)} away, which {knows}",
            count=effect.lost,
            severity=Severity.WARNING,
        )
    if effect.texts:
        yield against(
            rule,
            "text_in_number",
            "would put text into a column of numbers",
            detail="SQLite keeps it as text. Programs that expect numbers may not.",
            severity=Severity.WARNING,
        )
