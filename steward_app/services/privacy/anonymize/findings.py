"""What stands in the way of a copy, and what to know of it first. Found before anything is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from steward_app.db import fold
from steward_app.db.building import building_in_memory
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, Refused, StewardError, UsageError
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.text import quoted
from steward_app.services.privacy.anonymize.build import Orders, try_schema
from steward_app.services.privacy.anonymize.fulltext import Fill
from steward_app.services.privacy.anonymize.objects import Objects, change_logs
from steward_app.services.privacy.classify.model import Waiting, Why
from steward_app.services.privacy.json_steps import leads_into
from steward_app.services.privacy.model import Place, Technique, place_id
from steward_app.services.privacy.reach import known_table, reach
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.privacy.transform.lists import DEFAULT_LOCALE, has_lists
from steward_app.services.schema.columns_named import columns_named
from steward_app.services.schema.model import Column, Generated, Schema, Table

_WAITS_FOR_RULE = "The values came from a column whose rule does not fit them."
_DECIDE = "Decide what it is, or give it a rule (“keep” if it goes along as it is)."


def waiting(rules: ReleaseRules, objects: Objects, found: Iterable[Waiting]) -> Iterator[Finding]:
    """Columns about which nobody decided, and that have no rule: the release waits for them."""
    spared = {fold(name) for name in rules.empty}
    spared |= {fold(each.table.name) for each in objects.virtual if each.fill is not Fill.ROWS}
    for each in found:
        if fold(each.place.table) in spared or ruled(rules, each.place):
            continue
        if each.why in (Why.VANISHED, Why.RENAMED):
            yield _gone(each)
            continue
        yield Finding(
            "column_not_decided",
            Severity.ERROR,
            f"Nobody decided what {quoted(place_id(each.place))} is",
            Subject("column", each.place.table, columns=(each.place.column,) if each.place.column else ()),
            detail=each.sentence,
            remedies=(_DECIDE,),
            blocks=True,
            alike=("Nobody decided what", "columns are"),
        )


def _gone(waiting: Waiting) -> Finding:
    """What was decided about is not there any more: its decision may belong to another column now."""
    of_table = not waiting.place.column
    by_name = quoted(waiting.id)
    take_back = f"“steward privacy classify DB {waiting.id} --withdraw” takes back what was decided."
    carry = f"“steward privacy carry DB {waiting.id} --to {waiting.now or 'NAME'}” carries it over to the new name."
    return Finding(
        "decided_is_gone",
        Severity.ERROR,
        f"{by_name} is gone, and what was decided about it is still in the policy",
        Subject(
            "table" if of_table else "column",
            waiting.place.table,
            columns=() if of_table else (waiting.place.column,),
        ),
        detail=waiting.sentence,
        remedies=(carry, take_back) if waiting.now else (take_back, f"If it has another name now: {carry}"),
        blocks=True,
    )


def _waiting_for_rules(schema: Schema, rules: ReleaseRules) -> Iterator[Place]:
    """Columns that came from one whose rule does not fit them, and for which nobody has said another."""
    spared = {fold(name) for name in rules.empty}
    for place in rules.waiting:
        table = schema.table(place.table)
        column = table.column(place.column) if table else None
        if table is not None and column is not None and fold(table.name) not in spared:
            yield Place(table.name, column.name)


def without_a_rule(schema: Schema, rules: ReleaseRules) -> Iterator[Finding]:
    """What is said of columns that wait for a rule."""
    for place in _waiting_for_rules(schema, rules):
        yield Finding(
            "column_without_rule",
            Severity.ERROR,
            f"Nobody decided what a copy does with {quoted(place_id(place))}",
            Subject("column", place.table, columns=(place.column,)),
            detail=_WAITS_FOR_RULE,
            remedies=("Give it a rule (“keep” if it goes along as it is).",),
            blocks=True,
            alike=("Nobody decided what a copy does with", "columns"),
        )


def follows(table: Table, column: Column, rules: ReleaseRules) -> bool:
    """Whether a column is computed from changed ones. Whatever else it is computed from answers for itself."""
    if column.generated is Generated.NO:
        return False
    sources = {fold(each.name) for each in columns_named(table, column.generated_expression)}
    return any(
        fold(rule.place.column) in sources
        for rule in rules.rules
        if rule.technique is not Technique.KEEP and fold(rule.place.table) == fold(table.name)
    )


def ruled(rules: ReleaseRules, place: Place) -> bool:
    """Whether the rules say something of a place, or of the column it is in. Names compare as in SQLite."""
    key = (fold(place.table), fold(place.column))
    return any(
        (fold(rule.place.table), fold(rule.place.column)) == key
        and (rule.place.path == place.path or _says_of(rule, place))
        for rule in rules.rules
    )


def _says_of(rule: Rule, place: Place) -> bool:
    """Whether the rule of a column says what becomes of a place in it: a rule “json” leaves that to its paths."""
    if rule.place.path:
        return bool(place.path) and leads_into(rule.place.path, place.path)
    return not place.path or rule.technique is not Technique.JSON


def of_objects(rules: ReleaseRules, schema: Schema, objects: Objects) -> Iterator[Finding]:
    """What becomes of full-text tables, of logs of changes, and of what does not go along."""
    for each in objects.virtual:
        told = _virtual(each.fill, each.table, each.source, ruled=_has_rules(rules, each.table.name))
        if told is not None:
            yield told
    for name in change_logs(schema):
        if fold(name) not in {fold(each) for each in rules.empty}:
            yield Finding(
                "change_log_goes_along",
                Severity.WARNING,
                f"{quoted(name)} is a log of changes, and its rows hold what was changed",
                Subject("table", name),
                remedies=(f"Add {quoted(name)} to “empty” in the rules: the copy has it without rows.",),
            )
    for name, why in objects.left_out:
        yield Finding(
            "left_out",
            Severity.NOTE,
            f"{quoted(name)} does not go along: {why}",
            Subject("table", name),
            alike=("", f"objects do not go along: {why}"),
        )


def of_names(schema: Schema, rules: ReleaseRules) -> Iterator[Finding]:
    """Tables and columns that the rules name and the database does not have."""
    named = [(rule.place.table, rule.place.column) for rule in rules.rules]
    named += [(name, "") for name in (*rules.empty, *rules.renumber, *rules.table_limits)]
    named += [(name, column) for name, by in rules.quasi_identifiers.items() for column in by]
    for table_name, column in dict.fromkeys(named):
        table = schema.table(table_name)
        if table is None or (column and table.column(column) is None):
            yield _of_nothing(table_name, column)
    for table_name, names in rules.sensitive.items():  # which may be columns that foreign keys lead to
        for name in names:
            try:
                reach(schema, known_table(schema, table_name), name)
            except UsageError as error:
                yield _of_nothing(table_name, name, error)


def _of_nothing(table: str, column: str, error: UsageError | None = None) -> Finding:
    several = error is not None and error.code is ErrorCode.BAD_REQUEST
    why = "which may be several columns" if several else "which is not there"
    return Finding(
        "rule_of_nothing",
        Severity.ERROR,
        f"The rules name {quoted(f'{table}.{column}' if column else table)}, {why}",
        Subject("column" if column else "table", table, columns=(column,) if column else ()),
        detail=error.message if error else "",
        remedies=("Correct the rules: it may have another name now.", *((error.hint,) if error else ())),
        blocks=True,
    )


def of_terms(rules: ReleaseRules) -> Iterator[Finding]:
    """A last day that is over, and a language that there are no names of."""
    if rules.until and rules.until < clock.now().date().isoformat():
        yield Finding(
            "release_is_over",
            Severity.ERROR,
            f"The rules allow the copy until {rules.until}, which is over",
            Subject("database"),
            detail="The register would list it as expired on the day it is made.",
            remedies=("Write a day to come as “until” into the rules, or none.",),
            blocks=True,
        )
    if not has_lists(rules.locale):
        yield Finding(
            "locale_unknown",
            Severity.WARNING,
            f"There are no names for the locale {quoted(rules.locale, 40)}: those of {DEFAULT_LOCALE} are taken",
            Subject("database"),
            remedies=("Write one such as “de_DE” or “fr_FR” as “locale” into the rules.",),
        )


def of_row_numbers(orders: Orders, rules: ReleaseRules) -> Iterator[Finding]:
    """Tables that rules change and whose rows stay in their order, since the schema names their numbers."""
    changed = {fold(rule.place.table) for rule in rules.rules if rule.technique is not Technique.KEEP}
    for table in orders.objects.tables:
        if fold(table.name) in orders.numbers_stay & changed - orders.renumber - orders.empty:
            yield Finding(
                "row_numbers_stay",
                Severity.NOTE,
                f"The rows of {quoted(table.name)} keep their hidden numbers, and with them their order",
                Subject("table", table.name),
                detail="A view or a trigger names them. Whoever knows the order of the original knows the rows.",
                remedies=(
                    f"Add {quoted(table.name)} to “renumber” in the rules, where no other table holds these numbers.",
                ),
            )


def of_schema(orders: Orders) -> Iterator[Finding]:
    """Whether the schema can be made anew: it is tried in memory, without rows."""
    try:
        with building_in_memory() as empty:
            try_schema(empty, orders)
    except StewardError as error:
        yield Finding(
            "schema_cannot_be_made",
            Severity.ERROR,
            error.message.rstrip("."),
            Subject("database"),
            detail=error.hint,
            blocks=True,
        )


def _virtual(fill: Fill, table: Table, source: str, *, ruled: bool) -> Finding | None:
    subject = Subject("table", table.name)
    match fill:
        case Fill.REBUILT | Fill.COPIED_FROM:
            told = (
                f"The full-text table {quoted(table.name)} is filled anew from {quoted(source)} of the copy"
            )
            return Finding("full_text_rebuilt", Severity.NOTE, told, subject)
        case Fill.EMPTY:
            return Finding(
                "full_text_empty",
                Severity.WARNING,
                f"The full-text table {quoted(table.name)} has no rows in the copy",
                subject,
                detail="No table holds the same texts row by row, so nobody knows from where to fill it.",
                remedies=("Give its columns rules, if it holds texts that stand nowhere else.",),
            )
        case Fill.ROWS if not ruled:
            return Finding(
                "virtual_rows_without_rules",
                Severity.ERROR,
                f"{quoted(table.name)} holds values of its own, and the rules do not say what becomes of them",
                subject,
                remedies=("Give each of its columns a rule (“keep” if it goes along as it is).",),
                blocks=True,
            )
    return None


def _has_rules(rules: ReleaseRules, table: str) -> bool:
    return any(fold(rule.place.table) == fold(table) for rule in rules.rules)


def whose_rules(rules: ReleaseRules, *, proposed: bool) -> str:
    """By which rules, in a sentence."""
    if proposed:
        return "No policy has rules for it: those proposed from a scan are used. Look at them first."
    return f"By the rules {quoted(rules.name)} of the policy."


def cannot_be_carried_out(error: Refused) -> Finding:
    """A rule that its column is too large for, or that another reason which takes all rows to know stands against."""
    return Finding(
        "rule_cannot_be_carried_out",
        Severity.ERROR,
        error.message.removesuffix("."),
        Subject("database"),
        remedies=(error.hint,) if error.hint else (),
        blocks=True,
    )
