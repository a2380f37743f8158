"""Proposed rules for columns of mixed values: what the word beside a value says decides what becomes of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from steward_app.db import Session, qualified, quote
from steward_app.kernel.plan import Json
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.classify.model import Classification
from steward_app.services.privacy.discover.judged_words import JudgedWords, Scanned, judged_words
from steward_app.services.privacy.discover.model import ColumnScan, Scan, TableRole, Verdict
from steward_app.services.privacy.discover.packs import Packs
from steward_app.services.privacy.kinds import kinds
from steward_app.services.privacy.model import Identifies, Place, Technique
from steward_app.services.privacy.references import whole_number
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.privacy.transform.domains import CONSISTENT, bound_together, label_of
from steward_app.services.privacy.transform.options import PARTS
from steward_app.services.privacy.transform.propose import rule_of_type
from steward_app.services.privacy.transform.unknown_inside import WHY
from steward_app.services.schema.model import Schema

_AMOUNT: Final = re.compile(r"[-+]?\d{1,6}(?:[.,]\d{1,6})?")  # longer numbers may be somebody's
_NUMBERS: Final = 200  # that are looked for in the key of a table of persons
_NEARLY_ALL: Final = 0.95
_SEVERAL: Final = 3
_TEXTS: Final = frozenset({"free_text", "health_text"})


def with_words_beside(
    session: Session,
    schema: Schema,
    rules: ReleaseRules,
    scan: Scan,
    decided: Classification,
    packs: Packs,
    context: Context,
) -> ReleaseRules:
    """Proposed rules, in which those of columns of mixed values say what is done beside which word.

    Inside `snapshot()`.
    """
    proposal = _Proposal(session, schema, rules, scan, decided, packs)
    found: dict[Place, Rule] = {}
    seen = Scanned(scan.tables, scan.columns)
    for column in scan.columns:
        context.checkpoint()
        rule = rules.at(column.place)
        if not _may_be_mixed(column, rule, decided):
            continue
        judged = judged_words(session, schema, column, seen, packs, context)
        if judged is not None and (said := proposal.rule(column, judged)) is not None:
            found[said.place] = said
    others = tuple(each for each in rules.rules if each.place not in found)
    return replace(rules, rules=(*others, *found.values()))


def _may_be_mixed(column: ColumnScan, rule: Rule | None, decided: Classification) -> bool:
    """Whether it is for the program to say what becomes of a column: nobody did, or only that it holds texts."""
    if column.place.path or column.verdict is Verdict.EMPTY or (rule and rule.technique is Technique.JSON):
        return False
    texts = rule is not None and rule.technique is Technique.REDACT
    return texts or decided.at(column.place) is None


@dataclass(frozen=True, slots=True)
class _Proposal:
    session: Session
    schema: Schema
    rules: ReleaseRules
    scan: Scan
    decided: Classification
    packs: Packs

    def rule(self, column: ColumnScan, judged: JudgedWords) -> Rule | None:
        """The rule of a column of mixed values; None where no word says of them more than that they are texts."""
        parts: dict[str, Json] = {}
        types: dict[str, Json] = {}
        changed = False
        for word, seen in sorted(judged.words.items()):
            values = judged.mixed.values[word]
            called = judged.mixed.called.get(word, "")
            part = self._part(column.place, called or word, seen, values)
            if part is not None:
                changed = changed or part.technique is not Technique.KEEP
                options = {**({"why": called} if called else {}), **part.options}
                parts[word] = {"technique": part.technique.value, **({"options": options} if options else {})}
            if _leads(seen) and (part is None or part.technique is not Technique.KEEP):
                types[word] = seen.kind
        before = self.rules.at(column.place)
        redacted = before is not None and before.technique is Technique.REDACT
        if not parts or not (redacted or changed):
            return None
        said: dict[str, Json] = dict(before.options) if before and redacted else {"kind": "free_text"}
        said["beside"], said["rules"] = judged.mixed.beside, parts
        if types:
            said["types"] = types
        return Rule(column.place, Technique.REDACT, said)

    def _part(self, place: Place, word: str, seen: ColumnScan, values: Sequence[SqlValue]) -> Rule | None:
        """The rule of the values beside a word; None where they change as texts do."""
        if self._says_whose(word, seen) and (key := self._key(values)) is not None:
            return key
        if seen.verdict is Verdict.UNKNOWN:
            return None if _are_texts(values) else Rule(place, Technique.TOKEN, {"why": WHY})
        personal = seen.verdict is Verdict.PERSONAL
        rule = rule_of_type(self.schema, self.scan, self.decided, place, seen.kind) if personal else None
        if rule is not None:
            return rule if rule.technique.value in PARTS else None
        return Rule(place, Technique.KEEP) if not _leads(seen) and _are_amounts(values) else None

    def _says_whose(self, word: str, seen: ColumnScan) -> bool:
        """Whether a word names people: beside “customer_user” stands the number of one."""
        headers = self.packs.headers
        reading = headers.read(word, among_people=True)
        return _leads(seen) or reading.actor or headers.names_people(reading.words)

    def _key(self, values: Sequence[SqlValue]) -> Rule | None:
        """The rule of the key of persons whose numbers the values are."""
        numbers = {number for value in values if (number := whole_number(value)) is not None}
        some = sorted(numbers - {0})[:_NUMBERS]
        whole = sum(whole_number(value) is not None for value in values)
        if len(some) < _SEVERAL or whole < _NEARLY_ALL * len(values):
            return None
        for rule in self._keys_of_persons():
            key = quote(rule.place.column)
            marks = ", ".join("?" * len(some))
            count = f"SELECT count(*) FROM {qualified(rule.place.table)} WHERE {key} IN ({marks})"
            if self.session.count(count, some) >= _NEARLY_ALL * len(some):
                kind = rule.options.get("kind", "person_number")
                domain = rule.options.get("domain") or label_of(rule, bound_together(self.schema))
                return Rule(rule.place, rule.technique, {"kind": kind, "domain": domain})
        return None

    def _keys_of_persons(self) -> Iterator[Rule]:
        for each in self.scan.tables:
            table = self.schema.table(each.table) if each.role is TableRole.PERSON else None
            if table is not None and len(table.key_columns) == 1:
                rule = self.rules.at(Place(table.name, table.key_columns[0]))
                if rule is not None and rule.technique in CONSISTENT:
                    yield rule


def _leads(seen: ColumnScan) -> bool:
    """Whether values lead to a person by themselves, and are no texts."""
    kind = kinds().get(seen.kind) if seen.verdict is Verdict.PERSONAL else None
    return kind is not None and kind.identifies is Identifies.DIRECT and kind.name not in _TEXTS


def _are_amounts(values: Sequence[SqlValue]) -> bool:
    texts = [str(value).strip() for value in values if value is not None]
    return all(_AMOUNT.fullmatch(text) for text in texts if text) and any(texts)


def _are_texts(values: Sequence[SqlValue]) -> bool:
    """Whether most values have words in them: what is known of persons is taken out, and the rest stays."""
    texts = [value for value in values if isinstance(value, str)]
    return sum(" " in text.strip() or '"' in text for text in texts) * 2 > len(texts)
