"""What `steward privacy attack` prints for people: what beats its limit, what tells something, the rest as a number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from steward_app.cli.output import Printer
from steward_app.kernel.text import plural

if TYPE_CHECKING:
    from steward_app.cli.privacy.attack_documents import AttackDocument, AttackItem, AttackNotTried

_IN_FULL: Final = 10
_LISTED: Final = 10
_OF_ONE_REASON: Final = 4


def print_attacks(out: Printer, made: AttackDocument, *, every: bool) -> None:
    """Print a report of attacks.

    Args:
        every: each attack in full; else the worst of those that beat their limit, a line for the others, and the worst
            of those that are not judged and tell more than guessing.
    """
    for line in made.basis:
        out.line(line)
    if not made.items:
        out.line("No attack could be carried out.")
    items = sorted(made.items, key=lambda item: (not item.beats, -item.rate))
    beating = [each for each in items if each.beats]
    for each in items if every else beating[:_IN_FULL]:
        _print_attack(out, each)
    if not every:
        if more := beating[_IN_FULL:]:
            out.heading("These beat their limit, too")
            _print_lines(out, more)
        _print_others(out, [each for each in items if not each.beats])
    _print_not_tried(out, made.not_tried, every=every)
    out.line()
    out.line(
        f"{plural(made.beaten, 'attack')} of {len(made.items):,} beat the limit."
        if made.beaten
        else f"None of {plural(len(made.items), 'attack')} beat its limit.",
        style="bold red" if made.beaten else "green",
    )


def _print_attack(out: Printer, each: AttackItem) -> None:
    out.heading(f"{each.title}.")
    within = "Within its limit, as far as it came." if each.unfinished else "Within its limit."
    told = "It beats its limit." if each.beats else within if each.judged else "Not judged."
    low, high = each.guessing_interval.low, each.guessing_interval.high
    out.line(
        f"{each.reidentified:,} of {plural(each.tried, 'person')} named rightly, {100 * each.rate:.1f} % right on"
        f" average; guessing alone: {each.guessing:,.1f} ({low:,.0f} to {high:,.0f}). {told}",
        style="red" if each.beats else "",
        indent=2,
    )
    for detail in (*each.details, *each.unfinished):
        out.line(detail, indent=2)


def _print_others(out: Printer, items: list[AttackItem]) -> None:
    """Those within their limit, and those that are not judged."""
    telling = [e for e in items if not e.judged and max(e.reidentified, e.likely) > e.guessing_interval.high]
    if telling:
        out.heading("Told, and not judged: whether anybody may know that much is for you to say")
    _print_lines(out, telling)
    if unfinished := [each for each in items if each.unfinished]:
        out.heading("Not tried to the end")
        out.line(f"{', '.join(_columns(unfinished))}: everything that people write there, hashed.", indent=2)
        out.line("More seconds (--seconds) try more; --all says how far it came.", indent=2)
    if within := [each for each in items if each.judged]:
        out.heading(f"Within their limit: {plural(len(within), 'attack')}.")
        _print_nearest(out, within)
        out.line("--all shows each of them.", indent=2)


def _print_nearest(out: Printer, within: list[AttackItem]) -> None:
    """The attack furthest beyond guessing: a share alone says nothing, where guessing is right as often."""
    most = max(within, key=lambda each: each.likely - each.guessing)
    if most.likely <= most.guessing:
        out.line("None of them is right more often than guessing alone.", indent=2)
        return
    out.line(f"Furthest beyond guessing: {most.title}.", indent=2)
    low, high = most.guessing_interval.low, most.guessing_interval.high
    out.line(
        f"{most.likely:,.1f} of {plural(most.tried, 'person')} right on average; guessing alone:"
        f" {most.guessing:,.1f} ({low:,.0f} to {high:,.0f}).",
        indent=2,
    )


def _print_lines(out: Printer, items: list[AttackItem]) -> None:
    """A line for each; of very many, for the worst."""
    for each in items[:_LISTED]:
        out.line(f"{each.title}: {100 * each.rate:.1f} % of {plural(each.tried, 'person')}.", indent=2)
    if len(items) > _LISTED:
        out.line(f"and {len(items) - _LISTED:,} more: --all shows each of them.", indent=2)


def _columns(items: list[AttackItem]) -> list[str]:
    return list(dict.fromkeys(column for each in items for column in each.columns))


def _print_not_tried(out: Printer, items: tuple[AttackNotTried, ...], *, every: bool) -> None:
    """What was not tried, each reason once."""
    if not items:
        return
    out.heading("Not tried")
    reasons: dict[str, list[str]] = {}
    for each in items:
        reasons.setdefault(each.why, []).append(each.what)
    for why, what in reasons.items():
        out.line(why, indent=2)
        shown = what if every else what[:_OF_ONE_REASON]
        for one in shown:
            out.line(f"{one}.", indent=4)
        if len(what) > len(shown):
            out.line(f"and {len(what) - len(shown):,} more: --all names them.", indent=4)
