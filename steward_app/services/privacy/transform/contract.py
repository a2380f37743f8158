"""Whether rules can hold in the copy, found out before the first write, with the reason in plain words."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

from steward_app.db import Session, quote
from steward_app.kernel.errors import StewardError
from steward_app.kernel.finding import Finding, Severity
from steward_app.kernel.progress import Context
from steward_app.services.privacy.classify.decided import classification
from steward_app.services.privacy.classify.model import Classification
from steward_app.services.privacy.model import Technique
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.privacy.transform.completed import completed
from steward_app.services.privacy.transform.contract_columns import of_column
from steward_app.services.privacy.transform.contract_keys import of_keys
from steward_app.services.privacy.transform.contract_rtree import of_pairs
from steward_app.services.privacy.transform.contract_trial import trial
from steward_app.services.privacy.transform.contract_values import of_values
from steward_app.services.privacy.transform.contract_words import against
from steward_app.services.privacy.transform.known import NAMES
from steward_app.services.privacy.transform.making import Work, make
from steward_app.services.privacy.transform.model import ROW
from steward_app.services.privacy.transform.options import BadOption
from steward_app.services.privacy.transform.persons import sources
from steward_app.services.privacy.transform.prepare import rule_of, written
from steward_app.services.privacy.transform.target import Target
from steward_app.services.schema.model import Schema, Table


def check(session: Session, schema: Schema, rules: ReleaseRules, context: Context) -> tuple[Finding, ...]:
    """What stands against rules, or is worth knowing: those that block first, each about one column or key.

    Reads counts and samples; nothing is written. What only the key decides is tried with a key that is thrown away.
    """
    done = completed(schema, rules)
    work = Work(session, schema, done, secrets.token_bytes(32), context, trial=True)
    found = list(done.findings)
    with session.under(context):
        for table in schema.tables:
            context.checkpoint()
            found += of_table(work, table)
        found += _in_texts(done.rules, classification(Path(schema.path)))
    distinct = {(finding.code, finding.subject): finding for finding in reversed(found)}
    ordered = reversed(distinct.values())
    return tuple(sorted(ordered, key=lambda finding: (not finding.blocks, finding.severity.rank)))


def of_table(work: Work, table: Table) -> Iterator[Finding]:
    """What stands against the rules of one table."""
    rules = [rule for rule in work.done.rules.rules if rule.place.table == table.name]
    if not rules:
        return
    found = [finding for rule in rules for finding in of_column(table, rule)]
    found += of_pairs(work.done.rules, table)
    yield from found
    if any(finding.blocks for finding in found):
        return
    bad = [finding for rule in rules if (finding := _options(work, table, rule))]
    yield from bad
    if bad:
        return
    keys = list(of_keys(work, table))
    yield from keys
    for rule in rules:
        yield from of_values(work, table, rule)
    if not any(finding.blocks for finding in keys):
        yield from trial(work, table)


def _options(work: Work, table: Table, rule: Rule) -> Finding | None:
    """The finding where the options of a rule make no sense."""
    column = table.column(rule.place.column)
    if column is None:
        return None
    names = tuple(each.name for each in written(table))
    if column.name not in names:
        return None  # computed, or of a view, and kept: it follows what it is made of
    reads = [f"{ROW}.{quote(name)}" for name in names]
    whole = rule_of(work.done.rules, table, column)
    if rule.place.path and (whole is None or whole.technique is not Technique.JSON):
        return against(
            rule,
            "json_path_and_whole",
            "is about a part of a column that has a rule of its own",
            remedies=("Take the rule of the whole column away, or those of its paths.",),
        )
    try:
        make(work, Target(table, column, rule, names.index(column.name), names, reads))
    except (BadOption, StewardError) as error:
        return against(rule, "bad_option", f"cannot be carried out: {error}")
    return None


def _in_texts(rules: ReleaseRules, decided: Classification) -> Iterator[Finding]:
    for rule in rules.rules:
        if rule.technique is not Technique.REDACT:
            continue
        known = sources(rules, decided)
        short = " Numbers of up to three digits go behind the name of their key alone: “patient 7”."
        yield against(
            rule,
            "texts_by_form",
            "takes out who is known, and what has a form that is looked for",
            detail="By form go e-mail addresses, links, accounts, telephone and long numbers, and streets with a"
            " number. An address that is written otherwise stays, and so does whom no table knows."
            + (short if known.keys() - NAMES else ""),
            remedies=("Read some of the texts of the copy before you hand it out.",),
            severity=Severity.NOTE,
        )
        if not known:
            yield against(
                rule,
                "nobody_known",
                "knows nobody to look for",
                detail="No rule says which columns hold names, so only addresses and numbers go by their form.",
                remedies=("Write the type of the columns that name people into their rules.",),
                severity=Severity.WARNING,
            )
