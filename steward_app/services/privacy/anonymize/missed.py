"""What a scan may have missed, looked for in all rows before a copy is made of them.

Paths in JSON that no rule, decision or scan knows stop the plan. Columns of large tables that go along because the
scan saw nothing that leads to a person are looked through for what shows itself by its form: addresses of e-mail,
telephone numbers, IBANs, cards.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from typing import Any, Final

from steward_app.db import ReadSession, fold, qualified, quote
from steward_app.db.any_text import legible_rows
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.anonymize import sampled
from steward_app.services.privacy.anonymize.inside import Inside
from steward_app.services.privacy.classify.model import Classification
from steward_app.services.privacy.discover.checks import check, is_card, valid_phones
from steward_app.services.privacy.discover.model import ColumnScan, Scan, Verdict
from steward_app.services.privacy.discover.patterns import INSIDE
from steward_app.services.privacy.discover.profile import Inside as Form
from steward_app.services.privacy.discover.sampling import READ_WHOLE
from steward_app.services.privacy.model import Place, Technique, place_id
from steward_app.services.privacy.rules import ReleaseRules
from steward_app.services.privacy.transform.prepare import written
from steward_app.services.schema.model import Schema, Table, TableKind

_ROWS_A_BATCH = 5_000
_BETWEEN: Final = "\x1f"
_LEAST: Final = 6
"""Characters of the shortest that is looked for: an address of e-mail."""

_WORDS: Final[Mapping[Form, str]] = {
    Form.EMAIL: "addresses of e-mail",
    Form.PHONE: "telephone numbers",
    Form.IBAN: "IBANs",
    Form.CARD: "numbers of payment cards",
}
_RIGHT: Final[Mapping[Form, Callable[[str], bool]]] = {
    Form.PHONE: lambda text: valid_phones((text,))[0] > 0,
    Form.IBAN: lambda text: check("iban")(text),
    Form.CARD: is_card,
}
_FULL = "Look at every row: “steward privacy scan --full”. Then decide, or let rules be proposed anew."
_RULE = "Give it a rule (“keep” if it goes along as it is)."


@dataclass(slots=True)
class _Looked:
    """What is looked at in one column, and what was found there.

    Attributes:
        inside: of a column of JSON.
        seen: its cells, or the texts at these paths, are looked through by form.
        kept: those of them that a rule keeps; the proposal does so, too.
    """

    place: Place
    inside: Inside | None
    seen: frozenset[str]
    kept: frozenset[str] = frozenset()
    found: dict[str, Counter[Form]] = field(default_factory=dict)

    def add(self, cells: Sequence[SqlValue]) -> None:
        texts = self.inside.add(cells) if self.inside else {}
        if "" in self.seen:
            texts[""] = [cell for cell in cells if isinstance(cell, str)]
        for path, some in texts.items():
            counted = by_form(some)
            if counted:
                self.found.setdefault(path, Counter()).update(counted)


def told(
    session: ReadSession,
    schema: Schema,
    rules: ReleaseRules,
    scan: Scan | None,
    decided: Classification,
    context: Context,
) -> Iterator[Finding]:
    """What all rows hold that a sample did not show, and that it was a sample. Inside `snapshot()`.

    Args:
        rules: extended over foreign keys.
    """
    empty = {fold(name) for name in rules.empty}
    work = _Work(rules, scan, decided)
    for table in schema.tables:
        if table.ours or table.kind is not TableKind.TABLE or fold(table.name) in empty:
            continue
        columns = list(work.looked_at(table))
        if columns:
            _read(session, table, columns, context)
        for column in columns:
            yield from _unknown(column)
            yield from _by_form(column)
    if sample := sampled.told(sampled.kept_by_sample(schema, rules, scan)):
        yield sample


def by_form(texts: Sequence[str]) -> Counter[Form]:
    """How many of some texts hold what shows itself by its form."""
    joined = _BETWEEN.join(text.replace(_BETWEEN, " ") if _BETWEEN in text else text for text in texts)
    joined = joined.encode("utf-8", "replace").decode()
    found: Counter[Form] = Counter()
    for form, pattern in _patterns().items():
        text_of: set[int] = set()
        at = number = 0
        for match in pattern.finditer(joined):
            if form in _RIGHT and not _RIGHT[form](match[0].strip(f"{_BETWEEN} .,;:")):
                continue
            number += joined.count(_BETWEEN, at, match.end() - 1)
            at = match.end() - 1
            text_of.add(number)
        if text_of:
            found[form] = len(text_of)
    return found


@cache
def _patterns() -> Mapping[Form, Any]:
    import re2

    return {form: re2.compile(pattern) for form, pattern in INSIDE if form in _WORDS}


class _Work:
    """Which columns are looked at, and what is known of them. Names compare as in SQLite."""

    def __init__(self, rules: ReleaseRules, scan: Scan | None, decided: Classification) -> None:
        self._decided = decided
        self._ruled: dict[tuple[str, str], dict[str, Technique]] = {}
        for rule in rules.rules:
            of_column = self._ruled.setdefault((fold(rule.place.table), fold(rule.place.column)), {})
            of_column[rule.place.path] = rule.technique
        self._scanned: dict[tuple[str, str], dict[str, ColumnScan]] = {}
        for each in scan.columns if scan else ():
            of_column_ = self._scanned.setdefault((fold(each.place.table), fold(each.place.column)), {})
            of_column_[each.place.path] = each

    def looked_at(self, table: Table) -> Iterator[_Looked]:
        """The columns of which all rows are read."""
        for column in written(table):
            key = fold(table.name), fold(column.name)
            place = Place(table.name, column.name)
            ruled, scanned = self._ruled.get(key, {}), self._scanned.get(key, {})
            of_json = any(ruled) or ruled.get("") is Technique.JSON
            if "" in ruled and not of_json:
                continue
            paths = {path for path in scanned if path}
            by_scan = {path for path, each in scanned.items() if self._by_scan(each)}
            kept = frozenset(path for path in by_scan if path and ruled.get(path) is Technique.KEEP)
            by_scan -= ruled.keys() - kept
            if of_json or (paths and by_scan and self._decided.at(place) is None):
                known = paths | {each.place.path for each in self._decided.decisions if _of(each.place, key)}
                inside = Inside((path for path in ruled if path), known - {""}, by_scan - {""})
                yield _Looked(place, inside, frozenset(by_scan - {""}), kept)
            elif "" in by_scan:
                yield _Looked(place, None, frozenset({""}))

    def _by_scan(self, seen: ColumnScan) -> bool:
        """Whether it goes along by the word of a scan, of a table so large that a few rows do not weigh in it."""
        told = seen.verdict is not Verdict.UNKNOWN  # for which the release waits
        large = seen.missed_at_most > 0 or seen.rows > READ_WHOLE
        return told and large and self._decided.at(seen.place) is None


def _of(place: Place, key: tuple[str, str]) -> bool:
    return (fold(place.table), fold(place.column)) == key


def _read(session: ReadSession, table: Table, columns: Sequence[_Looked], context: Context) -> None:
    """Go through all rows once. Of columns of plain text only what may fit a form is loaded."""
    terms = [_term(column) for column in columns]
    some = " OR ".join(f"({term}) IS NOT NULL" for term in terms)
    rows = legible_rows(session, f"SELECT {', '.join(terms)} FROM {qualified(table.name)} WHERE {some}")
    with session.under(context):
        while batch := list(islice(rows, _ROWS_A_BATCH)):
            context.checkpoint()
            for column, cells in zip(columns, zip(*batch, strict=True), strict=True):
                column.add([cell for cell in cells if cell is not None])


def _term(column: _Looked) -> str:
    name = quote(column.place.column)
    if column.inside:
        unpacked = f"iif(json_valid({name}, 8), json({name}), {name})"
        return f"CASE typeof({name}) WHEN 'text' THEN {name} WHEN 'blob' THEN {unpacked} END"
    return (
        f"CASE WHEN typeof({name}) = 'text' AND length({name}) >= {_LEAST}"
        f" AND (instr({name}, '@') OR {name} GLOB '*[0-9][0-9]*') THEN {name} END"
    )


def _unknown(column: _Looked) -> Iterator[Finding]:
    for path, count in sorted(column.inside.unknown.items()) if column.inside else ():
        place = Place(column.place.table, column.place.column, path)
        yield Finding(
            "path_not_known",
            Severity.ERROR,
            f"{plural(count, 'row')} of {quoted(place.table)} {'has' if count == 1 else 'have'}"
            f" {quoted(place_id(place))}, of which nobody knows what it is",
            Subject("column", place.table, path, (place.column,)),
            detail="No rule names this path, nobody decided about it, and the last scan did not see it.",
            remedies=(_FULL, _RULE),
            blocks=True,
            count=count,
        )


def _by_form(column: _Looked) -> Iterator[Finding]:
    for path, counted in sorted(column.found.items()):
        place = Place(column.place.table, column.place.column, path)
        sure = path not in column.kept and counted.keys() != {
            Form.PHONE
        }  # a long number may be taken for one
        what = ", ".join(f"{count:,} with {_WORDS[form]}" for form, count in sorted(counted.items()))
        count = max(counted.values())
        yield Finding(
            "identifying_forms_kept",
            Severity.ERROR if sure else Severity.WARNING,
            f"{quoted(place_id(place))} goes along as it is, and holds rows that lead to a person: {what}",
            Subject("column", place.table, path, (place.column,)),
            detail="They are too few for the scan to tell. All rows were looked through by form.",
            remedies=("Give it a rule: “redact” takes them out of texts, “keep” lets them go along.",),
            blocks=sure,
            count=count,
        )
