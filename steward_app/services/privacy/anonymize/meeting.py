"""Columns that are kept and hold what is taken away elsewhere: found in the original, before a copy is built.

The original is searched as a copy is, but for the columns that rules change: what is found there would be in the copy.
Names are words, too, and other people's: in a table about nobody they stay, by a rule that says so and a warning. What
leads to a person by itself otherwise (an address, a number) never stays without the steward's word.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from steward_app.db import fold, open_read
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.plan import Json
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.privacy.anonymize.findings import ruled
from steward_app.services.privacy.anonymize.fulltext import with_own_rows
from steward_app.services.privacy.anonymize.named_values import left_as_they_are, naming
from steward_app.services.privacy.anonymize.searching import keeps_names, paths_beside
from steward_app.services.privacy.classify.model import Classification
from steward_app.services.privacy.discover.model import Scan, Verdict
from steward_app.services.privacy.json_steps import KEYS
from steward_app.services.privacy.model import Place, Technique, place_id
from steward_app.services.privacy.residue.model import Alike, Permitted, ResidueReport, Searched, Where
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.privacy.transform.completed import completed
from steward_app.services.privacy.transform.domains import in_unique_key
from steward_app.services.privacy.transform.known import NAMES
from steward_app.services.privacy.whole_names import by_kind, in_two_columns
from steward_app.services.schema.model import Generated, Schema, TableKind

_MOST_TOLD = 12


def with_names_settled(
    path: Path,
    schema: Schema,
    scan: Scan,
    classification: Classification,
    rules: ReleaseRules,
    context: Context,
) -> ReleaseRules:
    """Proposed rules, with one for each other column in which names stand that are taken away elsewhere.

    A text in a table about people goes without them; a column about nobody is kept, which a warning tells. Where it
    surely names somebody it is no column about nobody: names are taken out of texts, and of what else it is there is no
    such rule, so that the plan stops.
    """
    named = [r for r in rules.rules if r.options.get("kind") in NAMES and not r.place.path]
    names = [Searched(rule.place, names=True) for rule in named]
    names += [
        Searched(given, names=True, family=family.column) for given, family in in_two_columns(by_kind(named))
    ]
    ruled = {
        (fold(rule.place.table), fold(rule.place.column)) for rule in completed(schema, rules).rules.rules
    }
    about_people = {fold(table.table) for table in scan.tables if table.people}
    added = []
    for holding in _holding(path, schema, rules, names, context):
        by_paths = paths_beside(holding, rules.rules)
        if (fold(holding.table), fold(holding.column)) in ruled and not by_paths:
            continue
        for place in _unruled_paths(holding, scan, by_paths) if by_paths else (holding,):
            seen, decided = scan.at(place), classification.at(place)
            if seen is None:
                continue
            kept_on_purpose = decided is not None and not decided.personal
            if kept_on_purpose or (
                fold(place.table) not in about_people and seen.verdict is Verdict.NOT_PERSONAL
            ):
                added.append(Rule(place, Technique.KEEP, {"names": True}))
            elif seen.verdict is Verdict.PERSONAL and _takes_texts(schema, place):
                added.append(Rule(place, Technique.REDACT, {"kind": "free_text"}))
    surely = _naming(path, schema, scan, classification, rules, added, context)
    columns = {replace(place, path="") for place in surely}
    taken = {place for place, by_words in surely.items() if by_words and _takes_texts(schema, place)}
    stay = [rule for rule in rules.rules if rule.place not in taken]
    added = [rule for rule in added if rule.place not in surely.keys() | columns]
    added += [Rule(place, Technique.REDACT, {"kind": "free_text"}) for place in taken]
    return replace(rules, rules=tuple(sorted((*stay, *added), key=lambda rule: rule.place)))


def _naming(
    path: Path,
    schema: Schema,
    scan: Scan,
    classification: Classification,
    rules: ReleaseRules,
    added: Sequence[Rule],
    context: Context,
) -> dict[Place, bool]:
    """The places that would go along and surely name somebody, each with whether the names can be taken out of it.

    Not where the steward decided. What nobody could tell is told by this where most of its values list persons; else
    it waits for the steward.
    """
    kept = {rule.place for rule in added if keeps_names(rule) and classification.at(rule.place) is None}
    inside = [
        each.place
        for each in scan.columns
        if each.place in kept or (each.place.path and replace(each.place, path="") in kept)
    ]
    unknown = [
        each.place
        for each in scan.columns
        if each.verdict is Verdict.UNKNOWN
        and classification.at(each.place) is None
        and not ruled(rules, each.place)
    ]
    along = dict.fromkeys((*inside, *left_as_they_are(scan, rules, classification)))
    places = list(dict.fromkeys((*along, *unknown)))
    with open_read(path, context) as session, session.snapshot():
        found = naming(session, schema, scan, places, rules, classification, context)
    return {
        place: named.by_words
        for place, named in found.items()
        if named.sure and (place in along or named.lists)
    }


def _unruled_paths(column: Place, scan: Scan, ruled: Sequence[str]) -> Iterator[Place]:
    """The paths in the JSON of a column that the scan knows and no rule names."""
    for each in scan.columns:
        if each.place.path and each.place.path not in ruled and replace(each.place, path="") == column:
            yield each.place


def _takes_texts(schema: Schema, place: Place) -> bool:
    """Whether texts of a column may change one by one: no key has it."""
    table = schema.table(place.table)
    column = table.column(place.column) if table else None
    return (
        table is not None
        and column is not None
        and column.generated is Generated.NO
        and not in_unique_key(table, column.name)
        and not any(column.name in key.columns for key in table.foreign_keys)
    )


def names_told(rules: ReleaseRules) -> Iterator[Finding]:
    """A warning that names stay, and where."""
    places = [rule.place for rule in rules.rules if keeps_names(rule)]
    if not places:
        return
    yield Finding(
        "names_kept",
        Severity.WARNING,
        f"{plural(len(places), 'column')} about nobody {'keeps' if len(places) == 1 else 'keep'} words that are "
        "names elsewhere",
        Subject("database"),
        detail=f"{', '.join(quoted(place_id(place)) for place in places)}: the scan found nobody in them, so the names "
        "there are taken for ordinary words, or for other people's.",
        remedies=("Give them the rule “redact” or “remove” where they name the same persons.",),
        count=len(places),
    )


def left_standing(
    path: Path,
    schema: Schema,
    rules: ReleaseRules,
    places: Sequence[Searched],
    along: Iterable[str],
    context: Context,
    *,
    told: Collection[Subject] = (),
) -> Iterator[Finding]:
    """Columns that would take originals into the copy: each stops the plan. Numbers that may be some are a warning.

    Args:
        along: tables whose rows go along.
        told: what stops the plan already because it names persons: names in it are not told twice.
    """
    tables = {fold(name) for name in along}
    report = _looked_through(path, rules, places, context)
    for place, (count, of) in _held(report, schema).items():
        named = any((place.table, (place.column,)) == (each.table, each.columns) for each in told)
        if fold(place.table) in tables and not named:
            by_paths = bool(paths_beside(replace(place, path=""), rules.rules))
            yield _in_json(place, count, of) if by_paths else _kept(place, count, of)
    for each in report.alike if report is not None else ():
        if fold(each.place.table) in tables and _is_stored(schema, each.place.table, each.place.column):
            yield _may_be_numbers_of_a_key(each)


def _kept(place: Place, count: int, of: Sequence[Place]) -> Finding:
    return Finding(
        "originals_kept",
        Severity.ERROR,
        f"{quoted(place_id(place))} is kept and holds {plural(count, 'value')} that rules take away elsewhere",
        Subject("column", place.table, place.path, columns=(place.column,)),
        detail=_from(of),
        count=count,
        remedies=(
            "Give it a rule: “keep” where it holds words that may stand there, “redact” for texts, else the "
            f"rule of {_same(of)}.",
        ),
        blocks=True,
        alike=("", "columns are kept and hold values that rules take away elsewhere"),
    )


def _in_json(place: Place, count: int, of: Sequence[Place]) -> Finding:
    """Of a column of which paths have rules: none of those that change something leads to them."""
    keys = "Take the rules away that name these keys, and give {} a rule: “token”, or that of {}."
    values = "Give {} the rule of {}, or “redact” where it holds texts."
    remedies: tuple[str, ...]
    if not place.path:
        where = ", as keys or at paths that no rule changes"
        remedies = (
            f"Where they are keys: {keys.format('the path of the object, with “.*~” behind it,', _same(of))}",
            f"Where they are values: {values.format('their path', _same(of))}",
        )
    elif place.path.endswith(KEYS):
        where = ", as keys that no rule changes"
        remedies = (keys.format(quoted(place_id(place)), _same(of)),)
    else:
        where = ", at a path that no rule changes"
        remedies = (values.format(quoted(place_id(place)), _same(of)),)
    return Finding(
        "originals_kept",
        Severity.ERROR,
        f"The JSON of {quoted(place_id(place))} holds {plural(count, 'value')} that rules take away elsewhere{where}",
        Subject("column", place.table, place.path, columns=(place.column,)),
        detail=_from(of),
        count=count,
        remedies=remedies,
        blocks=True,
    )


def _from(of: Sequence[Place]) -> str:
    """From which columns values come, as a sentence."""
    names = ", ".join(quoted(place_id(each)) for each in of[:_MOST_TOLD])
    return f"They are values of {names}{' and others' if len(of) > _MOST_TOLD else ''}." if of else ""


def _same(of: Sequence[Place]) -> str:
    """The column that holds the same, or which it is as far as several do."""
    return quoted(place_id(of[0])) if len(of) == 1 else "the column that holds the same"


def _may_be_numbers_of_a_key(each: Alike) -> Finding:
    name, key = quoted(place_id(each.place)), quoted(place_id(each.key))
    one = each.values == 1
    return Finding(
        "numbers_also_of_a_key",
        Severity.WARNING,
        f"{plural(each.values, 'number')} in {name} {'is also a number' if one else 'are also numbers'} of {key},"
        f" and {'goes' if one else 'go'} along as {'it is' if one else 'they are'}",
        Subject("column", each.place.table, each.place.path, columns=(each.place.column,)),
        detail="They are too few, or count as it does: nothing tells whether they mean the same, so they are not"
        " followed.",
        count=each.values,
        remedies=(f"If they do, give them the rule “remove”, or the rule and domain of {key}.",),
        alike=("Numbers in", f"places are also numbers of {key}, and go along as they are"),
    )


def numbers_in_receipt(report: ResidueReport) -> dict[str, Json]:
    """What a receipt says of the places of a copy whose numbers may be some of a key; nothing where there are none."""
    places = list(dict.fromkeys(quoted(place_id(each.place)) for each in report.alike))
    more = f" and {len(places) - _MOST_TOLD:,} more" if len(places) > _MOST_TOLD else ""
    return {"may_be_numbers_of_a_key": ", ".join(places[:_MOST_TOLD]) + more} if places else {}


def _holding(
    path: Path, schema: Schema, rules: ReleaseRules, places: Sequence[Searched], context: Context
) -> tuple[Place, ...]:
    """The columns of the original in whose rows such values stand, but for changed ones."""
    held = _held(_looked_through(path, rules, places, context), schema)
    with open_read(path, context) as session, session.snapshot(), session.under(context):
        along = with_own_rows(session, schema, {rule.place.table for rule in rules.rules})
    return tuple(dict.fromkeys(replace(place, path="") for place in held if fold(place.table) in along))


def _looked_through(
    path: Path, rules: ReleaseRules, places: Sequence[Searched], context: Context
) -> ResidueReport | None:
    """The search of the original for what rules take away, but for changed columns; None without any such rule."""
    from steward_app.services.privacy.residue.search import search

    if not places:
        return None
    changed = [
        Permitted(rule.place, "changed", paths_beside(rule.place, rules.rules))
        for rule in rules.rules
        if rule.technique not in (Technique.KEEP, Technique.JSON)
    ]
    changed += [Permitted(column, "removed whole", no_json=True) for column in _of_json(rules)]
    with context.step() as step:
        return search(
            path, path, [replace(each, permitted=(*each.permitted, *changed)) for each in places], step
        )


def _of_json(rules: ReleaseRules) -> list[Place]:
    """The columns that are changed path by path, and lose what is no JSON."""
    columns = dict.fromkeys(replace(rule.place, path="") for rule in rules.rules if rule.place.path)
    ruled = {column: rules.at(column) for column in columns}
    return [column for column, rule in ruled.items() if rule is None or rule.technique is Technique.JSON]


def _held(report: ResidueReport | None, schema: Schema) -> dict[Place, tuple[int, tuple[Place, ...]]]:
    """How many of them each place holds, and of which columns they are."""
    return {
        Place(each.name, each.column, each.path): (each.values, each.of)
        for each in (report.found if report is not None else ())
        if each.where is Where.CELL and each.column and _is_stored(schema, each.name, each.column)
    }


def _is_stored(schema: Schema, name: str, column: str) -> bool:
    table = schema.table(name)
    with_rows = table is not None and table.kind in (TableKind.TABLE, TableKind.VIRTUAL)
    return with_rows and table is not None and table.column(column) is not None
