"""Tables of which a limit on small groups leaves nothing: a copy without its people is of no use to anybody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from steward_app.db import fold
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.text import plural, quoted
from steward_app.services.privacy import along
from steward_app.services.privacy.anonymize.subset import Chosen, part_taken
from steward_app.services.privacy.rules import Limits, ReleaseRules, Subset

_COARSER = (
    "Coarsen the columns that are known to others further, or remove them.",
    "Take columns of this table away from those that are known to others.",
)
_MORE = "Take more of the rows: a larger share, or a wider filter."

_NOTICED = 0.1  # a share of the rows that nobody wants to lose without a word
_NAMED = 8  # of the tables whose rows follow; all of them stand in the plan with their counts


def in_words(limits: Limits) -> str:
    """What limits ask of a group: "k = 5, t = 0.3"."""
    said = (
        ("k = {:g}", limits.k),
        ("l = {:g}", limits.l_diversity),
        ("t = {:g}", limits.t_closeness),
        ("a risk of {:g} at most", limits.risk),
    )
    return ", ".join(words.format(value) for words, value in said if value is not None)


def emptied(chosen: Chosen | None, rules: ReleaseRules) -> Iterator[Finding]:
    """Tables that would be without rows: those of small groups one by one, those that point to them together.

    A limit that is meant for persons empties no table by itself: where it is not the table's own, somebody decides.
    """
    if chosen is None:
        return
    bare = {table: count for table, count in chosen.left_out.items() if not chosen.counts.get(table)}
    for table in [table for table in bare if _asked(table, chosen)]:
        yield _without_rows(table, bare.pop(table), chosen.judged[table], rules)
    if bare:
        yield Finding(
            "tables_left_out",
            Severity.ERROR,
            f"All rows of {plural(len(bare), 'more table')} would be left out",
            Subject("database"),
            detail=f"They point to rows that are left out: {', '.join(map(quoted, bare))}.",
            count=len(bare),
            remedies=_COARSER[:1],
        )


def nothing_chosen(chosen: Chosen | None, subset: Subset | None) -> Iterator[Finding]:
    """A subset without a row of the table that it is chosen from: more likely a slip than a wish."""
    if chosen is None or subset is None:
        return
    found = next((table for table in chosen.counts if fold(table) == fold(subset.table)), "")
    if not found or chosen.counts[found] or chosen.left_out.get(found):
        return
    what = "falls to the share that is taken" if subset.fraction is not None else "fits the filter"
    yield Finding(
        "no_row_chosen",
        Severity.WARNING,
        f"No row of {quoted(found)} {what}: the copy has none of them, and none that belongs to them",
        Subject("table", found),
        remedies=(_MORE,),
    )


def _asked(table: str, chosen: Chosen) -> str:
    """What is asked of the groups of a table, in words; "" where its rows only follow those they point to."""
    return in_words(chosen.judged.get(table, Limits()))


def left_out_sentences(chosen: Chosen, rules: ReleaseRules) -> Iterator[str]:
    """Which rows stay out of the copy, and what is asked of them: table by table, then those that only follow."""
    follow: dict[str, int] = {}
    for table, count in chosen.left_out.items():
        asked = _asked(table, chosen)
        if not asked:
            follow[table] = count
            continue
        person = rules.persons.get(table, ())
        whose = f", in persons by {along.in_words(person)}" if person else ""
        points = f"with what points to {'it' if count == 1 else 'them'}"
        yield f"{_left_out(table, count)}, {points}: {asked} is asked of every group{whose}."
    if follow:
        yield _following(follow)


def _left_out(table: str, count: int) -> str:
    return f"{plural(count, 'row')} of {quoted(table)} {'is' if count == 1 else 'are'} left out"


def _following(follow: Mapping[str, int]) -> str:
    """Tables of which nothing is asked, whose rows go with those they point to: those with the most rows by name."""
    if len(follow) == 1:
        ((table, count),) = follow.items()
        return (
            f"{_left_out(table, count)}: what {'it points' if count == 1 else 'they point'} to is left out."
        )
    most = sorted(follow, key=lambda table: -follow[table])
    named = [f"{quoted(table)} ({follow[table]:,})" for table in most[:_NAMED]]
    if len(most) > _NAMED:
        more = most[_NAMED:]
        named.append(f"{plural(len(more), 'more table')} ({sum(follow[table] for table in more):,})")
    rows = f"{sum(follow.values()):,} rows of {len(follow)} tables"
    return f"{rows} are left out, since what they point to is: {', '.join(named[:-1])} and {named[-1]}."


def _without_rows(table: str, count: int, judged: Limits, rules: ReleaseRules) -> Finding:
    told = "The only row" if count == 1 else f"All {plural(count, 'row')}"
    own = table in rules.table_limits
    limits = in_words(judged)
    for_all = "The limit for all tables" if rules.limits != Limits() else "What is asked of a table beside it"
    whose = "Its own limit" if own else for_all
    asks = (
        "--k 1" if rules.quasi_identifiers.get(table) else "",
        "--l 1 --t 1" if judged.of_sensitive else "",
    )
    nothing = " ".join(filter(None, asks))
    keeps = (
        "Keep its rows, with a limit of its own that asks for less: "
        f"“steward privacy limits”, with {quoted(table)} and {nothing}, or in the balance of the window."
    )
    return Finding(
        "table_left_out",
        Severity.ERROR,
        f"{told} of {quoted(table)} would be left out",
        Subject("table", table),
        detail=_with_cause(
            f"{whose} ({limits}) is reached by none of its groups, or its rows point to others that are left out."
            + (
                ""
                if own
                else " It may be meant for persons alone: nothing is emptied before somebody says so."
            ),
            rules,
        ),
        count=count,
        remedies=(*_more(rules), *_COARSER, "Ask for less.") if own else (keeps, *_more(rules), *_COARSER),
        blocks=not own,
    )


def _with_cause(detail: str, rules: ReleaseRules) -> str:
    """The same, and that a part of the rows is taken, where that is so."""
    return f"{detail} {part_taken(rules.subset)}".rstrip()


def _more(rules: ReleaseRules) -> tuple[str, ...]:
    """What to do of a part of the rows; () where all go along."""
    return (_MORE,) if rules.subset else ()


def too_many(chosen: Chosen | None, rules: ReleaseRules) -> Iterator[Finding]:
    """Tables of which more rows would be left out than the rules allow; where they say nothing of that, a warning.

    Shares are those of the rows that are chosen, where a part of them is.
    """
    if chosen is None:
        return
    for table, count in chosen.left_out.items():
        most = rules.limits_of(table).left_out
        share = count / (count + chosen.counts.get(table, 0))
        if most is None and _asked(table, chosen) and _NOTICED < share < 1:
            asked = _asked(table, chosen)
            yield Finding(
                "many_left_out",
                Severity.WARNING,
                f"{100 * share:.3g} % of the rows of {quoted(table)} would be left out",
                Subject("table", table),
                detail=_with_cause(
                    f"{asked} is asked of every group, and theirs do not reach that, or"
                    " they point to such rows. What is left says little of the whole.",
                    rules,
                ),
                count=count,
                remedies=(
                    *_more(rules),
                    f"Find out how far to coarsen: “steward privacy frontier”, with {quoted(table)}.",
                    *_COARSER,
                    "Say how many may be left out: “steward privacy limits”, with --left-out.",
                ),
            )
        if most is not None and (rules.judges(table) or table in chosen.judged) and share > most + 1e-9:
            yield Finding(
                "too_many_left_out",
                Severity.ERROR,
                f"{100 * share:.3g} % of the rows of {quoted(table)} would be left out, and {100 * most:.3g} % may be",
                Subject("table", table),
                detail=_with_cause(
                    "They are in groups that do not reach the limits, or point to such rows.", rules
                ),
                count=count,
                remedies=(*_more(rules), *_COARSER, "Allow more: “steward privacy limits”, with --left-out."),
                blocks=True,
            )


def gone_for_good(chosen: Chosen | None) -> Iterator[Finding]:
    """Rows that limits on small groups would take out of the database itself, where it is anonymized in its place."""
    left = {table: count for table, count in chosen.left_out.items() if count} if chosen else {}
    if left:
        counts = ", ".join(f"{quoted(table)} {count:,}" for table, count in left.items())
        yield Finding(
            "rows_leave",
            Severity.WARNING,
            f"{plural(sum(left.values()), 'row')} in {plural(len(left), 'table')} would leave the database for good",
            Subject("database"),
            detail=f"They are in groups that do not reach the limits, or point to such rows: {counts}.",
            count=sum(left.values()),
            remedies=("Coarsen further or ask for less, so that they stay.", "Make a copy instead."),
        )
