"""What the values of a column have against a rule: counts, never values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from steward_app.db import qualified, quote
from steward_app.kernel.finding import Finding, Severity
from steward_app.kernel.text import plural, quoted
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.classify.decided import classification
from steward_app.services.privacy.dates import BIRTH, read_day
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import Rule
from steward_app.services.privacy.transform import columns_read
from steward_app.services.privacy.transform.contract_words import against
from steward_app.services.privacy.transform.days_read import either_century
from steward_app.services.privacy.transform.form_kept import places_for
from steward_app.services.privacy.transform.making import Work
from steward_app.services.privacy.transform.model import ROW
from steward_app.services.privacy.transform.options import BadOption, Options
from steward_app.services.privacy.transform.people import whose
from steward_app.services.schema.model import Table

_GUESSED_BELOW = 10_000
_BLANKS = "char(9, 10, 11, 12, 13, 32)"
_SINGLE = "Give the path “$” a rule: “keep” lets numbers that stand alone in a cell go along as they are."


def of_values(work: Work, table: Table, rule: Rule) -> Iterator[Finding]:
    """What the values have against a rule whose options make sense."""
    look = _LOOKS.get(rule.technique)
    if look and not rule.place.path:
        yield from look(work, table, rule)
    if rule.place.path:
        yield from _not_json(work, table, rule)


def _permute(work: Work, table: Table, rule: Rule) -> Iterator[Finding]:
    column = quote(rule.place.column)
    broken = work.session.count(
        f"SELECT count(*) FROM {qualified(table.name)} WHERE typeof({column}) = 'real' AND "
        f"({column} <> round({column}) OR abs({column}) >= 9007199254740992)"
    )
    if broken:
        yield against(
            rule,
            "permute_fractions",
            f"cannot keep {plural(broken, 'number')} with a fraction apart",
            count=broken,
            remedies=("Choose “round” or “noise”.",),
        )
    yield from _numbers_permuted(work, table, rule)
    values = columns_read.sample(work.session, table.name, rule.place.column)
    yield from _few_to_choose_from(rule, values, "Say a wider range, or choose “token”.")


def _numbers_permuted(work: Work, table: Table, rule: Rule) -> Iterator[Finding]:
    """Numbers outside of a range go elsewhere; 0 stays, which stands for "none" in many columns, but not as a key."""
    column, bounds = quote(rule.place.column), Options(rule.options).range("range")
    numbers = (
        f"SELECT count(*) FROM {qualified(table.name)} WHERE typeof({column}) IN ('integer', 'real') AND "
    )
    if bounds is not None:
        outside = work.session.count(f"{numbers}{column} NOT BETWEEN ? AND ?", bounds)
        if outside:
            yield against(
                rule,
                "permute_outside_range",
                f"has {plural(outside, 'number')} outside of the range from {bounds[0]:,} to {bounds[1]:,}",
                count=outside,
                remedies=("Say a range that holds all of them, or none.",),
            )
    elif work.session.count(f"{numbers}{column} = 0") == 1:
        yield against(
            rule,
            "permute_keeps_zero",
            "leaves the number 0 of one row as it is",
            detail="In many columns 0 stands for nobody, so it stays. Whoever knows that number finds the row.",
            count=1,
            remedies=("Say a “range” that holds all numbers, 0 among them, or choose “token”.",),
            severity=Severity.WARNING,
        )


def _pseudonym(work: Work, table: Table, rule: Rule) -> Iterator[Finding]:
    """Numbers in a column of names or addresses are permuted, since they stay numbers."""
    values = columns_read.sample(work.session, table.name, rule.place.column)
    yield from _few_to_choose_from(
        rule, [value for value in values if isinstance(value, int | float)], "Choose “token” for numbers."
    )


def _few_to_choose_from(rule: Rule, values: Sequence[SqlValue], remedy: str) -> Iterator[Finding]:
    small = sum(places_for(value) < _GUESSED_BELOW for value in values)
    if small * 2 > len(values):
        yield against(
            rule,
            "small_domain",
            "has few values to choose from",
            detail=f"Most values have a form with fewer than {_GUESSED_BELOW:,} members: whoever knows some can guess.",
            remedies=(remedy,),
            severity=Severity.WARNING,
        )


def _shuffle(work: Work, table: Table, rule: Rule) -> Iterator[Finding]:
    """Of a value that more than half of a group have, 2 m - n of n rows keep it; where two values are, all is told."""
    binary = " COLLATE BINARY"
    column = quote(rule.place.column)
    names = [quote(name) + binary for name in Options(rule.options).names("group")]
    groups = [f"g{place}" for place in range(len(names))]
    read = "".join(f"{name} AS {group}, " for name, group in zip(names, groups, strict=True))
    by_group = "".join(f"{group}{binary}, " for group in groups)
    found = work.session.all(
        "SELECT sum(there = 1), sum(max(0, 2 * most - there)), sum(there * (different = 2)), sum(there),"
        f" (SELECT count(DISTINCT {column}{binary}) FROM {qualified(table.name)}) FROM"
        " (SELECT sum(times) AS there, max(times) AS most, count(*) AS different FROM"
        f" (SELECT {read}count(*) AS times FROM {qualified(table.name)} WHERE {column} IS NOT NULL"
        f" GROUP BY {by_group}{column}{binary}) GROUP BY {by_group}NULL)"
    )[0]
    alone, stay, two, rows, values = (each if isinstance(each, int) else 0 for each in found)
    if alone:
        yield against(
            rule,
            "shuffled_alone",
            f"leaves {plural(alone, 'value')} where it was: the group has one row",
            count=alone,
            remedies=("Choose a wider group, or none.",),
        )
    elif stay:
        yield against(
            rule,
            "shuffled_the_same",
            f"leaves {plural(stay, 'value')} of {rows:,} where they were",
            detail="More than half of a group have the same value there, so not all of them can get another.",
            count=stay,
            remedies=("Choose a wider group, or another technique.",),
            severity=Severity.ERROR if stay == rows and values > 1 else Severity.WARNING,
        )
    if two:
        yield against(
            rule,
            "shuffled_two",
            f"deals two values only among {plural(two, 'row')}",
            detail="Nobody keeps their own where that is possible: whoever knows that can tell who had the other one.",
            count=two,
            remedies=("Choose a wider group, or remove the column.",),
            severity=Severity.WARNING,
        )


def _microaggregate(work: Work, table: Table, rule: Rule) -> Iterator[Finding]:
    k, column = Options(rule.options).whole("k", 5, 2, 1_000_000), quote(rule.place.column)
    rows = work.session.count(f"SELECT count({column}) FROM {qualified(table.name)}")
    if 0 < rows < k:
        yield against(
            rule,
            "fewer_than_k",
            f"needs groups of {k}, and the column has {plural(rows, 'value')}",
            count=rows,
            remedies=("Choose a smaller k, or remove the column.",),
        )


def _shift(work: Work, table: Table, rule: Rule) -> Iterator[Finding]:
    values = columns_read.sample(work.session, table.name, rule.place.column)
    texts = [value for value in values if isinstance(value, str) and value.strip()]
    odd = sum(read_day(text) is None for text in texts)
    numbers = [value for value in values if isinstance(value, int | float)]
    if numbers and columns_read.clock(values) is None and not rule.options.get("clock"):
        odd += len(numbers)
    if odd:
        yield against(
            rule,
            "not_a_date",
            f"removes values that are no dates: {odd:,} of {len(values):,} looked at",
            count=odd,
            remedies=("Say how numbers tell time by “clock”, or choose another technique.",),
            severity=Severity.WARNING,
        )
    yield from _of_nobody(work, table, rule)
    if not rule.options.get("person") and not _is_person(work, table, rule):
        yield against(
            rule,
            "dates_of_rows",
            "moves the dates of each row by themselves",
            detail="Say by “person” which foreign key leads to the person, and all their dates move together.",
            severity=Severity.NOTE,
        )


def _is_person(work: Work, table: Table, rule: Rule) -> bool:
    """Whether a row is a person: by what was decided of the column, or since dates of others are of these persons."""
    decided = classification(Path(work.schema.path)).at(rule.place)
    if decided is not None and decided.personal and not decided.belongs_to:
        return True
    moved = (each for each in work.done.rules.rules if each.technique is Technique.SHIFT)
    return any(_persons_table(work, each) == table.name for each in moved if each.options.get("person"))


def _persons_table(work: Work, rule: Rule) -> str:
    """The table of the persons that the dates of a rule move by; "" where it leads nowhere."""
    table = work.schema.table(rule.place.table)
    try:
        told = whose(work.schema, table, Options(rule.options).hops("person")) if table else None
    except BadOption:
        return ""  # said where that table is looked at
    return told.person[0].table if told else ""


def _of_nobody(work: Work, table: Table, rule: Rule) -> Iterator[Finding]:
    """Rows whose dates move by themselves since they lead to nobody; said once of a table."""
    together = [
        each
        for each in work.done.rules.rules
        if each.technique is Technique.SHIFT
        and each.place.table == table.name
        and not each.place.path
        and each.options.get("person") == rule.options.get("person")
    ]
    told = whose(work.schema, table, Options(rule.options).hops("person"))
    if told.always or rule != together[0]:
        return
    dated = " OR ".join(f"{ROW}.{quote(each.place.column)} IS NOT NULL" for each in together)
    nobody = " OR ".join(f"{sql} IS NULL" for sql in told.reads)
    rows = work.session.count(
        f"SELECT count(*) FROM {qualified(table.name)} AS {ROW} WHERE ({dated}) AND ({nobody})"
    )
    if rows:
        yield against(
            rule,
            "dates_of_nobody",
            f"moves {plural(rows, 'row')} of {quoted(table.name)} that {'leads' if rows == 1 else 'lead'} to nobody,"
            " each by days of its own",
            detail="No foreign key says whose these rows are, so what lies between their dates and others is lost."
            " One number of days for all of them would tell them all, once one is known.",
            count=rows,
            severity=Severity.NOTE,
        )


def _generalize(work: Work, table: Table, rule: Rule) -> Iterator[Finding]:
    if rule.options.get("kind") != BIRTH or rule.options.get("hierarchy") != "dates":
        return
    years = either_century(work.session, rule)
    if years:
        span = str(years[0]) if years[0] == years[-1] else f"{years[0]} to {years[-1]}"
        yield against(
            rule,
            "either_century",
            f"takes {plural(len(years), 'birth year')} of two digits for {span}",
            detail="A hundred years before or later may be meant, too. No birth is in the future; where the column has"
            " years in full, those of two digits are taken for years among them.",
            count=len(years),
            remedies=("Write these years in full in the database if others are meant.",),
            severity=Severity.NOTE,
        )


def _noise(work: Work, table: Table, rule: Rule) -> Iterator[Finding]:
    yield against(
        rule,
        "noise_averages_out",
        "is weaker the more copies there are under other keys",
        detail="With one key a value gets the same noise every time; averages over copies with other keys undo it.",
        severity=Severity.NOTE,
    )


def _not_json(work: Work, table: Table, rule: Rule) -> Iterator[Finding]:
    column = quote(rule.place.column)
    number = f"typeof({column}) IN ('integer', 'real')"
    single = work.done.rules.at(replace(rule.place, path="$"))
    broken, numbers = (
        work.session.count(f"SELECT count(*) FROM {qualified(table.name)} WHERE {which}")
        for which in (
            f"NOT json_valid({column}, 1) AND (typeof({column}) = 'blob' OR trim({column}, {_BLANKS}) <> '')",
            "0" if single else f"{number} AND json_valid({column}, 1)",
        )
    )
    if broken or numbers:
        said = f"; {'it is a number' if broken + numbers == 1 else f'{numbers:,} of them are numbers'}"
        yield against(
            replace(rule, place=Place(table.name, rule.place.column), technique=Technique.JSON),
            "not_json",
            f"removes {plural(broken + numbers, 'value')} whole, since they are no JSON text"
            + (said if numbers else ""),
            count=broken + numbers,
            remedies=(_SINGLE,) if numbers else (),
            severity=Severity.WARNING,
            name="json",
        )


_LOOKS: Mapping[Technique, Callable[[Work, Table, Rule], Iterator[Finding]]] = {
    Technique.PERMUTE: _permute,
    Technique.PSEUDONYM: _pseudonym,
    Technique.SHUFFLE: _shuffle,
    Technique.MICROAGGREGATE: _microaggregate,
    Technique.SHIFT: _shift,
    Technique.GENERALIZE: _generalize,
    Technique.NOISE: _noise,
}
