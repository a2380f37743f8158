"""What a plan to put tables under audit says, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from steward_app.kernel.text import plural, quoted, size
from steward_app.services.audit.engine.model import Mode
from steward_app.services.audit.guard.choice import Choice
from steward_app.services.audit.guard.forecast import Cost, Forecast
from steward_app.services.audit.guard.trial import Chosen


def sentences(
    chosen: Sequence[Chosen], forecasts: Sequence[Forecast], choice: Choice, *, makes_sequence: bool
) -> tuple[str, ...]:
    """The sentences of the plan.

    Args:
        chosen: what can be put under audit; without it nothing happens that could be told.
        makes_sequence: the file has no table `sqlite_sequence` yet.
    """
    return tuple(_sentences(chosen, forecasts, choice, makes_sequence)) if chosen else ()


def of_forecast(one: Forecast) -> str:
    """What the audit of one table will cost."""
    if one.problem:
        return f"{quoted(one.table)}: the cost could not be measured: {one.problem}"
    if not one.sampled:
        return f"{quoted(one.table)}: it is empty, so nothing could be measured."
    kinds = (("an insert", one.insert), ("an update", one.update), ("a delete", one.delete))
    told = "; ".join(f"{name} {_cost(cost)}" for name, cost in kinds if cost is not None)
    return f"{quoted(one.table)}, measured on {plural(one.sampled, 'row')}: {told}. {_a_day(one)}"


def _sentences(
    chosen: Sequence[Chosen], forecasts: Sequence[Forecast], choice: Choice, makes_sequence: bool
) -> Iterator[str]:
    yield (
        f"Every insert, update and delete in {plural(len(chosen), 'table')} is logged in this file, with old and new"
        " values, whichever program makes it. No write fails because of it."
    )
    for each in chosen:
        for mode, what in ((Mode.FLAG, "only that it changed"), (Mode.NONE, "nothing")):
            columns = [quoted(name) for name, of in each.modes.items() if of is mode]
            if columns:
                yield f"Of {', '.join(columns)} in {quoted(each.shape.table)}, {what} is logged."
    if choice.already:
        yield f"Under audit already: {', '.join(map(quoted, choice.already))}."
    yield (
        "A first seal is made: a hash of every row as it is now, with which a change that the log did not see is found."
        " Other programs that write wait meanwhile."
    )
    yield (
        "New changes are sealed by themselves from then on: after each operation of this program, and while the window"
        " has the file open, whether or not changes are allowed there. “steward audit seal --by-itself off” ends that."
    )
    yield from map(of_forecast, forecasts)
    known = [one.bytes_a_day for one in forecasts if one.bytes_a_day is not None]
    if known:
        rest = len(forecasts) - len(known)
        more = (
            f", and what {plural(rest, 'table')} without a known rate add{'s' if rest == 1 else ''}"
            if rest
            else ""
        )
        yield f"The log will grow by about {size(sum(known))} a day{more}."
    if makes_sequence:
        yield (
            "SQLite makes its own table sqlite_sequence, which this file does not have yet. SQLite never removes it:"
            " it stays, empty, when the audit is removed."
        )


def _cost(cost: Cost) -> str:
    added = max(0.0, cost.with_us - cost.without_us)
    return f"takes {cost.times:.1f} times as long ({added:.1f} µs more) and {cost.bytes:.0f} bytes"


def _a_day(one: Forecast) -> str:
    if one.rate is None or one.bytes_a_day is None:
        return "How often it changes is unknown."
    kinds = (("inserts", one.rate.inserts), ("updates", one.rate.updates), ("deletes", one.rate.deletes))
    told = ", ".join(f"{number:,.1f} {name}" for name, number in kinds if number)
    return f"At {told or 'no changes'} a day ({one.rate.source}) that is {size(one.bytes_a_day)} a day."
