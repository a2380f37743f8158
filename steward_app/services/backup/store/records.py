"""What is said about points after they were made: results of checks and drills, and legal holds.

The state of every point can be told from names alone. In an encrypted store these carry a mark, a hash of their start
that is keyed with the naming key, so that nobody else can say of a point that it was proven. What is in a record is
sealed like everything that tells something about the data, and carries a seal of its own, keyed in an encrypted store.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.plain import plain
from steward_app.kernel.progress import Context
from steward_app.services.backup.store import documents, failures, layout, sealing
from steward_app.services.backup.store.model import OpenStore, ProofState
from steward_app.storage import age
from steward_app.storage.age import Identity

_MOST_BYTES: Final = 16 << 20
_MARK_DIGITS: Final = 32


def write_proof(
    store: OpenStore,
    point_id: str,
    at: str,
    state: ProofState,
    evidence: Mapping[str, Any],
    context: Context,
) -> str:
    """Keep the result of looking at a point; the name it lies under.

    Args:
        at: when it was looked at; RFC 3339, UTC.
        evidence: what was looked at and what came of it, as `kernel.plain` can say it; no values of rows.
    """
    if not store.unlocked:
        raise failures.locked(store)
    name = layout.proof(point_id, at, state, partial(_mark, store) if store.encrypted else None)
    _write(store, name, {"point_id": point_id, "at": at, "state": state.value, "evidence": evidence}, context)
    return name


def proofs(store: OpenStore, context: Context, point_id: str = "") -> tuple[layout.ProofName, ...]:
    """Results of one point, or of all, oldest first. Reads names only.

    In an encrypted store only names count that somebody with its naming key has marked; none while it is locked.
    """
    prefix = f"{layout.PROOFS}{point_id}/" if point_id else layout.PROOFS
    names = (layout.read_proof(info.name) for info in store.objects.list(prefix, context))
    sound = (name for name in names if name and is_marked(store, name))
    return tuple(sorted(sound, key=lambda name: (name.at, name.name)))


def is_marked(store: OpenStore, proof: layout.ProofName) -> bool:
    """Whether the name of a proof was given by somebody who may: always, in a store that is not encrypted."""
    if not store.encrypted:
        return True
    start = proof.name.removesuffix(f"-{proof.mark}.json.age")
    return store.unlocked and hmac.compare_digest(_mark(store, start), proof.mark)


def _mark(store: OpenStore, start: str) -> str:
    return sealing.digest(start.encode("ascii"), store.naming_key).hex()[:_MARK_DIGITS]


def read_proof(store: OpenStore, name: str, identity: Identity | None, context: Context) -> dict[str, Any]:
    """The evidence of one result. Raises `Failure`: NOT_FOUND, DAMAGED, NEEDS_KEY, WRONG_KEY."""
    document = _read(store, name, identity, context)
    told = layout.read_proof(name)
    evidence = document.get("evidence")
    if told is None or document.get("point_id") != told.point_id or not isinstance(evidence, dict):
        raise failures.document_damaged(store.objects.where, name)
    return evidence


def write_hold(store: OpenStore, point_id: str, hold: Mapping[str, Any], context: Context) -> None:
    """Hold a point: it is not pruned as long as this lies in the store.

    Args:
        hold: who holds it, since when, and why.
    """
    name = layout.hold(point_id, sealed=store.encrypted)
    _write(store, name, {"point_id": point_id, "hold": hold}, context)
    store.objects.delete(layout.release(point_id), context)


def holds(store: OpenStore, context: Context) -> frozenset[str]:
    """The ids of the points that are held. Reads names only, so that a damaged hold still holds."""
    names = (layout.read_hold(info.name) for info in store.objects.list(layout.HOLDS, context))
    return frozenset(name for name in names if name)


def read_hold(store: OpenStore, point_id: str, identity: Identity | None, context: Context) -> dict[str, Any]:
    """Who holds a point, since when, and why. Raises `Failure` as `read_proof`."""
    name = layout.hold(point_id, sealed=store.encrypted)
    document = _read(store, name, identity, context)
    hold = document.get("hold")
    if document.get("point_id") != point_id or not isinstance(hold, dict):
        raise failures.document_damaged(store.objects.where, name)
    return hold


def release(store: OpenStore, point_id: str, at: str, context: Context) -> None:
    """Let go of a point that was held. That somebody did stays in the store: else a hold that is gone is missed.

    Args:
        at: when; RFC 3339, UTC.
    """
    if not store.unlocked:
        raise failures.locked(store)
    told = documents.to_json({"point_id": point_id, "released_at": at}, store.naming_key)
    store.objects.put(layout.release(point_id), told, context)
    store.objects.delete(layout.hold(point_id, sealed=store.encrypted), context)


def was_released(store: OpenStore, point_id: str, context: Context) -> bool:
    """Whether somebody with the keys of the store let go of a point that was held."""
    try:
        stored = store.objects.get(layout.release(point_id), context, most_bytes=_MOST_BYTES)
        document, seal = documents.from_json(stored)
        documents.check(document, seal, store.naming_key)
    except ValueError:
        return False
    except Failure as error:
        if error.code not in (ErrorCode.NOT_FOUND, ErrorCode.DAMAGED):
            raise
        return False
    return document.get("point_id") == point_id


def is_sound(store: OpenStore, name: str, identity: Identity | None, context: Context) -> bool:
    """Whether a proof or a hold is as it was written, as far as what is at hand can tell; one that is gone is.

    Without the private key it is known of a sealed one whether it was sealed at all. A key that was let in later need
    not open it.
    """
    try:
        if store.encrypted and identity is None:
            return store.objects.get(name, context, most_bytes=_MOST_BYTES).startswith(age.START)
        document = _read(store, name, identity, context)
    except Failure as error:
        if error.code is ErrorCode.WRONG_KEY and identity:
            described, key = store.descriptor, identity.public_key
            return key not in described.recipients or described.opened_after(key) > 0
        if error.code not in (ErrorCode.NOT_FOUND, ErrorCode.DAMAGED):
            raise
        return error.code is ErrorCode.NOT_FOUND
    proof = layout.read_proof(name)
    return document.get("point_id") == (proof.point_id if proof else layout.read_hold(name))


def _write(store: OpenStore, name: str, document: Mapping[str, Any], context: Context) -> None:
    if not store.unlocked:
        raise failures.locked(store)
    # As JSON will give it back: the seal is over what a reader sees.
    said = json.loads(json.dumps(plain(document), allow_nan=False))
    store.objects.put(name, sealing.seal(documents.to_json(said, store.naming_key), store), context)


def _read(store: OpenStore, name: str, identity: Identity | None, context: Context) -> dict[str, Any]:
    if not store.unlocked:
        raise failures.locked(store)
    stored = store.objects.get(name, context, most_bytes=_MOST_BYTES)
    try:
        document, seal = documents.from_json(sealing.unseal(stored, name, identity))
        documents.check(document, seal, store.naming_key)
    except ValueError as error:
        raise failures.document_damaged(store.objects.where, name) from error
    except Failure as error:
        if error.code is not ErrorCode.DAMAGED:
            raise
        raise failures.document_damaged(store.objects.where, name) from error
    return document
