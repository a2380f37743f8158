"""What stands in the way of rows that come back: found, answered, and listed."""

from __future__ import annotations

from steward_app.services.restore.bring_model import ANSWERS, Answer, BringRequest, Conflict, ConflictKind
from steward_app.services.restore.erased import Gate
from steward_app.services.restore.pairs import Pair
from steward_app.services.restore.resolver import Resolver
from steward_app.services.restore.selection import Selection, asked, keys
from steward_app.services.rows import cells
from steward_app.services.rows.order import Fragment

_SAMPLE = 20


def resolve(selection: Selection, request: BringRequest, gate: Gate) -> tuple[Conflict, ...]:
    """Decide what is done with each gathered row; the conflicts met on the way, those that block first."""
    Resolver(selection, request, gate).run()
    found = [conflict for pair in selection.pairs for conflict in _conflicts(selection, pair)]
    return tuple(sorted(found, key=lambda each: not each.blocks))


def _conflicts(selection: Selection, pair: Pair) -> list[Conflict]:
    found = []
    for kind, answer, rows in selection.session.all(
        f"SELECT kind, answer, count(*) FROM {asked(pair)} GROUP BY kind, answer"
    ):
        sample = cells.stream_values(
            selection.session,
            [f"k{at}" for at in range(len(pair.key))],
            Fragment(
                f"FROM {asked(pair)} WHERE kind = ? AND answer = ? ORDER BY {keys('k', pair)} LIMIT {_SAMPLE}",
                (kind, answer),
            ),
        )
        which = ConflictKind(str(kind))
        found.append(
            Conflict(
                which,
                pair.name,
                int(str(rows)),
                Answer(str(answer)) if answer else None,
                ANSWERS[which],
                pair.key,
                tuple(sample),
            )
        )
    return found
