"""What lies beside the points of a store is read again, too: legal holds, proofs, and the copies of the ledger.

A hold says nothing by its name but whose it is, so whether it is as it was written can be told only where it can be
read. Without the private key of an encrypted store it is known no more than that something encrypted lies there.
"""

from __future__ import annotations

from collections.abc import Callable

from steward_app.catalog import Catalog, points
from steward_app.catalog.stores import Store
from steward_app.kernel import clock
from steward_app.kernel.errors import Failure
from steward_app.kernel.progress import Context
from steward_app.kernel.text import visible
from steward_app.services.backup import ledger
from steward_app.services.backup.connect import Opened
from steward_app.services.backup.share import Share, choose
from steward_app.services.backup.store import failures, layout, records
from steward_app.storage import process
from steward_app.storage.objects import in_parallel


def problems_beside(
    catalog: Catalog, store: Store, found: Opened, share: Share, context: Context
) -> list[str]:
    """What is wrong with what lies beside the points, a sentence each; what is known here is written anew.

    Args:
        share: of the proofs. The holds are read each time, the copies of the ledger where everything is.
    """
    looked: dict[str, Callable[[], list[str]]] = {
        "every legal hold is whole": lambda: _holds(catalog, store, found, context),
        "every proof is whole": lambda: _proofs(found, share, context),
        "the erasure ledger in the store is whole": lambda: _ledger(catalog, store, found, share, context),
    }
    problems = []
    for what, look in looked.items():
        try:
            problems += look()
        except Failure as error:
            problems.append(f"Whether {what} is not known: {error.message}")
    return problems


def _holds(catalog: Catalog, store: Store, found: Opened, context: Context) -> list[str]:
    """A hold that is damaged, or gone though nobody released it, is written anew with the reason known here."""
    with catalog.reading() as session:
        ours = [each for each in points.of_database(session, store.database_id) if each.store_id == store.id]
    there = records.holds(found.store, context)
    problems = []
    for point in (each for each in ours if each.held):
        if point.id not in there:
            what = "is gone, and nobody released it"
        elif not records.is_sound(
            found.store, layout.hold(point.id, sealed=found.store.encrypted), found.identity, context
        ):
            what = "was damaged"
        else:
            continue
        told = {"by": process.user(), "at": clock.to_text(clock.now()), "why": point.held}
        records.write_hold(found.store, point.id, told, context)
        problems.append(
            f"The legal hold of the restore point {visible(point.id)} {what}. It was written anew: the point stays"
        )
    return problems


def _proofs(found: Opened, share: Share, context: Context) -> list[str]:
    infos = [
        info for info in found.store.objects.list(layout.PROOFS, context) if layout.read_proof(info.name)
    ]
    names = [info.name for info in choose(share, infos, ())]

    def wrong(name: str, stop: Context) -> str:
        proof = layout.read_proof(name)
        if proof is not None and not records.is_marked(found.store, proof):
            how = "was not named by anybody who has the keys of the store, and does not count; remove it"
        elif records.is_sound(found.store, name, found.identity, stop):
            return ""
        else:
            how = (
                "is damaged. What its name says of the point counts still; remove it, or put it back from another "
                "copy of the store"
            )
        return f"T{failures.object_words(name)[1:]} {how}"

    return [told for told in in_parallel(found.store.objects, wrong, names, context) if told]


def _ledger(catalog: Catalog, store: Store, found: Opened, share: Share, context: Context) -> list[str]:
    told = ledger.mend(catalog, found, store.database_id, context, read=share.part == 1)
    return [told] if told else []
