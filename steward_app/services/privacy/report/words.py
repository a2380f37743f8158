"""Rules, keys and the law in plain words, as the release report says them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from steward_app.kernel.plan import Json
from steward_app.kernel.text import plural, quoted, visible
from steward_app.services.privacy.anonymize.model import Release
from steward_app.services.privacy.attack.model import AttackKind
from steward_app.services.privacy.kinds import kinds
from steward_app.services.privacy.model import Technique
from steward_app.services.privacy.rules import ReleaseRules, Rule

TECHNIQUES: Final[Mapping[Technique, str]] = {
    Technique.KEEP: "Left as it is.",
    Technique.REMOVE: "Removed: every cell is empty.",
    Technique.FIXED: "Replaced by the same value in every row.",
    Technique.MASK: "Masked: some characters stay, the others became a sign.",
    Technique.PSEUDONYM: "Replaced by a made-up value of the same kind; with the key, always by the same one.",
    Technique.PERMUTE: "Replaced one to one by another value of the same form, with the key.",
    Technique.TOKEN: "Replaced by a sign that says nothing; with the key, always by the same one.",
    Technique.SHIFT: "Dates were moved by a number of days, the same for all dates of one person.",
    Technique.GENERALIZE: "Made coarser: ranges, years or beginnings stand in the place of the values.",
    Technique.ROUND: "Rounded.",
    Technique.NOISE: "A random amount was added.",
    Technique.SHUFFLE: "The column's own values were dealt to other rows.",
    Technique.MICROAGGREGATE: "Replaced by the mean of a group of rows that are alike.",
    Technique.REDACT: "Persons that the database knows were taken out of the text, with addresses and numbers.",
    Technique.JSON: "Treated path by path, as the rules of the paths say.",
    Technique.BLOB: "Replaced by an empty picture or document of its kind.",
}

KINDS: Final[Mapping[AttackKind, str]] = {
    AttackKind.LINKAGE: "Linkage",
    AttackKind.SINGLING_OUT: "Singling out",
    AttackKind.BRUTE_FORCE: "Brute force",
    AttackKind.DICTIONARY: "List of originals",
    AttackKind.ARITHMETIC: "Arithmetic",
    AttackKind.FREQUENCY: "Frequencies",
    AttackKind.DIFFERENCE: "Two releases",
    AttackKind.COMPOSITION: "Groups of two releases",
    AttackKind.AVERAGING: "Noise averaged",
    AttackKind.INTERVALS: "Days between dates",
    AttackKind.ORDER: "Order of rows",
    AttackKind.LENGTH: "Lengths",
    AttackKind.INFERENCE: "Inference",
}
_OF_COLUMNS: Final = frozenset({"beside", "person", "group", "with"})
"""Options that name columns: foreign keys one after the other, or columns together."""

_LEGAL: Final = (
    "This copy is pseudonymised (Art. 4(5) GDPR): its data can be attributed to a person with the use of additional"
    " information, which is the original database and, as long as it is kept, the key of the pseudonyms.",
    "Pseudonymised data that could be attributed to a natural person by the use of additional information is"
    " information on an identifiable person (recital 26 GDPR). For whoever holds the original or the key, or can"
    " reasonably come by either, this copy is personal data, and the GDPR applies to it.",
    "Whether it is anonymous for one recipient is not a property of the file. A person assesses it, for that recipient"
    " and until a date, with regard to all means reasonably likely to be used (recital 26; C-413/23 P). This report"
    " does not make that assessment.",
)
_NOT_COVERED: Final = (
    "Other sources that could be joined: registers, social networks, leaked files. What an attacker knows is what the"
    " rules or the person who asked for this report say.",
    "What free text says in other words: a place, a date, a story by which somebody is known.",
    "What can be seen in pictures or heard in recordings.",
    "More than two releases at once, and releases of other databases that share the key.",
    "Fewer than all columns that the copy shows, other than the quasi-identifiers together and two by two.",
    "Attackers who steal the original or the key, or are given either.",
)
_UNRECORDED: Final = (
    "The copy is not in the register of this computer, so it is not known whether it has a key."
)


def rule_words(rule: Rule) -> str:
    """What was done at a place, in a sentence, with the options of the technique."""
    kind = kinds().get(str(rule.options.get("kind", "")))
    told = [f"type: {kind.title}"] if kind else []
    told += [
        f"{visible(name, 40)}: {option_words(name, value)}"
        for name, value in rule.options.items()
        if name != "kind" or kind is None
    ]
    options = "; ".join(told)
    said = TECHNIQUES[rule.technique]
    if rule.technique is Technique.SHIFT and not rule.options.get("person"):
        said = said.replace("one person", "one row")
    return f"{said} ({options})" if options else said


def legal_words() -> tuple[str, ...]:
    """What the law calls such a copy, and what that means."""
    return _LEGAL


def not_covered_words() -> tuple[str, ...]:
    """What no attack of this program tries, in sentences."""
    return _NOT_COVERED


def key_words(release: Release | None) -> str:
    """What became of the key of the pseudonyms."""
    if release is None:
        return _UNRECORDED
    if not release.key_name:
        return "No technique of this copy uses a key."
    own = release.key_name == release.database_id
    named = "of the database" if own else quoted(release.key_title or release.key_name)
    if release.key_state == "destroyed":
        return f"The key {named} is destroyed: no pseudonym can be made again."
    return f"The key {named} is kept: whoever has it and the original can find each person in the copy again."


def holders(release: Release | None, source: str, controller: str) -> str:
    """Who still holds the original, as far as the program knows."""
    whose = f" by {visible(controller, 120)}" if controller else ""
    keyed = release is not None and release.key_name and release.key_state != "destroyed"
    key = ", and the key of the pseudonyms with it" if keyed else ""
    return f"The original, {quoted(source)}, is kept{whose}{key}."


def subset_words(rules: ReleaseRules | None) -> str:
    """Which rows the copy holds."""
    if rules is None:
        return ""
    told = [_chosen(rules)]
    if rules.empty:
        told.append(f"No rows of {', '.join(map(quoted, rules.empty))}.")
    if rules.renumber:
        told.append(f"Rows of {', '.join(map(quoted, rules.renumber))} were numbered anew.")
    return " ".join(told)


def _chosen(rules: ReleaseRules) -> str:
    chosen = rules.subset
    if chosen is None:
        return "All rows."
    if chosen.fraction is not None:
        return f"{100 * chosen.fraction:.4g} % of the rows of {quoted(chosen.table)}, and all they point to."
    return f"The rows of {quoted(chosen.table)} that fit the filter of the rules, and all they point to."


def option_words(name: str, value: Json) -> str:
    """An option in words; of lists of values, which may be those of rows, how long they are."""
    if isinstance(value, dict):
        return f"a list of {plural(len(value), 'value')}"
    if isinstance(value, list):
        if name in _OF_COLUMNS:
            steps = ("+".join(map(str, each)) if isinstance(each, list) else str(each) for each in value)
            return visible(
                (" > " if any(isinstance(each, list) for each in value) else ", ").join(steps), 120
            )
        if all(isinstance(each, int | float) for each in value):
            return ", ".join(map(str, value[:12])) + (" …" if len(value) > 12 else "")
        return f"a list of {plural(len(value), 'value')}"
    return visible(str(value), 120)


def percent(share: float) -> str:
    """A share as people read it; what is not nothing is never shown as nothing, nor what is not all as all."""
    if 0 < share < 0.001:
        return "under 0.1 %"
    if 0.999 < share < 1:
        return "over 99.9 %"
    return f"{100 * share:.1f} %"
