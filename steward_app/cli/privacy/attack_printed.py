"""What `steward privacy attack` prints for people: what beats its limit, what tells something, the rest as a number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from steward_app.cli.output import Printer
from steward_app.kernel.text import plural

if TYPE_CHECKING:
    from steward_app.cli.privacy.attack_documents import AttackDocument, AttackItem, AttackNotTried


def print_attacks(out: Printer, made: AttackDocument, *, every: bool) -> None:
    """Print a report of attacks.

    Args:
        every: each attack in full; else those that beat their limit, and a line for those that tell more than guessing.
    """
    for line in made.basis:
        out.line(line)
    if not made.items:
        out.line("No attack could be carried out.")
    items = sorted(made.items, key=lambda item: (not item.beats, -item.rate))
    for each in items:
        if every or each.beats:
            _print_attack(out, each)
    if not every:
        _print_others(out, [each for each in items if not each.beats])
    _print_not_tried(out, made.not_tried)
    out.line()
    out.line(
        f"{plural(made.beaten, 'attack')} of {len(made.items):,} beat the limit."
        if made.beaten
        else f"None of {plural(len(made.items), 'attack')} beat its limit.",
        style="bold red" if made.beaten else "green",
    )


def _print_attack(out: Printer, each: AttackItem) -> None:
    out.heading(f"{each.title}.")
    told = "It beats its limit." if each.beats else "Within its limit." if each.judged else "Not judged."
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
    for each in telling:
        out.line(f"{each.title}: {100 * each.rate:.1f} % of {plural(each.tried, 'person')}.", indent=2)
    if unfinished := [each for each in items if each.unfinished]:
        out.heading("Not tried to the end")
        out.line(f"{', '.join(_columns(unfinished))}: everything that people write there, hashed.", indent=2)
        out.line("More seconds (--seconds) try more; --all says how far it came.", indent=2)
    within = [each for each in items if each.judged]
    if within:
        most = max(within, key=lambda each: each.rate)
        told = f"Within their limit: {plural(len(within), 'attack')}, at most {100 * most.rate:.1f} % right"
        out.heading(f"{told}, guessing alone {100 * most.guessing / max(1, most.tried):.1f} %.")
        out.line("--all shows each of them.", indent=2)


def _columns(items: list[AttackItem]) -> list[str]:
    return list(dict.fromkeys(column for each in items for column in each.columns))


def _print_not_tried(out: Printer, items: tuple[AttackNotTried, ...]) -> None:
    """What was not tried, each reason once."""
    if not items:
        return
    out.heading("Not tried")
    reasons: dict[str, list[str]] = {}
    for each in items:
        reasons.setdefault(each.why, []).append(each.what)
    for why, what in reasons.items():
        out.line(why, indent=2)
        for one in what:
            out.line(f"{one}.", indent=4)
