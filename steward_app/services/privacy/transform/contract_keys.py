"""Whether what may stand once only still does: primary keys, UNIQUE, unique indexes, single and composite."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from steward_app.db import qualified
from steward_app.db.names import fold
from steward_app.kernel.finding import Finding, Severity
from steward_app.services.privacy.made_up_addresses import SIGNS_OF_ONE
from steward_app.services.privacy.model import Technique
from steward_app.services.privacy.rules import Rule
from steward_app.services.privacy.transform.contract_words import against
from steward_app.services.privacy.transform.domains import of_person, unique_keys
from steward_app.services.privacy.transform.making import Work
from steward_app.services.privacy.transform.options import Options
from steward_app.services.privacy.transform.plain import token_bits
from steward_app.services.privacy.transform.prepare import rule_of
from steward_app.services.privacy.transform.pseudonyms import signed
from steward_app.services.schema.model import Table

_CHANCE = 1e-6
"""Of two values of a UNIQUE column meeting, above which a rule is refused."""

_LOSSY = (
    Technique.REMOVE, Technique.FIXED, Technique.MASK, Technique.GENERALIZE, Technique.ROUND, Technique.NOISE,
    Technique.MICROAGGREGATE, Technique.REDACT, Technique.JSON, Technique.BLOB,
)  # fmt: skip


def of_keys(work: Work, table: Table) -> Iterator[Finding]:
    """What unique keys have against the rules of a table."""
    changed = {
        fold(column.name): rule
        for column in table.columns
        if (rule := rule_of(work.done.rules, table, column)) and rule.technique is not Technique.KEEP
    }
    keys = list(unique_keys(table))
    for what, names in keys:
        ruled = [changed[fold(name)] for name in names if fold(name) in changed]
        losing = [rule for rule in ruled if _loses(table, rule, names)]
        if losing and not _still_unique(keys, names, losing):
            yield _meets(losing[0], what, names)
        for rule in ruled:
            if rule not in losing:
                yield from _by_chance(work, table, rule)


def _loses(table: Table, rule: Rule, names: Sequence[str]) -> bool:
    """Whether different values may become the same one, as far as this key goes."""
    if rule.technique is Technique.SHIFT:  # one to one for each person
        return not of_person(table, rule.options.get("person")) <= {fold(name) for name in names}
    if rule.technique is Technique.SHUFFLE:  # the same values in other rows: a composite key may meet another
        return len(names) > 1
    if rule.technique is Technique.REMOVE and not _never_null(table, rule):
        return False  # NULL stands beside NULL in a UNIQUE column
    return rule.technique in _LOSSY


def _never_null(table: Table, rule: Rule) -> bool:
    column = table.column(rule.place.column)
    in_key = table.primary_key and fold(rule.place.column) in map(fold, table.primary_key.columns)
    return column is None or column.not_null or column.rowid_alias or bool(in_key)


def _still_unique(
    keys: Sequence[tuple[str, tuple[str, ...]]], names: Sequence[str], losing: Sequence[Rule]
) -> bool:
    """Whether the columns of the key that lose nothing are a unique key by themselves."""
    lost = {fold(rule.place.column) for rule in losing}
    left = {fold(name) for name in names} - lost
    return any({fold(name) for name in other} <= left for _, other in keys)


def _meets(rule: Rule, what: str, names: Sequence[str]) -> Finding:
    listed = ", ".join(names)
    return against(
        rule,
        "unique_lost",
        f"makes different values equal, which the {what} of {listed} refuses",
        remedies=("Choose permute, token or pseudonym, which keep different values different.",),
        name=what,
    )


def _by_chance(work: Work, table: Table, rule: Rule) -> Iterator[Finding]:
    """Two of very many keyed values may meet: how likely that is for as many rows."""
    if rule.technique is Technique.TOKEN:
        bits = token_bits(Options(rule.options).whole("length", 20, 4, 25))
    elif rule.technique is Technique.PSEUDONYM and signed(str(rule.options.get("kind")), injective=True):
        bits = 5.0 * SIGNS_OF_ONE
    else:
        return
    rows = work.session.count(f"SELECT count(*) FROM {qualified(table.name)}")
    chance = rows * rows / 2 ** (bits + 1)
    if chance > _CHANCE and not (rule.technique is Technique.PSEUDONYM and chance <= 0.01):
        yield against(
            rule,
            "unique_by_chance",
            f"could give two of {rows:,} rows the same value: about 1 time in {max(1, round(1 / chance)):,}",
            detail="The column is UNIQUE, and the copy would stop in the middle.",
            remedies=(
                "Make the token longer."
                if rule.technique is Technique.TOKEN
                else "Choose “permute”, which never does.",
            ),
        )
    elif rule.technique is Technique.PSEUDONYM:
        yield against(
            rule,
            "unique_sign",
            f"adds {SIGNS_OF_ONE} signs to each value, since the column is UNIQUE",
            severity=Severity.NOTE,
        )
