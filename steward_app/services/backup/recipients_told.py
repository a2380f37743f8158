"""The keys that open a store, and what a plan to let one in or to shut one out tells."""

from __future__ import annotations

from dataclasses import dataclass

from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.text import plural
from steward_app.services.backup.store.model import Descriptor
from steward_app.storage.age import fingerprint


@dataclass(frozen=True, slots=True)
class Recipient:
    """A key that opens a store.

    Attributes:
        id: the public key.
        fingerprint: how it is told from others.
        opens: how many of the points in the store it opens, and `points` how many there are.
        since: when the first point was made that it opens; "" where there is none yet.
        kept_here: whether this computer keeps the private key.
    """

    id: str
    fingerprint: str
    opens: int
    points: int
    since: str
    kept_here: bool


def added(key: str, store: str, points: int) -> tuple[str, ...]:
    """What happens where a key is let into a store, by its name; `points` are in it."""
    told = [f"The key {fingerprint(key)}… opens every restore point that is made in {store} from now on."]
    if points:
        there = "The restore point that is" if points == 1 else f"The {points:,} restore points that are"
        told.append(f"{there} there stay{'s' * (points == 1)} closed to it: sealed to the keys of before.")
        told.append(
            "So the next point stands alone: the whole database is compressed and written there once more."
        )
    return tuple(told)


def removed(key: str, store: str, known: tuple[Recipient, ...]) -> tuple[str, ...]:
    """What happens where a key is shut out of a store, by its name."""
    opens = next(each.opens for each in known if each.id == key)
    told = [f"What is written to {store} from now on does not open with the key {fingerprint(key)}…"]
    if opens:
        told.append(
            f"What is there stays open to it, for whoever has it and can read the store or a copy: "
            f"{plural(opens, 'restore point')}, and what later points share with them."
        )
    told.append(
        "Whoever had the key and may write to the store could let it in again: take that right away, too."
    )
    return tuple(told)


def against_removing(
    key: str, described: Descriptor, known: tuple[Recipient, ...], under_passphrase: bool
) -> list[Finding]:
    """What speaks against shutting a key out."""
    subject = Subject("key", name=fingerprint(key))
    found = []
    if len(described.recipients) == 1:
        found.append(
            Finding(
                "last_key",
                Severity.ERROR,
                "It is the only key that opens this store",
                subject,
                remedies=("Let another key in first.",),
                blocks=True,
            )
        )
    if any(each.kept_here for each in known if each.id == key):
        found.append(
            Finding(
                "key_in_use",
                Severity.ERROR,
                "This computer reads the store with this key",
                subject,
                detail="It could neither restore nor prove what it writes there from then on.",
                remedies=("Make a new store.",),
                blocks=True,
            )
        )
    if under_passphrase and key == described.recipients[0]:
        found.append(
            Finding(
                "key_under_passphrase",
                Severity.WARNING,
                "The passphrase of the store will open it no longer",
                subject,
                detail="This seems to be the key that lies in the store under the passphrase.",
            )
        )
    rest = [each for each in known if each.id != key]
    if rest and not any(each.opens == each.points for each in rest):
        found.append(
            Finding(
                "older_points",
                Severity.WARNING,
                "No key that stays opens all restore points",
                subject,
                detail="Older points open with this key alone; keep it in a safe place as long as they are there.",
            )
        )
    return found
