"""Keys of JSON that go along as they are, and name persons whom the database knows in another writing of their names.

The search for originals finds a name as it is written. “ebirnbaum” as a key is somebody, too, where a table has Emil
Birnbaum; of keys there are few, so each is compared with everybody before anything is written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from steward_app.db import ReadSession, fold
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.privacy.anonymize.searching import keeps_names
from steward_app.services.privacy.classify.model import Classification
from steward_app.services.privacy.discover.known_keys import NAMES, named_by
from steward_app.services.privacy.discover.lexicon import lexicon
from steward_app.services.privacy.discover.model import Scan, Verdict
from steward_app.services.privacy.discover.packs import packs
from steward_app.services.privacy.json_steps import PathNode, path_steps, step
from steward_app.services.privacy.model import Place, Technique, place_id
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.privacy.transform.persons import sources
from steward_app.services.schema.model import Schema


@dataclass(slots=True)
class _Ruled(PathNode):
    """A place to which a rule leads."""

    rule: Rule | None = None


@dataclass(frozen=True, slots=True)
class _Key:
    """A key that stays, and the object that has it."""

    place: Place
    key: str


def told(
    session: ReadSession,
    schema: Schema,
    rules: ReleaseRules,
    scan: Scan | None,
    decided: Classification,
    context: Context,
) -> Iterator[Finding]:
    """Objects with such keys: each stops the plan. Inside `snapshot()`.

    Args:
        rules: extended over foreign keys.
    """
    staying = set(_staying(schema, rules, scan, decided))
    if not staying:
        return
    names = [
        (rule.place, kind)
        for kind, feeding in sources(rules, decided).items()
        for rule in feeding
        if kind in NAMES and schema.table(rule.place.table) is not None
    ]
    lists = lexicon(packs(Path(schema.path), context))
    named = named_by(session, {each.key for each in staying}, names, lists, context, beside=True)
    found = Counter(each.place for each in staying if each.key in named)
    for place, count in sorted(found.items()):
        one = count == 1
        yield Finding(
            "keys_name_persons",
            Severity.ERROR,
            f"{plural(count, 'key')} of {quoted(place_id(place))} {'names a person' if one else 'name persons'}"
            f" whom the database knows, and {'goes' if one else 'go'} along as {'it is' if one else 'they are'}",
            Subject("column", place.table, place.path, (place.column,)),
            detail="Whoever knows these people reads who they are.",
            remedies=(
                f"Give {quoted(place_id(_keys_at(place)))} a rule, and “keep” to the keys that belong to the structure."
                " A scan proposes that: “steward privacy scan”, then “steward privacy rules”.",
                "Where they are ordinary words, decide that what stands there is not personal.",
            ),
            blocks=True,
            count=count,
        )


def _keys_at(place: Place) -> Place:
    return Place(place.table, place.column, f"{place.path}.*~")


def _staying(
    schema: Schema, rules: ReleaseRules, scan: Scan | None, decided: Classification
) -> Iterator[_Key]:
    """The keys that a copy has as they are: those of the paths that are known, but for what a rule changes."""
    empty = set(map(fold, rules.empty))
    ruled: dict[tuple[str, str], list[Rule]] = {}
    for rule in rules.rules:
        ruled.setdefault((fold(rule.place.table), fold(rule.place.column)), []).append(rule)
    known = [each.place for each in (scan.columns if scan else ()) if each.verdict is not Verdict.UNKNOWN]
    known += [rule.place for rule in rules.rules]
    for place in dict.fromkeys(each for each in known if each.path):
        table = schema.table(place.table)
        of_column = ruled.get((fold(place.table), fold(place.column)), [])
        whole = next((rule for rule in of_column if not rule.place.path), None)
        goes = whole is not None and whole.technique is not Technique.JSON
        if table is None or fold(place.table) in empty or goes or any(map(keeps_names, of_column)):
            continue
        decision = decided.at(place)
        if decision is None or decision.personal:
            yield from _along(place, of_column)


def _along(place: Place, ruled: Sequence[Rule]) -> Iterator[_Key]:
    root = _Ruled()
    for rule in ruled:
        if rule.place.path:
            root.lead(rule.place.path).rule = rule
    node: _Ruled | None = root
    path = "$"
    for kind, name in path_steps(place.path):
        if kind == "names":
            return
        if kind == "key" and not _changes(node, name):
            yield _Key(Place(place.table, place.column, path), name)
        path += step(name) if kind == "key" else ".*" if kind == "any" else f"[{name}]"
        if node is not None and kind == "element":
            node = node.elements.get(name) or node.elements.get("*")
        elif node is not None:
            node = node.member(name) if kind == "key" else node.any_key


def _changes(node: _Ruled | None, key: str) -> bool:
    """Whether a rule for all keys of an object changes one."""
    if node is None or node.any_key is None or key in node.keys:
        return False
    rule = node.any_key.of_names.rule
    return rule is not None and rule.technique is not Technique.KEEP
