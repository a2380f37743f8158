"""Which objects of a store a verification reads: all of them, or a share, another one each time.

With a share of one in N, N runs read everything: each object belongs to one turn of a cycle, at random and anew in each
cycle. What is new since the last run is read in any case. The journal keeps whose turn it was. A small store is always
read whole, and no share is empty: a reading that read nothing would say that all is well.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta

from blake3 import blake3

from steward_app.catalog import journal
from steward_app.catalog.journal import Phase
from steward_app.catalog.stores import Store
from steward_app.db import Session
from steward_app.kernel import clock
from steward_app.storage.objects import ObjectInfo

OPERATION = "backup.verify"
READ_WHOLE_BYTES = 64 << 20  # two packs: to read so much each time costs nothing worth sparing
_NOTES = 2_000
_MARGIN = timedelta(days=1)  # clocks differ; what was written around the last run is read once more


@dataclass(frozen=True, slots=True)
class Share:
    """The share of one run.

    Attributes:
        part: one in so many objects.
        turn: how many runs with this share there were before.
        cycle_began_at: when the first run of this cycle was; RFC 3339, UTC.
        since: of the store's last verification; RFC 3339, UTC; "" for never.
    """

    part: int
    turn: int
    cycle_began_at: str
    since: str

    @property
    def completes(self) -> bool:
        """Whether with this run every object was read that was there when the cycle began."""
        return (self.turn + 1) % self.part == 0


def next_share(session: Session, store: Store, part: int) -> Share:
    """The share whose turn it is, as the journal tells."""
    now = clock.to_text(clock.now())
    if part > 1:
        notes = journal.events(
            session,
            database_id=store.database_id,
            operation=OPERATION,
            phases=(Phase.NOTE,),
            limit=_NOTES,
        )
        for note in notes:
            match note.data:
                case {
                    "store": store.id,
                    "part": int(before),
                    "turn": int(turn),
                    "cycle_began_at": str(began),
                }:
                    if before != part:
                        break
                    turn += 1
                    return Share(part, turn, began if turn % part else now, store.verified_at)
    return Share(part, 0, now, store.verified_at)


def choose(share: Share, there: Iterable[ObjectInfo], always: Collection[str]) -> tuple[ObjectInfo, ...]:
    """The objects to read, the newest first.

    Args:
        always: names of objects that are read whoever's turn it is.
    """
    objects = tuple(there)
    since = clock.from_text(share.since) - _MARGIN if share.since else None
    chosen: Iterable[ObjectInfo] = objects
    if sum(info.size_bytes for info in objects) > READ_WHOLE_BYTES:
        chosen = [
            info
            for info in objects
            if info.name in always or (since and info.modified_at >= since) or _turn_of(info.name, share)
        ] or [min(objects, key=lambda info: _drawn(info.name, f"{share.cycle_began_at}:{share.turn}"))]
    return tuple(sorted(chosen, key=lambda info: info.modified_at, reverse=True))


def _turn_of(name: str, share: Share) -> bool:
    """Whether it is the object's turn: drawn by lot, anew in each cycle."""
    return _drawn(name, share.cycle_began_at) % share.part == share.turn % share.part


def _drawn(name: str, lot: str) -> int:
    return int.from_bytes(blake3(f"{lot}:{name}".encode()).digest(8))
