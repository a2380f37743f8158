"""What a plan to make a copy is made from: the rules, and all that was found out before anything is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from steward_app.catalog import Catalog
from steward_app.db import ReadSession, fold, open_read
from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.finding import Finding
from steward_app.kernel.plan import TableChange
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.backup import database_id
from steward_app.services.privacy.anonymize import (
    broken_rows,
    determined,
    findings,
    in_schema,
    kept_columns,
    kept_personal,
    left_as_it_was,
    meeting,
    missed,
    named_keys,
    named_values,
    nothing_along,
    own_births,
    own_codes,
    own_kinds,
    short_codes,
)
from steward_app.services.privacy.anonymize.build import Orders
from steward_app.services.privacy.anonymize.emptied import (
    emptied,
    left_out_sentences,
    nothing_chosen,
    too_many,
)
from steward_app.services.privacy.anonymize.keys import meant_key, passing_key
from steward_app.services.privacy.anonymize.limits import counted_by_rows, not_foreseen, told_otherwise
from steward_app.services.privacy.anonymize.making import orders_of
from steward_app.services.privacy.anonymize.proposal import propose_rules
from steward_app.services.privacy.anonymize.searching import searched
from steward_app.services.privacy.anonymize.subset import chosen_from
from steward_app.services.privacy.classify.decided import classification
from steward_app.services.privacy.classify.subjects import subjects_of
from steward_app.services.privacy.classify.undecided import undecided
from steward_app.services.privacy.demands import not_measured
from steward_app.services.privacy.discover.model import Scan
from steward_app.services.privacy.discover.packs import packs
from steward_app.services.privacy.model import Technique
from steward_app.services.privacy.rules import Limits, ReleaseRules, Subset
from steward_app.services.privacy.transform.unknown_inside import tokens_told
from steward_app.services.privacy.ways import persons_of
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema

_NAMING = frozenset({"keys_name_persons", "values_name_persons"})
_WITHOUT_KEY = frozenset(
    {
        Technique.KEEP,
        Technique.REMOVE,
        Technique.FIXED,
        Technique.MASK,
        Technique.GENERALIZE,
        Technique.ROUND,
        Technique.JSON,
        Technique.BLOB,
    }
)


@dataclass(frozen=True, slots=True)
class Found:
    """What a plan rests on.

    Attributes:
        orders: what would be built; the rows of a subset are counted.
        findings: worst first; one that blocks stops the plan.
        kept: the columns that go along as they are.
    """

    schema: Schema
    orders: Orders
    findings: tuple[Finding, ...]
    kept: kept_columns.KeptColumns

    def changes(self, rules: ReleaseRules) -> tuple[TableChange, ...]:
        """Table by table, rows in the original and in the copy, and how many have changed columns.

        What points to a changed key changes with it.
        """
        from steward_app.services.privacy.transform.completed import completed

        empty = {fold(name) for name in rules.empty}
        done = completed(self.schema, rules).rules
        changed = {fold(rule.place.table) for rule in done.rules if rule.technique is not Technique.KEEP}
        counts = self.orders.chosen.counts if self.orders.chosen else {}
        return tuple(
            _change(table, rows, 0 if fold(table) in empty else counts.get(table, rows), changed)
            for table, rows in self.orders.rows.items()
        )


def rules_of(
    catalog: Catalog,
    path: Path,
    name: str,
    context: Context,
    *,
    subset: Subset | None = None,
    key: str = "",
) -> tuple[ReleaseRules, bool, str]:
    """The rules of that name; whether they are only proposed; the hash of the policy file, or "".

    Without a name, those of the policy where it has one kind of release, else the proposal made from a scan.

    Args:
        subset: in the place of that of the rules.
        key: what the key of pseudonyms is called, in the place of that of the rules.

    Raises `UsageError` for a name that the policy does not have, or where it has several and none is named, and where
    several keys are called so.
    """
    from steward_app.services.privacy.transform.policy import policy_hash, release_names, release_rules

    names = release_names(path)
    if name and name not in names:
        raise UsageError(
            ErrorCode.UNKNOWN_OBJECT,
            f"The policy of {quoted(path.name)} has no rules {quoted(name)}.",
            hint=f"It has {', '.join(map(quoted, names))}." if names else "It has none yet.",
        )
    if not name and len(names) > 1:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"The policy of {quoted(path.name)} has several rules of releases: {', '.join(map(quoted, names))}.",
            hint="Name those that are meant with --rules.",
        )
    if names:
        rules, proposed, policy = release_rules(path, name or names[0]), False, policy_hash(path)
    else:
        rules, proposed, policy = propose_rules(catalog, path, "proposal", context), True, ""
    rules = with_persons(path, rules, subjects_of(path, last_scan(catalog, path)), context)
    if subset and rules.subset and not subset.relations:
        subset = replace(
            subset, relations=rules.subset.relations
        )  # what belongs together does, whichever rows go
    rules = replace(rules, subset=subset or rules.subset, key=key or rules.key)
    return with_key(catalog, path, rules, context), proposed, policy


def with_key(catalog: Catalog, path: Path, rules: ReleaseRules, context: Context) -> ReleaseRules:
    """Rules whose key is named as the catalog names it, whichever of its names they say; see `meant_key`."""
    if not rules.key:
        return rules
    return replace(rules, key=meant_key(catalog, rules.key, database_id(catalog, path, context)))


def with_persons(
    path: Path, rules: ReleaseRules, subjects: Mapping[str, tuple[str, ...]], context: Context
) -> ReleaseRules:
    """Say of tables by which somebody could be found whose rows they are, where that is known and was not said."""
    about = rules.quasi_identifiers.keys() | rules.sensitive.keys()
    if rules.sensitive:  # a table between two others, that leads to what is known and to what is sensitive
        about |= subjects.keys()
    silent = about - rules.persons.keys()
    if not silent:
        return rules
    with open_read(path, context) as session, session.under(context):
        found = persons_of(session, read_schema(session, context), subjects)
    more = {table: by for table in silent if (by := found.get(table, ()))}
    return replace(rules, persons={**rules.persons, **more})


def key_name(rules: ReleaseRules, database_id: str) -> str:
    """The key of the rules: the one they name, else that of the database; "" where nothing is keyed."""
    keyed = any(rule.technique not in _WITHOUT_KEY for rule in rules.rules)
    return (rules.key or database_id) if keyed else ""


def look(
    session: ReadSession,
    rules: ReleaseRules,
    scan: Scan | None,
    key: bytes | None,
    context: Context,
    *,
    draw: bytes | None = None,
) -> Found:
    """Find out what would be built, and what stands in the way. Inside `snapshot()`.

    Args:
        key: of the rules; None where it is not made yet.
        draw: draws the rows of a subset; None for the key.
    """
    from steward_app.services.privacy.transform.completed import completed

    schema = read_schema(session, context)
    named = tuple(findings.of_names(schema, rules))
    used = key or passing_key()
    limited = replace(rules, limits=Limits(), table_limits={}) if named else rules  # of what is there
    orders = orders_of(session, schema, limited, draw or used, context)
    told = [*named, *emptied(orders.chosen, rules), *too_many(orders.chosen, rules)]
    told += nothing_chosen(orders.chosen, rules.subset)
    told += nothing_along.told(session, schema, orders.objects, rules)
    told += [*findings.of_terms(rules), *findings.of_schema(orders), *findings.of_row_numbers(orders, rules)]
    if not named:
        told += [*not_foreseen(rules), *counted_by_rows(session, schema, rules), *not_measured(schema, rules)]
        told += told_otherwise(schema, rules)
        told += _of_rules(session, schema, rules, orders, used, scan, context)
    told.sort(key=lambda each: (not each.blocks, each.severity.rank))
    kept = kept_columns.kept_columns(
        schema, completed(schema, rules).rules, scan, classification(session.path)
    )
    return Found(schema, orders, tuple(told), kept)


def subset_sentences(found: Found, rules: ReleaseRules) -> Iterator[str]:
    """Which rows go along, in words."""
    subset, chosen = rules.subset, found.orders.chosen
    if chosen is None:
        return
    if subset is not None:
        yield f"{chosen_from(subset)} are chosen, with the rows that point to them, and all they point to."
    yield from left_out_sentences(chosen, rules)
    if chosen.whole:
        names = ", ".join(map(quoted, chosen.whole[:5]))
        more = f" and {plural(len(chosen.whole) - 5, 'more table')}" if len(chosen.whole) > 5 else ""
        yield f"Whole, since no foreign key leads there: {names}{more}."


def last_scan(catalog: Catalog, path: Path) -> Scan | None:
    """What the last scan of the database found, or None."""
    from steward_app.services.privacy.discover.kept import last_scan as kept

    return kept(path, catalog)


def _of_rules(
    session: ReadSession,
    schema: Schema,
    rules: ReleaseRules,
    orders: Orders,
    key: bytes,
    scan: Scan | None,
    context: Context,
) -> list[Finding]:
    from steward_app.services.privacy.transform.completed import completed
    from steward_app.services.privacy.transform.contract import check
    from steward_app.services.privacy.transform.prepare import prepare

    decided = classification(session.path)
    extended = completed(schema, rules).rules
    told = list(check(session, schema, rules, context))
    can_be = not any(each.blocks for each in told)
    told += findings.waiting(extended, orders.objects, undecided(schema, scan, decided))
    told += findings.without_a_rule(schema, extended)
    told += kept_personal.kept_as_they_are(schema, extended, orders.objects, scan, decided)
    told += kept_personal.told(kept_personal.kept_by_rule(extended, scan, decided))
    told += determined.told(list(determined.determined(session, schema, extended, scan, decided, context)))
    told += missed.told(session, schema, extended, scan, decided, context)
    told += named_keys.told(session, schema, extended, scan, decided, context)
    told += named_values.told(session, schema, extended, scan, decided, context)
    told += findings.of_objects(extended, schema, orders.objects)
    told += broken_rows.told(session, orders.objects.tables)
    told += meeting.names_told(rules)
    told += tokens_told(rules)
    if can_be:
        try:
            transforms = prepare(session, schema, rules, key, context)
        except Refused as error:  # what takes all rows to know
            return [*told, findings.cannot_be_carried_out(error)]
        with transforms:
            told += in_schema.told(session, schema, orders.objects, transforms)
            told += left_as_it_was.told(transforms, scan, decided)
            told += own_codes.told(session, schema, transforms)
            told += own_births.told(session, schema, transforms)
            told += own_kinds.told(session, schema, transforms, packs(session.path, context).headers)
            places = searched(session, schema, transforms)
        told += short_codes.told(session, places)
        if orders.chosen is None:
            held = [*orders.objects.tables, *(v.table for v in orders.objects.virtual if v.holds_texts)]
            along = [table.name for table in held if fold(table.name) not in orders.empty]
            named = [each.subject for each in told if each.code in _NAMING and each.blocks]
            told += meeting.left_standing(session.path, schema, extended, places, along, context, told=named)
    return told


def _change(table: str, rows: int, copied: int, changed: set[str]) -> TableChange:
    why = "" if copied == rows else "without rows" if not copied else "a part"
    return TableChange(table, rows, copied, updated=copied if fold(table) in changed else 0, why=why)
